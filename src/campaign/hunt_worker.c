/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker's side of a hunt; see hunt_worker.h. */
#include "campaign/hunt_trial.h"

#include "base/random.h"
#include "campaign/work.h"
#include "executor/registry.h"
#include "state/seeds.h"

#include <stdlib.h>
#include <string.h>

#define STATES RP_HUNT_STATES
#define TRIALS (RP_HUNT_BLOCK_MAX * RP_HUNT_VARIANTS)

/* The user states, by rows of corpus/seeds.tsv; the last one is made of the second and random numbers. */
static const char *const seed_names[STATES] = {"plain", "numbers", "numbers"};

static void scramble(struct rp_user *user, uint64_t seed, enum rp_mode mode)
{
    struct rp_random random = rp_random_make(seed, mode);
    for (unsigned r = RP_REG_R8; r <= RP_REG_R15; r++)
        user->state.reg[r] = rp_random_next(&random);
    user->state.reg[RP_REG_RCX] = rp_random_below(&random, 0x100);
    user->state.reg[RP_REG_RDX] = rp_random_next(&random) & 0xffffffff;
}

static int make_state(struct rp_hunter *h, const struct rp_seeds *seeds, unsigned number,
                      struct rp_error *error)
{
    struct rp_recipe *recipe = &h->recipe[number];
    const struct rp_hunt_task *task = h->task;
    const struct rp_seed *seed = NULL;
    for (size_t i = 0; i < seeds->count; i++)
        if (strcmp(seeds->seed[i].name, seed_names[number]) == 0)
            seed = &seeds->seed[i];
    if (!seed)
        return rp_error_set(error, RP_EINPUT, "corpus/seeds.tsv: no seed '%s', which hunts run from",
                            seed_names[number]);
    unsigned bits = rp_mode_info(task->mode)->code_bits == 16 ? 16 : 32;
    int result = rp_seed_build(seed, task->mode, task->options->policy, bits, NULL, recipe, error);
    if (result)
        return result;
    if (number == STATES - 1)
        scramble(&recipe->user, task->options->random_seed, task->mode);
    result = rp_prestate_build(&h->state[number], task->mode, 3, &recipe->user, &recipe->machine, error);
    if (result)
        return result;
    rp_prestate_reduce(&h->state[number], h->runner.executor->capabilities(h->runner.instance)->lacks);
    return h->runner.executor->prepare(h->runner.instance, &h->state[number], 1, &h->index[number], error);
}

static int make_states(struct rp_hunter *h, struct rp_error *error)
{
    struct rp_seeds seeds;
    int result = rp_seeds_load(&seeds, error);
    if (result)
        return result;
    for (unsigned i = 0; i < STATES && result == RP_OK; i++)
        result = make_state(h, &seeds, i, error);
    rp_seeds_free(&seeds);
    return result;
}

int rp_hunt_worker_open(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    const struct rp_hunt_task *task = context;
    const struct rp_executor *executor = task->options->executor[0].entry->executor;
    const struct rp_executor_options options = {.run_counter = run_counter,
                                                .model = rp_executor_model(task->options->executor[0].name)};
    struct rp_hunter *h = calloc(1, sizeof *h);
    if (!h)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a worker");
    h->task = task;
    h->silicon = executor->provenance == RP_PROVENANCE_SILICON;
    h->runner = (struct rp_runner){.executor = executor, .run_counter = run_counter};
    int result = executor->open(&options, &h->runner.instance, error);
    if (result) {
        free(h);
        return result;
    }
    result = make_states(h, error);
    if (result) {
        rp_hunt_worker_close(h);
        return result;
    }
    *worker = h;
    return RP_OK;
}

void rp_hunt_worker_close(void *worker)
{
    struct rp_hunter *h = worker;
    h->runner.executor->close(h->runner.instance);
    rp_outcomes_free(&h->outcomes);
    free(h->finding);
    free(h);
}

void rp_hunt_item_name(void *context, size_t item, char *text, size_t size)
{
    const struct rp_hunt_task *task = context;
    uint32_t entry = task->entry[item * task->block];
    struct rp_form form = {
        .encoding = {.bytes = {(uint8_t)(entry >> 8), (uint8_t)entry}, .length = RP_TUNNEL_HEAD}};
    if (task->search == RP_HUNT_CELLS)
        rp_form_space_get(task->space, entry, &form);
    rp_encoding_name(task->mode, &form.encoding, text, size);
}

/* Where no further run may be made: what is known to have died, and nothing of the others. */
static int answer_deaths(struct rp_hunter *h, const struct rp_deaths *deaths, size_t runs,
                         struct rp_error *error)
{
    int result = rp_outcomes_reserve(&h->outcomes, runs, 0, error);
    for (size_t run = 0; run < runs && result == RP_OK; run++) {
        struct rp_outcome *outcome = &h->outcomes.outcome[h->outcomes.count++];
        *outcome = (struct rp_outcome){.kind = RP_OUTCOME_UNSUPPORTED};
        for (unsigned i = 0; i < deaths->count; i++) {
            if (deaths->death[i].run != run)
                continue;
            outcome->kind = deaths->death[i].hung ? RP_OUTCOME_HUNG : RP_OUTCOME_DIED;
            outcome->vector = (uint8_t)deaths->death[i].signal;
        }
    }
    return result;
}

/* Runs each trial from the states that it was not yet run from. */
static int run_trials(struct rp_hunter *h, struct rp_trial *trials, size_t count,
                      const struct rp_deaths *deaths, struct rp_error *error)
{
    static struct rp_job jobs[TRIALS * STATES];
    size_t made = 0, before = h->outcomes.count;
    for (size_t i = 0; i < count; i++) {
        struct rp_trial *t = &trials[i];
        while (t->runs < STATES) {
            t->at[t->runs] = before + made;
            jobs[made++] = (struct rp_job){
                .encoding = t->encoding, .prestate = h->index[t->runs++], .brief = h->silicon};
        }
    }
    if (made == 0)
        return RP_OK;
    return deaths->exhausted ? answer_deaths(h, deaths, made, error)
                             : rp_runner_run(&h->runner, jobs, made, &h->outcomes, error);
}

/* How long what the decoder rejects may be; 0F 3A has an immediate byte everywhere. */
static uint8_t guess(const struct rp_hunter *h, const uint8_t bytes[RP_ENCODING_MAX])
{
    struct rp_prefix_scan scan;
    uint8_t least = rp_tunnel_minimum(bytes, h->task->mode);
    bool immediate = rp_prefix_scan(h->task->mode, bytes, RP_ENCODING_MAX, &scan) && scan.map == 3;
    return least < RP_ENCODING_MAX && immediate ? (uint8_t)(least + 1) : least;
}

/* Those that are longer than was guessed, with all their bytes. */
static int run_whole(struct rp_hunter *h, struct rp_trial *trials, size_t count,
                     const struct rp_deaths *deaths, struct rp_error *error)
{
    uint8_t bytes[RP_ENCODING_MAX];
    for (size_t i = 0; i < count; i++) {
        if (!rp_trial_is_cut_short(h, &trials[i]))
            continue;
        memcpy(bytes, trials[i].bytes, sizeof bytes);
        rp_trial_make(&trials[i], h->task->mode, bytes, 0);
    }
    return run_trials(h, trials, count, deaths, error);
}

/* Cells: all their variants in one batch, from all states: whether one that nobody described is #UD may
 * depend on a register. That takes twice the time of leaving out what is #UD from the first (6 s a mode
 * became 12 on a Zen 4, of which brief runs take half back; `hunt --search cells -j 1` measures it), which a
 * tunnel of a thousand times the runs cannot afford. */
static int hunt_cells(struct rp_hunter *h, const uint32_t *entry, unsigned entries,
                      const struct rp_deaths *deaths, struct rp_hunt_slice *slice, struct rp_error *error)
{
    static struct rp_trial trials[TRIALS];
    uint8_t variants[RP_HUNT_VARIANTS][RP_ENCODING_MAX];
    struct rp_form form;
    size_t count = 0;
    for (unsigned i = 0; i < entries; i++) {
        rp_form_space_get(h->task->space, entry[i], &form);
        unsigned more = rp_hunt_variants(h->task->mode, &form.encoding, variants);
        for (unsigned k = 0; k < more; k++)
            rp_trial_make(&trials[count++], h->task->mode, variants[k],
                          h->silicon ? guess(h, variants[k]) : 0);
    }
    int result = run_trials(h, trials, count, deaths, error);
    if (result == RP_OK)
        result = run_whole(h, trials, count, deaths, error);
    for (size_t i = 0; i < count && result == RP_OK; i++)
        result = rp_trial_judge(h, &trials[i], error);
    slice->encodings = count;
    slice->given_up = deaths->exhausted ? count : 0;
    return result;
}

int rp_hunt_worker_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                        struct rp_error *error)
{
    struct rp_hunter *h = worker;
    const struct rp_hunt_task *task = h->task;
    size_t first = item * task->block, left = task->entries - first;
    unsigned entries = left < task->block ? (unsigned)left : task->block;
    struct rp_hunt_slice slice = {.entries = entries};
    struct rp_tunnel tunnel[RP_HUNT_BLOCK_MAX];
    bool walks = task->search == RP_HUNT_TUNNEL;
    uint64_t runs = h->runner.runs;
    h->findings = 0;
    h->unsettled = 0;
    h->runner.deaths = deaths;
    rp_outcomes_clear(&h->outcomes);
    for (unsigned i = 0; i < entries && walks; i++)
        tunnel[i] = task->tunnel[task->entry[first + i]];
    int code = walks ? rp_hunt_walk(h, tunnel, entries, deaths, &slice, error)
                     : hunt_cells(h, task->entry + first, entries, deaths, &slice, error);
    h->runner.deaths = NULL;
    if (code)
        return code;
    slice.runs = h->runner.runs - runs;
    slice.findings = (uint32_t)h->findings;
    slice.unsettled = h->unsettled;
    rp_text_add_bytes(result, (const char *)&slice, sizeof slice);
    rp_text_add_bytes(result, (const char *)tunnel, walks ? entries * sizeof tunnel[0] : 0);
    rp_text_add_bytes(result, (const char *)h->finding, h->findings * sizeof h->finding[0]);
    return RP_OK;
}
