/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See memo.h. Pre-states follow from executor, mode, policy and seed, whether the plan is short or not, so
 * that a run of one plan stands for the same run of another. */
#include "judge/memo.h"

#include "judge/inquiry.h"

#include <stdlib.h>
#include <string.h>

#define JOBS_TOGETHER 192 /* so that an encoding is translated once */

void rp_memo_forget(struct rp_memo *memo)
{
    memo->valid = false;
}

void rp_memo_free(struct rp_memo *memo)
{
    rp_outcomes_free(&memo->outcomes);
    free(memo->at);
    memo->at = NULL;
}

static bool is_of(const struct rp_memo *memo, const struct rp_inquiry *inquiry)
{
    const struct rp_encoding *e = &inquiry->encoding;
    return memo->valid && memo->mode == inquiry->mode && memo->policy == inquiry->plan->policy &&
           memo->encoding.length == e->length && memcmp(memo->encoding.bytes, e->bytes, e->length) == 0;
}

/* Empties it for the inquiry's runs. */
static int begin(struct rp_memo *memo, const struct rp_inquiry *inquiry, struct rp_error *error)
{
    size_t seeds = inquiry->judge->seeds.count;
    memo->valid = false;
    if (seeds > memo->seeds) {
        void *grown = realloc(memo->at, seeds * sizeof *memo->at);
        if (!grown)
            return rp_error_set(error, RP_EENVIRONMENT, "out of memory for an encoding's runs");
        memo->at = grown;
        memo->seeds = seeds;
    }
    memset(memo->at, 0xff, memo->seeds * sizeof *memo->at);
    rp_outcomes_clear(&memo->outcomes);
    memo->mode = inquiry->mode;
    memo->policy = inquiry->plan->policy;
    memo->encoding = inquiry->encoding;
    memo->valid = true;
    return RP_OK;
}

static int add(struct rp_memo *memo, const struct rp_view *view, struct rp_error *error)
{
    struct rp_outcomes *outcomes = &memo->outcomes;
    int result = rp_outcomes_reserve(outcomes, 1, view->outcome->count, error);
    if (result)
        return result;
    struct rp_outcome *outcome = &outcomes->outcome[outcomes->count++];
    *outcome = *view->outcome;
    outcome->first = (uint32_t)outcomes->change_count;
    if (outcome->count)
        memcpy(outcomes->change + outcome->first, view->changes, outcome->count * sizeof *view->changes);
    outcomes->change_count += outcome->count;
    return RP_OK;
}

int rp_memo_keep(const struct rp_inquiry *inquiry, struct rp_error *error)
{
    struct rp_memo *memo = &inquiry->judge->memo;
    const struct rp_judge_options *options = &inquiry->judge->options;
    if (!options->compared || inquiry->plan->policy != options->policy || !inquiry->plan->ring[1] ||
        is_of(memo, inquiry))
        return RP_OK;
    int result = begin(memo, inquiry, error);
    for (size_t s = 0; s < inquiry->screened && result == RP_OK; s++) {
        for (unsigned state = 0; state < RP_STATE_COUNT && result == RP_OK; state++) {
            memo->at[s][state] = (uint32_t)memo->outcomes.count;
            result = add(memo, &inquiry->runs[s].run[state][1], error);
        }
    }
    memo->valid = result == RP_OK;
    return result;
}

static int flush(const struct rp_inquiry *inquiry, const struct rp_job *jobs, size_t count,
                 struct rp_error *error)
{
    struct rp_judge *judge = inquiry->judge;
    return count ? rp_runner_run(&judge->runner, jobs, count, &judge->memo.outcomes, error) : RP_OK;
}

int rp_memo_run(const struct rp_inquiry *inquiry, size_t from, size_t to, unsigned states,
                struct rp_error *error)
{
    struct rp_memo *memo = &inquiry->judge->memo;
    struct rp_job jobs[JOBS_TOGETHER];
    size_t count = 0;
    int result = is_of(memo, inquiry) ? RP_OK : begin(memo, inquiry, error);
    for (size_t s = from; s < to && result == RP_OK; s++) {
        for (unsigned state = 0; state < RP_STATE_COUNT && result == RP_OK; state++) {
            if (!(states >> state & 1) || memo->at[s][state] != UINT32_MAX)
                continue;
            memo->at[s][state] = (uint32_t)(memo->outcomes.count + count);
            jobs[count++] = (struct rp_job){.encoding = inquiry->encoding,
                                            .prestate = inquiry->plan->seed[s].index[state][1]};
            if (count == JOBS_TOGETHER) {
                result = flush(inquiry, jobs, count, error);
                count = 0;
            }
        }
    }
    if (result == RP_OK)
        result = flush(inquiry, jobs, count, error);
    memo->valid = result == RP_OK;
    return result;
}

void rp_memo_assume(const struct rp_inquiry *inquiry, size_t from, size_t to)
{
    struct rp_memo *memo = &inquiry->judge->memo;
    for (size_t s = from; s < to; s++)
        for (unsigned state = 0; state < RP_STATE_COUNT; state++)
            if (memo->at[s][state] == UINT32_MAX)
                memo->at[s][state] = memo->at[0][RP_STATE_A];
}

struct rp_view rp_memo_view(const struct rp_inquiry *inquiry, size_t s, unsigned state)
{
    const struct rp_memo *memo = &inquiry->judge->memo;
    const struct rp_outcome *outcome = &memo->outcomes.outcome[memo->at[s][state]];
    return (struct rp_view){inquiry->mode, &inquiry->plan->seed[s].prestate[state][1], outcome,
                            memo->outcomes.change + outcome->first,
                            inquiry->decoded && inquiry->instruction.memory.present};
}
