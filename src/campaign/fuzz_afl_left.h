/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a sitting with AFL++ leaves behind: inputs that its targets met and nobody has run yet, one behind the
 * other (fuzz/input.h) in the file "afl.left". Private to src/campaign. */
#ifndef RP_CAMPAIGN_FUZZ_AFL_LEFT_H
#define RP_CAMPAIGN_FUZZ_AFL_LEFT_H

#include "base/text.h"
#include "fuzz/ring.h"

struct rp_afl_left {
    struct rp_text bytes;
    size_t at; /* those before it were taken */
    bool open; /* what was there has been read: the file may be written */
};

/* What the sitting before left. RP_EENVIRONMENT: it can't be read. */
int rp_afl_left_read(struct rp_afl_left *left, const char *folder, struct rp_error *error);

/* The next of them; false: there is none. What is damaged ends them. */
bool rp_afl_left_take(struct rp_afl_left *left, const struct rp_fuzz_facts *facts,
                      struct rp_fuzz_input *input);

/* Writes what stands in `given` (inputs likewise), what was not taken, and what the ring has; nothing of
 * that: no file. Frees `left`. */
int rp_afl_left_write(struct rp_afl_left *left, const char *folder, const struct rp_text *given,
                      const struct rp_fuzz_facts *facts, struct rp_fuzz_ring *ring, struct rp_error *error);

#endif
