/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x87, SSE, AVX and AVX-512 state, by XSAVE where the CPU has it and else by FXSAVE (SDM Vol. 1 10.5.1,
 * 13.4). The area is in two parts: up to AVX it is loaded and saved for each run, what AVX-512 has behind
 * that only where the encoding can reach it. */
#include "guest/image/cpu.h"
#include "guest/image/image.h"
#include "guest/image/wide.h"

#include <string.h>

#define SIZE        896  /* up to the end of AVX, and some zeroes */
#define SIZE_ALL    2688 /* up to the end of AVX-512 */
#define WORD_FIP    1
#define WORD_FDP    2
#define WORD_MXCSR  3
#define WORD_ST     4
#define WORD_XMM    20
#define WORD_BV     64
#define WORD_AVX    72
#define REGISTERS   (RP_GUEST_LONG ? 16u : 8u)
#define COMMON      UINT64_C(7) /* x87, SSE, AVX */
#define FEATURE_AVX UINT64_C(4)
#define CPUID_AVX2  UINT32_C(0x20)

struct area {
    uint64_t word[SIZE_ALL / 8];
} __attribute__((aligned(64)));

/* What pre-states have, made once for all that have the same, by their `extended`. */
#define AREAS 64
static struct area areas[AREAS], saved;
static uint32_t made[AREAS];
static const struct area *wanted = areas;
static bool all_saved; /* AVX-512 too */

struct rp_guest_wide rp_guest_wide;

/* Components of AVX-512 (SDM Vol. 1 13.4.2): where they stand is said by CPUID, and the same everywhere. */
enum { MASKS = 5, ZMM_HIGH, ZMM_MORE };
static const uint16_t word_of[] = {[MASKS] = 1088 / 8, [ZMM_HIGH] = 1152 / 8, [ZMM_MORE] = 1664 / 8};

void rp_guest_vector_find(void)
{
    bool wide =
        rp_guest_features & FEATURE_AVX && rp_guest_cpuid(0, 0).a >= 7 && rp_guest_cpuid(7, 0).b & CPUID_AVX2;
    rp_guest_wide = wide ? rp_guest_wide_32 : rp_guest_wide_16;
}

bool rp_guest_vector_fits(void)
{
    for (unsigned i = MASKS; i <= ZMM_MORE; i++)
        if (rp_guest_cpuid(0xd, i).b != word_of[i] * 8u)
            return false;
    return true;
}

static void build(const struct rp_state *state, struct area *area)
{
    const uint64_t *reg = state->reg;
    memset(area, 0, sizeof *area);
    area->word[0] = (reg[RP_REG_FCW] & 0xffff) | (reg[RP_REG_FSW] & 0xffff) << 16 |
                    (reg[RP_REG_FTW] & 0xff) << 32 | (reg[RP_REG_FOP] & 0x7ff) << 48;
    area->word[WORD_FIP] = reg[RP_REG_FIP];
    area->word[WORD_FDP] = reg[RP_REG_FDP];
    area->word[WORD_MXCSR] = reg[RP_REG_MXCSR] & 0xffff;
    for (unsigned i = 0; i < 8; i++) {
        area->word[WORD_ST + 2 * i] = reg[RP_REG_ST0 + 2 * i];
        area->word[WORD_ST + 2 * i + 1] = reg[RP_REG_ST0_EXPONENT + 2 * i] & 0xffff;
    }
    for (unsigned i = 0; i < REGISTERS; i++) {
        const uint64_t *vector = state->vector + (size_t)i * RP_VECTOR_WORDS_EACH;
        memcpy(&area->word[WORD_XMM + 2 * i], vector, 16);
        memcpy(&area->word[WORD_AVX + 2 * i], vector + 2, 16);
        memcpy(&area->word[word_of[ZMM_HIGH] + 4 * i], vector + 4, 32);
    }
    if (RP_GUEST_LONG)
        memcpy(&area->word[word_of[ZMM_MORE]], state->vector + (size_t)16 * RP_VECTOR_WORDS_EACH, 1024);
    memcpy(&area->word[word_of[MASKS]], state->vector + RP_VECTOR_MASKS, 64);
    area->word[WORD_BV] = rp_guest_features;
}

static void restore(const struct area *area, uint64_t components)
{
    uint32_t low = (uint32_t)components, high = 0;
#if RP_GUEST_LONG
    if (rp_guest_features)
        __asm__ volatile("xrstor64 %0" : : "m"(*area), "a"(low), "d"(high));
    else
        __asm__ volatile("fxrstor64 %0" : : "m"(*area));
#else
    if (rp_guest_features)
        __asm__ volatile("xrstor %0" : : "m"(*area), "a"(low), "d"(high));
    else
        __asm__ volatile("fxrstor %0" : : "m"(*area));
#endif
}

static void save(struct area *area, uint64_t components)
{
    uint32_t low = (uint32_t)components, high = 0;
#if RP_GUEST_LONG
    if (rp_guest_features)
        __asm__ volatile("xsave64 %0" : "+m"(*area) : "a"(low), "d"(high));
    else
        __asm__ volatile("fxsave64 %0" : "=m"(*area));
#else
    if (rp_guest_features)
        __asm__ volatile("xsave %0" : "+m"(*area) : "a"(low), "d"(high));
    else
        __asm__ volatile("fxsave %0" : "=m"(*area));
#endif
}

/* What of a saved area is not state: behind MXCSR its mask, and what components are in use. */
static void tidy(struct area *area)
{
    area->word[WORD_MXCSR] &= 0xffffffff;
    area->word[WORD_BV] = rp_guest_features;
}

/* Nor is what is reserved, where a CPU writes anything there. */
static void tidy_x87(struct area *area)
{
    for (unsigned i = 0; i < 8; i++)
        area->word[WORD_ST + 2 * i + 1] &= 0xffff;
}

/* Two slots with one number have one content, so that it need not be looked at; without one nobody knows. */
static void choose(const struct rp_guest_slot *slot)
{
    unsigned number = slot->extended % AREAS;
    wanted = &areas[number];
    if (slot->extended && made[number] == slot->extended)
        return;
    build(&slot->prestate.state, &areas[number]);
    made[number] = slot->extended;
}

/* Always: the image has used some of the registers. */
void rp_guest_vector_load(const struct rp_guest_slot *slot, bool all)
{
    choose(slot);
    restore(wanted, all ? rp_guest_features : rp_guest_features & COMMON);
}

static void read_x87(const struct area *area, uint64_t *reg)
{
    reg[RP_REG_FCW] = area->word[0] & 0xffff;
    reg[RP_REG_FSW] = area->word[0] >> 16 & 0xffff;
    reg[RP_REG_FTW] = area->word[0] >> 32 & 0xff;
    reg[RP_REG_MXCSR] = area->word[WORD_MXCSR] & 0xffff;
    for (unsigned i = 0; i < 8; i++) {
        reg[RP_REG_ST0 + 2 * i] = area->word[WORD_ST + 2 * i];
        reg[RP_REG_ST0_EXPONENT + 2 * i] = area->word[WORD_ST + 2 * i + 1];
    }
}

bool rp_guest_vector_save(uint64_t *after, bool all)
{
    all_saved = all && rp_guest_features & ~COMMON;
    save(&saved, all ? rp_guest_features : rp_guest_features & COMMON);
    tidy(&saved);
    if (rp_guest_wide.same(&saved, wanted, all_saved ? SIZE_ALL : SIZE))
        return false;
    tidy_x87(&saved);
    read_x87(&saved, after);
    return true;
}

/* Appends what words [first, first + count) of the vector registers have become. */
static void compare(const struct rp_state *state, unsigned first, const uint64_t *after, unsigned count,
                    struct rp_guest_changes *changes)
{
    changes->count += (uint32_t)rp_diff(state->vector + first, after, NULL, count,
                                        RP_COMPONENT_VECTOR + first, changes->list + changes->count, count);
}

static void compare_all(const struct rp_state *state, struct rp_guest_changes *changes)
{
    for (unsigned i = 0; i < REGISTERS; i++) {
        unsigned first = i * RP_VECTOR_WORDS_EACH;
        compare(state, first, &saved.word[WORD_XMM + 2 * i], 2, changes);
        compare(state, first + 2, &saved.word[WORD_AVX + 2 * i], 2, changes);
        compare(state, first + 4, &saved.word[word_of[ZMM_HIGH] + 4 * i], 4, changes);
    }
    if (RP_GUEST_LONG)
        compare(state, 16 * RP_VECTOR_WORDS_EACH, &saved.word[word_of[ZMM_MORE]], 128, changes);
    compare(state, RP_VECTOR_MASKS, &saved.word[word_of[MASKS]], 8, changes);
}

/* Of words [first, first + 32) those that differ, by a mask for each RP_GUEST_WIDE_WORDS of the area. */
static uint32_t part_of(const uint32_t *mask, unsigned first)
{
    return mask[first / 32] >> first % 32 | mask[first / 32 + 1] << (32 - first % 32);
}

/* Appends the two words of the area from `word` on, as far as the lowest bits of `differ` say so. */
static void append(unsigned word, uint32_t differ, uint32_t component, struct rp_guest_changes *changes)
{
    for (unsigned i = 0; i < 2; i++)
        if (differ >> i & 1)
            changes->list[changes->count++] = (struct rp_change){component + i, saved.word[word + i]};
}

void rp_guest_vector_compare(const struct rp_state *state, struct rp_guest_changes *changes)
{
    enum { MASKED = 4 };
    uint32_t mask[MASKED];
    if (all_saved) {
        compare_all(state, changes);
        return;
    }
    for (unsigned i = 0; i < MASKED; i++)
        mask[i] = rp_guest_wide.differences(saved.word + i * RP_GUEST_WIDE_WORDS,
                                            wanted->word + i * RP_GUEST_WIDE_WORDS);
    uint32_t low = part_of(mask, WORD_XMM), high = part_of(mask, WORD_AVX);
    if (!(rp_guest_features & FEATURE_AVX))
        high = 0;
    for (unsigned i = 0; low | high; i++, low >>= 2, high >>= 2) {
        uint32_t component = RP_COMPONENT_VECTOR + i * RP_VECTOR_WORDS_EACH;
        append(WORD_XMM + 2 * i, low, component, changes);
        append(WORD_AVX + 2 * i, high, component + 2, changes);
    }
}
