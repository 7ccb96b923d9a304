/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runner: runs batches through one executor in a worker of the pool, and answers the runs that are known
 * to kill it without making them. */
#ifndef RP_EXECUTOR_RUNNER_H
#define RP_EXECUTOR_RUNNER_H

#include "executor/executor.h"
#include "executor/pool.h"

/* Filled in by the caller, who owns all it points to. Several runners of one worker may share a counter. */
struct rp_runner {
    const struct rp_executor *executor;
    void *instance;
    volatile uint64_t
        *run_counter; /* that `instance` was opened with; NULL: nobody watches, no run is known dead */
    struct rp_party_marks *marks;   /* that belong to the counter; NULL: the work has no parties */
    unsigned party;                 /* which of them this is */
    const struct rp_deaths *deaths; /* of the item in work; NULL: none */
    uint64_t runs;                  /* really made; counted here */
};

/* Appends `count` outcomes in the order of `jobs`. A run whose ordinal within the item (*run_counter) stands
 * in `deaths` is not made: it gets a sealed outcome `died` (vector: the signal, 0 for an exit) or `hung`, and
 * is counted as the executor would have. Fails as the executor does; RP_EUNSUPPORTED if the deaths are
 * exhausted, or the party is out. */
int rp_runner_run(struct rp_runner *runner, const struct rp_job *jobs, size_t count,
                  struct rp_outcomes *outcomes, struct rp_error *error);

#endif
