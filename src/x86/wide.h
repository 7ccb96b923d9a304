/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wide space: of every form not one encoding but all that differ in what a form leaves open:
 * - every ModRM byte (EVEX: those with rm 3 and 4), and zeros where that asks for a SIB byte or a
 * displacement;
 * - the sets of legacy prefixes that the form space is made of (none, 66, F2, F3, F0, 67, most pairs of
 * them), whether they act or not, and REX.W or none;
 * - VEX and XOP with every L, W and pp, and vvvv 1111 or 1110; EVEX with every L'L, W, pp, b and z, mask k0
 * or k1, and vvvv likewise;
 * - the immediates of the form's first representative.
 * That is some 15 million encodings in seven modes (20 million if an opcode without a ModRM byte is counted
 * with whatever stands behind it), so they are never all there: they are made opcode by opcode, each of which
 * has at most some ten thousand. A form lies in one opcode, and both spaces have the same forms. */
#ifndef RP_X86_WIDE_H
#define RP_X86_WIDE_H

#include "base/error.h"
#include "x86/encoding.h"
#include "x86/mode.h"

#include <stddef.h>
#include <stdint.h>

struct rp_wide_encoding {
    uint64_t form; /* id */
    struct rp_encoding encoding;
};

/* Opcodes of all maps, in the order of the form space: 0 to this, exclusive. */
#define RP_WIDE_OPCODES ((4 + 1 + 3 + 3 + 5) * 256u)

struct rp_wide;

/* What makes the encodings of a mode. RP_EENVIRONMENT: no memory; RP_EINPUT: a line of corpus/operands.tsv.
 * Close it with rp_wide_close (NULL is fine). */
int rp_wide_open(enum rp_mode mode, struct rp_wide **wide, struct rp_error *error);
void rp_wide_close(struct rp_wide *wide);

/* Makes the encodings of an opcode: all of one form behind each other, forms by their first, the same in
 * every run and build. They are `wide`'s and live until the next call. RP_EENVIRONMENT: no memory. */
int rp_wide_read(struct rp_wide *wide, unsigned opcode, const struct rp_wide_encoding **encoding,
                 size_t *count, struct rp_error *error);

/* The opcode that an encoding of the form space which decodes lies in. */
unsigned rp_wide_opcode_of(enum rp_mode mode, const struct rp_encoding *encoding);

#endif
