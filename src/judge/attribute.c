/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attribution: which resource a difference between A and B comes from. METHOD, "Attribute". */
#include "judge/inquiry.h"

#define FLIPS_MAX (RP_RESOURCE_COUNT * 2)

/* The single flips that lead from A towards `state` of seed `s`. */
static size_t flips_towards(const struct rp_inquiry *inquiry, size_t s, unsigned state,
                            struct rp_lone_flip *flips)
{
    const struct rp_plan_seed *seed = &inquiry->plan->seed[s];
    const uint64_t *a = seed->machine[RP_STATE_A].value, *b = seed->machine[state].value;
    size_t count = 0;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        if (a[r] == b[r])
            continue;
        bool second = rp_resource_perturbation((enum rp_resource)r, inquiry->plan->mode, 0) != b[r];
        flips[count++] = (struct rp_lone_flip){.resource = (enum rp_resource)r,
                                               .flip = second ? RP_FLIP_PERTURB_2 : RP_FLIP_PERTURB_1};
    }
    return count;
}

/* Runs A of seed `s` with each flip alone, in ring index `ring`; outcomes are in judge->extra. */
static int run_flips(struct rp_inquiry *inquiry, size_t s, unsigned ring, const struct rp_lone_flip *flips,
                     size_t count, uint32_t *indices, struct rp_error *error)
{
    for (size_t i = 0; i < count; i++) {
        int result = rp_plan_flip(inquiry->plan, s, flips[i].resource, flips[i].flip, ring,
                                  &inquiry->judge->runner, &indices[i], error);
        if (result)
            return result;
    }
    return rp_inquiry_run(inquiry, indices, count, error);
}

/* Compares each flip's outcome with A's; fills `hits`. */
static size_t compare_flips(const struct rp_inquiry *inquiry, size_t s, unsigned ring,
                            const struct rp_lone_flip *flips, const uint32_t *indices, size_t count,
                            struct rp_hit *hits)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += rp_inquiry_hits(inquiry, s, ring, &flips[i], indices[i], i, &hits[found]);
    return found;
}

/* *attributed: how many of the flips show something, and did so again. */
static int attribute_flips(struct rp_inquiry *inquiry, size_t s, unsigned ring,
                           const struct rp_lone_flip *flips, size_t count, size_t *attributed,
                           struct rp_error *error)
{
    uint32_t indices[FLIPS_MAX];
    struct rp_hit hits[FLIPS_MAX];
    int result = run_flips(inquiry, s, ring, flips, count, indices, error);
    size_t found = result ? 0 : compare_flips(inquiry, s, ring, flips, indices, count, hits);
    *attributed = 0;
    for (size_t i = 0; i < found && result == RP_OK; i++) {
        bool shows = false;
        result = rp_inquiry_add_hit(inquiry, s, ring, &hits[i], &shows, error);
        *attributed += shows;
    }
    return result;
}

/* Runs seed `s` on a machine of its own in ring index `ring`; the view is of judge->extra, with `like`'s U.
 * The index is valid until the caller forgets it. */
static int run_machine(struct rp_inquiry *inquiry, size_t s, unsigned ring, const struct rp_machine *machine,
                       const struct rp_view *like, struct rp_view *view, uint32_t *index,
                       struct rp_error *error)
{
    static _Thread_local struct rp_prestate prestate;
    struct rp_runner *runner = &inquiry->judge->runner;
    int result = rp_plan_prepare(inquiry->plan, &inquiry->plan->seed[s].user, machine, ring, runner,
                                 &prestate, index, error);
    if (result)
        return result;
    result = rp_inquiry_run(inquiry, index, 1, error);
    if (result)
        runner->executor->forget(runner->instance, *index);
    else
        *view = rp_inquiry_view(inquiry, like->prestate, 0);
    return result;
}

/* All that is not known yet taken back to A's value at once: where that changes nothing of what B shows, none
 * of it does alone. */
static int shows_back(struct rp_inquiry *inquiry, const struct rp_found *found,
                      const struct rp_lone_flip *flips, size_t count, bool *does, struct rp_error *error)
{
    const struct rp_plan_seed *seed = &inquiry->plan->seed[found->seed];
    unsigned ring = found->evidence.ring, state = found->evidence.state;
    const struct rp_view *b = &inquiry->runs[found->seed].run[state][ring];
    struct rp_machine machine = seed->machine[state];
    struct rp_difference difference;
    struct rp_view view;
    uint32_t index;
    for (size_t i = 0; i < count; i++)
        if (!rp_inquiry_knows(inquiry, flips[i].resource, ring))
            machine.value[flips[i].resource] = seed->machine[RP_STATE_A].value[flips[i].resource];
    int result = run_machine(inquiry, found->seed, ring, &machine, b, &view, &index, error);
    if (result)
        return result;
    inquiry->judge->runner.executor->forget(inquiry->judge->runner.instance, index);
    *does = !rp_outcome_retired(view.outcome) || rp_compare_user(&view, b, &inquiry->noise, &difference, 1);
    return RP_OK;
}

/* Takes one resource of B back to A's value: what that changes, B shows of it, be it only together with
 * others. */
static int attribute_back(struct rp_inquiry *inquiry, const struct rp_found *found, enum rp_resource resource,
                          size_t *attributed, struct rp_error *error)
{
    const struct rp_plan_seed *seed = &inquiry->plan->seed[found->seed];
    unsigned ring = found->evidence.ring, state = found->evidence.state;
    const struct rp_view *b = &inquiry->runs[found->seed].run[state][ring];
    struct rp_executor const *executor = inquiry->judge->runner.executor;
    struct rp_machine machine = seed->machine[state];
    struct rp_difference difference = {0};
    struct rp_view view;
    bool implicit = false;
    uint32_t index;
    machine.value[resource] = seed->machine[RP_STATE_A].value[resource];
    int result = run_machine(inquiry, found->seed, ring, &machine, b, &view, &index, error);
    if (result)
        return result;
    bool shows =
        rp_outcome_retired(view.outcome) && rp_compare_user(&view, b, &inquiry->noise, &difference, 1);
    if (shows)
        result = rp_inquiry_is_implicit(inquiry, resource, (uint32_t[2]){index, seed->index[state][ring]},
                                        &implicit, error);
    executor->forget(inquiry->judge->runner.instance, index);
    *attributed += shows;
    struct rp_evidence evidence = found->evidence;
    evidence.resource = resource;
    evidence.component = difference.component;
    evidence.back = true;
    if (result == RP_OK && shows && !implicit)
        rp_inquiry_add(inquiry, &evidence, found->seed);
    return result;
}

/* No single flip shows it: takes resources of B away one by one as long as the difference stays; all that is
 * left shows it together. */
static int attribute_jointly(struct rp_inquiry *inquiry, const struct rp_found *found,
                             const struct rp_lone_flip *flips, size_t count, struct rp_error *error)
{
    struct rp_plan_seed *seed = &inquiry->plan->seed[found->seed];
    unsigned ring = found->evidence.ring;
    struct rp_machine machine = seed->machine[found->evidence.state];
    const struct rp_view *a = &inquiry->runs[found->seed].run[RP_STATE_A][ring];
    struct rp_evidence evidence = found->evidence;
    for (size_t i = 0; i < count; i++) {
        struct rp_difference difference;
        struct rp_view view;
        uint32_t index;
        uint64_t kept = machine.value[flips[i].resource];
        machine.value[flips[i].resource] = seed->machine[RP_STATE_A].value[flips[i].resource];
        int result = run_machine(inquiry, found->seed, ring, &machine, a, &view, &index, error);
        if (result)
            return result;
        inquiry->judge->runner.executor->forget(inquiry->judge->runner.instance, index);
        if (rp_outcome_retired(view.outcome) && rp_compare_user(a, &view, &inquiry->noise, &difference, 1))
            continue;
        machine.value[flips[i].resource] = kept;
        evidence.resource = flips[i].resource;
        rp_inquiry_add(inquiry, &evidence, found->seed);
    }
    return RP_OK;
}

/* True if resources that are known by now account for every bit in which A and the other state differ: most
 * seeds show what the first showed, and need not be taken apart again. */
static int explained(struct rp_inquiry *inquiry, const struct rp_found *found,
                     const struct rp_lone_flip *flips, size_t count, bool *is, struct rp_error *error)
{
    enum { DIFFERENCES = 16 };
    const struct rp_screen_runs *runs = &inquiry->runs[found->seed];
    unsigned ring = found->evidence.ring;
    const struct rp_view *a = &runs->run[RP_STATE_A][ring], *b = &runs->run[found->evidence.state][ring];
    struct rp_difference differences[DIFFERENCES], flipped[DIFFERENCES];
    struct rp_lone_flip known[FLIPS_MAX];
    uint32_t indices[FLIPS_MAX];
    size_t tried = 0, open = rp_compare_user(a, b, &inquiry->noise, differences, DIFFERENCES);
    for (size_t i = 0; i < count; i++)
        if (rp_inquiry_knows(inquiry, flips[i].resource, ring))
            known[tried++] = flips[i];
    *is = false;
    if (tried == 0 || open > DIFFERENCES)
        return RP_OK;
    int result = run_flips(inquiry, found->seed, ring, known, tried, indices, error);
    for (size_t i = 0; i < tried && result == RP_OK; i++) {
        struct rp_view view = rp_inquiry_view(inquiry, a->prestate, i);
        if (!rp_outcome_retired(view.outcome))
            continue;
        size_t n = rp_compare_user(a, &view, &inquiry->noise, flipped, DIFFERENCES);
        for (size_t j = 0; j < n && j < DIFFERENCES; j++)
            for (size_t k = 0; k < open; k++)
                if (differences[k].component == flipped[j].component)
                    differences[k].bits &= ~flipped[j].bits;
    }
    uint64_t left = 0;
    for (size_t k = 0; k < open; k++)
        left |= differences[k].bits;
    *is = result == RP_OK && left == 0;
    return result;
}

/* Takes the unattributed evidence `number` out of the list and puts what it comes from in its place. */
static int attribute_one(struct rp_inquiry *inquiry, unsigned number, struct rp_error *error)
{
    struct rp_found found = inquiry->found[number];
    struct rp_lone_flip flips[FLIPS_MAX];
    size_t count = flips_towards(inquiry, found.seed, found.evidence.state, flips), attributed = 0;
    inquiry->found[number] = inquiry->found[--inquiry->count];
    bool is = false, back = false;
    int result = explained(inquiry, &found, flips, count, &is, error);
    if (result || is)
        return result;
    result = attribute_flips(inquiry, found.seed, found.evidence.ring, flips, count, &attributed, error);
    if (result == RP_OK)
        result = shows_back(inquiry, &found, flips, count, &back, error);
    for (size_t i = 0; i < count && back && result == RP_OK; i++)
        if (!rp_inquiry_knows(inquiry, flips[i].resource, found.evidence.ring))
            result = attribute_back(inquiry, &found, flips[i].resource, &attributed, error);
    if (result == RP_OK && attributed == 0)
        result = attribute_jointly(inquiry, &found, flips, count, error);
    return result;
}

int rp_inquiry_attribute(struct rp_inquiry *inquiry, struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned i = 0; i < inquiry->count && result == RP_OK;) {
        const struct rp_evidence *e = &inquiry->found[i].evidence;
        if (e->kind == RP_SENSITIVE_RESOURCE && e->resource == RP_RESOURCE_NONE)
            result = attribute_one(inquiry, i, error); /* another one stands at i now */
        else
            i++;
    }
    return result;
}
