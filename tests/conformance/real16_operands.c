/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which memory a real-mode instruction of the 80286 touches at most, by its bytes and registers; see
 * real16.h. The project's decoder is not asked: it knows 386 and later, and rejects what the 286 runs. */
#include "conformance/real16.h"

#include "x86/prefix.h"

#include <string.h>

#define DF        0x400
#define LAST_WORD 2

struct finder {
    const struct real16_instruction *instruction;
    const struct rp_encoding *encoding;
    const uint16_t *reg;
    struct real16_operands *operands;
};

enum real16_register real16_general(unsigned number)
{
    static const uint8_t order[8] = {REAL16_AX, REAL16_CX, REAL16_DX, REAL16_BX,
                                     REAL16_SP, REAL16_BP, REAL16_SI, REAL16_DI};
    return order[number & 7];
}

enum real16_register real16_segment(unsigned number)
{
    static const uint8_t order[4] = {REAL16_ES, REAL16_CS, REAL16_SS, REAL16_DS};
    return order[number & 3];
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
    static const struct named prefixes[] = {
        {0x26, REAL16_ES}, {0x2e, REAL16_CS}, {0x36, REAL16_SS}, {0x3e, REAL16_DS}};
    return find_named_segment(prefixes, sizeof prefixes / sizeof prefixes[0], prefix);
}

struct real16_instruction real16_decode(const struct rp_encoding *encoding)
{
    struct rp_prefix_scan scan = {0};
    rp_prefix_scan(RP_MODE_REAL16, encoding->bytes, encoding->length, &scan);
    struct real16_instruction it = {.override = override_of(scan.segment), .repeats = scan.repeat != 0};
    it.at = scan.prefix_length;
    it.opcode = encoding->bytes[it.at++];
    bool has_modrm = scan.class != RP_CLASS_LEGACY || scan.has_modrm; /* the 286 has but the legacy class */
    it.has_modrm = has_modrm && it.at < encoding->length;
    if (it.has_modrm) {
        it.modrm = encoding->bytes[it.at++];
        it.mod = it.modrm >> 6;
        it.reg = it.modrm >> 3 & 7;
        it.rm = it.modrm & 7;
    }
    return it;
}

int real16_loads_segment(const struct real16_instruction *instruction)
{
    static const struct named opcodes[] = {
        {0x07, REAL16_ES}, {0xc4, REAL16_ES}, {0x17, REAL16_SS}, {0x1f, REAL16_DS}, {0xc5, REAL16_DS}};
    if (instruction->opcode == 0x8e)
        return instruction->reg < 4 ? (int)real16_segment(instruction->reg) : -1;
    return find_named_segment(opcodes, sizeof opcodes / sizeof opcodes[0], instruction->opcode);
}

static void add(struct finder *f, int segment, uint32_t offset, unsigned length)
{
    struct real16_operands *operands = f->operands;
    if (operands->count < REAL16_OPERANDS_MAX)
        operands->operand[operands->count++] =
            (struct real16_operand){(uint8_t)segment, offset & 0xffff, (uint8_t)length};
}

/* `count` words, each of which begins anew at 0 behind the segment's end. */
static void add_words(struct finder *f, int segment, uint32_t offset, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        add(f, segment, offset + i * LAST_WORD, LAST_WORD);
}

static uint16_t word_at(const struct finder *f, unsigned at)
{
    return (uint16_t)(f->encoding->bytes[at] | f->encoding->bytes[at + 1] << 8);
}

static uint16_t displacement(const struct finder *f)
{
    const struct real16_instruction *it = f->instruction;
    if (it->mod == 1)
        return (uint16_t)(int8_t)f->encoding->bytes[it->at];
    return it->mod == 2 || (it->mod == 0 && it->rm == 6) ? word_at(f, it->at) : 0;
}

/* Intel's table 2-1 (SDM Vol. 2A 2.1.5). */
static uint16_t effective_address(const struct finder *f, int *segment)
{
    static const int8_t base[8] = {REAL16_BX, REAL16_BX, REAL16_BP, REAL16_BP,
                                   REAL16_SI, REAL16_DI, REAL16_BP, REAL16_BX};
    static const int8_t index[4] = {REAL16_SI, REAL16_DI, REAL16_SI, REAL16_DI};
    const struct real16_instruction *it = f->instruction;
    bool absolute = it->mod == 0 && it->rm == 6;
    unsigned sum = displacement(f);
    *segment = base[it->rm] == REAL16_BP && !absolute ? REAL16_SS : REAL16_DS;
    if (it->override >= 0)
        *segment = it->override;
    if (!absolute)
        sum += f->reg[base[it->rm]];
    if (it->rm < 4)
        sum += f->reg[index[it->rm]];
    return (uint16_t)sum;
}

/* Words of the ModRM operand; 0: a byte. */
static unsigned words_of(const struct real16_instruction *it)
{
    bool far = it->opcode == 0xff && (it->reg == 3 || it->reg == 5);
    if (far || it->opcode == 0x62 || it->opcode == 0xc4 || it->opcode == 0xc5)
        return 2;
    if ((it->opcode & 0xf8) == 0xd8)
        return 5; /* x87: as long as the longest */
    return it->opcode & 1 || it->opcode == 0x8c || it->opcode == 0x8e;
}

static void find_named(struct finder *f)
{
    const struct real16_instruction *it = f->instruction;
    int segment;
    if (!it->has_modrm || it->mod == 3 || it->opcode == 0x8d)
        return;
    uint16_t offset = effective_address(f, &segment);
    if (words_of(it) == 0)
        add(f, segment, offset, 1);
    else
        add_words(f, segment, offset, words_of(it));
}

/* Words that an instruction pushes (below 0) or pops. */
struct stack_use {
    uint8_t first, last;
    int8_t words;
};

static const struct stack_use stack_uses[] = {
    {0x06, 0x06, -1}, {0x0e, 0x0e, -1}, {0x16, 0x16, -1}, {0x1e, 0x1e, -1}, {0x50, 0x57, -1},
    {0x60, 0x60, -8}, {0x68, 0x68, -1}, {0x6a, 0x6a, -1}, {0x9a, 0x9a, -2}, {0x9c, 0x9c, -1},
    {0xe8, 0xe8, -1}, {0x07, 0x07, 1},  {0x17, 0x17, 1},  {0x1f, 0x1f, 1},  {0x58, 0x5f, 1},
    {0x61, 0x61, 8},  {0x8f, 0x8f, 1},  {0x9d, 0x9d, 1},  {0xc2, 0xc3, 1},  {0xca, 0xcb, 2},
    {0xcf, 0xcf, 3},
};

static int stack_words(const struct real16_instruction *it)
{
    static const int8_t group_5[8] = {0, 0, -1, -2, 0, 0, -1, 0};
    if (it->opcode == 0xff)
        return group_5[it->reg];
    for (size_t i = 0; i < sizeof stack_uses / sizeof stack_uses[0]; i++)
        if (it->opcode >= stack_uses[i].first && it->opcode <= stack_uses[i].last)
            return stack_uses[i].words;
    return 0;
}

static void find_stack(struct finder *f)
{
    int words = stack_words(f->instruction);
    uint32_t sp = f->reg[REAL16_SP];
    if (f->instruction->opcode == 0xc9)
        add_words(f, REAL16_SS, f->reg[REAL16_BP], 1);
    else if (words < 0)
        add_words(f, REAL16_SS, sp + (uint32_t)(2 * words), (unsigned)-words);
    else
        add_words(f, REAL16_SS, sp, (unsigned)words);
}

static void add_string(struct finder *f, int segment, uint16_t offset)
{
    unsigned size = f->instruction->opcode & 1 ? 2 : 1;
    unsigned count = f->instruction->repeats ? f->reg[REAL16_CX] : 1;
    for (unsigned i = 0; i < count && i < REAL16_OPERANDS_MAX / 2; i++)
        add(f, segment, f->reg[REAL16_FLAGS] & DF ? offset - i * size : offset + i * size, size);
}

static void find_strings(struct finder *f)
{
    uint8_t opcode = f->instruction->opcode & 0xfe;
    int override = f->instruction->override;
    if (opcode == 0xa4 || opcode == 0xa6 || opcode == 0xac || opcode == 0x6e)
        add_string(f, override >= 0 ? override : REAL16_DS, f->reg[REAL16_SI]);
    if (opcode == 0xa4 || opcode == 0xa6 || opcode == 0xaa || opcode == 0xae || opcode == 0x6c)
        add_string(f, REAL16_ES, f->reg[REAL16_DI]);
}

/* XLAT, and MOV with an address of its own. */
static void find_single(struct finder *f)
{
    const struct real16_instruction *it = f->instruction;
    int segment = it->override >= 0 ? it->override : REAL16_DS;
    if (it->opcode == 0xd7)
        add(f, segment, f->reg[REAL16_BX] + (f->reg[REAL16_AX] & 0xffu), 1);
    else if ((it->opcode & 0xfc) == 0xa0)
        add(f, segment, word_at(f, it->at), it->opcode & 1 ? 2 : 1);
}

void real16_find_operands(const struct real16_recording *recording,
                          const struct real16_instruction *instruction, struct real16_operands *operands)
{
    struct finder f = {instruction, &recording->encoding, recording->before, operands};
    operands->count = 0;
    find_named(&f);
    find_stack(&f);
    find_strings(&f);
    find_single(&f);
}
