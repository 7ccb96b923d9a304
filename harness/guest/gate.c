/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How vectors come in; see gate.h. Freestanding. */
#include "guest/gate.h"

#include "state/descriptor.h"

#define TSS_SS0 8 /* SDM Vol. 3A 7.2.1; ESP0 is the upper half of the word at 0 */

static bool is_gate(uint32_t address)
{
    return address - RP_ARENA_IDT < 2 * RP_ARENA_IDT_SIZE;
}

/* In long mode every vector has a stack (IST). */
static uint64_t gate_long(uint32_t address, uint64_t word)
{
    if (!is_gate(address) || address & 8)
        return word;
    unsigned vector = (address - RP_ARENA_IDT) % RP_ARENA_IDT_SIZE / 16;
    return word | (uint64_t)(rp_guest_stack_of(vector) + 1) << 32;
}

/* The stack that vectors from ring 3 come in on is the image's own: on the arena's, every run would write to
 * a page that is compared. The arena's segments of ring 0 end below it (RP_ARENA_LIMIT), and below the system
 * part, where vectors come in: a gate of the arena, and the TSS for its stack, name the image's flat segments
 * instead. Where nobody looks at limits, nothing has to be changed for that. */
static uint64_t gate_legacy(const struct rp_guest_shared *shared, uint32_t address, uint64_t word)
{
    uint32_t field = address - RP_ARENA_TSS;
    if (field >= RP_ARENA_TSS_STRIDE)
        field -= RP_ARENA_TSS_STRIDE;
    if (field == 0 && word >> 32 == RP_ARENA_STACK0_TOP)
        return (uint32_t)word | (uint64_t)shared->stack0 << 32;
    if (shared->unchecked)
        return word;
    if (is_gate(address) && (word >> 16 & 0xffff) == RP_SELECTOR_CODE32_RING0)
        return (word & ~UINT64_C(0xffff0000)) | (uint64_t)RP_GUEST_CODE << 16;
    if (field == TSS_SS0 && (word & 0xffff) == RP_SELECTOR_DATA_RING0)
        return (word & ~UINT64_C(0xffff)) | RP_GUEST_DATA;
    return word;
}

uint64_t rp_guest_gate(const struct rp_guest_shared *shared, uint32_t address, uint64_t word)
{
    return shared->bits == 64 ? gate_long(address, word) : gate_legacy(shared, address, word);
}
