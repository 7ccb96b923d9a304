/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attribution: which resource a difference between A and B comes from, and which trap controls are resources.
 * METHOD, "Screen" (last paragraph) and "Attribute". */
#include "judge/inquiry.h"

#include <limits.h>

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
        flips[count++] =
            (struct rp_lone_flip){(enum rp_resource)r, second ? RP_FLIP_PERTURB_2 : RP_FLIP_PERTURB_1};
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

static bool is_known(const struct rp_inquiry *inquiry, enum rp_resource resource, unsigned ring)
{
    for (unsigned i = 0; i < inquiry->count; i++) {
        const struct rp_evidence *e = &inquiry->found[i].evidence;
        if (e->kind == RP_SENSITIVE_RESOURCE && e->resource == resource && (ring == 0 || e->hole))
            return true;
    }
    return false;
}

/* What an instruction asks may have a state of its own, as a port's device has, which earlier runs changed:
 * makes the runs of the flip and of A again, in an order that no regular change keeps in step with. What
 * varies then is noise (M-NOISE), and `component` shows the flip beside it. *shows: something does. */
static int shows_again(struct rp_inquiry *inquiry, size_t s, unsigned ring, const uint32_t pair[2],
                       uint32_t *component, bool *shows, struct rp_error *error)
{
    enum { A, FLIPPED, RUNS = 8 };
    static const unsigned order[RUNS] = {FLIPPED, A, A, FLIPPED, A, FLIPPED, FLIPPED, A};
    const struct rp_view *a = &inquiry->runs[s].run[RP_STATE_A][ring];
    struct rp_difference difference;
    uint32_t indices[RUNS];
    for (unsigned i = 0; i < RUNS; i++)
        indices[i] = pair[order[i]];
    int result = rp_inquiry_run(inquiry, indices, RUNS, error);
    *shows = result == RP_OK;
    if (result)
        return result;
    struct rp_view flipped = rp_inquiry_view(inquiry, a->prestate, 0);
    for (unsigned i = 0; i < RUNS; i++) {
        struct rp_view again = rp_inquiry_view(inquiry, a->prestate, i);
        const struct rp_view *before = order[i] == A ? a : &flipped;
        *shows &= rp_outcome_retired(again.outcome);
        if (*shows && again.outcome->hash != before->outcome->hash)
            rp_compare_noise(before, &again, &inquiry->noise);
    }
    *shows = *shows && rp_compare_user(a, &flipped, &inquiry->noise, &difference, 1);
    if (*shows)
        *component = difference.component;
    return RP_OK;
}

/* Evidence that flipping `resource` alone changes U' in ring `ring`, unless everything of its kind shows it.
 */
static int found_resource(struct rp_inquiry *inquiry, size_t s, unsigned ring,
                          const struct rp_lone_flip *flip, uint32_t component, uint32_t index,
                          struct rp_error *error)
{
    bool implicit = false, shows = false;
    uint32_t pair[2] = {inquiry->plan->seed[s].index[RP_STATE_A][ring], index};
    /* With a control set that makes nothing trap on this executor, a run shows what no machine would. */
    if (flip->flip == RP_FLIP_CONTROL && !rp_judge_honours(inquiry->judge, inquiry->mode, flip->resource))
        return RP_OK;
    if (is_known(inquiry, flip->resource, ring))
        return RP_OK;
    int result = shows_again(inquiry, s, ring, pair, &component, &shows, error);
    if (result == RP_OK && shows)
        result = rp_inquiry_is_implicit(inquiry, flip->resource, pair, &implicit, error);
    if (result || !shows || implicit)
        return result;
    struct rp_evidence evidence = {.kind = RP_SENSITIVE_RESOURCE,
                                   .hole = ring == 1,
                                   .ring = (uint8_t)ring,
                                   .state = (uint8_t)flip->flip,
                                   .flipped = true,
                                   .resource = flip->resource,
                                   .component = component};
    rp_inquiry_add(inquiry, &evidence, s);
    return RP_OK;
}

/* What one difference between A and a flip is found in. */
struct hit {
    struct rp_lone_flip flip;
    uint32_t component, index;
};

/* Compares outcome `number` of judge->extra, of A with one flip, with A's. */
static bool compare_flip(const struct rp_inquiry *inquiry, size_t s, unsigned ring,
                         const struct rp_lone_flip *flip, uint32_t index, size_t number, struct hit *hit)
{
    const struct rp_view *a = &inquiry->runs[s].run[RP_STATE_A][ring];
    /* U is A's; what the flip did to P is not compared here. */
    struct rp_view flipped = rp_inquiry_view(inquiry, a->prestate, number);
    struct rp_difference difference;
    if (!rp_outcome_retired(flipped.outcome) ||
        !rp_compare_user(a, &flipped, &inquiry->noise, &difference, 1))
        return false;
    *hit = (struct hit){*flip, difference.component, index};
    return true;
}

/* Compares each flip's outcome with A's; fills `hits`. */
static size_t compare_flips(const struct rp_inquiry *inquiry, size_t s, unsigned ring,
                            const struct rp_lone_flip *flips, const uint32_t *indices, size_t count,
                            struct hit *hits)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += compare_flip(inquiry, s, ring, &flips[i], indices[i], i, &hits[found]);
    return found;
}

static int attribute_flips(struct rp_inquiry *inquiry, size_t s, unsigned ring,
                           const struct rp_lone_flip *flips, size_t count, size_t *attributed,
                           struct rp_error *error)
{
    uint32_t indices[FLIPS_MAX];
    struct hit hits[FLIPS_MAX];
    int result = run_flips(inquiry, s, ring, flips, count, indices, error);
    size_t found = result ? 0 : compare_flips(inquiry, s, ring, flips, indices, count, hits);
    for (size_t i = 0; i < found && result == RP_OK; i++)
        result = found_resource(inquiry, s, ring, &hits[i].flip, hits[i].component, hits[i].index, error);
    *attributed = found;
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
        if (is_known(inquiry, flips[i].resource, ring))
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
    bool is = false;
    int result = explained(inquiry, &found, flips, count, &is, error);
    if (result || is)
        return result;
    result = attribute_flips(inquiry, found.seed, found.evidence.ring, flips, count, &attributed, error);
    for (size_t i = 0; i < count && result == RP_OK; i++)
        if (!is_known(inquiry, flips[i].resource, found.evidence.ring))
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

/* Flips alone of many seeds, made in one batch: asking the executor costs more than most runs. */
#define BATCH_MAX 256
struct batch {
    size_t count;
    struct {
        size_t seed;
        unsigned ring;
        struct rp_lone_flip flip;
    } item[BATCH_MAX];
    uint32_t index[BATCH_MAX];
};

static int run_batch(struct rp_inquiry *inquiry, struct batch *batch, struct rp_error *error)
{
    struct hit hits[BATCH_MAX];
    bool shows[BATCH_MAX] = {false};
    int result = batch->count ? rp_inquiry_run(inquiry, batch->index, batch->count, error) : RP_OK;
    for (size_t i = 0; i < batch->count && result == RP_OK; i++)
        shows[i] = compare_flip(inquiry, batch->item[i].seed, batch->item[i].ring, &batch->item[i].flip,
                                batch->index[i], i, &hits[i]);
    for (size_t i = 0; i < batch->count && result == RP_OK; i++)
        if (shows[i])
            result = found_resource(inquiry, batch->item[i].seed, batch->item[i].ring, &hits[i].flip,
                                    hits[i].component, hits[i].index, error);
    batch->count = 0;
    return result;
}

static int add_to_batch(struct rp_inquiry *inquiry, struct batch *batch, size_t s, unsigned ring,
                        const struct rp_lone_flip *flip, struct rp_error *error)
{
    int result = batch->count == BATCH_MAX ? run_batch(inquiry, batch, error) : RP_OK;
    if (result)
        return result;
    size_t i = batch->count++;
    batch->item[i].seed = s;
    batch->item[i].ring = ring;
    batch->item[i].flip = *flip;
    return rp_plan_flip(inquiry->plan, s, flip->resource, flip->flip, ring, &inquiry->judge->runner,
                        &batch->index[i], error);
}

int rp_inquiry_flip_controls(struct rp_inquiry *inquiry, struct rp_error *error)
{
    struct batch batch = {.count = 0};
    int result = RP_OK;
    for (size_t s = 0; s < inquiry->screened && result == RP_OK; s++) {
        bool first = s == inquiry->first_retired[0] || s == inquiry->first_retired[1];
        const struct rp_plan_seed *seed = &inquiry->plan->seed[s];
        size_t count = first || seed->seed->flips ? seed->lone_all : seed->lone_own;
        /* What ring 3 is shown ring 0 is shown as well; where ring 3 traps, ring 0's own view is told. */
        unsigned ring = rp_inquiry_a_retired(inquiry, s, 1);
        if (!rp_inquiry_a_retired(inquiry, s, ring))
            continue;
        for (size_t i = 0; i < count && result == RP_OK; i++)
            result = add_to_batch(inquiry, &batch, s, ring, &seed->lone[i], error);
    }
    return result ? result : run_batch(inquiry, &batch, error);
}
