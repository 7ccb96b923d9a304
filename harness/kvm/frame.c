/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of gates; see frame.h. */
#include "kvm/frame.h"

#include "x86/vector.h"

#include <string.h>

#define ENTRIES_SIZE (UINT64_C(256) * RP_ARENA_ENTRY_STRIDE)
#define REAL_ENTRIES (RP_ARENA_CODE + RP_ARENA_CODE_ENTRIES)

int rp_kvm_entry(enum rp_mode mode, const struct rp_kvm_image *after)
{
    uint64_t linear = after->sregs.cs.base + after->regs.rip;
    uint64_t offset = linear - (mode == RP_MODE_REAL16 ? REAL_ENTRIES : RP_ARENA_ENTRIES);
    if (mode != RP_MODE_REAL16 && offset - ENTRIES_SIZE < ENTRIES_SIZE)
        offset -= ENTRIES_SIZE; /* idt.gate.offset */
    return offset < ENTRIES_SIZE && offset % RP_ARENA_ENTRY_STRIDE <= 1
               ? (int)(offset / RP_ARENA_ENTRY_STRIDE)
               : -1;
}

/* Bytes of a slot: what one push moves. */
static unsigned slot_bytes(enum rp_mode mode)
{
    if (rp_mode_info(mode)->long_mode)
        return 8;
    return mode == RP_MODE_REAL16 ? 2 : 4;
}

static uint64_t stack_mask(enum rp_mode mode, const struct kvm_segment *ss)
{
    if (rp_mode_info(mode)->long_mode)
        return UINT64_MAX;
    return ss->db ? UINT32_MAX : UINT16_MAX;
}

struct reader {
    const struct rp_kvm_memory *memory;
    uint64_t base, pointer, mask;
    unsigned bytes, slots;
    bool good;
};

static uint64_t pop(struct reader *reader)
{
    uint64_t value, at = (reader->pointer + (uint64_t)reader->slots++ * reader->bytes) & reader->mask;
    reader->good =
        rp_kvm_memory_read(reader->memory, reader->base + at, reader->bytes, &value) && reader->good;
    return value;
}

bool rp_kvm_frame_read(const struct rp_kvm_memory *memory, const struct rp_kvm_image *after, unsigned vector,
                       uint64_t behind, bool software, struct rp_kvm_frame *frame)
{
    enum rp_mode mode = memory->mode;
    bool long_mode = rp_mode_info(mode)->long_mode;
    const struct rp_vector_info *info = rp_vector_info(vector);
    struct reader reader = {.memory = memory,
                            .base = long_mode ? 0 : after->sregs.ss.base,
                            .pointer = after->regs.rsp,
                            .mask = stack_mask(mode, &after->sregs.ss),
                            .bytes = slot_bytes(mode),
                            .good = true};
    *frame = (struct rp_kvm_frame){.linear = reader.base + (reader.pointer & reader.mask)};
    frame->has_error_code = info && info->has_error_code && mode != RP_MODE_REAL16;
    if (frame->has_error_code) {
        uint64_t first = pop(&reader);
        frame->error_code = (uint32_t)first;
        if (software && first == behind) { /* INT n to a vector that has an error code otherwise */
            frame->has_error_code = false;
            frame->error_code = 0;
            reader.slots = 0;
        }
    }
    frame->rip = pop(&reader);
    frame->cs = pop(&reader) & 0xffff;
    frame->rflags = pop(&reader);
    frame->has_stack = long_mode || mode == RP_MODE_VM86 || (mode != RP_MODE_REAL16 && (frame->cs & 3));
    if (frame->has_stack) {
        frame->rsp = pop(&reader);
        frame->ss = pop(&reader) & 0xffff;
    }
    frame->bytes = reader.slots * reader.bytes;
    return reader.good;
}

/* Back to a segment that the run began with. */
static bool restore(const struct kvm_segment *before, uint64_t selector, struct kvm_segment *after)
{
    *after = *before;
    return before->selector == selector;
}

bool rp_kvm_frame_undo(const struct rp_kvm_frame *frame, enum rp_mode mode, const struct rp_kvm_image *before,
                       struct rp_kvm_image *after)
{
    uint64_t mask = stack_mask(mode, &before->sregs.ss);
    bool same = restore(&before->sregs.cs, frame->cs, &after->sregs.cs);
    after->regs.rip = frame->rip;
    after->regs.rflags =
        (mode == RP_MODE_REAL16 ? after->regs.rflags & ~UINT64_C(0xffff) : 0) | frame->rflags;
    if (frame->has_stack) {
        same = restore(&before->sregs.ss, frame->ss, &after->sregs.ss) && same;
        after->regs.rsp = frame->rsp;
    } else {
        uint64_t popped = after->regs.rsp + frame->bytes;
        after->regs.rsp = (after->regs.rsp & ~mask) | (popped & mask);
    }
    if (mode == RP_MODE_VM86) { /* its gate empties the data segments, SDM Vol. 3A 20.3.1.1 */
        after->sregs.es = before->sregs.es;
        after->sregs.ds = before->sregs.ds;
        after->sregs.fs = before->sregs.fs;
        after->sregs.gs = before->sregs.gs;
    }
    return same;
}

bool rp_kvm_frame_redirected(struct rp_kvm_memory *memory, uint64_t behind, struct rp_kvm_image *after,
                             unsigned *vector)
{
    uint64_t offset = after->regs.rip - RP_ARENA_CODE_ENTRIES, rflags = after->regs.rflags;
    uint64_t sp = after->regs.rsp & UINT16_MAX, own = UINT16_MAX;
    if (memory->mode != RP_MODE_VM86 || offset >= ENTRIES_SIZE || offset % RP_ARENA_ENTRY_STRIDE)
        return false;
    struct reader reader = {.memory = memory,
                            .base = after->sregs.ss.base,
                            .pointer = after->regs.rsp,
                            .mask = UINT16_MAX,
                            .bytes = 2,
                            .good = true};
    uint64_t rip = pop(&reader), cs = pop(&reader), image = pop(&reader);
    if (!reader.good || rip != behind || cs != after->sregs.cs.selector)
        return false;
    *vector = (unsigned)offset / RP_ARENA_ENTRY_STRIDE;
    if ((rflags & RP_FLAG_IOPL) != RP_FLAG_IOPL) { /* VIF stands in IF's place, IOPL is 3 there */
        own &= ~(RP_FLAG_IF | RP_FLAG_IOPL);
        rflags = (rflags & ~RP_FLAG_VIF) | (image & RP_FLAG_IF ? RP_FLAG_VIF : 0);
    }
    after->regs.rflags = (rflags & ~own) | (image & own);
    after->regs.rsp = (after->regs.rsp & ~UINT64_C(0xffff)) | ((sp + 6) & UINT16_MAX);
    rp_kvm_memory_undo(memory, reader.base + sp, 6);
    return true;
}
