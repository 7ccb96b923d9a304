/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The form space of 16-bit code is what brute force finds, form by form. */
#include "x86/brute_force.h"

int main(void)
{
    static const enum rp_mode modes[] = {RP_MODE_PROT16, RP_MODE_COMPAT16, RP_MODE_VM86, RP_MODE_REAL16};
    static const struct brute_figures figures = {.forms = 18256,
                                                 .mnemonics = 1572,
                                                 .legacy = 5010,
                                                 .amd3dnow = 48,
                                                 .xop = 176,
                                                 .vex = 1601,
                                                 .evex = 11421};

    return brute_force_tests("forms of 16-bit code", modes, sizeof modes / sizeof modes[0], &figures);
}
