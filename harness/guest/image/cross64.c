/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a test of IA-32e mode was left: the frame stands on the stack of its vector. */
#include "guest/image/cpu.h"
#include "guest/image/image.h"
#include "x86/vector.h"

void rp_guest_cross(const uint64_t *reg, const uint64_t *frame);

extern uint64_t *rp_guest_back_to, rp_guest_back_flags;
extern uint32_t rp_guest_back_cs, rp_guest_back_ss;

volatile uint64_t rp_guest_stacks[RP_GUEST_STACKS][RP_GUEST_STACK_WORDS] __attribute__((aligned(16)));

enum { FRAME_RIP, FRAME_CS, FRAME_RFLAGS, FRAME_RSP, FRAME_SS, FRAME_WORDS };

/* RIP, CS, RFLAGS, RSP, SS as the vector's frame has them; NULL: it came by no vector. */
static const volatile uint64_t *find_frame(const uint64_t *after, struct rp_guest_exit *exit)
{
    const volatile uint64_t *top = rp_guest_stacks[rp_guest_stack_of(exit->vector)] + RP_GUEST_STACK_WORDS;
    const volatile uint64_t *at = (const uint64_t *)after[RP_REG_RSP];
    exit->has_error_code = at == top - FRAME_WORDS - 1;
    exit->by_gate = exit->has_error_code || at == top - FRAME_WORDS;
    if (!exit->by_gate)
        return NULL;
    exit->error_code = exit->has_error_code ? (uint32_t)*at : 0;
    return top - FRAME_WORDS;
}

static void take_frame(const struct rp_guest_exit *exit, const volatile uint64_t *frame, uint64_t *after)
{
    if (frame[FRAME_RIP] - RP_GUEST_IMAGE < RP_GUEST_IMAGE_SIZE)
        rp_guest_panic(exit->vector, frame[FRAME_RIP], exit->error_code);
    after[RP_REG_RIP] = frame[FRAME_RIP];
    after[RP_REG_CS] = frame[FRAME_CS] & 0xffff;
    after[RP_REG_RFLAGS] = frame[FRAME_RFLAGS];
    after[RP_REG_RSP] = frame[FRAME_RSP];
    after[RP_REG_SS] = frame[FRAME_SS] & 0xffff;
}

/* SYSCALL and SYSENTER leave no frame: CPU and registers are what they have made. */
static void take_cpu(uint64_t *after)
{
    after[RP_REG_CS] = rp_guest_back_cs & 0xffff;
    after[RP_REG_SS] = rp_guest_back_ss & 0xffff;
    after[RP_REG_RFLAGS] = rp_guest_back_flags;
}

static void take_segments(uint64_t *after)
{
    uint32_t es, ds, fs, gs;
    __asm__ volatile("mov %%es, %0; mov %%ds, %1; mov %%fs, %2; mov %%gs, %3"
                     : "=r"(es), "=r"(ds), "=r"(fs), "=r"(gs));
    after[RP_REG_ES] = es & 0xffff;
    after[RP_REG_DS] = ds & 0xffff;
    after[RP_REG_FS] = fs & 0xffff;
    after[RP_REG_GS] = gs & 0xffff;
}

void rp_guest_cross_into(const struct rp_guest_slot *slot, uint64_t flags, uint64_t *after,
                         struct rp_guest_exit *exit)
{
    const uint64_t *reg = slot->state.reg;
    uint64_t frame[FRAME_WORDS] = {[FRAME_RIP] = reg[RP_REG_RIP],
                                   [FRAME_CS] = reg[RP_REG_CS],
                                   [FRAME_RFLAGS] = reg[RP_REG_RFLAGS] | flags,
                                   [FRAME_RSP] = reg[RP_REG_RSP],
                                   [FRAME_SS] = reg[RP_REG_SS]};
    rp_guest_back_to = after;
    rp_guest_cross(reg, frame);
    exit->vector = (uint8_t)rp_guest_entry;
    exit->entry = RP_ARENA_ENTRIES + (uint64_t)rp_guest_entry * RP_ARENA_ENTRY_STRIDE;
    const volatile uint64_t *from = find_frame(after, exit);
    if (from)
        take_frame(exit, from, after);
    else
        take_cpu(after);
    rp_guest_read_first(after); /* its reading of DR7 may be #DB, on the same stack */
    rp_guest_read_tables(after);
    take_segments(after);
}
