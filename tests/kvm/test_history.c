/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No run leaves anything to the next: thousands of jobs over all modes, rings and states come to the same
 * outcomes forwards, backwards and shuffled; and after each run the guest's memory is whole. */
#include "kvm/guard.h"
#include "kvm/machine.h"
#include "kvm/rig.h"

#include "base/random.h"
#include "state/seeds.h"
#include "support/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sources of noise differ whatever ran before; the last three tell on which of the host's CPUs the run was,
 * where ring 3 has the host's tables. */
static bool is_left_out(const struct rp_instruction *instruction)
{
    static const char *const names[] = {"rdtsc", "rdtscp", "rdrand", "rdseed",
                                        "rdpmc", "rdpid",  "sgdt",   "lsl"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(instruction->mnemonic, names[i]) == 0)
            return true;
    return false;
}

static void outcomes_do_not_depend_on_what_ran_before(void **state)
{
    (void)state;
    history_expect_none(is_left_out, HISTORY_JOBS / 4);
}

/* The same jobs on machines of one's own, whose memory can be looked at. */
static void memory_is_whole_after_each_run(void **state)
{
    static struct rp_kvm_machine machine;
    static struct rp_kvm_prepared prepared[HISTORY_USERS];
    struct rp_kvm_device device;
    struct rp_error error;
    struct rp_random random = rp_random_make(22, 0);
    (void)state;
    assert_int_equal(rp_kvm_device_open(RP_KVM_PATH, &device, &error), RP_OK);
    rp_kvm_guard_start();
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        unsigned ring = rp_mode_info((enum rp_mode)mode)->has_ring0 ? 0 : 3;
        assert_int_equal(rp_kvm_machine_open(&machine, &device, (enum rp_mode)mode, &error), RP_OK);
        for (unsigned i = 0; i < HISTORY_USERS; i++)
            rig_prepare_on(&machine, ring, history_users[i], &prepared[i]);
        for (unsigned i = 0; i < 1000; i++) {
            const struct rp_encoding *encoding = &history_lasting[rp_random_below(&random, HISTORY_LASTING)];
            struct rp_outcome outcome = {0};
            size_t changes;
            assert_int_equal(rp_kvm_machine_run(&machine, &prepared[rp_random_below(&random, HISTORY_USERS)],
                                                encoding, &outcome, &changes, &error),
                             RP_OK);
            if (!rp_kvm_memory_clean(&machine.memory))
                fail_msg("%s: memory differs after %02x %02x", rp_mode_info((enum rp_mode)mode)->name,
                         encoding->bytes[0], encoding->bytes[1]);
        }
        for (unsigned i = 0; i < HISTORY_USERS; i++)
            rp_kvm_machine_release(&machine, &prepared[i]);
        rp_kvm_machine_close(&machine);
    }
    rp_kvm_guard_stop();
    rp_kvm_device_close(&device);
}

/* WRMSR reaches what no image holds: a variable-range MTRR. */
static void mtrrs_are_restored(void **state)
{
    (void)state;
    rig_run(RP_MODE_LONG64, "ring=0", "rcx=200,rax=6,rdx=0", "0f30");
    rig_expect("rip=10402");
    rig_run(RP_MODE_LONG64, "ring=0", "rcx=200", "0f32");
    rig_expect("rip=10402 rax=0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_do_not_depend_on_what_ran_before),
        cmocka_unit_test(memory_is_whole_after_each_run),
        cmocka_unit_test(mtrrs_are_restored),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
