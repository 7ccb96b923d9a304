/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run came to, from where it ended and by which signal. RIP is what tells: a fault of the instruction
 * names its first byte, a trap and a system call the byte behind it, and what has left by a branch faults
 * elsewhere, where nothing is mapped and INT3 stands on everything that is. */
#include "native/runner/runner.h"
#include "x86/vector.h"

#include <asm/signal.h>

#define ERROR_FETCH 0x10 /* SDM Vol. 3A 4.7: I/D */

uint64_t rp_native_start_of(enum rp_mode mode)
{
    return mode == RP_MODE_COMPAT16 ? RP_ARENA_INSTRUCTION - RP_ARENA_CODE : RP_ARENA_INSTRUCTION;
}

struct view {
    const struct rp_native_slot *slot;
    uint64_t start, next; /* of the instruction; behind the encoding */
    uint64_t rip;
    bool same_code; /* CS is what it was */
    bool stepping;
};

static struct view view_of(const struct rp_native_slot *slot, bool stepping)
{
    struct view view = {.slot = slot, .stepping = stepping, .rip = rp_native_back.reg[RP_REG_RIP]};
    view.start = rp_native_start_of((enum rp_mode)slot->mode);
    view.next = view.start + rp_native_placed.length;
    view.same_code = rp_native_back.cs == slot->segment[RP_REG_CS - RP_REG_ES];
    return view;
}

static bool is_legacy(uint8_t map, uint8_t opcode)
{
    const struct rp_prefix_scan *scan = &rp_native_placed.scan;
    return scan->class == RP_CLASS_LEGACY && scan->map == map && scan->opcode == opcode;
}

static enum verdict retired(const struct view *view, uint64_t rip, struct rp_native_result *result)
{
    result->kind = RP_OUTCOME_RETIRED;
    uint64_t advance = rip - view->start;
    bool stepped = rp_native_placed.way == RP_NATIVE_STEP; /* what else is there to tell by */
    if (view->same_code && (rip == view->next || (stepped && advance > 0 && advance <= RP_ENCODING_MAX)))
        result->length = (uint8_t)advance;
    rp_native_back.reg[RP_REG_RIP] = rip;
    return DONE;
}

/* Where an instruction that enters the kernel ends, whatever else the encoding has: none has a ModRM byte,
 * INT n alone an immediate. */
static uint64_t end_of_entry(const struct view *view)
{
    return view->start + rp_native_placed.scan.opcode_offset + 1 + is_legacy(0, 0xcd);
}

static bool is_behind(const struct view *view)
{
    return view->same_code && view->rip == end_of_entry(view);
}

static enum verdict entered(const struct view *view, uint32_t vector, struct rp_native_result *result)
{
    result->kind = RP_OUTCOME_ENTERED;
    result->vector = (uint8_t)vector;
    result->length = (uint8_t)(end_of_entry(view) - view->start);
    rp_native_back.reg[RP_REG_RIP] = end_of_entry(view);
    return DONE;
}

/* The exit's jump has been made, or would have been. */
static bool at_stub(const struct view *view)
{
    return rp_native_back.cs == RP_NATIVE_CS64 && view->rip == STUB_PAGE;
}

static enum verdict behind_the_encoding(struct view *view, struct rp_native_result *result)
{
    rp_native_back.cs = (uint16_t)view->slot->segment[RP_REG_CS - RP_REG_ES];
    view->same_code = true;
    return retired(view, view->next, result);
}

/* SYSENTER: its saved state is what the kernel makes of it (RIP its landing pad, RSP from EBP), not the
 * CPU's; the instruction itself writes no register that the program gets back (SDM Vol. 2B "SYSENTER"). */
static enum verdict entered_by_msr(struct view *view, struct rp_native_result *result)
{
    for (unsigned i = 0; i <= RP_REG_RFLAGS; i++)
        rp_native_back.reg[i] = view->slot->reg[i];
    rp_native_back.cs = (uint16_t)view->slot->segment[RP_REG_CS - RP_REG_ES];
    rp_native_back.ss = (uint16_t)view->slot->segment[RP_REG_SS - RP_REG_ES];
    result->gate = is_legacy(1, 0x34) ? RP_GATE_SYSENTER : RP_GATE_SYSCALL;
    return entered(view, 0, result);
}

/* TRAPNO and ERR are stale here. In compatibility mode RIP is the kernel's landing pad. */
static enum verdict system_call(struct view *view, struct rp_native_result *result)
{
    bool behind = is_behind(view);
    if (is_legacy(1, 0x34))
        return entered_by_msr(view, result);
    if (is_legacy(1, 0x05) && (behind || view->rip >> 32)) {
        result->gate = RP_GATE_SYSCALL;
        return entered(view, 0, result);
    }
    if (is_legacy(0, 0xcd) && behind)
        return entered(view, rp_native_placed.encoding.bytes[rp_native_placed.scan.opcode_offset + 1],
                       result);
    return SETTLE;
}

/* INT3 has been met, RIP is behind it. */
static enum verdict breakpoint(const struct view *view, struct rp_native_result *result)
{
    uint64_t at = view->rip - 1, offset = at - view->start;
    if (is_behind(view) && (is_legacy(0, 0xcc) || is_legacy(0, 0xcd)))
        return entered(view, RP_VECTOR_BP, result);
    /* Anything else is the fill of the code page, but for bytes of the encoding and of the jump behind it. */
    if (view->same_code && offset >= rp_native_placed.length + UINT64_C(8))
        return retired(view, at, result);
    if (view->same_code && view->stepping && offset >= rp_native_placed.length)
        return retired(view, at, result);
    return SETTLE;
}

static enum verdict debug(struct view *view, struct rp_native_result *result)
{
    if (at_stub(view)) /* one late: POPF has set TF, MOV SS has put it off, or the kernel has emulated it */
        return behind_the_encoding(view, result);
    if (is_legacy(0, 0xf1) && is_behind(view))
        return entered(view, RP_VECTOR_DB, result);
    if (view->stepping || view->slot->reg[RP_REG_RFLAGS] & RP_FLAG_TF)
        return retired(view, view->rip, result);
    return SETTLE;
}

static enum verdict fault(const struct view *view, struct rp_native_result *result)
{
    const struct back *back = &rp_native_back;
    /* Of a sequence any instruction may have faulted; RIP, which has changed then, says which. */
    bool inside = rp_native_placed.sequence && view->rip >= view->start && view->rip < view->next;
    bool moved = !view->same_code || (view->rip != view->start && !inside);
    if (!moved) {
        result->kind = RP_OUTCOME_TRAPPED;
        result->vector = (uint8_t)back->vector;
        result->error_code = back->error_code;
        result->cr2 = back->vector == RP_VECTOR_PF ? back->cr2 : 0;
        return DONE;
    }
    bool fetched = back->vector == RP_VECTOR_PF && (back->error_code & ERROR_FETCH || back->cr2 == view->rip);
    if (fetched)
        return retired(view, view->rip, result);
    if (back->vector == RP_VECTOR_OF && is_behind(view))
        return entered(view, RP_VECTOR_OF, result);
    return SETTLE;
}

/* SYSENTER, and SYSCALL of 32-bit code, whose stack the kernel could not read: the program faults where it
 * lands, which is at no address of its own. */
static bool failed_on_landing(const struct view *view)
{
    bool lands = is_legacy(1, 0x34) || (view->slot->mode != RP_MODE_LONG64 && is_legacy(1, 0x05));
    return lands && !(view->same_code && view->rip == view->start);
}

enum verdict rp_native_classify(const struct rp_native_slot *slot, bool stepping,
                                struct rp_native_result *result)
{
    const struct back *back = &rp_native_back;
    struct view view = view_of(slot, stepping);
    if (back->end == END_JUMP)
        return behind_the_encoding(&view, result);
    if (back->signal == SIGSYS)
        return system_call(&view, result);
    if (failed_on_landing(&view))
        return entered_by_msr(&view, result);
    if (back->vector == RP_VECTOR_BP)
        return breakpoint(&view, result);
    if (back->vector == RP_VECTOR_DB)
        return debug(&view, result);
    return fault(&view, result);
}
