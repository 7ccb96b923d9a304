/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trying inputs (fuzz/input.h) of whomever: a campaign's corpus, AFL's queue and crashes, the seed corpus.
 * Each is run as a campaign runs it, and what is suspicious is looked at as closely. */
#ifndef RP_CAMPAIGN_FUZZ_TRY_H
#define RP_CAMPAIGN_FUZZ_TRY_H

#include "campaign/fuzz.h"

struct rp_fuzz_tried {
    const struct rp_fuzz_facts *facts;
    const struct rp_fuzz_input *input;
    struct rp_shown shown[RP_FUZZ_SIDES]; /* not present: the side was not run */
    struct {
        uint8_t oracle, look; /* enum rp_fuzz_oracle, enum rp_fuzz_look */
    } look[RP_FUZZ_SUSPICIONS_MAX];
    unsigned looks;
    const struct rp_text *findings; /* their lines, each with its line feed */
};

/* "finding", "explained", "known", "not reproduced", "killed its examiner". */
const char *rp_fuzz_look_name(enum rp_fuzz_look look);

/* Tries `count` inputs, read with `facts`, and gives each what it came to, in their order, whatever the
 * number of workers. RP_EINTERRUPTED: stopped. A failure of `each` ends it. */
int rp_fuzz_try(const struct rp_campaign_options *options, const struct rp_fuzz_facts *facts,
                const struct rp_fuzz_input *inputs, size_t count,
                int (*each)(void *context, const struct rp_fuzz_tried *tried, struct rp_error *error),
                void *context, struct rp_error *error);

#endif
