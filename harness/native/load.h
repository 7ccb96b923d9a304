/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a pre-state to what the runner loads. Private to harness/native. */
#ifndef RP_HARNESS_NATIVE_LOAD_H
#define RP_HARNESS_NATIVE_LOAD_H

#include "base/error.h"
#include "native/contract.h"
#include "state/prestate.h"

/* Fills `slot`, which stands in one array with `standard`, the mode's default state; false if a program can't
 * have that state: other flags than its own, a segment that neither the kernel's table nor the runner's has,
 * a reserved bit of MXCSR. Privileged registers are not looked at.
 */
bool rp_native_load(const struct rp_prestate *prestate, const struct rp_native_layout *layout,
                    const struct rp_native_slot *standard, struct rp_native_slot *slot);

/* The default user state of `mode`, for trial runs. */
int rp_native_load_default(enum rp_mode mode, const struct rp_native_layout *layout,
                           struct rp_native_slot *slot, struct rp_error *error);

/* version.c: one line, CPU, hypervisor and kernel; static storage. */
const char *rp_native_version(void);

#endif
