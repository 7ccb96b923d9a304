/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the executors that do not lead add to an overall verdict: evidence, closing conditions, answers under
 * other policies. Pure. METHOD, "Who decides". Private to src/judge. */
#ifndef RP_JUDGE_JOIN_H
#define RP_JUDGE_JOIN_H

#include "judge/verdict.h"

/* All of them read `own`, the `count` verdicts of one executor each, and write `verdict`, which has the
 * lead's and everybody's opinion. */

/* Of a hole: what any other that decides shows besides. */
void rp_join_evidence(const struct rp_verdict *own, unsigned count, unsigned lead,
                      struct rp_verdict *verdict);

/* A control closes if one executor showed it and none that honours it and shows the hole went on with it. One
 * that all ignore is not testable. `honours`: the trap controls that each honours. */
void rp_join_closers(const struct rp_verdict *own, const struct rp_resource_set *honours, unsigned count,
                     unsigned lead, struct rp_verdict *verdict);

/* What is answered under each policy but the judged one, by those that decide and set controls. */
void rp_join_policies(const struct rp_verdict *own, unsigned count, unsigned other_policies,
                      struct rp_verdict *verdict);

#endif
