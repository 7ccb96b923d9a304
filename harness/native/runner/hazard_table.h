/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of corpus/hazards.tsv, compiled into the runner: it reads no file, and no option reaches it. The
 * table is written by generate/hazard_table.c when the runner is built. */
#ifndef RP_NATIVE_RUNNER_HAZARD_TABLE_H
#define RP_NATIVE_RUNNER_HAZARD_TABLE_H

#include "x86/hazards.h"

extern const struct rp_hazard rp_native_hazards[];
extern const uint64_t rp_native_hazard_count;

#endif
