/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head of a record's file; see file.h. */
#include "golden/file.h"

#include "golden/kind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <xxhash.h>

#define STATES_MAX    (UINT32_C(1) << 20)
#define NOTATION_MAX  4096 /* bytes of a state's user or machine part */
#define BLOCKS_MAX    (UINT32_C(1) << 20)
#define ENCODINGS_MAX (UINT32_C(1) << 16) /* of a block */
#define SEEDS_MAX     (UINT32_C(1) << 12) /* runs of an encoding */

uint64_t rp_golden_chain(uint64_t chain, uint64_t checksum)
{
    return XXH64(&checksum, sizeof checksum, chain);
}

static void pack_states(const struct rp_golden_plan *plan, struct rp_text *text)
{
    rp_pack_number(text, plan->states);
    for (uint32_t i = 0; i < plan->states; i++) {
        rp_pack_number(text, plan->state[i].mode);
        rp_pack_bytes(text, plan->state[i].user, strlen(plan->state[i].user));
        rp_pack_bytes(text, plan->state[i].machine, strlen(plan->state[i].machine));
    }
}

static void pack_plan(const struct rp_golden_plan *plan, struct rp_text *text)
{
    rp_pack_number(text, plan->blocks);
    for (uint32_t i = 0; i < plan->blocks; i++) {
        const struct rp_golden_block *b = &plan->block[i];
        rp_pack_number(text, b->mode);
        rp_pack_number(text, b->encodings);
        rp_pack_number(text, b->runs);
        for (uint32_t e = 0; e < b->encodings; e++) {
            rp_pack_bytes(text, b->encoding[e].bytes, b->encoding[e].length);
            rp_pack_number(text, b->first[e + 1] - b->first[e]);
            for (uint32_t run = b->first[e]; run < b->first[e + 1]; run++)
                rp_pack_number(text, b->state[run]);
        }
    }
}

int rp_golden_head_write(const struct rp_golden_identity *identity, const struct rp_golden_plan *plan,
                         struct rp_text *file, uint64_t *chain, struct rp_error *error)
{
    static const char *const names[] = {RP_CHUNK_IDENTITY, RP_CHUNK_STATES, RP_CHUNK_PLAN};
    struct rp_text part[3] = {0};
    uint64_t checksum;
    int result = RP_OK;
    rp_golden_identity_write(identity, &part[0]);
    pack_states(plan, &part[1]);
    pack_plan(plan, &part[2]);
    rp_text_add(file, RP_GOLDEN_MAGIC "%d\n", RP_GOLDEN_VERSION);
    *chain = 0;
    for (unsigned i = 0; i < 3 && result == RP_OK; i++) {
        result = rp_chunk_write(file, names[i], &part[i], &checksum, error);
        *chain = result == RP_OK ? rp_golden_chain(*chain, checksum) : 0;
    }
    for (unsigned i = 0; i < 3; i++)
        rp_text_free(&part[i]);
    return result;
}

static int damaged(const char *path, const char *what, struct rp_error *error)
{
    return rp_error_set(error, RP_EINPUT,
                        "'%s' is damaged or cut short in its %s (checksum); copy it anew, or record it again",
                        path, what);
}

static char *take_string(struct rp_unpack *from)
{
    size_t length;
    const uint8_t *bytes = rp_unpack_bytes(from, &length);
    if (!bytes || length > NOTATION_MAX || memchr(bytes, '\0', length))
        return NULL;
    return strndup((const char *)bytes, length);
}

static bool unpack_states(struct rp_unpack *from, struct rp_golden_plan *plan)
{
    uint32_t count = (uint32_t)rp_unpack_below(from, STATES_MAX);
    plan->state = calloc(count + (size_t)1, sizeof *plan->state);
    if (!plan->state || from->failed)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct rp_golden_state *state = &plan->state[plan->states++];
        state->mode = (uint8_t)rp_unpack_below(from, RP_MODE_COUNT - 1);
        state->user = take_string(from);
        state->machine = take_string(from);
        if (from->failed || !state->user || !state->machine)
            return false;
    }
    return from->at == from->end;
}

static bool unpack_encoding(struct rp_unpack *from, const struct rp_golden_plan *plan,
                            struct rp_golden_block *b, uint32_t e)
{
    size_t length;
    const uint8_t *bytes = rp_unpack_bytes(from, &length);
    if (!bytes || length == 0 || length > RP_ENCODING_MAX)
        return false;
    memcpy(b->encoding[e].bytes, bytes, length);
    b->encoding[e].length = (uint8_t)length;
    uint32_t runs = (uint32_t)rp_unpack_below(from, b->runs - b->first[e]);
    b->first[e + 1] = b->first[e] + runs;
    for (uint32_t run = b->first[e]; run < b->first[e + 1]; run++) {
        b->state[run] = (uint32_t)rp_unpack_below(from, plan->states);
        if (b->state[run] >= plan->states || plan->state[b->state[run]].mode != b->mode)
            return false;
    }
    return !from->failed;
}

static bool unpack_block(struct rp_unpack *from, struct rp_golden_plan *plan)
{
    struct rp_golden_block *b;
    uint8_t mode = (uint8_t)rp_unpack_below(from, RP_MODE_COUNT - 1);
    uint32_t encodings = (uint32_t)rp_unpack_below(from, ENCODINGS_MAX);
    uint32_t runs = (uint32_t)rp_unpack_below(from, (uint64_t)encodings * SEEDS_MAX);
    /* Each run takes a byte at least. */
    if (from->failed || runs == 0 || runs > (size_t)(from->end - from->at) ||
        rp_golden_plan_block(plan, mode, encodings, runs, &b, NULL))
        return false;
    for (uint32_t e = 0; e < encodings; e++)
        if (!unpack_encoding(from, plan, b, e))
            return false;
    return b->first[encodings] == runs;
}

static bool unpack_plan(struct rp_unpack *from, struct rp_golden_plan *plan)
{
    uint32_t count = (uint32_t)rp_unpack_below(from, BLOCKS_MAX);
    bool good = !from->failed;
    for (uint32_t i = 0; i < count && good; i++)
        good = unpack_block(from, plan);
    return good && from->at == from->end;
}

/* The content of the next chunk, which has to be of that name. */
static uint8_t *take_chunk(struct rp_unpack *from, const char *name, struct rp_unpack *content,
                           uint64_t *chain)
{
    struct rp_chunk chunk;
    if (!rp_chunk_read(from, &chunk) || strcmp(chunk.name, name) != 0)
        return NULL;
    uint8_t *bytes = rp_chunk_content(&chunk);
    *content = (struct rp_unpack){bytes, bytes ? bytes + chunk.length : NULL, false};
    *chain = rp_golden_chain(*chain, chunk.checksum);
    return bytes;
}

static int check_version(const char *path, struct rp_unpack *from, struct rp_error *error)
{
    const size_t magic = sizeof RP_GOLDEN_MAGIC - 1;
    if ((size_t)(from->end - from->at) < magic || memcmp(from->at, RP_GOLDEN_MAGIC, magic) != 0)
        return rp_error_set(error, RP_EINPUT, "'%s' is no golden record", path);
    from->at += magic;
    const uint8_t *end = memchr(from->at, '\n', (size_t)(from->end - from->at));
    if (!end || end - from->at > 9)
        return damaged(path, "first lines", error);
    char version[10] = "", wanted[12];
    memcpy(version, from->at, (size_t)(end - from->at));
    snprintf(wanted, sizeof wanted, "%d", RP_GOLDEN_VERSION);
    from->at = end + 1;
    if (strcmp(version, wanted) == 0)
        return RP_OK;
    return rp_error_set(error, RP_EINPUT,
                        "'%s' is a golden record of version '%s', this program reads %s; record it again "
                        "with this one, or verify it with the one that made it",
                        path, version, wanted);
}

static int check_identity(const char *path, const struct rp_golden_identity *identity, struct rp_error *error)
{
    struct utsname name = {0};
    uname(&name);
    if (strcmp(identity->arch, name.machine) != 0)
        return rp_error_set(error, RP_EINPUT,
                            "'%s' was recorded on '%s', this machine is %s; verify it on one of its kind",
                            path, identity->arch, name.machine);
    if (identity->layout != rp_golden_layout())
        return rp_error_set(error, RP_EINPUT,
                            "'%s' was recorded by ringprobe %s, which numbers registers otherwise; record it "
                            "again, or verify it with that version",
                            path, identity->ringprobe);
    return RP_OK;
}

int rp_golden_head_read(const char *path, struct rp_unpack *from, struct rp_golden_identity *identity,
                        struct rp_golden_plan *plan, uint64_t *chain, struct rp_error *error)
{
    struct rp_unpack content;
    struct rp_error why = {0};
    int result = check_version(path, from, error);
    if (result)
        return result;
    *chain = 0;
    uint8_t *bytes = take_chunk(from, RP_CHUNK_IDENTITY, &content, chain);
    if (!bytes)
        result = damaged(path, "identity", error);
    else if (rp_golden_identity_read(bytes, (size_t)(content.end - bytes), identity, &why))
        result = rp_error_set(error, RP_EINPUT, "'%s' was recorded by another version: %s; record it again",
                              path, why.line);
    free(bytes);
    if (result == RP_OK)
        result = check_identity(path, identity, error);
    if (result)
        return result;
    bytes = take_chunk(from, RP_CHUNK_STATES, &content, chain);
    if (!bytes || !unpack_states(&content, plan))
        result = damaged(path, "states", error);
    free(bytes);
    if (result)
        return result;
    bytes = take_chunk(from, RP_CHUNK_PLAN, &content, chain);
    if (!bytes || !unpack_plan(&content, plan))
        result = damaged(path, "plan", error);
    free(bytes);
    return result;
}

int rp_golden_file_read(int fd, const char *path, uint8_t **bytes, size_t *size, struct rp_error *error)
{
    struct stat status;
    *size = 0;
    *bytes = NULL;
    if (fstat(fd, &status))
        return rp_error_system(error, errno, "cannot read '%s'", path);
    if (!S_ISREG(status.st_mode))
        return rp_error_set(error, RP_EINPUT, "'%s' is no regular file", path);
    *bytes = malloc((size_t)status.st_size + 1);
    if (!*bytes)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", path);
    while (*size < (size_t)status.st_size) {
        ssize_t n = pread(fd, *bytes + *size, (size_t)status.st_size - *size, (off_t)*size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return rp_error_system(error, errno, "cannot read '%s'", path);
        if (n == 0)
            break;
        *size += (size_t)n;
    }
    return RP_OK;
}
