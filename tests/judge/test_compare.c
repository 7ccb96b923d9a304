/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What counts as a difference between two runs, and what METHOD's rules keep out. */
#include "judge/views.h"
#include "support/suite.h"

#define ALL UINT64_MAX

static struct rp_difference found[8];

static size_t user(const struct rp_view *a, const struct rp_view *b)
{
    return rp_compare_user(a, b, NULL, found, 8);
}

static size_t effects(const struct rp_view *view)
{
    return rp_compare_effects(view, NULL, found, 8);
}

static void equal_runs_do_not_differ(void **state)
{
    (void)state;
    struct rp_view a = view_make(RP_MODE_PROT32, 3), b = view_make(RP_MODE_PROT32, 3);
    assert_int_equal(user(&a, &b), 0);
    view_change(&a, RP_REG_RAX, ALL, 7);
    view_change(&b, RP_REG_RAX, ALL, 7);
    assert_int_equal(user(&a, &b), 0);
    assert_true(rp_compare_same_effects(&a, &b, NULL));
}

static void a_word_that_one_run_changed_differs_from_what_the_other_kept(void **state)
{
    (void)state;
    struct rp_view a = view_make(RP_MODE_PROT32, 3), b = view_make(RP_MODE_PROT32, 3);
    view_change(&a, RP_REG_RAX, 0xff, 0x12);
    view_change(&b, RP_REG_RCX, ALL, 5);
    view_change(&b, RP_COMPONENT_VECTOR + 8, ALL, 9);
    view_change(&b, RP_COMPONENT_MEMORY + 1, ALL, 9);
    assert_int_equal(user(&a, &b), 4);
    assert_int_equal(found[0].component, RP_REG_RAX);
    assert_int_equal(found[0].bits, 0x12);
    assert_int_equal(found[1].component, RP_REG_RCX);
    assert_int_equal(found[1].value[0], 1);
    assert_int_equal(found[1].value[1], 5);
    assert_int_equal(found[3].value[0], RP_MEMORY_FILL);
    assert_int_equal(rp_compare_user(&a, &b, NULL, found, 1), 4); /* counts what does not fit */
}

static void privileged_state_is_no_difference_of_the_programs_and_an_effect(void **state)
{
    (void)state;
    struct rp_view a = view_make(RP_MODE_PROT32, 3), b = view_make(RP_MODE_PROT32, 3);
    view_change(&a, RP_REG_RFLAGS, RP_FLAG_IF, 0);
    view_change(&a, RP_REG_CR0, 0x20, 0);
    assert_int_equal(user(&a, &b), 0);
    assert_int_equal(effects(&a), 2);
    assert_int_equal(found[0].bits, RP_FLAG_IF);
    assert_int_equal(rp_difference_resource(&found[0]), RP_RESOURCE_RFLAGS_IF);
    assert_int_equal(rp_difference_resource(&found[1]), RP_RESOURCE_CR0_NE);
    assert_int_equal(effects(&b), 0);
    assert_false(rp_compare_same_effects(&a, &b, NULL));
}

/* IRETD in ring 0: IF, IOPL, VIF and VIP in one register, CF with them. */
static void every_resource_of_a_register_that_changed_is_named(void **state)
{
    (void)state;
    enum rp_resource resources[64];
    struct rp_view a = view_make(RP_MODE_PROT32, 0);
    uint64_t bits = RP_FLAG_IF | RP_FLAG_IOPL | UINT64_C(1) << 20;
    view_change(&a, RP_REG_RFLAGS, bits | RP_FLAG_CF, a.prestate->state.reg[RP_REG_RFLAGS] ^ bits);
    assert_int_equal(effects(&a), 1);
    assert_int_equal(rp_difference_resources(&found[0], resources), 3);
    assert_int_equal(resources[0], RP_RESOURCE_RFLAGS_IF);
    assert_int_equal(resources[1], RP_RESOURCE_RFLAGS_IOPL);
    assert_int_equal(resources[2], RP_RESOURCE_RFLAGS_VIP);
    found[0] = (struct rp_difference){.component = RP_REG_RAX, .bits = 6};
    assert_int_equal(rp_difference_resources(&found[0], resources), 1);
    assert_int_equal(resources[0], RP_RESOURCE_NONE);
}

/* METHOD: they are U. */
static void the_programs_own_flags_are_no_effect(void **state)
{
    (void)state;
    struct rp_view a = view_make(RP_MODE_PROT32, 3), b = view_make(RP_MODE_PROT32, 3);
    uint64_t own = RP_FLAG_TF | RP_FLAG_AC | RP_FLAG_ID | RP_FLAG_NT | RP_FLAG_CF | RP_FLAG_DF;
    view_change(&a, RP_REG_RFLAGS, own | RP_FLAG_RF, own | RP_FLAG_RF);
    assert_int_equal(effects(&a), 0);
    assert_int_equal(user(&a, &b), 1);
    assert_int_equal(found[0].bits, own); /* M-NOISE: RF is never compared */
}

/* M-CARRIER */
static void what_carries_the_ring_is_neither_difference_nor_effect(void **state)
{
    (void)state;
    struct rp_view a = view_make(RP_MODE_PROT32, 0), b = view_make(RP_MODE_PROT32, 3);
    view_change(&a, RP_REG_CS, 3, 3);
    view_change(&a, RP_REG_SS_ATTRIBUTES, RP_ATTRIBUTE_DPL, RP_ATTRIBUTE_DPL);
    view_change(&a, RP_REG_FCS, ALL, 8);
    view_change(&a, RP_REG_FDS, ALL, 8);
    assert_int_equal(user(&a, &b), 0);
    assert_int_equal(effects(&a), 0);
    assert_true(rp_compare_same_effects(&a, &b, NULL));
}

/* M-CARRIER: MOV r, CS and PUSH CS. */
static void what_an_instruction_stores_of_the_ring_is_a_difference(void **state)
{
    (void)state;
    struct rp_view a = view_make(RP_MODE_PROT32, 0), b = view_make(RP_MODE_PROT32, 3);
    view_change(&a, RP_REG_RAX, ALL, a.prestate->state.reg[RP_REG_CS]);
    view_change(&b, RP_REG_RAX, ALL, b.prestate->state.reg[RP_REG_CS]);
    assert_int_equal(user(&a, &b), 1);
}

static void another_index_in_cs_is_an_effect(void **state)
{
    (void)state;
    struct rp_view a = view_make(RP_MODE_PROT32, 3);
    view_change(&a, RP_REG_CS, ALL, RP_SELECTOR_PROBE_CODE | 3);
    assert_int_equal(effects(&a), 1);
    assert_int_equal(rp_difference_resource(&found[0]), RP_RESOURCE_CS_SELECTOR);
}

static void what_each_ring_began_with_is_no_effect(void **state)
{
    (void)state;
    struct rp_view a = view_make(RP_MODE_PROT32, 0), b = view_make(RP_MODE_PROT32, 3);
    assert_int_not_equal(a.prestate->state.reg[RP_REG_CR3], b.prestate->state.reg[RP_REG_CR3]);
    view_change(&a, RP_REG_DS, ALL, RP_SELECTOR_PROBE_DATA);
    view_change(&b, RP_REG_DS, ALL, RP_SELECTOR_PROBE_DATA);
    assert_true(rp_compare_same_effects(&a, &b, NULL));
}

static void effects_that_end_differently_are_not_the_same(void **state)
{
    (void)state;
    struct rp_view a = view_make(RP_MODE_PROT32, 0), b = view_make(RP_MODE_PROT32, 3);
    view_change(&a, RP_REG_DS, ALL, RP_SELECTOR_PROBE_DATA);
    view_change(&b, RP_REG_DS, ALL, RP_SELECTOR_PROBE_DATA | 3);
    assert_false(rp_compare_same_effects(&a, &b, NULL));
}

static uint32_t stack_word(uint32_t offset)
{
    return rp_component_window(RP_WINDOW_STACK) + offset / 8;
}

/* M-MEMORY */
static void bytes_below_both_final_stack_pointers_are_nobodys(void **state)
{
    (void)state;
    struct rp_view a = view_make(RP_MODE_PROT32, 0), b = view_make(RP_MODE_PROT32, 3);
    view_change(&a, stack_word(0xff8), ALL, 1); /* RSP is 1000h, both */
    assert_int_equal(user(&a, &b), 0);
    a = view_make(RP_MODE_PROT32, 0);
    view_change(&a, RP_REG_RSP, 0xffff, 0x0ff8);
    view_change(&a, stack_word(0xff8), ALL, 1);
    assert_int_equal(user(&a, &b), 2); /* pushed in one run */
    a = view_make(RP_MODE_PROT32, 0);
    view_change(&a, stack_word(0x1000), ALL, 1);
    assert_int_equal(user(&a, &b), 1); /* at the pointer */
}

static void with_a_16_bit_stack_the_upper_half_of_the_pointer_does_not_count(void **state)
{
    (void)state;
    struct rp_view a = view_make(RP_MODE_PROT16, 0), b = view_make(RP_MODE_PROT16, 3);
    view_change(&a, RP_REG_RSP, 0xffff0000, 0x50000);
    view_change(&a, stack_word(0x100), ALL, 1);
    assert_int_equal(user(&a, &b), 1);
    assert_int_equal(found[0].component, RP_REG_RSP);
}

/* After a change of stacks the old one is compared whole. */
static void a_stack_pointer_elsewhere_hides_nothing(void **state)
{
    (void)state;
    struct rp_view a = view_make(RP_MODE_PROT32, 0), b = view_make(RP_MODE_PROT32, 3);
    view_change(&a, RP_REG_RSP, ALL, RP_ARENA_STACK0_TOP - 8);
    view_change(&a, stack_word(0x100), ALL, 1);
    assert_int_equal(user(&a, &b), 2);
}

static void a_word_of_system_memory_is_an_effect_of_the_descriptor_there(void **state)
{
    (void)state;
    static const struct {
        enum rp_window window;
        uint32_t offset;
        enum rp_resource resource;
    } rows[] = {{RP_WINDOW_GDT, RP_SELECTOR_PROBE_DATA, RP_RESOURCE_PROBE_DATA_A},
                {RP_WINDOW_GDT_COPY, RP_SELECTOR_PROBE_CODE, RP_RESOURCE_PROBE_CODE_A},
                {RP_WINDOW_LDT, 0, RP_RESOURCE_PROBE_LDT_DATA_A},
                {RP_WINDOW_LDT, 8, RP_RESOURCE_PROBE_LDT_CODE_A},
                {RP_WINDOW_GDT, RP_SELECTOR_PROBE_TSS, RP_RESOURCE_PROBE_TSS_TYPE},
                {RP_WINDOW_TSS, 0x20, RP_RESOURCE_TSS}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rp_view a = view_make(RP_MODE_PROT32, 3), b = view_make(RP_MODE_PROT32, 3);
        view_change(&a, rp_component_window(rows[i].window) + rows[i].offset / 8, ALL, 0x00cff3000000ffff);
        assert_int_equal(effects(&a), 1); /* M-ACCESSED: preset elsewhere, so a write shows */
        assert_int_equal(rp_difference_resource(&found[0]), rows[i].resource);
        assert_int_equal(user(&a, &b), 0);
    }
}

static void segment_registers_of_vm86_are_compared_as_the_programs(void **state)
{
    (void)state;
    struct rp_view a = view_make(RP_MODE_REAL16, 0), b = view_make(RP_MODE_VM86, 3);
    a.mode = RP_MODE_VM86;
    assert_int_equal(user(&a, &b), 0);
    view_change(&a, RP_REG_DS, ALL, 0x1000);
    assert_int_equal(effects(&a), 0);
    assert_int_equal(user(&a, &b), 1);
}

/* M-NOISE */
static void cells_that_vary_by_themselves_are_masked(void **state)
{
    (void)state;
    struct rp_noise noise = {0};
    struct rp_view a = view_make(RP_MODE_PROT32, 3), again = view_make(RP_MODE_PROT32, 3);
    view_change(&a, RP_REG_RAX, ALL, 1);
    view_change(&again, RP_REG_RAX, ALL, 2);
    rp_compare_noise(&a, &again, &noise);
    rp_compare_noise(&a, &again, &noise);
    assert_int_equal(noise.count, 1);
    struct rp_view b = view_make(RP_MODE_PROT32, 3);
    view_change(&b, RP_REG_RAX, ALL, 3);
    view_change(&b, RP_REG_RDX, ALL, 1);
    assert_int_equal(rp_compare_user(&a, &b, &noise, found, 8), 1);
    assert_int_equal(found[0].component, RP_REG_RDX);
}

static void more_noise_than_is_kept_hides_everything(void **state)
{
    (void)state;
    struct rp_noise noise = {0};
    struct rp_view a = view_make(RP_MODE_LONG64, 3), b = view_make(RP_MODE_LONG64, 3);
    for (uint32_t i = 0; i <= RP_NOISE_MAX; i++)
        view_change(&a, RP_COMPONENT_MEMORY + i, ALL, i);
    rp_compare_noise(&a, &b, &noise);
    assert_true(noise.overflow);
    assert_int_equal(rp_compare_user(&a, &b, &noise, found, 8), 0);
}

/* M-UNDEFINED: AND leaves AF undefined (SDM Vol. 2A "AND"). */
static void undefined_flags_are_masked_across_executors_and_kept_within_one(void **state)
{
    (void)state;
    const struct rp_undefined and = {.flags = RP_FLAG_AF}, fprem = {.x87 = 0x4700};
    struct rp_view a = view_make(RP_MODE_LONG64, 3), b = view_make(RP_MODE_LONG64, 3);
    view_change(&a, RP_REG_RFLAGS, RP_FLAG_AF, RP_FLAG_AF);
    assert_int_equal(rp_compare_fidelity(&a, &b, &and, found, 8), 0);
    assert_int_equal(rp_compare_fidelity(&a, &b, &fprem, found, 8), 1);
    assert_int_equal(user(&a, &b), 1);
    view_change(&a, RP_REG_FSW, 0x4101, 0x4101);
    assert_int_equal(rp_compare_fidelity(&a, &b, &fprem, found, 8), 2);
    assert_int_equal(found[1].bits, 1); /* IE is defined, the condition codes are not */
}

static void fidelity_sees_privileged_state_and_carriers_but_not_what_drifts(void **state)
{
    (void)state;
    const struct rp_undefined nothing = {0};
    struct rp_view a = view_make(RP_MODE_PROT32, 3), b = view_make(RP_MODE_PROT32, 3);
    view_change(&a, RP_REG_RFLAGS, RP_FLAG_RF, RP_FLAG_RF);
    view_change(&a, RP_REG_CS, 3, 0);
    view_change(&a, RP_REG_CR2, ALL, 0x1000);
    view_change(&a, RP_REG_TSC, ALL, 77);
    view_change(&a, stack_word(0x800), ALL, 1); /* below both stack pointers */
    assert_int_equal(rp_compare_fidelity(&a, &b, &nothing, found, 8), 2);
    assert_int_equal(found[0].component, RP_REG_CS);
    assert_int_equal(found[1].component, RP_REG_CR2);
}

static void ends_are_the_same_if_kind_vector_and_code_are(void **state)
{
    (void)state;
    struct rp_outcome a = {.kind = RP_OUTCOME_TRAPPED, .vector = 13, .has_error_code = true, .error_code = 8},
                      b = a;
    b.length = 3; /* executors know lengths or they don't */
    b.hash = 1;
    assert_true(rp_compare_same_end(&a, &b));
    b.error_code = 0;
    assert_false(rp_compare_same_end(&a, &b));
    b = a;
    b.vector = 6;
    assert_false(rp_compare_same_end(&a, &b));
    b = a;
    b.kind = RP_OUTCOME_ENTERED;
    assert_false(rp_compare_same_end(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_runs_do_not_differ),
        cmocka_unit_test(a_word_that_one_run_changed_differs_from_what_the_other_kept),
        cmocka_unit_test(privileged_state_is_no_difference_of_the_programs_and_an_effect),
        cmocka_unit_test(every_resource_of_a_register_that_changed_is_named),
        cmocka_unit_test(the_programs_own_flags_are_no_effect),
        cmocka_unit_test(what_carries_the_ring_is_neither_difference_nor_effect),
        cmocka_unit_test(what_an_instruction_stores_of_the_ring_is_a_difference),
        cmocka_unit_test(another_index_in_cs_is_an_effect),
        cmocka_unit_test(what_each_ring_began_with_is_no_effect),
        cmocka_unit_test(effects_that_end_differently_are_not_the_same),
        cmocka_unit_test(bytes_below_both_final_stack_pointers_are_nobodys),
        cmocka_unit_test(with_a_16_bit_stack_the_upper_half_of_the_pointer_does_not_count),
        cmocka_unit_test(a_stack_pointer_elsewhere_hides_nothing),
        cmocka_unit_test(a_word_of_system_memory_is_an_effect_of_the_descriptor_there),
        cmocka_unit_test(segment_registers_of_vm86_are_compared_as_the_programs),
        cmocka_unit_test(cells_that_vary_by_themselves_are_masked),
        cmocka_unit_test(more_noise_than_is_kept_hides_everything),
        cmocka_unit_test(undefined_flags_are_masked_across_executors_and_kept_within_one),
        cmocka_unit_test(fidelity_sees_privileged_state_and_carriers_but_not_what_drifts),
        cmocka_unit_test(ends_are_the_same_if_kind_vector_and_code_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
