/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Because of the ring" is a claim about all states: before ring 3's trap is believed to be the ring's doing,
 * the descriptor that the seed points at is changed field by field (never a trap control), and both rings are
 * run again. METHOD, "The definitions". */
#include "judge/inquiry.h"

/* Does ring 3 retire beside ring 0 once `resource` is flipped in state A of seed `s`? */
static int retires_flipped(struct rp_inquiry *inquiry, size_t s, enum rp_resource resource, bool *does,
                           struct rp_error *error)
{
    uint32_t index[RP_RINGS];
    int result = RP_OK;
    for (unsigned ring = 0; ring < RP_RINGS && result == RP_OK; ring++)
        result = rp_plan_flip(inquiry->plan, s, resource, RP_FLIP_OTHER, ring, &inquiry->judge->runner,
                              &index[ring], error);
    if (result == RP_OK)
        result = rp_inquiry_run(inquiry, index, RP_RINGS, error);
    if (result)
        return result;
    const struct rp_outcome *outcome = inquiry->judge->extra.outcome;
    *does = rp_outcome_retired(&outcome[0]) && rp_outcome_retired(&outcome[1]);
    return RP_OK;
}

static int search_seed(struct rp_inquiry *inquiry, size_t s, bool *found, struct rp_error *error)
{
    const struct rp_plan_seed *seed = &inquiry->plan->seed[s];
    int result = RP_OK;
    for (unsigned i = 0; i < seed->lone_own && !*found && result == RP_OK; i++)
        result = retires_flipped(inquiry, s, seed->lone[i].resource, found, error);
    return result;
}

int rp_inquiry_search(struct rp_inquiry *inquiry, struct rp_error *error)
{
    int result = RP_OK;
    if (!inquiry->plan->ring[0] || !inquiry->plan->ring[1])
        return RP_OK;
    for (size_t s = 0; s < inquiry->screened && result == RP_OK; s++) {
        const struct rp_view *a = inquiry->runs[s].run[RP_STATE_A];
        bool found = false;
        if (rp_screen_pair(&a[0], &a[1]) != RP_PAIR_PRIVILEGED)
            continue;
        result = search_seed(inquiry, s, &found, error);
        if (found) {
            rp_inquiry_add_dependence(inquiry, s, RP_STATE_A);
            break;
        }
    }
    return result;
}
