/* SPDX-License-Identifier: GPL-2.0-or-later */
/* METHOD, "Who decides": what several executors come to together, on verdicts made by hand. */
#include "judge/decide.h"
#include "judge/overall.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OTHERS (1u << RP_POLICY_LINUX | 1u << RP_POLICY_HARDENED)

static struct rp_verdict own[RP_OPINIONS_MAX], verdict;
static struct rp_resource_set honours[RP_OPINIONS_MAX];
static unsigned count;

static int reset(void **state)
{
    (void)state;
    rp_verdict_free(&verdict);
    memset(own, 0, sizeof own);
    memset(honours, 0, sizeof honours);
    count = 0;
    return 0;
}

/* The verdict of an executor that decides; a hole has a witness by a resource of the system. */
static struct rp_verdict *say(const char *name, enum rp_judgement judgement)
{
    struct rp_verdict *v = &own[count++];
    *v = (struct rp_verdict){.judgement = judgement, .runs = 10, .owner = RP_OWNER_SYSTEM};
    assert_int_equal(rp_verdict_opinions(v, 1, NULL), RP_OK);
    struct rp_opinion *opinion = &v->opinion[0];
    *opinion =
        (struct rp_opinion){.decides = true, .judgement = judgement, .closes = judgement == RP_VERDICT_HOLE};
    snprintf(opinion->executor, sizeof opinion->executor, "%s", name);
    if (judgement == RP_VERDICT_UNKNOWN)
        snprintf(v->unknown_reason, sizeof v->unknown_reason, "%s's reason", name);
    if (judgement != RP_VERDICT_HOLE)
        return v;
    v->sensitivity = RP_SENSITIVE_RESOURCE;
    v->has_witness = true;
    v->replay = strdup(name);
    return v;
}

/* One that does not decide. */
static struct rp_verdict *say_limited(const char *name, enum rp_judgement judgement)
{
    struct rp_verdict *v = say(name, judgement);
    v->opinion[0].decides = v->opinion[0].closes = false;
    snprintf(v->opinion[0].limit, sizeof v->opinion[0].limit, "knows nothing");
    v->judgement = RP_VERDICT_UNKNOWN;
    snprintf(v->unknown_reason, sizeof v->unknown_reason, "%s: knows nothing", name);
    return v;
}

/* One with ring 3 alone and its controls as found, as native is. */
static struct rp_verdict *say_native(enum rp_judgement judgement)
{
    struct rp_verdict *v = say("native", judgement);
    v->policy = RP_POLICY_AS_FOUND;
    v->opinion[0].one_ring = v->opinion[0].as_found = v->opinion[0].closes = true;
    if (judgement == RP_VERDICT_HOLE)
        return v;
    v->opinion[0].decides = false;
    snprintf(v->opinion[0].limit, sizeof v->opinion[0].limit, RP_LIMIT_ONE_RING);
    snprintf(v->unknown_reason, sizeof v->unknown_reason, RP_LIMIT_ONE_RING);
    return v;
}

/* One whose ring 0 came to `kind` and that came to no answer. */
static void say_run(const char *name, enum rp_outcome_kind kind)
{
    say(name, RP_VERDICT_UNKNOWN)->opinion[0].ring[0] =
        (struct rp_shown){.present = true, .kind = (uint8_t)kind};
}

static const struct rp_verdict *decide_under(enum rp_policy policy)
{
    assert_int_equal(rp_overall_verdict(own, honours, count, policy, OTHERS, &verdict, NULL), RP_OK);
    return &verdict;
}

static const struct rp_verdict *decide(void)
{
    return decide_under(RP_POLICY_LEGACY);
}

static void close_by(struct rp_verdict *v, enum rp_resource control)
{
    const struct rp_closer closer = {{(uint8_t)control, RP_RESOURCE_NONE}, {1, 0}, false, 1};
    v->closer[v->closers++] = closer;
    rp_resource_set_add(&honours[v - own], control);
}

static void silicon_closes_by_what_the_lead_ignores(void **state)
{
    (void)state;
    struct rp_verdict *lead = say("unicorn", RP_VERDICT_HOLE);
    struct rp_verdict *silicon = say_native(RP_VERDICT_UNKNOWN);
    rp_resource_set_add(&lead->not_testable, RP_RESOURCE_MISC_FEATURES_CPUID_FAULT);
    rp_resource_set_add(&lead->not_testable, RP_RESOURCE_CR4_UMIP);
    close_by(silicon, RP_RESOURCE_CR4_TSD);
    close_by(silicon, RP_RESOURCE_MISC_FEATURES_CPUID_FAULT);
    rp_resource_set_add(&honours[0], RP_RESOURCE_CR4_TSD);
    const struct rp_verdict *v = decide();
    assert_int_equal(v->closers, 1); /* of TSD the lead has its own answer */
    assert_int_equal(v->closer[0].control[0], RP_RESOURCE_MISC_FEATURES_CPUID_FAULT);
    assert_false(rp_resource_set_has(&v->not_testable, RP_RESOURCE_MISC_FEATURES_CPUID_FAULT));
    assert_true(rp_resource_set_has(&v->not_testable, RP_RESOURCE_CR4_UMIP));
}

static void a_control_that_the_lead_ignores_is_tested_by_who_honours_it(void **state)
{
    (void)state;
    struct rp_verdict *lead = say("unicorn", RP_VERDICT_HOLE);
    rp_resource_set_add(&lead->not_testable, RP_RESOURCE_CR4_UMIP);
    rp_resource_set_add(&lead->not_testable, RP_RESOURCE_CR4_PCE);
    lead->by_policy[RP_POLICY_LINUX] = RP_ANSWER_UNKNOWN;
    for (unsigned i = 0; i < 2; i++) {
        struct rp_verdict *other = say(i ? "bochs" : "qemu", RP_VERDICT_HOLE);
        close_by(other, RP_RESOURCE_CR4_UMIP);
        other->by_policy[RP_POLICY_LINUX] = RP_ANSWER_PRIVILEGED;
    }
    const struct rp_verdict *v = decide();
    assert_string_equal(v->replay, "unicorn");
    assert_int_equal(v->closers, 1);
    assert_int_equal(v->closer[0].control[0], RP_RESOURCE_CR4_UMIP);
    assert_int_equal(v->closer[0].showed, 1 << 1 | 1 << 2);
    assert_false(rp_resource_set_has(&v->not_testable, RP_RESOURCE_CR4_UMIP));
    assert_true(rp_resource_set_has(&v->not_testable, RP_RESOURCE_CR4_PCE)); /* which nobody honours */
    assert_int_equal(v->by_policy[RP_POLICY_LINUX], RP_ANSWER_PRIVILEGED);
    assert_int_equal(v->by_policy[RP_POLICY_HARDENED], RP_ANSWER_UNKNOWN);
}

static void a_control_with_which_another_goes_on_does_not_close(void **state)
{
    (void)state;
    close_by(say("qemu", RP_VERDICT_HOLE), RP_RESOURCE_CR4_UMIP);
    say("bochs", RP_VERDICT_HOLE);
    rp_resource_set_add(&honours[1], RP_RESOURCE_CR4_UMIP);
    assert_int_equal(decide()->closers, 0);
}

static void who_does_not_decide_closes_where_its_traps_are_true(void **state)
{
    (void)state;
    say("unicorn", RP_VERDICT_HOLE);
    struct rp_verdict *bochs = say_limited("bochs", RP_VERDICT_UNKNOWN);
    close_by(bochs, RP_RESOURCE_CR4_PCE);
    assert_int_equal(decide()->closers, 0);
    reset(NULL);
    say_limited("unicorn", RP_VERDICT_UNKNOWN);
    bochs = say_limited("bochs", RP_VERDICT_UNKNOWN);
    close_by(bochs, RP_RESOURCE_CR4_PCE);
    bochs->opinion[0].closes = true;
    const struct rp_verdict *v = decide();
    assert_int_equal(v->judgement, RP_VERDICT_UNKNOWN);
    assert_int_equal(v->closers, 1);
    assert_int_equal(v->closer[0].showed, 1 << 1);
}

static void who_honours_more_controls_says_what_keeps_it_privileged(void **state)
{
    (void)state;
    struct rp_verdict *qemu = say("qemu", RP_VERDICT_PRIVILEGED);
    close_by(qemu, RP_RESOURCE_RFLAGS_IOPL);
    struct rp_verdict *bochs = say("bochs", RP_VERDICT_PRIVILEGED);
    close_by(bochs, RP_RESOURCE_RFLAGS_IOPL);
    bochs->closer[0].control[1] = RP_RESOURCE_CR4_PVI;
    say("unicorn", RP_VERDICT_PRIVILEGED);
    const struct rp_verdict *v = decide();
    assert_int_equal(v->closers, 1);
    assert_int_equal(v->closer[0].control[1], RP_RESOURCE_CR4_PVI);
    assert_int_equal(v->closer[0].showed, 1 << 1);
}

static void a_hole_under_a_policy_outweighs_other_answers_to_it(void **state)
{
    (void)state;
    static const enum rp_policy_answer rows[][3] = {
        {RP_ANSWER_PRIVILEGED, RP_ANSWER_HOLE, RP_ANSWER_HOLE},
        {RP_ANSWER_HOLE, RP_ANSWER_UNKNOWN, RP_ANSWER_HOLE},
        {RP_ANSWER_UNKNOWN, RP_ANSWER_INNOCUOUS, RP_ANSWER_INNOCUOUS},
        {RP_ANSWER_PRIVILEGED, RP_ANSWER_INNOCUOUS, RP_ANSWER_UNKNOWN},
        {RP_ANSWER_UNKNOWN, RP_ANSWER_UNKNOWN, RP_ANSWER_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        reset(NULL);
        say("unicorn", RP_VERDICT_HOLE)->by_policy[RP_POLICY_LINUX] = rows[i][0];
        say("qemu", RP_VERDICT_HOLE)->by_policy[RP_POLICY_LINUX] = rows[i][1];
        assert_int_equal(decide()->by_policy[RP_POLICY_LINUX], rows[i][2]);
    }
}

static void eight_are_heard_and_those_that_agree_are_named_together(void **state)
{
    (void)state;
    static const char *const names[] = {"unicorn", "kvm",     "qemu",    "bochs:zambezi",
                                        "bochs:b", "bochs:c", "bochs:d", "bochs:e"};
    for (unsigned i = 0; i < RP_OPINIONS_MAX; i++)
        say(names[i], i % 2 ? RP_VERDICT_INNOCUOUS : RP_VERDICT_PRIVILEGED);
    const struct rp_verdict *v = decide();
    assert_int_equal(v->opinions, 8);
    assert_string_equal(v->opinion[7].executor, "bochs:e");
    assert_string_equal(v->unknown_reason, "executors disagree: unicorn, qemu, bochs:b, bochs:d: privileged; "
                                           "kvm, bochs:zambezi, bochs:c, bochs:e: innoc...");
}

static void what_all_say_is_the_verdict(void **state)
{
    (void)state;
    say("unicorn", RP_VERDICT_PRIVILEGED);
    say("kvm", RP_VERDICT_PRIVILEGED);
    const struct rp_verdict *v = decide();
    assert_int_equal(v->judgement, RP_VERDICT_PRIVILEGED);
    assert_false(v->disagreement);
    assert_int_equal(v->opinions, 2);
    assert_string_equal(v->opinion[1].executor, "kvm");
    assert_int_equal(v->runs, 20);
}

static void one_witness_makes_a_hole_whatever_the_others_say(void **state)
{
    (void)state;
    say("unicorn", RP_VERDICT_PRIVILEGED);
    say("kvm", RP_VERDICT_HOLE);
    const struct rp_verdict *v = decide();
    assert_int_equal(v->judgement, RP_VERDICT_HOLE);
    assert_string_equal(v->replay, "kvm");
    assert_true(v->disagreement);
    assert_int_equal(v->sensitivity, RP_SENSITIVE_RESOURCE);
}

static void holes_are_joined(void **state)
{
    (void)state;
    struct rp_verdict *v = say("unicorn", RP_VERDICT_HOLE);
    v->sensitivity = RP_SENSITIVE_CONTROL;
    v->owner = RP_OWNER_DELEGATED;
    rp_resource_set_add(&v->resources, RP_RESOURCE_FS_BASE);
    v = say("kvm", RP_VERDICT_HOLE);
    v->user_sensitive = true;
    rp_resource_set_add(&v->resources, RP_RESOURCE_GDTR_BASE);
    v = &verdict;
    decide();
    assert_int_equal(v->sensitivity, RP_SENSITIVE_CONTROL | RP_SENSITIVE_RESOURCE);
    assert_true(rp_resource_set_has(&v->resources, RP_RESOURCE_FS_BASE));
    assert_true(rp_resource_set_has(&v->resources, RP_RESOURCE_GDTR_BASE));
    assert_int_equal(v->owner, RP_OWNER_SYSTEM);
    assert_true(v->user_sensitive);
    assert_string_equal(v->replay, "unicorn");
    assert_false(v->disagreement);
}

static void a_difference_without_a_witness_is_unknown_and_names_both(void **state)
{
    (void)state;
    say("unicorn", RP_VERDICT_PRIVILEGED);
    say("kvm", RP_VERDICT_INNOCUOUS);
    const struct rp_verdict *v = decide();
    assert_int_equal(v->judgement, RP_VERDICT_UNKNOWN);
    assert_string_equal(v->unknown_reason, "executors disagree: unicorn: privileged; kvm: innocuous");
    assert_true(v->disagreement);
}

static void who_comes_to_no_answer_contradicts_nobody(void **state)
{
    (void)state;
    struct rp_verdict *bochs = say("bochs", RP_VERDICT_UNKNOWN);
    snprintf(bochs->unknown_reason, sizeof bochs->unknown_reason, "#UD in both rings, whatever the state");
    say("kvm", RP_VERDICT_PRIVILEGED);
    const struct rp_verdict *v = decide();
    assert_int_equal(v->judgement, RP_VERDICT_PRIVILEGED);
    assert_false(v->disagreement);
    assert_false(v->opinion[0].decides);
    assert_string_equal(v->opinion[0].limit, "#UD in both rings, whatever the state");
}

static void what_is_absent_is_shown_by_the_lead(void **state)
{
    (void)state;
    struct rp_opinion *native = &say("native", RP_VERDICT_UNKNOWN)->opinion[0];
    native->one_ring = true;
    native->decides = false;
    struct rp_verdict *unicorn = say("unicorn", RP_VERDICT_UNKNOWN);
    unicorn->closers = 1;
    unicorn->closer[0] =
        (struct rp_closer){.control = {RP_RESOURCE_CR4_FSGSBASE, RP_RESOURCE_NONE}, .all = true, .showed = 1};
    const struct rp_verdict *v = decide();
    assert_int_equal(v->closers, 1);
    assert_int_equal(v->closer[0].showed, 1 << 1);
}

static void one_that_decides_is_followed(void **state)
{
    (void)state;
    say_limited("unicorn", RP_VERDICT_INNOCUOUS);
    say("kvm", RP_VERDICT_PRIVILEGED);
    const struct rp_verdict *v = decide();
    assert_int_equal(v->judgement, RP_VERDICT_PRIVILEGED);
    assert_string_equal(v->unknown_reason, "");
    assert_false(v->disagreement);
}

static void a_witness_of_somebody_who_does_not_decide_is_a_disagreement(void **state)
{
    (void)state;
    say_limited("unicorn", RP_VERDICT_HOLE);
    say("kvm", RP_VERDICT_PRIVILEGED);
    const struct rp_verdict *v = decide();
    assert_int_equal(v->judgement, RP_VERDICT_PRIVILEGED);
    assert_true(v->disagreement);
    reset(NULL);
    say_limited("unicorn", RP_VERDICT_HOLE);
    say("kvm", RP_VERDICT_HOLE);
    v = decide();
    assert_false(v->disagreement); /* it is what the others show, too */
    assert_string_equal(v->replay, "kvm");
}

static void where_none_decides_it_is_unknown_for_the_first_reason(void **state)
{
    (void)state;
    say_limited("unicorn", RP_VERDICT_HOLE);
    say_limited("kvm", RP_VERDICT_INNOCUOUS);
    const struct rp_verdict *v = decide();
    assert_int_equal(v->judgement, RP_VERDICT_UNKNOWN);
    assert_string_equal(v->unknown_reason, "unicorn: knows nothing");
    assert_true(v->disagreement);
}

static void ring_3_alone_never_vetoes(void **state)
{
    (void)state;
    static const enum rp_judgement others[] = {RP_VERDICT_INNOCUOUS, RP_VERDICT_PRIVILEGED, RP_VERDICT_HOLE};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        reset(NULL);
        say_native(RP_VERDICT_UNKNOWN); /* whatever the order */
        say("unicorn", others[i]);
        const struct rp_verdict *v = decide();
        assert_int_equal(v->judgement, others[i]);
        assert_false(v->disagreement);
    }
}

static void ring_3_alone_shows_a_hole(void **state)
{
    (void)state;
    say("unicorn", RP_VERDICT_INNOCUOUS);
    say_native(RP_VERDICT_HOLE);
    const struct rp_verdict *v = decide();
    assert_int_equal(v->judgement, RP_VERDICT_HOLE);
    assert_int_equal(v->policy, RP_POLICY_LEGACY);
    assert_string_equal(v->replay, "native");
    assert_int_equal(v->by_policy[RP_POLICY_HARDENED], RP_ANSWER_UNKNOWN);
    assert_true(v->disagreement);
}

static void an_emulator_that_shows_it_too_leads_for_it_knows_what_closes_it(void **state)
{
    (void)state;
    say_native(RP_VERDICT_HOLE);
    struct rp_verdict *unicorn = say("unicorn", RP_VERDICT_HOLE);
    unicorn->closers = 1;
    unicorn->by_policy[RP_POLICY_HARDENED] = RP_ANSWER_PRIVILEGED;
    const struct rp_verdict *v = decide();
    assert_string_equal(v->replay, "unicorn");
    assert_int_equal(v->closers, 1);
    assert_int_equal(v->by_policy[RP_POLICY_HARDENED], RP_ANSWER_PRIVILEGED);
    assert_false(v->disagreement);
}

static void controls_as_found_say_nothing_of_policies_that_close(void **state)
{
    (void)state;
    say("unicorn", RP_VERDICT_PRIVILEGED);
    say_native(RP_VERDICT_HOLE);
    const struct rp_verdict *v = decide_under(RP_POLICY_HARDENED);
    assert_int_equal(v->judgement, RP_VERDICT_PRIVILEGED);
    assert_false(v->disagreement);
    assert_false(v->opinion[1].decides);
    assert_string_equal(v->opinion[1].limit, "its controls are as found, not as in hardened");
    reset(NULL);
    say_native(RP_VERDICT_HOLE);
    v = decide_under(RP_POLICY_AS_FOUND);
    assert_int_equal(v->judgement, RP_VERDICT_HOLE);
}

static void where_ring_3_alone_ran_nothing_else_the_limit_of_the_other_is_the_reason(void **state)
{
    (void)state;
    say_native(RP_VERDICT_UNKNOWN);
    say_limited("unicorn", RP_VERDICT_UNKNOWN);
    assert_string_equal(decide()->unknown_reason, "unicorn: knows nothing");
    reset(NULL);
    say_native(RP_VERDICT_UNKNOWN);
    assert_string_equal(decide()->unknown_reason, "ring 0 not run");
}

/* "Could not make the runs" and "died" say nothing of the instruction, "ring 0 never retired" does. */
static void who_made_the_runs_has_the_reason_before_who_could_not(void **state)
{
    (void)state;
    say_run("first", RP_OUTCOME_UNSUPPORTED);
    say_run("second", RP_OUTCOME_DIED);
    say_run("third", RP_OUTCOME_TRAPPED);
    const struct rp_verdict *v = decide();
    assert_int_equal(v->judgement, RP_VERDICT_UNKNOWN);
    assert_string_equal(v->unknown_reason, "third's reason");
    assert_false(v->opinion[0].decides);
    assert_string_equal(v->opinion[0].limit, "first's reason");
    assert_false(v->disagreement);
}

static void where_nobody_made_the_runs_the_first_has_the_reason(void **state)
{
    (void)state;
    say_run("first", RP_OUTCOME_UNSUPPORTED);
    say_run("second", RP_OUTCOME_DIED);
    assert_string_equal(decide()->unknown_reason, "first's reason");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(silicon_closes_by_what_the_lead_ignores, reset),
        cmocka_unit_test_teardown(a_control_that_the_lead_ignores_is_tested_by_who_honours_it, reset),
        cmocka_unit_test_teardown(a_control_with_which_another_goes_on_does_not_close, reset),
        cmocka_unit_test_teardown(who_does_not_decide_closes_where_its_traps_are_true, reset),
        cmocka_unit_test_teardown(who_honours_more_controls_says_what_keeps_it_privileged, reset),
        cmocka_unit_test_teardown(a_hole_under_a_policy_outweighs_other_answers_to_it, reset),
        cmocka_unit_test_teardown(eight_are_heard_and_those_that_agree_are_named_together, reset),
        cmocka_unit_test_teardown(what_all_say_is_the_verdict, reset),
        cmocka_unit_test_teardown(one_witness_makes_a_hole_whatever_the_others_say, reset),
        cmocka_unit_test_teardown(holes_are_joined, reset),
        cmocka_unit_test_teardown(a_difference_without_a_witness_is_unknown_and_names_both, reset),
        cmocka_unit_test_teardown(who_comes_to_no_answer_contradicts_nobody, reset),
        cmocka_unit_test_teardown(what_is_absent_is_shown_by_the_lead, reset),
        cmocka_unit_test_teardown(one_that_decides_is_followed, reset),
        cmocka_unit_test_teardown(a_witness_of_somebody_who_does_not_decide_is_a_disagreement, reset),
        cmocka_unit_test_teardown(where_none_decides_it_is_unknown_for_the_first_reason, reset),
        cmocka_unit_test_teardown(ring_3_alone_never_vetoes, reset),
        cmocka_unit_test_teardown(ring_3_alone_shows_a_hole, reset),
        cmocka_unit_test_teardown(who_made_the_runs_has_the_reason_before_who_could_not, reset),
        cmocka_unit_test_teardown(where_nobody_made_the_runs_the_first_has_the_reason, reset),
        cmocka_unit_test_teardown(an_emulator_that_shows_it_too_leads_for_it_knows_what_closes_it, reset),
        cmocka_unit_test_teardown(controls_as_found_say_nothing_of_policies_that_close, reset),
        cmocka_unit_test_teardown(where_ring_3_alone_ran_nothing_else_the_limit_of_the_other_is_the_reason,
                                  reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
