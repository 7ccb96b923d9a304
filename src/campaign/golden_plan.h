/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recording runs: encodings of the form space, from the user states that seeds make of them. Private
 * to src/campaign. */
#ifndef RP_CAMPAIGN_GOLDEN_PLAN_H
#define RP_CAMPAIGN_GOLDEN_PLAN_H

#include "golden/record.h"
#include "state/seeds.h"

struct rp_golden_space {
    uint8_t modes;
    uint32_t seeds;
    uint64_t random_seed;
    size_t limit; /* encodings a mode; 0: all */
    enum rp_policy policy;
    const struct rp_capabilities *can; /* of who is going to run it */
    uint32_t block_runs;               /* about so many a block */
};

/* RP_EINPUT: a line of a fact file. Free the plan in any case. */
int rp_golden_plan_make(const struct rp_golden_space *space, struct rp_golden_plan *plan,
                        struct rp_error *error);

#endif
