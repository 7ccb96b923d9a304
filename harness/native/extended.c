/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XSAVE areas; see extended.h. */
#include "native/extended.h"

#include <string.h>

/* SDM Vol. 1 tables 10-2 and 13-1. */
#define AT_FCW    0
#define AT_FSW    2
#define AT_FTW    4
#define AT_FOP    6
#define AT_FIP    8
#define AT_FDP    16
#define AT_MXCSR  24
#define AT_ST     32
#define AT_XMM    160
#define AT_HEADER 512
#define HIGH      ((size_t)16 * RP_VECTOR_WORDS_EACH) /* words before ZMM16, and of those from there on */

#define FCW_INITIAL 0x37f

static uint64_t get(const uint8_t *from, size_t bytes)
{
    uint64_t value = 0;
    if (bytes == sizeof value) /* nearly always, and a copy of known size is a load */
        memcpy(&value, from, sizeof value);
    else
        memcpy(&value, from, bytes);
    return value;
}

static void put(uint8_t *to, uint64_t value, size_t bytes)
{
    memcpy(to, &value, bytes);
}

/* Both ways at once, so that they can't drift apart: calls `move` for each piece of a component. */
typedef void move_piece(uint8_t *area, uint64_t *word, size_t bytes);

static void store(uint8_t *area, uint64_t *word, size_t bytes)
{
    put(area, *word, bytes);
}

static void load(uint8_t *area, uint64_t *word, size_t bytes)
{
    *word = get(area, bytes);
}

static void move_x87(uint8_t *area, struct rp_state *state, move_piece *move)
{
    uint64_t *reg = state->reg;
    move(area + AT_FCW, &reg[RP_REG_FCW], 2);
    move(area + AT_FSW, &reg[RP_REG_FSW], 2);
    move(area + AT_FTW, &reg[RP_REG_FTW], 1);
    move(area + AT_FOP, &reg[RP_REG_FOP], 2);
    move(area + AT_FIP, &reg[RP_REG_FIP], 8);
    move(area + AT_FDP, &reg[RP_REG_FDP], 8);
    for (size_t i = 0; i < 8; i++) {
        move(area + AT_ST + 16 * i, &reg[RP_REG_ST0 + 2 * i], 8);
        move(area + AT_ST + 16 * i + 8, &reg[RP_REG_ST0 + 2 * i + 1], 2);
    }
}

static void move_words(uint8_t *area, uint64_t *word, size_t count, move_piece *move)
{
    for (size_t i = 0; i < count; i++)
        move(area + 8 * i, &word[i], 8);
}

/* `each` words of 16 registers, from word `from` of each on. */
static void move_vectors(uint8_t *area, struct rp_state *state, size_t from, size_t each, move_piece *move)
{
    for (size_t i = 0; i < 16; i++)
        move_words(area + 8 * each * i, &state->vector[RP_VECTOR_WORDS_EACH * i + from], each, move);
}

/* Components in `bits` only. */
static void move_all(const struct rp_native_layout *layout, uint8_t *area, struct rp_state *state,
                     uint64_t bits, move_piece *move)
{
    const size_t masks = sizeof state->vector / sizeof state->vector[0] - 8; /* K0 to K7 come last */
    if (bits & RP_NATIVE_X87)
        move_x87(area, state, move);
    if (bits & RP_NATIVE_SSE)
        move_vectors(area + AT_XMM, state, 0, 2, move);
    if (bits & RP_NATIVE_AVX)
        move_vectors(area + layout->avx, state, 2, 2, move);
    if (bits & RP_NATIVE_OPMASK)
        move_words(area + layout->opmask, &state->vector[masks], 8, move);
    if (bits & RP_NATIVE_UPPER)
        move_vectors(area + layout->upper, state, 4, 4, move);
    if (bits & RP_NATIVE_HIGH)
        move_words(area + layout->high, &state->vector[HIGH], HIGH, move);
    if (bits & RP_NATIVE_PKRU)
        move(area + layout->pkru, &state->reg[RP_REG_PKRU], 4);
}

static uint64_t known(const struct rp_native_layout *layout)
{
    return layout->mask & (RP_NATIVE_X87 | RP_NATIVE_SSE | RP_NATIVE_AVX | RP_NATIVE_OPMASK |
                           RP_NATIVE_UPPER | RP_NATIVE_HIGH | RP_NATIVE_PKRU);
}

void rp_native_pack(const struct rp_native_layout *layout, const struct rp_state *state, uint8_t *area)
{
    struct rp_state copy = *state;
    memset(area, 0, layout->size);
    move_all(layout, area, &copy, known(layout), store);
    put(area + AT_MXCSR, state->reg[RP_REG_MXCSR], 4);
    put(area + AT_HEADER, known(layout), 8);
}

void rp_native_unpack(const struct rp_native_layout *layout, const uint8_t *area, uint64_t bits,
                      struct rp_state *state)
{
    static const uint8_t zeros[RP_NATIVE_AREA_SIZE];
    uint64_t there = get(area + AT_HEADER, 8), all = known(layout) & bits;
    /* `load` writes no area; a second set of movers for const would be the way to drift apart. */
    uint8_t *initial = (uint8_t *)zeros, *saved = (uint8_t *)area;
    move_all(layout, initial, state, all & ~there, load);
    if (all & ~there & RP_NATIVE_X87)
        state->reg[RP_REG_FCW] = FCW_INITIAL;
    move_all(layout, saved, state, all & there, load);
    state->reg[RP_REG_MXCSR] = get(area + AT_MXCSR, 4);
}
