/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Outcomes: two are equal by hash where they are equal, and growing keeps them. */
#include "executor/outcome.h"
#include "support/suite.h"

#include <string.h>

/* The hash of `outcome` with `count` changes. */
static uint64_t hash_of(struct rp_outcome outcome, const struct rp_change *changes, size_t count)
{
    struct rp_outcomes outcomes = {0};
    assert_int_equal(rp_outcomes_reserve(&outcomes, 1, count, NULL), RP_OK);
    for (size_t i = 0; i < count; i++)
        outcomes.change[outcomes.change_count++] = changes[i];
    rp_outcome_seal(&outcomes, &outcome, 0);
    assert_int_equal(outcome.first, 0);
    assert_int_equal(outcome.count, count);
    rp_outcomes_free(&outcomes);
    return outcome.hash;
}

static const struct rp_outcome trapped = {
    .kind = RP_OUTCOME_TRAPPED, .vector = 14, .has_error_code = true, .error_code = 5, .cr2 = 0x1000};
static const struct rp_change changes[] = {{1, 10}, {2, 20}};

static void each_part_of_an_outcome_tells_it_apart(void **state)
{
    (void)state;
    struct rp_outcome other[7] = {trapped, trapped, trapped, trapped, trapped, trapped, trapped};
    other[1].kind = RP_OUTCOME_ENTERED;
    other[2].vector = 13;
    other[3].has_error_code = false;
    other[4].error_code = 4;
    other[5].cr2 = 0x1008;
    other[6].gate = RP_GATE_SYSCALL;
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(hash_of(other[i], changes, 2) != hash_of(other[j], changes, 2));
}

static void each_part_of_a_change_tells_it_apart(void **state)
{
    (void)state;
    static const struct rp_change other[][2] = {
        {{1, 10}, {2, 20}}, {{1, 11}, {2, 20}}, {{1, 10}, {3, 20}}, {{2, 20}, {1, 10}}, {{1, 20}, {2, 10}}};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        for (size_t j = 0; j < i; j++)
            assert_true(hash_of(trapped, other[i], 2) != hash_of(trapped, other[j], 2));
        assert_true(hash_of(trapped, other[i], 2) != hash_of(trapped, other[i], 1));
        assert_true(hash_of(trapped, other[i], 1) != hash_of(trapped, other[i], 0));
    }
}

/* An executor that can't tell the length, or another one, has shown the same. */
static void length_and_provenance_do_not(void **state)
{
    (void)state;
    struct rp_outcome other = trapped;
    other.length = 3;
    other.provenance = RP_PROVENANCE_SILICON;
    assert_true(hash_of(other, changes, 2) == hash_of(trapped, changes, 2));
}

static void an_outcome_owns_the_changes_behind_it(void **state)
{
    (void)state;
    struct rp_outcomes outcomes = {0};
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(rp_outcomes_reserve(&outcomes, 1, 2, NULL), RP_OK);
        size_t first = outcomes.change_count;
        for (unsigned j = 0; j < i % 3; j++)
            outcomes.change[outcomes.change_count++] = (struct rp_change){j, i};
        struct rp_outcome *outcome = &outcomes.outcome[outcomes.count++];
        *outcome = (struct rp_outcome){.kind = RP_OUTCOME_RETIRED};
        rp_outcome_seal(&outcomes, outcome, first);
    }
    for (unsigned i = 0; i < 1000; i++) {
        const struct rp_outcome *outcome = &outcomes.outcome[i];
        assert_int_equal(outcome->count, i % 3);
        for (unsigned j = 0; j < outcome->count; j++) {
            assert_int_equal(outcomes.change[outcome->first + j].component, j);
            assert_int_equal(outcomes.change[outcome->first + j].value, i);
        }
    }
    size_t capacity = outcomes.capacity;
    rp_outcomes_clear(&outcomes);
    assert_int_equal(outcomes.count + outcomes.change_count, 0);
    assert_int_equal(outcomes.capacity, capacity);
    rp_outcomes_free(&outcomes);
    assert_null(outcomes.outcome);
}

/* AddressSanitizer otherwise ends the process where malloc returns NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void too_many_outcomes_are_an_error(void **state)
{
    (void)state;
    struct rp_outcomes outcomes = {0};
    struct rp_error error;
    assert_int_equal(rp_outcomes_reserve(&outcomes, (size_t)1 << 50, 0, &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, "out of memory for 1125899906842624 outcomes"));
    rp_outcomes_free(&outcomes);
}

static void names_are_those_of_the_manual(void **state)
{
    (void)state;
    static const char *const kinds[] = {"retired", "entered", "trapped",    "vm-exit",
                                        "hung",    "died",    "unsupported"};
    for (int kind = 0; kind < RP_OUTCOME_COUNT; kind++)
        assert_string_equal(rp_outcome_kind_name((enum rp_outcome_kind)kind), kinds[kind]);
    assert_string_equal(rp_provenance_name(RP_PROVENANCE_SILICON), "silicon");
    assert_string_equal(rp_provenance_name(RP_PROVENANCE_EMULATED), "emulated");
    assert_string_equal(rp_provenance_name(RP_PROVENANCE_KVM_EMULATED), "kvm-emulated");
    assert_string_equal(rp_provenance_name(RP_PROVENANCE_PVM), "pvm");
}

static void entered_counts_as_retired(void **state)
{
    (void)state;
    for (int kind = 0; kind < RP_OUTCOME_COUNT; kind++) {
        const struct rp_outcome outcome = {.kind = (uint8_t)kind};
        assert_int_equal(rp_outcome_retired(&outcome),
                         kind == RP_OUTCOME_RETIRED || kind == RP_OUTCOME_ENTERED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_of_an_outcome_tells_it_apart),
        cmocka_unit_test(each_part_of_a_change_tells_it_apart),
        cmocka_unit_test(length_and_provenance_do_not),
        cmocka_unit_test(an_outcome_owns_the_changes_behind_it),
        cmocka_unit_test(too_many_outcomes_are_an_error),
        cmocka_unit_test(names_are_those_of_the_manual),
        cmocka_unit_test(entered_counts_as_retired),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
