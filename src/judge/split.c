/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splitting: where B traps and A does not, a resource of B hides what the others would show. It is found by
 * halving, set aside, and the encoding is screened again without it. METHOD, "Screen". */
#include "judge/inquiry.h"

/* One B that traps, and the resources by which it differs from A. */
struct split {
    struct rp_inquiry *inquiry;
    size_t seed;
    unsigned state, ring; /* ring: index */
    uint8_t resource[RP_RESOURCE_COUNT];
    size_t count;
    bool found; /* one that hides something */
    struct rp_error *error;
    int result;
};

static enum rp_resource at(const struct split *split, size_t i)
{
    return (enum rp_resource)split->resource[i];
}

/* Runs A with B's values of `count` resources in ring index `ring`; the outcome is the first of judge->extra.
 */
static const struct rp_outcome *run(struct split *split, size_t first, size_t count, unsigned ring)
{
    static _Thread_local struct rp_prestate prestate;
    struct rp_inquiry *inquiry = split->inquiry;
    struct rp_runner *runner = &inquiry->judge->runner;
    const struct rp_plan_seed *seed = &inquiry->plan->seed[split->seed];
    struct rp_machine machine = seed->machine[RP_STATE_A];
    uint32_t index;
    for (size_t i = first; i < first + count; i++)
        machine.value[at(split, i)] = seed->machine[split->state].value[at(split, i)];
    split->result =
        rp_plan_prepare(inquiry->plan, &seed->user, &machine, ring, runner, &prestate, &index, split->error);
    if (split->result)
        return NULL;
    split->result = rp_inquiry_run(inquiry, &index, 1, split->error);
    runner->executor->forget(runner->instance, index);
    return split->result ? NULL : &inquiry->judge->extra.outcome[0];
}

/* With the first `count` resources of the list. */
static bool traps(struct split *split, size_t count)
{
    const struct rp_outcome *outcome = run(split, 0, count, split->ring);
    return outcome && outcome->kind == RP_OUTCOME_TRAPPED;
}

/* The place of a resource that the trap needs, alone or with others before it: the last of the shortest
 * beginning of the list that traps. */
static size_t find_culprit(struct split *split)
{
    size_t retires = 0, trapping = split->count;
    while (trapping - retires > 1 && split->result == RP_OK) {
        size_t middle = (retires + trapping) / 2;
        if (traps(split, middle))
            trapping = middle;
        else
            retires = middle;
    }
    return trapping - 1;
}

/* A descriptor's field that makes ring 3 trap because of the ring: mode-sensitive by the state. */
static void keep_dependence(struct split *split, size_t place)
{
    struct rp_inquiry *inquiry = split->inquiry;
    const struct rp_machine *machine = inquiry->plan->seed[split->seed].machine;
    struct rp_outcome outcome[RP_RINGS];
    struct rp_view view[RP_RINGS] = {{.outcome = &outcome[0]}, {.outcome = &outcome[1]}};
    enum rp_resource resource = at(split, place);
    for (unsigned ring = 0; ring < RP_RINGS; ring++) {
        const struct rp_outcome *made = inquiry->plan->ring[ring] ? run(split, place, 1, ring) : NULL;
        if (!made)
            return;
        outcome[ring] = *made;
    }
    if (rp_screen_pair(&view[0], &view[1]) != RP_PAIR_PRIVILEGED || inquiry->kept_count == RP_KEPT_MAX)
        return;
    bool first =
        rp_resource_perturbation(resource, inquiry->plan->mode, 0) == machine[split->state].value[resource];
    inquiry->kept[inquiry->kept_count++] =
        (struct rp_found){{.kind = RP_SENSITIVE_MODE,
                           .hole = true,
                           .ring = 1,
                           .state = first ? RP_FLIP_PERTURB_1 : RP_FLIP_PERTURB_2,
                           .flipped = true,
                           .trap = true,
                           .resource = resource,
                           .component = RP_REG_RIP},
                          split->seed};
}

static int split_state(struct split *split, struct rp_resource_set *aside)
{
    const struct rp_machine *machine = split->inquiry->plan->seed[split->seed].machine;
    split->count = 0;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (machine[RP_STATE_A].value[r] != machine[split->state].value[r] && !rp_resource_set_has(aside, r))
            split->resource[split->count++] = (uint8_t)r;
    if (split->count && traps(split, 0)) /* A had slipped, see rp_inquiry_confirm() */
        return split->result;
    while (split->result == RP_OK && split->count && traps(split, split->count)) {
        size_t culprit = find_culprit(split);
        if (split->result == RP_OK && split->ring == 1)
            keep_dependence(split, culprit);
        split->found = true;
        rp_resource_set_add(aside, at(split, culprit));
        split->resource[culprit] = split->resource[--split->count];
    }
    return split->result;
}

/* Ring 3 counts; where a mode has none, its one ring. */
static bool needs_split(const struct rp_inquiry *inquiry, size_t s, unsigned state, unsigned ring)
{
    const struct rp_outcome *a = inquiry->runs[s].run[RP_STATE_A][ring].outcome;
    const struct rp_outcome *b = inquiry->runs[s].run[state][ring].outcome;
    return a && b && rp_outcome_retired(a) && b->kind == RP_OUTCOME_TRAPPED;
}

/* One seed at a time: what hides something there mostly does so everywhere, and without it the encoding is
 * screened again anyway. */
int rp_inquiry_split(struct rp_inquiry *inquiry, struct rp_resource_set *aside, struct rp_error *error)
{
    static _Thread_local struct split split;
    unsigned ring = inquiry->plan->ring[1] ? 1 : 0;
    int result = RP_OK;
    bool found = false;
    for (size_t s = 0; s < inquiry->screened && !found && result == RP_OK; s++) {
        for (unsigned state = RP_STATE_B1; state < RP_STATE_COUNT && result == RP_OK; state++) {
            split =
                (struct split){.inquiry = inquiry, .seed = s, .state = state, .ring = ring, .error = error};
            if (needs_split(inquiry, s, state, ring))
                result = split_state(&split, aside);
            found |= split.found;
        }
    }
    return result;
}
