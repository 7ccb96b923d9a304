/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a test of a legacy mode was entered and left: which of three frames the CPU pushed (SDM Vol. 3A 6.12.1,
 * 20.3.1), and on whose stack. */
#include "guest/image/cross32.h"
#include "guest/image/cpu.h"
#include "guest/image/image.h"
#include "x86/vector.h"

#include <string.h>

#define ENTRY_DOUBLE  UINT32_C(0x80000000) /* by the task of the double fault */
#define ATTRIBUTE_BIG UINT64_C(0x4000)
#define CR0_TS        UINT64_C(8)
#define FLAGS_16      UINT64_C(0xffff) /* what 16 bits of a frame hold of RFLAGS */

enum { ES, CS, SS, DS, FS, GS };
enum { FRAME_EIP, FRAME_CS, FRAME_EFLAGS, FRAME_ESP, FRAME_SS, FRAME_ES, FRAME_DS, FRAME_FS, FRAME_GS };

/* TSS fields, SDM Vol. 3A 7.2.1. */
enum { TSS_EIP = 0x20, TSS_EFLAGS = 0x24, TSS_EAX = 0x28, TSS_ES = 0x48, TSS_SAVED = 0x68 };

static void fill_jump(const uint64_t *reg, uint64_t flags)
{
    struct rp_guest_jump *jump = &rp_guest_jump;
    jump->flags = (uint32_t)(reg[RP_REG_RFLAGS] | flags);
    jump->esp = (uint32_t)reg[RP_REG_RSP];
    jump->ss = (uint32_t)reg[RP_REG_SS];
    jump->eip = (uint32_t)reg[RP_REG_RIP];
    jump->cs = (uint32_t)reg[RP_REG_CS];
    jump->es = (uint32_t)reg[RP_REG_ES];
    jump->ds = (uint32_t)reg[RP_REG_DS];
    jump->fs = (uint32_t)reg[RP_REG_FS];
    jump->gs = (uint32_t)reg[RP_REG_GS];
    jump->ldtr = (uint32_t)reg[RP_REG_LDTR] & 0xfffc;
#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; i++)
        jump->reg[i] = (uint32_t)reg[i];
    jump->gdtr =
        (struct rp_guest_table){(uint16_t)reg[RP_REG_GDTR_LIMIT], (unsigned long)reg[RP_REG_GDTR_BASE]};
    jump->idtr =
        (struct rp_guest_table){(uint16_t)reg[RP_REG_IDTR_LIMIT], (unsigned long)reg[RP_REG_IDTR_BASE]};
}

static void cross_outer(const struct rp_guest_slot *slot)
{
    struct rp_guest_jump *jump = &rp_guest_jump;
    uint32_t frame[] = {jump->eip, jump->cs, jump->flags, jump->esp, jump->ss,
                        jump->es,  jump->ds, jump->fs,    jump->gs};
    memcpy(jump->frame, frame, sizeof frame);
    if (slot->mode == RP_MODE_VM86)
        jump->es = jump->ds = jump->fs = jump->gs = 0;
    /* IRET to a 16-bit stack leaves the upper half of ESP as it is (SDM Vol. 2A "IRET"): the frame is reached
     * by a segment in which that is the test's. */
    jump->esp &= 0xffff0000;
    jump->ss = rp_guest_load_stack((unsigned long)jump->frame - jump->esp);
    rp_guest_cross_outer();
}

static uint32_t stack_linear(const uint64_t *reg, uint64_t esp)
{
    uint64_t mask = reg[RP_REG_SS_ATTRIBUTES] & ATTRIBUTE_BIG ? UINT32_MAX : 0xffff;
    return (uint32_t)(reg[RP_REG_SS_BASE] + (esp & mask));
}

/* Single step can't be set but by IRET, whose frame has to stand on the test's own stack. */
static struct {
    uint32_t *low; /* NULL: there is none */
    uint32_t word[3];
} planted;

static void cross_inner(const uint64_t *before)
{
    struct rp_guest_jump *jump = &rp_guest_jump;
    planted.low = NULL;
    if (!(jump->flags & RP_FLAG_TF)) {
        rp_guest_cross_inner();
        return;
    }
    memcpy(planted.word, (const uint32_t[]){jump->eip, jump->cs, jump->flags}, sizeof planted.word);
    jump->esp -= sizeof planted.word;
    planted.low = rp_guest_tables_physical(stack_linear(before, jump->esp));
    if (planted.low)
        memcpy(planted.low, planted.word, sizeof planted.word);
    rp_guest_cross_inner_frame();
}

/* What of it the test has not written over. */
static void forget_planted(void)
{
    for (unsigned i = 0; planted.low && i < 3; i++)
        if (planted.low[i] == planted.word[i])
            rp_guest_memory_forget(rp_guest_tables_address(planted.low + i), 4);
}

uint32_t rp_guest_stack0[RP_GUEST_STACK0_WORDS] __attribute__((aligned(16)));

static bool is_own_stack(uint64_t linear)
{
    return linear - (unsigned long)rp_guest_stack0 <= sizeof rp_guest_stack0;
}

/* What a vector has pushed: on the image's own stack, or on one of the test's; NULL: on none. */
static const uint32_t *frame_at(uint32_t linear)
{
    if (is_own_stack(linear))
        return (const uint32_t *)(unsigned long)linear;
    return rp_guest_tables_physical(linear);
}

/* Through a gate of its own a test has come to that stack: it stands for the arena's. */
static uint64_t arena_stack(uint64_t esp)
{
    return is_own_stack(esp)
               ? esp - (unsigned long)(rp_guest_stack0 + RP_GUEST_STACK0_WORDS) + RP_ARENA_STACK0_TOP
               : esp;
}

static void take_segments(uint64_t *after, const uint32_t *segment)
{
    after[RP_REG_ES] = segment[0] & 0xffff;
    after[RP_REG_DS] = segment[1] & 0xffff;
    after[RP_REG_FS] = segment[2] & 0xffff;
    after[RP_REG_GS] = segment[3] & 0xffff;
}

/* From a stack of ring 0 that the CPU switched to. */
static void take_outer_frame(const uint32_t *frame, uint64_t *after)
{
    after[RP_REG_RSP] = frame[FRAME_ESP];
    after[RP_REG_SS] = frame[FRAME_SS] & 0xffff;
    if (frame[FRAME_EFLAGS] & RP_FLAG_VM)
        take_segments(after, frame + FRAME_ES);
}

static void take_inner_frame(unsigned length, uint64_t *after)
{
    uint64_t mask = after[RP_REG_SS_ATTRIBUTES] & ATTRIBUTE_BIG ? UINT32_MAX : 0xffff;
    uint64_t esp = rp_guest_back[RP_REG_RSP];
    after[RP_REG_RSP] = arena_stack((esp & ~mask) | ((esp + length) & mask));
}

static uint16_t take_word(uint64_t address)
{
    uint16_t word = (uint16_t)rp_guest_memory_word(address);
    rp_guest_memory_forget((uint32_t)address, sizeof word);
    return word;
}

/* SDM Vol. 3A 20.3.3: the frame is that of real mode, but that with IOPL < 3 it has VIF in IF's place, and
 * IOPL 3. */
void rp_guest_cross_unwind(const uint64_t *before, uint64_t *after)
{
    uint64_t base = after[RP_REG_SS_BASE], sp = after[RP_REG_RSP] & 0xffff, own = FLAGS_16;
    uint16_t frame[3];
    for (unsigned i = 0; i < 3; i++)
        frame[i] = take_word(base + ((sp + 2 * i) & 0xffff));
    after[RP_REG_RIP] = frame[0];
    for (unsigned i = 0; i < 4; i++)
        after[RP_REG_CS + i] = before[RP_REG_CS + i];
    after[RP_REG_RSP] = (after[RP_REG_RSP] & ~FLAGS_16) | ((sp + sizeof frame) & 0xffff);
    if ((after[RP_REG_RFLAGS] & RP_FLAG_IOPL) != RP_FLAG_IOPL) {
        own &= ~(RP_FLAG_IF | RP_FLAG_IOPL);
        after[RP_REG_RFLAGS] &= ~RP_FLAG_VIF;
        after[RP_REG_RFLAGS] |= frame[2] & RP_FLAG_IF ? RP_FLAG_VIF : 0;
    }
    after[RP_REG_RFLAGS] = (after[RP_REG_RFLAGS] & ~own) | (frame[2] & own);
}

static void lose(enum rp_mode mode, uint32_t linear, uint32_t length)
{
    const unsigned char *low =
        mode == RP_MODE_REAL16 ? rp_guest_low(linear) : rp_guest_tables_physical(linear);
    if (low && length)
        rp_guest_memory_forget(rp_guest_tables_address(low), length);
}

/* Below 0 a stack goes on at its end. */
void rp_guest_cross_lose(enum rp_mode mode, const uint64_t *after)
{
    uint64_t mask = after[RP_REG_SS_ATTRIBUTES] & ATTRIBUTE_BIG ? UINT32_MAX : 0xffff;
    uint64_t base = after[RP_REG_SS_BASE], sp = after[RP_REG_RSP] & mask;
    uint32_t near = sp < RP_GUEST_STACK_LOST ? (uint32_t)sp : RP_GUEST_STACK_LOST;
    uint32_t far = RP_GUEST_STACK_LOST - near;
    lose(mode, (uint32_t)(base + sp - near), near);
    lose(mode, (uint32_t)(base + mask + 1 - far), far);
}

static void take_frame(const uint64_t *before, uint64_t *after, struct rp_guest_exit *exit)
{
    const uint32_t *segment = rp_guest_back_segments;
    const struct rp_vector_info *info = rp_vector_info(exit->vector);
    uint32_t linear = (uint32_t)rp_guest_back[RP_REG_RSP];
    if ((segment[SS] & 0xffff) == RP_GUEST_DATA) { /* of the TSS, as gate.c has it: flat */
        after[RP_REG_SS] = RP_SELECTOR_DATA_RING0;
    } else {
        after[RP_REG_SS] = segment[SS] & 0xffff;
        after[RP_REG_RFLAGS] = RP_FLAG_ONE; /* of the handler: not in vm86 */
        rp_guest_read_hidden(before, after, RP_REG_SS);
        linear = stack_linear(after, linear);
    }
    const uint32_t *frame = frame_at(linear);
    if (!frame)
        rp_guest_panic(exit->vector, linear, segment[SS]);
    exit->has_error_code = info && info->has_error_code && !rp_guest_run_enters(exit->vector, frame[0]);
    exit->error_code = exit->has_error_code ? *frame++ : 0;
    after[RP_REG_RIP] = frame[FRAME_EIP];
    after[RP_REG_CS] = frame[FRAME_CS] & 0xffff;
    after[RP_REG_RFLAGS] = frame[FRAME_EFLAGS];
    take_segments(after, (const uint32_t[]){segment[ES], segment[DS], segment[FS], segment[GS]});
    if (frame[FRAME_EIP] - RP_GUEST_IMAGE < RP_GUEST_IMAGE_SIZE)
        rp_guest_panic(exit->vector, frame[FRAME_EIP], exit->error_code);
    if (frame[FRAME_EFLAGS] & RP_FLAG_VM || frame[FRAME_CS] & 3)
        take_outer_frame(frame, after);
    else
        take_inner_frame(exit->has_error_code ? 16 : 12, after);
    for (unsigned i = 1; i < 4; i++)
        after[RP_REG_SS + i] = before[RP_REG_SS + i];
}

/* SYSENTER leaves no frame. */
static void take_cpu(uint64_t *after)
{
    const uint32_t *segment = rp_guest_back_segments;
    after[RP_REG_CS] = segment[CS] & 0xffff;
    after[RP_REG_SS] = segment[SS] & 0xffff;
    after[RP_REG_RSP] = rp_guest_back[RP_REG_RSP];
    after[RP_REG_RFLAGS] = rp_guest_back[RP_GUEST_BACK_FLAGS];
    take_segments(after, (const uint32_t[]){segment[ES], segment[DS], segment[FS], segment[GS]});
}

/* The switch to the double fault's task saved everything in the test's TSS, set CR0.TS and NT there; none of
 * it is the test's doing. */
static void take_task(const uint64_t *before, uint64_t *after, struct rp_guest_exit *exit)
{
    static const uint8_t segments[] = {RP_REG_ES, RP_REG_CS, RP_REG_SS, RP_REG_DS, RP_REG_FS, RP_REG_GS};
    uint32_t tss = (uint32_t)before[RP_REG_TR_BASE], word[TSS_SAVED / 4];
    for (unsigned i = 0; i < TSS_SAVED / 4; i++)
        word[i] = (uint32_t)rp_guest_memory_word(tss + 4 * i);
    after[RP_REG_RIP] = word[TSS_EIP / 4];
    after[RP_REG_RFLAGS] = word[TSS_EFLAGS / 4];
    for (unsigned i = 0; i < 8; i++)
        after[i] = word[TSS_EAX / 4 + i];
    for (unsigned i = 0; i < 6; i++)
        after[segments[i]] = word[TSS_ES / 4 + i] & 0xffff;
    after[RP_REG_CR0] = (after[RP_REG_CR0] & ~CR0_TS) | (before[RP_REG_CR0] & CR0_TS);
    rp_guest_memory_forget(tss, TSS_SAVED);
    exit->has_error_code = true;
    exit->error_code = 0;
}

/* What the way in does not load where it is none by IRET. */
static void load_virtual(const uint64_t *before)
{
    uint32_t both = RP_FLAG_VIF | RP_FLAG_VIP, wanted = (uint32_t)before[RP_REG_RFLAGS] & both;
    if ((rp_guest_flags() & both) != wanted)
        rp_guest_load_flags(wanted | RP_FLAG_ONE);
}

void rp_guest_cross_into(const struct rp_guest_slot *slot, uint64_t flags, uint64_t *after,
                         struct rp_guest_exit *exit)
{
    const uint64_t *before = slot->state.reg;
    fill_jump(before, flags);
    load_virtual(before);
    if (slot->mode == RP_MODE_REAL16) {
        rp_guest_real_cross(before, flags, after, exit);
        return;
    }
    if (slot->ring == 3)
        cross_outer(slot);
    else
        cross_inner(before);
    rp_guest_read_first(after);
    rp_guest_read_tables(after);
    exit->vector = (uint8_t)rp_guest_entry;
    exit->entry = RP_ARENA_ENTRIES + (uint64_t)(rp_guest_entry & 0x1ff) * RP_ARENA_ENTRY_STRIDE;
#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; i++)
        after[i] = (uint32_t)rp_guest_back[i];
    exit->by_gate = rp_guest_entry & ENTRY_DOUBLE || rp_guest_back[RP_REG_RSP] != before[RP_REG_SYSENTER_ESP];
    exit->by_task = (rp_guest_entry & ENTRY_DOUBLE) != 0;
    if (exit->by_task)
        take_task(before, after, exit);
    else if (exit->by_gate)
        take_frame(before, after, exit);
    else
        take_cpu(after);
    if (slot->ring == 0)
        forget_planted();
}
