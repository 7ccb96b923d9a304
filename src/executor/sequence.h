/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sequence: instructions that are run back to back from one pre-state. What comes out is one outcome, of
 * the whole: retired, its changes those of all; or how the instruction ended that did not retire, whose
 * address is RIP in the changes, with what those before it changed. Freestanding layout. */
#ifndef RP_EXECUTOR_SEQUENCE_H
#define RP_EXECUTOR_SEQUENCE_H

#include "x86/encoding.h"

#define RP_SEQUENCE_MAX 16 /* instructions */

struct rp_sequence {
    struct rp_encoding encoding[RP_SEQUENCE_MAX];
    uint8_t count;
};

/* Bytes of all its instructions together. */
static inline unsigned rp_sequence_length(const struct rp_sequence *sequence)
{
    unsigned length = 0;
    for (unsigned i = 0; i < sequence->count; i++)
        length += sequence->encoding[i].length;
    return length;
}

#endif
