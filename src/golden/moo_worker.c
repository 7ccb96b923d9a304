/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the tests of a piece; see moo_worker.h. */
#include "golden/moo_worker.h"

#include "executor/runner.h"

#include <stdlib.h>
#include <string.h>

#define BATCH 64 /* runs that are given to the executor together */

/* A test on its way. */
struct slot {
    struct rp_moo_test test;
    struct rp_moo_result result;
    struct rp_recorded_run run;
};

struct worker {
    const struct rp_moo_work *work;
    struct rp_runner runner;
    struct rp_outcomes outcomes;
    struct rp_undefined_rows undefined;
    struct rp_moo_file file; /* of sources[source] */
    size_t source;
    bool loaded;
    size_t batch;
    struct slot slot[BATCH];
    struct rp_prestate prestate[BATCH]; /* of those that run, in their order */
    struct rp_job job[BATCH];
};

int rp_moo_worker_open(void *context, volatile uint64_t *run_counter, void **result, struct rp_error *error)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return rp_error_set(error, RP_EENVIRONMENT, "no memory for a worker");
    worker->work = context;
    const struct rp_executor *executor = worker->work->options->executor;
    struct rp_executor_options options = {.run_counter = run_counter, .model = worker->work->options->model};
    worker->runner.executor = executor;
    worker->runner.run_counter = run_counter;
    *result = worker;
    int code = rp_undefined_load(&worker->undefined, error);
    if (code == RP_OK)
        code = executor->open(&options, &worker->runner.instance, error);
    if (code) {
        free(worker);
        return code;
    }
    uint32_t slots = executor->capabilities(worker->runner.instance)->slots;
    worker->batch = slots && slots < BATCH ? slots : BATCH;
    return RP_OK;
}

void rp_moo_worker_close(void *context)
{
    struct worker *worker = context;
    worker->runner.executor->close(worker->runner.instance);
    rp_outcomes_free(&worker->outcomes);
    rp_moo_free(&worker->file);
    for (size_t i = 0; i < BATCH; i++)
        rp_moo_test_free(&worker->slot[i].test);
    free(worker);
}

static int load(struct worker *worker, size_t source, struct rp_error *error)
{
    if (worker->loaded && worker->source == source)
        return RP_OK;
    rp_moo_free(&worker->file);
    worker->loaded = false;
    int result = rp_moo_read(worker->work->sources[source].path, &worker->file, error);
    worker->loaded = result == RP_OK;
    worker->source = source;
    return result;
}

static bool is_wanted(const struct rp_moo_options *options, uint32_t index)
{
    for (size_t i = 0; i < options->only_count; i++)
        if (options->only[i] == index)
            return true;
    return options->only_count == 0;
}

/* Makes a pre-state of the test, or says why there is none. */
static void prepare(struct worker *worker, struct slot *slot, struct rp_prestate *prestate)
{
    struct rp_recording *recording = &slot->test.recording;
    struct rp_moo_result *result = &slot->result;
    struct rp_error error;
    result->index = slot->test.index;
    result->unfit = slot->test.unfit;
    if (!result->unfit) {
        struct rp_recorded_instruction it = rp_recording_decode(&recording->encoding);
        rp_recorded_opcode_name(&it, result->opcode);
        if (!slot->test.masks_flags)
            recording->mask[RP_RECORDED_FLAGS] &=
                ~rp_undefined_flags(&worker->undefined, result->opcode, recording->vector);
        result->unfit = rp_recording_move(recording, &slot->run);
    }
    if (!result->unfit && rp_recording_prestate(&slot->run, prestate, &error))
        result->unfit = "more memory than a pre-state holds";
    if (result->unfit)
        result->answer = RP_MOO_UNFIT;
    result->wanted.kind = (uint8_t)slot->run.kind;
    result->wanted.vector = slot->run.vector;
}

/* True if a byte is one of the `lost` below the stack pointer that the run leaves. */
static bool is_below_stack(const struct rp_recorded_run *run, uint32_t address, unsigned lost)
{
    uint32_t base = run->after[RP_RECORDED_SS] << 4, sp = run->after[RP_RECORDED_SP];
    for (unsigned k = 1; k <= lost; k++)
        if (address == base + ((sp - k) & 0xffff))
            return true;
    return false;
}

/* True if the run is right but for bytes just below its stack pointer, which the executor does not show. */
static bool is_lost_alone(const struct worker *worker, struct rp_recorded_run *run,
                          const struct rp_prestate *prestate, const struct rp_outcome *outcome,
                          const struct rp_change *changes)
{
    unsigned lost =
        worker->runner.executor->capabilities(worker->runner.instance)->stack_lost[RP_MODE_REAL16];
    for (unsigned i = 0; i < run->cells; i++)
        if (is_below_stack(run, run->cell[i].to, lost))
            run->cell[i].after = run->cell[i].before;
    return rp_recording_compare(run, prestate, outcome, changes).set == 0;
}

static void judge(struct worker *worker, struct slot *slot, size_t ran, const struct rp_outcome *outcome)
{
    struct rp_moo_result *result = &slot->result;
    const struct rp_change *changes = worker->outcomes.change + outcome->first;
    result->got.kind = outcome->kind;
    result->got.vector = outcome->vector;
    if (outcome->kind == RP_OUTCOME_UNSUPPORTED) {
        result->answer = RP_MOO_UNFIT;
        result->unfit = "the executor can't do this run";
        return;
    }
    struct rp_recorded_difference difference =
        rp_recording_compare(&slot->run, &worker->prestate[ran], outcome, changes);
    if (difference.set == RP_RECORDED_MEMORY &&
        is_lost_alone(worker, &slot->run, &worker->prestate[ran], outcome, changes)) {
        result->answer = RP_MOO_UNFIT;
        result->unfit = "writes just below the stack pointer, which the executor does not show";
        return;
    }
    result->answer = difference.set ? RP_MOO_DIFFERS : RP_MOO_AGREES;
    result->differs = difference.set;
    result->flags = difference.flags;
}

static void add_result(const struct slot *slot, const struct rp_text *detail, struct rp_text *text)
{
    uint32_t length = detail ? (uint32_t)detail->length : 0;
    rp_text_add_bytes(text, (const char *)&slot->result, sizeof slot->result);
    rp_text_add_bytes(text, (const char *)&length, sizeof length);
    if (length)
        rp_text_add_bytes(text, rp_text_string(detail), length);
}

/* Runs the `count` tests that wait in slots, and adds what they came to. */
static int flush(struct worker *worker, size_t count, size_t runs, struct rp_text *text,
                 struct rp_error *error)
{
    const struct rp_executor *executor = worker->runner.executor;
    uint32_t first = 0;
    int code = RP_OK;
    rp_outcomes_clear(&worker->outcomes);
    if (runs)
        code = executor->prepare(worker->runner.instance, worker->prestate, runs, &first, error);
    for (size_t i = 0; i < runs; i++)
        worker->job[i].prestate = first + (uint32_t)i;
    if (runs && code == RP_OK) {
        code = rp_runner_run(&worker->runner, worker->job, runs, &worker->outcomes, error);
        executor->forget(worker->runner.instance, first);
    }
    for (size_t i = 0, ran = 0; i < count && code == RP_OK; i++) {
        struct slot *slot = &worker->slot[i];
        struct rp_text detail = {0};
        if (slot->result.answer != RP_MOO_UNFIT) {
            const struct rp_outcome *outcome = &worker->outcomes.outcome[ran];
            judge(worker, slot, ran, outcome);
            if (worker->work->options->only_count)
                rp_moo_detail(&slot->test, &slot->run, &worker->prestate[ran], &slot->result,
                              worker->outcomes.change + outcome->first, outcome->count, &detail);
            ran++;
        }
        add_result(slot, &detail, text);
        rp_text_free(&detail);
    }
    return code;
}

/* What is next to too many runs that kill is run again, each test for itself. */
static void put_off(const struct rp_moo_piece *piece, struct rp_text *text)
{
    struct rp_moo_result result = {.answer = RP_MOO_PENDING};
    uint32_t length = 0;
    for (uint32_t i = 0; i < piece->count; i++) {
        result.number = piece->first + i;
        rp_text_add_bytes(text, (const char *)&result, sizeof result);
        rp_text_add_bytes(text, (const char *)&length, sizeof length);
    }
}

int rp_moo_worker_item(void *context, size_t item, const struct rp_deaths *deaths, struct rp_text *text,
                       struct rp_error *error)
{
    struct worker *worker = context;
    const struct rp_moo_piece *piece = &worker->work->piece[item];
    size_t count = 0, runs = 0;
    if (deaths->exhausted && piece->count > 1) {
        put_off(piece, text);
        return RP_OK;
    }
    worker->runner.deaths = deaths;
    int code = load(worker, piece->source, error);
    for (uint32_t i = 0; i < piece->count && code == RP_OK; i++) {
        struct slot *slot = &worker->slot[count];
        code = rp_moo_test(&worker->file, piece->first + i, &slot->test, error);
        if (code || !is_wanted(worker->work->options, slot->test.index))
            continue;
        slot->result = (struct rp_moo_result){.number = piece->first + i};
        prepare(worker, slot, &worker->prestate[runs]);
        if (slot->result.answer != RP_MOO_UNFIT)
            worker->job[runs++] = (struct rp_job){.encoding = slot->run.encoding};
        if (++count < worker->batch)
            continue;
        code = flush(worker, count, runs, text, error);
        count = runs = 0;
    }
    return code ? code : flush(worker, count, runs, text, error);
}
