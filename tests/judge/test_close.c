/* SPDX-License-Identifier: GPL-2.0-or-later */
/* METHOD, "Close": the controls under which no ring-3 run retires, found by flipping them; what every
 * instruction of the kind shows as well is implicit; what the policies leave open. */
#include "judge/model.h"
#include "support/suite.h"
#include "x86/vector.h"

#include <stdio.h>
#include <string.h>

static uint64_t reg(const struct rp_prestate *p, enum rp_reg which)
{
    return p->state.reg[which];
}

/* The closers as text: "cr4.tsd=1 ring3; cr0.mp=1 cr0.ts=1 all"; static storage. */
static const char *closers(const struct rp_verdict *v)
{
    static char text[300];
    size_t length = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < v->closers; i++) {
        const struct rp_closer *c = &v->closer[i];
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", i ? "; " : "");
        for (unsigned k = 0; k < 2 && c->control[k] != RP_RESOURCE_NONE; k++)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s=%u ",
                                       rp_resource_info((enum rp_resource)c->control[k])->name, c->value[k]);
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", c->all ? "all" : "ring3");
    }
    return text;
}

static void shows_cr2(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, reg(p, RP_REG_CR2));
}

static void a_hole_that_nothing_closes_has_no_closers(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_verdict(shows_cr2, RP_MODE_LONG64);
    assert_string_equal(model_words(v), "hole resource");
    assert_string_equal(closers(v), "");
}

static void closed_by_tsd(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring && (reg(p, RP_REG_CR4) & 4))
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        shows_cr2(p, o);
}

static void a_control_that_traps_ring_3_closes_with_scope_ring3(void **state)
{
    (void)state;
    assert_string_equal(closers(model_verdict(closed_by_tsd, RP_MODE_LONG64)), "cr4.tsd=1 ring3");
}

static void closed_by_fsgsbase(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (reg(p, RP_REG_CR4) >> 16 & 1)
        shows_cr2(p, o);
    else
        fake_trap(o, RP_VECTOR_UD, -1);
}

static void a_control_that_removes_it_from_both_rings_closes_with_scope_all(void **state)
{
    (void)state;
    assert_string_equal(closers(model_verdict(closed_by_fsgsbase, RP_MODE_LONG64)), "cr4.fsgsbase=0 all");
}

/* FWAIT needs TS and MP. */
static void closed_by_ts_and_mp(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if ((reg(p, RP_REG_CR0) & 0xa) == 0xa)
        fake_trap(o, RP_VECTOR_NM, -1);
    else
        shows_cr2(p, o);
}

static void controls_that_close_only_together_are_found_as_a_pair(void **state)
{
    (void)state;
    assert_string_equal(closers(model_verdict(closed_by_ts_and_mp, RP_MODE_PROT32)), "cr0.mp=1 cr0.ts=1 all");
}

static bool in_second_seed;

static void closed_in_one_state(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if ((reg(p, RP_REG_RBX) == 3) == in_second_seed)
        closed_by_tsd(p, o);
    else
        shows_cr2(p, o);
}

static void a_control_closes_only_if_no_seed_is_left_that_retires(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        in_second_seed = i;
        assert_string_equal(closers(model_verdict(closed_in_one_state, RP_MODE_LONG64)), "");
    }
}

static void closed_by_ts(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (reg(p, RP_REG_CR0) & 8)
        fake_trap(o, RP_VECTOR_NM, -1);
    else
        shows_cr2(p, o);
}

/* M-IMPLICIT: CR0.TS traps FNOP too, so it says nothing about FLD1. */
static void a_control_that_traps_the_baseline_too_is_implicit_and_no_closer(void **state)
{
    (void)state;
    struct rp_judge *j = model_judge(closed_by_ts, 2, RP_POLICY_LEGACY);
    assert_string_equal(closers(model_ask(j, RP_MODE_PROT32)), "cr0.ts=1 all");
    model_for_all = true; /* FNOP as well */
    assert_string_equal(closers(model_ask_hex(j, RP_MODE_PROT32, "d9e8")), "");
}

static void shows_pkru(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RDX, reg(p, RP_REG_PKRU));
}

/* M-IMPLICIT */
static void a_resource_that_a_move_with_the_same_operand_shows_too_is_subtracted(void **state)
{
    (void)state;
    struct rp_judge *j = model_judge(shows_pkru, 2, RP_POLICY_LEGACY);
    model_for_all = true;
    assert_string_equal(model_resources(model_ask(j, RP_MODE_LONG64)), "pkru");
    assert_string_equal(model_words(model_ask_hex(j, RP_MODE_LONG64, "0303")),
                        "innocuous"); /* ADD eax, [rbx] */
}

static void implicit_sensitivity_is_found_by_flipping_controls_under_the_baselines(void **state)
{
    (void)state;
    struct rp_judge *j = model_judge(closed_by_ts, 2, RP_POLICY_LEGACY);
    struct rp_implicit kinds[RP_IMPLICIT_KINDS];
    model_for_all = true;
    assert_int_equal(rp_judge_implicit(j, RP_MODE_PROT32, kinds, NULL), RP_OK);
    for (unsigned i = 0; i < RP_IMPLICIT_KINDS - 1; i++) { /* the last is there for CR0.AM alone */
        assert_true(kinds[i].runs);
        assert_true(rp_resource_set_has(&kinds[i].all, RP_RESOURCE_CR0_TS));
        assert_true(rp_resource_set_empty(&kinds[i].ring3));
    }
}

/* What is not run has not trapped. */
static void a_mode_with_one_ring_shows_nothing_of_ring_3_alone(void **state)
{
    (void)state;
    struct rp_judge *j = model_judge(closed_by_ts, 2, RP_POLICY_LEGACY);
    struct rp_implicit kinds[RP_IMPLICIT_KINDS];
    model_for_all = true;
    assert_int_equal(rp_judge_implicit(j, RP_MODE_REAL16, kinds, NULL), RP_OK);
    for (unsigned i = 0; i < RP_IMPLICIT_KINDS; i++)
        assert_true(rp_resource_set_empty(&kinds[i].ring3));
    assert_true(kinds[0].runs);
    assert_true(rp_resource_set_has(&kinds[0].all, RP_RESOURCE_CR0_TS));
}

/* SDM Vol. 3A 6.15, #AC: CR0.AM, AC and CPL 3 together. */
static void checks_alignment(const struct rp_prestate *p, struct rp_outcomes *o)
{
    bool checked = reg(p, RP_REG_CR0) >> 18 & 1 && reg(p, RP_REG_RFLAGS) & RP_FLAG_AC;
    if (p->ring == 3 && checked)
        fake_trap(o, RP_VECTOR_AC, 0);
    else
        model_retire(p, o, model_after(p));
}

static const struct rp_implicit *find_kind(const struct rp_implicit *kinds, const char *kind)
{
    for (unsigned i = 0; i < RP_IMPLICIT_KINDS; i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return &kinds[i];
    fail_msg("no kind is called '%s'", kind);
    return NULL;
}

/* M-IMPLICIT */
static void cr0_am_is_implicit_in_misaligned_operands_of_ring_3(void **state)
{
    (void)state;
    struct rp_judge *j = model_judge(checks_alignment, 2, RP_POLICY_LEGACY);
    struct rp_implicit kinds[RP_IMPLICIT_KINDS];
    model_for_all = true;
    assert_int_equal(rp_judge_implicit(j, RP_MODE_VM86, kinds, NULL), RP_OK);
    assert_true(rp_resource_set_empty(&find_kind(kinds, "memory operands")->ring3)); /* AC is clear */
    const struct rp_implicit *misaligned = find_kind(kinds, "misaligned operands");
    assert_true(misaligned->runs && rp_resource_set_empty(&misaligned->all));
    assert_true(rp_resource_set_has(&misaligned->ring3, RP_RESOURCE_CR0_AM));
    fake_capabilities.resource[RP_RESOURCE_CR0_AM] = false; /* nobody looks at it */
    assert_int_equal(rp_judge_implicit(j, RP_MODE_VM86, kinds, NULL), RP_OK);
    assert_false(find_kind(kinds, "misaligned operands")->runs);
}

static void closed_by_umip(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring && reg(p, RP_REG_CR4) >> rp_resource_info(RP_RESOURCE_CR4_UMIP)->place.shift & 1)
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        model_set(p, o, RP_REG_RAX, reg(p, RP_REG_GDTR_LIMIT));
}

static const unsigned all_policies =
    1u << RP_POLICY_LEGACY | 1u << RP_POLICY_LINUX | 1u << RP_POLICY_HARDENED;

static void policies_that_set_a_closer_answer_privileged(void **state)
{
    (void)state;
    struct rp_judge *j = model_judge(closed_by_tsd, 2, RP_POLICY_LEGACY);
    j->options.other_policies = all_policies;
    const struct rp_verdict *v = model_ask(j, RP_MODE_LONG64);
    assert_int_equal(v->by_policy[RP_POLICY_LINUX], RP_ANSWER_HOLE); /* TSD = 0 there */
    assert_int_equal(v->by_policy[RP_POLICY_HARDENED], RP_ANSWER_PRIVILEGED);
    assert_int_equal(v->by_policy[RP_POLICY_LEGACY], RP_ANSWER_NOT_ASKED); /* that is the verdict */
    j = model_judge(closed_by_umip, 2, RP_POLICY_LEGACY);
    j->options.other_policies = all_policies;
    v = model_ask(j, RP_MODE_LONG64);
    assert_int_equal(v->by_policy[RP_POLICY_LINUX], RP_ANSWER_PRIVILEGED);
    assert_true(rp_resource_set_empty(&v->not_testable));
}

/* Under TSD it shows PKRU alone, as any memory operand does. */
static void shows_cr2_without_tsd(const struct rp_prestate *p, struct rp_outcomes *o)
{
    uint64_t cr2 = reg(p, RP_REG_CR4) & 4 ? 0 : reg(p, RP_REG_CR2);
    struct rp_state *after = model_after(p);
    after->reg[RP_REG_RDX] = reg(p, RP_REG_PKRU);
    after->reg[RP_REG_RAX] = cr2;
    model_retire(p, o, after);
}

/* M-IMPLICIT */
static void implicit_sensitivity_does_not_keep_a_hole_open_under_another_policy(void **state)
{
    (void)state;
    struct rp_judge *j = model_judge(shows_cr2_without_tsd, 2, RP_POLICY_LEGACY);
    model_for_all = true;
    j->options.other_policies = all_policies;
    const struct rp_verdict *v = model_ask_hex(j, RP_MODE_LONG64, "0303");
    assert_int_equal(v->judgement, RP_VERDICT_HOLE);
    assert_int_equal(v->by_policy[RP_POLICY_HARDENED], RP_ANSWER_INNOCUOUS);
}

/* METHOD, "Who decides": "not answered here", not "open". */
static void a_control_that_the_executor_ignores_is_not_testable_and_its_policies_unanswered(void **state)
{
    (void)state;
    struct rp_judge *j = model_judge(closed_by_umip, 2, RP_POLICY_LEGACY);
    fake_capabilities.resource[RP_RESOURCE_CR4_UMIP] = false;
    j->options.other_policies = all_policies;
    const struct rp_verdict *v = model_ask(j, RP_MODE_LONG64);
    assert_int_equal(v->judgement, RP_VERDICT_HOLE);
    assert_string_equal(closers(v), "");
    assert_true(rp_resource_set_has(&v->not_testable, RP_RESOURCE_CR4_UMIP));
    assert_int_equal(v->by_policy[RP_POLICY_LINUX], RP_ANSWER_UNKNOWN);
    assert_int_equal(v->by_policy[RP_POLICY_HARDENED], RP_ANSWER_UNKNOWN);
}

static void an_ignored_control_that_guards_something_else_is_not_mentioned(void **state)
{
    (void)state;
    struct rp_judge *j = model_judge(shows_cr2, 2, RP_POLICY_LEGACY);
    fake_capabilities.resource[RP_RESOURCE_CR4_UMIP] = false;
    j->options.other_policies = all_policies;
    const struct rp_verdict *v = model_ask(j, RP_MODE_LONG64);
    assert_true(rp_resource_set_empty(&v->not_testable));
    assert_int_equal(v->by_policy[RP_POLICY_LINUX], RP_ANSWER_HOLE);
}

/* Found by opening it. */
static void a_control_that_the_policy_sets_is_what_keeps_it_privileged(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_ask(model_judge(closed_by_tsd, 2, RP_POLICY_HARDENED), RP_MODE_LONG64);
    assert_int_equal(v->judgement, RP_VERDICT_PRIVILEGED);
    assert_string_equal(closers(v), "cr4.tsd=1 ring3");
}

/* IN: IOPL 3 lets it through, and so does the bitmap. */
static void guarded_by_two(const struct rp_prestate *p, struct rp_outcomes *o)
{
    bool open = (reg(p, RP_REG_RFLAGS) >> 12 & 3) == 3 || reg(p, RP_REG_CR4) & 2;
    if (p->ring && !open)
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        shows_cr2(p, o);
}

static void controls_that_each_open_it_keep_it_privileged_together(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_ask(model_judge(guarded_by_two, 2, RP_POLICY_LEGACY), RP_MODE_PROT32);
    assert_int_equal(v->judgement, RP_VERDICT_PRIVILEGED);
    assert_string_equal(closers(v), "rflags.iopl=0 cr4.pvi=0 ring3");
    struct rp_judge *j = model_judge(guarded_by_two, 2, RP_POLICY_LEGACY);
    fake_capabilities.resource[RP_RESOURCE_CR4_PVI] = false;
    assert_string_equal(closers(model_ask(j, RP_MODE_PROT32)), "rflags.iopl=0 ring3");
}

/* The word of the interrupt redirection bitmap that has the gate's vector, 80h. */
static bool is_redirected(const struct rp_prestate *p)
{
    uint32_t address = RP_ARENA_TSS + RP_ARENA_REDIRECTION_OFFSET + 16;
    for (unsigned i = 0; i < p->memory.count; i++)
        if (p->memory.word[i].address == address)
            return !(p->memory.word[i].value & 1);
    return true;
}

/* INT n in vm86: IOPL 3 lets it through, and so does CR4.VME, but for vectors whose bit is set. */
static void redirected_by_vme(const struct rp_prestate *p, struct rp_outcomes *o)
{
    bool own = reg(p, RP_REG_CR4) & 1 && is_redirected(p);
    if (p->ring && !own && (reg(p, RP_REG_RFLAGS) >> 12 & 3) != 3)
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        shows_cr2(p, o);
}

static void what_stops_an_opened_control_keeps_it_privileged_in_its_stead(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_ask(model_judge(redirected_by_vme, 2, RP_POLICY_LEGACY), RP_MODE_VM86);
    assert_int_equal(v->judgement, RP_VERDICT_PRIVILEGED);
    assert_string_equal(closers(v), "rflags.iopl=0 cr4.vme=0 ring3; rflags.iopl=0 tss.redirection=1 ring3");
    struct rp_judge *j = model_judge(redirected_by_vme, 2, RP_POLICY_LEGACY);
    fake_capabilities.resource[RP_RESOURCE_TSS_REDIRECTION] = false;
    assert_string_equal(closers(model_ask(j, RP_MODE_VM86)), "rflags.iopl=0 cr4.vme=0 ring3");
}

/* The bit stops VME, and IOPL 3 no longer matters. */
static void stopped_for_good(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring && !is_redirected(p))
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        redirected_by_vme(p, o);
}

static void a_control_that_matters_no_longer_is_left_out(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_ask(model_judge(stopped_for_good, 2, RP_POLICY_LEGACY), RP_MODE_VM86);
    assert_string_equal(closers(v), "rflags.iopl=0 cr4.vme=0 ring3; tss.redirection=1 ring3");
}

/* INTO: from the second seed it does nothing, whatever the controls. */
static void acts_in_one_state(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (reg(p, RP_REG_RBX) == 3)
        model_retire(p, o, model_after(p));
    else
        closed_by_tsd(p, o);
}

static void a_seed_that_shows_nothing_keeps_nothing_open(void **state)
{
    (void)state;
    assert_string_equal(closers(model_verdict(acts_in_one_state, RP_MODE_LONG64)), "cr4.tsd=1 ring3");
    const struct rp_verdict *v =
        model_ask(model_judge(acts_in_one_state, 2, RP_POLICY_HARDENED), RP_MODE_LONG64);
    assert_int_equal(v->judgement, RP_VERDICT_PRIVILEGED);
}

static void innocuous_encodings_are_not_asked_about_under_other_policies(void **state)
{
    (void)state;
    struct rp_judge *j = model_judge(shows_cr2, 2, RP_POLICY_LEGACY);
    j->options.other_policies = all_policies;
    const struct rp_verdict *v = model_ask_hex(j, RP_MODE_LONG64, "8bc3"); /* retires without effect */
    assert_int_equal(v->judgement, RP_VERDICT_INNOCUOUS);
    assert_int_equal(v->by_policy[RP_POLICY_LINUX], RP_ANSWER_NOT_ASKED);
}

/* M-ABSENT */
static void an_encoding_that_a_control_removes_is_unknown_and_says_which(void **state)
{
    (void)state;
    struct rp_judge *j = model_judge(closed_by_fsgsbase, 0, RP_POLICY_LEGACY);
    model_add_seed(j, "off", "cr4.fsgsbase=0");
    const struct rp_verdict *v = model_ask(j, RP_MODE_LONG64);
    assert_string_equal(model_words(v), "unknown");
    assert_string_equal(v->unknown_reason, "absent: cr4.fsgsbase=0");
    assert_string_equal(closers(v), "cr4.fsgsbase=0 all");
}

/* IN: the bitmap denies under legacy; that one allowed port would be a hole does not change this verdict. */
static void needs_the_bitmap(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring && (reg(p, RP_REG_RFLAGS) >> 12 & 3) < 3)
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        model_retire(p, o, model_after(p));
}

static void what_an_open_control_would_let_through_stays_privileged(void **state)
{
    (void)state;
    assert_string_equal(model_words(model_verdict(needs_the_bitmap, RP_MODE_PROT32)), "privileged");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_hole_that_nothing_closes_has_no_closers, model_free),
        cmocka_unit_test_teardown(a_control_that_traps_ring_3_closes_with_scope_ring3, model_free),
        cmocka_unit_test_teardown(a_control_that_removes_it_from_both_rings_closes_with_scope_all,
                                  model_free),
        cmocka_unit_test_teardown(controls_that_close_only_together_are_found_as_a_pair, model_free),
        cmocka_unit_test_teardown(a_control_closes_only_if_no_seed_is_left_that_retires, model_free),
        cmocka_unit_test_teardown(a_control_that_traps_the_baseline_too_is_implicit_and_no_closer,
                                  model_free),
        cmocka_unit_test_teardown(a_resource_that_a_move_with_the_same_operand_shows_too_is_subtracted,
                                  model_free),
        cmocka_unit_test_teardown(a_mode_with_one_ring_shows_nothing_of_ring_3_alone, model_free),
        cmocka_unit_test_teardown(implicit_sensitivity_is_found_by_flipping_controls_under_the_baselines,
                                  model_free),
        cmocka_unit_test_teardown(cr0_am_is_implicit_in_misaligned_operands_of_ring_3, model_free),
        cmocka_unit_test_teardown(policies_that_set_a_closer_answer_privileged, model_free),
        cmocka_unit_test_teardown(
            a_control_that_the_executor_ignores_is_not_testable_and_its_policies_unanswered, model_free),
        cmocka_unit_test_teardown(implicit_sensitivity_does_not_keep_a_hole_open_under_another_policy,
                                  model_free),
        cmocka_unit_test_teardown(an_ignored_control_that_guards_something_else_is_not_mentioned, model_free),
        cmocka_unit_test_teardown(a_control_that_the_policy_sets_is_what_keeps_it_privileged, model_free),
        cmocka_unit_test_teardown(controls_that_each_open_it_keep_it_privileged_together, model_free),
        cmocka_unit_test_teardown(what_stops_an_opened_control_keeps_it_privileged_in_its_stead, model_free),
        cmocka_unit_test_teardown(a_control_that_matters_no_longer_is_left_out, model_free),
        cmocka_unit_test_teardown(a_seed_that_shows_nothing_keeps_nothing_open, model_free),
        cmocka_unit_test_teardown(innocuous_encodings_are_not_asked_about_under_other_policies, model_free),
        cmocka_unit_test_teardown(an_encoding_that_a_control_removes_is_unknown_and_says_which, model_free),
        cmocka_unit_test_teardown(what_an_open_control_would_let_through_stays_privileged, model_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
