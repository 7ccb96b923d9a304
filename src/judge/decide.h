/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The definitions: from what was found to one of four words, with the most specific reason. Private to
 * src/judge. */
#ifndef RP_JUDGE_DECIDE_H
#define RP_JUDGE_DECIDE_H

#include "judge/inquiry.h"

/* METHOD, "The definitions", with its precedence: hole, privileged, unknown, innocuous. */
enum rp_judgement rp_decide(const struct rp_inquiry *inquiry);

/* Why an executor with ring 3 alone does not decide; as a verdict says it. */
#define RP_LIMIT_ONE_RING "ring 0 not run"
#define RP_LIMIT_NO_MODE  "does not run this mode here"
/* Why an emulator does not decide about what no manual describes. */
#define RP_LIMIT_UNDECODED "runs what no decoder knows"

/* Why a hypervisor's guest does not decide (METHOD, "Who decides"). */
#define RP_LIMIT_PVM          "a hypervisor without VT-x or SVM ran it (pvm)"
#define RP_LIMIT_KVM_EMULATED "the hypervisor's emulator ran it (kvm-emulated)"

/* Where the executor's runs can be the CPU's: why those of this encoding are not; else NULL. The encoding
 * must be examined. */
const char *rp_decide_provenance_limit(const struct rp_inquiry *inquiry);

/* Fills in what the executor itself says: judgement, whether it decides, and what its rings showed. `limit`
 * is why it does not decide, NULL if nothing is known against it. */
void rp_decide_opinion(const struct rp_inquiry *inquiry, const char *limit, struct rp_opinion *opinion);

/* Fills in the overall verdict from verdict->opinion[0] and the evidence. */
void rp_decide_verdict(const struct rp_inquiry *inquiry, struct rp_verdict *verdict);

/* The verdict of an encoding that killed its executor too often. */
void rp_decide_dead(const struct rp_inquiry *inquiry, const struct rp_deaths *deaths,
                    struct rp_verdict *verdict);

#endif
