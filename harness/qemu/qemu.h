/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor over QEMU's emulator (TCG): ring 0 and 3 in all seven modes, by the guest image of
 * harness/guest. Provenance: emulated. */
#ifndef RP_HARNESS_QEMU_QEMU_H
#define RP_HARNESS_QEMU_QEMU_H

#include "executor/executor.h"

extern const struct rp_executor rp_executor_qemu;

#endif
