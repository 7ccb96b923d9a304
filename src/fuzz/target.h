/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target that AFL++ and libFuzzer run: takes a test case, runs its input and mutants derived from it, and
 * marks in a map how they behaved. Those that behave as none did before go to the stock of a board. Whether
 * something of it is a finding, a campaign says, which takes them from there and runs them again. */
#ifndef RP_FUZZ_TARGET_H
#define RP_FUZZ_TARGET_H

#include "fuzz/board.h"
#include "fuzz/feedback.h"

#define RP_FUZZ_DERIVED_MAX 63

/* What is being run, in memory that outlives the process which runs it. */
struct rp_fuzz_flight {
    uint32_t count;
    struct rp_fuzz_input input[RP_FUZZ_DERIVED_MAX + 1];
    uint32_t victim; /* the input that an autopsy runs, and one; 0: none */
};

struct rp_fuzz_target_options {
    struct rp_fuzz_rig_options rig;
    struct rp_fuzz_board *board;   /* what is known; what kills stands there, and is not run */
    struct rp_fuzz_flight *flight; /* may not be NULL */
    unsigned derived; /* mutants of each test case, chosen as the loop does; RP_FUZZ_DERIVED_MAX at most */
    bool suspects;    /* rp_fuzz_target_is_suspicious is asked for */
    int news;         /* descriptor behind which each of those is told (fuzz/news.h); 0: none */
    size_t map_size;  /* bytes that are marked, if there is a map */
    unsigned sample;  /* of so many behaviours one is marked; 0: all are */
    uint64_t random_seed;
};

struct rp_fuzz_target;

/* RP_EENVIRONMENT: an executor does not open; RP_EINPUT: a fact file. */
int rp_fuzz_target_open(const struct rp_fuzz_target_options *options, struct rp_fuzz_target **target,
                        struct rp_error *error);
void rp_fuzz_target_close(struct rp_fuzz_target *target); /* NULL is fine */

/* Runs a test case. `map` NULL: nothing is marked. */
int rp_fuzz_target_run(struct rp_fuzz_target *target, const uint8_t *bytes, size_t length, uint8_t *map,
                       struct rp_error *error);

/* True if the last test case was suspicious of something (fuzz/suspect.h) that none before it was. */
bool rp_fuzz_target_is_suspicious(const struct rp_fuzz_target *target);

/* Makes the runs that were in flight when another process was killed once more, one input after the other.
 * If this process is killed too, flight->victim says at which. */
int rp_fuzz_target_autopsy(struct rp_fuzz_target *target, struct rp_error *error);

/* Afterwards, in whoever watches: the victim is stocked and told, and its like is not run any more. */
void rp_fuzz_target_bury(const struct rp_fuzz_target_options *options);

#endif
