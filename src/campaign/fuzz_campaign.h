/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fuzz campaign at work: what its parent keeps, how it is opened and closed, what its workers run. Private
 * to src/campaign. */
#ifndef RP_CAMPAIGN_FUZZ_CAMPAIGN_H
#define RP_CAMPAIGN_FUZZ_CAMPAIGN_H

#include "campaign/fuzz.h"
#include "campaign/fuzz_directory.h"
#include "campaign/fuzz_lab.h"

struct rp_fuzz_campaign {
    const struct rp_fuzz_options *options;
    struct rp_fuzz_status *status;
    struct rp_fuzz_facts *facts;
    struct rp_fuzz_board *board;
    struct rp_fuzz_directory *directory; /* NULL: nothing is kept */
    struct rp_fuzz_position position;
    struct rp_hunt_ids ids, sharers; /* of findings; numbers of rp_fuzz_sharer */
    struct rp_fuzz_lab lab;
    struct rp_text seeds;              /* struct rp_fuzz_input: what the loop begins with */
    struct rp_text corpus, behaviours; /* since the last commit */
    struct rp_text suspicions;         /* those that nobody looked at yet, and `looked` others before them */
    size_t looked;
    uint64_t first, uncommitted;   /* slice of this sitting; executions */
    double committed;              /* seconds since the start */
    struct rp_campaign_options to; /* the options, with the deadline */
    struct timespec start;
    unsigned deaths, hangs; /* of pools before this one */
    bool full;              /* and somebody was told */
};

/* fuzz_open.c. Opens the directory too, and gives its findings to the options' `take` and `share`. `c` has
 * options and status, the rest of it is zero. rp_fuzz_campaign_close in any case. */
int rp_fuzz_campaign_open(struct rp_fuzz_campaign *c, struct rp_error *error);
void rp_fuzz_campaign_close(struct rp_fuzz_campaign *c);

/* One more mnemonic that shows a finding's cause (rp_fuzz_sharer); known ones are passed over. */
int rp_fuzz_campaign_share(void *campaign, uint64_t sharer, struct rp_error *error);

/* fuzz_worker.c: `open`, `item` and `close` of struct rp_pool_work, whose context is the campaign. Items are
 * slices, counted from `first`; a result is a struct rp_fuzz_slice, then its inputs, suspicions, records. */
int rp_fuzz_worker_open(void *campaign, volatile uint64_t *run_counter, void **worker,
                        struct rp_error *error);
int rp_fuzz_worker_run(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                       struct rp_error *error);
void rp_fuzz_worker_close(void *worker);

#endif
