/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building and preparing plans; see plan.h. */
#include "judge/plan.h"

#include "base/random.h"

#include <stdlib.h>
#include <string.h>

int rp_plan_prepare(const struct rp_plan *plan, const struct rp_user *user, const struct rp_machine *machine,
                    unsigned ring, struct rp_runner *runner, struct rp_prestate *prestate, uint32_t *index,
                    struct rp_error *error)
{
    unsigned cpl = ring ? 3 : 0;
    int result = rp_prestate_build(prestate, rp_ring_mode(plan->mode, cpl), cpl, user, machine, error);
    if (result)
        return result;
    rp_prestate_reduce(prestate, runner->executor->capabilities(runner->instance)->lacks);
    return runner->executor->prepare(runner->instance, prestate, 1, index, error);
}

/* True if screening may change the resource: it has other values, the seed did not choose one itself, and the
 * executor honours it; what an executor ignores shows nothing. */
static bool perturbable(const struct rp_plan *plan, const struct rp_runner *runner,
                        const struct rp_machine *a, enum rp_resource resource)
{
    return rp_resource_screened(resource, plan->mode, plan->policy) &&
           a->value[resource] == rp_resource_default(resource, plan->mode, plan->policy) &&
           runner->executor->capabilities(runner->instance)->resource[resource];
}

/* METHOD, "Screen": a random half of the resources for B1, the other half for B2; those of several values for
 * both, by different ones. */
static void perturb(struct rp_plan_seed *s, const struct rp_plan *plan, const struct rp_resource_set *aside,
                    const struct rp_runner *runner, struct rp_random *random)
{
    s->machine[RP_STATE_B1] = s->machine[RP_STATE_B2] = s->machine[RP_STATE_A];
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        uint64_t draw =
            rp_random_next(random); /* drawn for every row, so that rows do not shift each other */
        const struct rp_resource_info *info = rp_resource_info((enum rp_resource)r);
        if (!perturbable(plan, runner, &s->machine[RP_STATE_A], (enum rp_resource)r) ||
            (aside && rp_resource_set_has(aside, (enum rp_resource)r)))
            continue;
        unsigned number = (unsigned)(draw >> 8) % info->perturb.count, other = number + 1;
        unsigned first = draw & 1 ? RP_STATE_B1 : RP_STATE_B2;
        s->machine[first].value[r] = rp_resource_perturbation((enum rp_resource)r, plan->mode, number);
        if (info->perturb.count > 1)
            s->machine[first ^ RP_STATE_B1 ^ RP_STATE_B2].value[r] =
                rp_resource_perturbation((enum rp_resource)r, plan->mode, other % info->perturb.count);
    }
}

static void add_lone(struct rp_plan_seed *s, const struct rp_plan *plan, enum rp_resource resource,
                     enum rp_flip flip, enum rp_lone_group group)
{
    uint64_t value;
    if (s->lone_all < RP_LONE_MAX &&
        rp_plan_flip_value(plan, &s->machine[RP_STATE_A], resource, flip, &value))
        s->lone[s->lone_all++] = (struct rp_lone_flip){resource, flip, group};
}

static enum rp_lone_group group_of(enum rp_resource control, struct rp_random *random)
{
    if (rp_resource_info(control)->implicit & ~RP_IMPLICIT_MEMORY)
        return RP_LONE_UNIT;
    return rp_random_next(random) & 1 ? RP_LONE_CONTROL_1 : RP_LONE_CONTROL_2;
}

/* METHOD, "Screen": what is flipped alone, as far as the executor honours it. With a control set that makes
 * nothing trap on this executor, a run shows what no machine would. */
static void choose_lone(struct rp_plan_seed *s, const struct rp_plan *plan,
                        const struct rp_resource_set *honoured, const struct rp_runner *runner,
                        struct rp_random *random)
{
    const struct rp_capabilities *can = runner->executor->capabilities(runner->instance);
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const struct rp_place *place = &rp_resource_info((enum rp_resource)r)->place;
        if (place->kind == RP_PLACE_PROBE && place->probe == s->seed->probe && can->resource[r])
            add_lone(s, plan, (enum rp_resource)r, RP_FLIP_OTHER, RP_LONE_DESCRIPTOR);
    }
    s->lone_own = s->lone_all;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (can->resource[r] && (!honoured || rp_resource_set_has(honoured, (enum rp_resource)r)))
            add_lone(s, plan, (enum rp_resource)r, RP_FLIP_CONTROL, group_of((enum rp_resource)r, random));
}

void rp_plan_take_as_found(const struct rp_runner *runner, enum rp_mode mode, enum rp_policy policy,
                           struct rp_machine *machine)
{
    const struct rp_capabilities *can = runner->executor->capabilities(runner->instance);
    if (!runner->executor->as_found || policy != RP_POLICY_AS_FOUND)
        return;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (can->found_trapping[r] &&
            machine->value[r] == rp_resource_default((enum rp_resource)r, mode, policy))
            machine->value[r] = rp_resource_info((enum rp_resource)r)->trap;
}

static int prepare_states(struct rp_plan *plan, struct rp_plan_seed *s, struct rp_runner *runner,
                          struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned state = 0; state < RP_STATE_COUNT; state++) {
        for (unsigned ring = 0; ring < RP_RINGS && result == RP_OK; ring++) {
            if (plan->ring[ring])
                result = rp_plan_prepare(plan, &s->user, &s->machine[state], ring, runner,
                                         &s->prestate[state][ring], &s->index[state][ring], error);
            if (plan->first == RP_PLAN_UNPREPARED && plan->ring[ring])
                plan->first = s->index[state][ring];
        }
    }
    return result;
}

static int open_seed(struct rp_plan *plan, const struct rp_plan_options *options, size_t number,
                     struct rp_runner *runner, struct rp_error *error)
{
    static _Thread_local struct rp_recipe recipe;
    const struct rp_seed *seed = &options->seeds->seed[number];
    struct rp_plan_seed *s = &plan->seed[plan->count];
    struct rp_random random = rp_random_make(options->random_seed, number);
    const uint64_t *lacks = runner->executor->capabilities(runner->instance)->lacks;
    int result = rp_seed_build_without(seed, plan->mode, plan->policy, options->operand_bits,
                                       options->instruction, lacks, &recipe, error);
    if (result)
        return result;
    size_t flips = (size_t)RP_RESOURCE_COUNT * RP_FLIP_COUNT * RP_RINGS * sizeof *s->flip;
    s->flip = malloc(flips);
    if (!s->flip)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for pre-states");
    plan->count++;
    memset(s->flip, 0xff, flips);
    memset(s->together, 0xff, sizeof s->together);
    s->seed = seed;
    s->user = recipe.user;
    s->machine[RP_STATE_A] = recipe.machine;
    rp_plan_take_as_found(runner, plan->mode, plan->policy, &s->machine[RP_STATE_A]);
    perturb(s, plan, options->aside, runner, &random);
    choose_lone(s, plan, options->honoured, runner, &random);
    return prepare_states(plan, s, runner, error);
}

int rp_plan_open(struct rp_plan *plan, const struct rp_plan_options *options, struct rp_runner *runner,
                 struct rp_error *error)
{
    const struct rp_capabilities *can = runner->executor->capabilities(runner->instance);
    *plan = (struct rp_plan){.mode = options->mode, .policy = options->policy, .first = RP_PLAN_UNPREPARED};
    for (unsigned ring = 0; ring < RP_RINGS; ring++) {
        enum rp_mode mode = rp_ring_mode(plan->mode, ring ? 3 : 0);
        const struct rp_mode_info *info = rp_mode_info(mode);
        plan->ring[ring] = (ring ? info->has_ring3 : info->has_ring0) && can->ring[mode][ring ? 3 : 0];
    }
    plan->seed = calloc(options->seeds->count ? options->seeds->count : 1, sizeof *plan->seed);
    if (!plan->seed)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for pre-states");
    int result = RP_OK;
    size_t most = options->most ? options->most : options->seeds->count;
    for (size_t i = 0; i < options->seeds->count && plan->count < most && result == RP_OK; i++)
        if (options->seeds->seed[i].modes >> plan->mode & 1)
            result = open_seed(plan, options, i, runner, error);
    if (result)
        rp_plan_close(plan, runner);
    return result;
}

void rp_plan_close(struct rp_plan *plan, struct rp_runner *runner)
{
    if (plan->first != RP_PLAN_UNPREPARED)
        runner->executor->forget(runner->instance, plan->first);
    for (size_t i = 0; i < plan->count; i++)
        free(plan->seed[i].flip);
    free(plan->seed);
    *plan = (struct rp_plan){.first = RP_PLAN_UNPREPARED};
}

size_t rp_plan_slots(const struct rp_plan *plan)
{
    size_t rings = (size_t)plan->ring[0] + plan->ring[1];
    return plan->count * RP_STATE_COUNT * rings + plan->flips;
}

bool rp_plan_flip_value(const struct rp_plan *plan, const struct rp_machine *machine,
                        enum rp_resource resource, enum rp_flip flip, uint64_t *value)
{
    const struct rp_resource_info *info = rp_resource_info(resource);
    if (!rp_resource_in_mode(resource, plan->mode))
        return false;
    switch (flip) {
    case RP_FLIP_PERTURB_1:
    case RP_FLIP_PERTURB_2:
        if (flip >= info->perturb.count)
            return false;
        *value = rp_resource_perturbation(resource, plan->mode, flip);
        break;
    case RP_FLIP_CONTROL:
        if (info->traps == RP_TRAPS_NOTHING)
            return false;
        *value = machine->value[resource] == info->trap ? info->open : info->trap;
        if (info->traps == RP_TRAPS_OPENS)
            *value = !machine->value[resource];
        break;
    default:
        if (info->flip.count == 0)
            return false;
        *value = machine->value[resource] == info->flip.value[0] ? info->open : info->flip.value[0];
        break;
    }
    return machine->value[resource] != *value;
}

/* Prepares `machine` with the user state of seed `s`, unless *cached has it. */
static int prepare_flipped(struct rp_plan *plan, size_t s, const struct rp_machine *machine, unsigned ring,
                           struct rp_runner *runner, uint32_t *cached, struct rp_error *error)
{
    static _Thread_local struct rp_prestate prestate;
    int result = rp_plan_prepare(plan, &plan->seed[s].user, machine, ring, runner, &prestate, cached, error);
    if (result)
        *cached = RP_PLAN_UNPREPARED;
    else
        plan->flips++;
    return result;
}

int rp_plan_flip_together(struct rp_plan *plan, size_t s, enum rp_lone_group group, unsigned ring,
                          struct rp_runner *runner, uint32_t *index, struct rp_error *error)
{
    struct rp_plan_seed *seed = &plan->seed[s];
    uint32_t *cached = &seed->together[group][ring];
    const struct rp_machine *a = &seed->machine[RP_STATE_A];
    int result = RP_OK;
    if (*cached == RP_PLAN_UNPREPARED) {
        struct rp_machine machine = *a;
        for (unsigned i = 0; i < seed->lone_all; i++)
            if (seed->lone[i].group == group)
                rp_plan_flip_value(plan, a, seed->lone[i].resource, seed->lone[i].flip,
                                   &machine.value[seed->lone[i].resource]);
        result = prepare_flipped(plan, s, &machine, ring, runner, cached, error);
    }
    *index = *cached;
    return result;
}

int rp_plan_flip(struct rp_plan *plan, size_t s, enum rp_resource resource, enum rp_flip flip, unsigned ring,
                 struct rp_runner *runner, uint32_t *index, struct rp_error *error)
{
    struct rp_plan_seed *seed = &plan->seed[s];
    uint32_t *cached = &seed->flip[((size_t)resource * RP_FLIP_COUNT + flip) * RP_RINGS + ring];
    if (*cached == RP_PLAN_UNPREPARED) {
        struct rp_machine machine = seed->machine[RP_STATE_A];
        uint64_t value;
        if (!rp_plan_flip_value(plan, &machine, resource, flip, &value))
            return rp_error_set(error, RP_EINPUT, "'%s' has no such flip", rp_resource_info(resource)->name);
        machine.value[resource] = value;
        int result = prepare_flipped(plan, s, &machine, ring, runner, cached, error);
        if (result)
            return result;
    }
    *index = *cached;
    return RP_OK;
}
