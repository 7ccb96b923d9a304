/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pre-state as the image takes it; see guest.h. Worked out here, since it takes an emulator fifty times as
 * long. */
#include "guest/gate.h"
#include "guest/guest.h"

#define CR0_PE       UINT64_C(1)
#define SELECTOR_LDT 4u

/* Of a segment that is loaded by its descriptor; else 0, which no CPU looks at. CS, and SS in long mode, are
 * loaded from the arena's table; selectors of real mode and vm86 name no descriptor, and may have the numbers
 * of the image's own. */
static uint32_t place_of(const struct rp_prestate *prestate, unsigned segment)
{
    const uint64_t *reg = prestate->state.reg;
    uint32_t selector = (uint32_t)reg[segment];
    bool named = reg[RP_REG_CR0] & CR0_PE && !(reg[RP_REG_RFLAGS] & RP_FLAG_VM);
    bool by_return =
        segment == RP_REG_CS || (segment == RP_REG_SS && rp_mode_info(prestate->mode)->long_mode);
    if (!named || by_return || !(selector & 0xfffc))
        return 0;
    return (selector & SELECTOR_LDT ? RP_GUEST_TABLE_WORDS : 0) + (selector >> 3 & 0x1fff);
}

void rp_guest_slot_fill(const struct rp_guest_shared *shared, const struct rp_prestate *prestate,
                        struct rp_guest_slot *slot)
{
    const uint64_t *reg = prestate->state.reg;
    slot->mode = prestate->mode;
    slot->ring = prestate->ring;
    slot->state = prestate->state;
    for (unsigned i = 0; i < RP_GUEST_SEGMENTS; i++) {
        const uint64_t *r = reg + RP_REG_ES + 4 * (size_t)i;
        slot->segment[i] = rp_guest_pack(r[1], r[2], r[3]);
        slot->place[i] = place_of(prestate, RP_REG_ES + 4 * i);
    }
    slot->ldtr = rp_guest_pack(reg[RP_REG_LDTR_BASE], reg[RP_REG_LDTR_LIMIT], reg[RP_REG_LDTR_ATTRIBUTES]);
    slot->tr = rp_guest_pack_tss(reg);
    slot->count = prestate->memory.count;
    for (uint32_t i = 0; i < slot->count; i++) {
        uint32_t address = prestate->memory.word[i].address;
        uint64_t value = rp_guest_gate(shared, address, prestate->memory.word[i].value);
        slot->word[i] = (struct rp_guest_word){address, rp_guest_offset(address), value};
    }
}

size_t rp_guest_slot_size(const struct rp_guest_slot *slot)
{
    return offsetof(struct rp_guest_slot, word) + slot->count * sizeof slot->word[0];
}

uint32_t rp_guest_slot_stale(const struct rp_guest_slot *last, const struct rp_guest_slot *next)
{
    uint32_t stale = 0;
    for (uint32_t i = 0, k = 0; i < last->count; i++) {
        while (k < next->count && next->word[k].address < last->word[i].address)
            k++;
        if (k == next->count || next->word[k].address != last->word[i].address)
            stale |= UINT32_C(1) << i;
    }
    return stale;
}
