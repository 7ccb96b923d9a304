/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See depend.h. */
#include "judge/depend.h"

#include "judge/divergence.h"

#include <string.h>

#define CELLS_MAX 64

bool rp_depend_has(const struct rp_dependences *depend, uint32_t cell)
{
    for (size_t i = 0; i < depend->count; i++)
        if (strcmp(depend->class[i], rp_divergence_class(cell)) == 0)
            return true;
    return false;
}

/* State A with those values of the other state that the two do not both hold. Returns how many there are;
 * *others: how many values are left out. */
static unsigned narrow(const struct rp_plan_seed *seed, unsigned state,
                       const struct rp_capabilities *const can[2], struct rp_machine *machine,
                       unsigned *others)
{
    unsigned count = 0;
    *machine = seed->machine[RP_STATE_A];
    *others = 0;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        bool both = can[0]->resource[r] && can[1]->resource[r];
        if (seed->machine[state].value[r] == machine->value[r])
            continue;
        *others += both;
        count += !both;
        if (!both)
            machine->value[r] = seed->machine[state].value[r];
    }
    return count;
}

int rp_depend_run(struct rp_inquiry *inquiry, size_t s, const struct rp_machine *machine,
                  struct rp_prestate *prestate, struct rp_view *view, struct rp_error *error)
{
    struct rp_runner *runner = &inquiry->judge->runner;
    uint32_t index;
    int result = rp_plan_prepare(inquiry->plan, &inquiry->plan->seed[s].user, machine, 1, runner, prestate,
                                 &index, error);
    if (result)
        return result;
    result = rp_inquiry_run(inquiry, &index, 1, error);
    runner->executor->forget(runner->instance, index);
    if (result)
        return result;
    view->prestate = prestate;
    view->outcome = &inquiry->judge->extra.outcome[0];
    view->changes = inquiry->judge->extra.change + view->outcome->first;
    return RP_OK;
}

static void add(struct rp_dependences *depend, const struct rp_difference *differences, size_t count)
{
    for (size_t i = 0; i < count && i < CELLS_MAX && depend->count < RP_DEPENDS_MAX; i++)
        if (!rp_depend_has(depend, differences[i].component))
            depend->class[depend->count++] = rp_divergence_class(differences[i].component);
}

/* What one executor's own runs from A and from B differ in. */
static int compare(struct rp_inquiry *inquiry, const struct rp_capabilities *const can[2], size_t s,
                   unsigned state, struct rp_dependences *depend, struct rp_error *error)
{
    static _Thread_local struct rp_prestate prestate;
    static _Thread_local struct rp_machine machine;
    struct rp_difference differences[CELLS_MAX];
    struct rp_view a = rp_memo_view(inquiry, s, RP_STATE_A), b = rp_memo_view(inquiry, s, state);
    bool same_end = rp_compare_same_end(a.outcome, b.outcome);
    size_t count = same_end ? rp_compare_user(&a, &b, NULL, differences, CELLS_MAX) : 0;
    unsigned others;
    if ((same_end && !count) || !narrow(&inquiry->plan->seed[s], state, can, &machine, &others))
        return RP_OK;
    if (others) {
        int result = rp_depend_run(inquiry, s, &machine, &prestate, &b, error);
        if (result)
            return result;
        same_end = rp_compare_same_end(a.outcome, b.outcome);
        count = same_end ? rp_compare_user(&a, &b, NULL, differences, CELLS_MAX) : 0;
    }
    depend->ends |= !same_end;
    add(depend, differences, count);
    return RP_OK;
}

int rp_depend_find(struct rp_inquiry inquiry[2], const struct rp_capabilities *const can[2], size_t seeds,
                   struct rp_dependences *depend, struct rp_error *error)
{
    int result = RP_OK;
    *depend = (struct rp_dependences){0};
    for (unsigned side = 0; side < 2 && result == RP_OK; side++) {
        result = rp_memo_run(&inquiry[side], 0, seeds, 1u << RP_STATE_B1 | 1u << RP_STATE_B2, error);
        for (size_t s = 0; s < seeds; s++)
            for (unsigned state = RP_STATE_B1; state < RP_STATE_COUNT && result == RP_OK; state++)
                result = compare(&inquiry[side], can, s, state, depend, error);
    }
    return result;
}
