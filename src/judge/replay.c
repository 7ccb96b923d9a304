/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Witnesses made again; see replay.h. */
#include "judge/replay.h"

#include "judge/inquiry.h"
#include "judge/shrink.h"

#include <stdio.h>
#include <string.h>

struct rp_shown rp_outcome_shown(const struct rp_outcome *o)
{
    return (struct rp_shown){.present = true,
                             .kind = o->kind,
                             .vector = o->vector,
                             .length = o->length,
                             .gate = o->gate,
                             .has_error_code = o->has_error_code,
                             .kernel_emulated = o->kernel_emulated,
                             .error_code = o->error_code,
                             .cr2 = o->cr2};
}

#define DIFFERENCES 256
#define ROUNDS      3 /* of minimising */

void rp_witness_values(const struct rp_witness *witness, const struct rp_witness_outcome *outcome,
                       uint64_t value[2])
{
    uint64_t bits = rp_witness_component_bits(witness->field);
    if (witness->component >= RP_CELL_OUTCOME) {
        rp_divergence_end(outcome->view, witness->component, value);
        return;
    }
    for (unsigned i = 0; i < 2; i++)
        value[i] = rp_view_value(&outcome->view[i], witness->component) & bits;
    if (witness->kind == RP_SENSITIVE_CONTROL && witness->component < RP_COMPONENT_VECTOR)
        value[0] = outcome->prestate[0].state.reg[witness->component] & bits;
}

/* True if the witness's component, or its field of it, is among the differences. */
static bool names(const struct rp_difference *differences, size_t count, const struct rp_witness *w)
{
    for (size_t i = 0; i < count && i < DIFFERENCES; i++)
        if (differences[i].component == w->component &&
            (differences[i].bits & rp_witness_component_bits(w->field)))
            return true;
    return false;
}

static bool user_differs(const struct rp_view view[2], const struct rp_witness *w)
{
    struct rp_difference differences[DIFFERENCES];
    size_t count = rp_compare_user(&view[0], &view[1], NULL, differences, DIFFERENCES);
    return names(differences, count, w);
}

static bool has_effect(const struct rp_view *view, const struct rp_witness *w)
{
    struct rp_difference differences[DIFFERENCES];
    size_t count = rp_compare_effects(view, NULL, differences, DIFFERENCES);
    return names(differences, count, w);
}

/* Both retired: the component differs in U', or one ring did to it what the other did not. */
static bool mode_shows(const struct rp_view view[2], const struct rp_witness *w)
{
    if (user_differs(view, w))
        return true;
    if (rp_compare_same_effects(&view[0], &view[1], NULL))
        return false;
    bool ring0 = has_effect(&view[0], w), ring3 = has_effect(&view[1], w);
    uint64_t difference = rp_view_value(&view[0], w->component) ^ rp_view_value(&view[1], w->component);
    return ring0 != ring3 || (ring0 && (difference & rp_witness_component_bits(w->field)));
}

static bool shows(const struct rp_witness *witness, struct rp_witness_outcome *o)
{
    bool both = rp_outcome_retired(o->view[0].outcome) && rp_outcome_retired(o->view[1].outcome);
    o->pair = rp_screen_pair(&o->view[0], &o->view[1]);
    bool trap = o->pair == RP_PAIR_RING3_ONLY || o->pair == RP_PAIR_PRIVILEGED;
    switch (witness->kind) {
    case RP_SENSITIVE_MODE: /* where RIP is the component, that one ring traps is what there is to show */
        return both ? mode_shows(o->view, witness) : trap && witness->component == RP_REG_RIP;
    case RP_SENSITIVE_CONTROL:
        return both && has_effect(&o->view[0], witness);
    default:
        return both && user_differs(o->view, witness);
    }
}

/* Prepares and runs [from, from + count) of the witness's two runs on one executor. */
static int make_runs(struct rp_judge *judge, const struct rp_witness *witness, unsigned from, unsigned count,
                     struct rp_witness_outcome *o, struct rp_error *error)
{
    struct rp_runner *runner = &judge->runner;
    uint32_t first = 0;
    int result = runner->executor->prepare(runner->instance, o->prestate + from, count, &first, error);
    if (result)
        return result;
    struct rp_job jobs[2] = {{.encoding = witness->encoding, .prestate = first},
                             {.encoding = witness->encoding, .prestate = first + 1}};
    rp_outcomes_clear(&judge->extra);
    result = rp_runner_run(runner, jobs, count, &judge->extra, error);
    runner->executor->forget(runner->instance, first);
    return result;
}

/* True if the cell of a divergence differs again; what else differs does not matter. */
static bool diverges(struct rp_judge *const judge[2], const struct rp_witness *w,
                     const struct rp_instruction *instruction, struct rp_witness_outcome *o)
{
    static _Thread_local struct rp_cell_difference cells[DIFFERENCES];
    const struct rp_capabilities *const can[2] = {judge[0]->can, judge[1]->can};
    size_t count = rp_divergence_cells(o->view, can, instruction, cells, DIFFERENCES);
    for (size_t i = 0; i < count && i < DIFFERENCES; i++) {
        if (cells[i].cell != w->component)
            continue;
        o->cell = cells[i];
        return true;
    }
    return false;
}

int rp_witness_run_both(struct rp_judge *const judge[2], const struct rp_witness *witness,
                        struct rp_witness_outcome *o, struct rp_error *error)
{
    bool apart = witness->kind == RP_KIND_DIVERGENCE;
    unsigned runs = witness->kind == RP_SENSITIVE_CONTROL || witness->kind == RP_KIND_FINDING ? 1 : 2;
    struct rp_instruction instruction;
    int result = RP_OK;
    o->reproduced = false;
    for (unsigned i = 0; i < runs && result == RP_OK; i++) {
        unsigned ring = witness->run[i].ring;
        result = rp_prestate_build(&o->prestate[i], rp_ring_mode(witness->mode, ring), ring, &witness->user,
                                   &witness->run[i].machine, error);
        rp_prestate_reduce(&o->prestate[i], judge[apart ? i : 0]->can->lacks);
    }
    if (result == RP_OK)
        result = make_runs(judge[0], witness, 0, apart ? 1 : runs, o, error);
    if (result == RP_OK && apart)
        result = make_runs(judge[1], witness, 1, 1, o, error);
    if (result)
        return result;
    bool decoded = rp_decode(witness->mode, witness->encoding.bytes, witness->encoding.length, &instruction,
                             NULL) == RP_OK;
    for (unsigned i = 0; i < 2; i++) {
        unsigned number = i < runs ? i : 0;
        const struct rp_outcomes *extra = &judge[apart ? i : 0]->extra;
        const struct rp_outcome *outcome = &extra->outcome[apart ? 0 : number];
        o->view[i] = (struct rp_view){witness->mode, &o->prestate[number], outcome,
                                      extra->change + outcome->first, decoded && instruction.memory.present};
    }
    o->length =
        rp_outcome_length(o->view[0].outcome, o->view[0].changes, o->prestate[0].state.reg[RP_REG_RIP],
                          decoded && instruction.branch != RP_BRANCH_NONE);
    if (witness->kind != RP_KIND_FINDING)
        o->reproduced =
            apart ? diverges(judge, witness, decoded ? &instruction : NULL, o) : shows(witness, o);
    return RP_OK;
}

/* A sentence for a witness that did not reproduce. */
static void explain(const struct rp_witness *witness, const struct rp_witness_outcome *o, char *why,
                    size_t size)
{
    char name[RP_COMPONENT_NAME_MAX];
    bool divergence = witness->kind == RP_KIND_DIVERGENCE;
    for (unsigned i = 0; i < 2 && !divergence; i++) {
        if (!rp_outcome_retired(o->view[i].outcome) &&
            (witness->kind != RP_SENSITIVE_MODE || witness->component != RP_REG_RIP)) {
            snprintf(why, size, "run %c did not retire: %s", 'a' + (int)i,
                     rp_outcome_kind_name((enum rp_outcome_kind)o->view[i].outcome->kind));
            return;
        }
    }
    snprintf(why, size, "both %s end alike in %s", divergence ? "executors" : "runs",
             rp_witness_component_name(witness->component, witness->field, name));
}

void rp_judge_replay_end(const struct rp_witness *witness, const struct rp_shown *shown,
                         struct rp_replay *replay)
{
    const struct rp_witness_end *end = &witness->end;
    uint8_t vector = shown->kind == RP_OUTCOME_RETIRED ? 0 : shown->vector;
    *replay = (struct rp_replay){
        .reproduced = shown->kind == end->kind && vector == end->vector && shown->length == end->length,
        .shown = {*shown, {.present = true, .kind = end->kind, .vector = end->vector, .length = end->length}},
        .value = {shown->length, end->length}};
    if (!replay->reproduced)
        snprintf(replay->why, sizeof replay->why, "it ended in another way when it was found");
}

int rp_judge_replay(struct rp_judge *const judge[2], const struct rp_witness *witness,
                    struct rp_replay *replay, struct rp_error *error)
{
    static _Thread_local struct rp_witness_outcome outcome;
    memset(replay, 0, sizeof *replay);
    int result = rp_witness_run_both(judge, witness, &outcome, error);
    if (result)
        return result;
    if (witness->kind == RP_KIND_FINDING) {
        struct rp_shown shown = rp_outcome_shown(outcome.view[0].outcome);
        shown.length = outcome.length;
        rp_judge_replay_end(witness, &shown, replay);
        return RP_OK;
    }
    replay->reproduced = outcome.reproduced;
    if (!outcome.reproduced)
        explain(witness, &outcome, replay->why, sizeof replay->why);
    for (unsigned i = 0; i < 2; i++) {
        replay->shown[i] = rp_outcome_shown(outcome.view[i].outcome);
    }
    rp_witness_values(witness, &outcome, replay->value);
    return RP_OK;
}

int rp_judge_hash(struct rp_judge *judge, const struct rp_witness *witness, uint64_t *hash,
                  struct rp_error *error)
{
    static _Thread_local struct rp_witness_outcome outcome;
    struct rp_judge *const both[2] = {judge, judge};
    int result = rp_witness_run_both(both, witness, &outcome, error);
    *hash = result == RP_OK ? outcome.view[0].outcome->hash : 0;
    return result;
}

/* What a smaller witness has to go on showing. */
struct shown {
    struct rp_judge *const *judge;
    enum rp_pair pair;
    struct rp_shown end[2];
};

static bool same_ends(const struct shown *shown, const struct rp_view view[2])
{
    for (unsigned i = 0; i < 2; i++)
        if (view[i].outcome->kind != shown->end[i].kind || view[i].outcome->vector != shown->end[i].vector)
            return false;
    return true;
}

/* Does the smaller witness still show it, in the same way? */
static int still_shows(void *context, const struct rp_witness *witness, bool *shows, struct rp_error *error)
{
    static _Thread_local struct rp_witness_outcome outcome;
    const struct shown *shown = context;
    struct rp_replay replay;
    if (witness->kind == RP_KIND_FINDING) {
        int result = rp_judge_replay(shown->judge, witness, &replay, error);
        *shows = result == RP_OK && replay.reproduced;
        return result;
    }
    int result = rp_witness_run_both(shown->judge, witness, &outcome, error);
    *shows = result == RP_OK && outcome.reproduced &&
             (witness->kind != RP_SENSITIVE_MODE || outcome.pair == shown->pair) &&
             (witness->kind != RP_KIND_DIVERGENCE || same_ends(shown, outcome.view));
    return result;
}

int rp_judge_minimize(struct rp_judge *const judge[2], struct rp_witness *witness, rp_witness_change *change,
                      void *context, struct rp_error *error)
{
    static _Thread_local struct rp_witness_outcome outcome;
    struct shown shown = {.judge = judge};
    int result = rp_witness_run_both(judge, witness, &outcome, error);
    if (result || (witness->kind != RP_KIND_FINDING && !outcome.reproduced))
        return result;
    shown.pair = outcome.pair;
    for (unsigned i = 0; i < 2; i++)
        shown.end[i] = rp_outcome_shown(outcome.view[i].outcome);
    /* A smaller encoding may need less of the state. */
    for (unsigned round = 0; round < ROUNDS && result == RP_OK; round++) {
        const struct rp_encoding old = witness->encoding;
        result = rp_witness_shrink(witness, still_shows, &shown, error);
        if (result == RP_OK && change)
            result = change(context, witness, still_shows, &shown, error);
        if (memcmp(&old, &witness->encoding, sizeof old) == 0)
            break;
    }
    return result;
}
