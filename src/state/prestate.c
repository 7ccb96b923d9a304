/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From user state and machine to registers; see prestate.h. System memory is made in system_memory.c. */
#include "state/prestate.h"

#include "state/descriptor.h"
#include "state/system_memory.h"

#include <string.h>

#define CR0_PE       UINT64_C(0x00000001)
#define CR0_ET       UINT64_C(0x00000010) /* reads as 1 since the P6 */
#define CR0_PG       UINT64_C(0x80000000)
#define CR4_PAE      UINT64_C(0x20)
#define EFER_LME_LMA UINT64_C(0x500)
#define DR7_ONE      UINT64_C(0x400) /* reads as 1 */

#define ATTRIBUTES_VM86 UINT64_C(0xf3) /* SDM Vol. 3A 20.2: DPL 3, read-write, accessed */
#define ATTRIBUTES_REAL UINT64_C(0x93)

static void place_bits(struct rp_state *state, const struct rp_place *place, uint64_t value)
{
    uint64_t mask = place->width == 64 ? UINT64_MAX : ((UINT64_C(1) << place->width) - 1) << place->shift;
    uint64_t *word = &state->reg[place->reg];
    *word = (*word & ~mask) | (value << place->shift & mask);
}

static void load_hidden(struct rp_state *state, enum rp_reg reg, const struct rp_descriptor *d)
{
    state->reg[reg + 1] = d->base;
    state->reg[reg + 2] = d->limit;
    state->reg[reg + 3] = rp_descriptor_attributes(d);
}

static void load_segment(struct rp_state *state, enum rp_mode mode, const struct rp_machine *machine,
                         enum rp_reg reg, uint64_t selector)
{
    struct rp_descriptor d;
    rp_descriptor_at(mode, machine, (uint16_t)selector, &d);
    state->reg[reg] = selector;
    load_hidden(state, reg, &d);
}

/* CS and SS of a ring, as the arena has them. */
static uint64_t code_selector(enum rp_mode mode, unsigned ring)
{
    unsigned bits = rp_mode_info(mode)->code_bits;
    if (bits == 64)
        return ring ? RP_SELECTOR_CODE64 | 3 : RP_SELECTOR_CODE64_RING0;
    if (bits == 32)
        return ring ? RP_SELECTOR_CODE32 | 3 : RP_SELECTOR_CODE32_RING0;
    return ring ? RP_SELECTOR_CODE16 | 3 : RP_SELECTOR_CODE16_RING0;
}

static uint64_t stack_selector(enum rp_mode mode, unsigned ring)
{
    if (rp_mode_info(mode)->code_bits == 16)
        return ring ? RP_SELECTOR_STACK16 | 3 : RP_SELECTOR_STACK16_RING0;
    return ring ? RP_SELECTOR_DATA | 3 : RP_SELECTOR_DATA_RING0;
}

static void load_segments(struct rp_prestate *prestate, const struct rp_machine *machine)
{
    struct rp_state *state = &prestate->state;
    enum rp_mode mode = prestate->mode;
    if (!rp_mode_info(mode)->protected_mode) {
        for (unsigned reg = RP_REG_ES; reg <= RP_REG_GS; reg += 4) {
            state->reg[reg + 2] = 0xffff;
            state->reg[reg + 3] = mode == RP_MODE_VM86 ? ATTRIBUTES_VM86 : ATTRIBUTES_REAL;
        }
        return;
    }
    uint64_t fs_base = machine->value[RP_RESOURCE_FS_BASE], gs_base = machine->value[RP_RESOURCE_GS_BASE];
    for (unsigned reg = RP_REG_ES; reg <= RP_REG_GS; reg += 4)
        load_segment(state, mode, machine, reg, state->reg[reg]);
    load_segment(state, mode, machine, RP_REG_CS, code_selector(mode, prestate->ring));
    load_segment(state, mode, machine, RP_REG_SS, stack_selector(mode, prestate->ring));
    if (rp_mode_info(mode)->code_bits == 64) {
        state->reg[RP_REG_FS_BASE] = fs_base; /* written by WRFSBASE or WRMSR, whatever the selector is */
        state->reg[RP_REG_GS_BASE] = gs_base;
    }
}

/* LDTR and TR hold what their selectors point at; real16 has neither. */
static void load_tables(struct rp_prestate *prestate, const struct rp_machine *machine)
{
    struct rp_state *state = &prestate->state;
    enum rp_mode mode = prestate->mode;
    if (mode == RP_MODE_REAL16) {
        for (unsigned reg = RP_REG_LDTR; reg < RP_REG_LDTR + 8; reg++)
            state->reg[reg] = 0;
        return;
    }
    load_segment(state, mode, machine, RP_REG_LDTR, state->reg[RP_REG_LDTR]);
    load_segment(state, mode, machine, RP_REG_TR, state->reg[RP_REG_TR]);
}

static void enter_mode(struct rp_prestate *prestate)
{
    const struct rp_mode_info *info = rp_mode_info(prestate->mode);
    uint64_t *reg = prestate->state.reg;
    reg[RP_REG_CR0] |= CR0_ET;
    if (prestate->mode != RP_MODE_REAL16)
        reg[RP_REG_CR0] |= CR0_PE | CR0_PG;
    if (info->long_mode) {
        reg[RP_REG_CR4] |= CR4_PAE;
        reg[RP_REG_EFER] |= EFER_LME_LMA;
    }
    if (prestate->mode == RP_MODE_VM86)
        reg[RP_REG_RFLAGS] |= RP_FLAG_VM;
    reg[RP_REG_DR7] |= DR7_ONE;
}

static void copy_user(struct rp_prestate *prestate, const struct rp_user *user)
{
    for (unsigned reg = 0; reg < RP_REG_COUNT; reg++) {
        uint64_t mask = rp_register_user_mask(reg, prestate->mode);
        uint64_t *word = &prestate->state.reg[reg];
        *word = (*word & ~mask) | (user->state.reg[reg] & mask);
    }
    memcpy(prestate->state.vector, user->state.vector, sizeof user->state.vector);
}

int rp_prestate_build(struct rp_prestate *prestate, enum rp_mode mode, unsigned ring,
                      const struct rp_user *user, const struct rp_machine *machine, struct rp_error *error)
{
    memset(&prestate->state, 0, sizeof prestate->state);
    prestate->mode = mode;
    prestate->ring = (uint8_t)ring;
    prestate->memory = user->memory;
    for (unsigned i = 0; i < RP_RESOURCE_COUNT; i++) {
        const struct rp_resource_info *info = rp_resource_info((enum rp_resource)i);
        if (info->place.kind == RP_PLACE_BITS && rp_resource_in_mode((enum rp_resource)i, mode))
            place_bits(&prestate->state, &info->place, machine->value[i]);
    }
    uint64_t root = machine->value[RP_RESOURCE_CR3];
    prestate->state.reg[RP_REG_CR3] = rp_arena_root(mode, root & 2 ? 3 - ring : ring, root & 1);
    copy_user(prestate, user);
    load_segments(prestate, machine);
    load_tables(prestate, machine);
    enter_mode(prestate);
    return rp_system_memory(mode, machine, &prestate->memory, error);
}

void rp_prestate_reduce(struct rp_prestate *prestate, const uint64_t lacks[RP_REG_COUNT])
{
    for (unsigned i = 0; i < RP_REG_COUNT; i++)
        prestate->state.reg[i] &= ~lacks[i];
}
