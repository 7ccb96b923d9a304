/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk over everything that may decode; see form_walk.h. */
#include "x86/form_walk.h"

#include "x86/cell.h"
#include "x86/encoding.h"
#include "x86/raw.h"

#include <Zydis/Zydis.h>

#include <string.h>

#define SIB_BX_CX 0x0b /* [rbx+rcx*1], or with VSIB [rbx+xmm1*1] */

struct walk {
    ZydisDecoder decoder;
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    rp_form_visitor *visitor;
    void *context;
    int result; /* negative once the visitor wants to stop */

    uint8_t bytes[RP_ENCODING_MAX + 4];
    enum rp_encoding_class class;
    uint8_t map, opcode;
    size_t length;      /* of what stands in front of ModRM */
    uint8_t memory_rm;  /* ModRM.rm of [rbx], or of [bx] */
    uint8_t *vvvv;      /* the byte that holds it, in bits 3-6; NULL: legacy */
    uint8_t *evex_mask; /* EVEX: the byte that holds z and aaa */
    bool has_modrm;     /* the last valid one had a ModRM byte */
};

/* Decodes what is laid out, and visits it if that works. */
static enum rp_raw_status attempt(struct walk *walk)
{
    enum rp_raw_status status =
        rp_raw_decode(&walk->decoder, walk->bytes, RP_ENCODING_MAX, &walk->instruction, walk->operands, NULL);

    if (status == RP_RAW_VALID) {
        walk->has_modrm = (walk->instruction.attributes & ZYDIS_ATTRIB_HAS_MODRM) != 0;
        if (walk->result >= 0)
            walk->result = walk->visitor(walk->context, walk->bytes, &walk->instruction, walk->operands);
    }
    return status;
}

static void set_vvvv(struct walk *walk, unsigned value)
{
    *walk->vvvv = (uint8_t)((*walk->vvvv & ~0x78u) | value << 3);
}

/* As attempt, with the first vvvv (it is stored inverted) that is accepted: register 2, none. */
static enum rp_raw_status attempt_vvvv(struct walk *walk)
{
    enum rp_raw_status status;

    if (walk->vvvv == NULL)
        return attempt(walk);
    set_vvvv(walk, 0xd);
    status = attempt(walk);
    if (status == RP_RAW_ILLEGAL) {
        set_vvvv(walk, 0xf);
        status = attempt(walk);
    }
    return status;
}

/* As attempt, with each masking: none, k1 merging, k1 zeroing, zeroing without a mask. */
static enum rp_raw_status attempt_masks(struct walk *walk)
{
    static const uint8_t masks[] = {0x00, 0x01, 0x81, 0x80};
    enum rp_raw_status best = RP_RAW_UNDEFINED;

    if (walk->evex_mask == NULL)
        return attempt_vvvv(walk);
    for (size_t i = 0; i < sizeof masks; i++) {
        enum rp_raw_status status;

        *walk->evex_mask = (uint8_t)((*walk->evex_mask & 0x78u) | masks[i]);
        status = attempt_vvvv(walk);
        if (status == RP_RAW_UNDEFINED)
            return status;
        if (best != RP_RAW_VALID)
            best = status;
    }
    return best;
}

static enum rp_raw_status attempt_modrm(struct walk *walk, unsigned mod, unsigned reg, unsigned rm)
{
    walk->bytes[walk->length] = (uint8_t)(mod << 6 | reg << 3 | rm);
    walk->bytes[walk->length + 1] = mod != 3 && rm == 4 ? SIB_BX_CX : 0;
    return attempt_masks(walk);
}

/* A register operand: each ModRM.rm where that is part of the opcode. */
static void walk_register(struct walk *walk, unsigned reg)
{
    enum rp_cell_split split =
        rp_cell_split(walk->class, walk->map, walk->opcode, (uint8_t)(0xc0 | reg << 3));

    attempt_modrm(walk, 3, reg, 3);
    for (unsigned rm = 0; split == RP_SPLIT_BYTE && rm < 8; rm++) {
        if (rm != 3)
            attempt_modrm(walk, 3, reg, rm);
    }
}

/* Tries the ModRM bytes that matter behind the opcode that is laid out. Legacy opcodes have every ModRM.reg
 * tried, since it may name a control or segment register; of the others, the groups. */
static void walk_modrm(struct walk *walk)
{
    bool group = walk->class == RP_CLASS_LEGACY ||
                 rp_cell_split(walk->class, walk->map, walk->opcode, 0) >= RP_SPLIT_REG;
    unsigned regs = group ? 8 : 1;

    for (unsigned reg = 0; reg < regs; reg++) {
        enum rp_raw_status status = attempt_modrm(walk, 0, reg, walk->memory_rm);

        if (status == RP_RAW_VALID && !walk->has_modrm)
            return;
        if (status != RP_RAW_VALID)
            attempt_modrm(walk, 0, reg, 4);
    }
    for (unsigned reg = 0; reg < regs; reg++)
        walk_register(walk, reg);
}

static void put(struct walk *walk, uint8_t byte)
{
    walk->bytes[walk->length++] = byte;
}

static void start(struct walk *walk, enum rp_encoding_class class, unsigned map, unsigned opcode)
{
    walk->class = class;
    walk->map = (uint8_t)map;
    walk->opcode = (uint8_t)opcode;
    memset(walk->bytes, 0, sizeof walk->bytes);
    walk->length = 0;
    walk->vvvv = walk->evex_mask = NULL;
}

static bool is_prefix(enum rp_mode mode, unsigned byte)
{
    if (mode == RP_MODE_LONG64 && (byte & 0xf0) == 0x40)
        return true;
    return strchr("\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3", (int)byte) != NULL && byte != 0;
}

static void put_map(struct walk *walk, unsigned map)
{
    if (map >= 1)
        put(walk, 0x0f);
    if (map >= 2)
        put(walk, map == 2 ? 0x38 : 0x3a);
}

/* Prefixes, REX and escape in front of `opcode`. */
static void lay_out(struct walk *walk, const char *prefixes, uint8_t rex, unsigned map, unsigned opcode)
{
    start(walk, RP_CLASS_LEGACY, map, opcode);
    for (; *prefixes != '\0'; prefixes++)
        put(walk, (uint8_t)*prefixes);
    if (rex != 0)
        put(walk, rex);
    put_map(walk, map);
    put(walk, (uint8_t)opcode);
}

/* A 67 that comes first, as in all sets below, changes the addresses of 16- and 32-bit code into each
 * other's. */
static uint8_t memory_rm(enum rp_mode mode, const char *prefixes)
{
    bool is_16 = (rp_mode_info(mode)->code_bits == 16) != (prefixes[0] == '\x67' && mode != RP_MODE_LONG64);

    return is_16 ? 7 : 3;
}

static void walk_legacy_opcode(struct walk *walk, enum rp_mode mode, unsigned map, unsigned opcode)
{
    static const char *const sets[] = {"",         "\x66",     "\xf2",     "\xf3",     "\x66\xf2",
                                       "\x66\xf3", "\xf0",     "\x66\xf0", "\xf2\xf0", "\xf3\xf0",
                                       "\x67",     "\x67\x66", "\x67\xf3", "\x67\xf2"};
    /* LOCK and REP with both other widths, of one-byte opcodes and ModRM.reg 0 alone: ADD stands for its
     * group. */
    static const char *const narrow_sets[] = {"\x67\xf0", "\x67\x66\xf0", "\x67\x66\xf2", "\x67\x66\xf3"};
    /* REX.B tells in front of 90 alone: XCHG r8, rax instead of NOP (SDM Vol. 2B "NOP"). */
    static const uint8_t rexes[] = {0, 0x48, 0x41, 0x49};
    size_t rex_count = mode != RP_MODE_LONG64 ? 1 : map == 0 && opcode == 0x90 ? 4 : 2;

    for (size_t set = 0; set < sizeof sets / sizeof sets[0]; set++) {
        walk->memory_rm = memory_rm(mode, sets[set]);
        for (size_t rex = 0; rex < rex_count; rex++) {
            lay_out(walk, sets[set], rexes[rex], map, opcode);
            walk_modrm(walk);
        }
    }
    for (size_t set = 0; map == 0 && set < sizeof narrow_sets / sizeof narrow_sets[0]; set++) {
        walk->memory_rm = memory_rm(mode, narrow_sets[set]);
        lay_out(walk, narrow_sets[set], 0, map, opcode);
        attempt_modrm(walk, 0, 0, walk->memory_rm);
    }
    walk->memory_rm = memory_rm(mode, "");
}

static void walk_legacy(struct walk *walk, enum rp_mode mode)
{
    for (unsigned map = 0; map < 4; map++) {
        for (unsigned opcode = 0; opcode < 256; opcode++) {
            bool escape = map == 0 ? opcode == 0x0f || is_prefix(mode, opcode)
                                   : map == 1 && (opcode == 0x0f || opcode == 0x38 || opcode == 0x3a);

            if (!escape)
                walk_legacy_opcode(walk, mode, map, opcode);
        }
    }
}

/* 0F 0F ModRM opcode: one form with a memory operand, one with a register. */
static void walk_3dnow(struct walk *walk)
{
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        for (unsigned mod = 0; mod <= 3; mod += 3) {
            start(walk, RP_CLASS_3DNOW, 1, opcode);
            put(walk, 0x0f);
            put(walk, 0x0f);
            put(walk, (uint8_t)(mod << 6 | (mod == 0 ? walk->memory_rm : 3u)));
            put(walk, (uint8_t)opcode);
            attempt(walk);
        }
    }
}

/* VEX and XOP differ in their first byte and in the maps. */
static void walk_vex(struct walk *walk, uint8_t first, unsigned first_map)
{
    for (unsigned map = first_map; map < first_map + 3; map++) {
        for (unsigned cell = 0; cell < 256 * 16; cell++) { /* opcode, then pp, W, L */
            start(walk, first == 0xc4 ? RP_CLASS_VEX : RP_CLASS_XOP, map, cell >> 4);
            put(walk, first);
            put(walk, (uint8_t)(0xe0 | map));
            walk->vvvv = &walk->bytes[walk->length];
            put(walk, (uint8_t)((cell >> 1 & 1) << 7 | (cell & 1) << 2 | (cell >> 2 & 3)));
            put(walk, walk->opcode);
            walk_modrm(walk);
        }
    }
}

static void walk_evex_map(struct walk *walk, unsigned map)
{
    for (unsigned cell = 0; cell < 256 * 64; cell++) { /* opcode, then pp, W, L'L, b */
        start(walk, RP_CLASS_EVEX, map, cell >> 6);
        put(walk, 0x62);
        put(walk, (uint8_t)(0xf0 | map));
        walk->vvvv = &walk->bytes[walk->length];
        put(walk, (uint8_t)((cell >> 3 & 1) << 7 | 4 | (cell >> 4 & 3)));
        walk->evex_mask = &walk->bytes[walk->length];
        put(walk, (uint8_t)((cell >> 1 & 3) << 5 | (cell & 1) << 4 | 8));
        put(walk, walk->opcode);
        walk_modrm(walk);
    }
}

int rp_form_walk(enum rp_mode mode, rp_form_visitor *visitor, void *context)
{
    static const uint8_t evex_maps[] = {1, 2, 3, 5, 6}; /* SDM Vol. 2 table 2-34; 4 is reserved */
    struct walk walk = {.visitor = visitor, .context = context};

    rp_raw_decoder(&walk.decoder, mode);
    walk.memory_rm = memory_rm(mode, "");
    walk_legacy(&walk, mode);
    walk_3dnow(&walk);
    walk_vex(&walk, 0x8f, 8);
    walk_vex(&walk, 0xc4, 1);
    for (size_t i = 0; i < sizeof evex_maps; i++)
        walk_evex_map(&walk, evex_maps[i]);
    return walk.result;
}
