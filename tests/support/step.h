/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop that one writes first, and that sandsifter is (C. Domas, "Breaking the x86 ISA", Black Hat USA
 * 2017): for each run handlers set by sigaction, one instruction by single step at the end of a page, back by
 * sigreturn. What benches compare with.
 *
 * It has no sandbox: only for encodings that do no harm. Registers are 0 but RBX and RSP, which point to a
 * page far below everything else: a memory operand without a segment prefix faults, or is on that page or the
 * one of the code. Not for branches, system calls, or what changes a segment. */
#ifndef RP_TEST_SUPPORT_STEP_H
#define RP_TEST_SUPPORT_STEP_H

#include <stdbool.h>
#include <stdint.h>

struct step_end {
    int signal;
    bool wants_more;  /* it faulted on fetching from behind the page */
    uint64_t advance; /* of RIP, from its first byte */
};

/* Maps the page and the signal stack, of which a process has one. 0, or -1 without memory. */
int step_open(void);

/* Runs what stands in the first `count` bytes. */
struct step_end step_once(const uint8_t *bytes, unsigned count);

#endif
