/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running and collecting: the first step of the judge; see inquiry.h. */
#include "judge/inquiry.h"

#include <limits.h>
#include <string.h>

int rp_inquiry_run(struct rp_inquiry *inquiry, const uint32_t *indices, size_t count, struct rp_error *error)
{
    struct rp_job jobs[64];
    rp_outcomes_clear(&inquiry->judge->extra);
    for (size_t done = 0; done < count;) {
        size_t part = count - done < 64 ? count - done : 64;
        for (size_t i = 0; i < part; i++)
            jobs[i] = (struct rp_job){.encoding = inquiry->encoding, .prestate = indices[done + i]};
        int result = rp_runner_run(&inquiry->judge->runner, jobs, part, &inquiry->judge->extra, error);
        if (result)
            return result;
        done += part;
    }
    return RP_OK;
}

int rp_inquiry_retires(struct rp_inquiry *inquiry, size_t s, const struct rp_machine *machine, unsigned ring,
                       bool *does, struct rp_error *error)
{
    static _Thread_local struct rp_prestate prestate;
    struct rp_runner *runner = &inquiry->judge->runner;
    uint32_t index;
    int result = rp_plan_prepare(inquiry->plan, &inquiry->plan->seed[s].user, machine, ring, runner,
                                 &prestate, &index, error);
    if (result)
        return result;
    result = rp_inquiry_run(inquiry, &index, 1, error);
    runner->executor->forget(runner->instance, index);
    *does = result == RP_OK && rp_outcome_retired(&inquiry->judge->extra.outcome[0]);
    return result;
}

static struct rp_view view_of(const struct rp_inquiry *inquiry, const struct rp_outcomes *outcomes,
                              const struct rp_prestate *prestate, size_t number)
{
    const struct rp_outcome *outcome = &outcomes->outcome[number];
    return (struct rp_view){inquiry->mode, prestate, outcome, outcomes->change + outcome->first,
                            inquiry->decoded && inquiry->instruction.memory.present};
}

struct rp_view rp_inquiry_view(const struct rp_inquiry *inquiry, const struct rp_prestate *prestate,
                               size_t number)
{
    return view_of(inquiry, &inquiry->judge->extra, prestate, number);
}

void rp_inquiry_add(struct rp_inquiry *inquiry, const struct rp_evidence *evidence, size_t seed)
{
    for (unsigned i = 0; i < inquiry->count; i++) {
        struct rp_found *f = &inquiry->found[i];
        if (f->evidence.kind != evidence->kind || f->evidence.resource != evidence->resource)
            continue;
        if (evidence->resource == RP_RESOURCE_NONE && f->seed != seed)
            continue; /* not attributed yet: each seed may show another resource */
        if (evidence->resource == RP_RESOURCE_NONE && f->evidence.state != evidence->state)
            continue;
        if (evidence->hole && !f->evidence.hole)
            *f = (struct rp_found){*evidence, seed};
        return;
    }
    if (inquiry->count < RP_FOUND_MAX)
        inquiry->found[inquiry->count++] = (struct rp_found){*evidence, seed};
}

size_t rp_inquiry_jobs(const struct rp_inquiry *inquiry, size_t s, struct rp_job *jobs)
{
    const struct rp_plan *plan = inquiry->plan;
    size_t count = 0;
    for (unsigned ring = 0; ring < RP_RINGS; ring++) /* ring outside: one translation serves three runs */
        for (unsigned state = 0; state < RP_STATE_COUNT && plan->ring[ring]; state++)
            jobs[count++] =
                (struct rp_job){.encoding = inquiry->encoding, .prestate = plan->seed[s].index[state][ring]};
    return count;
}

/* The pre-state of job `number` of rp_inquiry_jobs(). */
static const struct rp_prestate *prestate_of_job(const struct rp_inquiry *inquiry, size_t s, size_t number)
{
    size_t ring = inquiry->plan->ring[0] ? number / RP_STATE_COUNT : 1;
    return &inquiry->plan->seed[s].prestate[number % RP_STATE_COUNT][ring];
}

static void views_of_seed(struct rp_inquiry *inquiry, size_t s, size_t first)
{
    const struct rp_plan *plan = inquiry->plan;
    for (unsigned ring = 0; ring < RP_RINGS; ring++) {
        for (unsigned state = 0; state < RP_STATE_COUNT; state++) {
            struct rp_view *view = &inquiry->runs[s].run[state][ring];
            if (plan->ring[ring])
                *view = view_of(inquiry, &inquiry->judge->outcomes, &plan->seed[s].prestate[state][ring],
                                first++);
            else
                *view = (struct rp_view){.mode = inquiry->mode};
        }
    }
}

/* INTO with OF = 0, or a repeated instruction with a count of 0, goes on and shows nothing. */
static bool acted(const struct rp_view *view)
{
    const struct rp_outcome *outcome = view->outcome;
    return outcome && (outcome->kind == RP_OUTCOME_ENTERED || outcome->count > 1 ||
                       (outcome->count == 1 && view->changes[0].component != RP_REG_RIP));
}

static void collect(struct rp_inquiry *inquiry, size_t s, const struct rp_screen *screen)
{
    for (unsigned state = 0; state < RP_STATE_COUNT; state++) {
        if (screen->pair[state] == RP_PAIR_PRIVILEGED && !inquiry->pairs[RP_PAIR_PRIVILEGED]) {
            inquiry->trap_seed = s;
            inquiry->trap_state = state;
        }
        inquiry->pairs[screen->pair[state]]++;
        inquiry->acted += screen->pair[state] == RP_PAIR_BOTH && acted(&inquiry->runs[s].run[state][1]);
    }
    inquiry->ring0_retired += screen->ring0_retired;
    for (unsigned ring = 0; ring < RP_RINGS; ring++) {
        const struct rp_outcome *outcome = inquiry->runs[s].run[RP_STATE_A][ring].outcome;
        if (outcome && rp_outcome_retired(outcome) && inquiry->first_retired[ring] == UINT_MAX)
            inquiry->first_retired[ring] = (unsigned)s;
    }
    for (unsigned i = 0; i < screen->count; i++)
        rp_inquiry_add(inquiry, &screen->evidence[i], s);
}

/* Runs seeds [from, to), many in one batch, so that an encoding is translated once. */
static int run_seeds(struct rp_inquiry *inquiry, size_t from, size_t to, struct rp_error *error)
{
    enum { PER_SEED = RP_STATE_COUNT * RP_RINGS, SEEDS = 64 };
    struct rp_outcomes *outcomes = &inquiry->judge->outcomes;
    int result = RP_OK;
    while (from < to && result == RP_OK) {
        struct rp_job jobs[PER_SEED * SEEDS];
        size_t count = 0;
        for (size_t end = to - from < SEEDS ? to : from + SEEDS; from < end; from++) {
            inquiry->at[from] = (uint32_t)(outcomes->count + count);
            count += rp_inquiry_jobs(inquiry, from, jobs + count);
        }
        result = rp_runner_run(&inquiry->judge->runner, jobs, count, outcomes, error);
    }
    return result;
}

void rp_inquiry_add_dependence(struct rp_inquiry *inquiry, size_t seed, unsigned state)
{
    const struct rp_evidence evidence = {.kind = RP_SENSITIVE_MODE,
                                         .hole = true,
                                         .ring = 1,
                                         .state = (uint8_t)state,
                                         .trap = true,
                                         .resource = RP_RESOURCE_CPL,
                                         .component = RP_REG_RIP};
    rp_inquiry_add(inquiry, &evidence, seed);
}

/* Everything collected anew from the outcomes at hand, `noise` left out. */
static unsigned evaluate(struct rp_inquiry *inquiry)
{
    unsigned all_ud = 1;
    inquiry->count = inquiry->ring0_retired = inquiry->acted = 0;
    inquiry->first_retired[0] = inquiry->first_retired[1] = UINT_MAX;
    for (unsigned i = 0; i < RP_PAIR_COUNT; i++)
        inquiry->pairs[i] = 0;
    for (size_t s = 0; s < inquiry->screened; s++) {
        struct rp_screen screen;
        views_of_seed(inquiry, s, inquiry->at[s]);
        rp_screen(&inquiry->runs[s], &inquiry->noise, &screen);
        all_ud &= screen.all_ud;
        collect(inquiry, s, &screen);
    }
    bool retires = inquiry->acted || inquiry->pairs[RP_PAIR_RING3_ONLY];
    if (inquiry->pairs[RP_PAIR_PRIVILEGED] && retires)
        rp_inquiry_add_dependence(inquiry, inquiry->trap_seed, inquiry->trap_state);
    for (unsigned i = 0; i < inquiry->kept_count; i++)
        rp_inquiry_add(inquiry, &inquiry->kept[i].evidence, inquiry->kept[i].seed);
    return all_ud;
}

int rp_inquiry_screen_first(struct rp_inquiry *inquiry, bool *enough, struct rp_error *error)
{
    size_t count = inquiry->plan->count, first = count < RP_SCREEN_SHORTLY ? count : RP_SCREEN_SHORTLY;
    rp_outcomes_clear(&inquiry->judge->outcomes);
    int result = run_seeds(inquiry, 0, first, error);
    if (result)
        return result;
    inquiry->screened = first;
    /* #UD comes before any operand is looked at (SDM Vol. 3A 6.9, table 6-2): what two user states, each
     * under three machines in both rings, show to be #UD does not change with a third. */
    *enough = evaluate(inquiry) || inquiry->shortly;
    return RP_OK;
}

int rp_inquiry_screen_rest(struct rp_inquiry *inquiry, struct rp_error *error)
{
    size_t first = inquiry->screened, count = inquiry->plan->count;
    int result = run_seeds(inquiry, first, count, error);
    inquiry->screened = result ? first : count;
    evaluate(inquiry);
    return result;
}

/* True if something was found with seed `s`. */
static bool is_suspicious(const struct rp_inquiry *inquiry, size_t s)
{
    for (unsigned i = 0; i < inquiry->count; i++)
        if (inquiry->found[i].seed == s)
            return true;
    return false;
}

/* Puts the outcome of `by` in the place of one of the screening. Views have to be made anew. */
static int replace(struct rp_inquiry *inquiry, size_t number, const struct rp_view *by,
                   struct rp_error *error)
{
    struct rp_outcomes *outcomes = &inquiry->judge->outcomes;
    int result = rp_outcomes_reserve(outcomes, 0, by->outcome->count, error);
    if (result)
        return result;
    if (by->outcome->count)
        memcpy(outcomes->change + outcomes->change_count, by->changes,
               by->outcome->count * sizeof by->changes[0]);
    outcomes->outcome[number] = *by->outcome;
    outcomes->outcome[number].first = (uint32_t)outcomes->change_count;
    outcomes->change_count += by->outcome->count;
    return RP_OK;
}

/* Makes the runs of seed `s` twice more. One that ends otherwise both times had slipped, and the last stands
 * for it; one that does so once has slipped now. What varies behind the same end is noise: to mask by a slip
 * all that a run did would hide what the others show. The second time they are made from the last to the
 * first: a device that answers by turns, as the DMA controller's ports do, is not always asked alike. */
static int repeat_seed(struct rp_inquiry *inquiry, size_t s, bool *slipped, struct rp_error *error)
{
    enum { REPEATS = 2, PER_SEED = RP_STATE_COUNT * RP_RINGS };
    struct rp_job jobs[PER_SEED], ordered[PER_SEED];
    size_t count = rp_inquiry_jobs(inquiry, s, jobs);
    unsigned others[PER_SEED] = {0};
    int result = RP_OK;
    for (unsigned repeat = 0; repeat < REPEATS && result == RP_OK; repeat++) {
        rp_outcomes_clear(&inquiry->judge->extra);
        for (size_t i = 0; i < count; i++)
            ordered[i] = jobs[repeat == 0 ? i : count - 1 - i];
        result = rp_runner_run(&inquiry->judge->runner, ordered, count, &inquiry->judge->extra, error);
        for (size_t i = 0; i < count && result == RP_OK; i++) {
            const struct rp_prestate *prestate = prestate_of_job(inquiry, s, i);
            struct rp_view then = view_of(inquiry, &inquiry->judge->outcomes, prestate, inquiry->at[s] + i);
            struct rp_view now = rp_inquiry_view(inquiry, prestate, repeat == 0 ? i : count - 1 - i);
            bool other = !rp_compare_same_end(then.outcome, now.outcome);
            others[i] += other;
            if (others[i] == REPEATS) {
                *slipped = true;
                result = replace(inquiry, inquiry->at[s] + i, &now, error);
            } else if (!other && then.outcome->hash != now.outcome->hash) {
                rp_compare_noise(&then, &now, &inquiry->noise);
            }
        }
    }
    return result;
}

int rp_inquiry_confirm(struct rp_inquiry *inquiry, struct rp_error *error)
{
    bool slipped = false;
    int result = RP_OK;
    for (size_t s = 0; s < inquiry->screened && result == RP_OK; s++)
        if (is_suspicious(inquiry, s))
            result = repeat_seed(inquiry, s, &slipped, error);
    if (result == RP_OK && (inquiry->noise.count || slipped))
        evaluate(inquiry);
    return result;
}
