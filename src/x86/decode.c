/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies what Zydis found out into struct rp_instruction; see decode.h. */
#include "x86/decode.h"

#include "base/hex.h"
#include "x86/names_internal.h"
#include "x86/raw.h"

#include <Zydis/Zydis.h>

#include <assert.h>
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 32 /* bytes of Zydis' longest name of a set, extension or category (23), and room */

/* Zydis shouts its names; these are the same in lower case, made at the first use. */
static char sets[ZYDIS_ISA_SET_MAX_VALUE + 1][WORD_MAX];
static char extensions[ZYDIS_ISA_EXT_MAX_VALUE + 1][WORD_MAX];
static char categories[ZYDIS_CATEGORY_MAX_VALUE + 1][WORD_MAX];
static pthread_once_t words_once = PTHREAD_ONCE_INIT;

static void lower(char *to, const char *from)
{
    size_t i = 0;

    for (; from[i] != '\0' && i + 1 < WORD_MAX; i++)
        to[i] = (char)tolower((unsigned char)from[i]);
    to[i] = '\0';
}

static void make_words(void)
{
    for (unsigned i = 0; i <= ZYDIS_ISA_SET_MAX_VALUE; i++)
        lower(sets[i], ZydisISASetGetString((ZydisISASet)i));
    for (unsigned i = 0; i <= ZYDIS_ISA_EXT_MAX_VALUE; i++)
        lower(extensions[i], ZydisISAExtGetString((ZydisISAExt)i));
    for (unsigned i = 0; i <= ZYDIS_CATEGORY_MAX_VALUE; i++)
        lower(categories[i], ZydisCategoryGetString((ZydisInstructionCategory)i));
}

/* Extensions whose instructions belong to a unit even where no operand says so: FNCLEX, EMMS, VZEROUPPER,
 * LDMXCSR, TILERELEASE. */
static const struct {
    ZydisISAExt extension;
    enum rp_unit unit;
} units_of_extensions[] = {
    {ZYDIS_ISA_EXT_X87, RP_UNIT_X87},      {ZYDIS_ISA_EXT_MMX, RP_UNIT_MMX},
    {ZYDIS_ISA_EXT_AMD3DNOW, RP_UNIT_MMX}, {ZYDIS_ISA_EXT_AVX, RP_UNIT_AVX},
    {ZYDIS_ISA_EXT_AVX2, RP_UNIT_AVX},     {ZYDIS_ISA_EXT_AMX_TILE, RP_UNIT_AMX},
};
static const struct {
    ZydisISASet set;
    enum rp_unit unit;
} units_of_sets[] = {
    {ZYDIS_ISA_SET_SSEMXCSR, RP_UNIT_SSE}, /* needs CR4.OSFXSR: SDM Vol. 2A "LDMXCSR" */
    /* They move XMM as well, if CR4.OSFXSR says so: SDM Vol. 1 section 10.5.1. */
    {ZYDIS_ISA_SET_FXSAVE, RP_UNIT_SSE},
    {ZYDIS_ISA_SET_FXSAVE64, RP_UNIT_SSE},
};

/* The unit that a register of this class belongs to; the enumeration is ordered, so the greatest wins. */
static enum rp_unit unit_of_register(ZydisRegister value, ZydisInstructionEncoding encoding)
{
    bool legacy = encoding == ZYDIS_INSTRUCTION_ENCODING_LEGACY;

    switch (ZydisRegisterGetClass(value)) {
    case ZYDIS_REGCLASS_X87:
        return RP_UNIT_X87;
    case ZYDIS_REGCLASS_MMX:
        return RP_UNIT_MMX;
    case ZYDIS_REGCLASS_XMM:
        return legacy ? RP_UNIT_SSE : RP_UNIT_AVX;
    case ZYDIS_REGCLASS_YMM:
        return RP_UNIT_AVX;
    case ZYDIS_REGCLASS_ZMM:
    case ZYDIS_REGCLASS_MASK:
        return RP_UNIT_AVX512;
    case ZYDIS_REGCLASS_TMM:
        return RP_UNIT_AMX;
    default:
        return RP_UNIT_GENERAL;
    }
}

static enum rp_unit unit_of(const ZydisDecodedInstruction *from, const ZydisDecodedOperand *operands)
{
    enum rp_unit unit = RP_UNIT_GENERAL;

    if (from->encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX)
        return RP_UNIT_AVX512;
    for (size_t i = 0; i < sizeof units_of_extensions / sizeof units_of_extensions[0]; i++) {
        if (units_of_extensions[i].extension == from->meta.isa_ext)
            unit = units_of_extensions[i].unit;
    }
    for (size_t i = 0; i < sizeof units_of_sets / sizeof units_of_sets[0]; i++) {
        if (units_of_sets[i].set == from->meta.isa_set)
            unit = units_of_sets[i].unit;
    }
    for (size_t i = 0; i < from->operand_count; i++) {
        if (operands[i].type == ZYDIS_OPERAND_TYPE_REGISTER) {
            enum rp_unit other = unit_of_register(operands[i].reg.value, from->encoding);

            unit = other > unit ? other : unit;
        }
    }
    return unit;
}

static uint8_t register_number(ZydisRegister value)
{
    ZyanI8 id;

    if (value == ZYDIS_REGISTER_NONE)
        return RP_REGISTER_NONE;
    if (value == ZYDIS_REGISTER_RIP || value == ZYDIS_REGISTER_EIP)
        return RP_REGISTER_IP;
    id = ZydisRegisterGetId(value);
    return id < 0 ? RP_REGISTER_NONE : (uint8_t)id;
}

static void copy_memory(struct rp_memory_operand *to, const ZydisDecodedOperand *from)
{
    *to = (struct rp_memory_operand){
        .present = true,
        .address_only = from->mem.type == ZYDIS_MEMOP_TYPE_AGEN || from->mem.type == ZYDIS_MEMOP_TYPE_MIB,
        .vector_index = from->mem.type == ZYDIS_MEMOP_TYPE_VSIB,
        .read = (from->actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0,
        .written = (from->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0,
        .segment = register_number(from->mem.segment),
        .base = register_number(from->mem.base),
        .index = register_number(from->mem.index),
        .scale = from->mem.scale,
        .size = (uint16_t)(from->size / 8),
        .displacement = from->mem.disp.has_displacement ? from->mem.disp.value : 0,
    };
}

static void note_register(struct rp_instruction *to, ZydisRegister value)
{
    uint8_t *field;

    switch (ZydisRegisterGetClass(value)) {
    case ZYDIS_REGCLASS_SEGMENT:
        field = &to->segment_register;
        break;
    case ZYDIS_REGCLASS_CONTROL:
        field = &to->control_register;
        break;
    case ZYDIS_REGCLASS_DEBUG:
        field = &to->debug_register;
        break;
    default:
        return;
    }
    *field = register_number(value);
}

/* Only visible operands name a register; LAR's or SYSCALL's hidden ones are not what people mean. */
static void copy_operands(struct rp_instruction *to, const ZydisDecodedInstruction *from,
                          const ZydisDecodedOperand *operands)
{
    to->memory.segment = to->memory.base = to->memory.index = RP_REGISTER_NONE;
    to->segment_register = to->control_register = to->debug_register = RP_REGISTER_NONE;
    for (size_t i = 0; i < from->operand_count; i++) {
        const ZydisDecodedOperand *operand = &operands[i];

        if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY) {
            if (operand->encoding == ZYDIS_OPERAND_ENCODING_NONE)
                to->implicit_memory++;
            else
                copy_memory(&to->memory, operand);
        } else if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER && i < from->operand_count_visible) {
            note_register(to, operand->reg.value);
        }
    }
}

static void copy_numbers(struct rp_instruction *to, const ZydisDecodedInstruction *from,
                         const ZydisDecodedOperand *operands)
{
    if (from->operand_count > 0 && operands[0].type == ZYDIS_OPERAND_TYPE_POINTER) {
        to->far_pointer = (struct rp_far_pointer){
            .present = true,
            .offset_at = from->raw.imm[0].offset,
            .offset_bytes = from->raw.imm[0].size / 8,
            .selector_at = from->raw.imm[1].offset,
            .selector = operands[0].ptr.segment,
            .offset = operands[0].ptr.offset,
        };
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        to->immediate[i] = (struct rp_immediate){
            .offset = from->raw.imm[i].offset,
            .bytes = from->raw.imm[i].size / 8,
            .relative = from->raw.imm[i].is_relative,
            .value = from->raw.imm[i].value.u,
        };
    }
}

/* Zydis' masks have the bits of rflags; IOPL is one of them there and two in the register. */
static uint64_t rflags_of(ZydisAccessedFlagsMask mask)
{
    return mask | (mask & ZYDIS_CPUFLAG_IOPL) << 1;
}

static uint16_t x87_codes_of(ZydisAccessedFlagsMask mask)
{
    return (uint16_t)((mask & (ZYDIS_FPUFLAG_C0 | ZYDIS_FPUFLAG_C1 | ZYDIS_FPUFLAG_C2)) << 8 |
                      (mask & ZYDIS_FPUFLAG_C3) << 11);
}

static void copy_flags(struct rp_instruction *to, const ZydisDecodedInstruction *from)
{
    const ZydisAccessedFlags *cpu = from->cpu_flags, *fpu = from->fpu_flags;

    if (cpu != NULL) {
        to->flags_read = rflags_of(cpu->tested);
        to->flags_written = rflags_of(cpu->modified | cpu->set_0 | cpu->set_1);
        to->flags_undefined = rflags_of(cpu->undefined);
    }
    if (fpu != NULL)
        to->x87_undefined = x87_codes_of(fpu->undefined);
}

static enum rp_branch branch_of(const ZydisDecodedInstruction *from)
{
    static const enum rp_branch kinds[] = {
        [ZYDIS_BRANCH_TYPE_NONE] = RP_BRANCH_NONE,
        [ZYDIS_BRANCH_TYPE_SHORT] = RP_BRANCH_SHORT,
        [ZYDIS_BRANCH_TYPE_NEAR] = RP_BRANCH_NEAR,
        [ZYDIS_BRANCH_TYPE_FAR] = RP_BRANCH_FAR,
    };
    static_assert(sizeof kinds / sizeof kinds[0] == ZYDIS_BRANCH_TYPE_MAX_VALUE + 1, "one row a kind");

    return kinds[from->meta.branch_type];
}

static int complain(enum rp_mode mode, const uint8_t *bytes, size_t length, enum rp_raw_status status,
                    const char *why, struct rp_error *error)
{
    struct rp_prefix_scan scan;
    char hex[2 * RP_ENCODING_MAX + 1];
    size_t shown = length < RP_ENCODING_MAX ? length : RP_ENCODING_MAX;

    if (error == NULL) /* fuzz campaigns ask a million times, of what none knows */
        return RP_EINPUT;
    rp_hex_print(hex, bytes, shown);
    if (status == RP_RAW_TRUNCATED)
        return rp_error_set(error, RP_EINPUT,
                            "cannot decode '%s' in %s: %s at offset %zu, where the input ends", hex,
                            rp_mode_info(mode)->name, why, length);
    rp_prefix_scan(mode, bytes, length, &scan);
    return rp_error_set(error, RP_EINPUT, "cannot decode '%s' in %s: %s (opcode at offset %u)", hex,
                        rp_mode_info(mode)->name, why, scan.opcode_offset);
}

int rp_decode(enum rp_mode mode, const uint8_t *bytes, size_t length, struct rp_instruction *instruction,
              struct rp_error *error)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction from;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    enum rp_raw_status status;
    const char *why = NULL;

    pthread_once(&words_once, make_words);
    rp_raw_decoder(&decoder, mode);
    status = rp_raw_decode(&decoder, bytes, length, &from, operands, &why);
    if (status != RP_RAW_VALID)
        return complain(mode, bytes, length, status, why, error);

    *instruction = (struct rp_instruction){
        .mnemonic = ZydisMnemonicGetString(from.mnemonic),
        .length = from.length,
        .operand_bits = from.operand_width,
        .address_bits = from.address_width,
        .branch = branch_of(&from),
        .unit = unit_of(&from, operands),
        .privileged = (from.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) != 0,
        .isa_set = sets[from.meta.isa_set],
        .isa_extension = extensions[from.meta.isa_ext],
        .category = categories[from.meta.category],
    };
    rp_prefix_scan(mode, bytes, length, &instruction->prefixes);
    copy_operands(instruction, &from, operands);
    copy_numbers(instruction, &from, operands);
    copy_flags(instruction, &from);
    rp_names_report(instruction, instruction->name, sizeof instruction->name);
    return 0;
}

bool rp_decode_outline(enum rp_mode mode, const uint8_t *bytes, size_t length, struct rp_outline *outline)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction from;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];

    rp_raw_decoder(&decoder, mode);
    if (rp_raw_decode(&decoder, bytes, length, &from, operands, NULL) != RP_RAW_VALID)
        return false;
    *outline = (struct rp_outline){.mnemonic = ZydisMnemonicGetString(from.mnemonic), .length = from.length};
    if (from.raw.imm[0].is_relative) {
        outline->relative_at = from.raw.imm[0].offset;
        outline->relative_bytes = from.raw.imm[0].size / 8;
    }
    return true;
}

const char *rp_disassemble(enum rp_mode mode, const uint8_t *bytes, size_t length, char *text,
                           size_t capacity)
{
    ZydisDecoder decoder;
    ZydisFormatter formatter;
    ZydisDecodedInstruction from;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    char cell[RP_OPCODE_CELL_MAX];

    assert(capacity > 0);
    text[0] = '\0';
    rp_raw_decoder(&decoder, mode);
    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
    if (rp_raw_decode(&decoder, bytes, length, &from, operands, NULL) == RP_RAW_VALID &&
        ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&formatter, &from, operands, from.operand_count_visible,
                                                     text, capacity, 0, NULL)))
        return text;
    snprintf(text, capacity, "(%s)", rp_opcode_cell(mode, bytes, length, cell, sizeof cell));
    return text;
}

const char *rp_decoder_version(void)
{
    static char text[48];
    ZyanU64 version = ZydisGetVersion();

    snprintf(text, sizeof text, "Zydis %u.%u.%u", (unsigned)ZYDIS_VERSION_MAJOR(version),
             (unsigned)ZYDIS_VERSION_MINOR(version), (unsigned)ZYDIS_VERSION_PATCH(version));
    return text;
}
