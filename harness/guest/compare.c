/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers behind a run against those of its pre-state; see guest.h. */
#include "guest/guest.h"

#include <string.h>

/* Registers that no guest has a way to read, and those that 32-bit code has none for: what is in their place
 * is an earlier run's. */
static const uint8_t unread[] = {RP_REG_MISC_FEATURES, RP_REG_TSC, RP_REG_PMC, RP_REG_SHADOW};
static const uint8_t unread_32[] = {RP_REG_R8,  RP_REG_R9,  RP_REG_R10, RP_REG_R11, RP_REG_R12,
                                    RP_REG_R13, RP_REG_R14, RP_REG_R15, RP_REG_CR8};

static void keep(uint64_t *after, const uint64_t *before, const uint8_t *which, size_t count)
{
    for (size_t i = 0; i < count; i++)
        after[which[i]] = before[which[i]];
}

/* FOP and what stands behind it are no run's to be judged by. */
static void read_x87(const struct rp_guest_area *area, uint64_t *reg)
{
    reg[RP_REG_FCW] = area->word[0] & 0xffff;
    reg[RP_REG_FSW] = area->word[0] >> 16 & 0xffff;
    reg[RP_REG_FTW] = area->word[0] >> 32 & 0xff;
    reg[RP_REG_MXCSR] = area->word[RP_GUEST_AREA_MXCSR] & 0xffff;
    for (unsigned i = 0; i < 8; i++) {
        reg[RP_REG_ST0 + 2 * i] = area->word[RP_GUEST_AREA_ST + 2 * i];
        reg[RP_REG_ST0_EXPONENT + 2 * i] = area->word[RP_GUEST_AREA_ST + 2 * i + 1] & 0xffff;
    }
}

static size_t compare_registers(const struct rp_guest_shared *shared, const uint64_t *before,
                                const struct rp_guest_after *from, struct rp_change *changes)
{
    uint64_t after[RP_REG_COUNT], own = shared->lacks[RP_REG_RFLAGS]; /* what an earlier run left */
    size_t count = 0;
    memcpy(after, from->reg, RP_REG_FCW * sizeof after[0]);
    memcpy(after + RP_REG_FCW, before + RP_REG_FCW, (RP_REG_COUNT - RP_REG_FCW) * sizeof after[0]);
    keep(after, before, unread, sizeof unread);
    if (shared->bits == 32)
        keep(after, before, unread_32, sizeof unread_32);
    read_x87(&from->area, after);
    for (unsigned i = 0; i < RP_REG_COUNT; i++) {
        if (before[i] == after[i])
            continue;
        uint64_t ignored = rp_register_info((enum rp_reg)i)->ignored | (i == RP_REG_RFLAGS ? own : 0);
        count += rp_diff_word(before[i], after[i], ignored, i, changes + count);
    }
    return count;
}

/* The vector registers as far as the area has them; the rest is as before. */
static void read_vectors(const struct rp_guest_shared *shared, const struct rp_guest_area *area, bool all,
                         uint64_t *vector)
{
    uint64_t features = ~shared->lacks[RP_REG_XCR0];
    bool avx512 = all && features & RP_XCR0_AVX512;
    for (unsigned i = 0; i < (shared->bits == 64 ? 16 : 8); i++) {
        uint64_t *to = vector + (size_t)i * RP_VECTOR_WORDS_EACH;
        memcpy(to, &area->word[RP_GUEST_AREA_XMM + 2 * i], 16);
        if (features & RP_XCR0_AVX)
            memcpy(to + 2, &area->word[RP_GUEST_AREA_AVX + 2 * i], 16);
        if (avx512)
            memcpy(to + 4, &area->word[RP_GUEST_AREA_HIGH + 4 * i], 32);
    }
    if (avx512 && shared->bits == 64)
        memcpy(vector + (size_t)16 * RP_VECTOR_WORDS_EACH, &area->word[RP_GUEST_AREA_MORE], 1024);
    if (avx512)
        memcpy(vector + (size_t)RP_VECTOR_MASKS, &area->word[RP_GUEST_AREA_MASKS], 64);
}

size_t rp_guest_compare(struct rp_guest_shared *shared, uint32_t number, struct rp_change *changes)
{
    const struct rp_guest_after *after = rp_guest_after(shared, number);
    const struct rp_state *before = &shared->slot[shared->job[number].slot].state;
    uint64_t vector[RP_VECTOR_WORDS];
    memcpy(vector, before->vector, sizeof vector);
    read_vectors(shared, &after->area, shared->result[number].saved == RP_GUEST_SAVED_ALL, vector);
    size_t count = compare_registers(shared, before->reg, after, changes);
    return count + rp_diff(before->vector, vector, NULL, RP_VECTOR_WORDS, RP_COMPONENT_VECTOR,
                           changes + count, RP_VECTOR_WORDS);
}
