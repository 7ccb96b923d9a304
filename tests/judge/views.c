/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Views by hand; see views.h. */
#include "judge/views.h"

#include "support/suite.h"

#define VIEWS   4
#define CHANGES 64

static struct rp_prestate prestates[VIEWS];
static struct rp_outcome outcomes[VIEWS];
static struct rp_change changes[VIEWS][CHANGES];
static unsigned made;

struct rp_view view_make(enum rp_mode mode, unsigned ring)
{
    static struct rp_user user;
    struct rp_machine machine;
    unsigned i = made++ % VIEWS;
    rp_user_init(&user, mode);
    rp_machine_init(&machine, mode, RP_POLICY_LEGACY);
    assert_int_equal(rp_prestate_build(&prestates[i], mode, ring, &user, &machine, NULL), RP_OK);
    outcomes[i] = (struct rp_outcome){.kind = RP_OUTCOME_RETIRED};
    return (struct rp_view){
        .mode = mode, .prestate = &prestates[i], .outcome = &outcomes[i], .changes = changes[i]};
}

void view_change(struct rp_view *view, uint32_t component, uint64_t bits, uint64_t value)
{
    size_t i = (size_t)(view->outcome - outcomes);
    uint32_t count = outcomes[i].count;
    assert_true(count < CHANGES && (count == 0 || changes[i][count - 1].component < component));
    uint64_t before = rp_view_value(view, component);
    changes[i][count] = (struct rp_change){component, (before & ~bits) | (value & bits)};
    outcomes[i].count++;
}

void view_trap(struct rp_view *view, uint8_t vector)
{
    struct rp_outcome *outcome = &outcomes[view->outcome - outcomes];
    outcome->kind = RP_OUTCOME_TRAPPED;
    outcome->vector = vector;
}
