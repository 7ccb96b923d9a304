/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many inputs: what a corpus file holds, or a file of AFL's queue, also where parts of it are damaged. */
#ifndef RP_FUZZ_INPUTS_H
#define RP_FUZZ_INPUTS_H

#include "fuzz/input.h"

/* What of some bytes is no input. */
struct rp_fuzz_damage {
    size_t bytes, first; /* how many, and where they begin */
    char why[160];       /* of the first */
};

/* Gives each input of `bytes` (fuzz/input.h, one behind the other) to `each`, whose failure ends it. What is
 * none is passed over up to the next that is, and told in `damage`. */
int rp_fuzz_inputs_read(const struct rp_fuzz_facts *facts, const uint8_t *bytes, size_t length,
                        int (*each)(void *context, const struct rp_fuzz_input *input, struct rp_error *error),
                        void *context, struct rp_fuzz_damage *damage, struct rp_error *error);

#endif
