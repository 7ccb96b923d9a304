/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a CPU lacks, brought into an executor's table: pre-states leave it out, and what cannot be told from
 * its own default then is not among the resources that the executor holds. */
#ifndef RP_EXECUTOR_CAPABILITIES_H
#define RP_EXECUTOR_CAPABILITIES_H

#include "executor/executor.h"

/* Adds the bits of `lacks` to can->lacks; a resource of which two values come to the same without them is
 * held no longer. */
void rp_capabilities_lack(struct rp_capabilities *can, const uint64_t lacks[RP_REG_COUNT]);

/* True if the pre-state asks for a bit that the table lacks, and that no machine has by default: the
 * executor then has to answer `unsupported`. What machines have by default is left out instead. */
bool rp_capabilities_refuse(const struct rp_capabilities *can, const struct rp_prestate *prestate);

#endif
