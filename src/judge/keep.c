/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keeps a privileged encoding closed, found by opening: each control that the policy sets to trap is
 * opened alone, and those with which ring 3 retires are the condition, all together (IN: IOPL and the I/O
 * permission bitmap). METHOD, "Close". */
#include "judge/inquiry.h"

#include <string.h>

#define KEEPERS_MAX 2
#define SEEDS_MAX   12 /* ring 3 traps before it looks at most of what they differ in */

/* Seed `s` shows that ring 3 traps because of the ring. */
static bool traps(const struct rp_inquiry *inquiry, size_t s)
{
    const struct rp_screen_runs *runs = &inquiry->runs[s];
    return rp_inquiry_a_retired(inquiry, s, 0) &&
           rp_screen_pair(&runs->run[RP_STATE_A][0], &runs->run[RP_STATE_A][1]) == RP_PAIR_PRIVILEGED;
}

static bool may_keep(const struct rp_inquiry *inquiry, enum rp_resource control)
{
    const struct rp_resource_info *info = rp_resource_info(control);
    enum rp_policy policy = inquiry->plan->policy;
    bool ring3 =
        info->traps == RP_TRAPS_RING3 || info->traps == RP_TRAPS_BOTH || info->traps == RP_TRAPS_OPENS;
    return ring3 && rp_resource_in_mode(control, inquiry->mode) &&
           rp_judge_honours(inquiry->judge, inquiry->mode, control) &&
           rp_resource_default(control, inquiry->mode, policy) == info->trap;
}

/* Does ring 3 retire from seed `s` with the control open? */
static int opens(struct rp_inquiry *inquiry, size_t s, enum rp_resource control, bool *does,
                 struct rp_error *error)
{
    uint64_t value;
    uint32_t index;
    const struct rp_machine *a = &inquiry->plan->seed[s].machine[RP_STATE_A];
    if (!rp_plan_flip_value(inquiry->plan, a, control, RP_FLIP_CONTROL, &value))
        return RP_OK;
    int result =
        rp_plan_flip(inquiry->plan, s, control, RP_FLIP_CONTROL, 1, &inquiry->judge->runner, &index, error);
    if (result == RP_OK)
        result = rp_inquiry_run(inquiry, &index, 1, error);
    *does = result == RP_OK && rp_outcome_retired(&inquiry->judge->extra.outcome[0]);
    return result;
}

static void add_keeper(struct rp_closer *closer, unsigned *count, enum rp_resource control)
{
    if (*count == KEEPERS_MAX)
        return;
    closer->control[*count] = (uint8_t)control;
    closer->value[(*count)++] = (uint8_t)(rp_resource_info(control)->trap & 0xff);
}

int rp_inquiry_keep(struct rp_inquiry *inquiry, struct rp_verdict *verdict, struct rp_error *error)
{
    struct rp_closer closer = {{RP_RESOURCE_NONE, RP_RESOURCE_NONE}, {0, 0}, false, 1};
    unsigned count = 0;
    int result = RP_OK;
    for (unsigned c = 0; c < RP_RESOURCE_COUNT && result == RP_OK; c++) {
        bool does = false;
        if (!may_keep(inquiry, (enum rp_resource)c))
            continue;
        for (size_t s = 0, tried = 0; s < inquiry->screened && tried < SEEDS_MAX && !does && !result; s++) {
            if (!traps(inquiry, s))
                continue;
            tried++;
            result = opens(inquiry, s, (enum rp_resource)c, &does, error);
        }
        if (does)
            add_keeper(&closer, &count, (enum rp_resource)c);
    }
    if (count)
        verdict->closer[verdict->closers++] = closer;
    return result;
}
