/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making the encoding of a witness small: no prefix that is not needed, [rbx] for a memory operand, the first
 * register for the others, plain fields of VEX and EVEX, zeros for immediates. The instruction's name stays.
 */
#ifndef RP_CAMPAIGN_SHRINK_H
#define RP_CAMPAIGN_SHRINK_H

#include "judge/shrink.h"

/* A rp_witness_change for rp_judge_minimize; `context` is not used. Deterministic. */
int rp_shrink_encoding(void *context, struct rp_witness *witness, rp_witness_shows *shows, void *shown,
                       struct rp_error *error);

/* The encoding without the prefixes that don't belong to its form, for asking about the form. */
void rp_form_representative(enum rp_mode mode, const struct rp_encoding *encoding,
                            struct rp_encoding *representative);

#endif
