/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inputs left behind; see fuzz_afl_left.h. */
#include "campaign/fuzz_afl_left.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static void name_file(const char *folder, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/afl.left", folder);
}

int rp_afl_left_read(struct rp_afl_left *left, const char *folder, struct rp_error *error)
{
    char path[PATH_MAX];
    name_file(folder, path);
    int result = access(path, F_OK) != 0 && errno == ENOENT ? RP_OK : rp_text_read(&left->bytes, path, error);
    left->open = result == RP_OK;
    return result;
}

bool rp_afl_left_take(struct rp_afl_left *left, const struct rp_fuzz_facts *facts,
                      struct rp_fuzz_input *input)
{
    struct rp_error error;
    size_t used;
    bool cut;
    if (left->at >= left->bytes.length)
        return false;
    if (rp_fuzz_input_read(facts, (const uint8_t *)left->bytes.data + left->at, left->bytes.length - left->at,
                           input, &used, &cut, &error)) {
        left->at = left->bytes.length;
        return false;
    }
    left->at += used;
    return true;
}

int rp_afl_left_write(struct rp_afl_left *left, const char *folder, const struct rp_text *given,
                      const struct rp_fuzz_facts *facts, struct rp_fuzz_ring *ring, struct rp_error *error)
{
    char path[PATH_MAX];
    struct rp_text text = {0};
    struct rp_fuzz_input input;
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
    enum rp_fuzz_ring_state state;
    int result = RP_OK;
    rp_text_add_bytes(&text, rp_text_string(given), given->length);
    rp_text_add_bytes(&text, rp_text_string(&left->bytes) + left->at, left->bytes.length - left->at);
    while ((state = rp_fuzz_ring_take(ring, &input)) != RP_FUZZ_RING_EMPTY) {
        if (state == RP_FUZZ_RING_BUSY) /* nobody writes any more */
            rp_fuzz_ring_skip(ring);
        else
            rp_text_add_bytes(&text, (const char *)bytes, rp_fuzz_input_write(facts, &input, bytes));
    }
    name_file(folder, path);
    if (text.length)
        result = rp_text_publish(&text, path, error);
    else if (unlink(path) && errno != ENOENT)
        result = rp_error_system(error, errno, "cannot remove '%.300s'", path);
    rp_text_free(&text);
    rp_text_free(&left->bytes);
    left->at = 0;
    return result;
}
