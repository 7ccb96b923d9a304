/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Likeness on a model: a seed that tells nothing of the form's representative hides nothing of an encoding.
 */
#include "judge/inquiry.h"
#include "judge/likeness.h"
#include "judge/model.h"
#include "support/fake_executor.h"
#include "support/suite.h"

#include <string.h>

#define SEEDS 3

static struct rp_user hidden; /* of the seed that cannot be held, or shows GDTR */
static enum conduct { NOT_HELD, PLAIN, SHOWS } how;

static void by_the_seed(const struct rp_prestate *p, struct rp_outcomes *o)
{
    bool it = memcmp(p->state.reg, hidden.state.reg, RP_REG_RIP * sizeof p->state.reg[0]) == 0;
    if (it && how == NOT_HELD)
        fake_other(o, RP_OUTCOME_UNSUPPORTED);
    else if (it && how == SHOWS)
        model_set(p, o, RP_REG_RAX, p->state.reg[RP_REG_GDTR_BASE]);
    else
        model_retire(p, o, model_after(p));
}

/* Whether the model that acts as `compared` is like what acted as `form`. */
static bool alike(enum conduct form, enum conduct compared)
{
    static struct rp_portrait portrait;
    const struct rp_encoding encoding = {.bytes = {0x90}, .length = 1};
    struct rp_judge *judge = model_judge(by_the_seed, SEEDS, RP_POLICY_LEGACY);
    struct rp_plan *plan;
    struct rp_error error = {0};
    bool is = false;
    memset(&portrait, 0, sizeof portrait);
    portrait.judges = 1;
    rp_judge_enter(judge, RP_MODE_LONG64);
    assert_int_equal(rp_judge_plan(judge, RP_POLICY_LEGACY, 32, &plan, &error), RP_OK);
    assert_int_equal(plan->count, SEEDS);
    hidden = plan->seed[1].user; /* one that is always run */
    how = form;
    if (rp_likeness_portray(&judge, RP_POLICY_LEGACY, RP_MODE_LONG64, &encoding, &portrait, &error))
        fail_msg("%s", error.line);
    how = compared;
    if (rp_likeness_compare(&judge, RP_POLICY_LEGACY, RP_MODE_LONG64, &encoding, &portrait, &is, &error))
        fail_msg("%s", error.line);
    return is;
}

static void what_a_seed_shows_counts_where_the_form_tells_nothing(void **state)
{
    (void)state;
    assert_false(alike(NOT_HELD, SHOWS));
    assert_false(alike(PLAIN, SHOWS));
}

static void what_other_seeds_show_of_the_form_is_alike(void **state)
{
    (void)state;
    assert_true(alike(NOT_HELD, PLAIN));
    assert_true(alike(NOT_HELD, NOT_HELD));
    assert_true(alike(PLAIN, NOT_HELD));
    assert_true(alike(SHOWS, SHOWS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_a_seed_shows_counts_where_the_form_tells_nothing, model_free),
        cmocka_unit_test_teardown(what_other_seeds_show_of_the_form_is_alike, model_free)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
