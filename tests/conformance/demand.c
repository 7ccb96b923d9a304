/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run against what is demanded of it; see catalogue.h. */
#include "conformance/catalogue.h"

#include "support/suite.h"
#include "x86/vector.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void conformance_prestate(const struct conformance_row *row, struct rp_prestate *prestate)
{
    struct rp_error error = {0};
    struct rp_recipe *recipe = malloc(sizeof *recipe);
    unsigned ring;
    assert_non_null(recipe);
    rp_recipe_init(recipe, row->mode, RP_POLICY_LEGACY);
    int result = rp_machine_parse(row->machine, row->mode, RP_POLICY_LEGACY, &recipe->machine, &ring, &error);
    if (result == RP_OK)
        result = rp_user_parse(row->user, row->mode, &recipe->user, &error);
    if (result == RP_OK)
        result = rp_prestate_build(prestate, row->mode, row->ring, &recipe->user, &recipe->machine, &error);
    free(recipe);
    if (result)
        fail_msg("%s: %s", row->name, error.line);
}

/* In words: "trapped #GP(80)". */
static void name_outcome(const struct rp_outcome *outcome, char *text, size_t size)
{
    char vector[8];
    bool with_vector = outcome->kind == RP_OUTCOME_TRAPPED || outcome->kind == RP_OUTCOME_ENTERED;
    int length = snprintf(text, size, "%s%s%s", rp_outcome_kind_name((enum rp_outcome_kind)outcome->kind),
                          with_vector ? " " : "", with_vector ? rp_vector_name(outcome->vector, vector) : "");
    if (outcome->has_error_code)
        length += snprintf(text + length, size - (size_t)length, "(%" PRIx32 ")", outcome->error_code);
    if (outcome->kind == RP_OUTCOME_TRAPPED && outcome->vector == RP_VECTOR_PF)
        snprintf(text + length, size - (size_t)length, " cr2=%" PRIx64, outcome->cr2);
}

static bool same_outcome(const struct demand *demand, const struct rp_outcome *outcome)
{
    if (outcome->kind != demand->kind)
        return false;
    if (outcome->kind != RP_OUTCOME_TRAPPED && outcome->kind != RP_OUTCOME_ENTERED)
        return true;
    return demand->through_msr ||
           (outcome->vector == demand->vector && outcome->has_error_code == demand->has_error_code &&
            outcome->error_code == demand->error_code && (!demand->has_cr2 || outcome->cr2 == demand->cr2));
}

/* The value that a component begins with. */
static uint64_t value_before(const struct rp_view *view, uint32_t component)
{
    struct rp_outcome nothing = {.kind = RP_OUTCOME_RETIRED};
    struct rp_view before = *view;
    before.outcome = &nothing;
    return rp_view_value(&before, component);
}

static bool is_named(const struct demand *demand, uint32_t component)
{
    for (unsigned i = 0; i < demand->checks; i++)
        if (demand->check[i].component == component && !demand->check[i].as_before)
            return true;
    return false;
}

/* The first change that nothing named; NULL if there is none. */
static const struct rp_change *other_change(const struct demand *demand, const struct rp_view *view)
{
    bool page_fault = view->outcome->kind == RP_OUTCOME_TRAPPED && view->outcome->vector == RP_VECTOR_PF;
    for (uint32_t i = 0; i < view->outcome->count; i++) {
        uint32_t component = view->changes[i].component;
        if (!is_named(demand, component) && !(page_fault && component == RP_REG_CR2))
            return &view->changes[i];
    }
    return NULL;
}

bool demand_met(const struct demand *demand, const struct rp_view *view, char why[160])
{
    char name[RP_COMPONENT_NAME_MAX];
    if (!same_outcome(demand, view->outcome)) {
        name_outcome(view->outcome, why, 160);
        return false;
    }
    for (unsigned i = 0; i < demand->checks; i++) {
        uint32_t component = demand->check[i].component;
        uint64_t after = rp_view_value(view, component);
        uint64_t wanted = demand->check[i].as_before ? value_before(view, component) : demand->check[i].value;
        if ((after & demand->check[i].mask) != wanted) {
            snprintf(why, 160, "%s=%" PRIx64, rp_component_name(component, name), after);
            return false;
        }
    }
    const struct rp_change *change = demand->only ? other_change(demand, view) : NULL;
    if (change)
        snprintf(why, 160, "changes %s to %" PRIx64, rp_component_name(change->component, name),
                 change->value);
    return change == NULL;
}
