/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers in representatives; see operands.h and corpus/operands.tsv. */
#include "x86/operands.h"

#include "base/corpus.h"
#include "base/hex.h"
#include "base/tsv.h"

#include <Zydis/Zydis.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_WIDE   0x00020400u /* in the arena, for MOV AL, moffs with 32- and 64-bit addresses */
#define ADDRESS_NARROW 0x0400u     /* likewise, from the base of a 16-bit segment */
#define DISPLACEMENT   0x10u /* forward, past whatever stands behind the instruction, on the same page */
#define REGISTER_IS4   0x10u /* is4: register 1 in the upper half */

/* Where a word of the column `operands` goes. */
enum word {
    WORD_SELECTOR,
    WORD_OFFSET16,
    WORD_OFFSET32,
    WORD_IMM0,
    WORD_IMM1,
    WORD_COUNT,
};
static const char *const words[] = {"selector", "offset16", "offset32", "imm0", "imm1"};
static_assert(sizeof words / sizeof words[0] == WORD_COUNT, "one name a word");

static void store(struct rp_operand_values *values, enum word word, uint32_t number)
{
    switch (word) {
    case WORD_SELECTOR:
        values->has_selector = true;
        values->selector = (uint16_t)number;
        break;
    case WORD_OFFSET16:
    case WORD_OFFSET32:
        values->offset[word - WORD_OFFSET16] = number;
        break;
    case WORD_IMM0:
    case WORD_IMM1:
        values->has_immediate[word - WORD_IMM0] = true;
        values->immediate[word - WORD_IMM0] = number;
        break;
    case WORD_COUNT:
        break;
    }
}

/* "imm0=80"; `text` is changed. */
static int parse_word(char *text, struct rp_operand_values *values, const struct rp_tsv_row *row,
                      struct rp_error *error)
{
    char *equals = strchr(text, '=');
    uint64_t number;

    if (equals == NULL)
        return rp_tsv_complain(row, error, "'%s' is not WORD=HEX", text);
    *equals = '\0';
    if (rp_hex_parse_u64(equals + 1, &number, NULL) < 0 || number > UINT32_MAX)
        return rp_tsv_complain(row, error, "bad number '%s' for '%s': up to 8 hex digits", equals + 1, text);
    for (unsigned i = 0; i < WORD_COUNT; i++) {
        if (strcmp(words[i], text) == 0) {
            store(values, (enum word)i, (uint32_t)number);
            return 0;
        }
    }
    return rp_tsv_complain(row, error, "unknown word '%s': selector, offset16, offset32, imm0 or imm1", text);
}

static int parse_words(const char *column, struct rp_operand_values *values, const struct rp_tsv_row *row,
                       struct rp_error *error)
{
    char text[128], *rest = text, *word;

    if (strlen(column) >= sizeof text)
        return rp_tsv_complain(row, error, "operands longer than %zu characters", sizeof text - 1);
    snprintf(text, sizeof text, "%s", column);
    while ((word = strsep(&rest, " ")) != NULL) {
        int result = parse_word(word, values, row, error);

        if (result < 0)
            return result;
    }
    return 0;
}

static bool is_mnemonic(const char *text)
{
    for (unsigned i = 1; i <= ZYDIS_MNEMONIC_MAX_VALUE; i++) {
        if (strcmp(ZydisMnemonicGetString((ZydisMnemonic)i), text) == 0)
            return true;
    }
    return false;
}

static int parse_rule(struct rp_operand_rule *rule, const struct rp_tsv_row *row, struct rp_error *error)
{
    const char *mnemonic = row->column[0], *modes = row->column[1];

    *rule = (struct rp_operand_rule){0};
    if (strlen(mnemonic) >= sizeof rule->mnemonic || !is_mnemonic(mnemonic))
        return rp_tsv_complain(row, error, "unknown mnemonic '%s': use one that the decoder prints",
                               mnemonic);
    snprintf(rule->mnemonic, sizeof rule->mnemonic, "%s", mnemonic);
    rule->descriptors = strcmp(modes, "all") == 0 || strcmp(modes, "descriptors") == 0;
    rule->segments = strcmp(modes, "all") == 0 || strcmp(modes, "segments") == 0;
    if (!rule->descriptors && !rule->segments)
        return rp_tsv_complain(row, error, "unknown modes '%s': all, descriptors or segments", modes);
    if (row->column[3][0] == '\0')
        return rp_tsv_complain(row, error, "the row has no reason");
    return parse_words(row->column[2], &rule->values, row, error);
}

static bool is_same(const struct rp_operand_rule *a, const struct rp_operand_rule *b)
{
    return strcmp(a->mnemonic, b->mnemonic) == 0 &&
           ((a->descriptors && b->descriptors) || (a->segments && b->segments)) &&
           a->values.has_selector == b->values.has_selector && a->values.selector == b->values.selector &&
           a->values.immediate[0] == b->values.immediate[0] &&
           a->values.immediate[1] == b->values.immediate[1];
}

static int take_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct rp_operand_rules *rules = context;
    struct rp_operand_rule rule, *grown;
    int result = parse_rule(&rule, row, error);

    if (result < 0)
        return result;
    for (size_t i = 0; i < rules->count; i++) {
        if (is_same(&rules->rules[i], &rule))
            return rp_tsv_complain(row, error, "'%s' with '%s' is there already", rule.mnemonic,
                                   row->column[2]);
    }
    grown = realloc(rules->rules, (rules->count + 1) * sizeof *grown);
    if (grown == NULL)
        return rp_error_set(error, RP_EENVIRONMENT, "cannot read operands, out of memory");
    rules->rules = grown;
    rules->rules[rules->count++] = rule;
    return 0;
}

int rp_operands_parse(const char *label, const char *text, size_t length, struct rp_operand_rules *rules,
                      struct rp_error *error)
{
    int result;

    *rules = (struct rp_operand_rules){0};
    result = rp_tsv_parse(label, text, length, "mnemonic\tmodes\toperands\treason", take_row, rules, error);
    if (result < 0)
        rp_operands_clear(rules);
    return result;
}

int rp_operands_read(struct rp_operand_rules *rules, struct rp_error *error)
{
    const struct rp_corpus_file *file = rp_corpus_find("operands.tsv");

    if (file == NULL)
        return rp_error_set(error, RP_EENVIRONMENT,
                            "the program was built without corpus/operands.tsv, build it again");
    return rp_operands_parse("corpus/operands.tsv", file->text, file->length, rules, error);
}

void rp_operands_clear(struct rp_operand_rules *rules)
{
    free(rules->rules);
    *rules = (struct rp_operand_rules){0};
}

static bool has_pointer(const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands)
{
    return instruction->operand_count > 0 && operands[0].type == ZYDIS_OPERAND_TYPE_POINTER;
}

/* A rule fits where the instruction has the numbers that it sets. */
static bool applies(const struct rp_operand_rule *rule, enum rp_mode mode,
                    const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands)
{
    bool pointer = has_pointer(instruction, operands);

    if (strcmp(rule->mnemonic, ZydisMnemonicGetString(instruction->mnemonic)) != 0)
        return false;
    if (rp_mode_info(mode)->protected_mode ? !rule->descriptors : !rule->segments)
        return false;
    if (rule->values.has_selector)
        return pointer;
    for (unsigned i = 0; i < 2; i++) {
        if (rule->values.has_immediate[i] && (pointer || instruction->raw.imm[i].size == 0))
            return false;
    }
    return true;
}

size_t rp_operands_count(const struct rp_operand_rules *rules, enum rp_mode mode,
                         const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands)
{
    size_t count = 0;

    for (size_t i = 0; i < rules->count; i++)
        count += applies(&rules->rules[i], mode, instruction, operands) ? 1 : 0;
    return count;
}

static void write_number(uint8_t *bytes, unsigned offset, unsigned bits, uint64_t value)
{
    for (unsigned i = 0; i < bits / 8; i++)
        bytes[offset + i] = (uint8_t)(value >> (8 * i));
}

static bool has_is4(const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands)
{
    for (size_t i = 0; i < instruction->operand_count; i++) {
        if (operands[i].encoding == ZYDIS_OPERAND_ENCODING_IS4)
            return true;
    }
    return false;
}

/* What stands in immediate `i` where no rule says otherwise. */
static uint32_t plain_immediate(const ZydisDecodedInstruction *instruction,
                                const ZydisDecodedOperand *operands, unsigned i)
{
    if (instruction->raw.imm[i].is_relative)
        return DISPLACEMENT;
    return has_is4(instruction, operands) ? REGISTER_IS4 : 1;
}

static void fill_immediates(const struct rp_operand_values *values,
                            const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands,
                            uint8_t *bytes)
{
    for (unsigned i = 0; i < 2; i++) {
        uint32_t value =
            values->has_immediate[i] ? values->immediate[i] : plain_immediate(instruction, operands, i);

        write_number(bytes, instruction->raw.imm[i].offset, instruction->raw.imm[i].size, value);
    }
}

/* 9A and EA: Zydis keeps the offset as the first immediate and the selector as the second. */
static void fill_pointer(const struct rp_operand_values *values, const ZydisDecodedInstruction *instruction,
                         uint8_t *bytes)
{
    bool wide = instruction->raw.imm[0].size == 32;

    write_number(bytes, instruction->raw.imm[0].offset, instruction->raw.imm[0].size,
                 values->offset[wide ? 1 : 0]);
    write_number(bytes, instruction->raw.imm[1].offset, instruction->raw.imm[1].size, values->selector);
}

void rp_operands_fill(const struct rp_operand_rules *rules, size_t which, enum rp_mode mode,
                      const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands,
                      uint8_t *bytes)
{
    struct rp_operand_values values = {0};
    size_t seen = 0;

    for (size_t i = 0; i < rules->count; i++) {
        if (applies(&rules->rules[i], mode, instruction, operands) && seen++ == which)
            values = rules->rules[i].values;
    }
    if (instruction->raw.disp.size != 0)
        write_number(bytes, instruction->raw.disp.offset, instruction->raw.disp.size,
                     instruction->address_width == 16 ? ADDRESS_NARROW : ADDRESS_WIDE);
    if (has_pointer(instruction, operands))
        fill_pointer(&values, instruction, bytes);
    else
        fill_immediates(&values, instruction, operands, bytes);
}
