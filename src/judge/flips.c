/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lone flips: which trap controls are resources, and what a seed's descriptor shows once it is what screening
 * must not make of it. METHOD, "Screen" (last paragraph). */
#include "judge/inquiry.h"

bool rp_inquiry_hits(const struct rp_inquiry *inquiry, size_t s, unsigned ring,
                     const struct rp_lone_flip *flip, uint32_t index, size_t number, struct rp_hit *hit)
{
    const struct rp_view *a = &inquiry->runs[s].run[RP_STATE_A][ring];
    /* U is A's; what the flip did to P is not compared here. */
    struct rp_view flipped = rp_inquiry_view(inquiry, a->prestate, number);
    struct rp_difference difference;
    if (!rp_outcome_retired(flipped.outcome) ||
        !rp_compare_user(a, &flipped, &inquiry->noise, &difference, 1))
        return false;
    *hit = (struct rp_hit){*flip, difference.component, index};
    return true;
}

bool rp_inquiry_knows(const struct rp_inquiry *inquiry, enum rp_resource resource, unsigned ring)
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
 * varies then is noise (M-NOISE), and `component` shows the flip beside it. *shows: something does. One run
 * that does not retire is a slip, and the others decide. */
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
    *shows = false;
    if (result)
        return result;
    struct rp_view flipped = {0};
    unsigned slips = 0;
    for (unsigned i = 0; i < RUNS; i++) {
        struct rp_view again = rp_inquiry_view(inquiry, a->prestate, i);
        if (!rp_outcome_retired(again.outcome)) {
            slips++;
            continue;
        }
        if (order[i] == FLIPPED && !flipped.outcome)
            flipped = again;
        const struct rp_view *before = order[i] == A ? a : &flipped;
        if (again.outcome->hash != before->outcome->hash)
            rp_compare_noise(before, &again, &inquiry->noise);
    }
    *shows = slips <= 1 && rp_compare_user(a, &flipped, &inquiry->noise, &difference, 1);
    if (*shows)
        *component = difference.component;
    return RP_OK;
}

int rp_inquiry_add_hit(struct rp_inquiry *inquiry, size_t s, unsigned ring, const struct rp_hit *hit,
                       bool *shows, struct rp_error *error)
{
    bool implicit = false;
    uint32_t component = hit->component;
    uint32_t pair[2] = {inquiry->plan->seed[s].index[RP_STATE_A][ring], hit->index};
    *shows = true;
    if (rp_inquiry_knows(inquiry, hit->flip.resource, ring))
        return RP_OK;
    int result = shows_again(inquiry, s, ring, pair, &component, shows, error);
    if (result == RP_OK && *shows)
        result = rp_inquiry_is_implicit(inquiry, hit->flip.resource, pair, &implicit, error);
    if (result || !*shows || implicit)
        return result;
    struct rp_evidence evidence = {.kind = RP_SENSITIVE_RESOURCE,
                                   .hole = ring == 1,
                                   .ring = (uint8_t)ring,
                                   .state = (uint8_t)hit->flip.flip,
                                   .flipped = true,
                                   .resource = hit->flip.resource,
                                   .component = component};
    rp_inquiry_add(inquiry, &evidence, s);
    return RP_OK;
}

/* Flips of many seeds, made in one batch: asking the executor costs more than most runs. */
#define BATCH_MAX 256
struct batch {
    bool together;                /* each item is a whole group */
    struct rp_resource_set asked; /* of which a group has shown something */
    size_t count;
    struct {
        size_t seed;
        unsigned ring;
        struct rp_lone_flip flip; /* the first of a group */
    } item[BATCH_MAX];
    uint32_t index[BATCH_MAX];
};

/* That a group makes A trap tells nothing of what each of it would show. */
static void look_together(const struct rp_inquiry *inquiry, struct batch *batch)
{
    struct rp_hit hit;
    for (size_t i = 0; i < batch->count; i++) {
        size_t s = batch->item[i].seed;
        const struct rp_plan_seed *seed = &inquiry->plan->seed[s];
        bool shows =
            !rp_outcome_retired(&inquiry->judge->extra.outcome[i]) ||
            rp_inquiry_hits(inquiry, s, batch->item[i].ring, &batch->item[i].flip, batch->index[i], i, &hit);
        for (unsigned f = 0; shows && f < seed->lone_all; f++)
            if (seed->lone[f].group == batch->item[i].flip.group)
                rp_resource_set_add(&batch->asked, seed->lone[f].resource);
    }
}

static int look_alone(struct rp_inquiry *inquiry, const struct batch *batch, struct rp_error *error)
{
    struct rp_hit hits[BATCH_MAX];
    bool shows[BATCH_MAX], still;
    int result = RP_OK;
    /* Adding makes runs, which take the place of the batch's. */
    for (size_t i = 0; i < batch->count; i++)
        shows[i] = rp_inquiry_hits(inquiry, batch->item[i].seed, batch->item[i].ring, &batch->item[i].flip,
                                   batch->index[i], i, &hits[i]);
    for (size_t i = 0; i < batch->count && result == RP_OK; i++)
        if (shows[i])
            result = rp_inquiry_add_hit(inquiry, batch->item[i].seed, batch->item[i].ring, &hits[i], &still,
                                        error);
    return result;
}

static int run_batch(struct rp_inquiry *inquiry, struct batch *batch, struct rp_error *error)
{
    int result = batch->count ? rp_inquiry_run(inquiry, batch->index, batch->count, error) : RP_OK;
    if (result == RP_OK && batch->together)
        look_together(inquiry, batch);
    else if (result == RP_OK)
        result = look_alone(inquiry, batch, error);
    batch->count = 0;
    return result;
}

static int add_to_batch(struct rp_inquiry *inquiry, struct batch *batch, size_t s, unsigned ring,
                        const struct rp_lone_flip *flip, struct rp_error *error)
{
    struct rp_runner *runner = &inquiry->judge->runner;
    int result = batch->count == BATCH_MAX ? run_batch(inquiry, batch, error) : RP_OK;
    if (result)
        return result;
    size_t i = batch->count++;
    batch->item[i].seed = s;
    batch->item[i].ring = ring;
    batch->item[i].flip = *flip;
    if (batch->together)
        return rp_plan_flip_together(inquiry->plan, s, flip->group, ring, runner, &batch->index[i], error);
    return rp_plan_flip(inquiry->plan, s, flip->resource, flip->flip, ring, runner, &batch->index[i], error);
}

/* The first `count` flips of seed `s`: by group, or alone each that was then asked for. */
static int add_flips(struct rp_inquiry *inquiry, struct batch *batch, size_t s, unsigned ring, size_t count,
                     struct rp_error *error)
{
    const struct rp_plan_seed *seed = &inquiry->plan->seed[s];
    bool added[RP_LONE_GROUPS] = {false};
    int result = RP_OK;
    for (size_t i = 0; i < count && result == RP_OK; i++) {
        const struct rp_lone_flip *flip = &seed->lone[i];
        if (batch->together ? !added[flip->group] : rp_resource_set_has(&batch->asked, flip->resource))
            result = add_to_batch(inquiry, batch, s, ring, flip, error);
        added[flip->group] = true;
    }
    return result;
}

static int ask(struct rp_inquiry *inquiry, struct batch *batch, struct rp_error *error)
{
    int result = RP_OK;
    for (size_t s = 0; s < inquiry->screened && result == RP_OK; s++) {
        bool first = s == inquiry->first_retired[0] || s == inquiry->first_retired[1];
        const struct rp_plan_seed *seed = &inquiry->plan->seed[s];
        size_t count = first || seed->seed->flips ? seed->lone_all : seed->lone_own;
        /* What ring 3 is shown ring 0 is shown as well; where ring 3 traps, ring 0's own view is told. */
        unsigned ring = rp_inquiry_a_retired(inquiry, s, 1);
        if (rp_inquiry_a_retired(inquiry, s, ring))
            result = add_flips(inquiry, batch, s, ring, count, error);
    }
    return result ? result : run_batch(inquiry, batch, error);
}

int rp_inquiry_flip_controls(struct rp_inquiry *inquiry, struct rp_error *error)
{
    struct batch batch = {.together = true};
    int result = ask(inquiry, &batch, error);
    batch.together = false;
    return result ? result : ask(inquiry, &batch, error);
}
