/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inputs of a fuzz campaign; see input.h. */
#include "fuzz/input.h"

#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

#define HEAD_BYTES 6 /* before the encoding */
#define TWEAK      13

static const uint8_t magic[4] = {'r', 'p', 'f', '1'};

unsigned rp_fuzz_words(enum rp_fuzz_place place)
{
    return place == RP_FUZZ_VECTOR  ? RP_VECTOR_WORDS
           : place == RP_FUZZ_DATA  ? RP_ARENA_DATA_SIZE / 8
           : place == RP_FUZZ_STACK ? RP_ARENA_STACK_SIZE / 8
                                    : 0;
}

static void put(uint8_t **at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *(*at)++ = (uint8_t)(value >> 8 * i);
}

static uint64_t get(const uint8_t **at, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t) * (*at)++ << 8 * i;
    return value;
}

static uint32_t target_of(const struct rp_fuzz_tweak *tweak)
{
    return tweak->place == RP_FUZZ_REGISTER ? rp_fuzz_name(rp_register_info((enum rp_reg)tweak->index)->name)
           : tweak->place == RP_FUZZ_RESOURCE
               ? rp_fuzz_name(rp_resource_info((enum rp_resource)tweak->index)->name)
               : tweak->index;
}

size_t rp_fuzz_input_write(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input,
                           uint8_t *bytes)
{
    uint8_t *at = bytes;
    memcpy(at, magic, sizeof magic);
    at += 4;
    put(&at, input->mode, 1);
    put(&at, input->encoding.length, 1);
    memcpy(at, input->encoding.bytes, input->encoding.length);
    at += input->encoding.length;
    put(&at, facts->seed_name[input->seed], 4);
    put(&at, input->tweaks, 1);
    for (unsigned i = 0; i < input->tweaks; i++) {
        put(&at, input->tweak[i].place, 1);
        put(&at, target_of(&input->tweak[i]), 4);
        put(&at, input->tweak[i].value, 8);
    }
    put(&at, XXH64(bytes, (size_t)(at - bytes), 0), 4);
    return (size_t)(at - bytes);
}

static bool find_seed(const struct rp_fuzz_facts *facts, uint32_t name, enum rp_mode mode, uint8_t *seed)
{
    for (size_t i = 0; i < facts->seeds.count; i++) {
        *seed = (uint8_t)i;
        if (facts->seed_name[i] == name)
            return facts->seeds.seed[i].modes >> mode & 1;
    }
    return false;
}

static bool read_register(const struct rp_fuzz_facts *facts, enum rp_mode mode, uint32_t name,
                          struct rp_fuzz_tweak *tweak)
{
    const struct rp_fuzz_mode *m = &facts->mode[mode];
    for (unsigned i = 0; i < m->regs; i++) {
        tweak->index = m->reg[i].reg;
        if (rp_fuzz_name(rp_register_info((enum rp_reg)tweak->index)->name) == name)
            return !(tweak->value & ~m->reg[i].mask);
    }
    return false;
}

static bool read_resource(const struct rp_fuzz_facts *facts, enum rp_mode mode, uint32_t name,
                          struct rp_fuzz_tweak *tweak)
{
    const struct rp_fuzz_mode *m = &facts->mode[mode];
    for (unsigned i = 0; i < m->resources; i++) {
        const struct rp_fuzz_resource *r = &m->resource[i];
        if (rp_fuzz_name(rp_resource_info((enum rp_resource)r->resource)->name) != name)
            continue;
        tweak->index = r->resource;
        for (unsigned k = 0; k < r->count; k++)
            if (r->value[k] == tweak->value)
                return true;
        return false;
    }
    return false;
}

static bool read_tweak(const struct rp_fuzz_facts *facts, enum rp_mode mode, const uint8_t **at,
                       struct rp_fuzz_tweak *tweak)
{
    tweak->place = (uint8_t)get(at, 1);
    uint32_t target = (uint32_t)get(at, 4);
    tweak->value = get(at, 8);
    if (tweak->place == RP_FUZZ_REGISTER)
        return read_register(facts, mode, target, tweak);
    if (tweak->place == RP_FUZZ_RESOURCE)
        return read_resource(facts, mode, target, tweak);
    tweak->index = (uint16_t)target;
    return tweak->place < RP_FUZZ_PLACE_COUNT && target < rp_fuzz_words(tweak->place);
}

static int complain(struct rp_error *error, const char *what)
{
    return rp_error_set(error, RP_EINPUT, "no input of a fuzz campaign: %s", what);
}

/* The fields, of a form whose length and checksum are right. */
static int read_fields(const struct rp_fuzz_facts *facts, const uint8_t *at, struct rp_fuzz_input *input,
                       struct rp_error *error)
{
    memset(input, 0, sizeof *input);
    at += 4;
    input->mode = (uint8_t)get(&at, 1);
    input->encoding.length = (uint8_t)get(&at, 1);
    if (input->mode >= RP_MODE_COUNT)
        return complain(error, "it has a mode that there is not");
    memcpy(input->encoding.bytes, at, input->encoding.length);
    at += input->encoding.length;
    if (!find_seed(facts, (uint32_t)get(&at, 4), input->mode, &input->seed))
        return complain(error, "it has a user-state seed that this version does not, or not in its mode");
    input->tweaks = (uint8_t)get(&at, 1);
    for (unsigned i = 0; i < input->tweaks; i++)
        if (!read_tweak(facts, input->mode, &at, &input->tweak[i]))
            return complain(error, "it sets what this version cannot set, or a value that it has not");
    return RP_OK;
}

int rp_fuzz_input_read(const struct rp_fuzz_facts *facts, const uint8_t *bytes, size_t length,
                       struct rp_fuzz_input *input, size_t *used, bool *cut, struct rp_error *error)
{
    size_t compared = length < 4 ? length : 4, tweaks_at, total;
    *cut = false;
    if (memcmp(bytes, magic, compared) != 0)
        return complain(error, memcmp(bytes, magic, compared < 3 ? compared : 3) == 0
                                   ? "it is of another version of the format than rpf1"
                                   : "it does not begin with rpf1");
    *cut = true;
    if (length < HEAD_BYTES)
        return complain(error, "it is cut short");
    if (bytes[5] == 0 || bytes[5] > RP_ENCODING_MAX) {
        *cut = false;
        return complain(error, "its encoding has not 1 to 15 bytes");
    }
    tweaks_at = HEAD_BYTES + bytes[5] + 4u;
    if (length <= tweaks_at)
        return complain(error, "it is cut short");
    if (bytes[tweaks_at] > RP_FUZZ_TWEAKS_MAX) {
        *cut = false;
        return complain(error, "it has more tweaks than there may be");
    }
    total = tweaks_at + 1 + bytes[tweaks_at] * (size_t)TWEAK;
    if (length < total + 4)
        return complain(error, "it is cut short");
    *cut = false;
    const uint8_t *sum = bytes + total;
    if (get(&sum, 4) != (uint32_t)XXH64(bytes, total, 0))
        return complain(error, "its checksum is wrong");
    *used = total + 4;
    return read_fields(facts, bytes, input, error);
}

unsigned rp_fuzz_operand_bits(const struct rp_fuzz_input *input, const struct rp_instruction *instruction)
{
    unsigned bits = instruction ? instruction->operand_bits : 0;
    if (bits == 16 || bits == 32 || bits == 64)
        return bits;
    return rp_mode_info(input->mode)->code_bits == 16 ? 16 : 32;
}

uint64_t rp_fuzz_cell(enum rp_mode mode, const struct rp_encoding *encoding, bool decoded)
{
    uint32_t number = rp_opcode_cell_number(mode, encoding->bytes, encoding->length);
    return (XXH64(&number, sizeof number, 0) | 3) ^ !decoded;
}

uint64_t rp_fuzz_cell_of(const struct rp_fuzz_input *input)
{
    struct rp_outline outline;
    const enum rp_mode mode = (enum rp_mode)input->mode;
    const struct rp_encoding *e = &input->encoding;
    return input->cell ? input->cell
                       : rp_fuzz_cell(mode, e, rp_decode_outline(mode, e->bytes, e->length, &outline));
}

static uint32_t window(enum rp_fuzz_place place)
{
    return place == RP_FUZZ_DATA ? RP_ARENA_DATA : RP_ARENA_STACK;
}

static int apply(const struct rp_fuzz_facts *facts, enum rp_mode mode, const struct rp_fuzz_tweak *tweak,
                 struct rp_recipe *recipe, struct rp_error *error)
{
    uint64_t *reg = recipe->user.state.reg, mask;
    switch (tweak->place) {
    case RP_FUZZ_REGISTER:
        mask = rp_fuzz_register(facts, mode, tweak->index)->mask;
        reg[tweak->index] = (reg[tweak->index] & ~mask) | tweak->value;
        return RP_OK;
    case RP_FUZZ_VECTOR:
        recipe->user.state.vector[tweak->index] = tweak->value;
        return RP_OK;
    case RP_FUZZ_RESOURCE:
        recipe->machine.value[tweak->index] = tweak->value;
        return RP_OK;
    default:
        return rp_memory_set(&recipe->user.memory, window(tweak->place) + 8u * tweak->index, tweak->value,
                             error);
    }
}

int rp_fuzz_input_recipe(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input,
                         const struct rp_instruction *instruction, enum rp_policy policy,
                         struct rp_recipe *recipe, struct rp_error *error)
{
    int result = rp_seed_build(&facts->seeds.seed[input->seed], input->mode, policy,
                               rp_fuzz_operand_bits(input, instruction), instruction, recipe, error);
    return result ? result : rp_fuzz_input_apply(facts, input, recipe, error);
}

int rp_fuzz_input_apply(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input,
                        struct rp_recipe *recipe, struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned i = 0; i < input->tweaks && result == RP_OK; i++)
        result = apply(facts, input->mode, &input->tweak[i], recipe, error);
    return result;
}

bool rp_fuzz_input_patch(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input,
                         struct rp_prestate *prestate)
{
    for (unsigned i = 0; i < input->tweaks; i++) {
        const struct rp_fuzz_tweak *t = &input->tweak[i];
        uint64_t *word = &prestate->state.reg[t->index < RP_REG_COUNT ? t->index : 0], mask;
        switch (t->place) {
        case RP_FUZZ_REGISTER:
            mask = rp_fuzz_register(facts, input->mode, t->index)->mask &
                   rp_register_user_mask(t->index, prestate->mode);
            *word = (*word & ~mask) | (t->value & mask);
            break;
        case RP_FUZZ_VECTOR:
            prestate->state.vector[t->index] = t->value;
            break;
        case RP_FUZZ_RESOURCE:
            return false;
        default:
            if (rp_memory_set(&prestate->memory, window(t->place) + 8u * t->index, t->value, NULL))
                return false;
            break;
        }
    }
    return true;
}

bool rp_fuzz_input_is_open(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input)
{
    for (unsigned i = 0; i < input->tweaks; i++)
        if (input->tweak[i].place == RP_FUZZ_RESOURCE &&
            rp_fuzz_resource(facts, input->mode, input->tweak[i].index)->traps)
            return false;
    return true;
}
