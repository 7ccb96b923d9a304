/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a moved recording shows of selectors, of CS and of IP; see recording_patch.h. */
#include "golden/recording_patch.h"

#include <string.h>

#define CR0_SHOWN                                                                                            \
    0x1f /* bits of MSW and CR0 that mean something to a 386 in real mode; the rest it invents */

static struct rp_recorded_cell *cell_at(struct rp_recorded_run *run, uint32_t from)
{
    for (unsigned i = 0; i < run->cells; i++)
        if (run->cell[i].from == from)
            return &run->cell[i];
    return NULL;
}

/* The moved byte that the recording has `i` behind `offset` of the recorded segment; NULL: none. */
static struct rp_recorded_cell *cell_in(const struct rp_mover *mover, enum rp_recorded segment,
                                        uint32_t offset, unsigned i)
{
    uint32_t selector = mover->recording->before[segment];
    return cell_at(mover->run, rp_recorded_linear(mover->recording, selector, (offset + i) & 0xffff));
}

/* Puts `value` where the recording has its own. */
static void patch(struct rp_mover *mover, enum rp_recorded segment, uint32_t offset, uint32_t value,
                  unsigned bytes, bool before)
{
    for (unsigned i = 0; i < bytes; i++) {
        struct rp_recorded_cell *cell = cell_in(mover, segment, offset, i);
        uint8_t byte = (uint8_t)(value >> 8 * i);
        if (cell) {
            cell->after = byte;
            cell->before = before ? byte : cell->before;
        }
    }
}

static void mask_memory(struct rp_mover *mover, enum rp_recorded segment, uint32_t offset, uint32_t mask,
                        unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        struct rp_recorded_cell *cell = cell_in(mover, segment, offset, i);
        if (cell)
            cell->mask = (uint8_t)(mask >> 8 * i);
    }
}

/* A selector in the `number`th access of the operand that ModRM names, or in its register. */
static void patch_named(struct rp_mover *mover, uint32_t value, unsigned number, bool before)
{
    const struct rp_recorded_instruction *it = &mover->run->instruction;
    if (it->mod == 3) {
        enum rp_recorded reg = rp_recorded_general(it->rm);
        uint32_t *was = &mover->run->before[reg], *is = &mover->run->after[reg];
        *is = (*is & 0xffff0000) | value;
        *was = before ? (*was & 0xffff0000) | value : *was;
        return;
    }
    const struct rp_recorded_operand *operand = &mover->operands.operand[number];
    patch(mover, operand->segment, operand->offset, value, 2, before);
}

static bool is_one_of(const struct rp_recorded_instruction *it, const char *opcodes, size_t count)
{
    return it->map == 0 && memchr(opcodes, it->opcode, count);
}

static bool is_group_5(const struct rp_recorded_instruction *it, unsigned first, unsigned last)
{
    return it->map == 0 && it->opcode == 0xff && it->reg >= first && it->reg <= last;
}

bool rp_recorded_loads_code_segment(const struct rp_recorded_instruction *it)
{
    return is_one_of(it, "\x9a\xca\xcb\xcf\xea", 5) || is_group_5(it, 3, 3) || is_group_5(it, 5, 5);
}

/* Branches whose operand is added to IP. */
static bool is_relative(const struct rp_recorded_instruction *it)
{
    if (it->map == 1)
        return (it->opcode & 0xf0) == 0x80;
    return (it->opcode & 0xf0) == 0x70 || (it->opcode & 0xfc) == 0xe0 || is_one_of(it, "\xe8\xe9\xeb", 3);
}

/* IP behind the instruction, or where it branches to: relative to where it stands, but for those that load it
 * whole. */
static uint32_t final_ip(const struct rp_mover *mover)
{
    const struct rp_recording *recording = mover->recording;
    const struct rp_recorded_instruction *it = &mover->run->instruction;
    uint32_t end = recording->after[RP_RECORDED_IP];
    if (rp_recorded_loads_code_segment(it) || is_one_of(it, "\xc2\xc3", 2) || is_group_5(it, 2, 4))
        return end;
    return (mover->start + end - recording->before[RP_RECORDED_IP]) & 0xffff;
}

/* A branch of 32 bits may leave the segment, and faults then; where it begins decides whether it does. */
static bool leaves_elsewhere(const struct rp_mover *mover)
{
    const struct rp_recording *recording = mover->recording;
    const struct rp_recorded_instruction *it = &mover->run->instruction;
    const struct rp_encoding *encoding = &recording->encoding;
    uint32_t displacement = (uint32_t)(int8_t)encoding->bytes[encoding->length - 1];
    if (!is_relative(it) || it->operand_bytes != 4 || encoding->length < 4)
        return false;
    if (it->map == 1 || is_one_of(it, "\xe8\xe9", 2))
        memcpy(&displacement, &encoding->bytes[encoding->length - 4], sizeof displacement);
    uint32_t from = encoding->length + displacement;
    return (recording->before[RP_RECORDED_IP] + from > 0xffff) != (mover->start + from > 0xffff);
}

/* What the instruction makes of selectors, CS and IP for the program to see. */
static void move_pushed(struct rp_mover *mover)
{
    const struct rp_recorded_instruction *it = &mover->run->instruction;
    const uint32_t *before = mover->run->before;
    uint32_t sp = mover->recording->before[RP_RECORDED_SP], slot = it->operand_bytes;
    uint32_t next = mover->start + mover->recording->encoding.length;
    bool far_call = is_one_of(it, "\x9a", 1) || is_group_5(it, 3, 3);
    bool call = is_one_of(it, "\xe8", 1) || is_group_5(it, 2, 2);
    if ((it->map == 0 && (it->opcode & 0xe7) == 0x06) || (it->map == 1 && (it->opcode & 0xf7) == 0xa0))
        patch(mover, RP_RECORDED_SS, sp - slot, before[rp_recorded_segment(it->opcode >> 3)], 2, false);
    if (it->map == 0 && it->opcode == 0x8c && it->reg < 6)
        patch_named(mover, before[rp_recorded_segment(it->reg)], 0, false);
    if (call || far_call)
        patch(mover, RP_RECORDED_SS, sp - (far_call ? 2 * slot : slot), next, slot, false);
    if (far_call)
        patch(mover, RP_RECORDED_SS, sp - slot, mover->code, 2, false);
}

/* Bits of FLAGS that a program sees: the others a CPU sets in its own way, or the recorder did. */
static uint32_t flags_shown(enum rp_recorded_cpu cpu)
{
    static const uint32_t shown[RP_RECORDED_CPUS] = {[RP_RECORDED_8086] = 0x0fff,
                                                     [RP_RECORDED_V20] = 0x0fff,
                                                     [RP_RECORDED_186] = 0x0fff,
                                                     [RP_RECORDED_286] = 0xffff,
                                                     [RP_RECORDED_386] = 0x3ffff};
    return shown[cpu];
}

/* What is stored of FLAGS and of CR0 has bits that mean nothing. */
static void mask_stored(struct rp_mover *mover)
{
    const struct rp_recorded_instruction *it = &mover->run->instruction;
    bool smsw = it->map == 1 && it->opcode == 0x01 && it->reg == 4;
    if (it->map == 0 && it->opcode == 0x9c)
        mask_memory(mover, RP_RECORDED_SS, mover->recording->before[RP_RECORDED_SP] - it->operand_bytes,
                    flags_shown(mover->recording->cpu), it->operand_bytes);
    if ((smsw && it->mod == 3) || (it->map == 1 && it->opcode == 0x20))
        mover->run->mask[rp_recorded_general(it->rm)] &= CR0_SHOWN;
    if (smsw && it->mod != 3)
        mask_memory(mover, mover->operands.operand[0].segment, mover->operands.operand[0].offset, CR0_SHOWN,
                    2);
}

/* SS gets a value that leaves it in the arena; what it is loaded from has that value. */
static const char *move_loaded(struct rp_mover *mover)
{
    const struct rp_recorded_instruction *it = &mover->run->instruction;
    uint32_t value = mover->run->after[RP_RECORDED_SS];
    if (it->map == 0 && it->opcode == 0x17)
        patch(mover, RP_RECORDED_SS, mover->recording->before[RP_RECORDED_SP], value, 2, true);
    else if (it->mod == 3 && rp_recorded_general(it->rm) == RP_RECORDED_SP)
        return "SS is loaded from SP, which has to be another then";
    else
        patch_named(mover, value, it->map, true); /* LSS: the second access */
    return NULL;
}

static void move_segments(struct rp_mover *mover)
{
    static const uint8_t segments[] = {RP_RECORDED_ES, RP_RECORDED_SS, RP_RECORDED_DS, RP_RECORDED_FS,
                                       RP_RECORDED_GS};
    struct rp_recorded_run *run = mover->run;
    int loaded = mover->recording->vector < 0 ? rp_recorded_loads_segment(&run->instruction) : -1;
    for (unsigned i = 0; i < sizeof segments; i++)
        if (segments[i] != loaded)
            run->after[segments[i]] = run->before[segments[i]];
    run->before[RP_RECORDED_CS] = mover->code;
    if (!rp_recorded_loads_code_segment(&run->instruction))
        run->after[RP_RECORDED_CS] = mover->code;
    run->before[RP_RECORDED_IP] = mover->start;
}

/* A vector's outcome: the state as it was pushed, and nothing of the table, the frame or the target. */
static void undo_vector(struct rp_mover *mover)
{
    const struct rp_recording *recording = mover->recording;
    struct rp_recorded_run *run = mover->run;
    uint16_t ip = rp_recording_word_after(recording, recording->pushed_flags - 4);
    uint32_t sp = recording->after[RP_RECORDED_SP];
    run->kind = recording->soft ? RP_OUTCOME_ENTERED : RP_OUTCOME_TRAPPED;
    run->vector = (uint8_t)recording->vector;
    run->after[RP_RECORDED_FLAGS] = rp_recording_word_after(recording, recording->pushed_flags);
    run->after[RP_RECORDED_SP] = (sp & 0xffff0000) | ((sp + 6) & 0xffff);
    run->after[RP_RECORDED_CS] = mover->code;
    run->after[RP_RECORDED_IP] = (mover->start + ip - recording->before[RP_RECORDED_IP]) & 0xffff;
    for (unsigned i = 0; i < run->cells; i++)
        if (rp_recorded_pushed(recording, run->cell[i].from))
            run->cell[i].after = run->cell[i].before;
}

const char *rp_recording_patch(struct rp_mover *mover, bool loads_stack)
{
    if (leaves_elsewhere(mover))
        return "a branch of 32 bits near the segment's end";
    move_segments(mover);
    mask_stored(mover);
    if (mover->recording->vector >= 0) {
        undo_vector(mover);
        return NULL;
    }
    mover->run->after[RP_RECORDED_IP] = final_ip(mover);
    move_pushed(mover);
    return loads_stack ? move_loaded(mover) : NULL;
}
