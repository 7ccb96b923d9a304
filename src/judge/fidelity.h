/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts about comparing machines: what no manual defines beyond the decoder's table of flags
 * (corpus/undefined.tsv), and what every machine answers for itself or a hypervisor in its stead
 * (corpus/machine-bound.tsv). Private to src/judge. */
#ifndef RP_JUDGE_FIDELITY_H
#define RP_JUDGE_FIDELITY_H

#include "executor/executor.h"
#include "judge/compare.h"
#include "x86/decode.h"

/* Reads both files, once a process; everything below needs it. RP_EINPUT with file:line: an unknown word, a
 * bad number, a mnemonic that is not lower case. */
int rp_fidelity_load(struct rp_error *error);

/* M-UNDEFINED: the bits of `component` that are undefined after `instruction` began as `view` shows it; for
 * `instruction` NULL none. */
uint64_t rp_fidelity_undefined(const struct rp_instruction *instruction, const struct rp_view *view,
                               uint32_t component);

/* True if two machines are right to give different values: only how the runs end is compared. */
bool rp_fidelity_ends_only(const struct rp_instruction *instruction);
/* The same of two executors, `can` being what each holds: if that is what the value is of, they have to
 * agree. */
bool rp_fidelity_machines_own(const struct rp_instruction *instruction,
                              const struct rp_capabilities *const can[2]);

/* True if a hypervisor may answer `mnemonic` instead of the CPU. */
bool rp_fidelity_virtualised(const char *mnemonic);

#endif
