/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which extended state this CPU has and where it stands in an XSAVE area (SDM Vol. 1 13.4, Vol. 2A "CPUID"
 * leaf 0Dh). Private to harness/native and its tests. */
#ifndef RP_HARNESS_NATIVE_LAYOUT_H
#define RP_HARNESS_NATIVE_LAYOUT_H

#include "base/error.h"
#include "native/contract.h"

/* A CPU under its kernel, or one that a test makes up. */
struct rp_native_machine {
    void (*cpuid)(uint32_t leaf, uint32_t subleaf, uint32_t abcd[4]);
    uint64_t xcr0;       /* not looked at without OSXSAVE */
    uint32_t mxcsr_mask; /* as FXSAVE writes it, SDM Vol. 1 11.6.6 */
    bool fsgsbase;       /* the kernel lets programs have the instructions */
};

/* RP_EENVIRONMENT: it has no XSAVE. Components that don't fit into RP_NATIVE_AREA_SIZE, and those that a
 * program has to ask the kernel for (AMX), are left out: they keep their initial state. */
int rp_native_layout_of(const struct rp_native_machine *machine, struct rp_native_layout *layout,
                        struct rp_error *error);

/* The same of the machine that this runs on. */
int rp_native_layout_find(struct rp_native_layout *layout, struct rp_error *error);

#endif
