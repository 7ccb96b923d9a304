/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The form space: collects what the walk yields, adds representatives and the opcode cells that nothing fell
 * into; see form.h. */
#include "x86/form.h"

#include "x86/cell.h"
#include "x86/decode.h"
#include "x86/form_key.h"
#include "x86/form_walk.h"
#include "x86/operands.h"
#include "x86/raw.h"

#include <Zydis/Zydis.h>
#include <xxhash.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct rp_form_space {
    enum rp_mode mode;
    struct rp_form *entries;
    size_t count, capacity;
    size_t forms, undocumented;
};

/* A set of 64-bit hashes: open addressing, at most half full. Two different things with one hash among the
 * 10^5 of a space are a matter of 10^-9, and would show as a missing form in the test. */
struct set {
    uint64_t *slots; /* 0: empty */
    size_t capacity, count;
};

#define SET_FIRST_CAPACITY 65536 /* a power of two */

/* Adds `value`; returns 1 if it is new, 0 if it was there, RP_EENVIRONMENT without memory. */
static int set_add(struct set *set, uint64_t value);

static int set_grow(struct set *set)
{
    size_t capacity = set->capacity == 0 ? SET_FIRST_CAPACITY : set->capacity * 2;
    struct set grown = {.slots = calloc(capacity, sizeof *grown.slots), .capacity = capacity};

    if (grown.slots == NULL)
        return RP_EENVIRONMENT;
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i] != 0)
            set_add(&grown, set->slots[i]);
    }
    free(set->slots);
    *set = grown;
    return 0;
}

static int set_add(struct set *set, uint64_t value)
{
    size_t slot;

    if (set->count >= set->capacity / 2 && set_grow(set) < 0)
        return RP_EENVIRONMENT;
    if (value == 0)
        value = 1;
    slot = value & (set->capacity - 1);
    while (set->slots[slot] != 0) {
        if (set->slots[slot] == value)
            return 0;
        slot = (slot + 1) & (set->capacity - 1);
    }
    set->slots[slot] = value;
    set->count++;
    return 1;
}

/* A space under construction. */
struct builder {
    struct rp_form_space *space;
    struct rp_operand_rules rules;
    struct set forms, cells; /* what is known already */
    struct rp_error *error;
};

static int complain_memory(struct builder *builder)
{
    return rp_error_set(builder->error, RP_EENVIRONMENT, "cannot enumerate the forms of %s, out of memory",
                        rp_mode_info(builder->space->mode)->name);
}

static int append(struct builder *builder, const struct rp_form *form)
{
    struct rp_form_space *space = builder->space;

    if (space->count == space->capacity) {
        size_t capacity = space->capacity == 0 ? 32768 : space->capacity * 2;
        struct rp_form *grown = realloc(space->entries, capacity * sizeof *grown);

        if (grown == NULL)
            return complain_memory(builder);
        space->entries = grown;
        space->capacity = capacity;
    }
    space->entries[space->count++] = *form;
    return 0;
}

static uint64_t cell_hash(const struct rp_cell *cell)
{
    char name[RP_OPCODE_CELL_MAX];

    return XXH64(name, rp_cell_print(cell, name, sizeof name), 0);
}

/* A number for each cell, for the set; cheaper than its name. */
static uint64_t cell_number(const struct rp_cell *cell)
{
    return (uint64_t)cell->class << 56 | (uint64_t)cell->map << 48 | (uint64_t)cell->pp << 40 |
           (uint64_t)cell->w << 32 | (uint64_t)cell->opcode << 16 | (uint64_t)cell->split << 8 | cell->modrm;
}

/* Spreads cell_number over the slots; a bijection (the finaliser of MurmurHash3, A. Appleby). */
static uint64_t spread(uint64_t value)
{
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccdu;
    value ^= value >> 33;
    value *= 0xc4ceb9fe1a85ec53u;
    return value ^ value >> 33;
}

/* Appends the representatives of a new form. */
static int append_form(struct builder *builder, const uint8_t *bytes,
                       const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands,
                       const struct rp_form_tuple *tuple)
{
    enum rp_mode mode = builder->space->mode;
    size_t count = rp_operands_count(&builder->rules, mode, instruction, operands);
    char key[RP_FORM_KEY_MAX];
    struct rp_form form = {.id = XXH64(key, rp_form_tuple_print(tuple, key, sizeof key), 0)};

    count = count == 0 ? 1 : count;
    if (count > RP_FORM_REPRESENTATIVES_MAX)
        return rp_error_set(builder->error, RP_EINPUT,
                            "corpus/operands.tsv: %zu rows fit '%s', %d are allowed", count, key,
                            RP_FORM_REPRESENTATIVES_MAX);
    form.representatives = (uint8_t)count;
    form.encoding.length = instruction->length;
    memcpy(form.encoding.bytes, bytes, instruction->length);
    for (size_t i = 0; i < count; i++) {
        int result;

        form.representative = (uint8_t)i;
        rp_operands_fill(&builder->rules, i, mode, instruction, operands, form.encoding.bytes);
        result = append(builder, &form);
        if (result < 0)
            return result;
    }
    builder->space->forms++;
    return 0;
}

static int take_encoding(void *context, const uint8_t *bytes, const ZydisDecodedInstruction *instruction,
                         const ZydisDecodedOperand *operands)
{
    struct builder *builder = context;
    struct rp_form_tuple tuple;
    struct rp_prefix_scan scan;
    struct rp_cell cell;
    int is_new;

    rp_prefix_scan(builder->space->mode, bytes, RP_ENCODING_MAX, &scan);
    cell = rp_cell_of(&scan);
    if (set_add(&builder->cells, spread(cell_number(&cell))) < 0)
        return complain_memory(builder);
    rp_form_tuple_make(instruction, operands, &tuple);
    is_new = set_add(&builder->forms, XXH64(&tuple, rp_form_tuple_size(&tuple), 0));
    if (is_new < 0)
        return complain_memory(builder);
    return is_new == 0 ? 0 : append_form(builder, bytes, instruction, operands, &tuple);
}

/* What stands in front of the opcode of a cell, and behind it: with one vector length and vvvv = 1111. */
static void lay_out(const struct rp_cell *cell, uint8_t modrm, bool has_modrm, struct rp_encoding *encoding)
{
    static const uint8_t prefixes[] = {0, 0x66, 0xf3, 0xf2};
    uint8_t *p = encoding->bytes;

    if (cell->class == RP_CLASS_LEGACY || cell->class == RP_CLASS_3DNOW) {
        if (cell->pp != 0)
            *p++ = prefixes[cell->pp];
        if (cell->map >= 1)
            *p++ = 0x0f;
        if (cell->map >= 2)
            *p++ = cell->map == 2 ? 0x38 : 0x3a;
    } else {
        *p++ = cell->class == RP_CLASS_XOP ? 0x8f : cell->class == RP_CLASS_VEX ? 0xc4 : 0x62;
        *p++ = (uint8_t)((cell->class == RP_CLASS_EVEX ? 0xf0 : 0xe0) | cell->map);
        *p++ = (uint8_t)(cell->w << 7 | 0x78 | (cell->class == RP_CLASS_EVEX ? 4 : 0) | cell->pp);
        if (cell->class == RP_CLASS_EVEX)
            *p++ = 0x08;
    }
    *p++ = cell->class == RP_CLASS_3DNOW ? 0x0f : cell->opcode;
    if (has_modrm)
        *p++ = modrm;
    if (cell->class == RP_CLASS_3DNOW)
        *p++ = cell->opcode;
    if (cell->class == RP_CLASS_LEGACY && cell->map == 3)
        *p++ = 1; /* every instruction of map 0F3A has an immediate byte */
    encoding->length = (uint8_t)(p - encoding->bytes);
}

/* Appends the cell that `wanted` with this ModRM byte falls into, unless something decodes there. */
static int try_cell(struct builder *builder, const struct rp_cell *wanted, uint8_t modrm, bool has_modrm)
{
    struct rp_form form = {.representatives = 1, .undocumented = true};
    struct rp_prefix_scan scan;
    struct rp_cell cell;
    int is_new, result;

    lay_out(wanted, modrm, has_modrm, &form.encoding);
    if (!rp_prefix_scan(builder->space->mode, form.encoding.bytes, form.encoding.length, &scan))
        return 0; /* a prefix or an escape, not an opcode */
    cell = rp_cell_of(&scan);
    if (cell.class != wanted->class || cell.map != wanted->map || cell.opcode != wanted->opcode)
        return 0;
    is_new = set_add(&builder->cells, spread(cell_number(&cell)));
    if (is_new < 0)
        return complain_memory(builder);
    if (is_new == 0)
        return 0;
    form.id = cell_hash(&cell);
    result = append(builder, &form);
    builder->space->undocumented += result == 0 ? 1 : 0;
    return result;
}

static bool opcode_has_modrm(enum rp_mode mode, const struct rp_cell *cell)
{
    struct rp_encoding encoding = {0};
    struct rp_prefix_scan scan;

    lay_out(cell, 0xc3, true, &encoding);
    return rp_prefix_scan(mode, encoding.bytes, encoding.length, &scan) && scan.has_modrm;
}

/* All cells of one opcode; those that don't split are tried with a register operand, which no address can
 * disturb. */
static int try_opcode(struct builder *builder, const struct rp_cell *cell)
{
    bool has_modrm = opcode_has_modrm(builder->space->mode, cell);
    uint8_t memory_rm = rp_mode_info(builder->space->mode)->code_bits == 16 ? 7 : 3;
    int result = try_cell(builder, cell, 0xc3, has_modrm);

    if (!has_modrm || rp_cell_split(cell->class, cell->map, cell->opcode, 0) == RP_SPLIT_NONE)
        return result;
    for (unsigned reg = 0; reg < 8 && result == 0; reg++) {
        result = try_cell(builder, cell, (uint8_t)(reg << 3 | memory_rm), true);
        for (unsigned rm = 0; rm < 8 && result == 0; rm++)
            result = try_cell(builder, cell, (uint8_t)(0xc0 | reg << 3 | rm), true);
    }
    return result;
}

static int append_undocumented(struct builder *builder)
{
    for (size_t i = 0; i < RP_MAP_COUNT; i++) {
        bool vector = rp_maps[i].class != RP_CLASS_LEGACY && rp_maps[i].class != RP_CLASS_3DNOW;
        unsigned variants = rp_maps[i].class == RP_CLASS_3DNOW ? 1 : vector ? 8 : 4;

        for (unsigned n = 0; n < 256 * variants; n++) { /* opcode, then pp, then W */
            struct rp_cell cell = {
                .class = rp_maps[i].class, .map = rp_maps[i].map, .opcode = (uint8_t)(n / variants)};
            int result;

            cell.pp = (uint8_t)(vector ? n % variants / 2 : n % variants);
            cell.w = (uint8_t)(vector ? n % 2 : 0);
            result = try_opcode(builder, &cell);
            if (result < 0)
                return result;
        }
    }
    return 0;
}

int rp_form_space_open(enum rp_mode mode, struct rp_form_space **space, struct rp_error *error)
{
    struct builder builder = {.space = calloc(1, sizeof *builder.space), .error = error};
    int result;

    *space = NULL;
    if (builder.space == NULL)
        return rp_error_set(error, RP_EENVIRONMENT, "cannot enumerate the forms of %s, out of memory",
                            rp_mode_info(mode)->name);
    builder.space->mode = mode;
    result = rp_operands_read(&builder.rules, error);
    if (result == 0)
        result = rp_form_walk(mode, take_encoding, &builder);
    if (result == 0)
        result = append_undocumented(&builder);
    rp_operands_clear(&builder.rules);
    free(builder.forms.slots);
    free(builder.cells.slots);
    if (result < 0) {
        rp_form_space_close(builder.space);
        return result;
    }
    *space = builder.space;
    return 0;
}

void rp_form_space_close(struct rp_form_space *space)
{
    if (space == NULL)
        return;
    free(space->entries);
    free(space);
}

enum rp_mode rp_form_space_mode(const struct rp_form_space *space)
{
    return space->mode;
}

size_t rp_form_space_count(const struct rp_form_space *space)
{
    return space->forms;
}

size_t rp_form_space_undocumented(const struct rp_form_space *space)
{
    return space->undocumented;
}

size_t rp_form_space_encodings(const struct rp_form_space *space)
{
    return space->count;
}

void rp_form_space_get(const struct rp_form_space *space, size_t index, struct rp_form *form)
{
    assert(index < space->count);
    *form = space->entries[index];
}
