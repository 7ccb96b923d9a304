/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Branches, as far as their bytes tell where they lead. A run by jump ends where the program leaves, so one
 * that comes back to the instruction itself executes it again (LOOP $ does all its turns, CALL $ fills the
 * stack, JMP $ never ends), and one into the middle of the encoding or of the way out behind it executes what
 * happens to stand there. Of such a branch only single step shows what one execution does. */
#include "native/runner/runner.h"

#include <string.h>

#define WAY_OUT 8 /* bytes of the longest */

bool rp_native_branch_relative(const struct rp_prefix_scan *scan, const uint8_t *bytes, enum rp_mode mode,
                               unsigned *length, int32_t *distance)
{
    unsigned opcode = scan->opcode, at = scan->opcode_offset + 1u, width = mode == RP_MODE_COMPAT16 ? 2 : 4;
    bool near = scan->map ? opcode >= 0x80 && opcode <= 0x8f : opcode == 0xe8 || opcode == 0xe9;
    if (scan->class != RP_CLASS_LEGACY || scan->map > 1)
        return false;
    if (scan->map == 0 && ((opcode & 0xf0) == 0x70 || (opcode >= 0xe0 && opcode <= 0xe3) || opcode == 0xeb))
        width = 1;
    else if (!near || scan->operand_size) /* CPUs don't agree on the width that 66 gives it */
        return false;
    uint32_t bits = 0;
    memcpy(&bits, bytes + at, width);
    *length = at + width;
    *distance = (int32_t)(bits << (32 - 8 * width)) >> (32 - 8 * width);
    return true;
}

/* Calls and returns lead to where a register, memory or an absolute address says, and leave something behind
 * each time. An indirect JMP changes nothing: one to itself does not end, and that is settled then. IRET and
 * XBEGIN are none of these: what single step shows of them is another thing. */
static bool leads_anywhere(const struct rp_prefix_scan *scan)
{
    unsigned opcode = scan->opcode, reg = scan->modrm >> 3 & 7;
    if (scan->class != RP_CLASS_LEGACY || scan->map > 1)
        return false;
    if (scan->map == 1)
        return opcode >= 0x80 && opcode <= 0x8f && scan->operand_size;
    return opcode == 0x9a || opcode == 0xc2 || opcode == 0xc3 || opcode == 0xca || opcode == 0xcb ||
           ((opcode == 0xe8 || opcode == 0xe9) && scan->operand_size) ||
           (opcode == 0xff && (reg == 2 || reg == 3));
}

bool rp_native_branch_may_come_back(const struct placed *placed)
{
    unsigned length;
    int32_t distance;
    if (placed->sequence || placed->encoding.length == 0)
        return false;
    if (!rp_native_branch_relative(&placed->scan, placed->encoding.bytes, placed->mode, &length, &distance))
        return leads_anywhere(&placed->scan);
    int64_t to = (int64_t)length + distance;
    return to >= 0 && to < placed->length + WAY_OUT && to != placed->length;
}
