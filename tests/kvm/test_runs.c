/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run comes to: each mode and ring that this KVM has, faults with vector, error code and CR2, triple
 * faults, hangs, ports, halts, traces of stepping. */
#include "kvm/rig.h"

#include "kvm/kvm.h"
#include "x86/vector.h"

#include <linux/kvm.h>

/* "ring=3,cr0.ts=1" runs only where the executor says so. */
static bool runs(enum rp_mode mode, unsigned ring)
{
    return rp_executor_kvm.capabilities(rig_instance())->ring[mode][ring];
}

static void each_mode_runs_a_nop_or_says_why_not(void **state)
{
    const struct rp_capabilities *can = rp_executor_kvm.capabilities(rig_instance());
    unsigned count = 0;
    (void)state;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        const struct rp_mode_info *info = rp_mode_info((enum rp_mode)mode);
        for (unsigned ring = 0; ring <= 3; ring += 3) {
            if (!(ring ? info->has_ring3 : info->has_ring0))
                continue;
            rig_run((enum rp_mode)mode, ring ? "ring=3" : "ring=0", "-", "90");
            if (runs((enum rp_mode)mode, ring))
                rig_expect(info->code_bits == 16 ? "rip=401 rflags dr6" : "rip=10401 rflags dr6");
            else
                rig_expect_kind(RP_OUTCOME_UNSUPPORTED, 0);
            assert_true(runs((enum rp_mode)mode, ring) || can->refused[mode][0]);
            count += runs((enum rp_mode)mode, ring);
        }
    }
    assert_true(count >= 3); /* long64 in both rings and real16 on the least of them */
}

static void a_ring_that_a_mode_has_not_is_unsupported(void **state)
{
    (void)state;
    rig_run(RP_MODE_VM86, "ring=0", "-", "90");
    rig_expect_kind(RP_OUTCOME_UNSUPPORTED, 0);
    rig_run(RP_MODE_REAL16, "ring=3", "-", "90");
    rig_expect_kind(RP_OUTCOME_UNSUPPORTED, 0);
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
    {RP_MODE_LONG64, "ring=3", "rcx=0", "f7f1", RP_VECTOR_DE, false, 0, 0},
    {RP_MODE_LONG64, "ring=0", "rcx=0", "f7f1", RP_VECTOR_DE, false, 0, 0},
    {RP_MODE_LONG64, "ring=3", "-", "0f0b", RP_VECTOR_UD, false, 0, 0},
    {RP_MODE_LONG64, "ring=3", "-", "f4", RP_VECTOR_GP, true, 0, 0},
    {RP_MODE_LONG64, "ring=3", "rax=fb", "8ed8", RP_VECTOR_NP, true, 0xf8, 0},
    {RP_MODE_LONG64, "ring=3", "rbx=7fff00000000", "8b03", RP_VECTOR_PF, true, 4, 0x7fff00000000},
    {RP_MODE_LONG64, "ring=0", "rbx=12345678", "8b03", RP_VECTOR_PF, true, 0, 0x12345678},
    {RP_MODE_LONG64, "ring=3", "rbx=800000", "8b03", RP_VECTOR_PF, true, 5, 0x800000},
    {RP_MODE_LONG64, "ring=3", "rbx=10400", "8903", RP_VECTOR_PF, true, 7, 0x10400},
    {RP_MODE_LONG64, "ring=3", "rsp=8000000000000000", "53", RP_VECTOR_SS, true, 0, 0},
    /* Nowhere to push a frame to: a stack of the TSS takes it. */
    {RP_MODE_LONG64, "ring=0", "rsp=8000000000000000", "53", RP_VECTOR_SS, true, 0, 0},
    {RP_MODE_LONG64, "ring=0", "rsp=0,rcx=0", "f7f1", RP_VECTOR_DE, false, 0, 0},
    {RP_MODE_COMPAT32, "ring=3", "rbx=700000", "8b03", RP_VECTOR_PF, true, 4, 0x700000},
    {RP_MODE_COMPAT32, "ring=0", "rcx=0", "f7f1", RP_VECTOR_DE, false, 0, 0},
    {RP_MODE_COMPAT16, "ring=3", "rcx=0", "f7f1", RP_VECTOR_DE, false, 0, 0},
    {RP_MODE_PROT32, "ring=3", "rbx=700000", "8b03", RP_VECTOR_PF, true, 4, 0x700000},
    {RP_MODE_PROT32, "ring=0", "rcx=0", "f7f1", RP_VECTOR_DE, false, 0, 0},
    {RP_MODE_PROT16, "ring=3", "-", "f4", RP_VECTOR_GP, true, 0, 0},
    {RP_MODE_PROT16, "ring=0", "rcx=0", "f7f1", RP_VECTOR_DE, false, 0, 0},
    {RP_MODE_VM86, "ring=3", "-", "f4", RP_VECTOR_GP, true, 0, 0},
    {RP_MODE_REAL16, "ring=0", "rcx=0", "f7f1", RP_VECTOR_DE, false, 0, 0},
};

static void faults_have_vector_error_code_and_address_and_change_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        const struct fault *f = &faults[i];
        const struct rp_outcome *outcome = rig_run(f->mode, f->machine, f->user, f->hex);
        if (!runs(f->mode, f->machine[5] == '3' ? 3 : 0))
            continue;
        rig_expect_kind(RP_OUTCOME_TRAPPED, f->vector);
        assert_int_equal(outcome->has_error_code, f->has_error_code);
        assert_int_equal(outcome->error_code, f->error_code);
        assert_int_equal(outcome->cr2, f->cr2);
        assert_int_equal(outcome->count, f->vector == RP_VECTOR_PF); /* CR2 */
    }
}

/* The stack of real mode ends: neither the push nor a frame fits (SDM Vol. 3A 6.15, interrupt 8). */
static void a_triple_fault_is_a_vm_exit_and_the_next_run_is_as_ever(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        const struct rp_outcome *outcome = rig_run(RP_MODE_REAL16, "ring=0", "rsp=1", "50");
        rig_expect_kind(RP_OUTCOME_VM_EXIT, KVM_EXIT_SHUTDOWN);
        assert_int_equal(outcome->count, 0);
        rig_run(RP_MODE_REAL16, "ring=0", "-", "50");
        rig_expect("rip=401 rsp=ffe stack+ff8=400000100000001");
    }
}

/* SYSCALL to a jump to itself: nothing but the guard ends that. */
static void a_run_that_does_not_end_is_hung_and_the_next_one_is_as_ever(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        const struct rp_outcome *outcome =
            rig_run(RP_MODE_LONG64, "ring=0,lstar=20100", "data+100=ebfe", "0f05");
        rig_expect_kind(RP_OUTCOME_HUNG, 0);
        assert_int_equal(outcome->count, 0);
        rig_run(RP_MODE_LONG64, "ring=0", "-", "90");
        rig_expect("rip=10401 rcx rflags");
    }
}

/* PUSHF shows no TF of the monitor's, POPF may load one. */
static void stepping_leaves_no_trace(void **state)
{
    (void)state;
    for (unsigned ring = 0; ring <= 3; ring += 3) {
        const char *machine = ring ? "ring=3" : "ring=0";
        rig_run(RP_MODE_LONG64, machine, "-", "9c");
        rig_expect("rip=10401 rsp=30ff8 stack+ff8=202 dr6 rflags");
        rig_run(RP_MODE_LONG64, machine, "stack+1000=0203000000000000", "9d");
        rig_expect("rip=10401 rsp=31008 rflags=302 dr6");
        rig_run(RP_MODE_LONG64, machine, "rflags=102", "48ffc0");
        rig_expect("rip=10403 rax=20401 rflags dr6");
    }
}

static void branches_retire_though_their_target_cannot_be_fetched(void **state)
{
    (void)state;
    for (unsigned ring = 0; ring <= 3; ring += 3) {
        const char *machine = ring ? "ring=3" : "ring=0";
        rig_run(RP_MODE_LONG64, machine, "rbx=7777000", "ffe3");
        rig_expect("rip=7777000 cr2 dr6");
        rig_run(RP_MODE_LONG64, machine, "-", "ebfe");
        rig_expect("rip dr6");
        rig_run(RP_MODE_LONG64, machine, "rcx=2", "e2fe");
        rig_expect("rip rcx=1 dr6");
    }
}

static void rep_goes_on_until_its_count_is_zero(void **state)
{
    (void)state;
    for (unsigned ring = 0; ring <= 3; ring += 3) {
        const char *machine = ring ? "ring=3" : "ring=0";
        rig_run(RP_MODE_LONG64, machine, "rcx=3,rax=11223344", "f3ab");
        rig_expect("rcx=0 rdi=2080c rip=10402 data+800=1122334411223344 data+808=111223344");
        const struct rp_outcome *outcome = rig_run(RP_MODE_LONG64, machine, "rcx=9,rdi=21ffc", "f3ab");
        rig_expect_kind(RP_OUTCOME_TRAPPED, RP_VECTOR_PF);
        assert_int_equal(outcome->cr2, 0x22000);
        uint64_t count;
        assert_true(rig_changed("rcx", &count) && count == 8);
    }
}

static void a_halt_is_an_effect(void **state)
{
    (void)state;
    rig_run(RP_MODE_LONG64, "ring=0", "-", "f4");
    rig_expect("activity=1 rip=10401");
    rig_run(RP_MODE_REAL16, "ring=0", "-", "f4");
    rig_expect("activity=1 rip=401");
}

/* No device answers: the bus reads as ones. */
static void ports_read_as_ones(void **state)
{
    (void)state;
    rig_run(RP_MODE_LONG64, "ring=0", "-", "ec");
    rig_expect("rip=10401 rax=204ff");
    rig_run(RP_MODE_LONG64, "ring=0", "-", "ee");
    rig_expect("rip=10401 rax rdx");
    rig_run(RP_MODE_LONG64, "ring=3", "-", "ec");
    rig_expect_kind(RP_OUTCOME_TRAPPED, RP_VECTOR_GP);
}

static void memory_that_the_arena_does_not_have_is_a_vm_exit(void **state)
{
    (void)state;
    rig_run(RP_MODE_REAL16, "ring=0", "rbx=8000", "8b07");
    rig_expect_kind(RP_OUTCOME_VM_EXIT, KVM_EXIT_MMIO);
    rig_run(RP_MODE_REAL16, "ring=0", "-", "8b07");
    rig_expect("rip=402 rax=1");
}

static void privileged_state_is_read_back(void **state)
{
    (void)state;
    rig_run(RP_MODE_LONG64, "ring=0", "rcx=c0000082,rax=84c000,rdx=0", "0f30");
    rig_expect("rip=10402 lstar=84c000");
    rig_run(RP_MODE_LONG64, "ring=0", "rcx=c0000082", "0f32");
    rig_expect("rip=10402 rax=84c400");
    rig_run(RP_MODE_LONG64, "ring=0", "rax=5", "440f22c0");
    rig_expect("rip=10404 cr8=5");
    rig_run(RP_MODE_LONG64, "ring=0", "rax=1234", "0f23c0");
    rig_expect("rip=10403 dr0=1234");
    rig_run(RP_MODE_LONG64, "ring=0", "rax=83,rbx=83", "8ed8");
    rig_expect("rip=10402 ds.selector=83 ds.limit ds.base");
}

/* A drift of seconds, M-NOISE, against an offset of minutes; or KVM has no offset for its guests, and says
 * so. */
static void the_time_stamp_counter_starts_where_the_state_says(void **state)
{
    bool held = rp_executor_kvm.capabilities(rig_instance())->resource[RP_RESOURCE_TSC];
    uint64_t high;
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        rig_run(RP_MODE_LONG64, "ring=0", "rdx=ffffffff", "0f31");
        assert_true(rig_changed("rdx", &high) && (!held || high < 0x80));
        rig_run(RP_MODE_LONG64, "ring=0,tsc=10000000000", "rdx=ffffffff", "0f31");
        if (held)
            assert_true(rig_changed("rdx", &high) && high >= 0x100 && high < 0x180);
        else
            rig_expect_kind(RP_OUTCOME_UNSUPPORTED, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mode_runs_a_nop_or_says_why_not),
        cmocka_unit_test(a_ring_that_a_mode_has_not_is_unsupported),
        cmocka_unit_test(faults_have_vector_error_code_and_address_and_change_nothing_else),
        cmocka_unit_test(a_triple_fault_is_a_vm_exit_and_the_next_run_is_as_ever),
        cmocka_unit_test(a_run_that_does_not_end_is_hung_and_the_next_one_is_as_ever),
        cmocka_unit_test(stepping_leaves_no_trace),
        cmocka_unit_test(branches_retire_though_their_target_cannot_be_fetched),
        cmocka_unit_test(rep_goes_on_until_its_count_is_zero),
        cmocka_unit_test(a_halt_is_an_effect),
        cmocka_unit_test(ports_read_as_ones),
        cmocka_unit_test(memory_that_the_arena_does_not_have_is_a_vm_exit),
        cmocka_unit_test(privileged_state_is_read_back),
        cmocka_unit_test(the_time_stamp_counter_starts_where_the_state_says),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
