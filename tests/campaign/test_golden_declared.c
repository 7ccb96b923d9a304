/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may differ from a record: rules of two executors are none of one executor on two CPUs. */
#include "campaign/golden_declared.h"

#include "support/suite.h"

#include <stdio.h>
#include <string.h>

static struct rp_golden_identity recorded, here;
static struct rp_capabilities can;
static const struct rp_encoding load = {{0x48, 0x8b, 0x03}, 3}; /* mov rax, [rbx] */
static const struct rp_encoding repeated = {{0xf3, 0xa4}, 2};   /* rep movsb */

static const struct rp_outcome retired = {.kind = RP_OUTCOME_RETIRED, .length = 3};
static const struct rp_outcome by_kernel = {.kind = RP_OUTCOME_RETIRED, .length = 3, .kernel_emulated = true};
static const struct rp_outcome faulted = {
    .kind = RP_OUTCOME_TRAPPED, .vector = 14, .has_error_code = true, .error_code = 4, .cr2 = 0x123456789000};
static const struct rp_outcome refused = {.kind = RP_OUTCOME_UNSUPPORTED};
static const struct rp_outcome died = {.kind = RP_OUTCOME_DIED};

static void identify(struct rp_golden_identity *identity, const char *executor, uint32_t microcode,
                     const char *kernel)
{
    memset(identity, 0, sizeof *identity);
    snprintf(identity->executor, sizeof identity->executor, "%s", executor);
    snprintf(identity->provenance, sizeof identity->provenance, "silicon");
    snprintf(identity->kernel, sizeof identity->kernel, "%s", kernel);
    snprintf(identity->cpu.vendor, sizeof identity->cpu.vendor, "AuthenticAMD");
    identity->cpu.microcode = microcode;
}

/* What is declared of a run of `encoding` that ended like `was` when it was recorded, and now like `is`. */
static enum rp_golden_declared declared(const struct rp_encoding *encoding, const struct rp_outcome *was,
                                        const struct rp_outcome *is)
{
    static struct rp_user user;
    static struct rp_machine machine;
    static struct rp_prestate prestate;
    struct rp_golden_sides sides;
    struct rp_error error = {0};
    unsigned ring;
    assert_int_equal(rp_user_parse("rcx=5", RP_MODE_LONG64, &user, &error), RP_OK);
    assert_int_equal(rp_machine_parse("ring=3", RP_MODE_LONG64, RP_POLICY_AS_FOUND, &machine, &ring, &error),
                     RP_OK);
    assert_int_equal(rp_prestate_build(&prestate, RP_MODE_LONG64, ring, &user, &machine, &error), RP_OK);
    int result = rp_golden_sides_open(&sides, &recorded, &here, &can, RP_POLICY_AS_FOUND, &error);
    if (result)
        print_message("%s\n", error.line);
    assert_int_equal(result, RP_OK);
    const struct rp_view view[2] = {{RP_MODE_LONG64, &prestate, was, NULL, true},
                                    {RP_MODE_LONG64, &prestate, is, NULL, true}};
    struct rp_golden_difference difference = {.mode = RP_MODE_LONG64, .encoding = *encoding};
    rp_golden_declare(&sides, view, &machine, NULL, 0, &difference);
    rp_golden_sides_close(&sides);
    return (enum rp_golden_declared)difference.declared;
}

static void an_end_that_another_microcode_changes_is_a_difference(void **state)
{
    (void)state;
    identify(&recorded, "native", 0x10, "6.1");
    identify(&here, "native", 0x11, "6.1");
    assert_int_equal(declared(&load, &retired, &faulted), RP_GOLDEN_UNDECLARED);
    assert_int_equal(declared(&load, &faulted, &retired), RP_GOLDEN_UNDECLARED);
    assert_int_equal(declared(&repeated, &retired, &faulted), RP_GOLDEN_UNDECLARED);
    assert_int_equal(declared(&load, &by_kernel, &faulted), RP_GOLDEN_UNDECLARED);
    assert_int_equal(declared(&load, &retired, &died), RP_GOLDEN_UNDECLARED);
    assert_int_equal(declared(&load, &retired, &refused), RP_GOLDEN_UNHELD);
    snprintf(here.kernel, sizeof here.kernel, "6.2");
    assert_int_equal(declared(&load, &by_kernel, &faulted), RP_GOLDEN_KERNEL);
    assert_int_equal(declared(&load, &retired, &faulted), RP_GOLDEN_UNDECLARED);
}

static void between_executors_the_reason_is_named(void **state)
{
    (void)state;
    identify(&recorded, "unicorn", 0x10, "6.1");
    identify(&here, "native", 0x10, "6.1");
    assert_int_equal(declared(&load, &retired, &faulted), RP_GOLDEN_MEMORY);
    assert_int_equal(declared(&load, &retired, &by_kernel), RP_GOLDEN_KERNEL);
    assert_int_equal(declared(&repeated, &retired, &faulted), RP_GOLDEN_STRING);
    assert_int_equal(declared(&load, &retired, &refused), RP_GOLDEN_UNHELD);
    assert_int_equal(declared(&load, &retired, &died), RP_GOLDEN_UNDECLARED);
}

static void what_was_held_here_has_to_be_held_again(void **state)
{
    (void)state;
    identify(&recorded, "native", 0x10, "6.1");
    identify(&here, "native", 0x10, "6.1");
    assert_int_equal(declared(&load, &retired, &refused), RP_GOLDEN_UNDECLARED);
    assert_int_equal(declared(&load, &retired, &died), RP_GOLDEN_UNDECLARED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_that_another_microcode_changes_is_a_difference),
        cmocka_unit_test(between_executors_the_reason_is_named),
        cmocka_unit_test(what_was_held_here_has_to_be_held_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
