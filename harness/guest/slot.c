/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pre-state as the image takes it; see guest.h. Worked out here, since it takes an emulator fifty times as
 * long. */
#include "guest/gate.h"
#include "guest/guest.h"

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
