/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Access to the embedded corpus; see corpus.h. The table itself is made from corpus.S.in. */
#include "base/corpus.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The hash with its state on the stack, inlined: no allocation that could fail. */
#define XXH_INLINE_ALL
#include <xxhash.h>

static_assert(offsetof(struct rp_corpus_file, name) == 0, "corpus.S.in lays out rows of three quads");
static_assert(offsetof(struct rp_corpus_file, text) == 8, "corpus.S.in lays out rows of three quads");
static_assert(offsetof(struct rp_corpus_file, length) == 16, "corpus.S.in lays out rows of three quads");
static_assert(sizeof(struct rp_corpus_file) == 24, "corpus.S.in lays out rows of three quads");

extern const struct rp_corpus_file rp_corpus_table[] __attribute__((visibility("hidden")));
extern const size_t rp_corpus_count __attribute__((visibility("hidden")));

const struct rp_corpus_file *rp_corpus_at(size_t index)
{
    return index < rp_corpus_count ? &rp_corpus_table[index] : NULL;
}

const struct rp_corpus_file *rp_corpus_find(const char *name)
{
    for (size_t i = 0; i < rp_corpus_count; i++) {
        if (strcmp(rp_corpus_table[i].name, name) == 0)
            return &rp_corpus_table[i];
    }
    return NULL;
}

const char *rp_corpus_version(char version[RP_CORPUS_VERSION_SIZE])
{
    XXH64_state_t state;
    XXH64_reset(&state, 0);
    for (size_t i = 0; i < rp_corpus_count; i++) {
        const struct rp_corpus_file *file = &rp_corpus_table[i];
        XXH64_update(&state, file->name, strlen(file->name) + 1);
        XXH64_update(&state, file->text, file->length + 1);
    }
    snprintf(version, RP_CORPUS_VERSION_SIZE, "%016" PRIx64, (uint64_t)XXH64_digest(&state));
    return version;
}
