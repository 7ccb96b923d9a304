/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pool: worker processes take the items of a piece of work, so that the front end never executes a test
 * byte. A worker that crashes or hangs names the item and the run in flight; a fresh one retries that item,
 * told which of its runs kill, and everything else goes on. Results come back in the order of items, whatever
 * the number of workers.
 *
 * Process contract. The parent must be single-threaded, must not ignore SIGCHLD, and decides about SIGINT by
 * itself. A worker is forked (so it shares the context as it stood then), dies with its parent, ignores
 * SIGINT, has every other handler reset, reads /dev/null, writes its standard output and error to the pool,
 * and dumps no core. Nothing is left of it when rp_pool_run returns, and no signal handler or descriptor of
 * the caller is touched. */
#ifndef RP_EXECUTOR_POOL_H
#define RP_EXECUTOR_POOL_H

#include "base/error.h"
#include "base/text.h"
#include "executor/party.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RP_DEATHS_MAX 4 /* of a party: at the last of them it is to make no more runs */

/* A run that took its worker with it. */
struct rp_death {
    uint64_t run; /* ordinal within the item, from 0 */
    int signal;   /* 0: it exited by itself, or hung */
    bool hung;
    unsigned party; /* whose run it was; 0 where work has no parties */
};

/* Those of one item, in the order in which they were met. */
struct rp_deaths {
    struct rp_death death[RP_DEATHS_MAX * RP_PARTIES_MAX];
    unsigned count;
    /* RP_DEATHS_MAX, or the first two runs: the item must make its result without a further run. Of work with
     * parties it is the party to which either happened that has to, whatever became of the others; these
     * begin anew, with no deaths: ordinals are those of the runs that are left. */
    bool exhausted;
    unsigned outs; /* parties that are out */
    struct rp_party_out {
        unsigned count; /* of its deaths; 0: it is not out */
        struct rp_death last;
    } out[RP_PARTIES_MAX];
};

/* What is to be done. `item` must make the same runs in the same order whenever it is called with the same
 * deaths: that is how a run is known again. */
struct rp_pool_work {
    size_t items;  /* 0 to items - 1 */
    void *context; /* for `open` (by fork: changes made there stay in the worker), `done` and `name` */

    /* In the worker, once: makes what `item` gets. `run_counter` is shared with the parent, which reads there
     * how far a worker came: the pool zeroes it before each item, the executor increments it before each run
     * (struct rp_executor_options). RP_EENVIRONMENT: this worker can't be had; the others go on, if there are
     * any. */
    int (*open)(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error);
    /* In the worker: appends the item's result to `result`, which is empty; any length will do, none too. A
     * failure ends the work when the item's turn to be done comes. */
    int (*item)(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                struct rp_error *error);
    /* In the worker, at its end, unless it died; may be NULL. */
    void (*close)(void *worker);

    /* In the parent, in ascending order of items, each exactly once. `bytes` are valid during the call and
     * end with a NUL that `length` does not count. A failure ends the work (RP_EINTERRUPTED: a budget is
     * spent). */
    int (*done)(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error);
    /* In the parent: writes what people call the item (its encoding) for log and error lines. NULL: its
     * number. */
    void (*name)(void *context, size_t item, char *text, size_t size);
    /* In the parent, of work with parties: writes what people call one. NULL: all runs of an item are of one
     * party. */
    void (*party)(void *context, unsigned party, char *text, size_t size);
};

/* In a worker: the marks that belong to its run counter, where it says whose runs it makes. Elsewhere NULL.
 */
struct rp_party_marks *rp_pool_marks(void);

struct rp_pool_status {
    size_t done, items;
    unsigned workers;  /* that are alive */
    unsigned deaths;   /* workers that crashed */
    unsigned hangs;    /* workers that were killed because a run did not end */
    unsigned restarts; /* workers started in place of others */
    uint64_t runs;     /* of the items that came back, those known to be dead included */
    uint64_t peak_pss; /* bytes: the largest sum over parent and workers that was seen; 0 where the kernel
                          hides it */
};

#define RP_POOL_HANG_MILLISECONDS 5000 /* Unicorn clears 1 GiB before some deaths, which takes 1 to 3 s */

struct rp_pool_options {
    unsigned workers; /* 0 is 1: nothing runs in the parent */
    /* A run hangs when it has used so much processor time, or ten times as much has passed, and neither the
     * run counter nor the item moved. 0: RP_POOL_HANG_MILLISECONDS. */
    unsigned hang_milliseconds;
    /* A worker that has made so many runs is replaced after its item: executors that grow. 0: never. */
    uint64_t recycle_runs;
    const volatile sig_atomic_t *stop; /* set by a signal handler; NULL: nothing stops it */
    uint64_t deadline; /* CLOCK_MONOTONIC nanoseconds, from which on it is as if *stop were set; 0: none */
    /* Called about ten times a second, and once at the end; NULL: not at all. */
    void (*progress)(void *context, const struct rp_pool_status *status);
    void *progress_context;
    /* Where a line goes for each worker that died, with the last that it wrote to its standard error behind
     * it; 0 and below: nowhere. */
    int log_descriptor;
};

/* Does the work. `status` (may not be NULL) is filled in whatever the result is. Returns
 *   RP_OK            every item was done;
 *   RP_EINTERRUPTED  *stop was set, or the deadline passed: what had come back in order is done, the rest is
 * not; RP_EENVIRONMENT  no worker could be started, or one died where no run can be blamed (opening, before
 * the first run of an item, in a run that was not to be made): the line says which;
 *
 * else what open, item or done returned. No worker is left in any case. */
int rp_pool_run(const struct rp_pool_work *work, const struct rp_pool_options *options,
                struct rp_pool_status *status, struct rp_error *error);

#endif
