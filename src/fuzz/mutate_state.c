/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mutating pre-states; see mutate.h. */
#include "fuzz/mutate.h"

#include <string.h>

/* Where the default registers point, plus and minus some words. */
#define POINTED 0x400

static uint64_t below(struct rp_random *random, uint64_t bound)
{
    return rp_random_below(random, bound);
}

/* Numbers at which instructions change what they do: edges, pointers, selectors, MSRs, single bits. */
static uint64_t draw_value(struct rp_random *random, enum rp_mode mode)
{
    static const uint16_t selectors[] = {
        RP_SELECTOR_CODE32,     RP_SELECTOR_DATA,       RP_SELECTOR_CODE64,    RP_SELECTOR_PROBE_DATA,
        RP_SELECTOR_PROBE_CODE, RP_SELECTOR_PROBE_GATE, RP_SELECTOR_PROBE_TSS, RP_SELECTOR_PROBE_LDT,
        RP_SELECTOR_ABSENT,     RP_SELECTOR_DATA_RING0, RP_SELECTOR_DATA_TWIN, RP_SELECTOR_FREE};
    static const uint32_t msrs[] = {0x10, 0x1b, 0x174, 0x175, 0x277, 0xc0000080, 0xc0000081, 0xc0000101};
    static const uint64_t edges[] = {0x7f,
                                     0x80,
                                     0xff,
                                     0x7fff,
                                     0x8000,
                                     0xffff,
                                     0x7fffffff,
                                     0x80000000,
                                     0xffffffff,
                                     INT64_MAX,
                                     UINT64_C(1) << 63,
                                     UINT64_MAX,
                                     UINT64_C(0x3ff0000000000000),
                                     UINT64_C(0x7ff8000000000000),
                                     0x7fc00000};
    const struct rp_arena_view *view = rp_arena_view(mode);
    uint64_t draw = rp_random_next(random), number = draw >> 8;
    switch (draw % 10) {
    case 0:
    case 1:
        return number % 18;
    case 2:
        return UINT64_C(1) << number % 64;
    case 3:
        return edges[number % (sizeof edges / sizeof edges[0])];
    case 4:
        return (uint64_t)selectors[number % (sizeof selectors / sizeof selectors[0])] | (number >> 16 & 3);
    case 5:
        return view->data + (number & 0x1ff8);
    case 6:
        return view->stack + (number & 0x1fff);
    case 7:
        return msrs[number % (sizeof msrs / sizeof msrs[0])];
    default:
        return rp_random_next(random);
    }
}

/* A word near what the default pointers point at; where an instruction looks first. */
static uint16_t draw_word(struct rp_random *random, enum rp_fuzz_place place)
{
    unsigned words = rp_fuzz_words(place);
    unsigned first = place == RP_FUZZ_VECTOR ? 0 : place == RP_FUZZ_DATA ? POINTED / 8 : 0x1000 / 8;
    unsigned near = place == RP_FUZZ_VECTOR ? RP_VECTOR_WORDS_EACH * 8 : 8;
    return (uint16_t)(below(random, 4) ? first + below(random, near) : below(random, words));
}

/* A place and a value that the mode has. */
static void draw_tweak(const struct rp_fuzz_facts *facts, struct rp_random *random, enum rp_mode mode,
                       struct rp_fuzz_tweak *tweak)
{
    static const uint8_t places[] = {RP_FUZZ_REGISTER, RP_FUZZ_REGISTER, RP_FUZZ_REGISTER, RP_FUZZ_REGISTER,
                                     RP_FUZZ_REGISTER, RP_FUZZ_VECTOR,   RP_FUZZ_DATA,     RP_FUZZ_DATA,
                                     RP_FUZZ_STACK,    RP_FUZZ_RESOURCE, RP_FUZZ_RESOURCE, RP_FUZZ_RESOURCE};
    const struct rp_fuzz_mode *m = &facts->mode[mode];
    tweak->place = places[below(random, sizeof places)];
    if (tweak->place == RP_FUZZ_REGISTER) {
        const struct rp_fuzz_register *r = &m->reg[below(random, m->regs)];
        tweak->index = r->reg;
        tweak->value = draw_value(random, mode) & r->mask;
    } else if (tweak->place == RP_FUZZ_RESOURCE) {
        const struct rp_fuzz_resource *r = &m->resource[below(random, m->resources)];
        tweak->index = r->resource;
        tweak->value = r->value[below(random, r->count)];
    } else {
        tweak->index = draw_word(random, tweak->place);
        tweak->value = draw_value(random, mode);
    }
}

/* In place of one with the same target, or of any where there is no room. */
static void set_tweak(struct rp_random *random, struct rp_fuzz_input *input,
                      const struct rp_fuzz_tweak *tweak)
{
    unsigned at = 0;
    while (at < input->tweaks &&
           (input->tweak[at].place != tweak->place || input->tweak[at].index != tweak->index))
        at++;
    if (at == RP_FUZZ_TWEAKS_MAX)
        at = (unsigned)below(random, RP_FUZZ_TWEAKS_MAX);
    if (at == input->tweaks)
        input->tweaks++;
    input->tweak[at] = *tweak;
}

void rp_fuzz_add_tweak(const struct rp_fuzz_facts *facts, struct rp_random *random,
                       struct rp_fuzz_input *input)
{
    struct rp_fuzz_tweak tweak = {0};
    draw_tweak(facts, random, input->mode, &tweak);
    set_tweak(random, input, &tweak);
}

void rp_fuzz_draw_state(const struct rp_fuzz_facts *facts, struct rp_random *random,
                        struct rp_fuzz_input *input)
{
    memset(input, 0, sizeof *input);
    input->mode = facts->modes[below(random, facts->mode_count)];
    const struct rp_fuzz_mode *mode = &facts->mode[input->mode];
    input->seed = mode->seed[below(random, mode->seeds)];
    while (below(random, 2) == 0)
        rp_fuzz_add_tweak(facts, random, input);
}

static void drop_tweak(struct rp_fuzz_input *input, unsigned at)
{
    input->tweak[at] = input->tweak[--input->tweaks];
    input->tweak[input->tweaks] = (struct rp_fuzz_tweak){0};
}

static bool fits(const struct rp_fuzz_facts *facts, enum rp_mode mode, const struct rp_fuzz_tweak *tweak)
{
    if (tweak->place == RP_FUZZ_REGISTER) {
        const struct rp_fuzz_register *r = rp_fuzz_register(facts, mode, tweak->index);
        return r && !(tweak->value & ~r->mask);
    }
    if (tweak->place != RP_FUZZ_RESOURCE)
        return true;
    const struct rp_fuzz_resource *r = rp_fuzz_resource(facts, mode, tweak->index);
    for (unsigned i = 0; r && i < r->count; i++)
        if (r->value[i] == tweak->value)
            return true;
    return false;
}

void rp_fuzz_fit_state(const struct rp_fuzz_facts *facts, struct rp_random *random,
                       struct rp_fuzz_input *input)
{
    const struct rp_fuzz_mode *mode = &facts->mode[input->mode];
    if (!(facts->seeds.seed[input->seed].modes >> input->mode & 1))
        input->seed = mode->seed[below(random, mode->seeds)];
    for (unsigned i = input->tweaks; i-- > 0;)
        if (!fits(facts, input->mode, &input->tweak[i]))
            drop_tweak(input, i);
}

/* Flips a bit, adds a little, or draws anew; a resource has only the values of its row. */
static void change_value(const struct rp_fuzz_facts *facts, struct rp_random *random, enum rp_mode mode,
                         struct rp_fuzz_tweak *tweak)
{
    if (tweak->place == RP_FUZZ_RESOURCE) {
        const struct rp_fuzz_resource *r = rp_fuzz_resource(facts, mode, tweak->index);
        tweak->value = r->value[below(random, r->count)];
        return;
    }
    switch (below(random, 3)) {
    case 0:
        tweak->value ^= UINT64_C(1) << below(random, 64);
        break;
    case 1:
        tweak->value += below(random, 33) - 16;
        break;
    default:
        tweak->value = draw_value(random, mode);
        break;
    }
    if (tweak->place == RP_FUZZ_REGISTER)
        tweak->value &= rp_fuzz_register(facts, mode, tweak->index)->mask;
}

void rp_fuzz_mutate_state(const struct rp_fuzz_facts *facts, struct rp_random *random,
                          const struct rp_fuzz_input *other, struct rp_fuzz_input *input)
{
    const struct rp_fuzz_mode *mode = &facts->mode[input->mode];
    uint64_t draw = below(random, 8);
    unsigned at = input->tweaks ? (unsigned)below(random, input->tweaks) : 0;
    if (draw < 2) {
        input->seed = mode->seed[below(random, mode->seeds)];
    } else if (draw == 2 && input->tweaks) {
        drop_tweak(input, at);
    } else if (draw < 5 && input->tweaks) {
        change_value(facts, random, input->mode, &input->tweak[at]);
    } else if (draw == 5 && other && other->tweaks) {
        const struct rp_fuzz_tweak *theirs = &other->tweak[below(random, other->tweaks)];
        if (fits(facts, input->mode, theirs))
            set_tweak(random, input, theirs);
    } else {
        rp_fuzz_add_tweak(facts, random, input);
    }
}

/* Where a result changes its sign, is carried or overflows, in each width; and what others are compared with.
 */
static uint64_t draw_operand(struct rp_random *random)
{
    static const uint8_t widths[] = {8, 16, 32, 64};
    unsigned width = widths[below(random, sizeof widths)];
    uint64_t top = UINT64_C(1) << (width - 1);
    switch (below(random, 6)) {
    case 0:
        return top - 1;
    case 1:
        return top | (top - 1);
    case 2:
        return below(random, 3);
    case 3:
        return UINT64_C(1) << below(random, width);
    case 4:
        return rp_random_next(random);
    default:
        return top;
    }
}

void rp_fuzz_mutate_operands(const struct rp_fuzz_facts *facts, struct rp_random *random,
                             struct rp_fuzz_input *input)
{
    const struct rp_fuzz_mode *mode = &facts->mode[input->mode];
    do {
        /* The first ones are the general registers in the order of their numbers. */
        const struct rp_fuzz_register *r = &mode->reg[below(random, below(random, 2) ? 4 : mode->regs)];
        const struct rp_fuzz_tweak tweak = {
            .place = RP_FUZZ_REGISTER, .index = r->reg, .value = draw_operand(random) & r->mask};
        set_tweak(random, input, &tweak);
    } while (below(random, 4));
}
