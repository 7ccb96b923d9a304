/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No run leaves anything to the next: thousands of jobs over all modes, rings and states come to the same
 * outcomes forwards, backwards and shuffled; and after each run the guest's memory is whole. */
#include "unicorn/machine.h"
#include "unicorn/rig.h"

#include "base/random.h"
#include "state/seeds.h"
#include "support/history.h"
#include "unicorn/unicorn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sources of noise differ whatever ran before; AVX and up are #UD. */
static bool is_left_out(const struct rp_instruction *instruction)
{
    static const char *const names[] = {"rdtsc", "rdtscp", "rdrand", "rdseed"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(instruction->mnemonic, names[i]) == 0)
            return true;
    return instruction->unit >= RP_UNIT_AVX;
}

static void outcomes_do_not_depend_on_what_ran_before(void **state)
{
    (void)state;
    history_expect_none(is_left_out, HISTORY_JOBS);
}

/* The same jobs on machines of one's own, whose memory can be looked at. */
static void memory_is_whole_after_each_run(void **state)
{
    static struct rp_recipe recipe;
    static struct rp_prestate prestate;
    struct rp_error error;
    struct rp_random random = rp_random_make(22, 0);
    (void)state;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        struct rp_uc_machine *machine = calloc(1, sizeof *machine);
        struct rp_uc_prepared *prepared = calloc(HISTORY_USERS, sizeof *prepared);
        assert_true(machine && prepared);
        assert_int_equal(rp_uc_machine_open(machine, (enum rp_mode)mode, &error), RP_OK);
        unsigned ring = rp_mode_info((enum rp_mode)mode)->has_ring0 ? 0 : 3, count = 0;
        for (; count < HISTORY_USERS; count++) {
            rp_recipe_init(&recipe, (enum rp_mode)mode, RP_POLICY_LEGACY);
            assert_int_equal(rp_user_parse(history_users[count], (enum rp_mode)mode, &recipe.user, &error),
                             RP_OK);
            rp_prestate_build(&prestate, (enum rp_mode)mode, ring, &recipe.user, &recipe.machine, &error);
            rp_uc_machine_prepare(machine, &prestate, &prepared[count], &error);
        }
        for (unsigned i = 0; i < 1000; i++) {
            const struct rp_encoding *encoding = &history_lasting[rp_random_below(&random, HISTORY_LASTING)];
            struct rp_outcome outcome = {0};
            size_t changes;
            assert_int_equal(rp_uc_machine_run(machine, &prepared[rp_random_below(&random, count)], encoding,
                                               &outcome, &changes, &error),
                             RP_OK);
            if (!rp_uc_memory_clean(&machine->memory))
                fail_msg("%s: memory differs after %02x %02x", rp_mode_info((enum rp_mode)mode)->name,
                         encoding->bytes[0], encoding->bytes[1]);
        }
        while (count > 0)
            rp_uc_machine_release(machine, &prepared[--count]);
        rp_uc_machine_close(machine);
        free(prepared);
        free(machine);
    }
}

/* WRMSR reaches what no context holds: a variable-range MTRR. */
static void mtrrs_are_restored(void **state)
{
    (void)state;
    rig_run(RP_MODE_PROT32, "ring=0", "rcx=200,rax=6,rdx=0", "0f30");
    rig_expect("rip=10402");
    rig_run(RP_MODE_PROT32, "ring=0", "rcx=200", "0f32");
    rig_expect("rax=0");
}

/* One encoding per pre-state is translated anew each time, and memory stays bounded: the instance is
 * reopened. */
static void a_long_run_reopens_unicorn_and_goes_on(void **state)
{
    struct rp_job job = {.encoding = {{0x81, 0xc0, 0, 0, 0, 0}, 6}};
    uint64_t value;
    (void)state;
    job.prestate = rig_prepare(RP_MODE_PROT32, "ring=3", "rax=0");
    for (unsigned i = 1; i < 60000; i++) {
        memcpy(job.encoding.bytes + 2, &i, sizeof i);
        rig_run_job(&job);
        if (!rig_changed("rax", &value) || value != i)
            fail_msg("ADD EAX, %u gave %llx", i, (unsigned long long)value);
    }
    rig_forget(job.prestate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_do_not_depend_on_what_ran_before),
        cmocka_unit_test(memory_is_whole_after_each_run),
        cmocka_unit_test(mtrrs_are_restored),
        cmocka_unit_test(a_long_run_reopens_unicorn_and_goes_on),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
