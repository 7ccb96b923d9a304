/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking for divergences; see divergence.h. Both executors run the very same pre-states: state A of every
 * seed, in ring 3. What depends on a part of the machine that the two do not both hold is no divergence: it
 * is found by the runs from B1 and B2, as in screening, and where the ends differ by flipping alone what
 * screening must not flip: trap controls, and what makes a descriptor trap. A run that is given a selector of
 * a descriptor which the two do not both hold is not compared at all. */
#include "judge/divergence.h"

#include "base/text.h"
#include "judge/decide.h"
#include "judge/depend.h"
#include "judge/explain.h"
#include "judge/inquiry.h"
#include "judge/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELLS_MAX 64

struct search {
    struct rp_judge *const *judge;
    struct rp_inquiry *inquiry; /* [2] */
    const struct rp_capabilities *can[2];
    const char *name[2];
    unsigned opinion[2];  /* of the verdict */
    const char *limit[2]; /* why an executor does not decide; NULL */
    size_t seeds;         /* that were run */
    bool depends;         /* it is known on what of the machine, which few encodings need: */
    struct rp_dependences depend;
    bool explained;          /* by a trap control, at least once: */
    struct rp_divergence as; /* and which ends */
    struct rp_verdict *verdict;
};

static struct rp_view view(const struct search *q, unsigned side, size_t s, unsigned state)
{
    return rp_memo_view(&q->inquiry[side], s, state);
}

/* Is it #UD from each of the first seeds, whatever the state? */
static int is_undefined(const struct search *q, unsigned side, bool *undefined, struct rp_error *error)
{
    static const unsigned all = (1u << RP_STATE_COUNT) - 1;
    int result = RP_OK;
    *undefined = true;
    for (unsigned state = 0; state < RP_STATE_COUNT && *undefined && result == RP_OK; state++) {
        if (state == RP_STATE_B1) /* A is #UD */
            result = rp_memo_run(&q->inquiry[side], 0, q->seeds, all, error);
        for (size_t s = 0; s < q->seeds && result == RP_OK; s++)
            *undefined &= rp_outcome_is_plain_ud(view(q, side, s, state).outcome);
    }
    return result;
}

/* State A alone: B tells what a difference depends on, and is run where there is one. Where the first seeds
 * are #UD from all states no operand is looked at, and no further seed shows more (SDM Vol. 3A 6.9, table
 * 6-2). */
static int run_all(struct search *q, struct rp_error *error)
{
    const unsigned a = 1u << RP_STATE_A;
    size_t count = q->inquiry[0].plan->count;
    bool undefined[2] = {false, false};
    int result = RP_OK;
    q->seeds = count < RP_SCREEN_SHORTLY ? count : RP_SCREEN_SHORTLY;
    for (unsigned side = 0; side < 2 && result == RP_OK; side++)
        result = rp_memo_run(&q->inquiry[side], 0, q->seeds, a, error);
    if (result || q->limit[0] || q->limit[1])
        return result;
    for (unsigned side = 0; side < 2 && result == RP_OK; side++)
        result = is_undefined(q, side, &undefined[side], error);
    if (result || (undefined[0] && undefined[1]))
        return result;
    for (unsigned side = 0; side < 2 && result == RP_OK; side++) {
        if (undefined[side])
            rp_memo_assume(&q->inquiry[side], q->seeds, count);
        result = rp_memo_run(&q->inquiry[side], q->seeds, count, a, error);
    }
    q->seeds = count;
    return result;
}

/* False where the seed sets a resource that one of the two does not honour: it has another state. */
static bool both_hold(const struct search *q, size_t s)
{
    const struct rp_plan *plan = q->inquiry[0].plan;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (plan->seed[s].machine[RP_STATE_A].value[r] !=
                rp_resource_default((enum rp_resource)r, plan->mode, plan->policy) &&
            !(q->can[0]->resource[r] && q->can[1]->resource[r]))
            return false;
    return true;
}

/* False where the instruction is given, or shows, a selector of a descriptor that one of the two does not
 * hold. */
static bool both_hold_descriptors(const struct search *q, size_t s)
{
    const struct rp_inquiry *inquiry = &q->inquiry[0];
    return rp_divergence_held(q->can, inquiry->decoded ? &inquiry->instruction : NULL,
                              &inquiry->plan->seed[s].prestate[RP_STATE_A][1]);
}

/* Does the other end come out once a trap control, or a field of the descriptor that the seed points at, is
 * flipped that the other executor does not hold? */
static int is_explained(struct search *q, unsigned side, size_t s, bool *explained, struct rp_error *error)
{
    struct rp_plan *plan = q->inquiry[side].plan;
    const struct rp_plan_seed *seed = &plan->seed[s];
    const struct rp_outcome *other = view(q, 1 - side, s, RP_STATE_A).outcome;
    int result = RP_OK;
    for (unsigned i = 0; i < seed->lone_all && !*explained && result == RP_OK; i++) {
        const struct rp_lone_flip *lone = &seed->lone[i];
        uint32_t index;
        if (q->can[1 - side]->resource[lone->resource])
            continue;
        result = rp_plan_flip(plan, s, lone->resource, lone->flip, 1, &q->judge[side]->runner, &index, error);
        if (result == RP_OK)
            result = rp_inquiry_run(&q->inquiry[side], &index, 1, error);
        if (result == RP_OK)
            *explained = rp_compare_same_end(&q->judge[side]->extra.outcome[0], other);
    }
    return result;
}

static void write_down(const struct search *q, size_t s, const struct rp_machine *machine,
                       const struct rp_cell_difference *cell, struct rp_witness *w)
{
    const struct rp_plan *plan = q->inquiry[0].plan;
    const struct rp_witness_run run = {3, *machine};
    *w = (struct rp_witness){.policy = plan->policy,
                             .mode = plan->mode,
                             .encoding = q->inquiry[0].encoding,
                             .kind = RP_KIND_DIVERGENCE,
                             .user = plan->seed[s].user,
                             .run = {run, run},
                             .component = cell->cell,
                             .field = RP_RESOURCE_NONE};
    snprintf(w->executor, sizeof w->executor, "%.23s+%.23s", q->name[0], q->name[1]);
}

/* What two views that differ in a cell would be filed as. */
static struct rp_divergence name_divergence(const struct search *q, const struct rp_view view[2],
                                            const struct rp_cell_difference *cell)
{
    struct rp_divergence d = {.cell = cell->cell, .bits = cell->bits, .answers = 2};
    for (unsigned side = 0; side < 2; side++) {
        snprintf(d.executor[side], sizeof d.executor[side], "%s", q->name[side]);
        d.answer[side] = (struct rp_answer){(uint8_t)(1u << q->opinion[side]), cell->value[side],
                                            rp_outcome_shown(view[side].outcome)};
        if (q->limit[side] && !d.known[0])
            snprintf(d.known, sizeof d.known, "%.23s: %.80s", d.executor[side], q->limit[side]);
    }
    return d;
}

/* True if it is of no divergence that the verdict has; of what a limit accounts for one example will do. */
static bool is_new(const struct search *q, const struct rp_divergence *d)
{
    const struct rp_verdict *verdict = q->verdict;
    for (unsigned i = 0; i < verdict->divergences; i++)
        if (rp_divergence_contains(&verdict->divergence[i], d))
            return false;
    return true;
}

/* Adds it to a divergence of others in which one of the two has the same answer. */
static bool join(const struct search *q, const struct rp_divergence *d)
{
    for (unsigned i = 0; i < q->verdict->divergences; i++) {
        struct rp_divergence *known = &q->verdict->divergence[i];
        if (!known->known[0] != !d->known[0] || !rp_divergence_join(known, d))
            continue;
        size_t length = strlen(known->known), room = sizeof known->known - length;
        if (!strstr(known->known, d->known) && strlen(d->known) + sizeof "; " <= room)
            snprintf(known->known + length, room, "; %s", d->known);
        return true;
    }
    return false;
}

static bool has_room(const struct search *q, const struct rp_divergence *d)
{
    const struct rp_verdict *verdict = q->verdict;
    for (unsigned i = 0; i < verdict->divergences && d->known[0]; i++)
        if (strstr(verdict->divergence[i].known, d->known))
            return false;
    return verdict->divergences < RP_DIVERGENCES_MAX;
}

static int append(struct rp_verdict *verdict, const struct rp_witness *w, struct rp_divergence *d,
                  struct rp_error *error)
{
    struct rp_text line = {0};
    struct rp_divergence *grown = realloc(verdict->divergence, (verdict->divergences + 1u) * sizeof *grown);
    if (!grown)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for divergences");
    verdict->divergence = grown;
    int result = rp_witness_print(w, &line, error);
    if (result) {
        rp_text_free(&line);
        return result;
    }
    d->replay = line.data;
    grown[verdict->divergences++] = *d;
    return RP_OK;
}

/* Makes the witness small, repeats it before it is believed (M-NOISE), and keeps it. */
static int keep(struct search *q, size_t s, const struct rp_machine *machine,
                const struct rp_cell_difference *cell, struct rp_error *error)
{
    static _Thread_local struct rp_witness w;
    static _Thread_local struct rp_witness_outcome outcome;
    write_down(q, s, machine, cell, &w);
    int result = rp_judge_minimize(q->judge, &w, NULL, NULL, error);
    outcome.reproduced = true;
    for (unsigned repeat = 0; repeat < 2 && result == RP_OK && outcome.reproduced; repeat++)
        result = rp_witness_run_both(q->judge, &w, &outcome, error);
    if (result || !outcome.reproduced)
        return result;
    struct rp_divergence divergence = name_divergence(q, outcome.view, &outcome.cell);
    if (join(q, &divergence))
        return RP_OK;
    return append(q->verdict, &w, &divergence, error);
}

/* What of P accounts for a difference that both executors do not hold. */
static int explain(struct search *q, size_t s, const struct rp_divergence *d, bool *explained,
                   struct rp_error *error)
{
    bool end = d->cell >= RP_CELL_OUTCOME && d->cell != RP_CELL_LENGTH;
    int result = q->depends ? RP_OK : rp_depend_find(q->inquiry, q->can, q->seeds, &q->depend, error);
    if (result)
        return result;
    q->depends = true;
    *explained = end ? q->depend.ends || (q->explained && rp_divergence_contains(&q->as, d))
                     : rp_depend_has(&q->depend, d->cell);
    if (*explained || !end)
        return RP_OK;
    for (unsigned side = 0; side < 2 && !*explained && result == RP_OK; side++)
        result = is_explained(q, side, s, explained, error);
    if (*explained) {
        q->explained = true;
        q->as = *d;
    }
    return result;
}

static int compare_seed(struct search *q, size_t s, struct rp_error *error)
{
    struct rp_view views[2] = {view(q, 0, s, RP_STATE_A), view(q, 1, s, RP_STATE_A)};
    const struct rp_instruction *instruction = q->inquiry[0].decoded ? &q->inquiry[0].instruction : NULL;
    struct rp_cell_difference cells[CELLS_MAX];
    int result = RP_OK;
    size_t count = 0;
    if (both_hold(q, s) && both_hold_descriptors(q, s))
        count = rp_divergence_cells(views, q->can, instruction, cells, CELLS_MAX);
    for (size_t i = 0; i < count && i < CELLS_MAX && result == RP_OK; i++) {
        for (unsigned side = 0; side < 2; side++) /* explaining the last one may have moved the outcomes */
            views[side] = view(q, side, s, RP_STATE_A);
        struct rp_divergence d = name_divergence(q, views, &cells[i]);
        bool explained = true;
        if (is_new(q, &d))
            result = explain(q, s, &d, &explained, error);
        if (result == RP_OK && !explained && !join(q, &d) && has_room(q, &d))
            result = keep(q, s, &q->inquiry[0].plan->seed[s].machine[RP_STATE_A], &cells[i], error);
    }
    return result;
}

/* Runs seed `s` on both from another machine; *part: they end differently, as `cell` says. */
static int run_closed(struct search *q, size_t s, const struct rp_machine *machine, struct rp_view views[2],
                      struct rp_cell_difference *cell, bool *part, struct rp_error *error)
{
    static _Thread_local struct rp_prestate prestate[2];
    int result = RP_OK;
    for (unsigned side = 0; side < 2 && result == RP_OK; side++) {
        views[side] = view(q, side, s, RP_STATE_A);
        result = rp_depend_run(&q->inquiry[side], s, machine, &prestate[side], &views[side], error);
    }
    *part = result == RP_OK &&
            rp_divergence_silence(views, q->inquiry[0].decoded ? &q->inquiry[0].instruction : NULL) ==
                RP_SILENCE_NONE &&
            rp_divergence_ends(views, cell);
    return result;
}

/* Flips a control of the seed's machine; false if one of the two does not honour it. */
static bool flip(const struct search *q, enum rp_resource control, struct rp_machine *machine)
{
    const struct rp_plan *plan = q->inquiry[0].plan;
    uint64_t value;
    if (!rp_judge_honours(q->judge[0], plan->mode, control) ||
        !rp_judge_honours(q->judge[1], plan->mode, control) ||
        !rp_plan_flip_value(plan, machine, control, RP_FLIP_CONTROL, &value))
        return false;
    machine->value[control] = value;
    return true;
}

/* The first seed from which both end alike in ring 3: in a hole where it retires, else where it traps. */
static size_t alike_in(const struct search *q)
{
    bool retires = q->verdict->judgement == RP_VERDICT_HOLE;
    for (size_t s = 0; s < q->seeds; s++) {
        const struct rp_outcome *a = view(q, 0, s, RP_STATE_A).outcome;
        const struct rp_outcome *b = view(q, 1, s, RP_STATE_A).outcome;
        if (both_hold(q, s) && rp_compare_same_end(a, b) && (a->kind == RP_OUTCOME_RETIRED) == retires)
            return s;
    }
    return q->seeds;
}

/* What closes the encoding closes it on both, and what keeps it closed does: else one of the two ignores a
 * control. Of two that close it together both are set, of two that keep it closed each is opened alone. */
static int compare_closed(struct search *q, const struct rp_closer *closer, struct rp_error *error)
{
    static _Thread_local struct rp_machine machine;
    bool together = q->verdict->judgement == RP_VERDICT_HOLE;
    size_t s = alike_in(q);
    int result = RP_OK;
    if (s == q->seeds)
        return RP_OK;
    for (unsigned i = 0; i < 2 && closer->control[i] != RP_RESOURCE_NONE && result == RP_OK; i++) {
        struct rp_cell_difference cell;
        struct rp_view views[2];
        bool part = false;
        if (i == 0 || !together)
            machine = q->inquiry[0].plan->seed[s].machine[RP_STATE_A];
        bool flipped = flip(q, (enum rp_resource)closer->control[i], &machine);
        if (!flipped && together)
            return RP_OK;
        if (!flipped || (together && i == 0 && closer->control[1] != RP_RESOURCE_NONE))
            continue;
        result = run_closed(q, s, &machine, views, &cell, &part, error);
        if (result || !part)
            continue;
        struct rp_divergence d = name_divergence(q, views, &cell);
        if (is_new(q, &d) && has_room(q, &d)) /* of two that are ignored one is enough */
            result = keep(q, s, &machine, &cell, error);
    }
    return result;
}

static void find_limits(struct search *q)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct rp_inquiry *inquiry = &q->inquiry[side];
        q->limit[side] = rp_divergence_limit(q->judge[side], inquiry->mode,
                                             inquiry->decoded ? &inquiry->instruction : NULL);
        q->inquiry[side].shortly = q->limit[side] != NULL;
    }
    q->inquiry[0].shortly = q->inquiry[1].shortly = q->limit[0] || q->limit[1];
}

int rp_divergence_search(struct rp_judge *const judge[2], const unsigned opinion[2], enum rp_policy policy,
                         struct rp_verdict *verdict, struct rp_error *error)
{
    static _Thread_local struct rp_inquiry inquiry[2];
    static _Thread_local struct search q;
    int result = RP_OK;
    q = (struct search){
        .judge = judge, .inquiry = inquiry, .can = {judge[0]->can, judge[1]->can}, .verdict = verdict};
    for (unsigned side = 0; side < 2; side++) {
        q.name[side] = rp_judge_executor(judge[side]);
        q.opinion[side] = opinion[side];
        rp_inquiry_ask(&inquiry[side], judge[side], verdict->mode, &verdict->encoding);
    }
    find_limits(&q);
    for (unsigned side = 0; side < 2 && result == RP_OK; side++) {
        rp_judge_enter(judge[side], verdict->mode);
        result = rp_inquiry_begin(&inquiry[side], policy, error);
    }
    if (result == RP_OK)
        result = run_all(&q, error);
    for (size_t s = 0; s < q.seeds && result == RP_OK; s++)
        result = compare_seed(&q, s, error);
    for (unsigned i = 0; i < verdict->closers && !q.limit[0] && !q.limit[1] && result == RP_OK; i++)
        result = compare_closed(&q, &verdict->closer[i], error);
    for (unsigned side = 0; side < 2; side++)
        rp_inquiry_end(&inquiry[side]);
    return result;
}
