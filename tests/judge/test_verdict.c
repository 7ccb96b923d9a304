/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts as values: the id names the finding and nothing of the run; sets and names. */
#include "judge/verdict.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

static struct rp_verdict make(void)
{
    struct rp_verdict v = {.encoding = {{0x9d}, 1},
                           .mode = RP_MODE_LONG64,
                           .judgement = RP_VERDICT_HOLE,
                           .has_witness = true,
                           .witness_kind = RP_SENSITIVE_MODE,
                           .resource = RP_RESOURCE_RFLAGS_IF};
    snprintf(v.mnemonic, sizeof v.mnemonic, "popfq");
    return v;
}

/* Findings in baselines are compared by it, across versions: this number must not change. */
static void an_id_is_stable(void **state)
{
    (void)state;
    struct rp_verdict v = make();
    assert_int_equal(rp_verdict_id(&v), UINT64_C(0x949ca1d08e59f9de));
}

static void an_id_does_not_depend_on_the_run(void **state)
{
    (void)state;
    struct rp_verdict v = make();
    uint64_t id = rp_verdict_id(&v);
    v.encoding = (struct rp_encoding){{0x66, 0x9d}, 2};
    v.form = 99;
    v.runs = 7;
    v.component = RP_REG_RAX;
    v.resource = RP_RESOURCE_RFLAGS_IOPL; /* the same group */
    v.disagreement = true;
    snprintf(v.witness_executor, sizeof v.witness_executor, "bochs");
    assert_int_equal(rp_verdict_id(&v), id);
}

static void an_id_depends_on_mode_mnemonic_kind_group_and_policy(void **state)
{
    (void)state;
    struct rp_verdict original = make(), v[5] = {original, original, original, original, original};
    v[0].mode = RP_MODE_PROT32;
    snprintf(v[1].mnemonic, sizeof v[1].mnemonic, "popfd");
    v[2].witness_kind = RP_SENSITIVE_CONTROL;
    v[3].resource = RP_RESOURCE_CR0_NE;
    v[4].policy = RP_POLICY_LINUX;
    for (unsigned i = 0; i < 5; i++)
        assert_int_not_equal(rp_verdict_id(&v[i]), rp_verdict_id(&original));
}

static void a_verdict_without_witness_has_an_id_of_its_judgement(void **state)
{
    (void)state;
    struct rp_verdict a = make(), b;
    a.has_witness = false;
    a.judgement = RP_VERDICT_INNOCUOUS;
    b = a;
    b.judgement = RP_VERDICT_UNKNOWN;
    assert_int_not_equal(rp_verdict_id(&a), rp_verdict_id(&b));
}

static void sets_hold_what_was_added(void **state)
{
    (void)state;
    struct rp_resource_set set = {0};
    unsigned members = 0;
    assert_true(rp_resource_set_empty(&set));
    for (unsigned r = 1; r < RP_RESOURCE_COUNT; r += 3)
        rp_resource_set_add(&set, r);
    rp_resource_set_add(&set, RP_RESOURCE_NONE);
    for (unsigned r = rp_resource_set_next(&set, 0); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(&set, r + 1)) {
        assert_int_equal(r % 3, 1);
        members++;
    }
    assert_int_equal(members, (RP_RESOURCE_COUNT + 1) / 3);
    assert_false(rp_resource_set_has(&set, RP_RESOURCE_NONE));
    assert_false(rp_resource_set_empty(&set));
}

static void names_are_those_of_the_json(void **state)
{
    (void)state;
    enum rp_sensitivity kind;
    assert_string_equal(rp_judgement_name(RP_VERDICT_HOLE), "hole");
    assert_string_equal(rp_judgement_name(RP_VERDICT_PRIVILEGED), "privileged");
    assert_string_equal(rp_judgement_name(RP_VERDICT_INNOCUOUS), "innocuous");
    assert_string_equal(rp_judgement_name(RP_VERDICT_UNKNOWN), "unknown");
    for (unsigned i = 1; i <= 4; i *= 2) {
        assert_true(rp_sensitivity_find(rp_sensitivity_name(i), &kind));
        assert_int_equal(kind, i);
    }
    assert_false(rp_sensitivity_find("none", &kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_stable),
        cmocka_unit_test(an_id_does_not_depend_on_the_run),
        cmocka_unit_test(an_id_depends_on_mode_mnemonic_kind_group_and_policy),
        cmocka_unit_test(a_verdict_without_witness_has_an_id_of_its_judgement),
        cmocka_unit_test(sets_hold_what_was_added),
        cmocka_unit_test(names_are_those_of_the_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
