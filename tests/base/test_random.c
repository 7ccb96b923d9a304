/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers: a printed seed gives the same result again, on every machine and in every version. */
#include "base/random.h"
#include "support/suite.h"

#include <stdbool.h>

static void the_sequence_is_splitmix64(void **state)
{
    (void)state;
    /* The outputs for state 1234567 that implementations of splitmix64 are commonly checked against. */
    static const uint64_t expected[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                        UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                        UINT64_C(16408922859458223821)};
    struct rp_random random = {.state = 1234567};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_true(rp_random_next(&random) == expected[i]);
}

static void a_seed_and_stream_repeat(void **state)
{
    (void)state;
    struct rp_random one = rp_random_make(42, 7), other = rp_random_make(42, 7);
    for (int i = 0; i < 100; i++)
        assert_true(rp_random_next(&one) == rp_random_next(&other));
}

static void seeds_and_streams_part(void **state)
{
    (void)state;
    uint64_t seen[64];
    for (uint64_t i = 0; i < 64; i++) {
        struct rp_random random = rp_random_make(i / 8, i % 8);
        seen[i] = rp_random_next(&random);
        for (uint64_t k = 0; k < i; k++)
            assert_true(seen[k] != seen[i]);
    }
}

static void below_reaches_every_number_and_no_other(void **state)
{
    (void)state;
    struct rp_random random = rp_random_make(1, 0);
    bool seen[6] = {false};
    for (int i = 0; i < 1000; i++) {
        uint64_t number = rp_random_below(&random, 6);
        assert_true(number < 6);
        seen[number] = true;
    }
    for (size_t i = 0; i < 6; i++)
        assert_true(seen[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sequence_is_splitmix64),
        cmocka_unit_test(a_seed_and_stream_repeat),
        cmocka_unit_test(seeds_and_streams_part),
        cmocka_unit_test(below_reaches_every_number_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
