/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker of a verification; see golden_verify.h. A block is run and hashed; the record's outcomes are
 * looked at only where the hashes differ. What came out is kept until then: a fault that does not come back
 * is found in that, and not by running again. */
#include "campaign/golden_verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct verifier {
    const struct rp_golden_verifying *of;
    volatile uint64_t *run_counter;
    struct rp_golden_runner runner;
    struct rp_golden_sides sides;
    bool open;
    int cpu; /* that it is open on */
    struct rp_outcomes kept, recorded, again, scratch;
    uint32_t offset; /* of the first of the kept among the block's compared runs */
    uint64_t *hash;  /* of each of the kept */
    size_t capacity;
    struct timespec begun; /* for the rate */
    uint64_t made;
};

static void close_runner(struct verifier *w)
{
    if (w->open) {
        rp_golden_runner_close(&w->runner);
        rp_golden_sides_close(&w->sides);
    }
    w->open = false;
}

/* On the processor that the item is for. */
static int open_on(struct verifier *w, int cpu, struct rp_error *error)
{
    const struct rp_golden_verify_options *o = w->of->options;
    if (w->open && w->cpu == cpu)
        return RP_OK;
    close_runner(w);
    int result =
        rp_golden_runner_open(&w->runner, &o->record->plan, &o->campaign, cpu, w->run_counter, error);
    if (result)
        return result;
    w->runner.policy = w->of->policy;
    w->cpu = cpu;
    w->open = true;
    return rp_golden_sides_open(&w->sides, &o->record->identity, w->of->here, w->runner.can, w->of->policy,
                                error);
}

void rp_golden_verifier_close(void *worker)
{
    struct verifier *w = worker;
    close_runner(w);
    rp_outcomes_free(&w->kept);
    rp_outcomes_free(&w->recorded);
    rp_outcomes_free(&w->again);
    rp_outcomes_free(&w->scratch);
    free(w->hash);
    free(w);
}

void *rp_golden_verifier_instance(void *worker)
{
    return ((struct verifier *)worker)->runner.runner.instance;
}

int rp_golden_verifier_open(void *context, volatile uint64_t *run_counter, void **worker,
                            struct rp_error *error)
{
    struct rp_golden_verifying *of = context;
    struct verifier *w = calloc(1, sizeof *w);
    if (!w)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a worker");
    w->of = of;
    w->run_counter = run_counter;
    clock_gettime(CLOCK_MONOTONIC, &w->begun);
    /* Where processors are chosen the first item says which. */
    int result = of->options->cpus ? RP_OK : open_on(w, -1, error);
    if (result)
        rp_golden_verifier_close(w);
    else
        *worker = w;
    return result;
}

/* Waits until `made` runs are due at this worker's part of the rate. */
static void wait_for_rate(struct verifier *w)
{
    const struct rp_golden_verify_options *o = w->of->options;
    if (!o->max_rate)
        return;
    double due = (double)w->made * w->of->workers / (double)o->max_rate;
    struct timespec until = w->begun;
    until.tv_sec += (time_t)due;
    until.tv_nsec += (long)((due - (double)(time_t)due) * 1e9);
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL))
        ;
}

/* Runs the jobs; with a bounded rate in parts of at most a tenth of a second. */
static int run_jobs(struct verifier *w, size_t count, struct rp_error *error)
{
    const struct rp_golden_verify_options *o = w->of->options;
    size_t part = count;
    int result = RP_OK;
    if (o->max_rate) {
        part = (size_t)(o->max_rate / w->of->workers / 10);
        part = part ? part : 1;
    }
    rp_outcomes_clear(&w->kept);
    for (size_t at = 0; at < count && result == RP_OK; at += part) {
        size_t now = count - at < part ? count - at : part;
        result = rp_runner_run(&w->runner.runner, w->runner.jobs + at, now, &w->kept, error);
        w->made += now;
        wait_for_rate(w);
    }
    return result;
}

static int reserve(struct verifier *w, size_t count, struct rp_error *error)
{
    if (count <= w->capacity)
        return RP_OK;
    free(w->hash);
    w->hash = malloc(count * sizeof *w->hash);
    w->capacity = w->hash ? count : 0;
    return w->hash ? RP_OK : rp_error_set(error, RP_EENVIRONMENT, "out of memory for hashes");
}

/* The hashes of what was kept, masked where the record is. */
static int hash_kept(struct verifier *w, const struct rp_golden_block *block, size_t count,
                     struct rp_error *error)
{
    const struct rp_golden_mask *mask = block->mask, *end = mask + block->masks;
    int result = RP_OK;
    for (size_t i = 0; i < count && result == RP_OK; i++) {
        const struct rp_outcome *o = &w->kept.outcome[i];
        uint32_t run = w->runner.run[i];
        while (mask < end && mask->run < run)
            mask++;
        const struct rp_golden_mask *first = mask;
        while (mask < end && mask->run == run)
            mask++;
        w->hash[i] = o->hash;
        if (mask != first)
            result = rp_golden_hash(o, w->kept.change + o->first, first, (size_t)(mask - first), &w->scratch,
                                    &w->hash[i], error);
    }
    return result;
}

/* Makes the run again, to tell what lasts from what does not come back. */
static int repeat(struct verifier *w, const struct rp_golden_block *block, size_t i, uint64_t recorded,
                  struct rp_golden_difference *difference, struct rp_error *error)
{
    const struct rp_golden_mask *masks;
    size_t count = rp_golden_masks(block, w->runner.run[i], &masks);
    int result = RP_OK;
    for (unsigned n = 0; n < RP_GOLDEN_REPEATS && result == RP_OK; n++) {
        uint64_t hash = 0;
        rp_outcomes_clear(&w->again);
        result = rp_runner_run(&w->runner.runner, &w->runner.jobs[i], 1, &w->again, error);
        if (result == RP_OK)
            result = rp_golden_hash(&w->again.outcome[0], w->again.change, masks, count, &w->scratch, &hash,
                                    error);
        if (hash == recorded)
            difference->as_recorded++;
        else if (hash == w->hash[i])
            difference->as_seen++;
        else
            difference->otherwise++;
    }
    difference->constancy = difference->as_recorded == RP_GOLDEN_REPEATS ? RP_GOLDEN_TRANSIENT
                            : difference->as_seen == RP_GOLDEN_REPEATS   ? RP_GOLDEN_LASTING
                                                                         : RP_GOLDEN_UNSTEADY;
    return result;
}

static uint32_t encoding_of(const struct rp_golden_block *block, uint32_t run)
{
    uint32_t e = 0;
    while (block->first[e + 1] <= run)
        e++;
    return e;
}

static int describe(struct verifier *w, const struct rp_golden_block *block, size_t i,
                    struct rp_golden_difference *difference, struct rp_error *error)
{
    static struct rp_prestate prestate;
    static struct rp_machine machine;
    const struct rp_golden_mask *masks;
    const uint32_t run = w->runner.run[i];
    size_t count = rp_golden_masks(block, run, &masks);
    const struct rp_outcome *outcome[2] = {&w->recorded.outcome[w->offset + i], &w->kept.outcome[i]};
    struct rp_instruction instruction;
    int result = rp_golden_prestate(&w->of->options->record->plan, block->state[run], w->of->policy,
                                    &prestate, &machine, error);
    if (result)
        return result;
    rp_prestate_reduce(&prestate, w->runner.can->lacks);
    difference->encoding = block->encoding[encoding_of(block, run)];
    enum rp_mode mode = (enum rp_mode)block->mode;
    bool memory = rp_decode(mode, difference->encoding.bytes, difference->encoding.length, &instruction,
                            NULL) == RP_OK &&
                  instruction.memory.present;
    const struct rp_view view[2] = {
        {mode, &prestate, outcome[0], w->recorded.change + outcome[0]->first, memory},
        {mode, &prestate, outcome[1], w->kept.change + outcome[1]->first, memory}};
    for (unsigned side = 0; side < 2; side++)
        difference->shown[side] = rp_outcome_shown(outcome[side]);
    rp_golden_declare(&w->sides, view, &machine, masks, count, difference);
    return RP_OK;
}

/* A difference of run `i` of those that were kept; it is sent as bytes. */
static void begin_difference(const struct verifier *w, uint32_t number, const struct rp_golden_part *part,
                             size_t i, struct rp_golden_difference *difference)
{
    memset(difference, 0, sizeof *difference);
    difference->block = number;
    difference->run = w->runner.run[i];
    difference->ordinal = w->of->before[number] + w->runner.run[i];
    difference->cpu = part->cpu;
    difference->pass = part->pass;
    difference->mode = w->of->options->record->plan.block[number].mode;
}

/* The hash of a block is another, and no run of it: what hashed it was wrong. */
static void report_hash(const struct verifier *w, uint32_t number, const struct rp_golden_part *part,
                        size_t count, struct rp_text *to)
{
    const struct rp_golden_block *block = &w->of->options->record->plan.block[number];
    struct rp_golden_difference d;
    begin_difference(w, number, part, 0, &d);
    d.encoding = block->encoding[encoding_of(block, d.run)];
    snprintf(d.mnemonic, sizeof d.mnemonic, "-");
    snprintf(d.why, sizeof d.why, "the hash of block %u, of no run: a fault in computing it", number + 1);
    for (unsigned n = 0; n < RP_GOLDEN_REPEATS; n++)
        *(rp_golden_block_hash(w->hash, count) == block->hash ? &d.as_recorded : &d.otherwise) += 1;
    d.constancy = d.as_recorded == RP_GOLDEN_REPEATS ? RP_GOLDEN_TRANSIENT
                  : d.otherwise == RP_GOLDEN_REPEATS ? RP_GOLDEN_LASTING
                                                     : RP_GOLDEN_UNSTEADY;
    rp_text_add_bytes(to, (const char *)&d, sizeof d);
}

/* The hashes of the block differ: which runs, and in what. */
static int find_differences(struct verifier *w, uint32_t number, const struct rp_golden_part *part,
                            size_t count, struct rp_text *to, struct rp_error *error)
{
    const struct rp_golden_record *record = w->of->options->record;
    const struct rp_golden_block *block = &record->plan.block[number];
    int result = rp_golden_record_outcomes(record, number, &w->recorded, error);
    bool found = false;
    for (size_t i = 0; i < count && result == RP_OK; i++) {
        struct rp_golden_difference difference;
        const uint64_t recorded = w->recorded.outcome[w->offset + i].hash;
        if (w->hash[i] == recorded)
            continue;
        found = true;
        begin_difference(w, number, part, i, &difference);
        result = describe(w, block, i, &difference, error);
        if (result == RP_OK && difference.declared == RP_GOLDEN_UNDECLARED)
            result = repeat(w, block, i, recorded, &difference, error);
        rp_text_add_bytes(to, (const char *)&difference, sizeof difference);
    }
    if (result == RP_OK && !found)
        report_hash(w, number, part, count, to);
    return result;
}

/* Leaves of the block's jobs those of the part; returns how many. */
static size_t take_part(struct verifier *w, const struct rp_golden_part *part, size_t count)
{
    struct rp_golden_runner *r = &w->runner;
    w->offset = part->from;
    if (part->from >= count)
        return 0;
    count -= part->from;
    count = count < part->runs ? count : part->runs;
    memmove(r->jobs, r->jobs + part->from, count * sizeof *r->jobs);
    memmove(r->run, r->run + part->from, count * sizeof *r->run);
    return count;
}

/* True if what was kept is what the record has: of a whole block by its hash, of a part by those of its runs.
 */
static bool is_as_recorded(const struct verifier *w, const struct rp_golden_block *block,
                           const struct rp_golden_part *part, size_t count)
{
    if (part->runs == UINT32_MAX)
        return rp_golden_block_hash(w->hash, count) == block->hash;
    for (size_t i = 0; i < count; i++)
        if ((uint32_t)w->hash[i] != block->run_hash[w->runner.run[i]])
            return false;
    return true;
}

static int verify_block(struct verifier *w, uint32_t number, const struct rp_golden_part *part,
                        uint64_t *runs, struct rp_text *to, struct rp_error *error)
{
    const struct rp_golden_block *block = &w->of->options->record->plan.block[number];
    size_t count = 0;
    int result = rp_golden_runner_jobs(&w->runner, block, false, false, &count, error);
    count = take_part(w, part, count);
    if (result || count == 0)
        return result;
    result = reserve(w, count, error);
    if (result == RP_OK)
        result = run_jobs(w, count, error);
    if (result == RP_OK)
        result = hash_kept(w, block, count, error);
    *runs += count;
    return result || is_as_recorded(w, block, part, count)
               ? result
               : find_differences(w, number, part, count, to, error);
}

/* Compared runs of the block that are of the part. */
static uint64_t compared(const struct rp_golden_verifying *of, uint32_t block,
                         const struct rp_golden_part *part)
{
    uint64_t count[RP_GOLDEN_SKIP_COUNT] = {0};
    rp_golden_block_count(&of->options->record->plan.block[block], count);
    uint64_t behind = count[RP_GOLDEN_COMPARED] > part->from ? count[RP_GOLDEN_COMPARED] - part->from : 0;
    return behind < part->runs ? behind : part->runs;
}

int rp_golden_verifier_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                            struct rp_error *error)
{
    struct verifier *w = worker;
    const struct rp_golden_part part = rp_golden_part_of(w->of, item);
    struct rp_golden_counts counts = {0};
    int code = open_on(w, part.cpu, error);
    rp_text_add_bytes(result, (const char *)&counts, sizeof counts); /* its place */
    w->runner.runner.deaths = deaths;
    for (uint32_t b = part.first; b < part.end && code == RP_OK; b++) {
        if (deaths->exhausted)
            counts.given_up += compared(w->of, b, &part);
        else
            code = verify_block(w, b, &part, &counts.runs, result, error);
    }
    if (code == RP_OK && !result->failed)
        memcpy(result->data, &counts, sizeof counts);
    return code;
}
