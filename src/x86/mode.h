/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The seven modes in which an encoding is judged, and what is fixed in each (SDM Vol. 1 section 3.1). */
#ifndef RP_X86_MODE_H
#define RP_X86_MODE_H

#include <stdbool.h>
#include <stdint.h>

enum rp_mode {
    RP_MODE_LONG64,   /* IA-32e, CS.L = 1 */
    RP_MODE_COMPAT32, /* IA-32e, CS.L = 0, CS.D = 1 */
    RP_MODE_COMPAT16, /* IA-32e, CS.L = 0, CS.D = 0, SS.B = 1 */
    RP_MODE_PROT32,   /* protected mode with paging, CS.D = 1 */
    RP_MODE_PROT16,   /* protected mode with paging, CS.D = 0, SS.B = 0 */
    RP_MODE_VM86,     /* RFLAGS.VM = 1, always CPL 3; its ring-0 partner is real16 */
    RP_MODE_REAL16,   /* CR0.PE = 0: one ring only */
    RP_MODE_COUNT,
};

struct rp_mode_info {
    const char *name; /* as `-m` takes it */
    uint8_t
        code_bits; /* default operand and address size: 64, 32 or 16 (long64: 64 addresses, 32 operands) */
    uint8_t stack_bits;  /* width of the stack pointer */
    bool long_mode;      /* EFER.LMA = 1 */
    bool protected_mode; /* selectors name descriptors: neither vm86 nor real16 */
    bool has_ring0, has_ring3;
};

/* What is fixed in `mode`; static storage. */
const struct rp_mode_info *rp_mode_info(enum rp_mode mode);

/* Finds a mode by its name (exact, lower case); false if there is none. */
bool rp_mode_find(const char *name, enum rp_mode *mode);

#endif
