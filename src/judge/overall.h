/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The overall verdict: what several executors, each judged by itself, come to together. Pure. METHOD, "Who
 * decides". Private to src/judge. */
#ifndef RP_JUDGE_OVERALL_H
#define RP_JUDGE_OVERALL_H

#include "judge/verdict.h"

/* Makes `verdict` of the `count` (at least 1) verdicts in `own`, each of one executor with its one opinion,
 * about one encoding in one mode, in the order in which the executors were asked for; `honours` are the trap
 * controls that each honours in this mode. It names `policy`;
 * `other_policies` are the bits of those that were asked besides. What `own` owns goes over to `verdict` or
 * is freed, after a failure too. RP_EENVIRONMENT: no memory. */
int rp_overall_verdict(struct rp_verdict *own, const struct rp_resource_set *honours, unsigned count,
                       enum rp_policy policy, unsigned other_policies, struct rp_verdict *verdict,
                       struct rp_error *error);

#endif
