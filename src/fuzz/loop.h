/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The novelty loop: proposes inputs, runs them, keeps those that behave as none did before, and hands on what
 * is suspicious. In slices; the same slice with the same board makes the same runs. */
#ifndef RP_FUZZ_LOOP_H
#define RP_FUZZ_LOOP_H

#include "base/text.h"
#include "fuzz/propose.h"
#include "fuzz/suspect.h"

struct rp_fuzz_loop {
    const struct rp_fuzz_facts *facts;
    struct rp_fuzz_board *board;
    struct rp_fuzz_rig *rig;
    enum rp_fuzz_strategy strategy;
    uint64_t random_seed;
    const struct rp_fuzz_input *seed; /* what the first slices run, `seeds` of them */
    size_t seeds;
};

/* What a slice came to. */
struct rp_fuzz_slice {
    uint32_t executions, news; /* inputs run; behaviours that are new */
    uint32_t runs;             /* of executors */
    uint32_t inputs, suspicions;
    uint32_t records;                 /* of the board, RP_FUZZ_RECORD_BYTES each */
    uint32_t given_up;                /* inputs that were not run, because others killed the executor */
    struct rp_fuzz_schedule schedule; /* of the board, behind it */
    uint32_t cell[RP_FUZZ_SLICE];     /* rp_fuzz_cell_slot of each execution, and whether it is live */
};
#define RP_FUZZ_SLICE_LIVE (UINT32_C(1) << 31)

/* What a slice added to the board, so that a file can keep it: a letter and a number. c: coarse, w: whole, s:
 * a suspicion's key, d: a deadly key. */
#define RP_FUZZ_RECORD_BYTES 9
void rp_fuzz_record(struct rp_text *text, char kind, uint64_t number);
/* The way back; false: no such kind. */
bool rp_fuzz_board_restore(struct rp_fuzz_board *board, const char record[RP_FUZZ_RECORD_BYTES]);

/* Makes a slice run what somebody else proposes, RP_FUZZ_SLICE inputs at most. */
void rp_fuzz_plan_give(struct rp_fuzz_plan *plan, uint64_t number, const struct rp_fuzz_input *inputs,
                       uint32_t count);

/* Runs slice `number`. Appends to `inputs` those that are new (struct rp_fuzz_input), to `suspicions` what
 * was met first, to `records` what the board learnt. `deaths` of the pool; NULL: none. */
int rp_fuzz_loop_run(struct rp_fuzz_loop *loop, uint64_t number, const struct rp_deaths *deaths,
                     struct rp_fuzz_slice *slice, struct rp_text *inputs, struct rp_text *suspicions,
                     struct rp_text *records, struct rp_error *error);

#endif
