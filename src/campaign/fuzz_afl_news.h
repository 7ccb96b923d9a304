/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the targets of AFL++ tell a campaign (fuzz/news.h), in the file "afl.met" of its directory: it is on
 * its way there as soon as it was met, so that whoever is killed, the next sitting has it. Private to
 * src/campaign. */
#ifndef RP_CAMPAIGN_FUZZ_AFL_NEWS_H
#define RP_CAMPAIGN_FUZZ_AFL_NEWS_H

#include "base/text.h"
#include "fuzz/behaviour.h"
#include "fuzz/news.h"

#include <sys/types.h>

struct rp_afl_news {
    int descriptor; /* what targets append to, closed in programs that are executed; -1: none */
    off_t read, forgotten;
    struct rp_text bytes; /* that were read; those before `at` were taken */
    size_t at;
};

/* What tells an input from others. Writes its serialised form to `bytes`, *length of them. */
uint64_t rp_afl_hash(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input,
                     uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX], size_t *length);

/* Opens the file, without those inputs of earlier sittings that are in `taken`. Waits some seconds for
 * targets that still hold its descriptor. RP_EENVIRONMENT: they do; it can't be read or written. */
int rp_afl_news_open(struct rp_afl_news *news, const char *folder, const struct rp_fuzz_facts *facts,
                     const struct rp_fuzz_set *taken, struct rp_error *error);

/* The next one; false: there is none yet. `is_last`: nobody appends any more. */
bool rp_afl_news_take(struct rp_afl_news *news, const struct rp_fuzz_facts *facts, bool is_last,
                      struct rp_fuzz_input *input);

/* Gives the room back of what was taken so far, some at a time. Whoever calls has it on disk. */
void rp_afl_news_forget(struct rp_afl_news *news);

void rp_afl_news_close(struct rp_afl_news *news);

#endif
