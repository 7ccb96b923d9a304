/* SPDX-License-Identifier: GPL-2.0-or-later */
/* METHOD, "One ring" and "Who decides": vm86 is paired with real16, real16 has one ring, an executor may have
 * ring 3 alone; and runs that end in no outcome at all are never confused with those that do. */
#include "base/hex.h"
#include "judge/model.h"
#include "support/suite.h"
#include "x86/vector.h"

#include <string.h>

static unsigned runs;

static void clears_if(const struct rp_prestate *p, struct rp_outcomes *o)
{
    runs++;
    model_set(p, o, RP_REG_RFLAGS, p->state.reg[RP_REG_RFLAGS] & ~RP_FLAG_IF);
}

/* POPF in vm86 under IOPL 0. */
static void traps_outside_real16(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->mode == RP_MODE_REAL16)
        clears_if(p, o);
    else
        fake_trap(o, RP_VECTOR_GP, 0);
}

static void vm86_that_traps_where_real16_retires_is_privileged(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_verdict(traps_outside_real16, RP_MODE_VM86);
    assert_string_equal(model_words(v), "privileged control");
    assert_int_equal(v->opinion[0].ring[0].kind, RP_OUTCOME_RETIRED);
    assert_int_equal(v->opinion[0].ring[1].vector, RP_VECTOR_GP);
}

static void leaves_undone_outside_real16(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->mode == RP_MODE_REAL16)
        clears_if(p, o);
    else
        model_retire(p, o, model_after(p));
}

static void vm86_that_leaves_undone_what_real16_does_is_a_hole(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_verdict(leaves_undone_outside_real16, RP_MODE_VM86);
    assert_string_equal(model_words(v), "hole control mode");
    assert_int_equal(v->a.ring, 0);
    assert_int_equal(v->b.ring, 3);
}

static void loads_ds(const struct rp_prestate *p, struct rp_outcomes *o)
{
    struct rp_state *after = model_after(p);
    after->reg[RP_REG_DS] = 0x1000;
    after->reg[RP_REG_DS_BASE] = 0x10000;
    model_retire(p, o, after);
}

static void loading_a_segment_in_vm86_and_real16_is_innocuous(void **state)
{
    (void)state;
    assert_string_equal(model_words(model_verdict(loads_ds, RP_MODE_VM86)), "innocuous");
    assert_string_equal(model_words(model_verdict(loads_ds, RP_MODE_REAL16)), "innocuous");
    assert_int_equal(model_verdict(loads_ds, RP_MODE_PROT16)->judgement, RP_VERDICT_HOLE);
}

static void what_is_sensitive_in_real16_is_unknown_for_it_has_one_ring(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_verdict(clears_if, RP_MODE_REAL16);
    assert_string_equal(model_words(v), "unknown control");
    assert_string_equal(v->unknown_reason, "one ring, see vm86");
    assert_true(v->opinion[0].ring[0].present);
    assert_false(v->opinion[0].ring[1].present);
}

static void never_retires(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_trap(o, RP_VECTOR_GP, 0);
}

static void what_never_retires_in_real16_says_so_first(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_verdict(never_retires, RP_MODE_REAL16);
    assert_string_equal(v->unknown_reason, "ring 0 never retired: #GP in every state tried");
}

static void shows_cr2(const struct rp_prestate *p, struct rp_outcomes *o)
{
    assert_int_equal(p->ring, 3);
    model_set(p, o, RP_REG_RAX, p->state.reg[RP_REG_CR2]);
}

static void does_nothing_in_ring_3(const struct rp_prestate *p, struct rp_outcomes *o)
{
    assert_int_equal(p->ring, 3);
    model_retire(p, o, model_after(p));
}

static const struct rp_verdict *without_ring_0(model *instruction)
{
    struct rp_judge *j = model_judge(instruction, 2, RP_POLICY_LEGACY);
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        fake_capabilities.ring[m][0] = false;
    return model_ask(j, RP_MODE_LONG64);
}

static void an_executor_without_ring_0_shows_a_hole_by_a_resource(void **state)
{
    (void)state;
    const struct rp_verdict *v = without_ring_0(shows_cr2);
    assert_string_equal(model_words(v), "hole resource");
    assert_true(v->has_witness);
    assert_false(v->opinion[0].ring[0].present);
}

static void an_executor_without_ring_0_does_not_decide_otherwise(void **state)
{
    (void)state;
    const struct rp_verdict *v = without_ring_0(does_nothing_in_ring_3);
    assert_string_equal(model_words(v), "unknown");
    assert_string_equal(v->unknown_reason, "ring 0 not run");
}

static enum rp_outcome_kind kind;

static void ends_otherwise(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_other(o, kind);
}

static void what_dies_hangs_or_cannot_be_run_is_unknown_and_says_so(void **state)
{
    (void)state;
    static const struct {
        enum rp_outcome_kind kind;
        const char *reason;
    } rows[] = {{RP_OUTCOME_DIED, "the executor died"},
                {RP_OUTCOME_HUNG, "the executor hung"},
                {RP_OUTCOME_UNSUPPORTED, "the executor could not make the runs"},
                {RP_OUTCOME_VM_EXIT, "the executor could not make the runs"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kind = rows[i].kind;
        const struct rp_verdict *v = model_verdict(ends_otherwise, RP_MODE_PROT32);
        assert_string_equal(model_words(v), "unknown");
        assert_string_equal(v->unknown_reason, rows[i].reason);
        assert_int_equal(v->opinion[0].ring[0].kind, kind);
    }
}

static void would_be_lost(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_other(o, RP_OUTCOME_UNSUPPORTED)->vector = RP_UNSUPPORTED_LOST;
}

static void what_would_leave_its_mode_in_every_state_says_so(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_verdict(would_be_lost, RP_MODE_PROT32);
    assert_string_equal(model_words(v), "unknown");
    assert_non_null(strstr(v->unknown_reason, "would leave the mode or the paging"));
}

static void ends_otherwise_in_ring_3(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        fake_other(o, kind);
    else
        model_retire(p, o, model_after(p));
}

static void a_ring_3_that_dies_is_neither_privileged_nor_innocuous(void **state)
{
    (void)state;
    for (kind = RP_OUTCOME_VM_EXIT; kind <= RP_OUTCOME_UNSUPPORTED; kind++)
        assert_string_equal(model_words(model_verdict(ends_otherwise_in_ring_3, RP_MODE_PROT32)), "unknown");
}

static void ends_otherwise_in_ring_0(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        model_retire(p, o, model_after(p));
    else
        fake_other(o, kind);
}

/* "ring 3 retires where ring 0 traps" is not for hung and died. */
static void a_ring_0_that_dies_makes_no_hole(void **state)
{
    (void)state;
    for (kind = RP_OUTCOME_VM_EXIT; kind <= RP_OUTCOME_UNSUPPORTED; kind++)
        assert_string_equal(model_words(model_verdict(ends_otherwise_in_ring_0, RP_MODE_PROT32)), "unknown");
}

static volatile uint64_t run_counter;

static int judge_with_deaths(const struct rp_deaths *deaths, struct rp_verdict *verdict)
{
    struct rp_judge *j = model_judge(clears_if, 2, RP_POLICY_LEGACY);
    struct rp_encoding nop = {{0x90}, 1};
    j->runner.run_counter = &run_counter; /* as if a pool watched; the fake does not count here */
    j->runner.deaths = deaths;
    run_counter = 0;
    runs = 0;
    return rp_judge_encoding(j, RP_MODE_PROT32, &nop, deaths, verdict, NULL);
}

static void an_encoding_that_died_too_often_is_judged_without_a_run(void **state)
{
    (void)state;
    const struct rp_deaths deaths = {.death = {{.run = 0}, {.run = 1}, {.run = 2}, {.run = 3, .signal = 11}},
                                     .count = RP_DEATHS_MAX,
                                     .exhausted = true};
    struct rp_verdict v;
    assert_int_equal(judge_with_deaths(&deaths, &v), RP_OK);
    assert_int_equal(runs, 0);
    assert_string_equal(model_words(&v), "unknown");
    assert_string_equal(v.unknown_reason, "fake died in 4 runs");
    assert_int_equal(v.opinion[0].ring[0].kind, RP_OUTCOME_DIED);
    assert_int_equal(v.opinion[0].ring[0].vector, 11);
    rp_verdict_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(vm86_that_traps_where_real16_retires_is_privileged, model_free),
        cmocka_unit_test_teardown(vm86_that_leaves_undone_what_real16_does_is_a_hole, model_free),
        cmocka_unit_test_teardown(loading_a_segment_in_vm86_and_real16_is_innocuous, model_free),
        cmocka_unit_test_teardown(what_is_sensitive_in_real16_is_unknown_for_it_has_one_ring, model_free),
        cmocka_unit_test_teardown(what_never_retires_in_real16_says_so_first, model_free),
        cmocka_unit_test_teardown(an_executor_without_ring_0_shows_a_hole_by_a_resource, model_free),
        cmocka_unit_test_teardown(an_executor_without_ring_0_does_not_decide_otherwise, model_free),
        cmocka_unit_test_teardown(what_dies_hangs_or_cannot_be_run_is_unknown_and_says_so, model_free),
        cmocka_unit_test_teardown(what_would_leave_its_mode_in_every_state_says_so, model_free),
        cmocka_unit_test_teardown(a_ring_3_that_dies_is_neither_privileged_nor_innocuous, model_free),
        cmocka_unit_test_teardown(a_ring_0_that_dies_makes_no_hole, model_free),
        cmocka_unit_test_teardown(an_encoding_that_died_too_often_is_judged_without_a_run, model_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
