/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trials; see hunt_trial.h. */
#include "campaign/hunt_trial.h"

#include "x86/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_FIRST 64
#define REPEATS_MAX    4

void rp_trial_make(struct rp_trial *trial, enum rp_mode mode, const uint8_t bytes[RP_ENCODING_MAX],
                   uint8_t guess)
{
    memcpy(trial->bytes, bytes, sizeof trial->bytes);
    trial->decoded = rp_decode(mode, bytes, RP_ENCODING_MAX, &trial->instruction, NULL) == RP_OK;
    trial->encoding.length = trial->decoded ? trial->instruction.length : guess ? guess : RP_ENCODING_MAX;
    memset(trial->encoding.bytes, 0, sizeof trial->encoding.bytes);
    memcpy(trial->encoding.bytes, bytes, trial->encoding.length);
    trial->runs = 0;
}

uint8_t rp_trial_length(const struct rp_hunter *h, const struct rp_trial *trial, unsigned run)
{
    const struct rp_outcome *outcome = &h->outcomes.outcome[trial->at[run]];
    return rp_outcome_length(outcome, h->outcomes.change + outcome->first,
                             h->state[run].state.reg[RP_REG_RIP],
                             trial->decoded && trial->instruction.branch != RP_BRANCH_NONE);
}

bool rp_trial_is_cut_short(const struct rp_hunter *h, const struct rp_trial *trial)
{
    bool is_short = false;
    for (unsigned run = 0; run < trial->runs && !trial->decoded; run++)
        is_short |= rp_trial_length(h, trial, run) > trial->encoding.length;
    return is_short;
}

bool rp_trial_is_ud(const struct rp_outcome *outcome)
{
    return outcome->kind == RP_OUTCOME_TRAPPED && outcome->vector == RP_VECTOR_UD;
}

bool rp_trial_is_deadly(const struct rp_outcome *outcome)
{
    return outcome->kind == RP_OUTCOME_DIED || outcome->kind == RP_OUTCOME_HUNG;
}

/* True if it runs, or at least exists, on the executor although it should not, and why. */
static bool is_news(const struct rp_hunter *h, const struct rp_trial *trial, unsigned run,
                    enum rp_finding_reason *reason)
{
    const struct rp_outcome *outcome = &h->outcomes.outcome[trial->at[run]];
    uint8_t length = rp_trial_length(h, trial, run);
    if (rp_trial_is_ud(outcome) || outcome->kind == RP_OUTCOME_UNSUPPORTED)
        return false;
    *reason = RP_FINDING_UNDECODED;
    if (!trial->decoded)
        return true;
    *reason = RP_FINDING_LENGTH;
    if (length && length != trial->instruction.length &&
        (outcome->kind == RP_OUTCOME_RETIRED || outcome->kind == RP_OUTCOME_TRAPPED))
        return true;
    *reason = RP_FINDING_FEATURE;
    const char *flag = h->task->cpu ? rp_leads_feature(h->task->leads, &trial->instruction) : NULL;
    return flag && !rp_cpu_has(h->task->cpu, flag);
}

static void note_changes(const struct rp_hunter *h, const struct rp_outcome *outcome,
                         struct rp_finding *finding)
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

/* Room for one more; NULL: no memory. */
static struct rp_finding *new_finding(struct rp_hunter *h)
{
    if (h->findings == h->capacity) {
        size_t capacity = h->capacity ? 2 * h->capacity : FINDINGS_FIRST;
        struct rp_finding *grown = realloc(h->finding, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        h->finding = grown;
        h->capacity = capacity;
    }
    return &h->finding[h->findings];
}

/* The identity of a finding. */
static void identify(const struct rp_hunter *h, const struct rp_trial *trial, unsigned run,
                     enum rp_finding_reason reason, struct rp_finding *f)
{
    *f = (struct rp_finding){.mode = h->task->mode,
                             .reason = reason,
                             .shown =
                                 show(&h->outcomes.outcome[trial->at[run]], rp_trial_length(h, trial, run))};
    rp_opcode_cell(f->mode, trial->bytes, RP_ENCODING_MAX, f->cell, sizeof f->cell);
}

static bool has_its_like(const struct rp_hunter *h, const struct rp_trial *trial, unsigned run,
                         enum rp_finding_reason reason)
{
    struct rp_finding finding;
    identify(h, trial, run, reason, &finding);
    for (size_t i = 0; i < h->findings; i++)
        if (rp_finding_same(&h->finding[i], &finding))
            return true;
    return false;
}

/* The run again, from its pre-state, and how it ended. Left out where that is no line. */
static void add_witness(const struct rp_hunter *h, const struct rp_trial *trial, unsigned run,
                        struct rp_finding *f)
{
    static struct rp_witness w; /* some 60 KB */
    struct rp_text line = {0};
    const struct rp_recipe *recipe = &h->recipe[run];
    w = (struct rp_witness){.policy = h->task->options->policy,
                            .mode = f->mode,
                            .encoding = trial->encoding,
                            .kind = RP_KIND_FINDING,
                            .user = recipe->user,
                            .run = {{3, recipe->machine}, {3, recipe->machine}},
                            .component = RP_CELL_END,
                            .field = RP_RESOURCE_NONE,
                            .end = {.kind = f->shown.kind,
                                    .vector = f->shown.kind == RP_OUTCOME_RETIRED ? 0 : f->shown.vector,
                                    .length = f->shown.length}};
    snprintf(w.executor, sizeof w.executor, "%s", f->executor);
    if (rp_witness_print(&w, &line, NULL) == RP_OK)
        snprintf(f->witness, sizeof f->witness, "%s", rp_text_string(&line));
    rp_text_free(&line);
}

/* What of it is more than the identity. */
static void describe(const struct rp_hunter *h, const struct rp_trial *trial, unsigned run,
                     struct rp_finding *f)
{
    const struct rp_campaign_executor *executor = &h->task->options->executor[0];
    uint8_t length = f->shown.length;
    f->encoding.length = length ? length : rp_tunnel_minimum(trial->bytes, f->mode);
    memcpy(f->encoding.bytes, trial->bytes, f->encoding.length);
    if (trial->decoded) {
        f->decoded_length = trial->instruction.length;
        rp_disassemble(f->mode, trial->bytes, RP_ENCODING_MAX, f->decoded, sizeof f->decoded);
    }
    snprintf(f->executor, sizeof f->executor, "%.*s", RP_EXECUTOR_NAME_MAX - 1, executor->name);
    f->provenance = executor->entry->executor->by_machine
                        ? (enum rp_provenance)h->outcomes.outcome[trial->at[0]].provenance
                        : executor->entry->executor->provenance;
    f->tunnel = h->task->search == RP_HUNT_TUNNEL;
    for (unsigned i = 0; i < trial->runs; i++)
        note_changes(h, &h->outcomes.outcome[trial->at[i]], f);
    add_witness(h, trial, run, f);
    rp_leads_classify(h->task->leads, h->task->cpu, f);
}

/* Makes the runs once more; `again` is the trial with their outcomes. */
static int repeat(struct rp_hunter *h, const struct rp_trial *trial, struct rp_trial *again,
                  struct rp_error *error)
{
    struct rp_job jobs[RP_HUNT_STATES];
    *again = *trial;
    for (unsigned i = 0; i < trial->runs; i++) {
        jobs[i] = (struct rp_job){.encoding = trial->encoding, .prestate = h->index[i]};
        again->at[i] = h->outcomes.count + i;
    }
    return rp_runner_run(&h->runner, jobs, trial->runs, &h->outcomes, error);
}

static bool is_equal(const struct rp_hunter *h, const struct rp_trial *a, const struct rp_trial *b)
{
    for (unsigned i = 0; i < a->runs; i++) {
        const struct rp_outcome *one = &h->outcomes.outcome[a->at[i]], *two = &h->outcomes.outcome[b->at[i]];
        if (one->kind != two->kind || one->vector != two->vector ||
            rp_trial_length(h, a, i) != rp_trial_length(h, b, i))
            return false;
    }
    return true;
}

int rp_trial_settle(struct rp_hunter *h, struct rp_trial *trial, bool *settled, struct rp_error *error)
{
    struct rp_trial again;
    int result = RP_OK;
    bool repeats = h->silicon || h->runner.executor->by_machine;
    /* What died too often to be run again has shown it. */
    *settled = !repeats || (h->runner.deaths && h->runner.deaths->exhausted);
    for (unsigned i = 0; i < REPEATS_MAX && !*settled && result == RP_OK; i++) {
        result = repeat(h, trial, &again, error);
        if (result == RP_OK) {
            *settled = is_equal(h, trial, &again);
            *trial = again;
        }
    }
    return result;
}

static int keep(struct rp_hunter *h, const struct rp_trial *trial, unsigned run,
                enum rp_finding_reason reason, struct rp_error *error)
{
    struct rp_finding *f = new_finding(h);
    if (!f)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for findings");
    identify(h, trial, run, reason, f);
    describe(h, trial, run, f);
    h->findings++;
    return RP_OK;
}

/* The most telling run: what retired, then what trapped. False: none is news. */
static bool find_news(const struct rp_hunter *h, const struct rp_trial *trial, unsigned *run,
                      enum rp_finding_reason *reason)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        for (*run = 0; *run < trial->runs; ++*run) {
            bool retired = rp_outcome_retired(&h->outcomes.outcome[trial->at[*run]]);
            if (retired == (pass == 0) && is_news(h, trial, *run, reason))
                return true;
        }
    }
    return false;
}

int rp_trial_judge(struct rp_hunter *h, struct rp_trial *trial, struct rp_error *error)
{
    enum rp_finding_reason reason;
    unsigned run;
    bool settled;
    if (!find_news(h, trial, &run, &reason) || has_its_like(h, trial, run, reason))
        return RP_OK;
    int result = rp_trial_settle(h, trial, &settled, error);
    h->unsettled += result == RP_OK && !settled;
    if (result || !settled || !find_news(h, trial, &run, &reason) || has_its_like(h, trial, run, reason))
        return result;
    return keep(h, trial, run, reason, error);
}
