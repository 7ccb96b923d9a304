/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trials: what a worker of a hunt runs, and what it makes of the outcomes. Private to src/campaign. */
#ifndef RP_CAMPAIGN_HUNT_TRIAL_H
#define RP_CAMPAIGN_HUNT_TRIAL_H

#include "campaign/hunt_worker.h"
#include "state/recipe.h"

#define RP_HUNT_STATES 3 /* user states that an encoding is run from */

struct rp_hunter {
    const struct rp_hunt_task *task;
    struct rp_runner runner;
    bool silicon;
    struct rp_recipe recipe[RP_HUNT_STATES];
    struct rp_prestate state[RP_HUNT_STATES]; /* built of them */
    uint32_t index[RP_HUNT_STATES];
    struct rp_outcomes outcomes;
    struct rp_finding *finding; /* of the item in work */
    size_t findings, capacity;
    uint64_t unsettled; /* encodings whose runs never ended the same way twice */
};

/* What is to be run, what the decoder says of it, and what came of it. */
struct rp_trial {
    uint8_t bytes[RP_ENCODING_MAX];
    struct rp_encoding encoding; /* as it is run */
    bool decoded;
    struct rp_instruction instruction;
    unsigned runs;             /* from states 0 to runs - 1 */
    size_t at[RP_HUNT_STATES]; /* of its outcomes */
};

/* What decodes is run as the instruction that it should be, what does not as `guess` bytes, which is where an
 * executor that finds out lengths looks first; 0: all of them. */
void rp_trial_make(struct rp_trial *trial, enum rp_mode mode, const uint8_t bytes[RP_ENCODING_MAX],
                   uint8_t guess);

/* How many bytes the executor took it for in run `run`: as it says, else as RIP moved. 0: not known. */
uint8_t rp_trial_length(const struct rp_hunter *hunter, const struct rp_trial *trial, unsigned run);

/* On silicon, makes the runs again until they end twice in a row in the same way (M-NOISE: a busy machine can
 * make a run look hung); `trial` then has the last ones. An emulator's are the same anyway. */
int rp_trial_settle(struct rp_hunter *hunter, struct rp_trial *trial, bool *settled, struct rp_error *error);

/* Looks at the runs, the most telling first, and keeps a finding that settles, unless the item has its like.
 */
int rp_trial_judge(struct rp_hunter *hunter, struct rp_trial *trial, struct rp_error *error);

/* The executor wants more bytes than it was given, and has not seen those behind them. */
bool rp_trial_is_cut_short(const struct rp_hunter *hunter, const struct rp_trial *trial);

/* #UD: the executor knows no such instruction. */
bool rp_trial_is_ud(const struct rp_outcome *outcome);
/* It cost a worker, or the executor's patience. */
bool rp_trial_is_deadly(const struct rp_outcome *outcome);

/* hunt_walk.c: a turn of each of `count` heads, whose tunnels are `tunnel`. */
int rp_hunt_walk(struct rp_hunter *hunter, struct rp_tunnel *tunnel, unsigned count,
                 const struct rp_deaths *deaths, struct rp_hunt_slice *slice, struct rp_error *error);

#endif
