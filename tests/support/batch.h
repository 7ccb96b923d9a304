/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many runs on one executor, over the pool: workers build and run them, the test takes outcomes in order. A
 * run that kills its worker is an outcome too. */
#ifndef RP_TESTS_SUPPORT_BATCH_H
#define RP_TESTS_SUPPORT_BATCH_H

#include "executor/outcome.h"
#include "executor/registry.h"
#include "state/prestate.h"

struct batch {
    const struct rp_executor_entry *entry;
    const char *model; /* NULL: its own choice */
    size_t count;      /* runs */
    /* So many pieces of work, each of which takes every pieces-th run: runs that kill stand next to each
     * other in tables, and a piece survives no more than RP_DEATHS_MAX of them. */
    size_t pieces;
    unsigned workers;
    void *context;
    /* In a worker: the run. */
    void (*build)(void *context, size_t run, struct rp_prestate *prestate, struct rp_encoding *encoding);
    /* In the test, piece by piece. */
    void (*take)(void *context, size_t run, const struct rp_outcome *outcome,
                 const struct rp_change *changes);
    /* What people call the run, for complaints about the pool; NULL: its number. */
    void (*name)(void *context, size_t run, char *text, size_t size);
};

/* Fails the test where the runs can't be made. */
void batch_run(const struct batch *batch);

#endif
