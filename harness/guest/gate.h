/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors as a guest has them, and where the arena's words stand in the image: for the image and for who
 * prepares its slots. Freestanding. */
#ifndef RP_HARNESS_GUEST_GATE_H
#define RP_HARNESS_GUEST_GATE_H

#include "guest/contract.h"

/* Descriptors of the image's own GDT, and of the LDT that follows it. */
#define RP_GUEST_TABLE_WORDS 0x2000u

/* A word of a pre-state as it has to stand at `address`: vectors come in by the image's segments and stacks.
 */
uint64_t rp_guest_gate(const struct rp_guest_shared *shared, uint32_t address, uint64_t word);

/* Long mode: the stack that `vector` comes in on; 1 and 2 have their own, because they can come while
 * another's is in use. */
#define RP_GUEST_STACKS 3
static inline unsigned rp_guest_stack_of(unsigned vector)
{
    return vector == 1 || vector == 2 ? vector : 0;
}

/* SDM Vol. 3A 3.4.5, of a base of 32 bits. By halves: the image of 32-bit code does so anyway. */
static inline uint64_t rp_guest_pack(uint64_t base, uint64_t limit, uint64_t attributes)
{
    uint32_t b = (uint32_t)base, l = (uint32_t)limit, a = (uint32_t)attributes;
    if (a & 0x8000)
        l >>= 12;
    uint32_t low = (l & 0xffff) | b << 16;
    uint32_t high = (b >> 16 & 0xff) | (a & 0xf0ff) << 8 | (l & 0xf0000) | (b & 0xff000000);
    return low | (uint64_t)high << 32;
}

/* A busy TSS can't be loaded. */
static inline uint64_t rp_guest_pack_tss(const uint64_t *reg)
{
    return rp_guest_pack(reg[RP_REG_TR_BASE], reg[RP_REG_TR_LIMIT], reg[RP_REG_TR_ATTRIBUTES] & ~UINT64_C(2));
}

/* The parts of the arena that a run can change, in the order in which the image keeps them: most words of
 * pre-states are the system's. */
enum { RP_GUEST_REGION_SYSTEM, RP_GUEST_REGION_DATA, RP_GUEST_REGION_STACK, RP_GUEST_REGIONS };
static const struct {
    uint32_t address, size;
} rp_guest_regions[RP_GUEST_REGIONS] = {{RP_ARENA_SYSTEM, RP_ARENA_SYSTEM_SIZE},
                                        {RP_ARENA_DATA, RP_ARENA_DATA_SIZE},
                                        {RP_ARENA_STACK, RP_ARENA_STACK_SIZE}};
#define RP_GUEST_REGIONS_SIZE (RP_ARENA_SYSTEM_SIZE + RP_ARENA_DATA_SIZE + RP_ARENA_STACK_SIZE)

/* Where the byte at `address` of the arena stands in them, less than RP_GUEST_REGIONS_SIZE, or that: in none.
 */
static inline uint32_t rp_guest_offset(uint32_t address)
{
    uint32_t offset = 0;
#pragma GCC unroll 3
    for (unsigned i = 0; i < RP_GUEST_REGIONS; i++) {
        if (address - rp_guest_regions[i].address < rp_guest_regions[i].size)
            return offset + (address - rp_guest_regions[i].address);
        offset += rp_guest_regions[i].size;
    }
    return RP_GUEST_REGIONS_SIZE;
}

#endif
