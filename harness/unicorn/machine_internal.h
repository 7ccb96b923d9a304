/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What run.c needs of machine.c. */
#ifndef RP_HARNESS_UNICORN_MACHINE_INTERNAL_H
#define RP_HARNESS_UNICORN_MACHINE_INTERNAL_H

#include "unicorn/machine.h"

/* What follows the instruction, as far as any encoding may read: ICEBP, which Unicorn reports as #UD. It ends
 * a block, so that translation stops here, and a run that reaches it stops before anything is changed. */
#define RP_UC_PAD    0xf1
#define RP_UC_PADDED 32

/* Writes an instruction, or a sequence, where it is not there yet. The old translation must go before the
 * next run, but it can only be found once a state is loaded in which the code is mapped: it is `stale` until
 * then. */
void rp_uc_code_place(struct rp_uc_machine *machine, const struct rp_encoding *encoding);
void rp_uc_code_place_sequence(struct rp_uc_machine *machine, const struct rp_sequence *sequence);

/* Makes the machine look before each instruction that begins at byte `first` up to `end` of the instruction's
 * place; takes effect with the next translation. */
void rp_uc_machine_watch(struct rp_uc_machine *machine, uint32_t first, uint32_t end);

/* Empties the TLB. */
uc_err rp_uc_machine_flush(struct rp_uc_machine *machine);

/* Closes the instance and opens another with the same memory. RP_EENVIRONMENT: it could not be opened. */
int rp_uc_machine_reopen(struct rp_uc_machine *machine, struct rp_error *error);

#endif
