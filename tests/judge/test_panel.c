/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Panels: each executor judges by itself where it can run, rings of different executors are never paired, and
 * a panel of one is its judge. */
#include "judge/pair.h"
#include "support/suite.h"
#include "x86/vector.h"

#define NOP "90"

static void does_nothing(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_retire(p, o, model_after(p));
}

static void traps_in_ring_3(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        does_nothing(p, o);
}

static void shows_cr2(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, p->state.reg[RP_REG_CR2]);
}

static void shows_fs_base(const struct rp_prestate *p, struct rp_outcomes *o)
{
    assert_int_equal(p->ring, 3);
    model_set(p, o, RP_REG_RAX, p->state.reg[RP_REG_FS_BASE]);
}

static void only_ring_3(const struct rp_prestate *p, struct rp_outcomes *o)
{
    assert_int_equal(p->ring, 3);
    does_nothing(p, o);
}

static void two_that_agree_give_their_verdict(void **state)
{
    (void)state;
    pair_open(traps_in_ring_3, &fake_second, traps_in_ring_3);
    const struct rp_verdict *v = pair_ask(RP_MODE_PROT32, NOP);
    assert_string_equal(model_words(v), "privileged");
    assert_int_equal(v->opinions, 2);
    assert_string_equal(v->opinion[0].executor, "fake");
    assert_string_equal(v->opinion[1].executor, "second");
    assert_int_equal(v->opinion[1].ring[1].vector, RP_VECTOR_GP);
    assert_false(v->disagreement);
    assert_int_equal(v->divergences, 0);
}

/* Ring 0 of one and ring 3 of the other differ; within each nothing does. */
static void rings_of_different_executors_are_never_paired(void **state)
{
    (void)state;
    pair_open(traps_in_ring_3, &fake_second, does_nothing);
    const struct rp_verdict *v = pair_ask(RP_MODE_PROT32, NOP);
    assert_string_equal(model_words(v), "unknown");
    assert_string_equal(v->unknown_reason, "executors disagree: fake privileged, second innocuous");
    assert_true(v->disagreement);
}

static void a_witness_of_either_makes_a_hole(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_second, shows_cr2);
    const struct rp_verdict *v = pair_ask(RP_MODE_PROT32, NOP);
    assert_string_equal(model_words(v), "hole resource");
    assert_string_equal(v->witness_executor, "second");
    assert_memory_equal(v->replay, "rp1:second:legacy:prot32:90:resource:", 37);
    assert_true(v->disagreement);
}

static void silicon_without_a_witness_leaves_the_verdict_alone(void **state)
{
    (void)state;
    pair_open(traps_in_ring_3, &fake_silicon, only_ring_3);
    const struct rp_verdict *v = pair_ask(RP_MODE_LONG64, NOP);
    assert_string_equal(model_words(v), "privileged");
    assert_false(v->disagreement);
    assert_int_equal(v->opinion[1].judgement, RP_VERDICT_UNKNOWN);
    assert_string_equal(v->opinion[1].limit, "ring 0 not run");
    assert_false(v->opinion[1].decides);
    assert_false(v->opinion[1].ring[0].present);
    assert_int_equal(v->opinion[1].ring[1].kind, RP_OUTCOME_RETIRED);
}

static void silicon_shows_a_hole_by_what_it_holds_whatever_the_policy_of_the_others(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_silicon, shows_fs_base);
    const struct rp_verdict *v = pair_ask(RP_MODE_LONG64, NOP);
    assert_string_equal(model_words(v), "hole resource");
    assert_string_equal(model_resources(v), "fs.base");
    assert_int_equal(v->policy, RP_POLICY_LEGACY);
    assert_memory_equal(v->replay, "rp1:silicon:as-found:long64:90:resource:", 40);
}

static void a_mode_that_silicon_has_not_is_the_other_ones_alone(void **state)
{
    (void)state;
    pair_open(traps_in_ring_3, &fake_silicon, only_ring_3);
    const struct rp_verdict *v = pair_ask(RP_MODE_PROT32, NOP);
    assert_string_equal(model_words(v), "privileged");
    assert_int_equal(v->opinions, 1);
}

static void the_detail_is_from_the_executor_of_the_witness(void **state)
{
    (void)state;
    static struct rp_detail detail;
    struct rp_panel *panel = pair_open(does_nothing, &fake_second, shows_cr2);
    const struct rp_verdict *v = pair_ask(RP_MODE_PROT32, NOP);
    assert_int_equal(rp_panel_detail(panel, v, &detail, NULL), RP_OK);
    assert_int_equal(detail.run[1].count, 2); /* RAX and RIP; on the other RIP alone */
}

static void an_encoding_that_killed_too_often_is_signed_by_all_who_may_have_died(void **state)
{
    (void)state;
    const struct rp_deaths deaths = {.death = {{0, 6, false}, {1, 6, false}}, .count = 2, .exhausted = true};
    const struct rp_encoding nop = {{0x90}, 1};
    struct rp_verdict v;
    struct rp_panel *panel = pair_open(does_nothing, &fake_second, does_nothing);
    assert_int_equal(rp_panel_judge(panel, RP_MODE_PROT32, &nop, &deaths, &v, NULL), RP_OK);
    assert_string_equal(v.unknown_reason, "fake+second died in 2 runs");
    assert_string_equal(v.opinion[0].executor, "fake+second");
    assert_int_equal(v.runs, 0);
    rp_verdict_free(&v);
}

/* What both may be told is marked, and on silicon alone. */
static void what_a_hypervisor_may_answer_is_marked_under_one(void **state)
{
    (void)state;
    struct rp_panel_options options = {.member = {{&fake_executor, NULL}, {&fake_silicon, NULL}},
                                       .members = 2};
    const struct rp_encoding cpuid = {{0x0f, 0xa2}, 2}, nop = {{0x90}, 1};
    struct rp_verdict v;
    for (unsigned under = 0; under < 2; under++) {
        struct rp_panel *panel;
        pair_open(does_nothing, &fake_silicon, only_ring_3);
        options.under_hypervisor = under;
        assert_int_equal(rp_panel_open(&options, &panel, NULL), RP_OK);
        assert_int_equal(rp_panel_judge(panel, RP_MODE_LONG64, &cpuid, NULL, &v, NULL), RP_OK);
        assert_int_equal(v.opinion[1].virtualised, under);
        assert_false(v.opinion[0].virtualised);
        rp_verdict_free(&v);
        assert_int_equal(rp_panel_judge(panel, RP_MODE_LONG64, &nop, NULL, &v, NULL), RP_OK);
        assert_false(v.opinion[1].virtualised);
        rp_verdict_free(&v);
        rp_panel_close(panel);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(two_that_agree_give_their_verdict, pair_free),
        cmocka_unit_test_teardown(rings_of_different_executors_are_never_paired, pair_free),
        cmocka_unit_test_teardown(a_witness_of_either_makes_a_hole, pair_free),
        cmocka_unit_test_teardown(silicon_without_a_witness_leaves_the_verdict_alone, pair_free),
        cmocka_unit_test_teardown(silicon_shows_a_hole_by_what_it_holds_whatever_the_policy_of_the_others,
                                  pair_free),
        cmocka_unit_test_teardown(a_mode_that_silicon_has_not_is_the_other_ones_alone, pair_free),
        cmocka_unit_test_teardown(the_detail_is_from_the_executor_of_the_witness, pair_free),
        cmocka_unit_test_teardown(an_encoding_that_killed_too_often_is_signed_by_all_who_may_have_died,
                                  pair_free),
        cmocka_unit_test_teardown(what_a_hypervisor_may_answer_is_marked_under_one, pair_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
