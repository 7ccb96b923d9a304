/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker's side of a hunt; see hunt_worker.h. */
#include "campaign/hunt_worker.h"

#include "base/random.h"
#include "campaign/work.h"
#include "state/seeds.h"
#include "x86/vector.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATES       3
#define BATCH_MAX    64
#define JOBS_MAX     BATCH_MAX
#define FINDINGS_MAX 256 /* an item: kinds of them, see rp_finding_id */

static_assert(RP_HUNT_VARIANTS * STATES <= JOBS_MAX, "a cell is one batch");

/* The user states, by rows of corpus/seeds.tsv; the last one is made of the second and random numbers. */
static const char *const seed_names[STATES] = {"plain", "numbers", "numbers"};

struct hunter {
    const struct rp_hunt_task *task;
    struct rp_runner runner;
    struct rp_prestate state[STATES];
    uint32_t index[STATES];
    struct rp_outcomes outcomes;
    struct rp_finding finding[FINDINGS_MAX];
    char id[FINDINGS_MAX][RP_FINDING_ID_SIZE];
    unsigned findings;
};

/* What is to be run, and what the decoder says of it. */
struct trial {
    uint8_t bytes[RP_ENCODING_MAX];
    struct rp_encoding encoding; /* as it is run */
    bool decoded;
    struct rp_instruction instruction;
};

static void scramble(struct rp_user *user, uint64_t seed, enum rp_mode mode)
{
    struct rp_random random = rp_random_make(seed, mode);
    for (unsigned r = RP_REG_R8; r <= RP_REG_R15; r++)
        user->state.reg[r] = rp_random_next(&random);
    user->state.reg[RP_REG_RCX] = rp_random_below(&random, 0x100);
    user->state.reg[RP_REG_RDX] = rp_random_next(&random) & 0xffffffff;
}

static int make_state(struct hunter *h, const struct rp_seeds *seeds, unsigned number, struct rp_error *error)
{
    static struct rp_recipe recipe;
    const struct rp_hunt_task *task = h->task;
    const struct rp_seed *seed = NULL;
    for (size_t i = 0; i < seeds->count; i++)
        if (strcmp(seeds->seed[i].name, seed_names[number]) == 0)
            seed = &seeds->seed[i];
    if (!seed)
        return rp_error_set(error, RP_EINPUT, "corpus/seeds.tsv: no seed '%s', which hunts run from",
                            seed_names[number]);
    unsigned bits = rp_mode_info(task->mode)->code_bits == 16 ? 16 : 32;
    int result = rp_seed_build(seed, task->mode, task->options->policy, bits, NULL, &recipe, error);
    if (result)
        return result;
    if (number == STATES - 1)
        scramble(&recipe.user, task->options->random_seed, task->mode);
    result = rp_prestate_build(&h->state[number], task->mode, 3, &recipe.user, &recipe.machine, error);
    if (result)
        return result;
    return h->runner.executor->prepare(h->runner.instance, &h->state[number], 1, &h->index[number], error);
}

static int make_states(struct hunter *h, struct rp_error *error)
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
    const struct rp_executor_options options = {.run_counter = run_counter};
    struct hunter *h = calloc(1, sizeof *h);
    if (!h)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a worker");
    h->task = task;
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
    struct hunter *h = worker;
    h->runner.executor->close(h->runner.instance);
    rp_outcomes_free(&h->outcomes);
    free(h);
}

void rp_hunt_item_name(void *context, size_t item, char *text, size_t size)
{
    const struct rp_hunt_task *task = context;
    struct rp_form form;
    if (task->search == RP_HUNT_TUNNEL) {
        rp_encoding_name(
            task->mode,
            &(struct rp_encoding){.bytes = {(uint8_t)(task->item[item] >> 8), (uint8_t)task->item[item]},
                                  .length = RP_TUNNEL_HEAD},
            text, size);
        return;
    }
    rp_form_space_get(task->space, task->item[item], &form);
    rp_encoding_name(task->mode, &form.encoding, text, size);
}

/* What decodes is run as the instruction that it should be, so that an executor that knows its length can
 * take the short way; what does not, with all the bytes behind it. */
static void make_trial(enum rp_mode mode, const uint8_t bytes[RP_ENCODING_MAX], struct trial *trial)
{
    memcpy(trial->bytes, bytes, sizeof trial->bytes);
    trial->decoded = rp_decode(mode, bytes, RP_ENCODING_MAX, &trial->instruction, NULL) == RP_OK;
    trial->encoding.length = trial->decoded ? trial->instruction.length : RP_ENCODING_MAX;
    memset(trial->encoding.bytes, 0, sizeof trial->encoding.bytes);
    memcpy(trial->encoding.bytes, bytes, trial->encoding.length);
}

/* How many bytes the executor took it for: as it says, else as RIP moved. 0: not known. */
static uint8_t observed_length(const struct hunter *h, const struct trial *trial, unsigned state,
                               const struct rp_outcome *outcome)
{
    const struct rp_change *change = h->outcomes.change + outcome->first;
    if (outcome->length || outcome->kind != RP_OUTCOME_RETIRED)
        return outcome->length;
    if (trial->decoded && trial->instruction.branch != RP_BRANCH_NONE)
        return 0;
    for (uint32_t i = 0; i < outcome->count; i++) {
        uint64_t moved = change[i].value - h->state[state].state.reg[RP_REG_RIP];
        if (change[i].component == RP_REG_RIP)
            return moved <= RP_ENCODING_MAX ? (uint8_t)moved : 0;
    }
    return 0;
}

static bool is_ud(const struct rp_outcome *outcome)
{
    return outcome->kind == RP_OUTCOME_TRAPPED && outcome->vector == RP_VECTOR_UD;
}

/* What costs a worker, or the executor's patience. */
static bool is_deadly(const struct rp_outcome *outcome)
{
    return outcome->kind == RP_OUTCOME_DIED || outcome->kind == RP_OUTCOME_HUNG;
}

/* True if it runs, or at least exists, on the executor although it should not, and why. */
static bool is_news(const struct hunter *h, const struct trial *trial, uint8_t length,
                    const struct rp_outcome *outcome, enum rp_finding_reason *reason)
{
    if (is_ud(outcome) || outcome->kind == RP_OUTCOME_UNSUPPORTED)
        return false;
    *reason = RP_FINDING_UNDECODED;
    if (!trial->decoded)
        return true;
    *reason = RP_FINDING_LENGTH;
    if (length && length != trial->instruction.length && outcome->kind == RP_OUTCOME_RETIRED)
        return true;
    *reason = RP_FINDING_FEATURE;
    const char *flag = h->task->cpu ? rp_leads_feature(h->task->leads, &trial->instruction) : NULL;
    return flag && !rp_cpu_has(h->task->cpu, flag);
}

static void note_changes(const struct hunter *h, const struct rp_outcome *outcome, struct rp_finding *finding)
{
    const struct rp_change *change = h->outcomes.change + outcome->first;
    for (uint32_t i = 0; i < outcome->count; i++) {
        bool known = change[i].component == RP_REG_RIP;
        for (unsigned k = 0; k < finding->changes; k++)
            known |= finding->change[k] == change[i].component;
        if (known)
            continue;
        if (finding->changes == RP_FINDING_CHANGES_MAX)
            finding->more_changes = true;
        else
            finding->change[finding->changes++] = change[i].component;
    }
}

static struct rp_shown show(const struct rp_outcome *outcome, uint8_t length)
{
    return (struct rp_shown){.present = true,
                             .kind = outcome->kind,
                             .vector = outcome->vector,
                             .length = length,
                             .has_error_code = outcome->has_error_code,
                             .kernel_emulated = outcome->kernel_emulated,
                             .error_code = outcome->error_code,
                             .cr2 = outcome->cr2};
}

/* Keeps it unless the item has its like. Outcomes [first, first + states) are its runs. */
static void keep(struct hunter *h, const struct trial *trial, size_t first, unsigned states, unsigned shown,
                 enum rp_finding_reason reason)
{
    const struct rp_campaign_options *options = h->task->options;
    const struct rp_outcome *outcome = &h->outcomes.outcome[first + shown];
    uint8_t length = observed_length(h, trial, shown, outcome);
    struct rp_finding f = {.mode = h->task->mode, .reason = reason, .shown = show(outcome, length)};
    char id[RP_FINDING_ID_SIZE];
    rp_opcode_cell(f.mode, trial->bytes, RP_ENCODING_MAX, f.cell, sizeof f.cell);
    rp_finding_id(&f, id);
    for (unsigned i = 0; i < h->findings; i++)
        if (strcmp(h->id[i], id) == 0)
            return;
    if (h->findings == FINDINGS_MAX)
        return;
    f.encoding.length = length ? length : rp_tunnel_minimum(trial->bytes, f.mode);
    memcpy(f.encoding.bytes, trial->bytes, f.encoding.length);
    if (trial->decoded) {
        f.decoded_length = trial->instruction.length;
        rp_disassemble(f.mode, trial->bytes, RP_ENCODING_MAX, f.decoded, sizeof f.decoded);
    }
    snprintf(f.executor, sizeof f.executor, "%.*s", RP_EXECUTOR_NAME_MAX - 1, options->executor[0].name);
    f.provenance = options->executor[0].entry->executor->provenance;
    f.tunnel = h->task->search == RP_HUNT_TUNNEL;
    for (unsigned i = 0; i < states; i++)
        note_changes(h, &h->outcomes.outcome[first + i], &f);
    rp_leads_classify(h->task->leads, &f);
    memcpy(h->id[h->findings], id, sizeof id);
    h->finding[h->findings++] = f;
}

/* Looks at the runs of one trial, the most telling first: what retired, then what trapped. */
static void judge(struct hunter *h, const struct trial *trial, size_t first, unsigned states)
{
    enum rp_finding_reason reason;
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < states; i++) {
            const struct rp_outcome *outcome = &h->outcomes.outcome[first + i];
            uint8_t length = observed_length(h, trial, i, outcome);
            if (rp_outcome_retired(outcome) == (pass == 0) && is_news(h, trial, length, outcome, &reason)) {
                keep(h, trial, first, states, i, reason);
                return;
            }
        }
    }
}

/* Where no further run may be made: what is known to have died, and nothing of the others. */
static int answer_deaths(struct hunter *h, const struct rp_deaths *deaths, unsigned runs,
                         struct rp_error *error)
{
    int result = rp_outcomes_reserve(&h->outcomes, runs, 0, error);
    for (unsigned run = 0; run < runs && result == RP_OK; run++) {
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

/* A cell: all its variants from all states, in one batch. */
static int hunt_cell(struct hunter *h, size_t item, const struct rp_deaths *deaths,
                     struct rp_hunt_slice *slice, struct rp_error *error)
{
    static struct trial trial[RP_HUNT_VARIANTS];
    uint8_t variants[RP_HUNT_VARIANTS][RP_ENCODING_MAX];
    struct rp_job jobs[JOBS_MAX];
    struct rp_form form;
    rp_form_space_get(h->task->space, h->task->item[item], &form);
    unsigned count = rp_hunt_variants(h->task->mode, &form.encoding, variants);
    slice->encodings = count;
    for (unsigned i = 0; i < count * STATES; i++) {
        if (i % STATES == 0)
            make_trial(h->task->mode, variants[i / STATES], &trial[i / STATES]);
        jobs[i] = (struct rp_job){trial[i / STATES].encoding, h->index[i % STATES]};
    }
    int result = deaths->exhausted
                     ? answer_deaths(h, deaths, count * STATES, error)
                     : rp_runner_run(&h->runner, jobs, (size_t)count * STATES, &h->outcomes, error);
    for (unsigned i = 0; i < count && result == RP_OK; i++)
        judge(h, &trial[i], (size_t)i * STATES, STATES);
    slice->given_up = deaths->exhausted ? count : 0;
    return result;
}

/* The next `count` trials of the tunnel if all of them turn out as long as `length`: guessing makes batches,
 * and the length of an instruction seldom changes. Returns how many there are. */
static size_t guess(const struct hunter *h, struct rp_tunnel tunnel, uint8_t length, size_t count,
                    struct rp_tunnel ahead[BATCH_MAX])
{
    size_t made = 0;
    while (made < count && !tunnel.done) {
        if (rp_tunnel_wanted(&tunnel, h->task->mode))
            ahead[made++] = tunnel;
        rp_tunnel_advance(&tunnel, rp_tunnel_wanted(&tunnel, h->task->mode) ? length : tunnel.last);
    }
    return made;
}

/* Passes over what is not worth a run. */
static void skip_unwanted(struct rp_tunnel *tunnel, enum rp_mode mode)
{
    while (!tunnel->done && !rp_tunnel_wanted(tunnel, mode))
        rp_tunnel_advance(tunnel, tunnel->last);
}

/* Runs the batch and goes on along what it shows, up to the first wrong guess. Returns false if there was
 * one. */
static int take_batch(struct hunter *h, struct rp_tunnel *tunnel, const struct rp_tunnel *ahead, size_t count,
                      struct rp_hunt_slice *slice, bool *guessed, struct rp_error *error)
{
    static struct trial trial[BATCH_MAX];
    struct rp_job jobs[BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        make_trial(h->task->mode, ahead[i].bytes, &trial[i]);
        jobs[i] = (struct rp_job){trial[i].encoding, h->index[0]};
    }
    rp_outcomes_clear(&h->outcomes);
    int result = rp_runner_run(&h->runner, jobs, count, &h->outcomes, error);
    for (size_t i = 0; i < count && result == RP_OK; i++) {
        *guessed = memcmp(tunnel, &ahead[i], sizeof *tunnel) == 0;
        if (!*guessed)
            break;
        const struct rp_outcome *outcome = &h->outcomes.outcome[i];
        uint8_t length = observed_length(h, &trial[i], 0, outcome);
        judge(h, &trial[i], i, 1);
        slice->encodings++;
        if (is_deadly(outcome))
            slice->given_up += rp_tunnel_leave(tunnel, h->task->mode);
        else
            rp_tunnel_advance(tunnel, length ? length : rp_tunnel_minimum(ahead[i].bytes, h->task->mode));
        skip_unwanted(tunnel, h->task->mode);
    }
    return result;
}

static uint64_t last_death(const struct rp_deaths *deaths)
{
    uint64_t last = 0;
    for (unsigned i = 0; i < deaths->count; i++)
        last = deaths->death[i].run > last ? deaths->death[i].run : last;
    return last;
}

/* A slice of a head's tunnel. It ends behind the last run that is known to be dead, so that one more death
 * never makes the deaths too many to know what came of the others. */
static int hunt_tunnel(struct hunter *h, size_t item, const struct rp_deaths *deaths,
                       struct rp_hunt_slice *slice, struct rp_error *error)
{
    struct rp_tunnel ahead[BATCH_MAX], tunnel = h->task->tunnel[h->task->item[item]];
    uint64_t left = h->task->slice;
    size_t batch = 1;
    if (deaths->count)
        left = last_death(deaths) + 1;
    if (deaths->exhausted) { /* none of its runs can be relied on */
        tunnel.done = true;
        slice->given_up = 1;
    }
    skip_unwanted(&tunnel, h->task->mode);
    while (!tunnel.done && left) {
        bool guessed = true;
        size_t count =
            guess(h, tunnel, tunnel.last ? tunnel.last : rp_tunnel_minimum(tunnel.bytes, h->task->mode),
                  batch < left ? batch : (size_t)left, ahead);
        int result = take_batch(h, &tunnel, ahead, count, slice, &guessed, error);
        if (result)
            return result;
        left -= count;
        batch = !guessed ? 1 : batch < BATCH_MAX ? batch * 2 : BATCH_MAX;
    }
    slice->tunnel = tunnel;
    return RP_OK;
}

int rp_hunt_worker_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                        struct rp_error *error)
{
    struct hunter *h = worker;
    struct rp_hunt_slice slice = {0};
    uint64_t runs = h->runner.runs;
    h->findings = 0;
    h->runner.deaths = deaths;
    rp_outcomes_clear(&h->outcomes);
    int code = h->task->search == RP_HUNT_CELLS ? hunt_cell(h, item, deaths, &slice, error)
                                                : hunt_tunnel(h, item, deaths, &slice, error);
    h->runner.deaths = NULL;
    if (code)
        return code;
    slice.runs = h->runner.runs - runs;
    slice.findings = h->findings;
    rp_text_add_bytes(result, (const char *)&slice, sizeof slice);
    rp_text_add_bytes(result, (const char *)h->finding, h->findings * sizeof h->finding[0]);
    return RP_OK;
}
