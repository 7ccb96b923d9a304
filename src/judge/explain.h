/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What accounts for a divergence without anybody being wrong: an executor's limits, a part of the machine
 * that the two do not both hold. */
#ifndef RP_JUDGE_EXPLAIN_H
#define RP_JUDGE_EXPLAIN_H

#include "judge/judge.h"

/* False where the instruction is given, or shows, a selector of a descriptor that one of the two does not
 * hold. `instruction` NULL: nobody knows it, and it is taken to look at none. */
bool rp_divergence_held(const struct rp_capabilities *const can[2], const struct rp_instruction *instruction,
                        const struct rp_prestate *prestate);

/* Why the judge's executor does not decide about the instruction (NULL: that no decoder knows); NULL if it
 * does.
 */
const char *rp_divergence_limit(const struct rp_judge *judge, enum rp_mode mode,
                                const struct rp_instruction *instruction);

/* What the judge's executor has as found, into a machine of `policy`. */
void rp_judge_take_as_found(const struct rp_judge *judge, enum rp_mode mode, enum rp_policy policy,
                            struct rp_machine *machine);

/* Looks for what accounts for the one pair of runs that the witness, of kind divergence, names. `why` gets it
 * in words, "" where nothing does: then the two executors disagree. The witness must reproduce. */
int rp_judge_explain(struct rp_judge *const judge[2], const struct rp_witness *witness,
                     char why[RP_REASON_MAX], struct rp_error *error);

#endif
