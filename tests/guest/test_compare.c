/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a run's registers is a change, where the guest stores them as it finds them. */
#include "guest/guest.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static struct rp_guest_shared *shared;
static struct rp_change changes[RP_GUEST_COMPARED];

/* A guest whose job 0 has left everything as it was. */
static int set_up(void **state)
{
    (void)state;
    shared = calloc(1, sizeof *shared);
    assert_non_null(shared);
    shared->bits = 64;
    shared->after_size = sizeof shared->after[0];
    struct rp_state *before = &shared->slot[7].state;
    for (unsigned i = 0; i < RP_REG_FCW; i++)
        before->reg[i] = shared->after[0].reg[i] = 0x1000 + i;
    shared->job[0].slot = 7;
    shared->result[0].saved = RP_GUEST_SAVED_COMMON;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(shared);
    return 0;
}

static void assert_one(uint32_t component, uint64_t value)
{
    assert_int_equal(rp_guest_compare(shared, 0, changes), 1);
    assert_int_equal(changes[0].component, component);
    assert_int_equal(changes[0].value, value);
}

static void nothing_is_a_change_of_nothing(void **state)
{
    (void)state;
    assert_int_equal(rp_guest_compare(shared, 0, changes), 0);
}

static void a_register_and_a_word_of_each_part_of_the_area_are_found(void **state)
{
    (void)state;
    shared->after[0].reg[RP_REG_CR2] = 5;
    assert_one(RP_REG_CR2, 5);
    shared->after[0].reg[RP_REG_CR2] = 0x1000 + RP_REG_CR2;
    uint64_t *word = shared->after[0].area.word;
    static const struct {
        unsigned word;
        uint32_t component;
    } parts[] = {{RP_GUEST_AREA_ST + 2, RP_REG_ST0 + 2},
                 {RP_GUEST_AREA_XMM + 2 * 15 + 1, RP_COMPONENT_VECTOR + 15 * RP_VECTOR_WORDS_EACH + 1},
                 {RP_GUEST_AREA_AVX, RP_COMPONENT_VECTOR + 2}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        word[parts[i].word] = 9;
        assert_one(parts[i].component, 9);
        word[parts[i].word] = 0;
    }
}

static void avx_512_is_a_change_where_it_was_saved_and_the_cpu_has_it(void **state)
{
    (void)state;
    shared->after[0].area.word[RP_GUEST_AREA_MASKS] = 3;
    assert_int_equal(rp_guest_compare(shared, 0, changes), 0);
    shared->result[0].saved = RP_GUEST_SAVED_ALL;
    assert_one(RP_COMPONENT_VECTOR + RP_VECTOR_MASKS, 3);
    shared->lacks[RP_REG_XCR0] = RP_XCR0_AVX512;
    assert_int_equal(rp_guest_compare(shared, 0, changes), 0);
}

static void what_no_guest_can_read_is_no_change(void **state)
{
    (void)state;
    shared->after[0].reg[RP_REG_PMC] = 1;
    assert_int_equal(rp_guest_compare(shared, 0, changes), 0);
    shared->after[0].reg[RP_REG_R8] = 1;
    assert_one(RP_REG_R8, 1);
    shared->bits = 32;
    assert_int_equal(rp_guest_compare(shared, 0, changes), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_a_change_of_nothing),
        TEST(a_register_and_a_word_of_each_part_of_the_area_are_found),
        TEST(avx_512_is_a_change_where_it_was_saved_and_the_cpu_has_it),
        TEST(what_no_guest_can_read_is_no_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
