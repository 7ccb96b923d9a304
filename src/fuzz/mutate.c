/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mutating encodings; see mutate.h. */
#include "fuzz/mutate.h"

#include "fuzz/anatomy.h"
#include "x86/hazards.h"

#include <string.h>

#define TRIES 8

static uint64_t below(struct rp_random *random, uint64_t bound)
{
    return rp_random_below(random, bound);
}

static bool one_in(struct rp_random *random, unsigned n)
{
    return below(random, n) == 0;
}

static uint8_t draw_prefix(struct rp_random *random)
{
    static const uint8_t prefixes[] = {0x66, 0x66, 0xf2, 0xf3, 0xf2, 0xf3, 0x67,
                                       0xf0, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
    return prefixes[below(random, sizeof prefixes)];
}

/* Displacements and immediates: often small or at an edge. */
static uint8_t draw_byte(struct rp_random *random)
{
    static const uint8_t edges[] = {0x00, 0x00, 0x01, 0x7f, 0x80, 0xff};
    uint64_t draw = rp_random_next(random);
    return draw & 1 ? (uint8_t)(draw >> 8) : edges[(draw >> 8) % sizeof edges];
}

static uint8_t draw_modrm(struct rp_random *random)
{
    uint8_t modrm = (uint8_t)rp_random_next(random);
    if (below(random, 5) < 2)
        modrm |= 0xc0;
    else if (one_in(random, 3))
        modrm = (modrm & 0x38) | 3; /* [rbx] */
    return modrm;
}

static void draw_tail(struct rp_random *random, struct rp_fuzz_anatomy *a)
{
    a->tail[0] = draw_modrm(random);
    for (unsigned i = 1; i < sizeof a->tail; i++)
        a->tail[i] = draw_byte(random);
}

/* Which maps have instructions, and how many, more or less. */
static void draw_class(struct rp_random *random, struct rp_fuzz_anatomy *a)
{
    static const struct {
        uint8_t class, map;
    } cells[] = {{RP_CLASS_LEGACY, 0}, {RP_CLASS_LEGACY, 0}, {RP_CLASS_LEGACY, 0}, {RP_CLASS_LEGACY, 0},
                 {RP_CLASS_LEGACY, 1}, {RP_CLASS_LEGACY, 1}, {RP_CLASS_LEGACY, 1}, {RP_CLASS_LEGACY, 1},
                 {RP_CLASS_LEGACY, 2}, {RP_CLASS_LEGACY, 2}, {RP_CLASS_LEGACY, 3}, {RP_CLASS_VEX, 1},
                 {RP_CLASS_VEX, 1},    {RP_CLASS_VEX, 2},    {RP_CLASS_VEX, 2},    {RP_CLASS_VEX, 3},
                 {RP_CLASS_EVEX, 1},   {RP_CLASS_EVEX, 2},   {RP_CLASS_EVEX, 2},   {RP_CLASS_EVEX, 3},
                 {RP_CLASS_EVEX, 5},   {RP_CLASS_EVEX, 6},   {RP_CLASS_XOP, 8},    {RP_CLASS_XOP, 9}};
    size_t i = below(random, sizeof cells / sizeof cells[0]);
    a->class = cells[i].class;
    a->map = cells[i].map;
    a->payload[0] = (uint8_t)(0xe0 | a->map);
    a->payload[1] = (uint8_t)(0x78 | (rp_random_next(random) & 0x87));
    if (a->class == RP_CLASS_EVEX) {
        a->payload[0] |= 0x10;
        a->payload[1] = (a->payload[1] | 0x7c) & 0xff;
        a->payload[2] = (uint8_t)(0x08 | (rp_random_next(random) & 0x60));
    }
    a->brief = a->class == RP_CLASS_VEX && a->map == 1 && one_in(random, 2);
}

static void draw_encoding(struct rp_random *random, struct rp_fuzz_anatomy *a)
{
    static const uint8_t counts[] = {0, 0, 0, 0, 1, 1, 1, 2};
    *a = (struct rp_fuzz_anatomy){0};
    draw_class(random, a);
    a->opcode = (uint8_t)rp_random_next(random);
    a->prefixes = counts[below(random, sizeof counts)];
    if (a->class != RP_CLASS_LEGACY && a->prefixes && !one_in(random, 4))
        a->prefixes = 0; /* #UD with most of them */
    for (unsigned i = 0; i < a->prefixes; i++)
        a->prefix[i] = draw_prefix(random);
    if (a->class == RP_CLASS_LEGACY && one_in(random, 3))
        a->rex = (uint8_t)(0x40 | below(random, 16));
    draw_tail(random, a);
}

static void mutate_prefixes(struct rp_random *random, struct rp_fuzz_anatomy *a)
{
    unsigned at = (unsigned)below(random, RP_FUZZ_PREFIXES_MAX);
    if (at < a->prefixes && one_in(random, 2)) {
        memmove(a->prefix + at, a->prefix + at + 1, a->prefixes - at - 1u);
        a->prefixes--;
    } else if (at < a->prefixes) {
        a->prefix[at] = draw_prefix(random);
    } else if (a->prefixes < RP_FUZZ_PREFIXES_MAX) {
        a->prefix[a->prefixes++] = draw_prefix(random);
    }
}

/* Fields of VEX, XOP and EVEX: R X B R' map, W vvvv pp, z L'L b V' aaa. */
static void mutate_payload(struct rp_random *random, struct rp_fuzz_anatomy *a)
{
    static const uint8_t fields[][2] = {{0, 0xe0}, {0, 0x10}, {0, 0x07}, {1, 0x80}, {1, 0x78}, {1, 0x04},
                                        {1, 0x03}, {2, 0x80}, {2, 0x60}, {2, 0x10}, {2, 0x08}, {2, 0x07}};
    const uint8_t *field = fields[below(random, sizeof fields / sizeof fields[0])];
    if (a->class == RP_CLASS_LEGACY)
        a->rex = one_in(random, 4) ? 0 : (uint8_t)(0x40 | below(random, 16));
    else
        a->payload[field[0]] ^= (uint8_t)rp_random_next(random) & field[1];
}

static void mutate_modrm(struct rp_random *random, struct rp_fuzz_anatomy *a)
{
    static const uint8_t fields[] = {0xc0, 0x38, 0x07, 0xff};
    uint8_t field = fields[below(random, sizeof fields)];
    a->tail[0] = (uint8_t)((a->tail[0] & ~field) | (draw_modrm(random) & field));
}

static void mutate_opcode(struct rp_random *random, struct rp_fuzz_anatomy *a)
{
    if (one_in(random, 2))
        a->opcode = (uint8_t)rp_random_next(random);
    else
        a->opcode ^= (uint8_t)(1u << below(random, 8));
}

static void mutate_anatomy(struct rp_random *random, struct rp_fuzz_anatomy *a)
{
    switch (below(random, 12)) {
    case 0:
    case 1:
    case 2:
        mutate_prefixes(random, a);
        break;
    case 3:
    case 4:
        mutate_payload(random, a);
        break;
    case 5:
    case 6:
    case 7:
        mutate_modrm(random, a);
        break;
    case 8:
        mutate_opcode(random, a);
        break;
    case 9:
        draw_class(random, a);
        break;
    case 10:
        a->tail[1 + below(random, 5)] = draw_byte(random);
        break;
    default:
        a->tail[below(random, 6)] ^= (uint8_t)(1u << below(random, 8));
        break;
    }
}

bool rp_fuzz_is_hazard(const struct rp_fuzz_input *input)
{
    const struct rp_hazard *hazard;
    return rp_hazard_find(input->mode, input->encoding.bytes, input->encoding.length, NULL, &hazard) &&
           hazard->danger == RP_HAZARD_CPU;
}

static void mutate_encoding(struct rp_random *random, const struct rp_fuzz_input *other,
                            struct rp_fuzz_input *input)
{
    struct rp_fuzz_anatomy a, b;
    if (!rp_fuzz_dissect(input->mode, &input->encoding, &a))
        draw_encoding(random, &a);
    if (other && one_in(random, 16) && rp_fuzz_dissect(other->mode, &other->encoding, &b)) {
        memcpy(b.tail, a.tail, sizeof b.tail); /* its opcode with these operands */
        a = b;
    } else {
        mutate_anatomy(random, &a);
    }
    input->cell = rp_fuzz_assemble(input->mode, &a, &input->encoding);
}

static void mutate_once(const struct rp_fuzz_facts *facts, struct rp_random *random,
                        enum rp_fuzz_change change, const struct rp_fuzz_input *other,
                        struct rp_fuzz_input *input)
{
    uint64_t draw = change == RP_FUZZ_CHANGE_ENCODING ? 1
                    : change == RP_FUZZ_CHANGE_STATE  ? 31
                                                      : below(random, 32);
    if (draw == 0) {
        input->mode = facts->modes[below(random, facts->mode_count)];
        rp_fuzz_fit_state(facts, random, input);
        uint8_t bytes[RP_ENCODING_MAX] = {0};
        memcpy(bytes, input->encoding.bytes, input->encoding.length);
        input->cell = rp_fuzz_cut(input->mode, bytes, &input->encoding);
    } else if (draw < 16) {
        mutate_encoding(random, other, input);
    } else {
        rp_fuzz_mutate_state(facts, random, other, input);
    }
}

void rp_fuzz_mutate(const struct rp_fuzz_facts *facts, struct rp_random *random, enum rp_fuzz_change change,
                    const struct rp_fuzz_input *other, struct rp_fuzz_input *input)
{
    const struct rp_fuzz_input before = *input;
    for (unsigned i = 0; i < TRIES; i++) {
        *input = before;
        if (change == RP_FUZZ_CHANGE_OPERANDS)
            rp_fuzz_mutate_operands(facts, random, input);
        else
            do
                mutate_once(facts, random, change, other, input);
            while (one_in(random, 3));
        if (!rp_fuzz_is_hazard(input))
            return;
    }
    rp_fuzz_generate(facts, random, input);
}

/* 66, F2 and F3 select an opcode, but not of the one-byte map. */
static bool selects(const struct rp_fuzz_anatomy *a, uint8_t prefix)
{
    return (prefix == 0x66 || prefix == 0xf2 || prefix == 0xf3) && (a->class != RP_CLASS_LEGACY || a->map);
}

/* Prefixes that select an opcode come from where the opcode does. */
static void swap_prefixes(const struct rp_fuzz_anatomy *target, struct rp_fuzz_anatomy *a)
{
    uint8_t prefix[2 * RP_FUZZ_PREFIXES_MAX];
    unsigned count = 0;
    for (unsigned i = 0; i < a->prefixes; i++)
        if (!selects(target, a->prefix[i]))
            prefix[count++] = a->prefix[i];
    for (unsigned i = 0; i < target->prefixes; i++)
        if (selects(target, target->prefix[i]))
            prefix[count++] = target->prefix[i];
    a->prefixes = (uint8_t)(count < RP_FUZZ_PREFIXES_MAX ? count : RP_FUZZ_PREFIXES_MAX);
    memcpy(a->prefix, prefix, a->prefixes);
}

bool rp_fuzz_transplant(const struct rp_fuzz_input *target, struct rp_fuzz_input *input)
{
    struct rp_fuzz_anatomy a, b;
    if (!rp_fuzz_dissect(input->mode, &input->encoding, &a) ||
        !rp_fuzz_dissect(target->mode, &target->encoding, &b))
        return false;
    swap_prefixes(&b, &a);
    b.prefixes = a.prefixes;
    memcpy(b.prefix, a.prefix, sizeof b.prefix);
    b.rex = a.rex;
    uint8_t reg = b.tail[0] & 0x38; /* of many it is part of the opcode */
    memcpy(b.tail, a.tail, sizeof b.tail);
    b.tail[0] = (uint8_t)((b.tail[0] & ~0x38) | reg);
    input->cell = rp_fuzz_assemble(input->mode, &b, &input->encoding);
    return !rp_fuzz_is_hazard(input);
}

static void put_prefix(unsigned number, struct rp_fuzz_anatomy *a)
{
    static const uint8_t prefixes[RP_FUZZ_SHAPES / 3] = {0xf3, 0xf2, 0xf0, 0x66, 0x67, 0x64,
                                                         0x65, 0x2e, 0x3e, 0x26, 0x36};
    uint8_t prefix = prefixes[number % sizeof prefixes];
    if (!selects(a, prefix) && a->prefixes < RP_FUZZ_PREFIXES_MAX && !memchr(a->prefix, prefix, a->prefixes))
        a->prefix[a->prefixes++] = prefix;
}

bool rp_fuzz_shape(struct rp_random *random, const struct rp_fuzz_input *target, unsigned number,
                   struct rp_fuzz_input *input)
{
    struct rp_fuzz_anatomy plain, a;
    if (!rp_fuzz_dissect(target->mode, &target->encoding, &plain))
        return false;
    a = plain;
    const uint8_t reg = a.tail[0] & 0x38; /* of many it is part of the opcode */
    if (number % 3 == 0)
        a.tail[0] = (uint8_t)(0xc0 | reg | below(random, 8));
    else if (number % 3 == 1)
        put_prefix(number / 3, &a);
    else
        a.tail[0] = reg | 3; /* [rbx] */
    input->cell = rp_fuzz_assemble(input->mode, &a, &input->encoding);
    if (number % 3 != 1 && !(input->cell & 1))
        input->cell = rp_fuzz_assemble(input->mode, &plain, &input->encoding);
    return !rp_fuzz_is_hazard(input);
}

void rp_fuzz_generate(const struct rp_fuzz_facts *facts, struct rp_random *random,
                      struct rp_fuzz_input *input)
{
    struct rp_fuzz_anatomy a;
    rp_fuzz_draw_state(facts, random, input);
    do {
        draw_encoding(random, &a);
        input->cell = rp_fuzz_assemble(input->mode, &a, &input->encoding);
    } while (rp_fuzz_is_hazard(input));
}
