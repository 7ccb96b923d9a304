/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operands that are given another offset; see recording_patch.h: in the displacement, where there is one of
 * 16 bits or more, else in a register that the address is made of and that the instruction does not use
 * otherwise. In the code segment they have to be, for where code stands is fixed, and a segment from there
 * reaches the arena's data with its last kilobyte alone. */
#include "golden/recording_patch.h"

#include <string.h>

#define SELECTOR (RP_MOVED_CODE_LOW - 1)
#define START    0x10 /* of the instruction: at offset 0 QEMU's guest takes a tick for a run that hangs */
#define LOWEST   (RP_ARENA_DATA - (SELECTOR << 4)) /* offset that lies in the data */
#define HIGHEST  0xffff
#define APART    0x10
#define MOST     0x400 /* bytes of what is brought to others of its segment, and how far from them */

/* The offsets of the operands of `segment` whose address can be moved; false: it has none. */
static bool find_range(const struct rp_mover *mover, int segment, uint32_t *first, uint32_t *last)
{
    *first = UINT32_MAX;
    *last = 0;
    for (unsigned i = 0; i < mover->operands.count; i++) {
        const struct rp_recorded_operand *operand = &mover->operands.operand[i];
        if (operand->segment != segment || !operand->named)
            continue;
        uint32_t end = operand->offset + operand->length - 1;
        *first = operand->offset < *first ? operand->offset : *first;
        *last = end > *last ? end : *last;
    }
    return *first <= *last;
}

/* Where the encoding has a displacement that reaches everywhere, and its bytes; 0: nowhere. */
static unsigned find_displacement(const struct rp_recorded_instruction *it,
                                  const struct rp_encoding *encoding, unsigned *bytes)
{
    unsigned at = it->at;
    *bytes = it->address_bytes;
    if (it->map == 0 && (it->opcode & 0xfc) == 0xa0)
        return at;
    if (!it->has_modrm || it->mod == 3)
        return 0;
    bool sib = it->address_bytes == 4 && it->rm == 4;
    unsigned base = sib && at < encoding->length ? encoding->bytes[at] & 7 : it->rm;
    bool absolute = it->mod == 0 && base == (it->address_bytes == 4 ? 5 : 6);
    return it->mod == 2 || absolute ? at + sib : 0;
}

/* True if the instruction may use a general register otherwise than in its address. */
static bool is_used(const struct rp_recorded_instruction *it, enum rp_recorded reg)
{
    bool free =
        reg == RP_RECORDED_BX || reg == RP_RECORDED_BP || reg == RP_RECORDED_SI || reg == RP_RECORDED_DI;
    bool byte = it->map == 0 && !(it->opcode & 1) && it->opcode != 0x62 && it->opcode != 0xc4;
    if (!free || rp_recorded_is_group(it))
        return !free;
    return rp_recorded_general(byte ? it->reg & 3u : it->reg) == reg;
}

/* A register that the address is made of, once; -1: none that is free. */
static int find_register(const struct rp_recorded_instruction *it, const struct rp_encoding *encoding)
{
    static const int8_t base[8] = {RP_RECORDED_BX, RP_RECORDED_BX, RP_RECORDED_BP, RP_RECORDED_BP,
                                   RP_RECORDED_SI, RP_RECORDED_DI, RP_RECORDED_BP, RP_RECORDED_BX};
    static const int8_t index[4] = {RP_RECORDED_SI, RP_RECORDED_DI, RP_RECORDED_SI, RP_RECORDED_DI};
    if (!it->has_modrm)
        return it->map == 0 && it->opcode == 0xd7 ? RP_RECORDED_BX : RP_RECORDED_SI;
    if (it->address_bytes == 2) {
        if (!is_used(it, (enum rp_recorded)base[it->rm]))
            return base[it->rm];
        return it->rm < 4 && !is_used(it, (enum rp_recorded)index[it->rm]) ? index[it->rm] : -1;
    }
    unsigned sib = it->rm == 4 && it->at < encoding->length ? encoding->bytes[it->at] : 0x20u | it->rm;
    enum rp_recorded reg = rp_recorded_general(sib);
    bool twice = (sib >> 3 & 7) != 4 && rp_recorded_general(sib >> 3) == reg;
    return twice || is_used(it, reg) ? -1 : (int)reg;
}

static void shift_displacement(struct rp_encoding *encoding, unsigned at, unsigned bytes, uint32_t by)
{
    uint32_t value = 0;
    memcpy(&value, encoding->bytes + at, bytes);
    value += by;
    memcpy(encoding->bytes + at, &value, bytes);
}

/* Moves the operand whose address the instruction names. */
static const char *shift(struct rp_mover *mover, uint32_t by)
{
    struct rp_recorded_run *run = mover->run;
    const struct rp_recorded_instruction *it = &run->instruction;
    unsigned bytes, at = find_displacement(it, &run->encoding, &bytes);
    int reg = find_register(it, &run->encoding);
    uint32_t mask = it->address_bytes == 2 ? 0xffff : UINT32_MAX;
    if (at && at + bytes <= run->encoding.length) {
        shift_displacement(&run->encoding, at, bytes, by);
    } else if (reg < 0) {
        return "an address made of registers that are used otherwise too";
    } else {
        run->before[reg] = (run->before[reg] & ~mask) | ((run->before[reg] + by) & mask);
        run->after[reg] = (run->after[reg] & ~mask) | ((run->after[reg] + by) & mask);
    }
    for (unsigned i = 0; i < mover->operands.count; i++)
        if (mover->operands.operand[i].named)
            mover->operands.operand[i].by = by;
    return NULL;
}

const char *rp_recording_enter_code(struct rp_mover *mover)
{
    uint32_t first, last;
    mover->code = SELECTOR;
    mover->start = START;
    if (!find_range(mover, RP_RECORDED_CS, &first, &last) || first >= LOWEST)
        return NULL;
    if (last - first > HIGHEST - LOWEST - 2 * APART)
        return RP_RECORDED_TOO_FAR;
    return shift(mover, LOWEST + APART + (first & 0xf) - first);
}

const char *rp_recording_bring(struct rp_mover *mover, int segment, uint32_t anchor)
{
    uint32_t first, last;
    if (!find_range(mover, segment, &first, &last) || last > HIGHEST || last - first > MOST)
        return RP_RECORDED_TOO_FAR;
    uint32_t place = anchor < HIGHEST / 2 ? anchor + MOST : anchor - 2 * MOST;
    return shift(mover, (place & ~0xfu) + (first & 0xf) - first);
}
