/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a sitting with AFL++ did not run is there for the next one, each once, and then is not. */
#include "campaign/fuzz_afl_left.h"
#include "fuzz/mutate.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define INPUTS 50

static void put(const struct rp_fuzz_facts *facts, struct rp_random *random, struct rp_fuzz_ring *ring)
{
    struct rp_fuzz_input input;
    rp_fuzz_generate(facts, random, &input);
    assert_true(rp_fuzz_ring_put(ring, &input, false));
}

static void what_was_not_run_is_left_for_the_next_sitting(void **state)
{
    struct rp_random random = rp_random_make(1, 1);
    struct scratch scratch;
    struct rp_fuzz_facts *facts;
    struct rp_error error;
    struct rp_fuzz_input first, input;
    struct rp_text given = {0};
    struct rp_afl_left left = {0};
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX], same[RP_FUZZ_INPUT_BYTES_MAX];
    (void)state;
    struct rp_fuzz_ring *ring =
        mmap(NULL, sizeof *ring, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(ring != MAP_FAILED);
    assert_int_equal(rp_fuzz_facts_open(1, &facts, &error), RP_OK);
    scratch_init(&scratch);
    const char *folder = scratch_path(&scratch, ".");

    /* One that was given and not committed, a writer that has died, and others. */
    rp_fuzz_generate(facts, &random, &first);
    rp_text_add_bytes(&given, (const char *)bytes, rp_fuzz_input_write(facts, &first, bytes));
    ring->put++;
    for (unsigned i = 1; i < INPUTS; i++)
        put(facts, &random, ring);
    assert_int_equal(rp_afl_left_read(&left, folder, &error), RP_OK);
    assert_false(rp_afl_left_take(&left, facts, &input));
    assert_int_equal(rp_afl_left_write(&left, folder, &given, facts, ring, &error), RP_OK);
    rp_text_free(&given);

    assert_int_equal(rp_afl_left_read(&left, folder, &error), RP_OK);
    assert_true(rp_afl_left_take(&left, facts, &input));
    size_t length = rp_fuzz_input_write(facts, &input, same);
    assert_int_equal(length, rp_fuzz_input_write(facts, &first, bytes));
    assert_memory_equal(same, bytes, length);
    assert_int_equal(rp_afl_left_write(&left, folder, &given, facts, ring, &error), RP_OK);

    unsigned count = 0;
    assert_int_equal(rp_afl_left_read(&left, folder, &error), RP_OK);
    while (rp_afl_left_take(&left, facts, &input))
        count++;
    assert_int_equal(count, INPUTS - 1);
    assert_int_equal(rp_afl_left_write(&left, folder, &given, facts, ring, &error), RP_OK);
    assert_int_not_equal(access(scratch_path(&scratch, "afl.left"), F_OK), 0);
    munmap(ring, sizeof *ring);
    rp_fuzz_facts_close(facts);
    scratch_free(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_not_run_is_left_for_the_next_sitting)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
