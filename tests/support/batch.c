/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many runs on one executor; see batch.h. */
#include "support/batch.h"
#include "support/suite.h"

#include "executor/runner.h"

#include <stdlib.h>
#include <string.h>

struct worker {
    const struct batch *batch;
    struct rp_runner runner;
    struct rp_outcomes outcomes;
    struct rp_prestate *prestate;
    struct rp_job *job;
};

static size_t runs_of(const struct batch *batch, size_t piece)
{
    return piece < batch->count ? (batch->count - piece - 1) / batch->pieces + 1 : 0;
}

static int open_worker(void *context, volatile uint64_t *run_counter, void **result, struct rp_error *error)
{
    struct worker *worker = calloc(1, sizeof *worker);
    assert_non_null(worker);
    worker->batch = context;
    size_t most = runs_of(worker->batch, 0) + 1;
    worker->prestate = calloc(most, sizeof worker->prestate[0]);
    worker->job = calloc(most, sizeof worker->job[0]);
    assert_true(worker->prestate && worker->job);
    worker->runner.executor = worker->batch->entry->executor;
    worker->runner.run_counter = run_counter;
    struct rp_executor_options options = {.run_counter = run_counter, .model = worker->batch->model};
    *result = worker;
    return worker->runner.executor->open(&options, &worker->runner.instance, error);
}

static void close_worker(void *context)
{
    struct worker *worker = context;
    worker->runner.executor->close(worker->runner.instance);
    rp_outcomes_free(&worker->outcomes);
    free(worker->prestate);
    free(worker->job);
    free(worker);
}

/* The piece's result is its outcomes, the changes of each behind it. */
static void add_results(const struct rp_outcomes *outcomes, struct rp_text *result)
{
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct rp_outcome *outcome = &outcomes->outcome[i];
        rp_text_add_bytes(result, (const char *)outcome, sizeof *outcome);
        rp_text_add_bytes(result, (const char *)(outcomes->change + outcome->first),
                          outcome->count * sizeof(struct rp_change));
    }
}

static int run_piece(void *context, size_t piece, const struct rp_deaths *deaths, struct rp_text *result,
                     struct rp_error *error)
{
    struct worker *worker = context;
    const struct batch *batch = worker->batch;
    const struct rp_executor *executor = worker->runner.executor;
    size_t count = runs_of(batch, piece);
    uint32_t first;
    for (size_t i = 0; i < count; i++)
        batch->build(batch->context, piece + i * batch->pieces, &worker->prestate[i],
                     &worker->job[i].encoding);
    int code = executor->prepare(worker->runner.instance, worker->prestate, count, &first, error);
    if (code)
        return code;
    for (size_t i = 0; i < count; i++)
        worker->job[i].prestate = first + (uint32_t)i;
    worker->runner.deaths = deaths;
    rp_outcomes_clear(&worker->outcomes);
    code = rp_runner_run(&worker->runner, worker->job, count, &worker->outcomes, error);
    executor->forget(worker->runner.instance, first);
    if (code == RP_OK)
        add_results(&worker->outcomes, result);
    return code;
}

static int take_piece(void *context, size_t piece, const char *bytes, size_t length, struct rp_error *error)
{
    const struct batch *batch = context;
    const char *at = bytes;
    (void)error;
    for (size_t i = 0; i < runs_of(batch, piece); i++) {
        struct rp_outcome outcome;
        assert_true((size_t)(at - bytes) + sizeof outcome <= length);
        memcpy(&outcome, at, sizeof outcome);
        at += sizeof outcome;
        struct rp_change *changes = calloc(outcome.count + 1, sizeof *changes);
        assert_non_null(changes);
        memcpy(changes, at, outcome.count * sizeof *changes);
        at += outcome.count * sizeof *changes;
        batch->take(batch->context, piece + i * batch->pieces, &outcome, changes);
        free(changes);
    }
    return RP_OK;
}

static void name_piece(void *context, size_t piece, char *text, size_t size)
{
    const struct batch *batch = context;
    batch->name(batch->context, piece, text, size);
}

void batch_run(const struct batch *batch)
{
    struct rp_error error = {0};
    struct batch copy = *batch;
    struct rp_pool_work work = {.items = batch->pieces,
                                .context = &copy,
                                .open = open_worker,
                                .item = run_piece,
                                .close = close_worker,
                                .done = take_piece,
                                .name = batch->name ? name_piece : NULL};
    struct rp_pool_options options = {.workers = batch->workers, .log_descriptor = -1};
    struct rp_pool_status status = {0};
    if (rp_pool_run(&work, &options, &status, &error))
        fail_msg("%s: %s", batch->entry->name, error.line);
}
