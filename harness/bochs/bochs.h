/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor over Bochs: ring 0 and 3 in all seven modes, by the guest image of harness/guest, on any of
 * Bochs' CPU models. Provenance: emulated. */
#ifndef RP_HARNESS_BOCHS_BOCHS_H
#define RP_HARNESS_BOCHS_BOCHS_H

#include "executor/executor.h"

extern const struct rp_executor rp_executor_bochs;

#endif
