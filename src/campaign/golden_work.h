/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker that runs blocks of a golden plan. Private to src/campaign. */
#ifndef RP_CAMPAIGN_GOLDEN_WORK_H
#define RP_CAMPAIGN_GOLDEN_WORK_H

#include "campaign/golden.h"
#include "executor/runner.h"

/* An executor's instance with the plan's states of a mode in it. */
struct rp_golden_runner {
    const struct rp_golden_plan *plan;
    enum rp_policy policy;
    struct rp_runner runner;
    const struct rp_capabilities *can;
    uint32_t *index;     /* by state: in the executor, + 1; 0: not prepared */
    uint32_t prepared;   /* so many are */
    uint32_t first;      /* what the executor has to forget then */
    struct rp_job *jobs; /* of a block */
    uint32_t *run;       /* by job: of the block */
    size_t capacity;
};

/* `cpu`: the processor that the executor is opened on, -1: any. */
int rp_golden_runner_open(struct rp_golden_runner *r, const struct rp_golden_plan *plan,
                          const struct rp_campaign_options *options, int cpu, volatile uint64_t *run_counter,
                          struct rp_error *error);
void rp_golden_runner_close(struct rp_golden_runner *r); /* of a zeroed one: nothing */

/* Fills r->jobs and r->run with the runs of a block that are compared (`all`: with all of them), forwards or
 * backwards; returns how many in *count. */
int rp_golden_runner_jobs(struct rp_golden_runner *r, const struct rp_golden_block *block, bool all,
                          bool backwards, size_t *count, struct rp_error *error);

/* Makes the pre-state of a state of the plan, as it is before the executor's lacks are left out; *machine
 * (may be NULL) is then its machine. */
int rp_golden_prestate(const struct rp_golden_plan *plan, uint32_t state, enum rp_policy policy,
                       struct rp_prestate *prestate, struct rp_machine *machine, struct rp_error *error);

/* Restricts this process to one processor (-1: to those of rp_golden_cpus when it was called first). */
int rp_golden_pin(int cpu, struct rp_error *error);

#endif
