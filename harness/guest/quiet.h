/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs that store nothing, where what a run has written can't be told but by comparing: in real mode all that
 * its segments reach, in ring 0 of the protected modes the stack, on which the vector comes in that ends the
 * run. As that takes as long as the run, the guest takes the decoder's word that an encoding stores nothing,
 * and #UD's; whether that was true is seen from outside, once for all jobs of an order. */
#ifndef RP_HARNESS_GUEST_QUIET_H
#define RP_HARNESS_GUEST_QUIET_H

#include "guest/face.h"

/* RP_GUEST_NOT_LOOKED_AT if the encoding is known in `mode`, and known not to touch any memory but by a read
 * that it names; else RP_GUEST_LOOKED_AT_BUT_UD; where page tables tell, RP_GUEST_LOOKED_AT. */
uint8_t rp_guest_looked_at(enum rp_mode mode, unsigned ring, const struct rp_encoding *encoding);

/* The physical address of what LMSW in real mode, or LTR in long mode, loads from memory; else
 * RP_GUEST_NO_OPERAND. */
uint32_t rp_guest_loaded_operand(enum rp_mode mode, const uint64_t *reg, const struct rp_encoding *encoding);

/* True if jobs [first, end) of the last order, which has come to its end, have kept what those that were not
 * looked at have to keep. */
bool rp_guest_have_kept(const struct rp_guest_driver *driver, void *process, uint32_t first, uint32_t end);

/* Has jobs [first, end) looked at; false: they have all been. */
bool rp_guest_look_at_all(struct rp_guest_shared *shared, uint32_t first, uint32_t end);

#endif
