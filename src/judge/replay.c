/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Witnesses made again; see replay.h. */
#include "judge/replay.h"

#include "judge/inquiry.h"

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

/* What minimising works on. */
struct minimizer {
    struct rp_judge *const *judge;
    struct rp_witness *witness;
    struct rp_user standard;
    enum rp_pair pair;
    struct rp_shown end[2]; /* of a divergence */
    struct rp_error *error;
    int result;
};

static bool same_ends(const struct minimizer *m, const struct rp_view view[2])
{
    for (unsigned i = 0; i < 2; i++)
        if (view[i].outcome->kind != m->end[i].kind || view[i].outcome->vector != m->end[i].vector)
            return false;
    return true;
}

/* Does the smaller witness still show it, in the same way? */
static bool still_shows(struct minimizer *m)
{
    static _Thread_local struct rp_witness_outcome outcome;
    enum rp_sensitivity kind = m->witness->kind;
    m->result = rp_witness_run_both(m->judge, m->witness, &outcome, m->error);
    return m->result == RP_OK && outcome.reproduced &&
           (kind != RP_SENSITIVE_MODE || outcome.pair == m->pair) &&
           (kind != RP_KIND_DIVERGENCE || same_ends(m, outcome.view));
}

/* Keeps the change just made to *word if the witness still shows; puts `old` back otherwise. */
static void keep_or_undo(struct minimizer *m, uint64_t *word, uint64_t old)
{
    if (!still_shows(m))
        *word = old;
}

static void minimize_registers(struct minimizer *m)
{
    for (unsigned reg = 0; reg < RP_REG_COUNT && m->result == RP_OK; reg++) {
        uint64_t *word = &m->witness->user.state.reg[reg], old = *word;
        if (old == m->standard.state.reg[reg])
            continue;
        *word = m->standard.state.reg[reg];
        keep_or_undo(m, word, old);
    }
    for (unsigned i = 0; i < RP_VECTOR_WORDS && m->result == RP_OK; i++) {
        uint64_t *word = &m->witness->user.state.vector[i], old = *word;
        if (old == m->standard.state.vector[i])
            continue;
        *word = m->standard.state.vector[i];
        keep_or_undo(m, word, old);
    }
}

static void minimize_memory(struct minimizer *m)
{
    struct rp_memory *memory = &m->witness->user.memory;
    for (uint32_t i = memory->count; i > 0 && m->result == RP_OK; i--) {
        struct rp_memory_word old = memory->word[i - 1];
        memmove(&memory->word[i - 1], &memory->word[i], (memory->count - i) * sizeof old);
        memory->count--;
        if (!still_shows(m))
            rp_memory_set(memory, old.address, old.value, NULL);
    }
}

/* Keeps a change of the runs' machines if the witness still shows. */
static void keep_or_restore(struct minimizer *m, enum rp_resource resource, const uint64_t old[2])
{
    bool does = still_shows(m);
    for (unsigned i = 0; i < 2 && !does; i++)
        m->witness->run[i].machine.value[resource] = old[i];
}

/* Resources in which both runs are away from the policy's value, or the second one from the first. */
static void minimize_machines(struct minimizer *m)
{
    struct rp_witness_run *run = m->witness->run;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT && m->result == RP_OK; r++) {
        uint64_t old[2] = {run[0].machine.value[r], run[1].machine.value[r]};
        uint64_t standard = rp_resource_default((enum rp_resource)r, m->witness->mode, m->witness->policy);
        if (old[0] != old[1])
            run[1].machine.value[r] = old[0];
        else if (old[0] != standard)
            run[0].machine.value[r] = run[1].machine.value[r] = standard;
        else
            continue;
        keep_or_restore(m, (enum rp_resource)r, old);
    }
}

/* Often nothing of the user state matters. */
static bool default_user_shows(struct minimizer *m)
{
    static _Thread_local struct rp_user old;
    old = m->witness->user;
    m->witness->user = m->standard;
    bool does = still_shows(m);
    if (!does)
        m->witness->user = old;
    return does;
}

int rp_witness_minimize(struct rp_judge *const judge[2], struct rp_witness *witness, struct rp_error *error)
{
    static _Thread_local struct rp_witness_outcome outcome;
    static _Thread_local struct minimizer m;
    int result = rp_witness_run_both(judge, witness, &outcome, error);
    if (result || !outcome.reproduced)
        return result;
    m = (struct minimizer){.judge = judge, .witness = witness, .pair = outcome.pair, .error = error};
    for (unsigned i = 0; i < 2; i++)
        m.end[i] = rp_outcome_shown(outcome.view[i].outcome);
    rp_user_init(&m.standard, witness->mode);
    if (!default_user_shows(&m) && m.result == RP_OK) {
        minimize_memory(&m);
        minimize_registers(&m);
    }
    if (m.result == RP_OK)
        minimize_machines(&m);
    return m.result;
}
