/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The form space of 32-bit code is what brute force finds, form by form. */
#include "x86/brute_force.h"

int main(void)
{
    static const enum rp_mode modes[] = {RP_MODE_PROT32, RP_MODE_COMPAT32};
    static const struct brute_figures figures = {.forms = 18340,
                                                 .mnemonics = 1604,
                                                 .legacy = 5014,
                                                 .amd3dnow = 48,
                                                 .xop = 176,
                                                 .vex = 1617,
                                                 .evex = 11485};

    return brute_force_tests("forms of 32-bit code", modes, sizeof modes / sizeof modes[0], &figures);
}
