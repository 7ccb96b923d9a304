/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See quiet.h. */
#include "guest/quiet.h"

#include "state/recipe.h"
#include "x86/decode.h"

#include <string.h>

#define MOST 0x10000 /* bytes of one entry: real mode's segments are no longer */

uint8_t rp_guest_looked_at(enum rp_mode mode, unsigned ring, const struct rp_encoding *encoding)
{
    struct rp_instruction instruction;
    if (ring == 3 || rp_mode_info(mode)->long_mode)
        return RP_GUEST_LOOKED_AT;
    bool quiet = rp_decode(mode, encoding->bytes, encoding->length, &instruction, NULL) == RP_OK &&
                 instruction.length == encoding->length && !instruction.memory.written &&
                 instruction.implicit_memory == 0 && instruction.branch != RP_BRANCH_FAR &&
                 strcmp(instruction.category, "interrupt") != 0;
    return quiet ? RP_GUEST_NOT_LOOKED_AT : RP_GUEST_LOOKED_AT_BUT_UD;
}

/* True if the encoding has 0F, `second`, /`reg`. */
static bool has(enum rp_mode mode, const struct rp_encoding *encoding, uint8_t second, unsigned reg)
{
    struct rp_prefix_scan scan;
    uint8_t there = 0; /* most encodings have no such bytes, and need not be scanned */
    for (unsigned i = 1; i < encoding->length; i++)
        there |= encoding->bytes[i - 1] == 0x0f && encoding->bytes[i] == second;
    return there && rp_prefix_scan(mode, encoding->bytes, encoding->length, &scan) &&
           scan.class == RP_CLASS_LEGACY && scan.map == 1 && scan.opcode == second &&
           (scan.modrm >> 3 & 7u) == reg;
}

static uint64_t offset_of(const uint64_t *reg, const struct rp_instruction *instruction)
{
    const struct rp_memory_operand *memory = &instruction->memory;
    unsigned bits = instruction->address_bits;
    uint64_t offset = (uint64_t)memory->displacement;
    if (memory->base == RP_REGISTER_IP)
        offset += reg[RP_REG_RIP] + instruction->length;
    else if (memory->base != RP_REGISTER_NONE)
        offset += reg[memory->base];
    if (memory->index != RP_REGISTER_NONE)
        offset += reg[memory->index] * memory->scale;
    return bits == 64 ? offset : offset & ((UINT64_C(1) << bits) - 1);
}

/* SDM Vol. 3A 20.1.1: a segment register's base, and 16 bits of offset without a prefix 67; 3.4.4: in 64-bit
 * mode FS and GS alone have one. */
uint32_t rp_guest_loaded_operand(enum rp_mode mode, const uint64_t *reg, const struct rp_encoding *encoding)
{
    struct rp_instruction instruction;
    const struct rp_mode_info *info = rp_mode_info(mode);
    bool real = mode == RP_MODE_REAL16, flat = info->code_bits == 64;
    bool loads = real ? has(mode, encoding, 0x01, 6) : info->long_mode && has(mode, encoding, 0x00, 3);
    if (!loads || rp_decode(mode, encoding->bytes, encoding->length, &instruction, NULL) != RP_OK ||
        !instruction.memory.present)
        return RP_GUEST_NO_OPERAND;
    unsigned segment = instruction.memory.segment;
    uint64_t offset = offset_of(reg, &instruction);
    uint64_t linear = offset + (flat && segment < 4 ? 0 : reg[RP_REG_ES_BASE + 4 * segment]);
    uint32_t physical;
    if (real) /* beyond the segment's limit it traps */
        return offset <= 0xfffe && linear < RP_GUEST_LOW_SIZE ? (uint32_t)linear : RP_GUEST_NO_OPERAND;
    if (!flat)
        linear &= UINT32_MAX;
    return rp_arena_physical(mode, linear, &physical) && physical < RP_GUEST_LOW_SIZE - 1
               ? physical
               : RP_GUEST_NO_OPERAND;
}

/* How many entries of `kept` jobs [first, end) have to keep. */
static unsigned count_kept(const struct rp_guest_shared *shared, uint32_t first, uint32_t end)
{
    unsigned count = 0;
    for (uint32_t i = first; i < end && count < RP_GUEST_KEPT; i++) {
        const struct rp_guest_job *job = &shared->job[i];
        if (job->looked_at != RP_GUEST_LOOKED_AT)
            count = shared->slot[job->slot].mode == RP_MODE_REAL16 ? RP_GUEST_KEPT : RP_GUEST_KEPT_PAGED;
    }
    return count;
}

bool rp_guest_have_kept(const struct rp_guest_driver *driver, void *process, uint32_t first, uint32_t end)
{
    static _Thread_local unsigned char have[MOST], like[MOST];
    const struct rp_guest_shared *shared = driver->shared(process);
    unsigned count = count_kept(shared, first, end);
    bool kept = count == 0 || !shared->strayed;
    for (unsigned i = 0; i < count && kept; i++) {
        const struct rp_guest_kept *entry = &shared->kept[i];
        if (entry->size > MOST)
            return false;
        memset(like, 0, entry->size);
        kept = driver->read(process, entry->address, have, entry->size) &&
               (!entry->like || driver->read(process, entry->like, like, entry->size)) &&
               memcmp(have, like, entry->size) == 0;
    }
    return kept;
}

bool rp_guest_look_at_all(struct rp_guest_shared *shared, uint32_t first, uint32_t end)
{
    bool news = count_kept(shared, first, end) > 0;
    for (uint32_t i = first; i < end; i++)
        shared->job[i].looked_at = RP_GUEST_LOOKED_AT;
    return news;
}
