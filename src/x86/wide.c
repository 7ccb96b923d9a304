/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making the encodings of an opcode; see wide.h. */
#include "x86/wide.h"
#include "x86/cell.h"

#include "x86/cell.h"
#include "x86/form.h"
#include "x86/form_key.h"
#include "x86/operands.h"
#include "x86/prefix.h"
#include "x86/raw.h"

#include <Zydis/Zydis.h>
#include <xxhash.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* 400h within the data: linear, from the base of a 16-bit segment, from where the instruction is put. */
#define DATA             0x00020400u
#define DATA_NARROW      0x0400u
#define FROM_INSTRUCTION 0x00010000u

#define FORMS_MAX 2048 /* of one opcode; the most are some 300 */

struct rp_wide {
    enum rp_mode mode;
    ZydisDecoder decoder;
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    struct rp_operand_rules rules;
    uint8_t bytes[RP_ENCODING_MAX + 9];
    size_t length; /* of what stands in front of ModRM */
    struct {
        uint64_t tuple, id; /* hash of the tuple, and the form's id */
        uint32_t count;     /* encodings; then where the next one goes */
    } form[FORMS_MAX];      /* of the opcode, as they came */
    size_t forms, last;     /* last: the form that the encoding before had */
    uint32_t *number;       /* of each encoding's form */
    struct rp_wide_encoding *made, *sorted;
    size_t count, capacity;
    bool failed; /* no memory */
};

static_assert(RP_MAP_COUNT == RP_WIDE_OPCODES / 256, "one map a row");

static bool grow(struct rp_wide *wide)
{
    size_t capacity = wide->capacity ? 2 * wide->capacity : 4096;
    struct rp_wide_encoding *made = realloc(wide->made, capacity * sizeof *made);
    if (!made)
        return false;
    wide->made = made;
    struct rp_wide_encoding *sorted = realloc(wide->sorted, capacity * sizeof *sorted);
    if (!sorted)
        return false;
    wide->sorted = sorted;
    uint32_t *number = realloc(wide->number, capacity * sizeof *number);
    if (!number)
        return false;
    wide->number = number;
    wide->capacity = capacity;
    return true;
}

/* The number of the form that was decoded. Its id is a hash of words, dear enough to be made once a form. */
static size_t form_of(struct rp_wide *wide)
{
    struct rp_form_tuple tuple;
    rp_form_tuple_make(&wide->instruction, wide->operands, &tuple);
    uint64_t hash = XXH64(&tuple, rp_form_tuple_size(&tuple), 0);
    if (wide->last < wide->forms && wide->form[wide->last].tuple == hash)
        return wide->last;
    for (size_t i = 0; i < wide->forms; i++)
        if (wide->form[i].tuple == hash)
            return i;
    assert(wide->forms < FORMS_MAX);
    char key[RP_FORM_KEY_MAX];
    wide->form[wide->forms].tuple = hash;
    wide->form[wide->forms].id = XXH64(key, rp_form_tuple_print(&tuple, key, sizeof key), 0);
    wide->form[wide->forms].count = 0;
    return wide->forms++;
}

/* What stands in the displacement of a ModRM byte: 0 behind registers, else what leads to 400h within the
 * data, as an address without ModRM does (operands.h); behind RIP from where the instruction under test lies.
 */
static uint32_t displacement(const struct rp_wide *wide)
{
    bool narrow = rp_mode_info(wide->mode)->code_bits == 16;
    for (size_t i = 0; i < wide->instruction.operand_count; i++) {
        const ZydisDecodedOperand *operand = &wide->operands[i];
        if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY ||
            operand->encoding != ZYDIS_OPERAND_ENCODING_MODRM_RM)
            continue;
        if (operand->mem.base == ZYDIS_REGISTER_RIP || operand->mem.base == ZYDIS_REGISTER_EIP)
            return FROM_INSTRUCTION - wide->instruction.length;
        if (operand->mem.base != ZYDIS_REGISTER_NONE || operand->mem.index != ZYDIS_REGISTER_NONE)
            return 0;
    }
    return narrow ? DATA_NARROW : DATA;
}

static void fill(const struct rp_wide *wide, uint8_t *bytes)
{
    const ZydisDecodedInstruction *instruction = &wide->instruction;
    rp_operands_fill(&wide->rules, 0, wide->mode, instruction, wide->operands, bytes);
    uint32_t value = instruction->attributes & ZYDIS_ATTRIB_HAS_MODRM ? displacement(wide) : 0;
    for (unsigned i = 0;
         i < instruction->raw.disp.size / 8 && instruction->attributes & ZYDIS_ATTRIB_HAS_MODRM; i++)
        bytes[instruction->raw.disp.offset + i] = (uint8_t)(value >> 8 * i);
}

static void add(struct rp_wide *wide)
{
    if (wide->count == wide->capacity && !grow(wide)) {
        wide->failed = true;
        return;
    }
    struct rp_wide_encoding *encoding = &wide->made[wide->count];
    wide->last = form_of(wide);
    wide->form[wide->last].count++;
    wide->number[wide->count++] = (uint32_t)wide->last;
    *encoding = (struct rp_wide_encoding){wide->form[wide->last].id, {.length = wide->instruction.length}};
    memcpy(encoding->encoding.bytes, wide->bytes, wide->instruction.length);
    fill(wide, encoding->encoding.bytes);
}

/* Decodes what is laid out, and keeps it if that works. */
static enum rp_raw_status attempt(struct rp_wide *wide)
{
    enum rp_raw_status status =
        rp_raw_decode(&wide->decoder, wide->bytes, RP_ENCODING_MAX, &wide->instruction, wide->operands, NULL);
    if (status == RP_RAW_VALID && !wide->failed)
        add(wide);
    return status;
}

static void start(struct rp_wide *wide, const char *front)
{
    memset(wide->bytes, 0, sizeof wide->bytes);
    wide->length = strlen(front);
    memcpy(wide->bytes, front, wide->length);
}

static void put(struct rp_wide *wide, unsigned byte)
{
    wide->bytes[wide->length++] = (uint8_t)byte;
}

/* Every ModRM byte, or those of memory operands with ModRM.reg 0; an opcode without one is made once. */
static void make_modrm(struct rp_wide *wide, bool narrow)
{
    for (unsigned modrm = 0; modrm < (narrow ? 0xc0 : 256); modrm++) {
        if (narrow && modrm & 0x38)
            continue;
        wide->bytes[wide->length] = (uint8_t)modrm;
        if (attempt(wide) == RP_RAW_VALID && !(wide->instruction.attributes & ZYDIS_ATTRIB_HAS_MODRM))
            break;
    }
}

/* The prefixes of form_walk.c; the last four as there, and REX.B in front of 90 alone. */
static void make_legacy(struct rp_wide *wide, unsigned map, unsigned opcode)
{
    static const char *const sets[] = {
        "",         "\x66",     "\xf2",     "\xf3",         "\x66\xf2",     "\x66\xf3",
        "\xf0",     "\x66\xf0", "\xf2\xf0", "\xf3\xf0",     "\x67",         "\x67\x66",
        "\x67\xf3", "\x67\xf2", "\x67\xf0", "\x67\x66\xf0", "\x67\x66\xf2", "\x67\x66\xf3"};
    enum { SETS = sizeof sets / sizeof sets[0], NARROW = 4 };
    static const uint8_t rex[] = {0, 0x48, 0x41, 0x49};
    unsigned rexes = wide->mode != RP_MODE_LONG64 ? 1 : map == 0 && opcode == 0x90 ? 4 : 2;
    for (unsigned n = 0; n < SETS * rexes; n++) {
        bool narrow = n / rexes >= SETS - NARROW;
        if (narrow && (map != 0 || n % rexes))
            continue;
        start(wide, sets[n / rexes]);
        if (n % rexes)
            put(wide, rex[n % rexes]);
        if (map >= 1)
            put(wide, 0x0f);
        if (map >= 2)
            put(wide, map == 2 ? 0x38 : 0x3a);
        put(wide, opcode);
        make_modrm(wide, narrow);
    }
}

/* The opcode stands behind everything else: where that is, the decoder says, who finds it wherever it looks.
 */
static void make_3dnow(struct rp_wide *wide, unsigned opcode)
{
    bool sibs = rp_mode_info(wide->mode)->code_bits != 16;
    for (unsigned modrm = 0; modrm < 256; modrm++) {
        memset(wide->bytes, (int)opcode, sizeof wide->bytes);
        wide->bytes[0] = wide->bytes[1] = 0x0f;
        wide->bytes[2] = (uint8_t)modrm;
        if (sibs && modrm < 0xc0 && (modrm & 7) == 4)
            wide->bytes[3] = 0;
        if (rp_raw_decode(&wide->decoder, wide->bytes, RP_ENCODING_MAX, &wide->instruction, wide->operands,
                          NULL) != RP_RAW_VALID)
            continue;
        memset(wide->bytes + 3, 0, (size_t)wide->instruction.length - 4u);
        attempt(wide);
    }
}

/* What the first vvvv (it is stored inverted) shows to be undefined is so with the other. */
static enum rp_raw_status attempt_vvvv(struct rp_wide *wide, uint8_t *vvvv)
{
    *vvvv |= 0x78;
    enum rp_raw_status status = attempt(wide);
    if (status == RP_RAW_UNDEFINED)
        return status;
    *vvvv ^= 0x08;
    enum rp_raw_status second = attempt(wide);
    return status == RP_RAW_VALID ? status : second;
}

static void make_vex(struct rp_wide *wide, unsigned first, unsigned map, unsigned opcode)
{
    for (unsigned cell = 0; cell < 16; cell++) { /* pp, W, L */
        start(wide, "");
        put(wide, first);
        put(wide, 0xe0 | map);
        uint8_t *vvvv = &wide->bytes[wide->length];
        put(wide, (cell >> 1 & 1) << 7 | (cell & 1) << 2 | cell >> 2);
        put(wide, opcode);
        for (unsigned modrm = 0; modrm < 256; modrm++) {
            wide->bytes[wide->length] = (uint8_t)modrm;
            if (attempt_vvvv(wide, vvvv) == RP_RAW_VALID &&
                !(wide->instruction.attributes & ZYDIS_ATTRIB_HAS_MODRM))
                break; /* VZEROUPPER */
        }
    }
}

static void make_evex(struct rp_wide *wide, unsigned map, unsigned opcode)
{
    static const uint8_t masks[] = {0x00, 0x01, 0x80, 0x81}; /* z and aaa */
    for (unsigned cell = 0; cell < 64; cell++) {             /* pp, W, L'L, b */
        start(wide, "\x62");
        put(wide, 0xf0 | map);
        uint8_t *vvvv = &wide->bytes[wide->length];
        put(wide, (cell >> 3 & 1) << 7 | 4 | cell >> 4);
        uint8_t *mask = &wide->bytes[wide->length];
        put(wide, (cell >> 1 & 3) << 5 | (cell & 1) << 4 | 8);
        put(wide, opcode);
        for (unsigned n = 0; n < 64; n++) { /* mod, reg, rm 3 or 4 */
            wide->bytes[wide->length] = (uint8_t)((n >> 4) << 6 | (n >> 1 & 7) << 3 | (3 + (n & 1)));
            for (size_t i = 0; i < sizeof masks; i++) {
                *mask = (uint8_t)((*mask & 0x78u) | masks[i]);
                if (attempt_vvvv(wide, vvvv) == RP_RAW_UNDEFINED)
                    break;
            }
        }
    }
}

static bool is_prefix(enum rp_mode mode, unsigned byte)
{
    if (mode == RP_MODE_LONG64 && (byte & 0xf0) == 0x40)
        return true;
    return byte != 0 && strchr("\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3", (int)byte) != NULL;
}

static void make(struct rp_wide *wide, enum rp_encoding_class class, unsigned map, unsigned opcode)
{
    bool escape = map == 0 ? opcode == 0x0f || is_prefix(wide->mode, opcode)
                           : map == 1 && (opcode == 0x0f || opcode == 0x38 || opcode == 0x3a);
    switch (class) {
    case RP_CLASS_LEGACY:
        if (!escape)
            make_legacy(wide, map, opcode);
        break;
    case RP_CLASS_3DNOW:
        make_3dnow(wide, opcode);
        break;
    case RP_CLASS_XOP:
    case RP_CLASS_VEX:
        make_vex(wide, class == RP_CLASS_XOP ? 0x8f : 0xc4, map, opcode);
        break;
    default:
        make_evex(wide, map, opcode);
        break;
    }
}

/* By form, in the order in which they came. */
static void group(struct rp_wide *wide)
{
    uint32_t at = 0;
    for (size_t i = 0; i < wide->forms; i++) {
        uint32_t count = wide->form[i].count;
        wide->form[i].count = at;
        at += count;
    }
    for (size_t i = 0; i < wide->count; i++)
        wide->sorted[wide->form[wide->number[i]].count++] = wide->made[i];
}

int rp_wide_open(enum rp_mode mode, struct rp_wide **wide, struct rp_error *error)
{
    struct rp_wide *w = calloc(1, sizeof *w);
    *wide = NULL;
    if (!w)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the wide space");
    w->mode = mode;
    rp_raw_decoder(&w->decoder, mode);
    int result = rp_operands_read(&w->rules, error);
    if (result) {
        rp_wide_close(w);
        return result;
    }
    *wide = w;
    return RP_OK;
}

void rp_wide_close(struct rp_wide *wide)
{
    if (!wide)
        return;
    rp_operands_clear(&wide->rules);
    free(wide->made);
    free(wide->sorted);
    free(wide->number);
    free(wide);
}

int rp_wide_read(struct rp_wide *wide, unsigned opcode, const struct rp_wide_encoding **encoding,
                 size_t *count, struct rp_error *error)
{
    wide->count = wide->forms = wide->last = 0;
    wide->failed = false;
    make(wide, rp_maps[opcode / 256].class, rp_maps[opcode / 256].map, opcode % 256);
    if (wide->failed)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the wide space");
    group(wide);
    *encoding = wide->sorted;
    *count = wide->count;
    return RP_OK;
}

unsigned rp_wide_opcode_of(enum rp_mode mode, const struct rp_encoding *encoding)
{
    struct rp_prefix_scan scan;
    unsigned map = 0;
    bool complete = rp_prefix_scan(mode, encoding->bytes, encoding->length, &scan);
    assert(complete);
    (void)complete;
    while (map + 1 < RP_MAP_COUNT && (rp_maps[map].class != scan.class || rp_maps[map].map != scan.map))
        map++;
    return map * 256 + scan.opcode;
}
