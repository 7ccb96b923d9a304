/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Three layers told apart: what the CPU did, what the kernel did on its behalf, what a hypervisor may have
 * done. The limits' canaries are run here too. */
#include "native/rig.h"

#include "executor/limits.h"
#include "native/native.h"
#include "x86/cpu.h"
#include "x86/vector.h"

#include <stdio.h>
#include <string.h>

static const enum rp_mode modes[] = {RP_MODE_LONG64, RP_MODE_COMPAT32, RP_MODE_COMPAT16};

/* What the CPU did is told, and nothing of what the kernel did in its stead. */
static bool emulated(enum rp_mode mode, const char *hex)
{
    const struct rp_outcome *outcome = rig_run(mode, "ring=3", "rax=0", hex);
    if (outcome->kernel_emulated &&
        (outcome->kind != RP_OUTCOME_TRAPPED || outcome->vector != RP_VECTOR_GP || outcome->count))
        fail_msg("%s %s: %s", rp_mode_info(mode)->name, hex,
                 rp_outcome_kind_name((enum rp_outcome_kind)outcome->kind));
    return outcome->kernel_emulated;
}

static bool can_run(enum rp_mode mode)
{
    return rp_executor_native.capabilities(rig_instance())->ring[mode][3];
}

/* Linux sets CR4.UMIP wherever the CPU has it and emulates all five (6.18; SLDT and STR since 5.10). */
static void the_kernel_is_seen_where_it_emulates(void **state)
{
    static const char *const five[] = {"0f0103", "0f010b", "0f01e0", "0f00c0", "0f00c8"};
    static struct rp_cpu cpu;
    (void)state;
    assert_int_equal(rp_cpu_read(&cpu, NULL), RP_OK);
    for (unsigned i = 0; i < sizeof five / sizeof five[0]; i++)
        for (unsigned m = 0; m < sizeof modes / sizeof modes[0]; m++)
            if (can_run(modes[m]) && emulated(modes[m], five[i]) != rp_cpu_has(&cpu, "umip"))
                fail_msg("%s %s", rp_mode_info(modes[m])->name, five[i]);
}

static void the_kernel_is_not_seen_where_it_is_not(void **state)
{
    /* The last load a NULL selector into GS themselves: the kernel would leave the same there. */
    static const char *const others[] = {"90",   "0fa2", "0f31", "8b03",   "9c",
                                         "0f0b", "8cd8", "8ee8", "0fb52b", "0fa9"};
    (void)state;
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++)
        for (unsigned m = 0; m < sizeof modes / sizeof modes[0]; m++)
            if (can_run(modes[m]) && emulated(modes[m], others[i]))
                fail_msg("%s %s", rp_mode_info(modes[m])->name, others[i]);
}

static void the_version_names_a_hypervisor(void **state)
{
    static struct rp_cpu cpu;
    (void)state;
    assert_int_equal(rp_cpu_read(&cpu, NULL), RP_OK);
    bool named = strstr(rp_executor_native.version(), "under hypervisor") != NULL;
    assert_true(named == rp_cpu_has(&cpu, "hypervisor"));
}

static void each_limit_has_a_canary_that_shows_it(void **state)
{
    struct rp_limits *limits;
    struct rp_error error;
    (void)state;
    assert_int_equal(rp_limits_open("native", &limits, &error), RP_OK);
    assert_true(rp_limits_count(limits) > 0);
    rig_expect_canaries(limits);
    rp_limits_close(limits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_is_seen_where_it_emulates),
        cmocka_unit_test(the_kernel_is_not_seen_where_it_is_not),
        cmocka_unit_test(the_version_names_a_hypervisor),
        cmocka_unit_test(each_limit_has_a_canary_that_shows_it),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
