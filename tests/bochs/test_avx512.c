/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AVX-512 in the guest: masks, the upper halves of ZMM and its upper sixteen registers are loaded, read back
 * and put back, though most runs leave them alone and are not asked about them. */
#include "support/rig.h"
#include "support/suite.h"

static bool runs;

/* A run, and what it has to have made: components as rig_expect takes them. */
struct step {
    enum rp_mode mode;
    const char *user, *hex, *changes;
};

static int open_it(void **state)
{
    (void)state;
    runs = rig_open_executor("bochs") == RP_OK;
    return 0;
}

static void expect_steps(const struct step *steps, size_t count)
{
    if (!runs)
        skip();
    for (size_t i = 0; i < count; i++) {
        rig_run(steps[i].mode, "ring=3", steps[i].user, steps[i].hex);
        rig_expect_kind(RP_OUTCOME_RETIRED, 0);
        rig_expect(steps[i].changes);
    }
}
#define EXPECT(steps) expect_steps(steps, sizeof(steps) / sizeof(steps)[0])

static void all_of_a_wide_result_is_seen(void **state)
{
    static const struct step steps[] = {
        {RP_MODE_LONG64, "-", "62f17c4858c1", "zmm0.0=300000003 zmm0.3=3300000033 zmm0.7=7300000073"},
        {RP_MODE_PROT32, "-", "62f17c4858c1", "zmm0.0=300000003 zmm0.3=3300000033 zmm0.7=7300000073"},
        {RP_MODE_PROT16, "-", "62f17c4858c1", "zmm0.7=7300000073"},
        {RP_MODE_LONG64, "-", "62e17c4828c1", "zmm16.0=200000002 zmm16.7=3a0000003a zmm17.7"},
        {RP_MODE_LONG64, "-", "62217c4828ff", "zmm31.0=1800000018 zmm31.7=5000000050"},
        {RP_MODE_LONG64, "k2=f0,k3=3c", "c5ec41cb", "k1=30 k2 k3"},
        {RP_MODE_PROT32, "k2=f0,k3=3c", "c5ec41cb", "k1=30 k2 k3"},
    };
    (void)state;
    EXPECT(steps);
}

/* SDM Vol. 1 14.1.1 and 15.5: what a narrower result leaves above it. */
static void narrower_results_clear_what_is_above_or_leave_it(void **state)
{
    static const struct step steps[] = {
        {RP_MODE_LONG64, "-", "62f17c0858c1", "zmm0.1=1300000013 zmm0.2=0 zmm0.4=0 zmm0.7=0"},
        {RP_MODE_LONG64, "-", "c5fc58c1", "zmm0.3=3300000033 zmm0.4=0 zmm0.7=0 zmm1.7"},
        {RP_MODE_LONG64, "-", "0f58c1", "zmm0.1=1300000013 zmm0.2 zmm0.4 zmm0.7"},
        {RP_MODE_LONG64, "k1=2", "62f17c4928c1", "zmm0.0=200000001 zmm0.1 zmm0.7"},
        {RP_MODE_LONG64, "k1=2", "62f17cc928c1", "zmm0.0=200000000 zmm0.1=0 zmm0.7=0"},
        {RP_MODE_LONG64, "-", "c5fc77", "zmm0.0=0 zmm15.7=0 zmm16.0 zmm31.7 k1"},
        {RP_MODE_LONG64, "-", "c5f877", "zmm0.0 zmm0.1 zmm0.2=0 zmm15.7=0 zmm16.7"},
        {RP_MODE_PROT32, "-", "c5f877", "zmm0.1 zmm0.2=0 zmm7.7=0 zmm8.7"},
    };
    (void)state;
    EXPECT(steps);
}

#define ZEROS_32 "0000000000000000000000000000000000000000000000000000000000000000"

/* XRSTOR is no VEX, and reaches all of it. */
static void an_area_without_components_brings_them_to_zero(void **state)
{
    static const struct step steps[] = {
        {RP_MODE_LONG64, "rax=e7,rdx=0,data+600=" ZEROS_32 ZEROS_32, "0fae2b",
         "zmm0.0=0 zmm0.7=0 zmm31.7=0 k0=0 k7=0"},
    };
    (void)state;
    EXPECT(steps);
}

static void the_next_run_finds_it_as_before(void **state)
{
    static const struct step steps[] = {
        {RP_MODE_LONG64, "-", "c5fc77", "zmm15.7=0"},
        {RP_MODE_LONG64, "-", "90", "rip=10401 zmm0.0 zmm15.0 zmm15.7"},
        {RP_MODE_LONG64, "zmm3.7=5,k4=6", "62f17c4828c3", "zmm0.7=5 k4"},
        {RP_MODE_LONG64, "-", "62f17c4828c3", "zmm0.7=3c0000003c zmm3.7"},
        {RP_MODE_COMPAT32, "zmm3.7=5,k4=6", "c5f893c4", "rax=6 zmm0.0"},
        {RP_MODE_LONG64, "-", "c5f893c4", "rax=ff"},
    };
    (void)state;
    EXPECT(steps);
}

static void without_its_bits_of_xcr0_it_is_invalid(void **state)
{
    (void)state;
    if (!runs)
        skip();
    rig_run(RP_MODE_LONG64, "ring=0,xcr0=3", "-", "62f17c4858c1");
    rig_expect_kind(RP_OUTCOME_TRAPPED, 6);
    rig_run(RP_MODE_LONG64, "ring=0,xcr0=7", "-", "62f17c4858c1");
    rig_expect_kind(RP_OUTCOME_TRAPPED, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_a_wide_result_is_seen),
        cmocka_unit_test(narrower_results_clear_what_is_above_or_leave_it),
        cmocka_unit_test(an_area_without_components_brings_them_to_zero),
        cmocka_unit_test(the_next_run_finds_it_as_before),
        cmocka_unit_test(without_its_bits_of_xcr0_it_is_invalid),
    };
    return cmocka_run_group_tests(tests, open_it, rig_close);
}
