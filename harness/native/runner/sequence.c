/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several instructions, back to back. They stand where one encoding would, with the way out behind the last:
 * where their ends are is said by who asks, and believed only where the bytes leave no other reading. What
 * must not be run alone must not be run here, at whatever byte a CPU may find an instruction to begin; and
 * neither may what is harmless alone:
 *   - a load of SS before an instruction that enters the kernel, which then holds the debug exception back
 *     (CVE-2018-8897);
 *   - ports, since DX is not known ahead;
 *   - a branch, unless it is the last and goes on behind the end, or enters the kernel: without one there is
 * no loop, and loops of harmless instructions have locked CPUs up (the Cyrix coma bug) or corrupted their
 *     state (Intel SKL150). */
#include "native/runner/runner.h"

#include <string.h>

#define FILL 0xcc /* INT3 */
#define SPAN (RP_SEQUENCE_MAX * RP_ENCODING_MAX)

static bool stands;             /* some sequence does, or bytes of one */
static struct rp_sequence what; /* which one */

/* First and last opcode, of one map: what leaves the sequence. */
struct span {
    uint8_t map, first, last, kernel; /* kernel: it enters it */
};
static const struct span leaving[] = {
    {0, 0x70, 0x7f, 0}, {0, 0x9a, 0x9a, 0}, {0, 0xc2, 0xc3, 0}, {0, 0xca, 0xcb, 0}, {0, 0xcc, 0xce, 1},
    {0, 0xcf, 0xcf, 0}, {0, 0xe0, 0xe3, 0}, {0, 0xe8, 0xeb, 0}, {0, 0xf1, 0xf1, 1}, {1, 0x05, 0x05, 1},
    {1, 0x07, 0x07, 0}, {1, 0x34, 0x35, 1}, {1, 0x80, 0x8f, 0},
};

static const struct span *find_leaving(const struct rp_prefix_scan *scan)
{
    for (size_t i = 0; scan->class == RP_CLASS_LEGACY && i < sizeof leaving / sizeof leaving[0]; i++)
        if (scan->map == leaving[i].map && scan->opcode >= leaving[i].first &&
            scan->opcode <= leaving[i].last)
            return &leaving[i];
    return NULL;
}

static unsigned reg_of(const struct rp_prefix_scan *scan)
{
    return scan->modrm >> 3 & 7;
}

/* FF /2 to /5, and XBEGIN, C7 F8. */
static bool leaves_by_modrm(const struct rp_prefix_scan *scan)
{
    if (scan->class != RP_CLASS_LEGACY || scan->map != 0)
        return false;
    return (scan->opcode == 0xff && reg_of(scan) >= 2 && reg_of(scan) <= 5) ||
           (scan->opcode == 0xc7 && reg_of(scan) == 7);
}

/* MOV SS, POP SS. */
static bool loads_ss(const struct rp_prefix_scan *scan)
{
    return scan->class == RP_CLASS_LEGACY && scan->map == 0 &&
           (scan->opcode == 0x17 || (scan->opcode == 0x8e && reg_of(scan) == 2));
}

/* IN, OUT, INS, OUTS, in any form. */
static bool is_port(const struct rp_prefix_scan *scan)
{
    return scan->class == RP_CLASS_LEGACY && scan->map == 0 &&
           ((scan->opcode >= 0x6c && scan->opcode <= 0x6f) ||
            (scan->opcode >= 0xe4 && scan->opcode <= 0xe7) || (scan->opcode >= 0xec && scan->opcode <= 0xef));
}

/* The length that every CPU gives it, where the first bytes settle that: register operands, or none, and at
 * most an immediate byte. 0: not settled. */
static unsigned settled_length(const struct rp_prefix_scan *scan)
{
    unsigned opcode = scan->opcode, reg = reg_of(scan), behind_modrm = scan->modrm_offset + 1u;
    if (scan->class != RP_CLASS_LEGACY || scan->map != 0)
        return 0;
    if (!scan->has_modrm)
        return (opcode >= 0x40 && opcode <= 0x61) || (opcode >= 0x90 && opcode <= 0x99) ||
                       (opcode >= 0x9b && opcode <= 0x9f)
                   ? scan->opcode_offset + 1u
                   : 0;
    if (scan->modrm < 0xc0)
        return 0;
    if (opcode < 0x40 || (opcode >= 0x84 && opcode <= 0x8e) || (opcode >= 0xd0 && opcode <= 0xdf) ||
        (opcode >= 0xf6 && opcode <= 0xf7 && reg >= 2) || opcode >= 0xfe)
        return behind_modrm;
    return opcode == 0x80 || opcode == 0x83 || opcode == 0xc0 || opcode == 0xc1 ? behind_modrm + 1 : 0;
}

/* A relative branch whose target is `end` or behind it; all are counted from the instruction's first byte. */
static bool goes_on_behind(const struct rp_prefix_scan *scan, const uint8_t *bytes, unsigned end,
                           enum rp_mode mode)
{
    unsigned length;
    int32_t distance;
    return rp_native_branch_relative(scan, bytes, mode, &length, &distance) && distance >= 0 &&
           length + (uint32_t)distance >= end;
}

/* What has been found up to some byte. */
struct search {
    const uint8_t *bytes;
    unsigned length; /* of all */
    enum rp_mode mode;
    bool settled; /* the lengths so far are */
    bool behind_ss;
};

/* Whether an instruction may not begin `at` that byte. */
static bool is_refused(struct search *search, const struct rp_prefix_scan *scan, unsigned at, bool last)
{
    const struct span *leaves = find_leaving(scan);
    bool after_ss = search->behind_ss;
    search->behind_ss |= loads_ss(scan);
    if (is_port(scan) || leaves_by_modrm(scan))
        return true;
    if (!leaves)
        return false;
    return !last ||
           (leaves->kernel ? after_ss
                           : !goes_on_behind(scan, search->bytes + at, search->length - at, search->mode));
}

/* Of the instruction from `first` to before `end`. */
static uint8_t find_hazard(struct search *search, unsigned first, unsigned end)
{
    struct rp_prefix_scan scan;
    bool last = end == search->length;
    uint8_t hazard = rp_native_find_hazard(search->bytes + first, search->mode, NULL);
    if (hazard)
        return hazard;
    if (!rp_prefix_scan(search->mode, search->bytes + first, end - first, &scan) ||
        is_refused(search, &scan, first, last))
        return RP_NATIVE_HAZARD_SEQUENCE;
    search->settled &= settled_length(&scan) == end - first;
    for (unsigned at = first + 1; at < end && !search->settled; at++)
        if (rp_prefix_scan(search->mode, search->bytes + at, RP_ENCODING_MAX, &scan) &&
            at + scan.opcode_offset < search->length && is_refused(search, &scan, at, last))
            return RP_NATIVE_HAZARD_SEQUENCE;
    return 0;
}

static uint8_t find_hazards(const uint8_t *bytes, unsigned length, const struct rp_sequence *sequence,
                            enum rp_mode mode)
{
    struct search search = {.bytes = bytes, .length = length, .mode = mode, .settled = true};
    uint8_t hazard = 0;
    for (unsigned i = 0, at = 0; i < sequence->count && hazard == 0; i++) {
        hazard = find_hazard(&search, at, at + sequence->encoding[i].length);
        at += sequence->encoding[i].length;
    }
    return hazard ? hazard : rp_native_find_inner_hazard(bytes, 0, length, mode);
}

void rp_native_clear_sequence(void)
{
    if (stands)
        memset(rp_native_code + (RP_ARENA_INSTRUCTION - RP_ARENA_CODE), FILL, SPAN + 2 * RP_ENCODING_MAX);
    stands = false;
}

bool rp_native_place_sequence(const struct rp_sequence *sequence, enum rp_mode mode)
{
    struct placed *p = &rp_native_placed;
    uint8_t bytes[SPAN + 2 * RP_ENCODING_MAX];
    unsigned at = 0;
    if (stands && p->stands && p->sequence && p->mode == mode && memcmp(&what, sequence, sizeof what) == 0)
        return p->hazard == 0;
    *p = (struct placed){.mode = mode, .way = RP_NATIVE_JUMP, .found = true, .sequence = true};
    if (sequence->count == 0 || sequence->count > RP_SEQUENCE_MAX) {
        p->hazard = RP_NATIVE_HAZARD_SEQUENCE;
        return false;
    }
    memset(bytes, FILL, sizeof bytes);
    for (unsigned i = 0; i < sequence->count; i++) {
        const struct rp_encoding *encoding = &sequence->encoding[i];
        unsigned length = encoding->length;
        if (length == 0 || length > RP_ENCODING_MAX) {
            p->hazard = RP_NATIVE_HAZARD_SEQUENCE;
            return false;
        }
        memcpy(bytes + at, encoding->bytes, length);
        at += length;
    }
    p->length = (uint8_t)at;
    rp_native_write_stub(bytes + at, mode, RP_ARENA_INSTRUCTION + at);
    p->hazard = find_hazards(bytes, at, sequence, mode);
    if (p->hazard)
        return false;
    memcpy(&what, sequence, sizeof what);
    stands = p->stands = p->fresh = true;
    memcpy(rp_native_code + (RP_ARENA_INSTRUCTION - RP_ARENA_CODE), bytes, sizeof bytes);
    return true;
}
