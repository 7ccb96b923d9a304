/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keeps a privileged encoding closed, found by opening: each control that the policy sets to trap is
 * opened alone, and those with which ring 3 retires are the condition, all together (IN: IOPL and the I/O
 * permission bitmap). What one has let through another one may still stop, which then is a condition in its
 * stead (INT n in vm86: CR4.VME, or the interrupt redirection bitmap). METHOD, "Close". */
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

struct keeper {
    enum rp_resource control;
    size_t seed; /* from which ring 3 retires with it open */
};

static void add_closer(struct rp_verdict *verdict, const enum rp_resource *control, unsigned count)
{
    struct rp_closer *closer = &verdict->closer[verdict->closers];
    if (verdict->closers == RP_CLOSERS_MAX)
        return;
    *closer = (struct rp_closer){{RP_RESOURCE_NONE, RP_RESOURCE_NONE}, {0, 0}, false, 1};
    for (unsigned i = 0; i < count; i++) {
        closer->control[i] = (uint8_t)control[i];
        closer->value[i] = (uint8_t)(rp_resource_info(control[i])->trap & 0xff);
    }
    verdict->closers++;
}

static void set_open(struct rp_machine *machine, enum rp_resource control)
{
    const struct rp_resource_info *info = rp_resource_info(control);
    machine->value[control] = info->traps == RP_TRAPS_OPENS ? !info->trap : info->open;
}

/* Does `instead` stop what keeper `k`, opened, lets through? Its fellows count as far as they then still
 * matter. */
static int try_instead(struct rp_inquiry *inquiry, const struct keeper *keeper, unsigned keepers, unsigned k,
                       enum rp_resource instead, struct rp_verdict *verdict, struct rp_error *error)
{
    size_t s = keeper[k].seed;
    struct rp_machine machine = inquiry->plan->seed[s].machine[RP_STATE_A];
    enum rp_resource control[KEEPERS_MAX];
    unsigned count = 0;
    bool does = false;
    set_open(&machine, keeper[k].control);
    machine.value[instead] = rp_resource_info(instead)->trap;
    int result = rp_inquiry_retires(inquiry, s, &machine, 1, &does, error);
    if (result || does)
        return result;
    for (unsigned i = 0; i < keepers && result == RP_OK; i++) {
        struct rp_machine open = machine;
        set_open(&open, keeper[i].control);
        if (i != k)
            result = rp_inquiry_retires(inquiry, s, &open, 1, &does, error);
        if (i == k || does)
            control[count++] = i == k ? instead : keeper[i].control;
        does = false;
    }
    if (result == RP_OK)
        add_closer(verdict, control, count);
    return result;
}

static int find_instead(struct rp_inquiry *inquiry, const struct keeper *keeper, unsigned keepers,
                        struct rp_verdict *verdict, struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned k = 0; k < keepers; k++) {
        for (unsigned c = 0; c < RP_RESOURCE_COUNT && result == RP_OK; c++) {
            const struct rp_resource_info *info = rp_resource_info((enum rp_resource)c);
            if (rp_resource_info(keeper[k].control)->traps == RP_TRAPS_OPENS &&
                info->with == keeper[k].control && info->traps == RP_TRAPS_RING3 &&
                rp_judge_honours(inquiry->judge, inquiry->mode, (enum rp_resource)c))
                result = try_instead(inquiry, keeper, keepers, k, (enum rp_resource)c, verdict, error);
        }
    }
    return result;
}

/* Is there a seed in which ring 3 traps, but not with the control open? */
static int find_opened(struct rp_inquiry *inquiry, enum rp_resource control, size_t *seed, bool *found,
                       struct rp_error *error)
{
    int result = RP_OK;
    *found = false;
    for (size_t s = 0, tried = 0; s < inquiry->screened && tried < SEEDS_MAX && !*found && !result; s++) {
        if (!traps(inquiry, s))
            continue;
        tried++;
        *seed = s;
        result = opens(inquiry, s, control, found, error);
    }
    return result;
}

int rp_inquiry_keep(struct rp_inquiry *inquiry, struct rp_verdict *verdict, struct rp_error *error)
{
    struct keeper keeper[KEEPERS_MAX];
    enum rp_resource control[KEEPERS_MAX];
    unsigned count = 0;
    int result = RP_OK;
    for (unsigned c = 0; c < RP_RESOURCE_COUNT && count < KEEPERS_MAX && result == RP_OK; c++) {
        bool found = false;
        keeper[count].control = control[count] = (enum rp_resource)c;
        if (may_keep(inquiry, (enum rp_resource)c))
            result = find_opened(inquiry, (enum rp_resource)c, &keeper[count].seed, &found, error);
        count += found;
    }
    if (result || !count)
        return result;
    add_closer(verdict, control, count);
    return find_instead(inquiry, keeper, count, verdict, error);
}
