/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors and gates against bytes that others wrote down: Linux' GDT, the figures of SDM Vol. 3A. */
#include "state/descriptor.h"
#include "support/suite.h"

static void check(struct rp_descriptor d, uint64_t low, uint64_t high)
{
    uint64_t words[2];
    rp_descriptor_pack(&d, words);
    assert_int_equal(words[0], low);
    assert_int_equal(words[1], high);
}

/* Linux, arch/x86/kernel/cpu/common.c, gdt_page; A is preset there too. */
static void segments_are_packed_as_linux_writes_its_gdt(void **state)
{
    (void)state;
    const struct rp_descriptor all = {.limit = 0xffffffff, .type = 0xb, .s = true, .present = true};
    struct rp_descriptor d = all;
    d.db = true;
    check(d, 0x00cf9b000000ffff, 0); /* KERNEL32_CS */
    d.dpl = 3;
    check(d, 0x00cffb000000ffff, 0); /* DEFAULT_USER32_CS */
    d.type = 3;
    check(d, 0x00cff3000000ffff, 0); /* DEFAULT_USER_DS */
    d.dpl = 0;
    check(d, 0x00cf93000000ffff, 0); /* KERNEL_DS */
    d = all;
    d.l = true;
    check(d, 0x00af9b000000ffff, 0); /* KERNEL_CS */
    d.dpl = 3;
    check(d, 0x00affb000000ffff, 0); /* DEFAULT_USER_CS */
}

/* SDM Vol. 3A figure 3-8: base 31:24, G D/B L AVL, limit 19:16, P DPL S type, base 23:0, limit 15:0. */
static void each_field_of_a_segment_has_its_place(void **state)
{
    (void)state;
    check((struct rp_descriptor){0}, 0, 0);
    check((struct rp_descriptor){.base = 0x12345678}, 0x1200003456780000, 0);
    check((struct rp_descriptor){.limit = 0xabcde}, 0x000a00000000bcde, 0);
    check((struct rp_descriptor){.limit = 0x100fff}, 0x0080000000000100, 0); /* G: in pages */
    check((struct rp_descriptor){.type = 0xf}, UINT64_C(0xf) << 40, 0);
    check((struct rp_descriptor){.s = true}, UINT64_C(1) << 44, 0);
    check((struct rp_descriptor){.dpl = 3}, UINT64_C(3) << 45, 0);
    check((struct rp_descriptor){.present = true}, UINT64_C(1) << 47, 0);
    check((struct rp_descriptor){.avl = true}, UINT64_C(1) << 52, 0);
    check((struct rp_descriptor){.l = true}, UINT64_C(1) << 53, 0);
    check((struct rp_descriptor){.db = true}, UINT64_C(1) << 54, 0);
}

/* SDM Vol. 3A figures 7-4 (64-bit TSS), 6-2 and 6-8 (interrupt gates), 5-8 (call gate). */
static void system_descriptors_and_gates_are_packed_as_the_sdm_draws_them(void **state)
{
    (void)state;
    check(
        (struct rp_descriptor){
            .base = 0xfffffe0000003000, .limit = 0x206f, .type = 9, .present = true, .wide = true},
        0x000089003000206f, 0x00000000fffffe00);
    check(
        (struct rp_descriptor){
            .base = 0x12345678, .selector = 8, .type = 0xe, .dpl = 3, .present = true, .gate = true},
        0x1234ee0000085678, 0);
    check((struct rp_descriptor){.base = 0xffffffff81a00f60,
                                 .selector = 0x10,
                                 .type = 0xe,
                                 .present = true,
                                 .gate = true,
                                 .wide = true},
          0x81a08e0000100f60, 0x00000000ffffffff);
    check(
        (struct rp_descriptor){
            .base = 0x10900, .selector = 8, .type = 0xc, .dpl = 3, .present = true, .gate = true},
        0x0001ec0000080900, 0);
}

/* As VMCS and segment registers hold them, SDM Vol. 3C table 24-2. */
static void attributes_are_the_second_dword_from_bit_8(void **state)
{
    (void)state;
    struct rp_descriptor d = {
        .limit = 0xffffffff, .type = 0xb, .dpl = 3, .s = true, .present = true, .l = true};
    assert_int_equal(rp_descriptor_attributes(&d), 0xa0fb);
    d = (struct rp_descriptor){
        .limit = 0xffff, .type = 3, .s = true, .present = true, .avl = true, .db = true};
    assert_int_equal(rp_descriptor_attributes(&d), 0x5093);
}

/* Slots as Linux has them: what native runs see at 23h, 33h and 2Bh. */
static void the_arena_has_linux_descriptors_at_linux_selectors(void **state)
{
    (void)state;
    static const struct {
        uint16_t selector;
        uint64_t linux_word;
    } rows[] = {{0x08, 0x00cf9b000000ffff}, {0x10, 0x00af9b000000ffff}, {0x18, 0x00cf93000000ffff},
                {0x23, 0x00cffb000000ffff}, {0x2b, 0x00cff3000000ffff}, {0x33, 0x00affb000000ffff}};
    struct rp_machine machine;
    rp_machine_init(&machine, RP_MODE_LONG64, RP_POLICY_LEGACY);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rp_descriptor d;
        uint64_t words[2];
        assert_true(rp_descriptor_at(RP_MODE_LONG64, &machine, rows[i].selector, &d));
        assert_int_equal(d.limit, RP_ARENA_LIMIT);
        d.limit = 0xffffffff;
        rp_descriptor_pack(&d, words);
        assert_int_equal(words[0], rows[i].linux_word);
    }
}

static void null_and_free_slots_hold_nothing(void **state)
{
    (void)state;
    struct rp_machine machine;
    struct rp_descriptor d = {.present = true};
    rp_machine_init(&machine, RP_MODE_PROT32, RP_POLICY_LEGACY);
    for (uint16_t rpl = 0; rpl < 4; rpl++) {
        assert_false(rp_descriptor_at(RP_MODE_PROT32, &machine, rpl, &d));
        assert_false(d.present);
    }
    assert_false(rp_descriptor_at(RP_MODE_PROT32, &machine, RP_SELECTOR_FREE, &d));
    assert_false(rp_descriptor_at(RP_MODE_PROT32, &machine, 0x14, &d)); /* TI = 1, free */
}

/* Each field of a probe is one resource, and moves that field alone. */
static void each_resource_of_a_probe_moves_its_field_alone(void **state)
{
    (void)state;
    static const struct {
        enum rp_resource resource;
        uint64_t value, changed; /* the bits of the descriptor that move */
    } rows[] = {{RP_RESOURCE_PROBE_DATA_P, 0, UINT64_C(1) << 47},
                {RP_RESOURCE_PROBE_DATA_DPL, 0, UINT64_C(3) << 45},
                {RP_RESOURCE_PROBE_DATA_S, 0, UINT64_C(1) << 44},
                {RP_RESOURCE_PROBE_DATA_TYPE, 0, UINT64_C(2) << 40},
                {RP_RESOURCE_PROBE_DATA_A, 0, UINT64_C(1) << 40},
                {RP_RESOURCE_PROBE_DATA_AVL, 1, UINT64_C(1) << 52},
                {RP_RESOURCE_PROBE_DATA_BASE, 0x40000, UINT64_C(0x40000) << 16},
                {RP_RESOURCE_PROBE_DATA_LIMIT, 0x4000, 0x0004}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rp_machine machine;
        uint64_t before[2], after[2];
        rp_machine_init(&machine, RP_MODE_PROT32, RP_POLICY_LEGACY);
        struct rp_descriptor d = rp_descriptor_probe(RP_MODE_PROT32, &machine, RP_PROBE_DATA);
        rp_descriptor_pack(&d, before);
        machine.value[rows[i].resource] = rows[i].value;
        d = rp_descriptor_probe(RP_MODE_PROT32, &machine, RP_PROBE_DATA);
        rp_descriptor_pack(&d, after);
        assert_int_equal(before[0] ^ after[0], rows[i].changed);
    }
}

static void a_gate_of_the_idt_is_the_machines_at_its_vector_and_at_int3_and_into(void **state)
{
    (void)state;
    struct rp_machine machine;
    rp_machine_init(&machine, RP_MODE_PROT32, RP_POLICY_LEGACY);
    machine.value[RP_RESOURCE_IDT_GATE_VECTOR] = 0x21;
    machine.value[RP_RESOURCE_IDT_GATE_DPL] = 2;
    machine.value[RP_RESOURCE_IDT_GATE_OFFSET] = 0x800;
    for (unsigned vector = 0; vector < 256; vector++) {
        struct rp_descriptor d = rp_descriptor_vector(RP_MODE_PROT32, &machine, vector);
        bool probe = vector == 3 || vector == 4 || vector == 0x21;
        assert_int_equal(d.dpl, probe ? 2 : 0);
        assert_int_equal(d.base, RP_ARENA_ENTRIES + vector * RP_ARENA_ENTRY_STRIDE + (probe ? 0x800 : 0));
        assert_true(d.present && d.gate && d.type == 0xe && d.selector == RP_SELECTOR_CODE32_RING0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_are_packed_as_linux_writes_its_gdt),
        cmocka_unit_test(each_field_of_a_segment_has_its_place),
        cmocka_unit_test(system_descriptors_and_gates_are_packed_as_the_sdm_draws_them),
        cmocka_unit_test(attributes_are_the_second_dword_from_bit_8),
        cmocka_unit_test(the_arena_has_linux_descriptors_at_linux_selectors),
        cmocka_unit_test(null_and_free_slots_hold_nothing),
        cmocka_unit_test(each_resource_of_a_probe_moves_its_field_alone),
        cmocka_unit_test(a_gate_of_the_idt_is_the_machines_at_its_vector_and_at_int3_and_into),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
