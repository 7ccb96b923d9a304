/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pre-states made ready; see load.h. */
#include "native/load.h"

#include "native/extended.h"

#include <string.h>

#define FLAGS_LOADABLE (RP_FLAGS_USER & ~RP_FLAG_RF)
#define CANONICAL_HALF (UINT64_C(1) << 47)

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
                    const struct rp_native_slot *standard, struct rp_native_slot *slot)
{
    const uint64_t *reg = prestate->state.reg;
    if (prestate->mode >= RP_NATIVE_MODES || prestate->ring != 3)
        return false;
    memcpy(slot->reg, reg, sizeof slot->reg);
    slot->mode = (uint8_t)prestate->mode;
    load_words(prestate, slot);
    rp_native_pack(layout, &prestate->state, slot->area);
    bool alike = memcmp(slot->area, standard->area, sizeof slot->area) == 0;
    slot->area_at = (int32_t)((alike ? standard : slot)->area - (uint8_t *)slot);
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
    if (result == RP_OK && !rp_native_load(&prestate, layout, slot, slot))
        result = rp_error_set(error, RP_EENVIRONMENT, "native can't load the default state of %s",
                              rp_mode_info(mode)->name);
    return result;
}
