/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Executors with known mistakes, for finding them: both run everything on Unicorn. "true" adds what Unicorn
 * has not, that CR4.UMIP traps in ring 3. "planted" does not, and has the mistakes that planted_bugs names.
 */
#ifndef RP_TESTS_PLANTED_H
#define RP_TESTS_PLANTED_H

#include "executor/executor.h"

#define PLANTED_UMIP   1u /* SGDT, SIDT, SLDT, STR and SMSW retire in ring 3 although CR4.UMIP is set */
#define PLANTED_CLI    2u /* CLI behind REP (F3) retires in ring 3, and clears IF */
#define PLANTED_FLAG   4u /* the basic arithmetic (00 to 3B) loses CF where DX is 8000h: one of 2^16 states */
#define PLANTED_LENGTH 8u /* VPERMQ ymm, ymm, imm8 (VEX.256.0F3A.W1 00) is taken for a byte more */
#define PLANTED_HANG   16u /* GETSEC (0F 37) does not come back */
#define PLANTED_ALL    31u

/* What instances opened from now on, in this process and those forked from it, get wrong. */
extern unsigned planted_bugs;

extern const struct rp_executor planted_executor, planted_true;

#endif
