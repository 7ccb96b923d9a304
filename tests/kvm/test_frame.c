/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of gates of every kind, written as the manuals draw them (SDM Vol. 3A 6.12
 * to 6.14, 20.1.4, 20.3.1.1) and read back: also of modes that this machine's KVM does not run. */
#include "kvm/frame.h"
#include "support/suite.h"

#include "x86/vector.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES (RP_ARENA_CODE_SIZE + RP_ARENA_DATA_SIZE + RP_ARENA_STACK_SIZE + RP_ARENA_SYSTEM_SIZE)

static struct rp_kvm_memory memory;
static struct rp_kvm_image before, after;
static uint32_t pointer; /* of the stack that the next push goes to, linear */

static int make_memory(void **state)
{
    (void)state;
    memory.guest = calloc(1, ARENA_BYTES);
    memory.expected = calloc(1, ARENA_BYTES);
    memory.base = calloc(1, ARENA_BYTES);
    return !memory.guest || !memory.expected || !memory.base;
}

static int free_memory(void **state)
{
    (void)state;
    free(memory.guest);
    free(memory.expected);
    free(memory.base);
    return 0;
}

static void push(unsigned bytes, uint64_t value)
{
    pointer -= bytes;
    rp_kvm_memory_write(&memory, pointer, &value, bytes);
}

/* A program in ring 3 or 0 of the mode, before its gate. */
static void begin(enum rp_mode mode, uint16_t cs, uint16_t ss, uint64_t ss_base, bool big)
{
    memory.mode = mode;
    memset(&before, 0, sizeof before);
    before.regs = (struct kvm_regs){.rip = 0x400, .rsp = 0x1000, .rflags = 0x202};
    before.sregs.cs = (struct kvm_segment){.selector = cs, .base = 0x10000, .present = 1};
    before.sregs.ss = (struct kvm_segment){.selector = ss, .base = ss_base, .present = 1, .db = big};
    before.sregs.ds = (struct kvm_segment){.selector = 0x2000, .base = 0x20000, .present = 1};
    after = before;
}

/* Behind the gate, in ring 0 of the arena. */
static void enter(uint64_t ss_base, bool big)
{
    after.sregs.cs = (struct kvm_segment){.selector = RP_SELECTOR_CODE32_RING0, .present = 1};
    after.sregs.ss = (struct kvm_segment){.selector = RP_SELECTOR_DATA_RING0, .base = ss_base, .db = big};
    after.sregs.ds = (struct kvm_segment){0};
    after.regs.rflags = 2;
    after.regs.rip = RP_ARENA_ENTRIES;
    after.regs.rsp = pointer - ss_base;
}

static void expect_undone(const struct rp_kvm_frame *frame)
{
    assert_true(rp_kvm_frame_undo(frame, memory.mode, &before, &after));
    assert_int_equal(after.regs.rip, before.regs.rip);
    assert_int_equal(after.regs.rsp, before.regs.rsp);
    assert_int_equal(after.regs.rflags, before.regs.rflags);
    assert_memory_equal(&after.sregs.cs, &before.sregs.cs, sizeof before.sregs.cs);
    assert_memory_equal(&after.sregs.ss, &before.sregs.ss, sizeof before.sregs.ss);
}

static void a_32_bit_gate_from_ring_3_switches_stacks(void **state)
{
    struct rp_kvm_frame frame;
    (void)state;
    begin(RP_MODE_PROT32, 0x23, 0x2b, 0, true);
    pointer = RP_ARENA_STACK0_TOP;
    push(4, 0x2b), push(4, 0x1000), push(4, 0x202), push(4, 0x23), push(4, 0x400), push(4, 0xf8);
    enter(0, true);
    assert_true(rp_kvm_frame_read(&memory, &after, RP_VECTOR_NP, 0x402, false, &frame));
    assert_true(frame.has_stack && frame.has_error_code);
    assert_int_equal(frame.error_code, 0xf8);
    assert_int_equal(frame.bytes, 24);
    expect_undone(&frame);
}

static void a_32_bit_gate_in_ring_0_stays_on_the_stack(void **state)
{
    struct rp_kvm_frame frame;
    (void)state;
    begin(RP_MODE_PROT32, 0x08, 0x18, RP_ARENA_STACK, true);
    pointer = RP_ARENA_STACK + 0x1000;
    push(4, 0x202), push(4, 0x08), push(4, 0x400);
    enter(RP_ARENA_STACK, true);
    after.sregs.ss = before.sregs.ss;
    assert_true(rp_kvm_frame_read(&memory, &after, RP_VECTOR_DE, 0x402, false, &frame));
    assert_false(frame.has_stack || frame.has_error_code);
    assert_int_equal(frame.linear, RP_ARENA_STACK + 0x1000 - 12);
    expect_undone(&frame);
}

static void a_16_bit_stack_wraps(void **state)
{
    struct rp_kvm_frame frame;
    (void)state;
    begin(RP_MODE_PROT16, 0x38, 0x78, RP_ARENA_STACK, false);
    pointer = RP_ARENA_STACK + 0x1000;
    push(4, 0x202), push(4, 0x38), push(4, 0x400);
    enter(RP_ARENA_STACK, false);
    after.sregs.ss = before.sregs.ss;
    before.regs.rsp = after.regs.rsp = 0x12340000; /* what stands above SP is not the stack's */
    before.regs.rsp |= 0x1000;
    after.regs.rsp |= 0x1000 - 12;
    assert_true(rp_kvm_frame_read(&memory, &after, RP_VECTOR_DE, 0x402, false, &frame));
    expect_undone(&frame);
}

static void vm86_gets_its_data_segments_back(void **state)
{
    struct rp_kvm_frame frame;
    (void)state;
    begin(RP_MODE_VM86, 0x1000, 0x3000, 0x30000, false);
    before.regs.rflags |= RP_FLAG_VM;
    pointer = RP_ARENA_STACK0_TOP - 16; /* GS FS DS ES above */
    push(4, 0x3000), push(4, 0x1000), push(4, 0x202 | RP_FLAG_VM), push(4, 0x1000), push(4, 0x400),
        push(4, 0);
    enter(0, true);
    assert_true(rp_kvm_frame_read(&memory, &after, RP_VECTOR_GP, 0x401, false, &frame));
    expect_undone(&frame);
    assert_memory_equal(&after.sregs.ds, &before.sregs.ds, sizeof before.sregs.ds);
}

/* A vm86 program that INT 80h has led through its own table; `image`: the flags that it pushed. */
static void redirect(uint64_t rflags, uint16_t image)
{
    begin(RP_MODE_VM86, 0x1000, 0x3000, 0x30000, false);
    before.regs.rflags |= RP_FLAG_VM;
    pointer = RP_ARENA_STACK + 0x1000;
    push(2, image), push(2, 0x1000), push(2, 0x402);
    after = before;
    after.regs.rip = RP_ARENA_CODE_ENTRIES + 0x80 * RP_ARENA_ENTRY_STRIDE;
    after.regs.rsp = 0x1000 - 6;
    after.regs.rflags = rflags | RP_FLAG_VM | RP_FLAG_ONE;
}

/* SDM Vol. 3A 20.3.3, table 20-2: methods 5 (IOPL 3) and 6 (IOPL < 3). */
static void a_redirected_interrupt_is_unwound_from_the_programs_stack(void **state)
{
    unsigned vector = 0;
    (void)state;
    redirect(RP_FLAG_IOPL, 0x3202);
    assert_true(rp_kvm_frame_redirected(&memory, 0x402, &after, &vector));
    assert_int_equal(vector, 0x80);
    assert_int_equal(after.regs.rsp, before.regs.rsp);
    assert_int_equal(after.regs.rflags, RP_FLAG_IOPL | RP_FLAG_VM | RP_FLAG_ONE | RP_FLAG_IF);
    redirect(RP_FLAG_IF, 0x3102); /* TF was set; VIF not, though IF is */
    assert_true(rp_kvm_frame_redirected(&memory, 0x402, &after, &vector));
    assert_int_equal(after.regs.rflags, RP_FLAG_IF | RP_FLAG_VM | RP_FLAG_ONE | RP_FLAG_TF);
    redirect(0, 0x3202);
    assert_true(rp_kvm_frame_redirected(&memory, 0x402, &after, &vector));
    assert_int_equal(after.regs.rflags, RP_FLAG_VIF | RP_FLAG_VM | RP_FLAG_ONE);
    redirect(0, 0x3202);
    assert_false(rp_kvm_frame_redirected(&memory, 0x401, &after, &vector)); /* another return address */
    redirect(0, 0x3202);
    after.regs.rip++;
    assert_false(rp_kvm_frame_redirected(&memory, 0x402, &after, &vector));
    redirect(0, 0x3202);
    memory.mode = RP_MODE_REAL16;
    assert_false(rp_kvm_frame_redirected(&memory, 0x402, &after, &vector));
}

static void real_mode_pushes_words_and_no_error_code(void **state)
{
    struct rp_kvm_frame frame;
    (void)state;
    begin(RP_MODE_REAL16, 0x1000, 0x3000, 0x30000, false);
    pointer = RP_ARENA_STACK + 0x1000;
    push(2, 0x202), push(2, 0x1000), push(2, 0x400);
    enter(RP_ARENA_STACK, false);
    after.sregs.ss = before.sregs.ss;
    assert_true(rp_kvm_frame_read(&memory, &after, RP_VECTOR_GP, 0x401, false, &frame));
    assert_false(frame.has_error_code);
    assert_int_equal(frame.bytes, 6);
    expect_undone(&frame);
}

/* INT 0Dh looks like #GP but for what stands on top. */
static void int_13_has_no_error_code(void **state)
{
    struct rp_kvm_frame frame;
    (void)state;
    begin(RP_MODE_LONG64, 0x33, 0x2b, 0, true);
    pointer = RP_ARENA_STACK0_TOP;
    push(8, 0x2b), push(8, 0x1000), push(8, 0x202), push(8, 0x33), push(8, 0x402);
    enter(0, true);
    assert_true(rp_kvm_frame_read(&memory, &after, RP_VECTOR_GP, 0x402, true, &frame));
    assert_false(frame.has_error_code);
    assert_int_equal(frame.rip, 0x402);
    assert_int_equal(frame.bytes, 40);
}

static void segments_that_nothing_tells_are_refused(void **state)
{
    struct rp_kvm_frame frame;
    (void)state;
    begin(RP_MODE_PROT32, 0x23, 0x2b, 0, true);
    pointer = RP_ARENA_STACK0_TOP;
    push(4, 0x2b), push(4, 0x1000), push(4, 0x202), push(4, 0x63), push(4, 0x400);
    enter(0, true);
    assert_true(rp_kvm_frame_read(&memory, &after, RP_VECTOR_DE, 0x402, false, &frame));
    assert_false(rp_kvm_frame_undo(&frame, RP_MODE_PROT32, &before, &after));
}

static void a_frame_outside_of_the_arena_is_none(void **state)
{
    struct rp_kvm_frame frame;
    (void)state;
    begin(RP_MODE_PROT32, 0x23, 0x2b, 0, true);
    pointer = 0x500000;
    enter(0, true);
    assert_false(rp_kvm_frame_read(&memory, &after, RP_VECTOR_DE, 0x402, false, &frame));
}

static void entries_are_known_by_where_the_cpu_stands(void **state)
{
    (void)state;
    begin(RP_MODE_PROT32, 0x23, 0x2b, 0, true);
    enter(0, true);
    for (unsigned vector = 0; vector < 256; vector++) {
        for (unsigned behind = 0; behind < 2; behind++) {
            after.regs.rip = RP_ARENA_ENTRIES + vector * RP_ARENA_ENTRY_STRIDE + behind;
            assert_int_equal(rp_kvm_entry(RP_MODE_PROT32, &after), vector);
            after.regs.rip += 0x800; /* idt.gate.offset */
            assert_int_equal(rp_kvm_entry(RP_MODE_PROT32, &after), vector);
            after.sregs.cs.base = RP_ARENA_CODE;
            after.regs.rip = 0x800 + vector * RP_ARENA_ENTRY_STRIDE + behind;
            assert_int_equal(rp_kvm_entry(RP_MODE_REAL16, &after), vector);
            after.sregs.cs.base = 0;
        }
    }
    after.regs.rip = RP_ARENA_INSTRUCTION;
    assert_int_equal(rp_kvm_entry(RP_MODE_PROT32, &after), -1);
    after.regs.rip = RP_ARENA_ENTRIES + 2;
    assert_int_equal(rp_kvm_entry(RP_MODE_PROT32, &after), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_32_bit_gate_from_ring_3_switches_stacks),
        cmocka_unit_test(a_32_bit_gate_in_ring_0_stays_on_the_stack),
        cmocka_unit_test(a_16_bit_stack_wraps),
        cmocka_unit_test(vm86_gets_its_data_segments_back),
        cmocka_unit_test(a_redirected_interrupt_is_unwound_from_the_programs_stack),
        cmocka_unit_test(real_mode_pushes_words_and_no_error_code),
        cmocka_unit_test(int_13_has_no_error_code),
        cmocka_unit_test(segments_that_nothing_tells_are_refused),
        cmocka_unit_test(a_frame_outside_of_the_arena_is_none),
        cmocka_unit_test(entries_are_known_by_where_the_cpu_stands),
    };
    return cmocka_run_group_tests(tests, make_memory, free_memory);
}
