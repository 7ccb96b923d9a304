/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions back to back: one outcome of all, where one of them traps, what ends them, and nothing left
 * behind. */
#include "unicorn/rig.h"

#include "support/sequence_tests.h"

static void run(const char *user, const char *code)
{
    rig_run_sequence(RP_MODE_LONG64, "ring=3", user, code);
}

static void what_is_no_end_hangs_and_what_costs_unicorn_does_not_run(void **state)
{
    (void)state;
    run("-", "90 ebfe");
    rig_expect_kind(RP_OUTCOME_HUNG, 0);
    run("-", "");
    rig_expect_kind(RP_OUTCOME_UNSUPPORTED, 0);
    rig_run_sequence(RP_MODE_LONG64, "ring=0", "rax=0",
                     "b801000000 0f23f8"); /* a breakpoint, see would_break */
    rig_expect_kind(RP_OUTCOME_UNSUPPORTED, 0);
    rig_run_sequence(RP_MODE_LONG64, "ring=0", "rax=0", "ebff 0f23f8 90"); /* by a jump between */
    rig_expect_kind(RP_OUTCOME_UNSUPPORTED, 0);
}

static void loops_end_where_they_say(void **state)
{
    (void)state;
    run("rax=0,rcx=40", "48ffc0 e2fb 90"); /* INC RAX; LOOP */
    rig_expect("rax=40 rcx=0 rip=10406");
    run("rax=0,rcx=41", "48ffc0 e2fb 90"); /* the same translation */
    rig_expect("rax=41 rcx=0 rip=10406");
    run("rax=0", "48ffc0 eb03 0f0b90 48ffc0"); /* over #UD */
    rig_expect("rax=2 rip=1040b");
}

static void a_halt_or_a_step_within_ends_it(void **state)
{
    (void)state;
    rig_run_sequence(RP_MODE_LONG64, "ring=0", "rax=0", "48ffc0 f4 48ffc0");
    rig_expect("rax=1 rip=10404 activity=1");
    rig_run_sequence(RP_MODE_LONG64, "ring=0", "rax=0", "f4 90 48ffc0 90");
    rig_expect("rax rip=10401 activity=1");
    run("rflags=102,rax=0", "48ffc0 48ffc0 90");
    rig_expect("rax=1 rip=10403 dr6");
}

static void it_runs_where_segments_have_bases(void **state)
{
    (void)state;
    rig_run_sequence(RP_MODE_REAL16, "ring=0", "rax=0", "40 40 40");
    rig_expect("rax=3 rip=403");
    rig_run_sequence(RP_MODE_REAL16, "ring=0", "rax=0", "40 ebfd");
    rig_expect_kind(RP_OUTCOME_HUNG, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_them_come_to_one_outcome),
        cmocka_unit_test(the_one_that_traps_is_where_rip_is),
        cmocka_unit_test(what_is_no_end_hangs_and_what_costs_unicorn_does_not_run),
        cmocka_unit_test(loops_end_where_they_say),
        cmocka_unit_test(a_halt_or_a_step_within_ends_it),
        cmocka_unit_test(it_runs_where_segments_have_bases),
        cmocka_unit_test(nothing_of_them_stands_behind_the_next_one),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
