/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runner; see runner.h. */
#include "executor/runner.h"

#include <assert.h>

/* The death of run `run`; NULL if it is not known to die. */
static const struct rp_death *death_of(const struct rp_deaths *deaths, uint64_t run)
{
    for (unsigned i = 0; i < deaths->count; i++)
        if (deaths->death[i].run == run)
            return &deaths->death[i];
    return NULL;
}

/* How many of `count` runs from ordinal `run` on are not known to die. */
static size_t stretch(const struct rp_deaths *deaths, uint64_t run, size_t count)
{
    size_t length = 0;
    while (length < count && !death_of(deaths, run + length))
        length++;
    return length;
}

/* Answers a run in place of the executor, and counts it as that would. */
static int answer(const struct rp_runner *runner, const struct rp_death *death, struct rp_outcomes *outcomes,
                  struct rp_error *error)
{
    struct rp_outcome outcome = {.kind = death->hung ? RP_OUTCOME_HUNG : RP_OUTCOME_DIED,
                                 .vector = (uint8_t)death->signal,
                                 .provenance = (uint8_t)runner->executor->provenance};
    int code = rp_outcomes_add(outcomes, &outcome, NULL, 0, error);
    if (code == RP_OK)
        ++*runner->run_counter;
    return code;
}

/* Runs what is not known to die; the executor counts. */
static int make(struct rp_runner *runner, const struct rp_job *jobs, size_t count,
                struct rp_outcomes *outcomes, struct rp_error *error)
{
    const volatile uint64_t *counter = runner->run_counter;
    uint64_t before = counter ? *counter : 0;
    size_t outcomes_before = outcomes->count;
    int code = runner->executor->run(runner->instance, jobs, count, outcomes, error);
    if (code != RP_OK)
        return code;
    /* An executor that miscounts would have others blamed for its deaths. */
    assert(outcomes->count == outcomes_before + count);
    assert(!counter || *counter == before + count);
    runner->runs += count;
    return RP_OK;
}

int rp_runner_run(struct rp_runner *runner, const struct rp_job *jobs, size_t count,
                  struct rp_outcomes *outcomes, struct rp_error *error)
{
    const struct rp_deaths *deaths = runner->deaths;
    if (runner->marks)
        rp_party_begin(runner->marks, runner->party, *runner->run_counter);
    if (!runner->run_counter || !deaths || !(deaths->count || deaths->outs))
        return make(runner, jobs, count, outcomes, error);
    if (deaths->exhausted || deaths->out[runner->party].count)
        return rp_error_set(error, RP_EUNSUPPORTED,
                            "%u runs of one item took their process with them; no more are made",
                            deaths->exhausted ? deaths->count : deaths->out[runner->party].count);
    int code = RP_OK;
    for (size_t i = 0; i < count && code == RP_OK;) {
        uint64_t run = *runner->run_counter;
        size_t alive = stretch(deaths, run, count - i);
        code = alive ? make(runner, jobs + i, alive, outcomes, error)
                     : answer(runner, death_of(deaths, run), outcomes, error);
        i += alive ? alive : 1;
    }
    return code;
}
