/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x87, SSE, AVX and AVX-512 state, by XSAVE where the CPU has it and else by FXSAVE. Up to AVX it is loaded
 * and saved for each run, what AVX-512 has only where the encoding can reach it. */
#include "guest/image/cpu.h"
#include "guest/image/image.h"
#include "guest/image/wide.h"

#include <string.h>

#define REGISTERS  (RP_GUEST_LONG ? 16u : 8u)
#define CPUID_AVX2 UINT32_C(0x20)

/* What pre-states have, made once for all that have the same, by their `extended`. */
#define AREAS 64
static struct rp_guest_area areas[AREAS];
static uint32_t made[AREAS];

struct rp_guest_wide rp_guest_wide;

void rp_guest_vector_find(void)
{
    bool wide =
        rp_guest_features & RP_XCR0_AVX && rp_guest_cpuid(0, 0).a >= 7 && rp_guest_cpuid(7, 0).b & CPUID_AVX2;
    rp_guest_wide = wide ? rp_guest_wide_32 : rp_guest_wide_16;
}

bool rp_guest_vector_fits(void)
{
    static const uint16_t word[] = {RP_GUEST_AREA_MASKS, RP_GUEST_AREA_HIGH, RP_GUEST_AREA_MORE};
    for (unsigned i = 0; i < sizeof word / sizeof word[0]; i++)
        if (rp_guest_cpuid(0xd, 5 + i).b != word[i] * 8u) /* their components are 5 to 7 */
            return false;
    return true;
}

static void build(const struct rp_state *state, struct rp_guest_area *area)
{
    const uint64_t *reg = state->reg;
    memset(area, 0, sizeof *area);
    area->word[0] = (reg[RP_REG_FCW] & 0xffff) | (reg[RP_REG_FSW] & 0xffff) << 16 |
                    (reg[RP_REG_FTW] & 0xff) << 32 | (reg[RP_REG_FOP] & 0x7ff) << 48;
    area->word[RP_GUEST_AREA_FIP] = reg[RP_REG_FIP];
    area->word[RP_GUEST_AREA_FDP] = reg[RP_REG_FDP];
    area->word[RP_GUEST_AREA_MXCSR] = reg[RP_REG_MXCSR] & 0xffff;
    for (unsigned i = 0; i < 8; i++) {
        area->word[RP_GUEST_AREA_ST + 2 * i] = reg[RP_REG_ST0 + 2 * i];
        area->word[RP_GUEST_AREA_ST + 2 * i + 1] = reg[RP_REG_ST0_EXPONENT + 2 * i] & 0xffff;
    }
    for (unsigned i = 0; i < REGISTERS; i++) {
        const uint64_t *vector = state->vector + (size_t)i * RP_VECTOR_WORDS_EACH;
        memcpy(&area->word[RP_GUEST_AREA_XMM + 2 * i], vector, 16);
        memcpy(&area->word[RP_GUEST_AREA_AVX + 2 * i], vector + 2, 16);
        memcpy(&area->word[RP_GUEST_AREA_HIGH + 4 * i], vector + 4, 32);
    }
    if (RP_GUEST_LONG)
        memcpy(&area->word[RP_GUEST_AREA_MORE], state->vector + (size_t)16 * RP_VECTOR_WORDS_EACH, 1024);
    memcpy(&area->word[RP_GUEST_AREA_MASKS], state->vector + RP_VECTOR_MASKS, 64);
    area->word[RP_GUEST_AREA_BV] = rp_guest_features;
}

static uint32_t components(bool all)
{
    return (uint32_t)(all ? rp_guest_features : rp_guest_features & RP_GUEST_AREA_X87_TO_AVX);
}

#if RP_GUEST_LONG
#define SUFFIX "64"
#else
#define SUFFIX
#endif

/* Two slots with one number have one content, so that it need not be looked at; without one nobody knows.
 * Always loaded: the image has used some of the registers. */
void rp_guest_vector_load(const struct rp_guest_slot *slot, bool all)
{
    unsigned number = slot->extended % AREAS;
    const struct rp_guest_area *area = &areas[number];
    if (!slot->extended || made[number] != slot->extended) {
        build(&slot->state, &areas[number]);
        made[number] = slot->extended;
    }
    if (rp_guest_features)
        __asm__ volatile("xrstor" SUFFIX " %0" : : "m"(*area), "a"(components(all)), "d"(0));
    else
        __asm__ volatile("fxrstor" SUFFIX " %0" : : "m"(*area));
}

void rp_guest_vector_save(struct rp_guest_area *area, bool all)
{
    if (rp_guest_features)
        __asm__ volatile("xsave" SUFFIX " %0" : "+m"(*area) : "a"(components(all)), "d"(0));
    else
        __asm__ volatile("fxsave" SUFFIX " %0" : "=m"(*area));
}
