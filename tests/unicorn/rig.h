/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rig of tests/support with Unicorn in it. */
#ifndef RP_TESTS_UNICORN_RIG_H
#define RP_TESTS_UNICORN_RIG_H

#include "support/rig.h"

/* Group set-up; rig_close is its tear-down. */
int rig_open(void **state);

#endif
