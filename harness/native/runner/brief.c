/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs of which only the length is asked, and whether it is #UD. What faults is run where its length is
 * tried, at the end of the code page, and nowhere else: one signal says how it ends and that it is no longer
 * than expected, a second one that it is no shorter. What retires is run where it leaves by a jump, without
 * any. Whatever is not as simple as that is left to the run in full. Operands relative to RIP are others at
 * the end of the page, which changes neither answer. */
#include "native/runner/runner.h"
#include "x86/vector.h"

#include <asm/signal.h>

#define ERROR_FETCH 0x10 /* SDM Vol. 3A 4.7: I/D */

/* How the one before ended, which its neighbours mostly do too: it only decides what is tried first. */
static bool retired_last;

static bool is_plain_fault(const struct back *back)
{
    return back->signal != SIGSYS && back->vector != RP_VECTOR_DB && back->vector != RP_VECTOR_BP;
}

/* True if the run at the end of the page says how the encoding ends, and that it wants no more. */
static bool try_at_end(const struct rp_native_slot *slot, struct rp_native_result *result)
{
    const struct back *back = &rp_native_back;
    unsigned length = rp_native_placed.length;
    uint64_t start = rp_native_enter_at_end(slot, length);
    bool fetched = back->vector == RP_VECTOR_PF && back->error_code & ERROR_FETCH && back->cr2 == PAGE_END;
    if (back->end != END_SIGNAL || !is_plain_fault(back) || back->cs != slot->segment[RP_REG_CS - RP_REG_ES])
        return false;
    if (fetched) {
        result->kind = RP_OUTCOME_RETIRED;
        return back->reg[RP_REG_RIP] == start + length;
    }
    result->kind = RP_OUTCOME_TRAPPED;
    result->vector = (uint8_t)back->vector;
    result->error_code = back->error_code;
    result->cr2 = back->vector == RP_VECTOR_PF ? back->cr2 : 0;
    return back->reg[RP_REG_RIP] == start;
}

static bool try_by_jump(const struct rp_native_slot *slot, struct rp_native_result *result)
{
    if (!rp_native_stand(slot))
        return false;
    rp_native_clear_end();
    rp_native_enter(slot, rp_native_start_of((enum rp_mode)slot->mode), false, false);
    rp_native_restore_memory();
    result->kind = RP_OUTCOME_RETIRED;
    return rp_native_back.end == END_JUMP;
}

/* False: it is not as simple as that. */
static bool find_end(const struct rp_native_slot *slot, struct rp_native_result *result)
{
    unsigned length = rp_native_placed.length;
    return ((retired_last && try_by_jump(slot, result)) || try_at_end(slot, result)) &&
           (length == 1 || rp_native_is_longer(slot, length - 1));
}

bool rp_native_run_brief(const struct rp_native_slot *slot, struct rp_native_result *result)
{
    const struct rp_native_result empty = *result;
    uint8_t length = rp_native_placed.length;
    if (rp_native_placed.found)
        return false;
    rp_native_back.brief = true;
    bool known = find_end(slot, result);
    rp_native_back.brief = false;
    retired_last = known && result->kind == RP_OUTCOME_RETIRED;
    if (!known) {
        *result = empty;
        return false;
    }
    rp_native_found(length, slot);
    result->length = length;
    return true;
}
