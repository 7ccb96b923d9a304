/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LGDT and LIDT of anything but the arena's tables leave no way to deliver what ends a run. In ring 0 two
 * instructions behind them do what is left to do: store the register into the last bytes of the data window,
 * and load it again as it was. */
#include "guest/image/image.h"

#include <string.h>

#define ESCAPE       0x0f
#define GROUP_7      0x01
#define OPERAND_SIZE 0x66
#define PLACE_STORED (RP_ARENA_DATA_SIZE - 0x40) /* in the data window */
#define PLACE_BEFORE (RP_ARENA_DATA_SIZE - 0x20)

/* 0F 01 /`reg` of the data window at `offset`, by an absolute address. */
static unsigned put(enum rp_mode mode, unsigned reg, uint32_t offset, uint8_t *at)
{
    unsigned bits = rp_mode_info(mode)->code_bits, length = 0;
    uint32_t address = (uint32_t)rp_arena_view(mode)->data + offset;
    if (bits == 16)
        at[length++] = OPERAND_SIZE;
    at[length++] = ESCAPE;
    at[length++] = GROUP_7;
    at[length++] = (uint8_t)(reg << 3 | (bits == 64 ? 4 : bits == 32 ? 5 : 6));
    if (bits == 64)
        at[length++] = 0x25; /* no base, no index */
    memcpy(at + length, &address, bits == 16 ? 2 : 4);
    return length + (bits == 16 ? 2 : 4);
}

void rp_guest_epilogue_make(enum rp_mode mode, const struct rp_prefix_scan *scan,
                            struct rp_guest_epilogue *epilogue)
{
    unsigned reg = scan->modrm >> 3 & 7;
    epilogue->length = 0;
    if (scan->class != RP_CLASS_LEGACY || scan->map != 1 || scan->opcode != GROUP_7 ||
        scan->modrm >> 6 == 3 || (reg != 2 && reg != 3))
        return;
    epilogue->wide = rp_mode_info(mode)->code_bits == 64;
    epilogue->reg = reg == 2 ? RP_REG_GDTR_BASE : RP_REG_IDTR_BASE;
    unsigned length = put(mode, reg - 2, PLACE_STORED, epilogue->bytes);
    epilogue->length = (uint8_t)(length + put(mode, reg, PLACE_BEFORE, epilogue->bytes + length));
}

void rp_guest_epilogue_before(const struct rp_guest_epilogue *epilogue, const uint64_t *before)
{
    uint8_t *at = rp_guest_low(RP_ARENA_DATA + PLACE_BEFORE);
    uint16_t limit = (uint16_t)before[epilogue->reg + 1];
    memcpy(at, &limit, sizeof limit);
    memcpy(at + sizeof limit, &before[epilogue->reg], sizeof before[0]);
}

void rp_guest_epilogue_after(const struct rp_guest_epilogue *epilogue, uint64_t *after)
{
    const uint8_t *at = rp_guest_low(RP_ARENA_DATA + PLACE_STORED);
    uint16_t limit;
    memcpy(&limit, at, sizeof limit);
    after[epilogue->reg] = 0;
    memcpy(&after[epilogue->reg], at + sizeof limit, epilogue->wide ? 8 : 4);
    after[epilogue->reg + 1] = limit;
}

void rp_guest_epilogue_forget(void)
{
    rp_guest_memory_forget(RP_ARENA_DATA + PLACE_STORED, RP_ARENA_DATA_SIZE - PLACE_STORED);
}
