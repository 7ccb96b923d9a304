/* SPDX-License-Identifier: GPL-2.0-or-later */
/* METHOD, "Screen": where something in B makes ring 3 trap, it is set aside, and what the other resources
 * show is still found. */
#include "judge/model.h"
#include "support/suite.h"
#include "x86/vector.h"

#include <string.h>

static uint64_t reg(const struct rp_prestate *p, enum rp_reg which)
{
    return p->state.reg[which];
}

/* Shows GDTR, and is #UD where XCR0 lacks AVX, as VEX instructions are. */
static void traps_by_xcr0(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (!(reg(p, RP_REG_XCR0) & 4))
        fake_trap(o, RP_VECTOR_UD, -1);
    else
        model_set(p, o, RP_REG_RAX, reg(p, RP_REG_GDTR_BASE) ^ reg(p, RP_REG_IDTR_BASE));
}

static void what_traps_in_b_hides_nothing_else(void **state)
{
    (void)state;
    /* One seed: XCR0 is in B1 or in B2, and only the other one is left to show anything. */
    const struct rp_verdict *v = model_ask(model_judge(traps_by_xcr0, 1, RP_POLICY_LEGACY), RP_MODE_LONG64);
    assert_string_equal(model_words(v), "hole resource");
    assert_string_equal(model_resources(v), "gdtr.base idtr.base");
}

static void traps_by_three(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (!(reg(p, RP_REG_XCR0) & 4) || !(reg(p, RP_REG_CR0) & 0x20) || (reg(p, RP_REG_CR4) & 0x40))
        fake_trap(o, RP_VECTOR_NM, -1);
    else
        model_set(p, o, RP_REG_RAX, reg(p, RP_REG_CR2) ^ reg(p, RP_REG_PAT) ^ reg(p, RP_REG_DR0));
}

static void each_of_several_that_trap_is_set_aside(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_ask(model_judge(traps_by_three, 1, RP_POLICY_LEGACY), RP_MODE_LONG64);
    assert_string_equal(model_resources(v), "cr2 dr0 pat");
}

/* Neither traps alone. */
static void traps_jointly(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (!(reg(p, RP_REG_XCR0) & 4) && (reg(p, RP_REG_CR0) & 2))
        fake_trap(o, RP_VECTOR_NM, -1);
    else
        model_set(p, o, RP_REG_RAX, reg(p, RP_REG_CR2) ^ reg(p, RP_REG_PAT));
}

static void resources_that_trap_only_together_are_parted(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 9; seed++) { /* in some draws both are in one half */
        struct rp_judge *judge = model_judge(traps_jointly, 1, RP_POLICY_LEGACY);
        judge->options.random_seed = seed;
        const struct rp_verdict *v = model_ask(judge, RP_MODE_LONG64);
        assert_string_equal(model_resources(v), "cr2 pat");
    }
}

static unsigned runs;

/* Ring 3 alone, by a resource of the state: a mode hole that screening again must not lose. */
static void ring_3_traps_by_ne(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring && !(reg(p, RP_REG_CR0) & 0x20))
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        model_retire(p, o, model_after(p));
}

static void a_resource_that_makes_ring_3_alone_trap_is_kept_as_evidence(void **state)
{
    (void)state;
    const struct rp_verdict *v =
        model_ask(model_judge(ring_3_traps_by_ne, 1, RP_POLICY_LEGACY), RP_MODE_PROT32);
    assert_string_equal(model_words(v), "hole mode");
    assert_string_equal(model_resources(v), "cr0.ne");
    assert_true(v->has_witness);
    assert_non_null(strstr(v->replay, ":mode:-:ring=0,cr0.ne=0:ring=3,cr0.ne=0:"));
}

/* A trap in A is no split: the seed itself decides. */
static void traps_always(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    runs++;
    fake_trap(o, RP_VECTOR_GP, 0);
}

static void what_traps_in_a_too_is_not_split(void **state)
{
    (void)state;
    runs = 0;
    const struct rp_verdict *v = model_ask(model_judge(traps_always, 2, RP_POLICY_LEGACY), RP_MODE_PROT32);
    assert_int_equal(v->judgement, RP_VERDICT_UNKNOWN);
    assert_int_equal(runs, 2 * 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_traps_in_b_hides_nothing_else, model_free),
        cmocka_unit_test_teardown(each_of_several_that_trap_is_set_aside, model_free),
        cmocka_unit_test_teardown(resources_that_trap_only_together_are_parted, model_free),
        cmocka_unit_test_teardown(a_resource_that_makes_ring_3_alone_trap_is_kept_as_evidence, model_free),
        cmocka_unit_test_teardown(what_traps_in_a_too_is_not_split, model_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
