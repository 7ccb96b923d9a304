/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verifying in the parent: who runs which part of the record on which processor, and what is counted; see
 * golden.h. An item is a stretch of blocks on one processor; they take turns by processor, so that each
 * worker stays on one as long as all are equally fast. */
#include "campaign/golden_verify.h"

#include "base/clock.h"
#include "campaign/work.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STRETCH 16   /* blocks of an item */
#define BLOCK   1024 /* runs of a block, about */

struct rp_golden_part rp_golden_part_of(const struct rp_golden_verifying *v, size_t item)
{
    const struct rp_golden_verify_options *o = v->options;
    size_t cpus = o->cpus ? o->cpus : 1, stretch = item / cpus;
    struct rp_golden_part part = {.pass = stretch / v->stretches,
                                  .which = (unsigned)(item % cpus),
                                  .cpu = o->cpus ? o->cpu[item % cpus] : -1,
                                  .first = (uint32_t)(stretch % v->stretches) * v->stretch,
                                  .runs = UINT32_MAX};
    if (v->slice) {
        uint32_t place = (uint32_t)(stretch % v->stretches);
        part.first = place / v->slices;
        part.from = place % v->slices * v->slice;
        part.runs = v->slice;
    }
    part.end =
        part.first + v->stretch < o->record->plan.blocks ? part.first + v->stretch : o->record->plan.blocks;
    return part;
}

static int take_item(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct rp_golden_verifying *v = context;
    const struct rp_golden_part part = rp_golden_part_of(v, item);
    struct rp_golden_cpu_summary *cpu = &v->summary->cpu[part.which];
    static struct rp_golden_difference difference;
    struct rp_golden_counts counts;
    int result = RP_OK;
    if (length < sizeof counts || (length - sizeof counts) % sizeof difference)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    memcpy(&counts, bytes, sizeof counts);
    uint64_t held = counts.runs;
    v->summary->given_up += counts.given_up;
    for (size_t at = sizeof counts; at < length && result == RP_OK; at += sizeof difference) {
        memcpy(&difference, bytes + at, sizeof difference);
        v->summary->declared[difference.declared]++;
        if (difference.declared == RP_GOLDEN_UNDECLARED) {
            v->summary->constancy[difference.constancy]++;
            cpu->differences++;
        }
        counts.runs -= difference.declared == RP_GOLDEN_UNHELD;
        held -= rp_golden_is_incomparable((enum rp_golden_declared)difference.declared);
        result = v->options->take(v->options->take_context, &difference, error);
    }
    v->summary->runs += counts.runs;
    v->summary->held += part.pass == 0 ? held : 0;
    cpu->runs += counts.runs;
    v->items++;
    v->summary->passes = v->items / (v->stretches * v->summary->cpus);
    return result;
}

static void name_item(void *context, size_t item, char *text, size_t size)
{
    const struct rp_golden_verifying *v = context;
    const struct rp_golden_part part = rp_golden_part_of(v, item);
    const struct rp_golden_block *block = &v->options->record->plan.block[part.first];
    rp_encoding_name((enum rp_mode)block->mode, &block->encoding[0], text, size);
}

static void report_progress(void *context, const struct rp_pool_status *status)
{
    const struct rp_golden_verifying *v = context;
    const struct rp_golden_verify_options *o = v->options;
    size_t last = status->items ? status->items - 1 : 0;
    const struct rp_golden_part part = rp_golden_part_of(v, status->done < last ? status->done : last);
    struct rp_pool_status shown = *status;
    if (o->loop) { /* the end of which nobody knows: of this pass */
        size_t pass = v->stretches * (o->cpus ? o->cpus : 1);
        shown.items = pass;
        shown.done %= pass;
    }
    if (o->beat)
        o->beat(o->take_context, v->summary);
    if (o->progress)
        o->progress(o->campaign.progress_context, (enum rp_mode)o->record->plan.block[part.first].mode,
                    &shown, v->summary->declared[RP_GOLDEN_UNDECLARED]);
}

static int run_items(struct rp_golden_verifying *v, struct rp_error *error)
{
    const struct rp_golden_verify_options *o = v->options;
    size_t each = v->stretches * (o->cpus ? o->cpus : 1);
    struct rp_pool_work work = {.items = o->loop ? SIZE_MAX / 2 / each * each : each,
                                .context = v,
                                .open = rp_golden_verifier_open,
                                .item = rp_golden_verifier_item,
                                .close = rp_golden_verifier_close,
                                .done = take_item,
                                .name = name_item};
    struct rp_pool_options pool = {.workers = v->workers,
                                   .hang_milliseconds = o->campaign.hang_milliseconds,
                                   .stop = o->campaign.stop,
                                   .deadline = o->campaign.deadline,
                                   .recycle_runs = v->recycles ? RP_WORKER_RECYCLE_RUNS : 0,
                                   .progress = report_progress,
                                   .progress_context = v,
                                   .log_descriptor = o->campaign.log_descriptor};
    struct rp_pool_status status = {0};
    return rp_pool_run(&work, &pool, &status, error);
}

/* Flags that encodings of the record need and this CPU lacks, each once. */
static int check_features(const struct rp_golden_verify_options *options, const struct rp_golden_sides *sides,
                          struct rp_error *error)
{
    const struct rp_golden_plan *plan = &options->record->plan;
    const char *missing[64];
    size_t count = 0;
    for (uint32_t b = 0; b < plan->blocks && !sides->same_cpu; b++) {
        for (uint32_t e = 0; e < plan->block[b].encodings; e++) {
            const char *flag =
                rp_golden_missing(sides, (enum rp_mode)plan->block[b].mode, &plan->block[b].encoding[e]);
            size_t i = 0;
            while (flag && i < count && strcmp(missing[i], flag) != 0)
                i++;
            if (flag && i == count && count < sizeof missing / sizeof missing[0])
                missing[count++] = flag;
        }
    }
    if (count == 0 || options->common)
        return RP_OK;
    struct rp_text names = {0};
    for (size_t i = 0; i < count && i < 6; i++)
        rp_text_add(&names, "%s%s", i ? " " : "", missing[i]);
    rp_error_set(error, RP_EINPUT,
                 "'%s' was recorded with '%s%s', which this CPU lacks; --common compares what both have",
                 options->record->path, rp_text_string(&names), count > 6 ? " ..." : "");
    rp_text_free(&names);
    return RP_EINPUT;
}

static int check_runs(const struct rp_golden_record *record, struct rp_error *error)
{
    uint64_t count[RP_GOLDEN_SKIP_COUNT] = {0};
    for (uint32_t i = 0; i < record->plan.blocks; i++)
        rp_golden_block_count(&record->plan.block[i], count);
    return count[RP_GOLDEN_COMPARED]
               ? RP_OK
               : rp_error_set(error, RP_EINPUT,
                              "'%s' has no run that can be compared; record more modes or encodings",
                              record->path);
}

int rp_golden_verify_identity(const struct rp_golden_verify_options *options, struct rp_golden_identity *here,
                              struct rp_error *error)
{
    static struct rp_executor_report report;
    const struct rp_campaign_executor *executor = &options->campaign.executor[0];
    struct rp_golden_sides sides = {0};
    *here = options->record->identity; /* how the space was chosen */
    int result = rp_executor_need(executor->entry, executor->name, &report, error);
    if (result == RP_OK)
        result = rp_golden_identity_machine(here, error);
    if (result)
        return result;
    size_t length = strlen(executor->name);
    if (length >= sizeof here->executor)
        return rp_error_set(error, RP_EINPUT, "'%s' is too long a name", executor->name);
    memcpy(here->executor, executor->name, length + 1);
    rp_golden_identity_executor(here, executor->entry->executor, &report.capabilities);
    result = check_runs(options->record, error);
    if (result)
        return result;
    result = rp_golden_sides_open(&sides, &options->record->identity, here, &report.capabilities,
                                  RP_POLICY_AS_FOUND, error);
    if (result == RP_OK)
        result = check_features(options, &sides, error);
    rp_golden_sides_close(&sides);
    return result;
}

/* By name, as the record has it. */
static int find_policy(const struct rp_golden_record *record, enum rp_policy *policy, struct rp_error *error)
{
    for (unsigned p = 0; p < RP_POLICY_COUNT; p++) {
        *policy = (enum rp_policy)p;
        if (strcmp(rp_policy_name(*policy), record->identity.policy) == 0)
            return RP_OK;
    }
    return rp_error_set(error, RP_EINPUT, "'%s' has no policy of ours but '%s'", record->path,
                        record->identity.policy);
}

static uint32_t largest_block(const struct rp_golden_plan *plan)
{
    uint32_t most = 1;
    for (uint32_t i = 0; i < plan->blocks; i++)
        most = plan->block[i].runs > most ? plan->block[i].runs : most;
    return most;
}

/* Items take a second or so: what is in work when the time is over is lost. */
static void part_plan(struct rp_golden_verifying *v)
{
    const struct rp_golden_plan *plan = &v->options->record->plan;
    const uint64_t rate = v->options->max_rate;
    if (rate && v->workers > rate)
        v->workers = (unsigned)rate;
    uint64_t second = rate / (v->workers ? v->workers : 1); /* runs of a worker */
    const uint64_t blocks = second / BLOCK;
    v->stretch = v->recycles ? 1 : STRETCH; /* emulators are slower */
    if (rate && blocks < v->stretch)
        v->stretch = blocks ? (uint32_t)blocks : 1;
    v->stretches = (plan->blocks + (size_t)v->stretch - 1) / v->stretch;
    if (!rate || second >= BLOCK)
        return;
    v->slice = (uint32_t)second;
    v->slices = (largest_block(plan) + v->slice - 1) / v->slice;
    v->stretches = (size_t)plan->blocks * v->slices;
}

static int begin(struct rp_golden_verifying *v, struct rp_error *error)
{
    const struct rp_golden_verify_options *o = v->options;
    const struct rp_golden_plan *plan = &o->record->plan;
    uint64_t count[RP_GOLDEN_SKIP_COUNT] = {0};
    v->workers = o->campaign.workers ? o->campaign.workers : 1;
    if (o->cpus && v->workers > o->cpus)
        v->workers = o->cpus;
    v->recycles = o->campaign.executor[0].entry->executor->provenance != RP_PROVENANCE_SILICON;
    part_plan(v);
    v->summary->cpus = o->cpus ? o->cpus : 1;
    v->summary->cpu = calloc(v->summary->cpus, sizeof *v->summary->cpu);
    v->before = calloc(plan->blocks + (size_t)1, sizeof *v->before);
    if (!v->summary->cpu || !v->before)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the answer");
    for (unsigned i = 0; i < v->summary->cpus; i++)
        v->summary->cpu[i].cpu = o->cpus ? o->cpu[i] : -1;
    for (uint32_t i = 0; i < plan->blocks; i++) {
        v->before[i + 1] = v->before[i] + plan->block[i].runs;
        rp_golden_block_count(&plan->block[i], count);
    }
    v->summary->compared = count[RP_GOLDEN_COMPARED];
    return find_policy(o->record, &v->policy, error);
}

int rp_golden_verify_run(const struct rp_golden_verify_options *options,
                         const struct rp_golden_identity *here, struct rp_golden_summary *summary,
                         struct rp_error *error)
{
    struct rp_golden_verifying v = {.options = options, .here = here, .summary = summary};
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    *summary = (struct rp_golden_summary){0};
    int result = begin(&v, error);
    if (result == RP_OK && v.stretches == 0)
        result = rp_error_set(error, RP_EINPUT, "'%s' has no run in it", options->record->path);
    if (result == RP_OK)
        result = run_items(&v, error);
    summary->seconds = rp_clock_since(&start);
    free(v.before);
    return result;
}
