/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x87, SSE and AVX state, by XSAVE where the CPU has it and else by FXSAVE (SDM Vol. 1 10.5.1, 13.4). */
#include "guest/image/cpu.h"
#include "guest/image/image.h"
#include "guest/image/wide.h"

#include <string.h>

#define AREA_SIZE   896 /* up to the end of AVX, and some zeroes */
#define WORD_FIP    1
#define WORD_FDP    2
#define WORD_MXCSR  3
#define WORD_ST     4
#define WORD_XMM    20
#define WORD_BV     64
#define WORD_AVX    72
#define REGISTERS   (RP_GUEST_LONG ? 16u : 8u)
#define CR4_OSFXSR  UINT64_C(0x200)
#define CR4_OSXSAVE UINT64_C(0x40000)
#define KNOWN       UINT64_C(7) /* x87, SSE, AVX */
#define FEATURE_AVX UINT64_C(4)
#define CPUID_AVX2  UINT32_C(0x20)

struct area {
    uint64_t word[128];
} __attribute__((aligned(64)));

uint64_t rp_guest_features, rp_guest_cr4_fit, rp_guest_cr4_known;

/* What pre-states have, made once for all that have the same, by their `extended`. */
#define AREAS 64
static struct area areas[AREAS], saved;
static uint32_t made[AREAS];
static const struct area *wanted = areas;

struct rp_guest_wide rp_guest_wide;

/* CR4 bits that CPUID speaks of (SDM Vol. 3A 2.5); the others every CPU of this century has. */
static void find_controls(void)
{
    struct rp_guest_cpuid one = rp_guest_cpuid(1, 0), seven = rp_guest_cpuid(7, 0);
    static const struct {
        uint8_t leaf, bit, control;
    } table[] = {{1, 26, 18}, {7, 0, 16}, {7, 7, 20}, {7, 20, 21}, {8, 2, 11}, {8, 3, 22}};
    rp_guest_cr4_known = 0x7ff;
    if (rp_guest_cpuid(0, 0).a < 7)
        seven = (struct rp_guest_cpuid){0};
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint32_t word = table[i].leaf == 1 ? one.c : table[i].leaf == 7 ? seven.b : seven.c;
        rp_guest_cr4_known |= (uint64_t)(word >> table[i].bit & 1) << table[i].control;
    }
    rp_guest_cr4_fit = rp_guest_cr4_known & (CR4_OSFXSR | CR4_OSXSAVE | RP_GUEST_CR4_PKE);
}

void rp_guest_vector_find(void)
{
    find_controls();
    rp_guest_set_cr4(rp_guest_cr4() | rp_guest_cr4_fit);
    if (rp_guest_cr4_fit & CR4_OSXSAVE) {
        struct rp_guest_cpuid leaf = rp_guest_cpuid(0xd, 0);
        rp_guest_features = ((uint64_t)leaf.d << 32 | leaf.a) & KNOWN;
        rp_guest_xsetbv(rp_guest_features);
    }
    bool wide =
        rp_guest_features & FEATURE_AVX && rp_guest_cpuid(0, 0).a >= 7 && rp_guest_cpuid(7, 0).b & CPUID_AVX2;
    rp_guest_wide = wide ? rp_guest_wide_32 : rp_guest_wide_16;
    RP_GUEST_SHARED_AT->xcr0 = rp_guest_features;
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
    }
    area->word[WORD_BV] = rp_guest_features;
}

static void restore(const struct area *area)
{
    uint32_t low = (uint32_t)rp_guest_features, high = 0;
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

static void save(struct area *area)
{
    uint32_t low = (uint32_t)rp_guest_features, high = 0;
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

/* What of a saved area is not state. */
static void tidy(struct area *area)
{
    area->word[WORD_MXCSR] &= 0xffffffff; /* behind it: the mask */
    area->word[WORD_BV] = rp_guest_features;
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
void rp_guest_vector_load(const struct rp_guest_slot *slot)
{
    choose(slot);
    restore(wanted);
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

bool rp_guest_vector_save(uint64_t *after)
{
    save(&saved);
    tidy(&saved);
    if (rp_guest_wide.same(&saved, wanted, AREA_SIZE))
        return false;
    read_x87(&saved, after);
    return true;
}

void rp_guest_vector_compare(const struct rp_state *state, struct rp_guest_changes *changes)
{
    for (unsigned i = 0; i < REGISTERS; i++) {
        uint64_t after[4];
        uint32_t first = i * RP_VECTOR_WORDS_EACH;
        memcpy(after, &saved.word[WORD_XMM + 2 * i], 16);
        memcpy(after + 2, &saved.word[WORD_AVX + 2 * i], 16);
        changes->count += (uint32_t)rp_diff(state->vector + first, after, NULL, rp_guest_features & 4 ? 4 : 2,
                                            RP_COMPONENT_VECTOR + first, changes->list + changes->count, 4);
    }
}
