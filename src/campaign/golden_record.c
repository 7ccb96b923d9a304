/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording; see golden.h. Each run is made several times: what ends otherwise is not recorded, what leaves
 * another value is masked. On a CPU the repetitions take turns between two processors and between both
 * directions, so that what depends on the processor or on what ran before shows itself. */
#include "campaign/golden.h"

#include "base/clock.h"
#include "campaign/golden_plan.h"
#include "campaign/golden_work.h"
#include "campaign/work.h"
#include "fuzz/behaviour.h"
#include "golden/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PASSES_SILICON  6
#define PASSES_EMULATED 2
#define BLOCK_RUNS      1024 /* an order of native, which is cheapest whole */
#define MASKS_MAX       16   /* components of a run; what varies in more is compared by its end alone */

/* A worker. */
struct recorder {
    const struct recording *of;
    struct rp_golden_runner runner[2];
    unsigned runners, passes;
    const struct rp_deaths *deaths;
    struct rp_outcomes first, again, kept;
    struct rp_golden_mask (*mask)[MASKS_MAX]; /* by run */
    uint32_t *masks, capacity;
};

/* The recording in the parent; workers have it by fork. */
struct recording {
    struct rp_worker_setup setup; /* first */
    const struct rp_golden_record_options *options;
    struct rp_golden_plan plan;
    uint32_t stored; /* blocks that are in the file */
    bool silicon;
    struct rp_golden_writer *writer;
    struct rp_golden_totals *totals;
};

static void close_recorder(void *worker)
{
    struct recorder *w = worker;
    for (unsigned i = 0; i < w->runners; i++)
        rp_golden_runner_close(&w->runner[i]);
    rp_outcomes_free(&w->first);
    rp_outcomes_free(&w->again);
    rp_outcomes_free(&w->kept);
    free(w->mask);
    free(w->masks);
    free(w);
}

static int open_recorder(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    struct recording *of = context;
    int cpu[64];
    unsigned cpus = rp_golden_cpus(cpu, 64);
    struct recorder *w = calloc(1, sizeof *w);
    if (!w)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a worker");
    w->of = of;
    w->passes = of->silicon ? PASSES_SILICON : PASSES_EMULATED;
    int result = rp_fuzz_behaviour_load(error);
    for (unsigned i = 0; i < (of->silicon ? 2 : 1) && result == RP_OK; i++) {
        /* The last processors: the first has the interrupts of most machines. */
        int which = of->silicon && cpus > 1 ? cpu[cpus - 1 - i] : -1;
        result =
            rp_golden_runner_open(&w->runner[i], &of->plan, of->setup.options, which, run_counter, error);
        w->runners += result == RP_OK;
    }
    if (result == RP_OK)
        result = rp_golden_pin(-1, error);
    if (result)
        close_recorder(w);
    else
        *worker = w;
    return result;
}

static int reserve_masks(struct recorder *w, uint32_t runs, struct rp_error *error)
{
    if (runs > w->capacity) {
        free(w->mask);
        free(w->masks);
        w->mask = malloc(runs * sizeof *w->mask);
        w->masks = malloc(runs * sizeof *w->masks);
        w->capacity = w->mask && w->masks ? runs : 0;
    }
    if (!w->capacity)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for masks");
    memset(w->masks, 0, runs * sizeof *w->masks);
    return RP_OK;
}

static void mask_all(struct recorder *w, uint32_t run)
{
    w->mask[run][0] = (struct rp_golden_mask){run, RP_GOLDEN_MASK_ALL};
    w->masks[run] = 1;
}

/* A NULL selector with an RPL is cleared when an interrupt returns to the program (SDM Vol. 2A "IRET", the
 * return to an outer level; SegScope, HPCA 2024, tells interrupts by it). Between the run's end and the look
 * at its state one comes once in some ten thousand runs. */
static void mask_null_selectors(struct recorder *w, uint32_t run)
{
    static const uint8_t selectors[] = {RP_REG_ES, RP_REG_DS, RP_REG_FS, RP_REG_GS};
    const struct rp_outcome *outcome = &w->first.outcome[run];
    const struct rp_change *change = w->first.change + outcome->first;
    for (uint32_t i = 0; i < outcome->count; i++)
        for (size_t s = 0; s < sizeof selectors && w->masks[run] < MASKS_MAX; s++)
            if (change[i].component == selectors[s] && change[i].value >= 1 && change[i].value <= 3)
                w->mask[run][w->masks[run]++] = (struct rp_golden_mask){run, selectors[s]};
}

static enum rp_golden_skip skip_of(const struct rp_outcome *outcome)
{
    if (outcome->kind == RP_OUTCOME_UNSUPPORTED)
        return RP_GOLDEN_NOT_HELD;
    if (outcome->kind == RP_OUTCOME_HUNG || outcome->kind == RP_OUTCOME_DIED)
        return RP_GOLDEN_DEADLY;
    return outcome->kernel_emulated ? RP_GOLDEN_BY_KERNEL : RP_GOLDEN_COMPARED;
}

/* What is there after the first pass: what can't be compared, and what nobody may compare. */
static void look_at_first(struct recorder *w, struct rp_golden_block *block)
{
    struct rp_instruction instruction;
    enum rp_mode mode = (enum rp_mode)block->mode;
    for (uint32_t e = 0; e < block->encodings; e++) {
        const struct rp_encoding *encoding = &block->encoding[e];
        bool decoded = rp_decode(mode, encoding->bytes, encoding->length, &instruction, NULL) == RP_OK;
        bool declared = decoded && rp_fuzz_nondeterministic(&instruction);
        for (uint32_t run = block->first[e]; run < block->first[e + 1]; run++) {
            block->skip[run] = (uint8_t)skip_of(&w->first.outcome[run]);
            if (declared)
                mask_all(w, run);
            else if (w->of->silicon)
                mask_null_selectors(w, run);
        }
    }
}

static int compare_again(struct recorder *w, const struct rp_golden_runner *r, struct rp_golden_block *block,
                         struct rp_error *error)
{
    static struct rp_prestate prestate;
    int result = RP_OK;
    for (size_t i = 0; i < w->again.count && result == RP_OK; i++) {
        uint32_t run = r->run[i];
        const struct rp_outcome *a = &w->first.outcome[run], *b = &w->again.outcome[i];
        if (a->hash == b->hash)
            continue;
        if (!rp_compare_same_end(a, b) || a->gate != b->gate) {
            block->skip[run] = RP_GOLDEN_VARIES;
            continue;
        }
        result = rp_golden_prestate(&w->of->plan, block->state[run], w->of->setup.options->policy, &prestate,
                                    NULL, error);
        if (result)
            break;
        rp_prestate_reduce(&prestate, r->can->lacks);
        const struct rp_view view[2] = {
            {(enum rp_mode)block->mode, &prestate, a, w->first.change + a->first, false},
            {(enum rp_mode)block->mode, &prestate, b, w->again.change + b->first, false}};
        w->masks[run] =
            (uint32_t)rp_golden_mask_add(w->mask[run], w->masks[run], MASKS_MAX, run, &view[0], &view[1]);
    }
    return result;
}

static int make_passes(struct recorder *w, struct rp_golden_block *block, struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned pass = 0; pass < w->passes && result == RP_OK; pass++) {
        struct rp_golden_runner *r = &w->runner[pass % w->runners];
        struct rp_outcomes *outcomes = pass ? &w->again : &w->first;
        size_t count;
        rp_outcomes_clear(outcomes);
        /* Two passes a processor in either direction, then in the other. */
        result = rp_golden_runner_jobs(r, block, pass == 0, pass / w->runners % 2, &count, error);
        r->runner.deaths = w->deaths;
        if (result == RP_OK)
            result = rp_runner_run(&r->runner, r->jobs, count, outcomes, error);
        if (result == RP_OK && pass == 0)
            look_at_first(w, block);
        else if (result == RP_OK)
            result = compare_again(w, r, block, error);
    }
    return result;
}

/* Keeps the outcomes of the compared runs, without what is masked: two recordings then are the same. */
static int keep_outcomes(struct recorder *w, struct rp_golden_block *block, struct rp_error *error)
{
    uint64_t *hash = malloc((block->runs + (size_t)1) * sizeof *hash);
    size_t compared = 0;
    int result = hash ? RP_OK : rp_error_set(error, RP_EENVIRONMENT, "out of memory for hashes");
    rp_outcomes_clear(&w->kept);
    for (uint32_t run = 0; run < block->runs && result == RP_OK; run++) {
        if (!rp_golden_is_compared(block->skip[run]))
            continue;
        struct rp_outcome outcome = w->first.outcome[run];
        result = rp_golden_outcome_keep(&outcome, w->first.change + outcome.first, w->mask[run],
                                        w->masks[run], &w->kept, error);
        if (result)
            break;
        hash[compared] = w->kept.outcome[w->kept.count - 1].hash;
        block->run_hash[run] = (uint32_t)hash[compared++];
    }
    if (result == RP_OK)
        block->hash = rp_golden_block_hash(hash, compared);
    free(hash);
    return result;
}

static int keep_masks(struct recorder *w, struct rp_golden_block *block, struct rp_error *error)
{
    uint32_t count = 0;
    for (uint32_t run = 0; run < block->runs; run++)
        count += rp_golden_is_compared(block->skip[run]) ? w->masks[run] : 0;
    free(block->mask);
    block->masks = 0;
    block->mask = malloc((count + (size_t)1) * sizeof *block->mask);
    if (!block->mask)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for masks");
    for (uint32_t run = 0; run < block->runs; run++)
        for (uint32_t i = 0; i < w->masks[run] && rp_golden_is_compared(block->skip[run]); i++)
            block->mask[block->masks++] = w->mask[run][i];
    return RP_OK;
}

/* The length of what came out, that, the outcomes. */
static void send(const struct rp_golden_block *block, const struct rp_outcomes *kept, struct rp_text *to)
{
    struct rp_text result = {0};
    rp_golden_block_pack(block, &result);
    rp_text_add_bytes(to, (const char *)&result.length, sizeof result.length);
    rp_text_add_bytes(to, rp_text_string(&result), result.length);
    rp_golden_outcomes_pack(kept, to);
    to->failed |= result.failed;
    rp_text_free(&result);
}

static int record_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                       struct rp_error *error)
{
    struct recorder *w = worker;
    struct rp_golden_block *block = &w->of->plan.block[w->of->stored + item];
    w->deaths = deaths;
    int code = reserve_masks(w, block->runs, error);
    if (code == RP_OK && deaths->exhausted)
        memset(block->skip, RP_GOLDEN_DEADLY, block->runs);
    else if (code == RP_OK)
        code = make_passes(w, block, error);
    if (code == RP_OK)
        code = keep_outcomes(w, block, error);
    if (code == RP_OK)
        code = keep_masks(w, block, error);
    if (code == RP_OK)
        send(block, &w->kept, result);
    return code;
}

static void count_block(struct rp_golden_totals *totals, const struct rp_golden_block *block)
{
    totals->encodings += block->encodings;
    totals->runs += block->runs;
    rp_golden_block_count(block, totals->count);
    for (uint32_t i = 0; i < block->masks; i++)
        totals->masked += i == 0 || block->mask[i].run != block->mask[i - 1].run;
}

static int take_item(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct recording *of = context;
    struct rp_golden_block *block = &of->plan.block[of->stored + item];
    struct rp_text result = {0}, outcomes = {0};
    size_t first;
    if (length < sizeof first)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    memcpy(&first, bytes, sizeof first);
    bytes += sizeof first;
    length -= sizeof first;
    if (first > length || !rp_golden_block_unpack(block, (const uint8_t *)bytes, first))
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    rp_text_add_bytes(&result, bytes, first);
    rp_text_add_bytes(&outcomes, bytes + first, length - first);
    int code = rp_golden_writer_put(of->writer, &result, &outcomes, error);
    rp_text_free(&result);
    rp_text_free(&outcomes);
    count_block(of->totals, block);
    return code;
}

static void name_item(void *context, size_t item, char *text, size_t size)
{
    const struct recording *of = context;
    const struct rp_golden_block *block = &of->plan.block[of->stored + item];
    rp_encoding_name((enum rp_mode)block->mode, &block->encoding[0], text, size);
}

static void report_progress(void *context, const struct rp_pool_status *status)
{
    const struct recording *of = context;
    const struct rp_golden_record_options *options = of->options;
    size_t item = of->stored + status->done < of->plan.blocks ? status->done : status->items - 1;
    if (options->progress && status->items)
        options->progress(options->campaign.progress_context,
                          (enum rp_mode)of->plan.block[of->stored + item].mode, status, 0);
}

static int run_blocks(struct recording *of, struct rp_error *error)
{
    const struct rp_campaign_options *options = of->setup.options;
    struct rp_pool_work work = {.items = of->plan.blocks - of->stored,
                                .context = of,
                                .open = open_recorder,
                                .item = record_item,
                                .close = close_recorder,
                                .done = take_item,
                                .name = name_item};
    struct rp_pool_options pool = {.workers = options->workers,
                                   .hang_milliseconds = options->hang_milliseconds,
                                   .stop = options->stop,
                                   .deadline = options->deadline,
                                   .recycle_runs = RP_WORKER_RECYCLE_RUNS,
                                   .progress = report_progress,
                                   .progress_context = of,
                                   .log_descriptor = options->log_descriptor};
    struct rp_pool_status status = {0};
    return rp_pool_run(&work, &pool, &status, error);
}

/* The modes that the executor runs; those that were asked for by name have to be among them. */
static int choose_modes(const struct rp_golden_record_options *options, const struct rp_capabilities *can,
                        uint8_t *modes, struct rp_error *error)
{
    *modes = 0;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        unsigned ring = rp_mode_info((enum rp_mode)m)->has_ring3 ? 3 : 0;
        if (!(options->modes >> m & 1))
            continue;
        if (can->ring[m][ring])
            *modes |= (uint8_t)(1u << m);
        else if (options->all_modes_given)
            return rp_error_set(error, RP_EINPUT, "'%s' does not run %s: %s",
                                options->campaign.executor[0].name, rp_mode_info((enum rp_mode)m)->name,
                                can->refused[m][0] ? can->refused[m] : "no program can");
    }
    return *modes ? RP_OK : rp_error_set(error, RP_EENVIRONMENT, "no mode can be recorded here");
}

static int make_plan(struct recording *of, struct rp_golden_identity *identity, struct rp_error *error)
{
    static struct rp_executor_report report;
    const struct rp_golden_record_options *options = of->options;
    const struct rp_campaign_executor *executor = &options->campaign.executor[0];
    int result = rp_executor_need(executor->entry, executor->name, &report, error);
    struct rp_golden_space space = {.seeds = options->seeds,
                                    .random_seed = options->campaign.random_seed,
                                    .limit = options->limit,
                                    .policy = options->campaign.policy,
                                    .can = &report.capabilities,
                                    .block_runs = BLOCK_RUNS};
    if (result == RP_OK)
        result = choose_modes(options, &report.capabilities, &space.modes, error);
    *identity = (struct rp_golden_identity){
        .modes = space.modes, .seeds = space.seeds, .seed = space.random_seed, .limit = space.limit};
    if (result == RP_OK)
        result = rp_golden_identity_machine(identity, error);
    if (result)
        return result;
    snprintf(identity->ringprobe, sizeof identity->ringprobe, "%s", options->ringprobe);
    snprintf(identity->executor, sizeof identity->executor, "%s", executor->name);
    snprintf(identity->policy, sizeof identity->policy, "%s", rp_policy_name(space.policy));
    rp_golden_identity_executor(identity, executor->entry->executor, &report.capabilities);
    of->silicon = executor->entry->executor->provenance == RP_PROVENANCE_SILICON ||
                  executor->entry->executor->by_machine;
    return rp_golden_plan_make(&space, &of->plan, error);
}

int rp_golden_record_make(const struct rp_golden_record_options *options, struct rp_golden_identity *identity,
                          struct rp_golden_totals *totals, struct rp_error *error)
{
    struct recording of = {.setup = {&options->campaign}, .options = options, .totals = totals};
    struct timespec begin;
    *totals = (struct rp_golden_totals){0};
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int result = make_plan(&of, identity, error);
    if (result == RP_OK)
        result = rp_golden_writer_open(options->path, identity, &of.plan, &of.stored, &of.writer, error);
    totals->resumed = of.stored;
    totals->states = of.plan.states;
    totals->blocks = of.plan.blocks;
    for (uint32_t i = 0; i < of.stored && result == RP_OK; i++)
        count_block(totals, &of.plan.block[i]);
    if (result == RP_OK)
        result = run_blocks(&of, error);
    if (result == RP_OK)
        result = rp_golden_writer_finish(of.writer, &totals->bytes, error);
    else
        rp_golden_writer_close(of.writer);
    rp_golden_plan_free(&of.plan);
    totals->seconds = rp_clock_since(&begin);
    return result;
}
