/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of corpus/looks.tsv, and selectors; see looks.h. */
#include "state/looks.h"

#include "base/corpus.h"
#include "base/tsv.h"

#include <string.h>

#define ROWS_MAX         32
#define DESCRIPTORS      RP_RESOURCE_COUNT /* in place of a resource */
#define OPCODE_FROM_SREG 0x8c              /* MOV r/m, Sreg: it loads none */

struct look {
    char mnemonic[16];
    unsigned resource;
};
static struct look looks[ROWS_MAX];
static size_t look_count;

static int add(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    (void)context;
    struct look *look = &looks[look_count];
    const char *mnemonic = row->column[0], *what = row->column[1];
    size_t length = strlen(mnemonic);
    if (look_count == ROWS_MAX)
        return rp_tsv_complain(row, error, "more than %d rows", ROWS_MAX);
    if (length == 0 || length >= sizeof look->mnemonic ||
        strspn(mnemonic, "abcdefghijklmnopqrstuvwxyz0123456789_") != length)
        return rp_tsv_complain(row, error, "'%s' is no mnemonic of at most 15 lower-case letters and digits",
                               mnemonic);
    memcpy(look->mnemonic, mnemonic, length + 1);
    look->resource = strcmp(what, "descriptors") == 0 ? DESCRIPTORS : rp_resource_find(what);
    if (look->resource == RP_RESOURCE_NONE && strcmp(what, "descriptors") != 0)
        return rp_tsv_complain(row, error, "'%s' is neither a resource nor descriptors", what);
    look_count++;
    return RP_OK;
}

static const char heading[] = "mnemonic\tlooks at\twhy\tsource";

int rp_looks_parse(const char *label, const char *text, size_t length, struct rp_error *error)
{
    look_count = 0;
    return rp_tsv_parse(label, text, length, heading, add, NULL, error);
}

int rp_looks_load(struct rp_error *error)
{
    if (look_count)
        return RP_OK;
    return rp_tsv_read("looks.tsv", heading, add, NULL, error);
}

static bool is_listed(const struct rp_instruction *instruction, unsigned resource)
{
    for (size_t i = 0; i < look_count; i++)
        if (looks[i].resource == resource && strcmp(looks[i].mnemonic, instruction->mnemonic) == 0)
            return true;
    return false;
}

bool rp_looks_at(const struct rp_instruction *instruction, enum rp_resource resource)
{
    return !instruction || is_listed(instruction, resource);
}

/* It names a segment register and takes what is to be loaded into it (SDM Vol. 2 "MOV", "POP", "PUSH"). */
static bool loads_segment(const struct rp_instruction *instruction)
{
    return instruction->segment_register != RP_REGISTER_NONE && strcmp(instruction->mnemonic, "push") != 0 &&
           !(instruction->prefixes.map == 0 && instruction->prefixes.opcode == OPCODE_FROM_SREG);
}

bool rp_looks_at_descriptors(const struct rp_instruction *instruction)
{
    return !instruction || instruction->branch == RP_BRANCH_FAR || loads_segment(instruction) ||
           is_listed(instruction, DESCRIPTORS);
}

/* What follows word `i` in memory. */
static uint64_t next_word(const struct rp_memory *memory, uint32_t i)
{
    bool listed = i + 1 < memory->count && memory->word[i + 1].address == memory->word[i].address + 8;
    return listed ? memory->word[i + 1].value : RP_MEMORY_FILL;
}

static void visit_memory(const struct rp_memory *memory, rp_selector_visit *visit, void *context)
{
    for (uint32_t i = 0; i < memory->count; i++) {
        const struct rp_memory_word *word = &memory->word[i];
        if (word->address >= RP_ARENA_SYSTEM)
            return; /* the list ascends, and an instruction takes no selector from there */
        uint64_t next = next_word(memory, i);
        for (unsigned byte = 0; byte < 7; byte++)
            visit(context, (uint16_t)(word->value >> 8 * byte));
        visit(context, (uint16_t)(word->value >> 56 | next << 8));
    }
}

/* The register of ModRM.rm; RP_REGISTER_NONE if that names memory, or there is none. */
static unsigned operand_register(const struct rp_instruction *instruction)
{
    const struct rp_prefix_scan *scan = &instruction->prefixes;
    if (!scan->has_modrm || scan->modrm < 0xc0)
        return RP_REGISTER_NONE;
    return (scan->modrm & 7u) | (scan->rex & 1u) << 3;
}

void rp_selectors_visit(enum rp_mode mode, const struct rp_instruction *instruction, const uint64_t *reg,
                        const struct rp_memory *memory, rp_selector_visit *visit, void *context)
{
    unsigned registers = rp_mode_info(mode)->code_bits == 64 ? RP_REG_R15 : RP_REG_RDI;
    unsigned operand = instruction ? operand_register(instruction) : RP_REGISTER_NONE;
    if (operand != RP_REGISTER_NONE)
        visit(context, (uint16_t)reg[operand]);
    for (unsigned i = RP_REG_RAX; i <= registers && !instruction; i++)
        visit(context, (uint16_t)reg[i]);
    if (!instruction || instruction->memory.present || instruction->implicit_memory)
        visit_memory(memory, visit, context);
    if (instruction && instruction->far_pointer.present)
        visit(context, instruction->far_pointer.selector);
}
