/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Components: each word of a state has one number, one name and one owner; the differ finds what differs. */
#include "state/component.h"
#include "state/resources.h"
#include "support/suite.h"

#include <string.h>

/* Calls `check` with the number of every component. */
static void each_component(void (*check)(uint32_t component))
{
    for (uint32_t c = 0; c < RP_REG_COUNT; c++)
        check(c);
    for (uint32_t c = 0; c < RP_VECTOR_WORDS; c++)
        check(RP_COMPONENT_VECTOR + c);
    for (uint32_t c = 0; c < RP_IMAGE_WORDS; c++)
        check(RP_COMPONENT_MEMORY + c);
}

static void check_name(uint32_t component)
{
    char name[RP_COMPONENT_NAME_MAX];
    uint32_t found = UINT32_MAX;
    assert_ptr_equal(rp_component_name(component, name), name);
    assert_true(rp_component_find(name, &found));
    assert_int_equal(found, component);
}

static void names_round_trip(void **state)
{
    (void)state;
    each_component(check_name);
}

static void names_are_as_people_write_them(void **state)
{
    (void)state;
    char name[RP_COMPONENT_NAME_MAX];
    assert_string_equal(rp_component_name(RP_REG_RAX, name), "rax");
    assert_string_equal(rp_component_name(RP_REG_CS_ATTRIBUTES, name), "cs.attributes");
    assert_string_equal(rp_component_name(RP_COMPONENT_VECTOR + 3 * RP_VECTOR_WORDS_EACH + 1, name),
                        "zmm3.1");
    assert_string_equal(rp_component_name(RP_COMPONENT_VECTOR + RP_VECTOR_MASKS + 1, name), "k1");
    assert_string_equal(rp_component_name(RP_COMPONENT_MEMORY + 0x80, name), "data+400");
    assert_string_equal(rp_component_name(rp_component_window(RP_WINDOW_GDT) + 16, name), "gdt+80");
}

static void other_names_are_not_found(void **state)
{
    (void)state;
    static const char *const names[] = {"",
                                        "raxx",
                                        "RAX",
                                        "zmm32.0",
                                        "zmm0.8",
                                        "k8",
                                        "data",
                                        "data+",
                                        "data+401",
                                        "data+2000",
                                        "data+-8",
                                        "idt+0",
                                        "gdt+200",
                                        "data+zz",
                                        "stack+1x",
                                        "ldt+40",
                                        "tss+80",
                                        "zmm",
                                        "data+10000000000000000"};
    uint32_t component;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (rp_component_find(names[i], &component))
            fail_msg("'%s' is found", names[i]);
}

static void a_window_knows_its_place(void **state)
{
    (void)state;
    uint32_t words = 0, offset = 0;
    for (unsigned w = 0; w < RP_WINDOW_COUNT; w++) {
        uint32_t first = rp_component_window(w), size = rp_window_info(w)->size;
        assert_int_equal(first, RP_COMPONENT_MEMORY + words);
        assert_int_equal(rp_component_place(first, &offset), w);
        assert_int_equal(offset, 0);
        assert_int_equal(rp_component_place(first + size / 8 - 1, &offset), w);
        assert_int_equal(offset, size - 8);
        words += size / 8;
    }
    assert_int_equal(words, RP_IMAGE_WORDS);
    assert_int_equal(rp_component_place(RP_COMPONENT_MEMORY + words, &offset), RP_WINDOW_COUNT);
    assert_int_equal(rp_component_place(RP_REG_RAX, &offset), RP_WINDOW_COUNT);
}

static uint64_t user_bits(uint32_t component, enum rp_mode mode)
{
    uint64_t mask;
    bool user = rp_component_user(component, mode, &mask);
    assert_int_equal(user, mask != 0);
    return mask;
}

/* METHOD, "The state". */
static void owners_are_those_of_method(void **state)
{
    (void)state;
    assert_int_equal(user_bits(RP_REG_RAX, RP_MODE_PROT32), UINT64_MAX);
    assert_int_equal(user_bits(RP_REG_RFLAGS, RP_MODE_PROT32) & (RP_FLAG_IF | RP_FLAG_IOPL | RP_FLAG_VM), 0);
    assert_int_equal(user_bits(RP_REG_RFLAGS, RP_MODE_PROT32) & (RP_FLAG_VIF | RP_FLAG_VIP), 0);
    uint64_t own = RP_FLAG_TF | RP_FLAG_AC | RP_FLAG_ID | RP_FLAG_NT | RP_FLAG_RF | RP_FLAG_CF | RP_FLAG_DF;
    assert_int_equal(user_bits(RP_REG_RFLAGS, RP_MODE_PROT32) & own, own);
    assert_int_equal(user_bits(RP_REG_CR0, RP_MODE_REAL16), 0);
    assert_int_equal(user_bits(RP_REG_MXCSR, RP_MODE_LONG64), UINT64_MAX);
    assert_int_equal(user_bits(RP_COMPONENT_VECTOR, RP_MODE_LONG64), UINT64_MAX);
    assert_int_equal(user_bits(RP_COMPONENT_MEMORY, RP_MODE_LONG64), UINT64_MAX);
    assert_int_equal(user_bits(rp_component_window(RP_WINDOW_STACK), RP_MODE_LONG64), UINT64_MAX);
    for (unsigned w = RP_WINDOW_GDT; w < RP_WINDOW_COUNT; w++)
        assert_int_equal(user_bits(rp_component_window(w), RP_MODE_VM86), 0);
}

static void segment_registers_are_the_programs_where_nothing_guards_them(void **state)
{
    (void)state;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        for (unsigned reg = RP_REG_ES; reg <= RP_REG_GS; reg += 4) {
            bool own = m == RP_MODE_VM86 || m == RP_MODE_REAL16;
            assert_int_equal(user_bits(reg, m), own ? UINT64_MAX : 0);
            assert_int_equal(user_bits(reg + 1, m), own ? UINT64_MAX : 0);
            assert_int_equal(user_bits(reg + 2, m), 0); /* big real mode is the supervisor's doing */
        }
}

static void the_differ_finds_each_word_that_differs_under_the_mask(void **state)
{
    (void)state;
    const uint64_t before[4] = {1, 2, 3, 4}, after[4] = {1, 0x102, 7, 4}, ignored[4] = {0, 0xff, 4, 0};
    struct rp_change changes[4];
    assert_int_equal(rp_diff(before, after, NULL, 4, 100, changes, 4), 2);
    assert_int_equal(changes[0].component, 101);
    assert_int_equal(changes[0].value, 0x102);
    assert_int_equal(changes[1].component, 102);
    assert_int_equal(rp_diff(before, after, ignored, 4, 100, changes, 4), 1);
    assert_int_equal(changes[0].component, 101);
    assert_int_equal(changes[0].value, 0x102);
    assert_int_equal(rp_diff(before, before, NULL, 4, 100, changes, 4), 0);
}

/* Ignored bits keep the value from before, so that equal outcomes hash alike. */
static void a_change_shows_ignored_bits_as_they_were(void **state)
{
    (void)state;
    const uint64_t before = 0x10, after = 0x2f, ignored = 0xf;
    struct rp_change change;
    assert_int_equal(rp_diff(&before, &after, &ignored, 1, 0, &change, 1), 1);
    assert_int_equal(change.value, 0x20);
}

static void the_differ_counts_what_does_not_fit(void **state)
{
    (void)state;
    const uint64_t before[3] = {0}, after[3] = {1, 1, 1};
    struct rp_change changes[2] = {{0, 0}, {7, 7}};
    assert_int_equal(rp_diff(before, after, NULL, 3, 0, changes, 1), 3);
    assert_int_equal(changes[1].component, 7);
}

static void drifting_and_harness_owned_bits_are_ignored(void **state)
{
    (void)state;
    uint64_t ignored[RP_REG_COUNT];
    rp_registers_ignored(ignored);
    assert_int_equal(ignored[RP_REG_TSC], UINT64_MAX); /* M-NOISE */
    assert_int_equal(ignored[RP_REG_RFLAGS], RP_FLAG_RF);
    assert_int_equal(ignored[RP_REG_FCS], UINT64_MAX); /* M-CARRIER */
    assert_int_equal(ignored[RP_REG_FDS], UINT64_MAX);
    assert_int_equal(ignored[RP_REG_CR0] | ignored[RP_REG_RAX] | ignored[RP_REG_GDTR_BASE], 0);
}

/* So that the fields of a witness line can be found by the names of the whole registers. */
static void a_resource_that_is_a_whole_register_has_its_name(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const struct rp_resource_info *info = rp_resource_info(r);
        uint32_t component = UINT32_MAX;
        if (info->place.kind == RP_PLACE_BITS && info->place.width == 64) {
            assert_true(rp_component_find(info->name, &component));
            assert_int_equal(component, info->place.reg);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_round_trip),
        cmocka_unit_test(names_are_as_people_write_them),
        cmocka_unit_test(other_names_are_not_found),
        cmocka_unit_test(a_window_knows_its_place),
        cmocka_unit_test(owners_are_those_of_method),
        cmocka_unit_test(segment_registers_are_the_programs_where_nothing_guards_them),
        cmocka_unit_test(the_differ_finds_each_word_that_differs_under_the_mask),
        cmocka_unit_test(a_change_shows_ignored_bits_as_they_were),
        cmocka_unit_test(the_differ_counts_what_does_not_fit),
        cmocka_unit_test(drifting_and_harness_owned_bits_are_ignored),
        cmocka_unit_test(a_resource_that_is_a_whole_register_has_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
