/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/x86 only: the walk over everything that may decode in a mode, in the order of the form space.
 *
 * It tries what the brute force of its test tries (fourteen legacy prefix sets, REX.W, every opcode of every
 * map, VEX and XOP with every L, W, pp, EVEX with every L'L, W, pp, b, z, mask or none), but spares itself
 * ModRM bytes, vvvv and maps that cannot tell anything new:
 * - one memory operand per ModRM.reg stands for all, unless it is refused: then one with SIB (VSIB, AMX);
 * - ModRM.rm of a register operand is tried once, and eight times where cell_split.def has it in the opcode
 *   (VMCALL, FCHS); so is ModRM.reg behind VEX, XOP and EVEX;
 * - vvvv is tried as register 2, and as none (1111) where that is refused.
 *
 * Left out, with the reason:
 * - Xeon Phi's first generation (KNC): MVEX throughout, which rp_raw_decode refuses, and VEX map 0, which
 * holds JKZD and JKNZD alone. No CPU that has them runs an operating system of today. What other VEX maps
 * have of it stays, since the decoder does not tell it apart.
 * - prefixes in front of VEX, XOP and EVEX: only 67 and segments are legal there and none makes a new form
 * but VSIB in 16-bit code, whose forms are those of 32-bit code.
 * - orders and repetitions of prefixes, REX.R, X, B and the registers behind them: not forms, but the
 *   wide space. */
#ifndef RP_X86_FORM_WALK_H
#define RP_X86_FORM_WALK_H

#include "base/error.h"
#include "x86/mode.h"

#include <stddef.h>
#include <stdint.h>

struct ZydisDecodedInstruction_;
struct ZydisDecodedOperand_;

/* Called for each combination that decodes; `bytes` hold at least RP_ENCODING_MAX bytes, displacements and
 * immediates being 0. A negative return ends the walk. */
typedef int rp_form_visitor(void *context, const uint8_t *bytes,
                            const struct ZydisDecodedInstruction_ *instruction,
                            const struct ZydisDecodedOperand_ *operands);

/* Walks; returns 0 or what the visitor returned. The same encodings in the same order each time; many of
 * them have the same form, and the first of each form is its representative: plain prefixes, [rbx] ([bx] with
 * 16-bit addresses), ax and bx come first. */
int rp_form_walk(enum rp_mode mode, rp_form_visitor *visitor, void *context);

#endif
