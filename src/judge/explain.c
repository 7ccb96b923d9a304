/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Explaining divergences; see explain.h. */
#include "judge/explain.h"

#include "judge/decide.h"
#include "judge/inquiry.h"
#include "judge/replay.h"
#include "state/looks.h"

#include <stdio.h>
#include <string.h>

/* A table that one of the two has from its system has other descriptors than the arena's. */
struct held {
    const struct rp_capabilities *const *can;
    bool all;
};

static void look_at_selector(void *context, uint16_t selector)
{
    struct held *held = context;
    unsigned table = selector >> 2 & 1, entry = selector >> 3;
    bool null = entry == 0 && table == 0;
    if (null || entry >= RP_DESCRIPTORS)
        return;
    held->all &= held->can[0]->descriptor[table][entry] && held->can[1]->descriptor[table][entry];
}

/* It puts the selector of the code it stands in where the program sees it: a far CALL, MOV from CS, PUSH CS.
 */
static bool shows_code_selector(const struct rp_instruction *instruction)
{
    bool call = instruction->branch == RP_BRANCH_FAR && strcmp(instruction->mnemonic, "call") == 0;
    return call || instruction->segment_register == 1;
}

bool rp_divergence_held(const struct rp_capabilities *const can[2], const struct rp_instruction *instruction,
                        const struct rp_prestate *prestate)
{
    struct held held = {can, true};
    if (!instruction)
        return true;
    if (shows_code_selector(instruction))
        look_at_selector(&held, (uint16_t)prestate->state.reg[RP_REG_CS]);
    if (rp_looks_at_descriptors(instruction))
        rp_selectors_visit(prestate->mode, instruction, prestate->state.reg, &prestate->memory,
                           look_at_selector, &held);
    return held.all;
}

const char *rp_divergence_limit(const struct rp_judge *judge, enum rp_mode mode,
                                const struct rp_instruction *instruction)
{
    const struct rp_limit *limit = instruction ? rp_limits_find(judge->limits, mode, instruction) : NULL;
    bool emulated = judge->options.executor->provenance == RP_PROVENANCE_EMULATED;
    return limit ? limit->reason : !instruction && emulated ? RP_LIMIT_UNDECODED : NULL;
}

void rp_judge_take_as_found(const struct rp_judge *judge, enum rp_mode mode, enum rp_policy policy,
                            struct rp_machine *machine)
{
    rp_plan_take_as_found(&judge->runner, mode, policy, machine);
}

/* The two runs, and what a part of the machine makes of one of them. */
struct explaining {
    struct rp_judge *const *judge;
    const struct rp_witness *witness;
    struct rp_witness_outcome *both;
    struct rp_outcome end[2]; /* of the runs as they are */
    uint64_t value[2];
    struct rp_machine machine; /* of the run in work */
};

/* True if the other's end comes out, or, of a component, another value. */
static int accounts(struct explaining *e, unsigned side, bool *does, struct rp_error *error)
{
    static _Thread_local struct rp_prestate prestate;
    const struct rp_witness *w = e->witness;
    struct rp_judge *judge = e->judge[side];
    struct rp_runner *runner = &judge->runner;
    uint32_t index;
    int result = rp_prestate_build(&prestate, w->mode, 3, &w->user, &e->machine, error);
    rp_prestate_reduce(&prestate, judge->can->lacks);
    if (result == RP_OK)
        result = runner->executor->prepare(runner->instance, &prestate, 1, &index, error);
    if (result)
        return result;
    const struct rp_job job = {.encoding = w->encoding, .prestate = index};
    rp_outcomes_clear(&judge->extra);
    result = rp_runner_run(runner, &job, 1, &judge->extra, error);
    runner->executor->forget(runner->instance, index);
    if (result)
        return result;
    const struct rp_outcome *outcome = &judge->extra.outcome[0];
    const struct rp_view view = {w->mode, &prestate, outcome, judge->extra.change + outcome->first, true};
    *does = w->component >= RP_CELL_OUTCOME ? rp_compare_same_end(outcome, &e->end[1 - side])
                                            : !rp_compare_same_end(outcome, &e->end[side]) ||
                                                  rp_view_value(&view, w->component) != e->value[side];
    return RP_OK;
}

static int try_resource(struct explaining *e, unsigned side, enum rp_resource resource, bool *does,
                        struct rp_error *error)
{
    const struct rp_resource_info *info = rp_resource_info(resource);
    const struct rp_machine *standard = &e->witness->run[side].machine;
    uint64_t value[2 * RP_RESOURCE_VALUES_MAX + 2];
    unsigned count = 0;
    int result = RP_OK;
    for (unsigned i = 0; i < info->perturb.count; i++)
        value[count++] = rp_resource_perturbation(resource, e->witness->mode, i);
    for (unsigned i = 0; i < info->flip.count; i++)
        value[count++] = info->flip.value[i];
    if (info->traps != RP_TRAPS_NOTHING) {
        value[count++] = info->trap;
        value[count++] = info->open;
    }
    for (unsigned i = 0; i < count && result == RP_OK && !*does; i++) {
        e->machine = *standard;
        e->machine.value[resource] = value[i];
        if (standard->value[resource] != value[i])
            result = accounts(e, side, does, error);
    }
    return result;
}

/* False where the machine is away from its default in what one of the two does not honour. */
static bool both_hold(const struct explaining *e, enum rp_resource *lost)
{
    const struct rp_witness *w = e->witness;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        *lost = (enum rp_resource)r;
        if (w->run[0].machine.value[r] != rp_resource_default(*lost, w->mode, w->policy) &&
            !(e->judge[0]->can->resource[r] && e->judge[1]->can->resource[r]))
            return false;
    }
    return true;
}

static int search(struct explaining *e, char why[RP_REASON_MAX], struct rp_error *error)
{
    bool does = false;
    int result = RP_OK;
    for (unsigned side = 0; side < 2 && result == RP_OK; side++) {
        for (unsigned r = 0; r < RP_RESOURCE_COUNT && result == RP_OK && !does; r++) {
            const enum rp_resource resource = (enum rp_resource)r;
            if (!e->judge[side]->can->resource[r] || e->judge[1 - side]->can->resource[r] ||
                !rp_resource_in_mode(resource, e->witness->mode))
                continue;
            result = try_resource(e, side, resource, &does, error);
            if (does)
                snprintf(why, RP_REASON_MAX, "depends on %.40s, which they do not both hold",
                         rp_resource_info(resource)->name);
        }
    }
    return result;
}

int rp_judge_explain(struct rp_judge *const judge[2], const struct rp_witness *witness,
                     char why[RP_REASON_MAX], struct rp_error *error)
{
    static _Thread_local struct rp_witness_outcome both;
    const struct rp_capabilities *const can[2] = {judge[0]->can, judge[1]->can};
    struct explaining e = {.judge = judge, .witness = witness, .both = &both};
    struct rp_instruction decoded, *instruction = NULL;
    enum rp_resource lost;
    if (rp_decode(witness->mode, witness->encoding.bytes, witness->encoding.length, &decoded, NULL) == RP_OK)
        instruction = &decoded;
    why[0] = '\0';
    int result = rp_witness_run_both(judge, witness, &both, error);
    if (result)
        return result;
    for (unsigned side = 0; side < 2; side++) {
        const char *limit = rp_divergence_limit(judge[side], witness->mode, instruction);
        if (limit && !why[0])
            snprintf(why, RP_REASON_MAX, "%.23s: %.80s", rp_judge_executor(judge[side]), limit);
        e.end[side] = *both.view[side].outcome;
        e.value[side] =
            witness->component < RP_CELL_OUTCOME ? rp_view_value(&both.view[side], witness->component) : 0;
    }
    if (!why[0] && !both_hold(&e, &lost))
        snprintf(why, RP_REASON_MAX, "%.40s is not held by both", rp_resource_info(lost)->name);
    if (!why[0] && !rp_divergence_held(can, instruction, &both.prestate[0]))
        snprintf(why, RP_REASON_MAX, "it looks at a descriptor that they do not both hold");
    return why[0] ? RP_OK : search(&e, why, error);
}
