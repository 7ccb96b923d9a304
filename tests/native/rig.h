/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rig of tests/support with the CPU in it: pre-states are of policy linux. */
#ifndef RP_TESTS_NATIVE_RIG_H
#define RP_TESTS_NATIVE_RIG_H

#include "support/rig.h"

/* Group set-up; rig_close is its tear-down. Where native can't run here, the whole program is skipped. */
int rig_open(void **state);

/* Ends the program as skipped where it is the machine that stands against it, after saying what does. */
void rig_skip_without(int code, const struct rp_error *error);

/* Registers a pre-state on an instance of one's own, with a machine that begins with "ring=3". */
uint32_t rig_prepare_on(void *on, enum rp_mode mode, const char *machine, const char *user);

#endif
