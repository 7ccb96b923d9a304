/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of MOO files on an executor: each is moved into the arena (recording.h), run in a worker of the pool,
 * and its end held against the recorded one. */
#ifndef RP_GOLDEN_MOO_VERIFY_H
#define RP_GOLDEN_MOO_VERIFY_H

#include "executor/executor.h"
#include "executor/pool.h"
#include "golden/moo.h"
#include "golden/undefined.h"

/* A file that has been looked at. */
struct rp_moo_source {
    const char *path;
    char cpu[5];
    size_t tests;
};

enum rp_moo_answer {
    RP_MOO_AGREES,
    RP_MOO_DIFFERS,
    RP_MOO_UNFIT,   /* it can't be run, `unfit` says why */
    RP_MOO_PENDING, /* not answered yet: its neighbours took too many workers with them; nobody else sees it
                     */
};

struct rp_moo_result {
    uint32_t index;  /* as the file has it */
    uint32_t number; /* from 0 */
    char opcode[RP_RECORDED_OPCODE_MAX];
    uint8_t answer;
    struct {
        uint8_t kind, vector;
    } wanted, got;           /* enum rp_outcome_kind */
    uint32_t differs, flags; /* see struct rp_recorded_difference */
    const char *unfit;       /* static storage of the program, so that it is worth the same in a worker */
};

struct rp_moo_options {
    const struct rp_executor *executor;
    const char *model; /* see struct rp_executor_options */
    unsigned workers;
    size_t limit; /* tests of each file; SIZE_MAX: all */
    const uint32_t *only;
    size_t only_count; /* 0: all; else indices of tests, which are then shown in detail too */
    const volatile sig_atomic_t *stop;
    uint64_t deadline; /* as in struct rp_pool_options */
    void (*progress)(void *context, const struct rp_pool_status *status);
    void *progress_context;
    int log_descriptor;
};

/* Called per test, in the parent; `detail`: what went in and what came out, "" unless it was asked for. */
typedef int rp_moo_done(void *context, const struct rp_moo_source *source, const struct rp_moo_result *result,
                        const char *detail, struct rp_error *error);

/* Runs the tests of all sources, in their order but for those next to many that kill. Fails as the pool does,
 * or as `done`. */
int rp_moo_verify(const struct rp_moo_options *options, const struct rp_moo_source *sources, size_t count,
                  rp_moo_done *done, void *context, struct rp_error *error);

/* Appends what the test began with, what was recorded and what came out. */
void rp_moo_detail(const struct rp_moo_test *test, const struct rp_recorded_run *run,
                   const struct rp_prestate *prestate, const struct rp_moo_result *result,
                   const struct rp_change *changes, size_t count, struct rp_text *text);

#endif
