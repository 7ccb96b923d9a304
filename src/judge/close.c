/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Closing conditions: the trap controls, alone or in pairs, under which no ring-3 run of an encoding retires.
 * Found by flipping them, never from a list. METHOD, "Close". */
#include "judge/inquiry.h"

#include <limits.h>
#include <string.h>

/* False where it is set to trap already, by the policy or as the executor found it. */
static bool is_open(const struct rp_inquiry *inquiry, enum rp_resource control)
{
    const struct rp_capabilities *can = inquiry->judge->can;
    enum rp_policy policy = inquiry->plan->policy;
    bool found = inquiry->judge->options.executor->as_found && policy == RP_POLICY_AS_FOUND;
    return found ? !can->found_trapping[control]
                 : rp_resource_default(control, inquiry->mode, policy) != rp_resource_info(control)->trap;
}

/* Controls that could close something here: they trap ring 3, the executor honours them, and they are open.
 */
static bool can_close(const struct rp_inquiry *inquiry, enum rp_resource control)
{
    const struct rp_resource_info *info = rp_resource_info(control);
    return (info->traps == RP_TRAPS_RING3 || info->traps == RP_TRAPS_BOTH) &&
           rp_judge_honours(inquiry->judge, inquiry->mode, control) &&
           rp_resource_in_mode(control, inquiry->mode) && is_open(inquiry, control);
}

/* True if seed `s` shows something in ring 3: INTO with OF = 0 goes on under whatever control, and shows
 * nothing. */
static bool shows(const struct rp_inquiry *inquiry, size_t s)
{
    struct rp_screen screen;
    for (unsigned i = 0; i < inquiry->count; i++)
        if (inquiry->found[i].seed == s && inquiry->found[i].evidence.hole)
            return true;
    rp_screen(&inquiry->runs[s], &inquiry->noise, &screen);
    for (unsigned i = 0; i < screen.count; i++)
        if (screen.evidence[i].hole)
            return true;
    return false;
}

/* Chooses the seeds that a control has to stop: those that show something or, where none does, all. Returns
 * the first. */
static size_t choose_seeds(struct rp_inquiry *inquiry)
{
    size_t first = inquiry->screened;
    for (size_t s = inquiry->screened; s-- > 0;) {
        inquiry->telling[s] = rp_inquiry_a_retired(inquiry, s, 1) && shows(inquiry, s);
        first = inquiry->telling[s] ? s : first;
    }
    for (size_t s = 0; s < inquiry->screened && first == inquiry->screened; s++)
        inquiry->telling[s] = true;
    return first == inquiry->screened ? inquiry->first_retired[1] : first;
}

/* Does seed `s` still retire in ring index `ring` under the controls? */
static int retires(struct rp_inquiry *inquiry, size_t s, const enum rp_resource control[2], unsigned ring,
                   bool *does, struct rp_error *error)
{
    uint32_t index;
    struct rp_machine machine = inquiry->plan->seed[s].machine[RP_STATE_A];
    if (control[1] != RP_RESOURCE_NONE) {
        for (unsigned i = 0; i < 2; i++)
            machine.value[control[i]] = rp_resource_info(control[i])->trap;
        return rp_inquiry_retires(inquiry, s, &machine, ring, does, error);
    }
    int result = rp_plan_flip(inquiry->plan, s, control[0], RP_FLIP_CONTROL, ring, &inquiry->judge->runner,
                              &index, error);
    if (result == RP_OK)
        result = rp_inquiry_run(inquiry, &index, 1, error);
    *does = result == RP_OK && rp_outcome_retired(&inquiry->judge->extra.outcome[0]);
    return result;
}

/* True if in ring index `ring` every telling seed that retires in A traps under the controls. */
static int closes_ring(struct rp_inquiry *inquiry, const enum rp_resource control[2], unsigned ring,
                       bool *closes, struct rp_error *error)
{
    int result = RP_OK;
    *closes = inquiry->first_retired[ring] != UINT_MAX;
    for (size_t s = 0; s < inquiry->screened && *closes && result == RP_OK; s++) {
        bool does = false;
        if (inquiry->telling[s] && rp_inquiry_a_retired(inquiry, s, ring))
            result = retires(inquiry, s, control, ring, &does, error);
        *closes = !does;
    }
    return result;
}

/* A baseline of the same kind traps under the control too: implicit, not a closer. */
static int is_implicit(struct rp_inquiry *inquiry, enum rp_resource control, bool *implicit,
                       struct rp_error *error)
{
    size_t s = inquiry->first_retired[1];
    uint32_t index[2] = {inquiry->plan->seed[s].index[RP_STATE_A][1], 0};
    int result = rp_plan_flip(inquiry->plan, s, control, RP_FLIP_CONTROL, 1, &inquiry->judge->runner,
                              &index[1], error);
    return result ? result : rp_inquiry_is_implicit(inquiry, control, index, implicit, error);
}

static int add_closer(struct rp_inquiry *inquiry, const enum rp_resource control[2],
                      struct rp_verdict *verdict, struct rp_error *error)
{
    struct rp_closer *closer = &verdict->closer[verdict->closers];
    bool all = inquiry->plan->ring[0];
    if (verdict->closers == RP_CLOSERS_MAX)
        return RP_OK;
    int result =
        inquiry->first_retired[0] == UINT_MAX ? RP_OK : closes_ring(inquiry, control, 0, &all, error);
    for (unsigned i = 0; i < 2; i++) {
        closer->control[i] = (uint8_t)control[i];
        uint64_t trap = control[i] == RP_RESOURCE_NONE ? 0 : rp_resource_info(control[i])->trap;
        closer->value[i] = (uint8_t)(trap & 0xff);
    }
    closer->all = all;
    closer->showed = 1;
    verdict->closers = (uint8_t)(verdict->closers + (result == RP_OK));
    return result;
}

static int try_controls(struct rp_inquiry *inquiry, enum rp_resource first, enum rp_resource second,
                        struct rp_verdict *verdict, struct rp_error *error)
{
    const enum rp_resource control[2] = {first, second};
    bool closes = false, implicit = false;
    int result = closes_ring(inquiry, control, 1, &closes, error);
    for (unsigned i = 0; i < 2 && closes && control[i] != RP_RESOURCE_NONE && !implicit && result == RP_OK;
         i++)
        result = is_implicit(inquiry, control[i], &implicit, error);
    if (result || !closes || implicit)
        return result;
    return add_closer(inquiry, control, verdict, error);
}

/* Does any telling seed retire in ring 3 with every control that could close something set to trap? No pair
 * of them closes anything then. */
static int escapes_all(struct rp_inquiry *inquiry, bool *does, struct rp_error *error)
{
    int result = RP_OK;
    for (size_t s = 0; s < inquiry->screened && !*does && result == RP_OK; s++) {
        struct rp_machine machine = inquiry->plan->seed[s].machine[RP_STATE_A];
        if (!inquiry->telling[s] || !rp_inquiry_a_retired(inquiry, s, 1))
            continue;
        for (unsigned c = 0; c < RP_RESOURCE_COUNT; c++)
            if (can_close(inquiry, (enum rp_resource)c))
                machine.value[c] = rp_resource_info((enum rp_resource)c)->trap;
        result = rp_inquiry_retires(inquiry, s, &machine, 1, does, error);
    }
    return result;
}

static int try_pairs(struct rp_inquiry *inquiry, struct rp_verdict *verdict, struct rp_error *error)
{
    bool none = false;
    int result = escapes_all(inquiry, &none, error);
    if (none)
        return result;
    for (unsigned first = 0; first < RP_RESOURCE_COUNT; first++) {
        if (!can_close(inquiry, (enum rp_resource)first))
            continue;
        for (unsigned second = first + 1; second < RP_RESOURCE_COUNT && result == RP_OK; second++)
            if (can_close(inquiry, (enum rp_resource)second))
                result =
                    try_controls(inquiry, (enum rp_resource)first, (enum rp_resource)second, verdict, error);
    }
    return result;
}

/* True if the blank-separated list has the word. */
static bool lists(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at && (at = strstr(at, word)); at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

/* Controls that are there to hide what this encoding shows, and that the executor ignores. */
static void find_not_testable(const struct rp_inquiry *inquiry, struct rp_verdict *verdict)
{
    for (unsigned c = 0; c < RP_RESOURCE_COUNT; c++) {
        const struct rp_resource_info *info = rp_resource_info((enum rp_resource)c);
        if (!info->guards || rp_judge_honours(inquiry->judge, inquiry->mode, (enum rp_resource)c) ||
            !rp_resource_in_mode((enum rp_resource)c, inquiry->mode))
            continue;
        for (unsigned r = rp_resource_set_next(&verdict->resources, 0); r < RP_RESOURCE_COUNT;
             r = rp_resource_set_next(&verdict->resources, r + 1))
            if (lists(info->guards, rp_resource_info((enum rp_resource)r)->group))
                rp_resource_set_add(&verdict->not_testable, (enum rp_resource)c);
    }
}

/* The controls under which the first telling seed does not retire: no other can close anything alone.
 * Asked for all at once, for most encodings have none. */
static int find_candidates(struct rp_inquiry *inquiry, size_t first, struct rp_resource_set *candidates,
                           struct rp_error *error)
{
    enum rp_resource control[RP_RESOURCE_COUNT];
    uint32_t index[RP_RESOURCE_COUNT];
    size_t count = 0;
    int result = RP_OK;
    for (unsigned c = 0; c < RP_RESOURCE_COUNT && result == RP_OK; c++) {
        if (!can_close(inquiry, (enum rp_resource)c))
            continue;
        control[count] = (enum rp_resource)c;
        result = rp_plan_flip(inquiry->plan, first, control[count], RP_FLIP_CONTROL, 1,
                              &inquiry->judge->runner, &index[count], error);
        count++;
    }
    if (result == RP_OK)
        result = rp_inquiry_run(inquiry, index, count, error);
    for (size_t i = 0; i < count && result == RP_OK; i++)
        if (!rp_outcome_retired(&inquiry->judge->extra.outcome[i]))
            rp_resource_set_add(candidates, control[i]);
    return result;
}

int rp_inquiry_close(struct rp_inquiry *inquiry, struct rp_verdict *verdict, struct rp_error *error)
{
    struct rp_resource_set candidates = {0};
    find_not_testable(inquiry, verdict);
    if (inquiry->first_retired[1] == UINT_MAX)
        return RP_OK;
    int result = find_candidates(inquiry, choose_seeds(inquiry), &candidates, error);
    for (unsigned c = rp_resource_set_next(&candidates, 0); c < RP_RESOURCE_COUNT && result == RP_OK;
         c = rp_resource_set_next(&candidates, c + 1))
        result = try_controls(inquiry, (enum rp_resource)c, RP_RESOURCE_NONE, verdict, error);
    if (result == RP_OK && verdict->closers == 0 && verdict->judgement == RP_VERDICT_HOLE)
        result = try_pairs(inquiry, verdict, error);
    return result;
}

/* Does ring 0 retire in seed `s` with the control at its other value? */
static int appears(struct rp_inquiry *inquiry, size_t s, enum rp_resource control, bool *does,
                   struct rp_error *error)
{
    uint32_t index;
    int result =
        rp_plan_flip(inquiry->plan, s, control, RP_FLIP_CONTROL, 0, &inquiry->judge->runner, &index, error);
    if (result == RP_OK)
        result = rp_inquiry_run(inquiry, &index, 1, error);
    *does = result == RP_OK && rp_outcome_retired(&inquiry->judge->extra.outcome[0]);
    return result;
}

int rp_inquiry_absent(struct rp_inquiry *inquiry, struct rp_verdict *verdict, struct rp_error *error)
{
    int result = RP_OK;
    if (inquiry->ring0_retired || !inquiry->plan->ring[0])
        return RP_OK;
    for (unsigned c = 0; c < RP_RESOURCE_COUNT; c++) {
        const struct rp_resource_info *info = rp_resource_info((enum rp_resource)c);
        bool does = false;
        if (info->traps != RP_TRAPS_BOTH || !rp_resource_in_mode((enum rp_resource)c, inquiry->mode))
            continue;
        for (size_t s = 0; s < inquiry->screened && !does && result == RP_OK; s++)
            if (inquiry->plan->seed[s].machine[RP_STATE_A].value[c] == info->trap)
                result = appears(inquiry, s, (enum rp_resource)c, &does, error);
        if (does && verdict->closers < RP_CLOSERS_MAX)
            verdict->closer[verdict->closers++] =
                (struct rp_closer){{(uint8_t)c, RP_RESOURCE_NONE}, {(uint8_t)info->trap, 0}, true, 1};
    }
    return result;
}
