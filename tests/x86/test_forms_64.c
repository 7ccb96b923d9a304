/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The form space of 64-bit code is what brute force finds, form by form. */
#include "x86/brute_force.h"

int main(void)
{
    static const enum rp_mode modes[] = {RP_MODE_LONG64};
    static const struct brute_figures figures = {.forms = 23106,
                                                 .mnemonics = 1668,
                                                 .legacy = 7561,
                                                 .amd3dnow = 48,
                                                 .xop = 202,
                                                 .vex = 2638,
                                                 .evex = 12657};

    return brute_force_tests("forms of 64-bit code", modes, sizeof modes / sizeof modes[0], &figures);
}
