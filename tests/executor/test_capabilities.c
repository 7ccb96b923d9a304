/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a CPU lacks: which resources go with it, and which pre-states ask for it. */
#include "executor/capabilities.h"

#include "state/recipe.h"
#include "support/suite.h"

#include <string.h>

#define CR4_UMIP UINT64_C(0x800)
#define CR4_PKE  UINT64_C(0x400000)

static struct rp_capabilities can;

static int allow_everything(void **state)
{
    (void)state;
    can = (struct rp_capabilities){0};
    memset(can.resource, true, sizeof can.resource);
    return 0;
}

static void lack(enum rp_reg reg, uint64_t bits)
{
    uint64_t lacks[RP_REG_COUNT] = {0};
    lacks[reg] = bits;
    rp_capabilities_lack(&can, lacks);
}

static unsigned count_held(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < RP_RESOURCE_COUNT; i++)
        count += can.resource[i];
    return count;
}

static void a_lacking_control_is_not_held_and_no_other_is_lost(void **state)
{
    (void)state;
    lack(RP_REG_CR4, CR4_UMIP);
    assert_false(can.resource[RP_RESOURCE_CR4_UMIP]);
    assert_int_equal(count_held(), RP_RESOURCE_COUNT - 1);
    lack(RP_REG_CR4, CR4_PKE);
    assert_false(can.resource[RP_RESOURCE_CR4_PKE]);
    assert_int_equal(can.lacks[RP_REG_CR4], CR4_UMIP | CR4_PKE);
}

static void a_register_is_held_as_long_as_its_values_can_be_told_apart(void **state)
{
    (void)state;
    lack(RP_REG_XCR0, RP_XCR0_AVX512);
    assert_true(can.resource[RP_RESOURCE_XCR0]);
    lack(RP_REG_XCR0, RP_XCR0_AVX512 | 4); /* 7 and 3 are one */
    assert_false(can.resource[RP_RESOURCE_XCR0]);
    lack(RP_REG_TSC_AUX, UINT64_MAX);
    assert_false(can.resource[RP_RESOURCE_TSC_AUX]);
}

static void what_is_held_already_not_comes_not_back(void **state)
{
    (void)state;
    can.resource[RP_RESOURCE_CR4_TSD] = false;
    lack(RP_REG_CR4, 0);
    assert_false(can.resource[RP_RESOURCE_CR4_TSD]);
    assert_int_equal(count_held(), RP_RESOURCE_COUNT - 1);
}

static bool is_refused(const char *machine)
{
    static struct rp_recipe recipe;
    static struct rp_prestate prestate;
    struct rp_error error;
    unsigned ring;
    rp_recipe_init(&recipe, RP_MODE_LONG64, RP_POLICY_LEGACY);
    assert_int_equal(
        rp_machine_parse(machine, RP_MODE_LONG64, RP_POLICY_LEGACY, &recipe.machine, &ring, &error), RP_OK);
    assert_int_equal(
        rp_prestate_build(&prestate, RP_MODE_LONG64, ring, &recipe.user, &recipe.machine, &error), RP_OK);
    return rp_capabilities_refuse(&can, &prestate);
}

static void only_what_no_machine_has_by_default_is_refused(void **state)
{
    (void)state;
    assert_false(is_refused("ring=3,cr4.umip=1"));
    lack(RP_REG_CR4, CR4_UMIP | CR4_PKE);
    assert_true(is_refused("ring=3,cr4.umip=1"));
    assert_false(is_refused("ring=3"));
    assert_false(is_refused("ring=3,cr4.pke=0"));
}

static void reducing_takes_away_lacking_bits_alone(void **state)
{
    struct rp_prestate prestate = {0};
    uint64_t lacks[RP_REG_COUNT] = {0};
    (void)state;
    prestate.state.reg[RP_REG_CR4] = CR4_PKE | CR4_UMIP;
    prestate.state.reg[RP_REG_RAX] = CR4_PKE;
    lacks[RP_REG_CR4] = CR4_PKE;
    rp_prestate_reduce(&prestate, lacks);
    assert_int_equal(prestate.state.reg[RP_REG_CR4], CR4_UMIP);
    assert_int_equal(prestate.state.reg[RP_REG_RAX], CR4_PKE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_lacking_control_is_not_held_and_no_other_is_lost, allow_everything),
        cmocka_unit_test_setup(a_register_is_held_as_long_as_its_values_can_be_told_apart, allow_everything),
        cmocka_unit_test_setup(what_is_held_already_not_comes_not_back, allow_everything),
        cmocka_unit_test_setup(only_what_no_machine_has_by_default_is_refused, allow_everything),
        cmocka_unit_test(reducing_takes_away_lacking_bits_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
