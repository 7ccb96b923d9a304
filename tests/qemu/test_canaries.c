/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each line of corpus/limits-qemu.tsv is still true: its canary still shows the mistake. A newer QEMU that no
 * longer makes it fails here, and the line has to go. */
#include "support/rig.h"

static struct rp_limits *limits;
static bool runs;

static int open_all(void **state)
{
    struct rp_error error;
    int code = rp_limits_open("qemu", &limits, &error);
    (void)state;
    if (code != RP_OK)
        print_error("%s\n", error.line);
    runs = rig_open_executor("qemu") == RP_OK;
    return code;
}

static int close_all(void **state)
{
    rp_limits_close(limits);
    return rig_close(state);
}

static void each_canary_still_shows_qemus_mistake(void **state)
{
    (void)state;
    if (!runs)
        skip();
    rig_expect_canaries(limits);
}

static void each_canary_is_what_its_line_is_about(void **state)
{
    (void)state;
    assert_true(rp_limits_count(limits) > 5);
    rig_expect_canaries_apply(limits);
}

/* What the canary of RDTSC cannot say, because the counter runs. */
static void the_time_stamp_counter_keeps_its_own_value(void **state)
{
    uint64_t high = 0;
    (void)state;
    if (!runs)
        skip();
    rig_run(RP_MODE_LONG64, "ring=0,tsc=4000000000000000", "-", "0f31");
    rig_expect_kind(RP_OUTCOME_RETIRED, 0);
    rig_changed("rdx", &high);
    assert_true(high < 0x40000000);
}

static void what_unicorn_ignores_is_answered_here(void **state)
{
    (void)state;
    assert_false(rp_limits_ignores(limits, RP_RESOURCE_CR4_UMIP, RP_MODE_PROT32));
    assert_false(rp_limits_ignores(limits, RP_RESOURCE_CR4_TSD, RP_MODE_LONG64));
    assert_true(rp_limits_ignores(limits, RP_RESOURCE_DR7_GD, RP_MODE_PROT32));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_canary_still_shows_qemus_mistake),
        cmocka_unit_test(each_canary_is_what_its_line_is_about),
        cmocka_unit_test(the_time_stamp_counter_keeps_its_own_value),
        cmocka_unit_test(what_unicorn_ignores_is_answered_here),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
