/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run is expected to have come to; see outcome.h. */
#include "support/outcome.h"

#include "base/hex.h"
#include "state/component.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

bool outcome_changed(const struct rp_outcomes *outcomes, const char *what, const char *component,
                     uint64_t *value)
{
    uint32_t number;
    if (!rp_component_find(component, &number))
        fail_msg("%s: there is no component '%s'", what, component);
    for (size_t i = 0; i < outcomes->change_count; i++) {
        if (outcomes->change[i].component == number) {
            *value = outcomes->change[i].value;
            return true;
        }
    }
    return false;
}

void outcome_expect_kind(const struct rp_outcomes *outcomes, const char *what, enum rp_outcome_kind kind,
                         unsigned vector)
{
    const struct rp_outcome *outcome = &outcomes->outcome[0];
    if (outcome->kind != kind || outcome->vector != vector)
        fail_msg("%s: %s %u, expected %s %u", what, rp_outcome_kind_name((enum rp_outcome_kind)outcome->kind),
                 outcome->vector, rp_outcome_kind_name(kind), vector);
}

static void expect_one(const struct rp_outcomes *outcomes, const char *what, char *item)
{
    char *equals = strchr(item, '=');
    uint64_t expected = 0, value = 0;
    if (equals) {
        *equals = '\0';
        if (rp_hex_parse_u64(equals + 1, &expected, NULL))
            fail_msg("%s: '%s' is no number", what, equals + 1);
    }
    bool changed = outcome_changed(outcomes, what, item, &value);
    if (changed != (equals != NULL))
        fail_msg("%s: %s %s", what, item, changed ? "changed" : "did not change");
    if (value != expected)
        fail_msg("%s: %s is %llx, expected %llx", what, item, (unsigned long long)value,
                 (unsigned long long)expected);
}

void outcome_expect(const struct rp_outcomes *outcomes, const char *what, const char *changes)
{
    char *copy = strdup(changes), *rest = NULL;
    assert_non_null(copy);
    outcome_expect_kind(outcomes, what, RP_OUTCOME_RETIRED, 0);
    for (char *item = strtok_r(copy, " ", &rest); item; item = strtok_r(NULL, " ", &rest))
        expect_one(outcomes, what, item);
    free(copy);
}
