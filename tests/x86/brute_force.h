/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judge of the form space: tries everything that the space claims to cover, straight on the decoder and
 * sharing no code with src/x86, and holds the result against rp_form_space. One program per class of modes
 * runs it, so that they can run side by side. */
#ifndef RP_TESTS_X86_BRUTE_FORCE_H
#define RP_TESTS_X86_BRUTE_FORCE_H

#include "x86/mode.h"

/* Forms of a class, as counted independently by brute force over Zydis 4.0.0 before the program existed. */
struct brute_figures {
    unsigned forms, mnemonics;
    unsigned legacy, amd3dnow, xop, vex, evex;
};

/* Runs the tests for the modes of one width as a cmocka group; returns main's exit status. `name` is the
 * group's, `modes` are `count` modes whose spaces must all be the same. */
int brute_force_tests(const char *name, const enum rp_mode *modes, unsigned count,
                      const struct brute_figures *expected);

#endif
