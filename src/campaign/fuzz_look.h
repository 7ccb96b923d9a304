/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each oracle knows of a suspicion: how the finding would be called, and whether a known cause accounts
 * for it. Runs in workers. Private to src/campaign. */
#ifndef RP_CAMPAIGN_FUZZ_LOOK_H
#define RP_CAMPAIGN_FUZZ_LOOK_H

#include "campaign/fuzz_examine.h"

/* The finding's `name`: what is run. */
void rp_fuzz_look_title(const struct rp_witness *witness, struct rp_fuzz_finding *finding);

/* Fills in the finding's detail, why, hole and cause; *explained: a known cause accounts for it. `judge`:
 * those that the witness's runs are made by; it reproduces, unless the oracle is RP_FUZZ_NONDETERMINISM. */
int rp_fuzz_look_closer(const struct rp_fuzz_examiner *examiner, const struct rp_fuzz_suspicion *suspicion,
                        struct rp_judge *const judge[2], const struct rp_witness *witness,
                        struct rp_fuzz_finding *finding, bool *explained, struct rp_error *error);

/* The same of one that dies or hangs, without a run: it is known to kill. */
void rp_fuzz_look_at_death(const struct rp_judge *judge, const struct rp_witness *witness,
                           struct rp_fuzz_finding *finding, bool *explained);

#endif
