/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which memory a real-mode instruction touches at most, by its bytes and registers; see recording.h. The
 * project's decoder is not asked: it knows 386 and later, and rejects what an 8086 or a 286 runs. */
#include "golden/recording.h"

#include "x86/prefix.h"

#include <string.h>

#define DF      0x400
#define SEGMENT 0x10000 /* bytes of one */

struct finder {
    const struct rp_recorded_instruction *instruction;
    const struct rp_recording *recording;
    const uint32_t *reg;
    struct rp_recorded_operands *operands;
    bool named;
};

enum rp_recorded rp_recorded_general(unsigned number)
{
    static const uint8_t order[8] = {RP_RECORDED_AX, RP_RECORDED_CX, RP_RECORDED_DX, RP_RECORDED_BX,
                                     RP_RECORDED_SP, RP_RECORDED_BP, RP_RECORDED_SI, RP_RECORDED_DI};
    return order[number & 7];
}

enum rp_recorded rp_recorded_segment(unsigned number)
{
    static const uint8_t order[8] = {RP_RECORDED_ES, RP_RECORDED_CS, RP_RECORDED_SS, RP_RECORDED_DS,
                                     RP_RECORDED_FS, RP_RECORDED_GS, RP_RECORDED_FS, RP_RECORDED_GS};
    return order[number & 7];
}

/* A byte that stands for a segment register. */
struct named {
    uint8_t byte;
    int8_t segment;
};

static int find_named_segment(const struct named *rows, size_t count, uint8_t byte)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].byte == byte)
            return rows[i].segment;
    return -1;
}

static int override_of(uint8_t prefix)
{
    static const struct named prefixes[] = {{0x26, RP_RECORDED_ES}, {0x2e, RP_RECORDED_CS},
                                            {0x36, RP_RECORDED_SS}, {0x3e, RP_RECORDED_DS},
                                            {0x64, RP_RECORDED_FS}, {0x65, RP_RECORDED_GS}};
    return find_named_segment(prefixes, sizeof prefixes / sizeof prefixes[0], prefix);
}

struct rp_recorded_instruction rp_recording_decode(const struct rp_encoding *encoding)
{
    struct rp_prefix_scan scan = {0};
    rp_prefix_scan(RP_MODE_REAL16, encoding->bytes, encoding->length, &scan);
    struct rp_recorded_instruction it = {.override = override_of(scan.segment),
                                         .repeats = scan.repeat != 0,
                                         .operand_bytes = scan.operand_size ? 4 : 2,
                                         .address_bytes = scan.address_size ? 4 : 2};
    it.at = scan.prefix_length < RP_ENCODING_MAX ? scan.prefix_length : RP_ENCODING_MAX - 1;
    it.opcode = encoding->bytes[it.at++];
    if (it.opcode == 0x0f && it.at < encoding->length) {
        it.map = 1;
        it.opcode = encoding->bytes[it.at++];
    }
    /* What was recorded has the legacy class alone: the others begin with opcodes that have a ModRM byte. */
    bool has_modrm = scan.class != RP_CLASS_LEGACY || scan.has_modrm;
    it.has_modrm = has_modrm && it.at < encoding->length;
    if (it.has_modrm) {
        it.modrm = encoding->bytes[it.at++];
        it.mod = it.modrm >> 6;
        it.reg = it.modrm >> 3 & 7;
        it.rm = it.modrm & 7;
    }
    return it;
}

int rp_recorded_loads_segment(const struct rp_recorded_instruction *instruction)
{
    static const struct named opcodes[2][6] = {
        {{0x07, RP_RECORDED_ES},
         {0xc4, RP_RECORDED_ES},
         {0x17, RP_RECORDED_SS},
         {0x1f, RP_RECORDED_DS},
         {0xc5, RP_RECORDED_DS},
         {0x07, RP_RECORDED_ES}},
        {{0xa1, RP_RECORDED_FS},
         {0xa9, RP_RECORDED_GS},
         {0xb2, RP_RECORDED_SS},
         {0xb4, RP_RECORDED_FS},
         {0xb5, RP_RECORDED_GS},
         {0xa1, RP_RECORDED_FS}},
    };
    if (instruction->map == 0 && instruction->opcode == 0x8e)
        return instruction->reg < 6 ? (int)rp_recorded_segment(instruction->reg) : -1;
    const struct named *rows = opcodes[instruction->map];
    return find_named_segment(rows, sizeof opcodes[0] / sizeof rows[0], instruction->opcode);
}

static void add(struct finder *f, int segment, uint32_t offset, unsigned length)
{
    struct rp_recorded_operands *operands = f->operands;
    if (operands->count == RP_RECORDED_OPERANDS_MAX)
        operands->too_many = true;
    else if (length)
        operands->operand[operands->count++] =
            (struct rp_recorded_operand){(uint8_t)segment, (uint8_t)length, f->named, offset, 0};
}

/* Bytes that are accessed at once. Up to the 186 offsets wrap within them, later CPUs fault. */
static void add_access(struct finder *f, int segment, uint32_t offset, unsigned length)
{
    bool wraps = f->recording->cpu < RP_RECORDED_286 && offset + length > SEGMENT;
    for (unsigned i = 0; wraps && i < length; i++)
        add(f, segment, (offset + i) & 0xffff, 1);
    if (!wraps)
        add(f, segment, offset, length);
}

/* At an address of the instruction's size; one that no segment has faults, and touches nothing. */
static void add_named(struct finder *f, int segment, uint32_t offset, unsigned length)
{
    if (f->instruction->address_bytes == 2)
        offset &= 0xffff;
    if (offset < SEGMENT)
        add_access(f, segment, offset, length);
}

/* `count` accesses behind one another. */
static void add_slots(struct finder *f, uint32_t sp, int count)
{
    unsigned size = f->instruction->operand_bytes;
    for (int i = count < 0 ? count : 0; i < (count < 0 ? 0 : count); i++)
        add_access(f, RP_RECORDED_SS, (sp + (uint32_t)i * size) & 0xffff, size);
}

static uint32_t number_at(const struct finder *f, unsigned at, unsigned bytes)
{
    uint32_t number = 0;
    for (unsigned i = 0; i < bytes && at + i < f->recording->encoding.length; i++)
        number |= (uint32_t)f->recording->encoding.bytes[at + i] << 8 * i;
    return number;
}

/* Of 8 bits signed; 0 for mod 3. */
static uint32_t displacement(const struct finder *f, unsigned at, unsigned bytes)
{
    if (f->instruction->mod == 1)
        return (uint32_t)(int8_t)number_at(f, at, 1);
    return number_at(f, at, bytes);
}

/* Intel's table 2-1 (SDM Vol. 2A 2.1.5). */
static uint32_t address_16(const struct finder *f, bool *stack)
{
    static const int8_t base[8] = {RP_RECORDED_BX, RP_RECORDED_BX, RP_RECORDED_BP, RP_RECORDED_BP,
                                   RP_RECORDED_SI, RP_RECORDED_DI, RP_RECORDED_BP, RP_RECORDED_BX};
    static const int8_t index[4] = {RP_RECORDED_SI, RP_RECORDED_DI, RP_RECORDED_SI, RP_RECORDED_DI};
    const struct rp_recorded_instruction *it = f->instruction;
    bool absolute = it->mod == 0 && it->rm == 6;
    uint32_t sum = it->mod || absolute ? displacement(f, it->at, 2) : 0;
    *stack = base[it->rm] == RP_RECORDED_BP && !absolute;
    if (!absolute)
        sum += f->reg[base[it->rm]];
    if (it->rm < 4)
        sum += f->reg[index[it->rm]];
    return sum & 0xffff;
}

/* Its tables 2-2 and 2-3. */
static uint32_t address_32(const struct finder *f, bool *stack)
{
    const struct rp_recorded_instruction *it = f->instruction;
    unsigned at = it->at, base = it->rm;
    uint32_t sum = 0;
    if (it->rm == 4) {
        unsigned sib = number_at(f, at++, 1), index = sib >> 3 & 7;
        base = sib & 7;
        if (index != 4)
            sum = f->reg[rp_recorded_general(index)] << (sib >> 6);
    }
    bool absolute = it->mod == 0 && base == 5;
    *stack = !absolute && (base == 4 || base == 5);
    if (!absolute)
        sum += f->reg[rp_recorded_general(base)];
    return sum + (it->mod || absolute ? displacement(f, at, 4) : 0);
}

static uint32_t effective_address(const struct finder *f, int *segment)
{
    const struct rp_recorded_instruction *it = f->instruction;
    bool stack;
    uint32_t address = it->address_bytes == 2 ? address_16(f, &stack) : address_32(f, &stack);
    *segment = it->override >= 0 ? it->override : stack ? RP_RECORDED_SS : RP_RECORDED_DS;
    return address;
}

/* The ModRM operand as it is accessed: up to two pieces, in bytes. `V` stands for the operand's size. */
#define V 0xff

struct accesses {
    uint8_t first, second;
};

struct access_row {
    uint8_t map, opcode, last;
    uint8_t regs; /* bits of ModRM.reg that it is for */
    struct accesses accesses;
};

/* What is not as the opcode's lowest bit has it: 0 a byte, 1 the operand's size. */
static const struct access_row access_rows[] = {
    {0, 0xff, 0xff, 0x28, {V, 2}},  {0, 0x62, 0x62, 0xff, {V, V}}, {0, 0xc4, 0xc5, 0xff, {V, 2}},
    {0, 0x8c, 0x8c, 0xff, {2, 0}},  {0, 0x8e, 0x8e, 0xff, {2, 0}}, {0, 0x8d, 0x8d, 0xff, {0, 0}},
    {0, 0xd8, 0xdf, 0xff, {10, 0}}, /* x87: as long as the longest that loads and stores */
    {1, 0x00, 0x00, 0xff, {0, 0}},  /* #UD in real mode, as ARPL, LAR and LSL */
    {1, 0x01, 0x01, 0x0f, {2, 4}},  {1, 0x01, 0x01, 0xf0, {2, 0}}, {1, 0x02, 0x03, 0xff, {0, 0}},
    {0, 0x63, 0x63, 0xff, {0, 0}},  {1, 0x20, 0x26, 0xff, {0, 0}}, {1, 0x90, 0x9f, 0xff, {1, 0}},
    {1, 0xa4, 0xa4, 0xff, {V, 0}},  {1, 0xac, 0xac, 0xff, {V, 0}}, {1, 0xb2, 0xb2, 0xff, {V, 2}},
    {1, 0xb4, 0xb5, 0xff, {V, 2}},  {1, 0xb7, 0xb7, 0xff, {2, 0}}, {1, 0xbf, 0xbf, 0xff, {2, 0}},
    {1, 0xba, 0xba, 0xff, {V, 0}},  {1, 0xbc, 0xbc, 0xff, {V, 0}},
};

static struct accesses accesses_of(const struct rp_recorded_instruction *it)
{
    struct accesses found = {it->opcode & 1 ? V : 1, 0};
    for (size_t i = 0; i < sizeof access_rows / sizeof access_rows[0]; i++) {
        const struct access_row *row = &access_rows[i];
        if (it->map == row->map && it->opcode >= row->opcode && it->opcode <= row->last &&
            row->regs >> it->reg & 1)
            found = row->accesses;
    }
    found.first = found.first == V ? it->operand_bytes : found.first;
    found.second = found.second == V ? it->operand_bytes : found.second;
    return found;
}

/* BT, BTS, BTR and BTC with a register reach beyond the operand: SDM Vol. 2A table 3-2. */
static uint32_t bit_offset(const struct finder *f)
{
    const struct rp_recorded_instruction *it = f->instruction;
    if (it->map != 1 || (it->opcode & 0xe7) != 0xa3)
        return 0;
    uint32_t bit = f->reg[rp_recorded_general(it->reg)];
    if (it->operand_bytes == 2)
        return (uint32_t)((int16_t)bit >> 4) * 2;
    return (uint32_t)((int32_t)bit >> 5) * 4;
}

static void find_named(struct finder *f)
{
    const struct rp_recorded_instruction *it = f->instruction;
    int segment;
    if (!it->has_modrm || it->mod == 3)
        return;
    uint32_t offset = effective_address(f, &segment) + bit_offset(f);
    struct accesses accesses = accesses_of(it);
    bool words =
        f->recording->cpu <= RP_RECORDED_286; /* of which each begins anew behind the segment's end */
    for (unsigned i = 0; words && accesses.first > 2 && i < accesses.first; i += 2)
        add_named(f, segment, offset + i, 2);
    if (!words || accesses.first <= 2)
        add_named(f, segment, offset, accesses.first);
    if (accesses.second)
        add_named(f, segment, offset + accesses.first, accesses.second);
}

/* Slots that an instruction pushes (below 0) or pops. */
struct stack_use {
    uint8_t map, first, last;
    int8_t slots;
};

static const struct stack_use stack_uses[] = {
    {0, 0x06, 0x06, -1}, {0, 0x0e, 0x0e, -1}, {0, 0x16, 0x16, -1}, {0, 0x1e, 0x1e, -1}, {0, 0x50, 0x57, -1},
    {0, 0x60, 0x60, -8}, {0, 0x68, 0x68, -1}, {0, 0x6a, 0x6a, -1}, {0, 0x9a, 0x9a, -2}, {0, 0x9c, 0x9c, -1},
    {0, 0xe8, 0xe8, -1}, {0, 0x07, 0x07, 1},  {0, 0x17, 0x17, 1},  {0, 0x1f, 0x1f, 1},  {0, 0x58, 0x5f, 1},
    {0, 0x61, 0x61, 8},  {0, 0x8f, 0x8f, 1},  {0, 0x9d, 0x9d, 1},  {0, 0xc2, 0xc3, 1},  {0, 0xca, 0xcb, 2},
    {0, 0xcf, 0xcf, 3},  {1, 0xa0, 0xa0, -1}, {1, 0xa8, 0xa8, -1}, {1, 0xa1, 0xa1, 1},  {1, 0xa9, 0xa9, 1},
};

static int stack_slots(const struct rp_recorded_instruction *it)
{
    static const int8_t group_5[8] = {0, 0, -1, -2, 0, 0, -1, 0};
    if (it->map == 0 && it->opcode == 0xff)
        return group_5[it->reg];
    for (size_t i = 0; i < sizeof stack_uses / sizeof stack_uses[0]; i++)
        if (it->map == stack_uses[i].map && it->opcode >= stack_uses[i].first &&
            it->opcode <= stack_uses[i].last)
            return stack_uses[i].slots;
    return 0;
}

/* ENTER: SDM Vol. 2A. It pushes BP, copies pointers from below BP, pushes the new frame's. */
static void find_enter(struct finder *f)
{
    int level = (int)(number_at(f, f->instruction->at + 2u, 1) & 31);
    add_slots(f, f->reg[RP_RECORDED_SP], -1 - level);
    if (level > 1)
        add_slots(f, f->reg[RP_RECORDED_BP], 1 - level);
}

static void find_stack(struct finder *f)
{
    const struct rp_recorded_instruction *it = f->instruction;
    if (it->map == 0 && it->opcode == 0xc8)
        find_enter(f);
    else if (it->map == 0 && it->opcode == 0xc9)
        add_slots(f, f->reg[RP_RECORDED_BP], 1);
    else
        add_slots(f, f->reg[RP_RECORDED_SP], stack_slots(it));
}

static void add_string(struct finder *f, int segment, uint32_t offset)
{
    const struct rp_recorded_instruction *it = f->instruction;
    uint32_t address_mask = it->address_bytes == 2 ? 0xffff : UINT32_MAX;
    uint32_t size = it->opcode & 1 ? it->operand_bytes : 1;
    uint32_t count = it->repeats ? f->reg[RP_RECORDED_CX] & address_mask : 1;
    if (count > RP_RECORDED_REPEATS_MAX)
        f->operands->too_many = true;
    for (uint32_t i = 0; i < count && !f->operands->too_many; i++)
        add_named(f, segment, f->reg[RP_RECORDED_FLAGS] & DF ? offset - i * size : offset + i * size, size);
}

static void find_strings(struct finder *f)
{
    const struct rp_recorded_instruction *it = f->instruction;
    uint8_t opcode = it->opcode & 0xfe;
    if (it->map)
        return;
    f->named = true;
    if (opcode == 0xa4 || opcode == 0xa6 || opcode == 0xac || opcode == 0x6e)
        add_string(f, it->override >= 0 ? it->override : RP_RECORDED_DS, f->reg[RP_RECORDED_SI]);
    f->named = false;
    if (opcode == 0xa4 || opcode == 0xa6 || opcode == 0xaa || opcode == 0xae || opcode == 0x6c)
        add_string(f, RP_RECORDED_ES, f->reg[RP_RECORDED_DI]);
}

/* XLAT, and MOV with an address of its own. */
static void find_single(struct finder *f)
{
    const struct rp_recorded_instruction *it = f->instruction;
    int segment = it->override >= 0 ? it->override : RP_RECORDED_DS;
    if (it->map == 0 && it->opcode == 0xd7)
        add_named(f, segment, f->reg[RP_RECORDED_BX] + (f->reg[RP_RECORDED_AX] & 0xffu), 1);
    else if (it->map == 0 && (it->opcode & 0xfc) == 0xa0)
        add_named(f, segment, number_at(f, it->at, it->address_bytes),
                  it->opcode & 1 ? it->operand_bytes : 1);
}

void rp_recording_operands(const struct rp_recording *recording,
                           const struct rp_recorded_instruction *instruction,
                           struct rp_recorded_operands *operands)
{
    struct finder f = {instruction, recording, recording->before, operands, true};
    operands->count = 0;
    operands->too_many = false;
    find_named(&f);
    find_single(&f);
    f.named = false;
    find_stack(&f);
    find_strings(&f);
}
