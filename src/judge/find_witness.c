/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From evidence to a witness: the best evidence is written down as two runs, made small, and repeated before
 * it is believed (M-NOISE). */
#include "judge/inquiry.h"
#include "judge/replay.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Better evidence has a higher rank: a hole, of the system, with a resource that names it. */
static int rank(const struct rp_found *found)
{
    const struct rp_evidence *e = &found->evidence;
    bool known = e->resource != RP_RESOURCE_NONE;
    /* That a ring traps where the other does not says less than what the instruction did. */
    bool trap = e->kind == RP_SENSITIVE_MODE && e->component == RP_REG_RIP;
    bool system = known && !trap && rp_resource_info(e->resource)->owner == RP_OWNER_SYSTEM;
    /* A register that was loaded says more than the A bit that the load set. */
    bool memory = e->kind == RP_SENSITIVE_CONTROL && e->component >= RP_COMPONENT_MEMORY;
    int kind = e->kind == RP_SENSITIVE_MODE ? 2 : e->kind == RP_SENSITIVE_CONTROL ? 1 : 0;
    /* What ring 3 silently leaves undone says more than that rings differ. */
    int telling = e->kind == RP_SENSITIVE_MODE && e->resource == RP_RESOURCE_CPL ? -2 : 0;
    return e->hole * 64 + !memory * 32 + system * 16 + known * 8 + kind + telling;
}

/* Of equals the first resource of the table is shown, and not whichever a random half of them turned up: a
 * finding keeps its id (rp_verdict_id) under another seed. */
static bool better(const struct rp_found *a, const struct rp_found *b)
{
    if (rank(a) != rank(b))
        return rank(a) > rank(b);
    if (a->evidence.resource != b->evidence.resource)
        return a->evidence.resource < b->evidence.resource;
    return a->evidence.state == RP_STATE_A && b->evidence.state != RP_STATE_A;
}

static void write_down(const struct rp_inquiry *inquiry, const struct rp_found *found, struct rp_witness *w)
{
    const struct rp_plan_seed *seed = &inquiry->plan->seed[found->seed];
    const struct rp_evidence *e = &found->evidence;
    const struct rp_machine *a = &seed->machine[RP_STATE_A];
    *w = (struct rp_witness){.policy = inquiry->plan->policy,
                             .mode = inquiry->mode,
                             .encoding = inquiry->encoding,
                             .kind = e->kind,
                             .user = seed->user,
                             .component = e->component,
                             .field = rp_witness_field(e->component, e->resource)};
    snprintf(w->executor, sizeof w->executor, "%s", rp_judge_executor(inquiry->judge));
    unsigned ring = e->ring ? 3 : 0;
    if (e->kind == RP_SENSITIVE_MODE) {
        w->run[0] = (struct rp_witness_run){0, e->flipped ? *a : seed->machine[e->state]};
        if (e->flipped)
            rp_plan_flip_value(inquiry->plan, a, e->resource, (enum rp_flip)e->state,
                               &w->run[0].machine.value[e->resource]);
        w->run[1] = (struct rp_witness_run){3, w->run[0].machine};
    } else if (e->kind == RP_SENSITIVE_CONTROL) {
        w->run[0] = w->run[1] = (struct rp_witness_run){ring, seed->machine[e->state]};
    } else if (e->back) {
        w->run[0] = w->run[1] = (struct rp_witness_run){ring, seed->machine[e->state]};
        w->run[0].machine.value[e->resource] = a->value[e->resource];
    } else {
        w->run[0] = (struct rp_witness_run){ring, *a};
        w->run[1] = (struct rp_witness_run){ring, e->flipped ? *a : seed->machine[e->state]};
        if (e->flipped)
            rp_plan_flip_value(inquiry->plan, a, e->resource, (enum rp_flip)e->state,
                               &w->run[1].machine.value[e->resource]);
    }
}

/* Three runs in all: the screening's, and two here. */
static int confirm(struct rp_inquiry *inquiry, const struct rp_witness *w, struct rp_witness_outcome *outcome,
                   struct rp_error *error)
{
    struct rp_judge *const judge[2] = {inquiry->judge, NULL};
    int result = RP_OK;
    outcome->reproduced = true;
    for (unsigned repeat = 0; repeat < 2 && result == RP_OK && outcome->reproduced; repeat++)
        result = rp_witness_run_both(judge, w, outcome, error);
    return result;
}

static void fill_sides(const struct rp_witness *w, const struct rp_witness_outcome *outcome,
                       struct rp_verdict *verdict)
{
    uint64_t value[2];
    rp_witness_values(w, outcome, value);
    verdict->a = (struct rp_witness_side){(uint8_t)w->run[0].ring, value[0]};
    verdict->b = (struct rp_witness_side){(uint8_t)w->run[1].ring, value[1]};
}

static int publish(const struct rp_found *found, const struct rp_witness *w,
                   const struct rp_witness_outcome *outcome, struct rp_verdict *verdict,
                   struct rp_error *error)
{
    struct rp_text line = {0};
    int result = rp_witness_print(w, &line, error);
    if (result) {
        rp_text_free(&line);
        return result;
    }
    verdict->has_witness = true;
    verdict->witness_kind = w->kind;
    verdict->component = w->component;
    verdict->field = w->field;
    verdict->resource = found->evidence.resource;
    verdict->replay = line.data;
    snprintf(verdict->witness_executor, sizeof verdict->witness_executor, "%.23s", w->executor);
    fill_sides(w, outcome, verdict);
    return RP_OK;
}

/* Removes evidence that does not come back, so that the verdict does not rest on it. */
static int try_evidence(struct rp_inquiry *inquiry, unsigned number, struct rp_verdict *verdict,
                        struct rp_error *error)
{
    static _Thread_local struct rp_witness w;
    static _Thread_local struct rp_witness_outcome outcome;
    struct rp_found found = inquiry->found[number];
    write_down(inquiry, &found, &w);
    struct rp_judge *const judge[2] = {inquiry->judge, NULL};
    int result = rp_judge_minimize(judge, &w, NULL, NULL, error);
    if (result == RP_OK)
        result = confirm(inquiry, &w, &outcome, error);
    if (result)
        return result;
    bool traps = outcome.pair == RP_PAIR_PRIVILEGED;
    if (!outcome.reproduced || (w.kind == RP_SENSITIVE_MODE && traps != found.evidence.trap)) {
        inquiry->found[number] = inquiry->found[--inquiry->count];
        return RP_OK;
    }
    return publish(&found, &w, &outcome, verdict, error);
}

/* Nothing but the trap is there to show: ring 0 retires and ring 3 does not. */
static int show_trap(struct rp_inquiry *inquiry, struct rp_verdict *verdict, struct rp_error *error)
{
    struct rp_evidence trap = {.kind = RP_SENSITIVE_MODE,
                               .ring = 1,
                               .state = (uint8_t)inquiry->trap_state,
                               .trap = true,
                               .resource = RP_RESOURCE_CPL,
                               .component = RP_REG_RIP};
    inquiry->found[0] = (struct rp_found){trap, inquiry->trap_seed};
    inquiry->count = 1;
    int result = try_evidence(inquiry, 0, verdict, error);
    inquiry->count = 0; /* it makes the encoding privileged, not sensitive */
    return result;
}

int rp_inquiry_witness(struct rp_inquiry *inquiry, struct rp_verdict *verdict, struct rp_error *error)
{
    int result = RP_OK;
    while (inquiry->count > 0 && !verdict->has_witness && result == RP_OK) {
        unsigned best = 0;
        for (unsigned i = 1; i < inquiry->count; i++)
            if (better(&inquiry->found[i], &inquiry->found[best]))
                best = i;
        result = try_evidence(inquiry, best, verdict, error);
    }
    if (result == RP_OK && inquiry->count == 0 && inquiry->pairs[RP_PAIR_PRIVILEGED])
        result = show_trap(inquiry, verdict, error);
    return result;
}
