/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of memory words behave as memory. */
#include "base/random.h"
#include "state/prestate.h"
#include "support/suite.h"

#include <string.h>

static void words_read_back_in_any_order_of_writing(void **state)
{
    (void)state;
    static struct rp_memory memory;
    unsigned char model[0x100];
    struct rp_random random = rp_random_make(7, 0);
    for (size_t i = 0; i < sizeof model; i += 8)
        memcpy(model + i, &(uint64_t){RP_MEMORY_FILL}, 8);
    for (unsigned n = 0; n < 2000; n++) {
        uint64_t bytes[2] = {rp_random_next(&random), rp_random_next(&random)};
        uint32_t at = (uint32_t)rp_random_below(&random, sizeof model - 16);
        size_t length = rp_random_below(&random, 17);
        assert_int_equal(rp_memory_write(&memory, RP_ARENA_DATA + at, bytes, length, NULL), RP_OK);
        memcpy(model + at, bytes, length);
        uint32_t look = (uint32_t)rp_random_below(&random, sizeof model / 8) * 8;
        uint64_t wanted;
        memcpy(&wanted, model + look, 8);
        assert_int_equal(rp_memory_get(&memory, RP_ARENA_DATA + look + (n & 7)), wanted);
    }
    for (uint32_t i = 1; i < memory.count; i++)
        assert_true(memory.word[i - 1].address < memory.word[i].address);
}

static void what_was_never_set_is_the_fill_or_zero(void **state)
{
    (void)state;
    const struct rp_memory memory = {0};
    assert_int_equal(rp_memory_get(&memory, RP_ARENA_DATA + 3), RP_MEMORY_FILL);
    assert_int_equal(rp_memory_get(&memory, RP_ARENA_STACK), RP_MEMORY_FILL);
    assert_int_equal(rp_memory_get(&memory, RP_ARENA_SYSTEM), 0);
}

static void a_full_list_complains_and_keeps_what_it_has(void **state)
{
    (void)state;
    static struct rp_memory memory;
    struct rp_error error;
    for (uint32_t i = 0; i < RP_MEMORY_WORDS_MAX; i++)
        assert_int_equal(rp_memory_set(&memory, RP_ARENA_DATA + 8 * i, i, NULL), RP_OK);
    assert_int_equal(rp_memory_set(&memory, RP_ARENA_STACK, 1, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "at most 192 words"));
    assert_int_equal(rp_memory_set(&memory, RP_ARENA_DATA, 99, NULL), RP_OK); /* one that is there */
    assert_int_equal(rp_memory_get(&memory, RP_ARENA_DATA), 99);
    assert_int_equal(memory.count, RP_MEMORY_WORDS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_read_back_in_any_order_of_writing),
        cmocka_unit_test(what_was_never_set_is_the_fill_or_zero),
        cmocka_unit_test(a_full_list_complains_and_keeps_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
