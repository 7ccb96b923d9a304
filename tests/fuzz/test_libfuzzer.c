/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entry for libFuzzer, driven by hand: inputs are run and marked, also what is none; mutants are legal.
 */
#include "fuzz/feedback.h"
#include "fuzz/mutate.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define INPUTS 300

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t max_length, unsigned seed);

/* The linker's names for the section of counters. */
extern uint8_t __start___libfuzzer_extra_counters[], __stop___libfuzzer_extra_counters[];

static struct rp_fuzz_facts *facts;

static int initialize(void **state)
{
    struct rp_error error;
    (void)state;
    setenv("RINGPROBE_FUZZ_EXECUTORS", "unicorn", 1);
    setenv("RINGPROBE_FUZZ_MODES", "9", 1); /* long64, prot32 */
    setenv("RINGPROBE_FUZZ_FINDINGS", "0", 1);
    return rp_fuzz_facts_open(9, &facts, &error) ? -1 : LLVMFuzzerInitialize(NULL, NULL);
}

static size_t marks(uint64_t *hash)
{
    size_t count = 0;
    *hash = 0;
    for (const uint8_t *at = __start___libfuzzer_extra_counters; at < __stop___libfuzzer_extra_counters;
         at++) {
        count += *at != 0;
        *hash = *hash * 31 + *at;
    }
    return count;
}

static void run(const uint8_t *bytes, size_t length)
{
    memset(__start___libfuzzer_extra_counters, 0,
           (size_t)(__stop___libfuzzer_extra_counters - __start___libfuzzer_extra_counters));
    assert_int_equal(LLVMFuzzerTestOneInput(bytes, length), 0);
}

static void each_input_is_marked_by_its_behaviour(void **state)
{
    struct rp_random random = rp_random_make(1, 1);
    uint64_t hash, again, different = 0, last = 0;
    (void)state;
    assert_int_equal(__stop___libfuzzer_extra_counters - __start___libfuzzer_extra_counters, 65536);
    for (unsigned i = 0; i < INPUTS; i++) {
        struct rp_fuzz_input input;
        uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
        rp_fuzz_generate(facts, &random, &input);
        size_t length = rp_fuzz_input_write(facts, &input, bytes);
        run(bytes, length);
        assert_true(marks(&hash) >= 3); /* name, coarse, whole */
        run(bytes, 1);                  /* another one in between */
        run(bytes, length);
        marks(&again);
        assert_int_equal(hash, again);
        different += hash != last;
        last = hash;
    }
    assert_true(different > INPUTS / 2);
}

static void what_is_no_input_is_run_all_the_same_or_not_at_all(void **state)
{
    struct rp_random random = rp_random_make(2, 1);
    uint8_t bytes[256];
    (void)state;
    run(bytes, 0);
    for (unsigned i = 0; i < INPUTS; i++) {
        size_t length = 1 + rp_random_below(&random, sizeof bytes);
        for (size_t k = 0; k < length; k++)
            bytes[k] = (uint8_t)rp_random_next(&random);
        for (unsigned k = 0; k < 4 && i % 2; k++)
            bytes[k] = (uint8_t) "rpf1"[k];
        run(bytes, length);
    }
}

static void mutants_can_be_read_and_are_as_long_as_they_may_be(void **state)
{
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX] = "x";
    size_t length = 1;
    (void)state;
    for (unsigned i = 0; i < INPUTS; i++) {
        struct rp_fuzz_input input;
        struct rp_error error;
        size_t used;
        bool cut;
        length = LLVMFuzzerCustomMutator(bytes, length, sizeof bytes, i);
        assert_int_equal(rp_fuzz_input_read(facts, bytes, length, &input, &used, &cut, &error), RP_OK);
        assert_true(input.mode == RP_MODE_LONG64 || input.mode == RP_MODE_PROT32);
    }
    assert_int_equal(LLVMFuzzerCustomMutator(bytes, length, 5, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_input_is_marked_by_its_behaviour),
                                       cmocka_unit_test(what_is_no_input_is_run_all_the_same_or_not_at_all),
                                       cmocka_unit_test(mutants_can_be_read_and_are_as_long_as_they_may_be)};
    return cmocka_run_group_tests(tests, initialize, NULL);
}
