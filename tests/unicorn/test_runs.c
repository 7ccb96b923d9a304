/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run comes to: rings and modes by behaviour, faults with vector, error code and CR2, entries, memory,
 * code. */
#include "unicorn/rig.h"

#include "x86/vector.h"

/* The ring is the CPU's, not a selector's: what only ring 0 may do traps in ring 3, in every mode that has
 * both. */
static void ring_3_is_ring_3_and_ring_0_is_ring_0(void **state)
{
    static const char *const privileged[] = {"fa", "f4", "0f20c0"};
    (void)state;
    for (unsigned mode = 0; mode <= RP_MODE_PROT16; mode++) {
        for (unsigned i = 0; i < 3; i++) {
            rig_run((enum rp_mode)mode, "ring=0", "-", privileged[i]);
            rig_expect_kind(RP_OUTCOME_RETIRED, 0);
            const struct rp_outcome *outcome = rig_run((enum rp_mode)mode, "ring=3", "-", privileged[i]);
            rig_expect_kind(RP_OUTCOME_TRAPPED, RP_VECTOR_GP);
            assert_true(outcome->has_error_code);
            assert_int_equal(outcome->error_code, 0);
        }
    }
    rig_run(RP_MODE_VM86, "ring=3", "-", "f4");
    rig_expect_kind(RP_OUTCOME_TRAPPED, RP_VECTOR_GP);
    rig_run(RP_MODE_REAL16, "ring=0", "-", "f4");
    rig_expect("activity=1 rip=401");
}

static void a_ring_that_a_mode_has_not_is_unsupported(void **state)
{
    (void)state;
    rig_run(RP_MODE_VM86, "ring=0", "-", "90");
    rig_expect_kind(RP_OUTCOME_UNSUPPORTED, 0);
    rig_run(RP_MODE_REAL16, "ring=3", "-", "90");
    rig_expect_kind(RP_OUTCOME_UNSUPPORTED, 0);
}

/* B8 takes as many bytes as the operand size says; 40 is INC or REX. */
static void each_mode_has_its_default_sizes(void **state)
{
    static const struct {
        enum rp_mode mode;
        const char *machine, *changes;
    } rows[] = {
        {RP_MODE_LONG64, "ring=3", "rax=44332211 rip=10405"},
        {RP_MODE_COMPAT32, "ring=3", "rax=44332211 rip=10405"},
        {RP_MODE_COMPAT16, "ring=3", "rax=2211 rip=403"},
        {RP_MODE_PROT32, "ring=3", "rax=44332211 rip=10405"},
        {RP_MODE_PROT16, "ring=3", "rax=2211 rip=403"},
        {RP_MODE_VM86, "ring=3", "rax=2211 rip=403"},
        {RP_MODE_REAL16, "ring=0", "rax=2211 rip=403"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_run(rows[i].mode, rows[i].machine, "-", "b811223344");
        rig_expect(rows[i].changes);
    }
    rig_run(RP_MODE_LONG64, "ring=3", "-", "48ffc0");
    rig_expect("rax=20401");
    rig_run(RP_MODE_PROT32, "ring=3", "-", "40");
    rig_expect("rax=20401");
}

struct fault {
    enum rp_mode mode;
    const char *machine, *user, *hex;
    uint8_t vector;
    bool has_error_code;
    uint32_t error_code;
    uint64_t cr2;
};

static const struct fault faults[] = {
    {RP_MODE_PROT32, "ring=3", "rcx=0", "f7f1", RP_VECTOR_DE, false, 0, 0},
    {RP_MODE_PROT32, "ring=3", "rax=9", "6203", RP_VECTOR_BR, false, 0, 0},
    {RP_MODE_PROT32, "ring=3", "-", "0f0b", RP_VECTOR_UD, false, 0, 0},
    {RP_MODE_PROT32, "ring=3,cr0.ts=1", "-", "d9d0", RP_VECTOR_NM, false, 0, 0},
    {RP_MODE_PROT32, "ring=3", "rax=1b", "8ed0", RP_VECTOR_GP, true, 0x18, 0},
    {RP_MODE_PROT32, "ring=3", "rax=fb", "8ed8", RP_VECTOR_NP, true, 0xf8, 0},
    {RP_MODE_PROT32, "ring=0", "rax=f8", "8ed0", RP_VECTOR_GP, true, 0xf8, 0},
    {RP_MODE_PROT32, "ring=3", "rax=43", "8ed8", RP_VECTOR_GP, true, 0x40, 0},
    {RP_MODE_PROT32, "ring=0", "rax=28", "0f00d8", RP_VECTOR_GP, true, 0x28, 0},
    {RP_MODE_PROT32, "ring=3", "rbx=12345678", "8b03", RP_VECTOR_PF, true, 4, 0x12345678},
    {RP_MODE_PROT32, "ring=3", "rbx=12345678", "8903", RP_VECTOR_PF, true, 6, 0x12345678},
    {RP_MODE_PROT32, "ring=0", "rbx=12345678", "8b03", RP_VECTOR_PF, true, 0, 0x12345678},
    {RP_MODE_PROT32, "ring=3", "rbx=800000", "8b03", RP_VECTOR_PF, true, 5, 0x800000},
    {RP_MODE_PROT32, "ring=3", "rbx=10400", "8903", RP_VECTOR_PF, true, 7, 0x10400},
    {RP_MODE_LONG64, "ring=3", "rbx=7fff00000000", "8b03", RP_VECTOR_PF, true, 4, 0x7fff00000000},
    {RP_MODE_LONG64, "ring=3", "rbx=ffff800000000000", "8b03", RP_VECTOR_PF, true, 4, 0xffff800000000000},
    {RP_MODE_LONG64, "ring=3", "rbx=8000000000000000", "8b03", RP_VECTOR_GP, true, 0, 0},
    {RP_MODE_PROT32, "ring=0", "rflags=4002", "cf", RP_VECTOR_TS, true, 0, 0},
    {RP_MODE_VM86, "ring=3", "rbx=9000", "8b07", RP_VECTOR_PF, true, 4, 0x29000},
    {RP_MODE_VM86, "ring=3", "-", "cd80", RP_VECTOR_GP, true, 0, 0},
    {RP_MODE_REAL16, "ring=0", "rcx=0", "f7f1", RP_VECTOR_DE, false, 0, 0},
};

static void faults_have_vector_error_code_and_address(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        const struct fault *f = &faults[i];
        const struct rp_outcome *outcome = rig_run(f->mode, f->machine, f->user, f->hex);
        rig_expect_kind(RP_OUTCOME_TRAPPED, f->vector);
        assert_int_equal(outcome->has_error_code, f->has_error_code);
        assert_int_equal(outcome->error_code, f->error_code);
        assert_int_equal(outcome->cr2, f->cr2);
        uint64_t rip;
        assert_false(rig_changed("rip", &rip));
    }
}

static void software_interrupts_enter_with_the_return_address_behind_them(void **state)
{
    uint64_t rip;
    (void)state;
    rig_run(RP_MODE_PROT32, "ring=3", "-", "cd80");
    rig_expect_kind(RP_OUTCOME_ENTERED, 0x80);
    assert_true(rig_changed("rip", &rip) && rip == 0x10402);
    rig_run(RP_MODE_PROT16, "ring=3", "-", "cc");
    rig_expect_kind(RP_OUTCOME_ENTERED, RP_VECTOR_BP);
    assert_true(rig_changed("rip", &rip) && rip == 0x401);
    rig_run(RP_MODE_PROT32, "ring=3", "rflags=803", "ce");
    rig_expect_kind(RP_OUTCOME_ENTERED, RP_VECTOR_OF);
    rig_run(RP_MODE_PROT32, "ring=3", "-", "ce");
    rig_expect("rip=10401");
}

/* A jump retires wherever it leads; that nothing can be fetched there is the next instruction's affair. */
static void branches_retire_though_their_target_cannot_be_fetched(void **state)
{
    (void)state;
    rig_run(RP_MODE_PROT32, "ring=3", "rbx=7777000", "ffe3");
    rig_expect("rip=7777000 cr2 dr6");
    rig_run(RP_MODE_LONG64, "ring=3", "-", "ffe3");
    rig_expect("rip=20400 cr2");
    rig_run(RP_MODE_PROT16, "ring=3", "rbx=7777", "ffe3");
    rig_expect("rip=7777 cr2");
    rig_run(RP_MODE_REAL16, "ring=0", "-", "ea00100050");
    rig_expect("rip=1000 cs.selector=5000 cs.base=50000");
    rig_run(RP_MODE_PROT32, "ring=3", "-", "ebfe");
    rig_expect("rip rcx");
    rig_run(RP_MODE_PROT32, "ring=3", "rcx=2", "e2fe");
    rig_expect("rip rcx=1");
}

static void rep_goes_on_until_its_count_is_zero(void **state)
{
    (void)state;
    rig_run(RP_MODE_PROT32, "ring=3", "rcx=3,rax=11223344", "f3ab");
    rig_expect("rcx=0 rdi=2080c rip=10402 data+800=1122334411223344 data+808=111223344");
    rig_run(RP_MODE_PROT32, "ring=3", "rcx=0", "f3ab");
    rig_expect("rcx rdi rip=10402");
    const struct rp_outcome *outcome = rig_run(RP_MODE_PROT32, "ring=3", "rcx=9,rdi=21ffc", "f3ab");
    rig_expect_kind(RP_OUTCOME_TRAPPED, RP_VECTOR_PF);
    assert_int_equal(outcome->cr2, 0x22000);
    uint64_t count;
    assert_true(rig_changed("rcx", &count) && count == 8);
}

static void nobody_answers_at_a_port(void **state)
{
    (void)state;
    rig_run(RP_MODE_REAL16, "ring=0", "-", "e480");
    rig_expect("rip=402 rax=4ff");
    rig_run(RP_MODE_PROT32, "ring=0", "rdx=71,rax=11223344", "66ed");
    rig_expect("rip=10402 rax=1122ffff");
    rig_run(RP_MODE_LONG64, "ring=0", "rdx=ffff", "ed");
    rig_expect("rip=10401 rax=ffffffff");
    rig_run(RP_MODE_PROT32, "ring=0", "rcx=2,rdi=20800", "f36d");
    rig_expect("rip=10402 rcx=0 rdi=20808 data+800=ffffffffffffffff");
}

static void single_step_leaves_no_trace_in_the_outcome(void **state)
{
    (void)state;
    rig_run(RP_MODE_PROT32, "ring=3", "rflags=102", "40");
    rig_expect("rax=20401 rip=10401 dr6 rflags");
}

static void stores_are_shown_and_undone(void **state)
{
    (void)state;
    rig_run(RP_MODE_PROT32, "ring=3", "rax=55", "8903");
    rig_expect("data+400=100000055");
    rig_run(RP_MODE_PROT32, "ring=3", "-", "8b03");
    rig_expect("rax=1");
    rig_run(RP_MODE_LONG64, "ring=3", "rax=1122334455667788", "48894304");
    rig_expect("data+400=5566778800000001 data+408=111223344");
    rig_run(RP_MODE_LONG64, "ring=0", "rbx=85f000", "48890383c0");
    rig_expect("rip=10403");
    rig_run(RP_MODE_LONG64, "ring=0", "rbx=85f000", "488b03");
    uint64_t entry;
    assert_true(rig_changed("rax", &entry) && (entry & 0xfff) == 0x63); /* the page table is whole again */
}

static void the_data_has_three_aliases_under_paging(void **state)
{
    static const char *const pointers[] = {"rbx=408", "rbx=40408", "rbx=60408"};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        rig_run(RP_MODE_PROT32, "ring=3", pointers[i], "ff03");
        rig_expect("data+408=100000002");
    }
}

/* Unicorn runs the old translation where nobody tells it otherwise (unicorn #1148, #1561, #2258). */
static void new_code_is_never_run_as_old_code(void **state)
{
    struct rp_job increment = {.encoding = {{0x40}, 1}}, decrement = {.encoding = {{0x48}, 1}};
    uint64_t value;
    (void)state;
    increment.prestate = decrement.prestate = rig_prepare(RP_MODE_PROT32, "ring=3", "-");
    for (unsigned i = 0; i < 1000; i++) {
        rig_run_job(&increment);
        assert_true(rig_changed("rax", &value) && value == 0x20401);
        rig_run_job(&decrement);
        assert_true(rig_changed("rax", &value) && value == 0x203ff);
    }
    rig_forget(increment.prestate);
}

/* Unicorn takes 8F for POP where the decoder sees XOP, and would go on with what is left of the encoding: JNS
 * to itself. */
static void encodings_longer_than_unicorn_takes_them_do_not_run_on(void **state)
{
    (void)state;
    rig_run(RP_MODE_PROT32, "ring=3", "-", "8fe879fec3");
    rig_expect("rip=10402 rsp=31004");
}

static void breakpoints_on_instructions_are_answered_and_not_made(void **state)
{
    (void)state;
    rig_run(RP_MODE_PROT32, "ring=0", "rax=1", "0f23f8");
    rig_expect_kind(RP_OUTCOME_DIED, 11);
    rig_run(RP_MODE_LONG64, "ring=0", "r8=2", "410f23f8");
    rig_expect_kind(RP_OUTCOME_DIED, 11);
    rig_run(RP_MODE_LONG64, "ring=0", "rax=1", "c5f823f8");
    rig_expect_kind(RP_OUTCOME_DIED, 11);
    rig_run(RP_MODE_PROT32, "ring=3", "rax=1", "0f23f8");
    rig_expect_kind(RP_OUTCOME_TRAPPED, RP_VECTOR_GP);
    rig_run(RP_MODE_PROT32, "ring=0", "rax=10001", "0f23f8");
    rig_expect("dr7=10401");
    rig_run(RP_MODE_PROT32, "ring=0", "-", "0f21f8");
    rig_expect("rax=400");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ring_3_is_ring_3_and_ring_0_is_ring_0),
        cmocka_unit_test(a_ring_that_a_mode_has_not_is_unsupported),
        cmocka_unit_test(each_mode_has_its_default_sizes),
        cmocka_unit_test(faults_have_vector_error_code_and_address),
        cmocka_unit_test(software_interrupts_enter_with_the_return_address_behind_them),
        cmocka_unit_test(branches_retire_though_their_target_cannot_be_fetched),
        cmocka_unit_test(rep_goes_on_until_its_count_is_zero),
        cmocka_unit_test(nobody_answers_at_a_port),
        cmocka_unit_test(single_step_leaves_no_trace_in_the_outcome),
        cmocka_unit_test(stores_are_shown_and_undone),
        cmocka_unit_test(the_data_has_three_aliases_under_paging),
        cmocka_unit_test(new_code_is_never_run_as_old_code),
        cmocka_unit_test(encodings_longer_than_unicorn_takes_them_do_not_run_on),
        cmocka_unit_test(breakpoints_on_instructions_are_answered_and_not_made),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
