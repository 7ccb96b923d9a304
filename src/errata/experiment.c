/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runs of an entry; see experiment.h. */
#include "errata/experiment.h"

#include "state/recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 256
/* So many runs in all for each that is wanted: those that show neither are made again, but not forever. */
#define PATIENCE 4

struct trial {
    const struct rp_erratum *erratum;
    const struct rp_errata_options *options;
    void *instance;
    struct rp_experiment *experiment;
    struct rp_prestate prestate;
    struct rp_outcomes outcomes;
};

static bool refuse(char why_not[160], const char *why)
{
    snprintf(why_not, 160, "%s", why);
    return false;
}

bool rp_errata_may_run(const struct rp_erratum *erratum, const struct rp_errata_options *options,
                       char why_not[160])
{
    bool emulated = !options->cpu, runs = erratum->good.text || erratum->variants;
    const struct rp_cpu *cpu = options->cpu;
    if (erratum->danger != RP_DANGER_SAFE && !(emulated && erratum->danger == RP_DANGER_NEEDS_KERNEL))
        return refuse(why_not, rp_danger_name(erratum->danger));
    if (!runs)
        return refuse(why_not, "no run of a program is known that shows it");
    if (erratum->own_vendor && (!cpu || !rp_erratum_vendor_is(erratum, cpu->vendor)))
        return refuse(why_not, "only the manual of its vendor says what is right");
    if (erratum->code.count > 1 && !options->executor->sequences && !erratum->in_steps)
        return refuse(why_not, "the executor can't run instructions back to back");
    for (const char *at = cpu ? erratum->needs : NULL; at && *at; at += strspn(at, " ")) {
        char flag[32];
        size_t length = strcspn(at, " ");
        snprintf(flag, sizeof flag, "%.*s", (int)length, at);
        if (!rp_cpu_has(cpu, flag)) {
            snprintf(why_not, 160, "the CPU has no %s", flag);
            return false;
        }
        at += length;
    }
    why_not[0] = '\0';
    return true;
}

/* Who executes, the instance alone knows: where a CPU may, what it must not run is not run. */
static bool may_run_here(const struct trial *trial, char why_not[160])
{
    const struct rp_capabilities *can = trial->options->executor->capabilities(trial->instance);
    return trial->erratum->danger == RP_DANGER_SAFE || !can->some_silicon ||
           refuse(why_not, "needs-kernel, and a CPU may execute it there");
}

/* The first mode of the entry that the executor runs its ring in. */
static bool choose_mode(struct trial *trial)
{
    const struct rp_capabilities *can = trial->options->executor->capabilities(trial->instance);
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        if (trial->erratum->modes >> mode & 1 && can->ring[mode][trial->erratum->ring]) {
            trial->experiment->mode = (enum rp_mode)mode;
            return true;
        }
    }
    snprintf(trial->experiment->why_not, sizeof trial->experiment->why_not,
             "the executor runs ring %u in none of its modes", trial->erratum->ring);
    return false;
}

static int build(struct trial *trial, struct rp_error *error)
{
    static struct rp_user user;
    static struct rp_machine machine;
    const struct rp_erratum *erratum = trial->erratum;
    enum rp_mode mode = trial->experiment->mode;
    char text[2048];
    unsigned ring = erratum->ring;
    int result = rp_user_parse(erratum->state ? erratum->state : "-", mode, &user, error);
    snprintf(text, sizeof text, "ring=%u%s%s", ring, erratum->machine ? "," : "",
             erratum->machine ? erratum->machine : "");
    if (result == RP_OK)
        result = rp_machine_parse(text, mode, RP_POLICY_LINUX, &machine, &ring, error);
    if (result == RP_OK)
        result = rp_prestate_build(&trial->prestate, mode, ring, &user, &machine, error);
    if (result == RP_OK)
        rp_prestate_reduce(&trial->prestate, trial->options->executor->capabilities(trial->instance)->lacks);
    return result;
}

/* What a run came to. */
static void count(struct trial *trial, const struct rp_prestate *prestate, const struct rp_outcome *outcome)
{
    const struct rp_erratum *erratum = trial->erratum;
    struct rp_experiment *e = trial->experiment;
    struct rp_view view = {e->mode, prestate, outcome, trial->outcomes.change + outcome->first, false};
    bool met = false;
    e->runs++;
    if (!e->first.present)
        e->first = rp_outcome_shown(outcome);
    for (unsigned i = 0; i < erratum->variants && !met; i++) {
        met = rp_expectation_met(&erratum->variant[i].expectation, &view);
        e->variants_met |= (uint8_t)(met << i);
    }
    if (met || (erratum->good.text && rp_expectation_met(&erratum->good, &view)))
        e->good++;
    else if (erratum->bad.text && rp_expectation_met(&erratum->bad, &view))
        e->bad++;
    else if (erratum->idle.text && rp_expectation_met(&erratum->idle, &view))
        e->idle++;
    else if (!e->other.present)
        e->other = rp_outcome_shown(outcome);
}

/* The state behind a run becomes the one before the next; its instruction stands where the first one did. */
static int hand_on(struct rp_prestate *prestate, const struct rp_outcomes *outcomes,
                   const struct rp_outcome *outcome, struct rp_error *error)
{
    int result = RP_OK;
    uint64_t rip = prestate->state.reg[RP_REG_RIP];
    for (uint32_t i = 0; i < outcome->count && result == RP_OK; i++) {
        const struct rp_change *change = &outcomes->change[outcome->first + i];
        uint32_t offset = 0;
        enum rp_window window = rp_component_place(change->component, &offset);
        if (change->component < RP_REG_COUNT)
            prestate->state.reg[change->component] = change->value;
        else if (window == RP_WINDOW_COUNT)
            prestate->state.vector[change->component - RP_COMPONENT_VECTOR] = change->value;
        else
            result = rp_memory_set(&prestate->memory, rp_window_info(window)->address + offset, change->value,
                                   error);
    }
    prestate->state.reg[RP_REG_RIP] = rip;
    return result;
}

/* Runs `jobs` from `prestate`. */
static int run_batch(struct trial *trial, const struct rp_prestate *prestate, struct rp_job *jobs,
                     size_t many, struct rp_error *error)
{
    const struct rp_executor *executor = trial->options->executor;
    uint32_t first = 0;
    int result = executor->prepare(trial->instance, prestate, 1, &first, error);
    if (result)
        return result;
    for (size_t i = 0; i < many; i++)
        jobs[i].prestate = first;
    rp_outcomes_clear(&trial->outcomes);
    result = executor->run(trial->instance, jobs, many, &trial->outcomes, error);
    executor->forget(trial->instance, first);
    return result;
}

/* All runs of the pre-state, the code as one job. */
static int run_whole(struct trial *trial, struct rp_error *error)
{
    static struct rp_job jobs[BATCH];
    const struct rp_erratum *erratum = trial->erratum;
    struct rp_experiment *e = trial->experiment;
    const struct rp_sequence *sequence = erratum->code.count > 1 ? &erratum->code : NULL;
    int result = RP_OK;
    while (result == RP_OK && !e->bad && !e->other.present && e->good < e->wanted &&
           e->runs < PATIENCE * e->wanted + BATCH) {
        size_t many = e->wanted - e->good < BATCH ? (size_t)(e->wanted - e->good) : BATCH;
        for (size_t i = 0; i < many; i++)
            jobs[i] = (struct rp_job){.encoding = erratum->code.encoding[0], .sequence = sequence};
        result = run_batch(trial, &trial->prestate, jobs, many, error);
        for (size_t i = 0; i < many && result == RP_OK; i++)
            count(trial, &trial->prestate, &trial->outcomes.outcome[i]);
    }
    return result;
}

/* The same, one instruction after the other. Each run that does not retire is the last. */
static int run_steps(struct trial *trial, struct rp_error *error)
{
    static struct rp_prestate state;
    const struct rp_erratum *erratum = trial->erratum;
    struct rp_experiment *e = trial->experiment;
    int result = RP_OK;
    e->stepwise = true;
    for (uint64_t run = 0; run < e->wanted && result == RP_OK; run++) {
        state = trial->prestate;
        for (unsigned i = 0; i < erratum->code.count && result == RP_OK; i++) {
            struct rp_job job = {.encoding = erratum->code.encoding[i]};
            result = run_batch(trial, &state, &job, 1, error);
            const struct rp_outcome *outcome = trial->outcomes.outcome;
            if (result == RP_OK && (i + 1 == erratum->code.count || !rp_outcome_retired(outcome))) {
                count(trial, &state, outcome);
                break;
            }
            if (result == RP_OK)
                result = hand_on(&state, &trial->outcomes, outcome, error);
        }
    }
    return result;
}

int rp_errata_experiment(const struct rp_erratum *erratum, const struct rp_errata_options *options,
                         void *instance, struct rp_experiment *experiment, struct rp_error *error)
{
    static struct trial trial;
    trial = (struct trial){
        .erratum = erratum, .options = options, .instance = instance, .experiment = experiment};
    *experiment = (struct rp_experiment){.wanted = rp_errata_runs_wanted(erratum->rate, erratum->confidence),
                                         .on_cpu = options->executor->capabilities(instance)->some_silicon};
    if (!rp_errata_may_run(erratum, options, experiment->why_not) ||
        !may_run_here(&trial, experiment->why_not) || !choose_mode(&trial))
        return RP_OK;
    int result = build(&trial, error);
    if (result == RP_OK)
        result = erratum->code.count > 1 && !options->executor->sequences ? run_steps(&trial, error)
                                                                          : run_whole(&trial, error);
    rp_outcomes_free(&trial.outcomes);
    experiment->made = experiment->first.kind != RP_OUTCOME_UNSUPPORTED;
    if (!experiment->made)
        snprintf(experiment->why_not, sizeof experiment->why_not, "the executor can't hold its state");
    return result;
}
