/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions back to back: one outcome of all, where one of them traps, and nothing of them left behind. */
#include "kvm/rig.h"

#include "support/sequence_tests.h"

static void run(const char *user, const char *code)
{
    rig_run_sequence(RP_MODE_LONG64, "ring=3", user, code);
}

static void what_is_no_end_hangs_and_what_is_a_hazard_does_not_run(void **state)
{
    (void)state;
    run("-", "90 ebfe");
    rig_expect_kind(RP_OUTCOME_HUNG, 0);
    run("-", "90 f00fc7c8");
    rig_expect_kind(RP_OUTCOME_UNSUPPORTED, 0);
    run("-", "90 f044 0fc7c8"); /* whose bytes are no hazard one by one */
    rig_expect_kind(RP_OUTCOME_UNSUPPORTED, 0);
    run("-", "");
    rig_expect_kind(RP_OUTCOME_UNSUPPORTED, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_them_come_to_one_outcome),
        cmocka_unit_test(the_one_that_traps_is_where_rip_is),
        cmocka_unit_test(what_is_no_end_hangs_and_what_is_a_hazard_does_not_run),
        cmocka_unit_test(nothing_of_them_stands_behind_the_next_one),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
