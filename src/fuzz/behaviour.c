/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Behaviours; see behaviour.h. */
#include "fuzz/behaviour.h"

#include "base/tsv.h"
#include "judge/divergence.h"
#include "x86/vector.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define DECLARED_MAX 32
#define CELLS_MAX    16

static char declared[DECLARED_MAX][24];
static size_t declared_count;

static int add_declared(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    (void)context;
    size_t length = strlen(row->column[0]);
    if (declared_count == DECLARED_MAX)
        return rp_tsv_complain(row, error, "more than %d rows", DECLARED_MAX);
    if (length == 0 || length >= sizeof declared[0])
        return rp_tsv_complain(row, error, "'%s' is no mnemonic", row->column[0]);
    memcpy(declared[declared_count++], row->column[0], length + 1);
    return RP_OK;
}

int rp_fuzz_behaviour_load(struct rp_error *error)
{
    if (declared_count)
        return RP_OK;
    int result = rp_divergence_load(error);
    return result ? result
                  : rp_tsv_read("nondeterministic.tsv", "mnemonic\twhy\tsource", add_declared, NULL, error);
}

bool rp_fuzz_nondeterministic(const struct rp_instruction *instruction)
{
    for (size_t i = 0; i < declared_count; i++)
        if (strcmp(declared[i], instruction->mnemonic) == 0)
            return true;
    return false;
}

const char *rp_fuzz_shot_name(const struct rp_fuzz_shot *shot, char name[RP_OPCODE_CELL_MAX])
{
    const struct rp_fuzz_input *input = shot->input;
    if (!shot->decoded)
        return rp_opcode_cell(input->mode, input->encoding.bytes, input->encoding.length, name,
                              RP_OPCODE_CELL_MAX);
    size_t length = strlen(shot->instruction.mnemonic);
    length = length < RP_OPCODE_CELL_MAX ? length : RP_OPCODE_CELL_MAX - 1;
    memcpy(name, shot->instruction.mnemonic, length);
    name[length] = '\0';
    return name;
}

static uint64_t hash_name(const char *name)
{
    return XXH64(name, strlen(name), 0);
}

uint64_t rp_fuzz_shot_number(const struct rp_fuzz_shot *shot)
{
    const struct rp_encoding *e = &shot->input->encoding;
    if (shot->decoded)
        return hash_name(shot->instruction.mnemonic);
    uint32_t cell = rp_opcode_cell_number((enum rp_mode)shot->input->mode, e->bytes, e->length) &
                    ((UINT32_C(1) << RP_OPCODE_CELL_BITS) - 1);
    return XXH64(&cell, sizeof cell, 0);
}

uint64_t rp_fuzz_input_number(const struct rp_fuzz_input *input)
{
    struct rp_fuzz_shot shot = {.input = input};
    shot.decoded = rp_decode(input->mode, input->encoding.bytes, input->encoding.length, &shot.instruction,
                             NULL) == RP_OK;
    return rp_fuzz_shot_number(&shot);
}

bool rp_fuzz_shot_is_live(const struct rp_fuzz_shot *shot)
{
    for (unsigned side = 0; side < RP_FUZZ_SIDES; side++) {
        const struct rp_outcome *o = shot->view[side].outcome;
        if (o && (o->kind != RP_OUTCOME_TRAPPED || o->vector != RP_VECTOR_UD))
            return true;
    }
    return false;
}

/* How a run ended: kind and vector. */
static uint32_t end_of(const struct rp_view *view)
{
    const struct rp_outcome *o = view->outcome;
    if (!o)
        return UINT32_MAX;
    return o->kind == RP_OUTCOME_RETIRED ? o->kind : (uint32_t)o->kind | (uint32_t)o->vector << 8;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

/* Which components a run changed; of memory, in which window. */
static uint64_t mix_changes(uint64_t hash, const struct rp_view *view)
{
    uint32_t last = UINT32_MAX;
    for (uint32_t i = 0; view->outcome && i < view->outcome->count; i++) {
        uint32_t component = view->changes[i].component, offset;
        if (component >= RP_COMPONENT_MEMORY)
            component = RP_COMPONENT_MEMORY + rp_component_place(component, &offset);
        else if (component >= RP_COMPONENT_VECTOR)
            component = RP_COMPONENT_VECTOR;
        else if (component <= RP_REG_R15 && component != RP_REG_RSP)
            component = RP_REG_RAX;
        if (component != last && component != RP_REG_RIP)
            hash = mix(hash, component);
        last = component;
    }
    return hash;
}

static uint64_t mix_run(uint64_t hash, const struct rp_view *view, bool with_changes)
{
    hash = mix(hash, end_of(view));
    if (view->outcome && view->outcome->kind == RP_OUTCOME_TRAPPED)
        hash = mix(hash, view->outcome->has_error_code ? view->outcome->error_code & 0x1f : UINT64_MAX);
    return with_changes ? mix_changes(hash, view) : hash;
}

void rp_fuzz_behave(const struct rp_fuzz_shot *shot, const struct rp_capabilities *const can[2],
                    struct rp_fuzz_behaviour *b)
{
    struct rp_cell_difference cells[CELLS_MAX];
    const struct rp_view two[2] = {shot->view[RP_FUZZ_LEAD3], shot->view[RP_FUZZ_SECOND3]};
    const struct rp_instruction *instruction = shot->decoded ? &shot->instruction : NULL;
    bool declares = instruction && rp_fuzz_nondeterministic(instruction);
    size_t count = 0;
    b->name = rp_fuzz_shot_number(shot);
    if (two[0].outcome && two[1].outcome)
        count = rp_divergence_cells(two, can, instruction, cells, CELLS_MAX);
    b->differs = count > 0;
    b->coarse = mix(mix(mix(b->name, end_of(&shot->view[RP_FUZZ_LEAD0])), end_of(&two[0])), b->differs);
    uint64_t whole = mix(b->name, shot->input->mode);
    for (unsigned side = 0; side < RP_FUZZ_SIDES; side++)
        whole = mix_run(whole, &shot->view[side], !declares && side != RP_FUZZ_SECOND3);
    whole = mix(whole, rp_screen_pair(&shot->view[RP_FUZZ_LEAD0], &shot->view[RP_FUZZ_LEAD3]));
    for (size_t i = 0; i < count && i < CELLS_MAX; i++)
        whole = mix(whole, hash_name(rp_divergence_class(cells[i].cell)));
    b->whole = whole;
}

/* Where `number` is, or would be; parts are never more than three quarters full, give or take a worker. */
static size_t slot_of(const struct rp_fuzz_set *set, unsigned part, uint64_t number)
{
    const size_t slots = RP_FUZZ_SET_SLOTS << part, first = slots - RP_FUZZ_SET_SLOTS;
    for (size_t at = number & (slots - 1);; at = (at + 1) & (slots - 1)) {
        uint64_t there = __atomic_load_n(&set->slot[first + at], __ATOMIC_RELAXED);
        if (there == number || there == 0)
            return first + at;
    }
}

/* True if new numbers go behind this part. */
static bool is_behind(const struct rp_fuzz_set *set, unsigned part)
{
    const size_t slots = RP_FUZZ_SET_SLOTS * ((2u << part) - 1);
    return __atomic_load_n(&set->count, __ATOMIC_RELAXED) >= slots / 4 * 3;
}

bool rp_fuzz_set_is_full(const struct rp_fuzz_set *set)
{
    return is_behind(set, RP_FUZZ_SET_PARTS - 1);
}

bool rp_fuzz_set_has(const struct rp_fuzz_set *set, uint64_t number)
{
    bool has = false, more = true;
    number += number == 0; /* 0 is a free slot */
    for (unsigned part = 0; part < RP_FUZZ_SET_PARTS && more && !has; part++) {
        has = __atomic_load_n(&set->slot[slot_of(set, part, number)], __ATOMIC_RELAXED) == number;
        more = is_behind(set, part);
    }
    return has;
}

bool rp_fuzz_set_add(struct rp_fuzz_set *set, uint64_t number)
{
    unsigned part = 0;
    number += number == 0;
    for (; part < RP_FUZZ_SET_PARTS && is_behind(set, part); part++)
        if (__atomic_load_n(&set->slot[slot_of(set, part, number)], __ATOMIC_RELAXED) == number)
            return false;
    while (part < RP_FUZZ_SET_PARTS) {
        uint64_t there = 0;
        if (__atomic_compare_exchange_n(&set->slot[slot_of(set, part, number)], &there, number, false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            __atomic_fetch_add(&set->count, 1, __ATOMIC_RELAXED);
            return true;
        }
        if (there == number)
            return false;
    }
    return false;
}
