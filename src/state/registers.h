/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine's registers as 64-bit words, and who owns which bit of them. Freestanding: the guest image and
 * the native runner are built from this too. The rows are in registers.def. */
#ifndef RP_STATE_REGISTERS_H
#define RP_STATE_REGISTERS_H

#include "x86/mode.h"

#include <stdbool.h>
#include <stdint.h>

/* Of XCR0, SDM Vol. 1 13.3. */
#define RP_XCR0_AVX    UINT64_C(0x04)
#define RP_XCR0_AVX512 UINT64_C(0xe0) /* masks, upper halves, registers 16 to 31: all three or none */

/* RFLAGS by name, SDM Vol. 1 3.4.3. */
#define RP_FLAG_CF   UINT64_C(0x000001)
#define RP_FLAG_ONE  UINT64_C(0x000002) /* reads as 1 on every x86 */
#define RP_FLAG_PF   UINT64_C(0x000004)
#define RP_FLAG_AF   UINT64_C(0x000010)
#define RP_FLAG_ZF   UINT64_C(0x000040)
#define RP_FLAG_SF   UINT64_C(0x000080)
#define RP_FLAG_TF   UINT64_C(0x000100)
#define RP_FLAG_IF   UINT64_C(0x000200)
#define RP_FLAG_DF   UINT64_C(0x000400)
#define RP_FLAG_OF   UINT64_C(0x000800)
#define RP_FLAG_IOPL UINT64_C(0x003000)
#define RP_FLAG_NT   UINT64_C(0x004000)
#define RP_FLAG_RF   UINT64_C(0x010000)
#define RP_FLAG_VM   UINT64_C(0x020000)
#define RP_FLAG_AC   UINT64_C(0x040000)
#define RP_FLAG_VIF  UINT64_C(0x080000)
#define RP_FLAG_VIP  UINT64_C(0x100000)
#define RP_FLAG_ID   UINT64_C(0x200000)
#define RP_FLAGS_STATUS                                                                                      \
    (RP_FLAG_CF | RP_FLAG_PF | RP_FLAG_AF | RP_FLAG_ZF | RP_FLAG_SF | RP_FLAG_DF | RP_FLAG_OF)
/* METHOD: TF AC ID NT RF are the program's own, they never make an instruction sensitive. */
#define RP_FLAGS_USER                                                                                        \
    (RP_FLAGS_STATUS | RP_FLAG_TF | RP_FLAG_AC | RP_FLAG_ID | RP_FLAG_NT | RP_FLAG_RF | RP_FLAG_ONE)

#define RP_ATTRIBUTE_DPL UINT64_C(0x60)

enum rp_reg {
#define RP_REGISTER(id, ...) RP_REG_##id,
#include "state/registers.def"
#undef RP_REGISTER
    RP_REG_COUNT
};

enum rp_register_group {
    RP_GROUP_GENERAL,
    RP_GROUP_FLAGS,
    RP_GROUP_SEGMENT,
    RP_GROUP_SYSTEM,
    RP_GROUP_MSR,
    RP_GROUP_X87,
    RP_GROUP_COUNT,
};

struct rp_register_info {
    const char *name;
    enum rp_register_group group;
    uint64_t user;    /* bits of U in every mode */
    uint64_t carrier; /* bits that carry the ring, M-CARRIER */
    uint64_t ignored; /* bits that nothing is judged by, M-NOISE */
    bool segment;     /* selector or base of a segment register: U in vm86 and real16 */
};

/* The row of a register; static storage. */
const struct rp_register_info *rp_register_info(enum rp_reg reg);

/* The bits of `reg` that belong to the program in `mode`; all others are privileged state. */
uint64_t rp_register_user_mask(enum rp_reg reg, enum rp_mode mode);

/* The vector registers: 32 of 512 bits, 8 words each from the lowest, then k0 to k7. An executor that has
 * less leaves the rest as it stands in the pre-state. */
#define RP_VECTOR_REGISTERS  32
#define RP_VECTOR_WORDS_EACH 8
#define RP_VECTOR_MASKS      (RP_VECTOR_REGISTERS * RP_VECTOR_WORDS_EACH) /* index of k0 */
#define RP_VECTOR_WORDS      (RP_VECTOR_MASKS + 8)

/* Everything that is not memory. */
struct rp_state {
    uint64_t reg[RP_REG_COUNT];
    uint64_t vector[RP_VECTOR_WORDS];
};

#endif
