/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fixed default user state; see prestate.h. */
#include "state/prestate.h"

#include <string.h>

/* Distances from the start of data and stack. Multiples of 64, so that no locked operand crosses a line. */
enum { POINTER = 0x400, DESTINATION = 0x800, TOP = 0x1000, FRAME = 0x1200 };

static void init_vector(struct rp_state *state)
{
    for (unsigned i = 0; i < RP_VECTOR_MASKS; i++) {
        uint64_t small = 8 * (i % RP_VECTOR_WORDS_EACH) + i / RP_VECTOR_WORDS_EACH + 1;
        state->vector[i] = small << 32 | small;
    }
    for (unsigned i = RP_VECTOR_MASKS; i < RP_VECTOR_WORDS; i++)
        state->vector[i] = 0xff;
}

/* vm86 and real16 segments are the program's: base = selector * 16. */
static void init_segments(struct rp_state *state)
{
    static const struct {
        enum rp_reg reg;
        uint32_t base;
    } segments[] = {{RP_REG_ES, RP_ARENA_DATA}, {RP_REG_CS, RP_ARENA_CODE}, {RP_REG_SS, RP_ARENA_STACK},
                    {RP_REG_DS, RP_ARENA_DATA}, {RP_REG_FS, RP_ARENA_DATA}, {RP_REG_GS, RP_ARENA_DATA}};
    for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++) {
        state->reg[segments[i].reg] = segments[i].base >> 4;
        state->reg[segments[i].reg + 1] = segments[i].base;
    }
}

void rp_user_init(struct rp_user *user, enum rp_mode mode)
{
    const struct rp_arena_view *view = rp_arena_view(mode);
    uint64_t *reg = user->state.reg;
    memset(user, 0, sizeof *user);
    reg[RP_REG_RAX] = reg[RP_REG_RBX] = reg[RP_REG_RSI] = view->data + POINTER;
    reg[RP_REG_RDI] = view->data + DESTINATION;
    reg[RP_REG_RSP] = view->stack + TOP;
    reg[RP_REG_RBP] = view->stack + FRAME;
    reg[RP_REG_RCX] = 1;
    if (rp_mode_info(mode)->code_bits == 64)
        for (unsigned i = 8; i < 16; i++)
            reg[RP_REG_RAX + i] = i;
    reg[RP_REG_RIP] = view->instruction;
    reg[RP_REG_RFLAGS] = RP_FLAG_ONE;
    reg[RP_REG_FCW] = 0x37f;
    reg[RP_REG_MXCSR] = 0x1f80;
    init_vector(&user->state);
    if (!rp_mode_info(mode)->protected_mode)
        init_segments(&user->state);
}
