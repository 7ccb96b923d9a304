/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See turns.h. */
#include "guest/turns.h"

#include "guest/quiet.h"

#include <stdlib.h>
#include <string.h>

/* CR3, and the bits of CR0 and CR4 that Bochs and QEMU empty their TLBs for; to fill them again takes a tenth
 * of a run. */
static uint64_t paging_of(const uint64_t *reg)
{
    enum { CR0 = 0x10001, CR4 = 0xf200b0 }; /* WP PE; CET PKE SMAP SMEP PCIDE PGE PAE PSE */
    return reg[RP_REG_CR3] ^ (reg[RP_REG_CR0] & CR0) << 40 ^ (reg[RP_REG_CR4] & CR4) << 40;
}

/* Most pre-states come in pairs of two machines, of which a guest would load now one, now the other. */
static void find_machine(struct rp_guest_turns *turns, uint32_t slot, const struct rp_state *state)
{
    enum { NEAR = 256 };
    uint32_t at = slot < NEAR ? 0 : slot - NEAR;
    uint64_t hash = 0;
    for (unsigned i = RP_REG_LDTR; i < RP_REG_FCW; i++)
        hash = (hash ^ state->reg[i]) * UINT64_C(0x9e3779b97f4a7c15);
    turns->system[slot] = hash;
    turns->paging[slot] = paging_of(state->reg);
    while (turns->system[at] != hash)
        at++;
    turns->machine[slot] = at;
}

void rp_guest_turns_note(struct rp_guest_turns *turns, uint32_t slot, const struct rp_prestate *prestate,
                         bool runs)
{
    turns->mode[slot] = runs ? (uint8_t)prestate->mode : RP_MODE_COUNT;
    turns->ring[slot] = prestate->ring;
    find_machine(turns, slot, &prestate->state);
}

static int by_turn(const void *left, const void *right)
{
    const struct rp_guest_turn *a = left, *b = right;
    if (a->mode != b->mode)
        return a->mode < b->mode ? -1 : 1;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->ring != b->ring)
        return a->ring < b->ring ? -1 : 1;
    if (a->paging != b->paging)
        return a->paging < b->paging ? -1 : 1;
    if (a->machine != b->machine)
        return a->machine < b->machine ? -1 : 1;
    return a->job < b->job ? -1 : a->job > b->job;
}

int rp_guest_turns_take(struct rp_guest_turns *turns, const struct rp_job *jobs, size_t count,
                        struct rp_error *error)
{
    if (count > turns->capacity) {
        struct rp_guest_turn *grown = realloc(turns->turn, count * sizeof *grown);
        if (!grown)
            return rp_error_set(error, RP_EENVIRONMENT, "out of memory for %zu jobs", count);
        turns->turn = grown;
        turns->capacity = count;
    }
    for (size_t i = 0, group = 0; i < count; i++) {
        group += i > 0 && memcmp(&jobs[i - 1].encoding, &jobs[i].encoding, sizeof jobs[i].encoding) != 0;
        turns->turn[i] = (struct rp_guest_turn){.job = i,
                                                .group = group,
                                                .mode = turns->mode[jobs[i].prestate],
                                                .ring = turns->ring[jobs[i].prestate],
                                                .paging = turns->paging[jobs[i].prestate],
                                                .machine = turns->machine[jobs[i].prestate]};
    }
    qsort(turns->turn, count, sizeof turns->turn[0], by_turn);
    for (size_t i = 0; i < count; i++) {
        struct rp_guest_turn *turn = &turns->turn[i];
        bool same = i > 0 && turn[-1].mode == turn->mode && turn[-1].group == turn->group &&
                    turn[-1].ring == turn->ring;
        if (same)
            turn->looked_at = turn[-1].looked_at;
        else if (memcmp(&jobs[turn->job].encoding, &turns->strayer, sizeof turns->strayer) == 0)
            turn->looked_at = RP_GUEST_LOOKED_AT;
        else if (turn->mode != RP_MODE_COUNT)
            turn->looked_at = rp_guest_looked_at(turn->mode, turn->ring, &jobs[turn->job].encoding);
    }
    return RP_OK;
}

void rp_guest_turns_free(struct rp_guest_turns *turns)
{
    free(turns->turn);
    turns->turn = NULL;
    turns->capacity = 0;
}
