/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many inputs; see inputs.h. */
#include "fuzz/inputs.h"

#include <stdio.h>
#include <string.h>

/* The next place behind `at` where an input may begin. */
static size_t next(const uint8_t *bytes, size_t length, size_t at)
{
    const uint8_t *found = memmem(bytes + at + 1, length - at - 1, "rpf1", 4);
    return found ? (size_t)(found - bytes) : length;
}

int rp_fuzz_inputs_read(const struct rp_fuzz_facts *facts, const uint8_t *bytes, size_t length,
                        int (*each)(void *context, const struct rp_fuzz_input *input, struct rp_error *error),
                        void *context, struct rp_fuzz_damage *damage, struct rp_error *error)
{
    struct rp_fuzz_input input;
    struct rp_error inner = {0};
    size_t used;
    bool cut;
    int result = RP_OK;
    *damage = (struct rp_fuzz_damage){0};
    for (size_t at = 0; at < length && result == RP_OK; at += used) {
        if (rp_fuzz_input_read(facts, bytes + at, length - at, &input, &used, &cut, &inner) == RP_OK) {
            result = each(context, &input, error);
            continue;
        }
        used = next(bytes, length, at) - at;
        if (!damage->bytes) {
            damage->first = at;
            snprintf(damage->why, sizeof damage->why, "%.150s", inner.line);
        }
        damage->bytes += used;
    }
    return result;
}
