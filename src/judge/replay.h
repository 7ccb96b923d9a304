/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making a witness's two runs: what replay, confirmation and minimising share. Private to src/judge. */
#ifndef RP_JUDGE_REPLAY_H
#define RP_JUDGE_REPLAY_H

#include "judge/divergence.h"
#include "judge/judge.h"
#include "judge/screen.h"

/* The two runs as they came out. Big: keep one a thread. */
struct rp_witness_outcome {
    struct rp_prestate prestate[2];
    struct rp_view view[2];
    bool reproduced;
    enum rp_pair pair;              /* kind mode */
    struct rp_cell_difference cell; /* kind divergence, if reproduced */
    uint8_t length;                 /* of the first run, however the executor tells it; 0: not known */
};

/* Prepares and makes both runs (control, finding: one, which both views show) and decides whether they show
 * what `witness` says. judge[0] makes both; of a divergence judge[1] the second, for other kinds it may be
 * NULL. The views point into the judges' `extra` until its next use. */
int rp_witness_run_both(struct rp_judge *const judge[2], const struct rp_witness *witness,
                        struct rp_witness_outcome *outcome, struct rp_error *error);

/* The component's value in both runs, its field's bits in place; control: before and after.
 * Not of a finding. */
void rp_witness_values(const struct rp_witness *witness, const struct rp_witness_outcome *outcome,
                       uint64_t value[2]);

#endif
