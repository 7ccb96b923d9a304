/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the runs in ring 3 of the encoding at hand came to on one executor, kept for comparisons with others:
 * a run that screening has made, or another pair of executors, is not made again. Private to src/judge. */
#ifndef RP_JUDGE_MEMO_H
#define RP_JUDGE_MEMO_H

#include "judge/compare.h"
#include "judge/plan.h"

struct rp_inquiry;

struct rp_memo {
    bool valid;
    enum rp_mode mode; /* of whose runs it is */
    enum rp_policy policy;
    struct rp_encoding encoding;
    struct rp_outcomes outcomes;
    uint32_t (*at)[RP_STATE_COUNT]; /* by seed and state: index of the outcome; UINT32_MAX: no such run yet */
    size_t seeds;                   /* that there is room for */
};

/* Forgets all runs, keeps the memory. */
void rp_memo_forget(struct rp_memo *memo);
void rp_memo_free(struct rp_memo *memo);

/* Keeps the outcomes of an inquiry's screening, unless the judge has some already; nothing if the judge's
 * runs are compared with nobody's, or if the inquiry is about another policy. No resource may have been set
 * aside. */
int rp_memo_keep(const struct rp_inquiry *inquiry, struct rp_error *error);

/* Makes those runs of seeds [from, to), in the states of `states` (bits of 1 << enum rp_plan_state), which
 * the judge has not made yet. Only then can they be viewed. */
int rp_memo_run(const struct rp_inquiry *inquiry, size_t from, size_t to, unsigned states,
                struct rp_error *error);
/* Takes those that were not made, from all states, to come to what the first run did, which has been made. */
void rp_memo_assume(const struct rp_inquiry *inquiry, size_t from, size_t to);
struct rp_view rp_memo_view(const struct rp_inquiry *inquiry, size_t s, unsigned state);

#endif
