/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A form's key; see form_key.h for the tuple and the line. */
#include "x86/form_key.h"

#include "x86/decode.h"
#include "x86/form.h"
#include "x86/raw.h"

#include <Zydis/Zydis.h>
#include <xxhash.h>

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static_assert(RP_TUPLE_OPERANDS == ZYDIS_MAX_OPERAND_COUNT, "a tuple holds any instruction's operands");
static_assert(sizeof(struct rp_form_tuple) == 14 + 8 * RP_TUPLE_OPERANDS, "no padding");

/* The words of a line, indexed by Zydis' enumerations. */
static const char *const class_words[] = {
    [ZYDIS_INSTRUCTION_ENCODING_LEGACY] = "legacy", [ZYDIS_INSTRUCTION_ENCODING_3DNOW] = "3dnow",
    [ZYDIS_INSTRUCTION_ENCODING_XOP] = "xop",       [ZYDIS_INSTRUCTION_ENCODING_VEX] = "vex",
    [ZYDIS_INSTRUCTION_ENCODING_EVEX] = "evex",     [ZYDIS_INSTRUCTION_ENCODING_MVEX] = "mvex",
};
static_assert(sizeof class_words / sizeof class_words[0] == ZYDIS_INSTRUCTION_ENCODING_MAX_VALUE + 1,
              "complete");

static const char *const mask_words[] = {
    [ZYDIS_MASK_MODE_INVALID] = "",        [ZYDIS_MASK_MODE_DISABLED] = "off",
    [ZYDIS_MASK_MODE_MERGING] = "merge",   [ZYDIS_MASK_MODE_ZEROING] = "zero",
    [ZYDIS_MASK_MODE_CONTROL] = "control", [ZYDIS_MASK_MODE_CONTROL_ZEROING] = "control-zero",
};
static_assert(sizeof mask_words / sizeof mask_words[0] == ZYDIS_MASK_MODE_MAX_VALUE + 1, "complete");

static const char *const broadcast_words[] = {
    [ZYDIS_BROADCAST_MODE_INVALID] = "",      [ZYDIS_BROADCAST_MODE_1_TO_2] = "1to2",
    [ZYDIS_BROADCAST_MODE_1_TO_4] = "1to4",   [ZYDIS_BROADCAST_MODE_1_TO_8] = "1to8",
    [ZYDIS_BROADCAST_MODE_1_TO_16] = "1to16", [ZYDIS_BROADCAST_MODE_1_TO_32] = "1to32",
    [ZYDIS_BROADCAST_MODE_1_TO_64] = "1to64", [ZYDIS_BROADCAST_MODE_2_TO_4] = "2to4",
    [ZYDIS_BROADCAST_MODE_2_TO_8] = "2to8",   [ZYDIS_BROADCAST_MODE_2_TO_16] = "2to16",
    [ZYDIS_BROADCAST_MODE_4_TO_8] = "4to8",   [ZYDIS_BROADCAST_MODE_4_TO_16] = "4to16",
    [ZYDIS_BROADCAST_MODE_8_TO_16] = "8to16",
};
static_assert(sizeof broadcast_words / sizeof broadcast_words[0] == ZYDIS_BROADCAST_MODE_MAX_VALUE + 1,
              "complete");

static const char *const kind_words[] = {
    [ZYDIS_OPERAND_TYPE_UNUSED] = "none",   [ZYDIS_OPERAND_TYPE_REGISTER] = "reg",
    [ZYDIS_OPERAND_TYPE_MEMORY] = "mem",    [ZYDIS_OPERAND_TYPE_POINTER] = "ptr",
    [ZYDIS_OPERAND_TYPE_IMMEDIATE] = "imm",
};
static_assert(sizeof kind_words / sizeof kind_words[0] == ZYDIS_OPERAND_TYPE_MAX_VALUE + 1, "complete");

static const char *const encoding_words[] = {
    [ZYDIS_OPERAND_ENCODING_NONE] = "none",
    [ZYDIS_OPERAND_ENCODING_MODRM_REG] = "reg",
    [ZYDIS_OPERAND_ENCODING_MODRM_RM] = "rm",
    [ZYDIS_OPERAND_ENCODING_OPCODE] = "opcode",
    [ZYDIS_OPERAND_ENCODING_NDSNDD] = "vvvv",
    [ZYDIS_OPERAND_ENCODING_IS4] = "is4",
    [ZYDIS_OPERAND_ENCODING_MASK] = "mask",
    [ZYDIS_OPERAND_ENCODING_DISP8] = "disp8",
    [ZYDIS_OPERAND_ENCODING_DISP16] = "disp16",
    [ZYDIS_OPERAND_ENCODING_DISP32] = "disp32",
    [ZYDIS_OPERAND_ENCODING_DISP64] = "disp64",
    [ZYDIS_OPERAND_ENCODING_DISP16_32_64] = "disp16.32.64",
    [ZYDIS_OPERAND_ENCODING_DISP32_32_64] = "disp32.32.64",
    [ZYDIS_OPERAND_ENCODING_DISP16_32_32] = "disp16.32.32",
    [ZYDIS_OPERAND_ENCODING_UIMM8] = "uimm8",
    [ZYDIS_OPERAND_ENCODING_UIMM16] = "uimm16",
    [ZYDIS_OPERAND_ENCODING_UIMM32] = "uimm32",
    [ZYDIS_OPERAND_ENCODING_UIMM64] = "uimm64",
    [ZYDIS_OPERAND_ENCODING_UIMM16_32_64] = "uimm16.32.64",
    [ZYDIS_OPERAND_ENCODING_UIMM32_32_64] = "uimm32.32.64",
    [ZYDIS_OPERAND_ENCODING_UIMM16_32_32] = "uimm16.32.32",
    [ZYDIS_OPERAND_ENCODING_SIMM8] = "simm8",
    [ZYDIS_OPERAND_ENCODING_SIMM16] = "simm16",
    [ZYDIS_OPERAND_ENCODING_SIMM32] = "simm32",
    [ZYDIS_OPERAND_ENCODING_SIMM64] = "simm64",
    [ZYDIS_OPERAND_ENCODING_SIMM16_32_64] = "simm16.32.64",
    [ZYDIS_OPERAND_ENCODING_SIMM32_32_64] = "simm32.32.64",
    [ZYDIS_OPERAND_ENCODING_SIMM16_32_32] = "simm16.32.32",
    [ZYDIS_OPERAND_ENCODING_JIMM8] = "jimm8",
    [ZYDIS_OPERAND_ENCODING_JIMM16] = "jimm16",
    [ZYDIS_OPERAND_ENCODING_JIMM32] = "jimm32",
    [ZYDIS_OPERAND_ENCODING_JIMM64] = "jimm64",
    [ZYDIS_OPERAND_ENCODING_JIMM16_32_64] = "jimm16.32.64",
    [ZYDIS_OPERAND_ENCODING_JIMM32_32_64] = "jimm32.32.64",
    [ZYDIS_OPERAND_ENCODING_JIMM16_32_32] = "jimm16.32.32",
};
static_assert(sizeof encoding_words / sizeof encoding_words[0] == ZYDIS_OPERAND_ENCODING_MAX_VALUE + 1,
              "complete");

static const char *const element_words[] = {
    [ZYDIS_ELEMENT_TYPE_INVALID] = "none", [ZYDIS_ELEMENT_TYPE_STRUCT] = "struct",
    [ZYDIS_ELEMENT_TYPE_UINT] = "uint",    [ZYDIS_ELEMENT_TYPE_INT] = "int",
    [ZYDIS_ELEMENT_TYPE_FLOAT16] = "f16",  [ZYDIS_ELEMENT_TYPE_FLOAT32] = "f32",
    [ZYDIS_ELEMENT_TYPE_FLOAT64] = "f64",  [ZYDIS_ELEMENT_TYPE_FLOAT80] = "f80",
    [ZYDIS_ELEMENT_TYPE_LONGBCD] = "bcd",  [ZYDIS_ELEMENT_TYPE_CC] = "cc",
};
static_assert(sizeof element_words / sizeof element_words[0] == ZYDIS_ELEMENT_TYPE_MAX_VALUE + 1, "complete");

static const char *const register_words[] = {
    [ZYDIS_REGCLASS_INVALID] = "none", [ZYDIS_REGCLASS_GPR8] = "gpr8",       [ZYDIS_REGCLASS_GPR16] = "gpr16",
    [ZYDIS_REGCLASS_GPR32] = "gpr32",  [ZYDIS_REGCLASS_GPR64] = "gpr64",     [ZYDIS_REGCLASS_X87] = "x87",
    [ZYDIS_REGCLASS_MMX] = "mmx",      [ZYDIS_REGCLASS_XMM] = "xmm",         [ZYDIS_REGCLASS_YMM] = "ymm",
    [ZYDIS_REGCLASS_ZMM] = "zmm",      [ZYDIS_REGCLASS_TMM] = "tmm",         [ZYDIS_REGCLASS_FLAGS] = "flags",
    [ZYDIS_REGCLASS_IP] = "ip",        [ZYDIS_REGCLASS_SEGMENT] = "segment", [ZYDIS_REGCLASS_TABLE] = "table",
    [ZYDIS_REGCLASS_TEST] = "test",    [ZYDIS_REGCLASS_CONTROL] = "control", [ZYDIS_REGCLASS_DEBUG] = "debug",
    [ZYDIS_REGCLASS_MASK] = "mask",    [ZYDIS_REGCLASS_BOUND] = "bound",
};
static_assert(sizeof register_words / sizeof register_words[0] == ZYDIS_REGCLASS_MAX_VALUE + 1, "complete");

static uint8_t prefixes_of(ZydisInstructionAttributes attributes)
{
    unsigned prefixes = 0;

    prefixes |= (attributes & ZYDIS_ATTRIB_HAS_LOCK) != 0 ? RP_TUPLE_LOCK : 0;
    prefixes |= (attributes & ZYDIS_ATTRIB_HAS_REP) != 0 ? RP_TUPLE_REP : 0;
    prefixes |= (attributes & ZYDIS_ATTRIB_HAS_REPE) != 0 ? RP_TUPLE_REPE : 0;
    prefixes |= (attributes & ZYDIS_ATTRIB_HAS_REPNE) != 0 ? RP_TUPLE_REPNE : 0;
    return (uint8_t)prefixes;
}

/* Registers of these classes are resources, each of its own. */
static bool is_resource(ZydisRegisterClass class)
{
    return class == ZYDIS_REGCLASS_SEGMENT || class == ZYDIS_REGCLASS_CONTROL ||
           class == ZYDIS_REGCLASS_DEBUG || class == ZYDIS_REGCLASS_TEST;
}

void rp_form_tuple_make(const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands,
                        struct rp_form_tuple *tuple)
{
    bool has_modrm = (instruction->attributes & ZYDIS_ATTRIB_HAS_MODRM) != 0;

    tuple->mnemonic = (uint16_t)instruction->mnemonic;
    tuple->vector_length = instruction->avx.vector_length;
    tuple->class = (uint8_t)instruction->encoding;
    tuple->map = (uint8_t)instruction->opcode_map;
    tuple->opcode = instruction->opcode;
    tuple->operand_bits = instruction->operand_width;
    tuple->address_bits = instruction->address_width;
    tuple->prefixes = prefixes_of(instruction->attributes);
    tuple->mask = (uint8_t)instruction->avx.mask.mode;
    tuple->broadcast = (uint8_t)instruction->avx.broadcast.mode;
    tuple->mod = !has_modrm ? 0 : instruction->raw.modrm.mod == 3 ? 1 : 2;
    tuple->operand_count = instruction->operand_count;
    for (size_t i = 0; i < instruction->operand_count; i++) {
        const ZydisDecodedOperand *operand = &operands[i];
        ZydisRegisterClass class = ZYDIS_REGCLASS_INVALID;
        ZydisRegister name = ZYDIS_REGISTER_NONE;

        if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER) {
            class = ZydisRegisterGetClass(operand->reg.value);
            if (operand->encoding == ZYDIS_OPERAND_ENCODING_NONE || is_resource(class))
                name = operand->reg.value;
        }
        tuple->operands[i].kind = (uint8_t)operand->type;
        tuple->operands[i].encoding = (uint8_t)operand->encoding;
        tuple->operands[i].element = (uint8_t)operand->element_type;
        tuple->operands[i].class = (uint8_t) class;
        tuple->operands[i].size = operand->size;
        tuple->operands[i].name = (uint16_t)name;
    }
}

size_t rp_form_tuple_size(const struct rp_form_tuple *tuple)
{
    return offsetof(struct rp_form_tuple, operands) + tuple->operand_count * sizeof tuple->operands[0];
}

/* A line under construction; cut, never overrun. */
struct line {
    char *text;
    size_t capacity, length;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *format, ...)
{
    va_list arguments;
    int written;

    va_start(arguments, format);
    written = vsnprintf(line->text + line->length, line->capacity - line->length, format, arguments);
    va_end(arguments);
    assert(written >= 0 && line->length + (size_t)written < line->capacity);
    line->length += (size_t)written;
}

static void add_operand(struct line *line, const struct rp_form_tuple *tuple, size_t i)
{
    unsigned class = tuple->operands[i].class, name = tuple->operands[i].name;

    add(line, " %s/%s/%u/%s", kind_words[tuple->operands[i].kind],
        encoding_words[tuple->operands[i].encoding], tuple->operands[i].size,
        element_words[tuple->operands[i].element]);
    if (class != ZYDIS_REGCLASS_INVALID)
        add(line, "/%s", register_words[class]);
    if (name != ZYDIS_REGISTER_NONE)
        add(line, "/%s", ZydisRegisterGetString((ZydisRegister)name));
}

size_t rp_form_tuple_print(const struct rp_form_tuple *tuple, char *text, size_t capacity)
{
    static const char *const mod_words[] = {"", " reg", " mem"};
    struct line line = {text, capacity, 0};

    add(&line, "%s %s.%u.%02x o%u a%u", ZydisMnemonicGetString((ZydisMnemonic)tuple->mnemonic),
        class_words[tuple->class], tuple->map, tuple->opcode, tuple->operand_bits, tuple->address_bits);
    add(&line, "%s%s%s%s", (tuple->prefixes & RP_TUPLE_LOCK) != 0 ? " lock" : "",
        (tuple->prefixes & RP_TUPLE_REP) != 0 ? " rep" : "",
        (tuple->prefixes & RP_TUPLE_REPE) != 0 ? " repe" : "",
        (tuple->prefixes & RP_TUPLE_REPNE) != 0 ? " repne" : "");
    if (tuple->vector_length != 0)
        add(&line, " l%u", tuple->vector_length);
    if (tuple->mask != ZYDIS_MASK_MODE_INVALID)
        add(&line, " k%s", mask_words[tuple->mask]);
    if (tuple->broadcast != ZYDIS_BROADCAST_MODE_INVALID)
        add(&line, " b%s", broadcast_words[tuple->broadcast]);
    add(&line, "%s", mod_words[tuple->mod]);
    if (tuple->operand_count > 0)
        add(&line, " :");
    for (size_t i = 0; i < tuple->operand_count; i++)
        add_operand(&line, tuple, i);
    return line.length;
}

const char *rp_form_key(enum rp_mode mode, const struct rp_encoding *encoding, char *text, size_t capacity)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    struct rp_form_tuple tuple;
    char line[RP_FORM_KEY_MAX];

    rp_raw_decoder(&decoder, mode);
    if (rp_raw_decode(&decoder, encoding->bytes, encoding->length, &instruction, operands, NULL) !=
        RP_RAW_VALID)
        return NULL;
    rp_form_tuple_make(&instruction, operands, &tuple);
    rp_form_tuple_print(&tuple, line, sizeof line);
    snprintf(text, capacity, "%s", line);
    return text;
}

uint64_t rp_form_id(enum rp_mode mode, const struct rp_encoding *encoding)
{
    char line[RP_FORM_KEY_MAX];

    if (rp_form_key(mode, encoding, line, sizeof line) == NULL)
        rp_opcode_cell(mode, encoding->bytes, encoding->length, line, sizeof line);
    return XXH64(line, strlen(line), 0);
}

unsigned rp_form_shard(uint64_t id, unsigned shards)
{
    return shards > 1 ? (unsigned)(id % shards) : 0;
}
