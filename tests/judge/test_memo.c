/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has been run in ring 3 is not run again to be compared, and what is kept for that is of this encoding
 * and of the first screening. */
#include "judge/model.h"
#include "judge/pair.h"
#include "support/suite.h"
#include "x86/vector.h"

#include <stdint.h>

#define NOP       "90"
#define SOME_RUNS 12 /* fewer than there are seeds */

static void does_nothing(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_retire(p, o, model_after(p));
}

/* Runs of one judge alone, with all seeds. */
static uint32_t runs_alone(model *instruction)
{
    uint32_t runs = model_ask(model_judge(instruction, SIZE_MAX, RP_POLICY_LEGACY), RP_MODE_LONG64)->runs;
    model_free(NULL);
    return runs;
}

static void what_screening_has_run_is_not_run_again(void **state)
{
    (void)state;
    uint32_t alone = runs_alone(does_nothing);
    assert_true(alone > 0);
    pair_open(does_nothing, &fake_second, does_nothing);
    assert_int_equal(pair_ask(RP_MODE_LONG64, NOP)->runs, 2 * alone);
}

/* The silicon is screened as it is found, so that under the panel's policy it runs anew; once. */
static void what_one_pair_has_run_the_next_one_does_not(void **state)
{
    (void)state;
    struct rp_panel_options options = {
        .member = {{&fake_executor, NULL}, {&fake_silicon, NULL}, {&fake_second, NULL}},
        .members = 3,
        .random_seed = 1};
    struct rp_verdict verdict;
    struct rp_panel *panel;
    uint32_t alone = runs_alone(does_nothing);
    pair_open(does_nothing, &fake_second, does_nothing);
    fake_second_like_silicon(); /* in what it can do alone */
    uint32_t another = pair_ask(RP_MODE_LONG64, NOP)->runs - alone;
    pair_open(does_nothing, &fake_silicon, does_nothing);
    uint32_t two = pair_ask(RP_MODE_LONG64, NOP)->runs;
    const struct rp_encoding nop = {.bytes = {0x90}, .length = 1};
    assert_int_equal(rp_panel_open(&options, &panel, NULL), RP_OK);
    assert_int_equal(rp_panel_judge(panel, RP_MODE_LONG64, &nop, NULL, &verdict, NULL), RP_OK);
    uint32_t three = verdict.runs;
    rp_verdict_free(&verdict);
    rp_panel_close(panel);
    assert_true(two > alone + another);
    assert_int_equal(three, two + another);
}

/* Runs are numbered by encoding, so that those that kill their process can be told. */
static void an_encoding_asked_again_is_run_again(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_silicon, does_nothing);
    uint32_t first = pair_ask(RP_MODE_LONG64, NOP)->runs;
    assert_int_equal(pair_ask(RP_MODE_LONG64, NOP)->runs, first);
}

static void traps_ud(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_trap(o, RP_VECTOR_UD, -1);
}

/* What is left is making the divergence small and repeating it, which takes some runs of both. */
static void who_is_ud_from_the_first_seeds_is_not_asked_about_the_others(void **state)
{
    (void)state;
    uint32_t alone = runs_alone(does_nothing) + runs_alone(traps_ud);
    pair_open(traps_ud, &fake_second, does_nothing);
    const struct rp_verdict *v = pair_ask(RP_MODE_LONG64, NOP);
    assert_int_equal(v->divergences, 1);
    assert_in_range(v->runs - alone, 1, SOME_RUNS);
}

static void traps_by_xcr0(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (!(p->state.reg[RP_REG_XCR0] & 4))
        fake_trap(o, RP_VECTOR_UD, -1);
    else
        does_nothing(p, o);
}

static void traps_gp(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_trap(o, RP_VECTOR_GP, 0);
}

/* Screening sets XCR0 aside, but the end depends on it, which the second one does not hold. */
static void what_is_set_aside_still_tells_what_an_end_depends_on(void **state)
{
    (void)state;
    pair_open(traps_by_xcr0, &fake_second, traps_gp);
    assert_int_equal(pair_ask(RP_MODE_LONG64, NOP)->divergences, 1);
    pair_open(traps_by_xcr0, &fake_second, traps_gp);
    fake_second_capabilities.resource[RP_RESOURCE_XCR0] = false;
    assert_int_equal(pair_ask(RP_MODE_LONG64, NOP)->divergences, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_screening_has_run_is_not_run_again, pair_free),
        cmocka_unit_test_teardown(what_one_pair_has_run_the_next_one_does_not, pair_free),
        cmocka_unit_test_teardown(an_encoding_asked_again_is_run_again, pair_free),
        cmocka_unit_test_teardown(who_is_ud_from_the_first_seeds_is_not_asked_about_the_others, pair_free),
        cmocka_unit_test_teardown(what_is_set_aside_still_tells_what_an_end_depends_on, pair_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
