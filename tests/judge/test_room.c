/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An executor that holds few pre-states: plans that are in the way are forgotten, and nothing else changes.
 */
#include "judge/inquiry.h"
#include "judge/likeness.h"
#include "judge/model.h"
#include "support/fake_executor.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

enum { SEEDS = 4, PLAN = SEEDS * RP_STATE_COUNT * RP_RINGS };

static void shows_gdtr(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, p->state.reg[RP_REG_GDTR_BASE]);
}

/* ADD eax, [rbx + n]: a shape of its own each. */
static struct rp_encoding shape_number(unsigned n)
{
    return (struct rp_encoding){.bytes = {0x03, 0x43, (unsigned char)n}, .length = 3};
}

/* Compares encodings of `count` shapes with the first. */
static void compare_shapes(struct rp_judge *judge, unsigned count)
{
    static struct rp_portrait portrait, own;
    struct rp_encoding encoding = shape_number(0);
    struct rp_error error = {0};
    memset(&portrait, 0, sizeof portrait);
    portrait.judges = 1;
    if (rp_likeness_portray(&judge, RP_POLICY_LEGACY, RP_MODE_LONG64, &encoding, &portrait, &error))
        fail_msg("%s", error.line);
    for (unsigned n = 0; n < count; n++) {
        unsigned which = 1;
        encoding = shape_number(n);
        if (rp_likeness_compare(&judge, RP_POLICY_LEGACY, RP_MODE_LONG64, &encoding, &portrait, 1, &which,
                                &own, &error))
            fail_msg("shape %u: %s", n, error.line);
        assert_int_equal(which, 0);
    }
}

static void shapes_give_way_to_each_other(void **state)
{
    (void)state;
    struct rp_judge *judge = model_judge(shows_gdtr, SEEDS, RP_POLICY_LEGACY);
    fake_capabilities.slots = 10 * PLAN;
    compare_shapes(judge, 30);
    assert_in_range(judge->shapes, 1, 10);
}

static void shapes_give_way_to_an_encoding_judged_in_full(void **state)
{
    (void)state;
    struct rp_judge *judge = model_judge(shows_gdtr, SEEDS, RP_POLICY_LEGACY);
    fake_capabilities.slots = 60 * PLAN;
    for (unsigned turn = 0; turn < 2; turn++) {
        compare_shapes(judge, RP_SHAPES_MAX);
        assert_int_equal(judge->shapes, RP_SHAPES_MAX);
        fake_capabilities.slots = (RP_SHAPES_MAX + 4) * PLAN; /* too little for both */
        assert_string_equal(model_words(model_ask(judge, RP_MODE_LONG64)), "hole resource");
        assert_int_equal(judge->shapes, 0);
        fake_capabilities.slots = 60 * PLAN;
    }
}

/* Every encoding's flips stay until the next needs the room. */
static void flips_give_way(void **state)
{
    (void)state;
    struct rp_judge *judge = model_judge(shows_gdtr, SEEDS, RP_POLICY_LEGACY);
    struct rp_plan *plan;
    size_t before;
    assert_string_equal(model_words(model_ask(judge, RP_MODE_LONG64)), "hole resource");
    assert_int_equal(rp_judge_plan(judge, RP_POLICY_LEGACY, 32, &plan, NULL), RP_OK);
    before = rp_plan_slots(plan);
    assert_true(before > PLAN);
    fake_capabilities.slots = (uint32_t)before + PLAN;
    rp_judge_enter_for_a_plan(judge, RP_MODE_LONG64);
    assert_int_equal(rp_judge_plan(judge, RP_POLICY_LEGACY, 32, &plan, NULL), RP_OK);
    assert_int_equal(rp_plan_slots(plan), PLAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(shapes_give_way_to_each_other, model_free),
        cmocka_unit_test_teardown(shapes_give_way_to_an_encoding_judged_in_full, model_free),
        cmocka_unit_test_teardown(flips_give_way, model_free)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
