/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is fixed in each mode (SDM Vol. 1 section 3.1, Vol. 3B sections 20.1 and 20.2). */
#include "support/suite.h"
#include "x86/mode.h"

static void modes_are_found_by_their_exact_names(void **state)
{
    enum rp_mode mode;

    (void)state;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        assert_true(rp_mode_find(rp_mode_info((enum rp_mode)m)->name, &mode));
        assert_int_equal(mode, m);
    }
    assert_false(rp_mode_find("LONG64", &mode));
    assert_false(rp_mode_find("", &mode));
}

static void vm86_has_ring_3_alone_and_real_mode_ring_0(void **state)
{
    (void)state;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        const struct rp_mode_info *info = rp_mode_info((enum rp_mode)m);

        assert_int_equal(info->has_ring0, m != RP_MODE_VM86);
        assert_int_equal(info->has_ring3, m != RP_MODE_REAL16);
        assert_int_equal(info->protected_mode, m != RP_MODE_VM86 && m != RP_MODE_REAL16);
        assert_int_equal(info->long_mode, m <= RP_MODE_COMPAT16);
    }
}

static void names_tell_the_width_of_code(void **state)
{
    static const unsigned bits[] = {64, 32, 16, 32, 16, 16, 16};

    (void)state;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        assert_int_equal(rp_mode_info((enum rp_mode)m)->code_bits, bits[m]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_are_found_by_their_exact_names),
        cmocka_unit_test(vm86_has_ring_3_alone_and_real_mode_ring_0),
        cmocka_unit_test(names_tell_the_width_of_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
