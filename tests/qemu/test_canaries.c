/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What it cannot show; see guest_canaries.c. */
#include "support/guest_tests.h"
#include "support/rig.h"

/* What the canary of RDTSC cannot say, because the counter runs. */
static void the_time_stamp_counter_keeps_its_own_value(void **state)
{
    uint64_t high = 0;
    (void)state;
    if (!guest_tests_run())
        skip();
    rig_run(RP_MODE_LONG64, "ring=0,tsc=4000000000000000", "-", "0f31");
    rig_expect_kind(RP_OUTCOME_RETIRED, 0);
    rig_changed("rdx", &high);
    assert_true(high < 0x40000000);
}

static void what_unicorn_ignores_is_answered_here(void **state)
{
    const struct rp_limits *limits = guest_tests_limits();
    (void)state;
    assert_false(rp_limits_ignores(limits, RP_RESOURCE_CR4_UMIP, RP_MODE_PROT32));
    assert_false(rp_limits_ignores(limits, RP_RESOURCE_CR4_TSD, RP_MODE_LONG64));
    assert_true(rp_limits_ignores(limits, RP_RESOURCE_DR7_GD, RP_MODE_PROT32));
}

int main(void)
{
    const struct CMUnitTest more[] = {cmocka_unit_test(the_time_stamp_counter_keeps_its_own_value),
                                      cmocka_unit_test(what_unicorn_ignores_is_answered_here),
                                      {NULL, NULL, NULL, NULL, NULL}};
    return guest_tests_canaries("qemu", more);
}
