/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pre-states made ready; see load.h. */
#include "native/load.h"

#include "native/extended.h"

#include <cpuid.h>
#include <string.h>
#include <sys/auxv.h>

#define CPUID_1_OSXSAVE (UINT32_C(1) << 27)
#define CPUID_7_AVX2    (UINT32_C(1) << 5)
#define CPUID_7_AVX512F (UINT32_C(1) << 16)
#define HWCAP2_FSGSBASE 2 /* Linux Documentation/arch/x86/x86_64/fsgs.rst */
#define XCR0_ON_DEMAND                                                                                       \
    (UINT64_C(3) << 17)                 /* AMX: a program has to ask the kernel first, and ours does not     \
                                         */
#define MXCSR_MASK     UINT32_C(0xffbf) /* where FXSAVE gives none, SDM Vol. 1 11.6.6 */
#define FLAGS_LOADABLE (RP_FLAGS_USER & ~RP_FLAG_RF)
#define CANONICAL_HALF (UINT64_C(1) << 47)

static uint64_t read_xcr0(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

/* Where component `number` stands; 0 if it is not enabled. Components that don't fit are left out: they keep
 * their initial state. */
static uint32_t place_component(struct rp_native_layout *layout, unsigned number)
{
    uint32_t size, offset, c, d;
    if (!(layout->mask >> number & 1))
        return 0;
    __cpuid_count(0xd, number, size, offset, c, d);
    if (offset == 0 || offset + size > RP_NATIVE_AREA_SIZE) {
        layout->mask &= ~(UINT64_C(1) << number);
        return 0;
    }
    if (offset + size > layout->size)
        layout->size = offset + size;
    return offset;
}

static uint32_t find_mxcsr_mask(void)
{
    static uint8_t area[512] __attribute__((aligned(16)));
    uint32_t mask;
    __asm__ volatile("fxsave64 %0" : "=m"(area));
    memcpy(&mask, area + 28, sizeof mask);
    return mask ? mask : MXCSR_MASK;
}

int rp_native_layout_find(struct rp_native_layout *layout, struct rp_error *error)
{
    uint32_t a, b = 0, c, d, place[64] = {0};
    *layout = (struct rp_native_layout){.size = 576};
    __cpuid(1, a, b, c, d);
    if (!(c & CPUID_1_OSXSAVE))
        return rp_error_set(error, RP_EENVIRONMENT,
                            "native can't run here: it needs XSAVE, which this CPU or its kernel lacks");
    layout->mask = read_xcr0() & ~XCR0_ON_DEMAND;
    for (unsigned number = 2; number < 63; number++)
        place[number] = place_component(layout, number);
    layout->size = (layout->size + 7) & ~7u;
    layout->avx = place[2];
    layout->opmask = place[5];
    layout->upper = place[6];
    layout->high = place[7];
    layout->pkru = place[9];
    layout->mxcsr_mask = find_mxcsr_mask();
    layout->fsgsbase = (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE) != 0;
    __cpuid_count(7, 0, a, b, c, d);
    layout->compare = 8;
    if (layout->avx && b & CPUID_7_AVX2)
        layout->compare = 32;
    if (layout->high && b & CPUID_7_AVX512F)
        layout->compare = 64;
    return RP_OK;
}

/* What a selector loads here; false if nothing loadable stands there. */
static bool native_base(uint16_t selector, uint64_t *base)
{
    *base = 0;
    if (selector == RP_NATIVE_DATA16 || selector == RP_NATIVE_DATA16_TWIN)
        *base = RP_ARENA_DATA;
    else if (selector == RP_NATIVE_STACK16)
        *base = RP_ARENA_STACK;
    return selector <= 3 || selector == RP_NATIVE_DATA || selector == RP_NATIVE_DATA16 ||
           selector == RP_NATIVE_STACK16 || selector == RP_NATIVE_DATA_TWIN ||
           selector == RP_NATIVE_DATA16_TWIN;
}

static bool canonical(uint64_t address)
{
    return address < CANONICAL_HALF;
}

static bool load_segments(const struct rp_prestate *prestate, const struct rp_native_layout *layout,
                          struct rp_native_slot *slot)
{
    static const uint8_t data[] = {RP_REG_ES, RP_REG_SS, RP_REG_DS, RP_REG_FS, RP_REG_GS};
    const uint64_t *reg = prestate->state.reg;
    memcpy(slot->segment, &reg[RP_REG_ES], sizeof slot->segment);
    for (unsigned i = 0; i < sizeof data; i++) {
        uint64_t base, wanted = reg[data[i] + 1];
        bool free = prestate->mode == RP_MODE_LONG64 && (data[i] == RP_REG_FS || data[i] == RP_REG_GS);
        if (!native_base((uint16_t)reg[data[i]], &base))
            return false;
        if (free ? !canonical(wanted) || (wanted != base && !layout->fsgsbase) : wanted != base)
            return false;
    }
    if (prestate->mode == RP_MODE_COMPAT16)
        slot->segment[RP_REG_CS - RP_REG_ES] = RP_NATIVE_CS16;
    return true;
}

static void load_words(const struct rp_prestate *prestate, struct rp_native_slot *slot)
{
    slot->words = 0;
    for (uint32_t i = 0; i < prestate->memory.count; i++) {
        const struct rp_memory_word *word = &prestate->memory.word[i];
        if (word->address - RP_ARENA_DATA >= RP_ARENA_DATA_SIZE &&
            word->address - RP_ARENA_STACK >= RP_ARENA_STACK_SIZE)
            continue; /* the system's: not ours to have */
        slot->word[slot->words].address = word->address;
        slot->word[slot->words++].value = word->value;
    }
}

bool rp_native_load(const struct rp_prestate *prestate, const struct rp_native_layout *layout,
                    struct rp_native_slot *slot)
{
    const uint64_t *reg = prestate->state.reg;
    if (prestate->mode >= RP_NATIVE_MODES || prestate->ring != 3)
        return false;
    memcpy(slot->reg, reg, sizeof slot->reg);
    slot->mode = (uint8_t)prestate->mode;
    load_words(prestate, slot);
    rp_native_pack(layout, &prestate->state, slot->area);
    bool flags = (reg[RP_REG_RFLAGS] & ~FLAGS_LOADABLE) == RP_FLAG_IF && reg[RP_REG_RFLAGS] & RP_FLAG_ONE;
    return flags && reg[RP_REG_RIP] == rp_arena_view(prestate->mode)->instruction &&
           (reg[RP_REG_MXCSR] & ~(uint64_t)layout->mxcsr_mask) == 0 && load_segments(prestate, layout, slot);
}

int rp_native_load_default(enum rp_mode mode, const struct rp_native_layout *layout,
                           struct rp_native_slot *slot, struct rp_error *error)
{
    static struct rp_user user;
    static struct rp_machine machine;
    static struct rp_prestate prestate;
    rp_user_init(&user, mode);
    rp_machine_init(&machine, mode, RP_POLICY_LINUX);
    int result = rp_prestate_build(&prestate, mode, 3, &user, &machine, error);
    if (result == RP_OK && !rp_native_load(&prestate, layout, slot))
        result = rp_error_set(error, RP_EENVIRONMENT, "native can't load the default state of %s",
                              rp_mode_info(mode)->name);
    return result;
}
