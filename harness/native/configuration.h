/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a pre-state and an instruction to what a runner has to be given before its filter is loaded. Most runs
 * need nothing: only what the instruction looks at (state/looks.h) is set, so that the runner with nothing
 * set makes all others, and few further ones are started. Private to harness/native. */
#ifndef RP_HARNESS_NATIVE_CONFIGURATION_H
#define RP_HARNESS_NATIVE_CONFIGURATION_H

#include "native/contract.h"
#include "state/prestate.h"
#include "x86/decode.h"

extern const struct rp_native_configuration rp_native_nothing_set;

/* What a pre-state asks of the machine. */
#define RP_NATIVE_ENTRIES 2 /* of the LDT, in which the arena's probes stand */
struct rp_native_wish {
    uint64_t entry[RP_NATIVE_ENTRIES];
    bool elsewhere; /* it has descriptors in further entries */
    uint32_t cpu;
    bool tsd, cpuid_fault;
};

void rp_native_wish_find(const struct rp_prestate *prestate, struct rp_native_wish *wish);

/* What an instruction looks at; found once for all its runs. */
struct rp_native_needs {
    bool any; /* of what follows */
    bool descriptors, tsd, cpuid_fault, cpu;
    bool known;
    struct rp_instruction instruction; /* if known */
};

/* NULL: nobody knows the instruction, and it may look at everything: it is given what it can be given. It
 * runs on any CPU all the same: where it looks at that, it shows as noise. */
void rp_native_needs_find(const struct rp_instruction *instruction, struct rp_native_needs *needs);

/* Fills `configuration` with what a run needs from the pre-state of which `wish` and `slot` were made. What
 * Linux does not offer here stays as it was found, and is in no capability. False if a program can't be given
 * it: the run is `unsupported`. */
bool rp_native_configuration_find(const struct rp_native_wish *wish, const struct rp_native_slot *slot,
                                  const struct rp_native_needs *needs, const struct rp_native_offer *offer,
                                  struct rp_native_configuration *configuration);

/* True if modify_ldt can write this descriptor. It sets S, DPL 3 and A, and takes neither L nor conforming
 * code that is present (Linux arch/x86/include/asm/desc.h, fill_ldt; arch/x86/kernel/ldt.c, write_ldt). */
bool rp_native_ldt_takes(uint64_t descriptor);

#endif
