/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scanning the form space, mode by mode; see scan.h. */
#include "campaign/scan.h"

#include "base/clock.h"
#include "campaign/scan_work.h"
#include "executor/pss.h"
#include "x86/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int judge_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                      struct rp_error *error)
{
    struct rp_worker *w = worker;
    const struct rp_scan_work *scan = (const struct rp_scan_work *)w->setup;
    struct rp_verdict verdict;
    struct rp_form form;
    rp_form_space_get(scan->space, scan->index[scan->stored + item], &form);
    int code = rp_panel_judge(w->panel, scan->mode, &form.encoding, deaths, &verdict, error);
    if (code)
        return code;
    rp_wire_put(result, &verdict, NULL);
    rp_verdict_free(&verdict);
    return RP_OK;
}

int rp_scan_spent(const struct rp_scan_work *scan, struct rp_error *error)
{
    bool spent = (scan->options->runs && scan->runs >= scan->options->runs) ||
                 (scan->options->seconds && rp_clock_since(&scan->start) >= (double)scan->options->seconds);
    return spent ? rp_error_set(error, RP_EINTERRUPTED, "the budget is spent") : RP_OK;
}

static int take_item(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct rp_scan_work *scan = context;
    struct rp_results *results = scan->results;
    bool has_detail;
    struct rp_verdict *verdict = &results->verdict[results->count];
    int result = rp_wire_get(bytes, length, verdict, NULL, &has_detail, error);
    if (result)
        return result;
    results->count++;
    results->mode[scan->mode].count++;
    results->runs += verdict->runs;
    scan->runs += verdict->runs;
    scan->holes += verdict->judgement == RP_VERDICT_HOLE;
    if (scan->options->store)
        result = rp_store_put(scan->options->store, scan->index[scan->stored + item], verdict, error);
    if (result)
        return result;
    return rp_scan_spent(scan, error);
}

static void name_item(void *context, size_t item, char *text, size_t size)
{
    const struct rp_scan_work *scan = context;
    struct rp_form form;
    rp_form_space_get(scan->space, scan->index[scan->stored + item], &form);
    rp_encoding_name(scan->mode, &form.encoding, text, size);
}

/* Brings up to date what the store commits with the verdicts. */
static void take_status(struct rp_scan_work *scan, const struct rp_pool_status *status)
{
    struct rp_results *results = scan->results;
    results->seconds = scan->before.seconds + rp_clock_since(&scan->start);
    results->deaths = scan->before.deaths + status->deaths;
    results->hangs = scan->before.hangs + status->hangs;
    if (status->peak_pss > results->peak_pss)
        results->peak_pss = status->peak_pss;
}

static void report_progress(void *context, const struct rp_pool_status *status)
{
    struct rp_scan_work *scan = context;
    const struct rp_campaign_options *options = &scan->options->campaign;
    take_status(scan, status);
    if (scan->options->store)
        rp_store_tick(scan->options->store);
    if (options->progress)
        options->progress(options->progress_context, scan->mode, status, scan->holes);
}

/* The encodings of this shard. A limit is one of the space, so that its shards unite to the limited scan. */
static int choose(struct rp_scan_work *scan, struct rp_error *error)
{
    size_t all = rp_form_space_encodings(scan->space), limit = scan->options->limit;
    if (limit && limit < all)
        all = limit;
    scan->index = malloc((all ? all : 1) * sizeof *scan->index);
    if (!scan->index)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the form space");
    for (size_t i = 0; i < all; i++) {
        struct rp_form form;
        rp_form_space_get(scan->space, i, &form);
        if (rp_form_shard(form.id, scan->options->shards) == scan->options->shard)
            scan->index[scan->count++] = i;
    }
    return RP_OK;
}

int rp_scan_pool(struct rp_scan_work *scan, const struct rp_pool_work *work, struct rp_error *error)
{
    const struct rp_campaign_options *options = &scan->options->campaign;
    struct rp_pool_options pool = {.workers = options->workers,
                                   .stop = options->stop,
                                   .recycle_runs = RP_WORKER_RECYCLE_RUNS,
                                   .progress = report_progress,
                                   .progress_context = scan,
                                   .log_descriptor = options->log_descriptor};
    struct rp_pool_status status = {0};
    int result = rp_pool_run(work, &pool, &status, error);
    take_status(scan, &status);
    scan->before.deaths = scan->results->deaths;
    scan->before.hangs = scan->results->hangs;
    return result;
}

static int run_mode(struct rp_scan_work *scan, struct rp_error *error)
{
    struct rp_pool_work work = {.items = scan->count - scan->stored,
                                .context = scan,
                                .open = rp_worker_open,
                                .item = judge_item,
                                .close = rp_worker_close,
                                .done = take_item,
                                .name = name_item,
                                .party = rp_worker_party};
    return rp_scan_pool(scan, &work, error);
}

/* Takes over what the store has: a part, or all of the mode. */
static int resume_mode(struct rp_scan_work *scan, bool *complete, struct rp_error *error)
{
    struct rp_results *results = scan->results;
    size_t first = results->count;
    int result =
        rp_store_begin_mode(scan->options->store, scan->mode, scan->index, scan->count, complete, error);
    for (size_t i = first; i < results->count; i++)
        scan->holes += results->verdict[i].judgement == RP_VERDICT_HOLE;
    scan->stored = results->count - first - results->mode[scan->mode].exceptions;
    return result;
}

/* What is not in the store: the encodings, then the mode's implicit sensitivity. */
static int judge_mode(struct rp_scan_work *scan, struct rp_error *error)
{
    const struct rp_scan_options *options = scan->options;
    struct rp_mode_results *mode = &scan->results->mode[scan->mode];
    int result = rp_results_reserve(scan->results, scan->count - scan->stored, error);
    if (result == RP_OK)
        result = run_mode(scan, error);
    if (result == RP_OK && options->wide)
        result = rp_scan_wide(scan, error);
    if (result == RP_OK)
        result = rp_ask_implicit(&options->campaign, scan->mode, mode->implicit, error);
    if (result == RP_OK && options->store)
        result = rp_store_end_mode(options->store, scan->mode, error);
    return result;
}

static int scan_mode(struct rp_scan_work *scan, struct rp_error *error)
{
    struct rp_mode_results *mode = &scan->results->mode[scan->mode];
    bool complete = false;
    int result = rp_form_space_open(scan->mode, &scan->space, error);
    if (result)
        return result;
    *mode = (struct rp_mode_results){.scanned = true,
                                     .forms = rp_form_space_count(scan->space),
                                     .encodings = rp_form_space_encodings(scan->space),
                                     .undocumented = rp_form_space_undocumented(scan->space),
                                     .first = scan->results->count};
    scan->count = scan->stored = 0;
    result = choose(scan, error);
    if (result == RP_OK && scan->options->store)
        result = resume_mode(scan, &complete, error);
    if (result == RP_OK && !complete)
        result = judge_mode(scan, error);
    if (scan->options->store) /* beside the workers there is no room for verdicts of modes that are done */
        rp_results_cut(scan->results, mode->first);
    free(scan->index);
    scan->index = NULL;
    rp_form_space_close(scan->space);
    return result;
}

static void fill_configuration(struct rp_results *results, const struct rp_scan_options *options)
{
    struct rp_seeds seeds;
    results->configuration.shard = options->shard;
    results->configuration.shards = options->shards;
    results->configuration.limit = options->limit;
    results->configuration.wide = options->wide;
    if (rp_seeds_load(&seeds, NULL) == RP_OK) {
        results->configuration.seeds = seeds.count;
        rp_seeds_free(&seeds);
    }
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        bool any = false;
        for (unsigned m = 0; m < RP_MODE_COUNT; m++)
            any |= options->modes >> m & 1 &&
                   rp_resource_screened((enum rp_resource)r, (enum rp_mode)m, options->campaign.policy);
        results->configuration.resources += any;
    }
}

/* The verdicts for a report, once the workers are gone. */
static int recall(struct rp_scan_work *scan, struct rp_error *error)
{
    struct rp_results *results = scan->results;
    uint64_t pss = 0;
    rp_results_free(results);
    int result = rp_store_recall(scan->options->store, error);
    if (result == RP_OK)
        pss = rp_pss_of(getpid());
    if (pss > results->peak_pss)
        results->peak_pss = pss;
    return result;
}

/* A scan that was complete before costs nothing. */
static int end(struct rp_scan_work *scan, int result, struct rp_error *error)
{
    struct rp_store *store = scan->options->store;
    bool kept = result == RP_OK || result == RP_EINTERRUPTED;
    if (store && rp_store_complete(store))
        return result;
    scan->results->seconds = scan->before.seconds + rp_clock_since(&scan->start);
    int committed = store ? rp_store_commit(store, kept ? error : NULL) : RP_OK;
    return kept && committed ? committed : result;
}

static bool is_stopped(const struct rp_campaign_options *options)
{
    return options->stop && *options->stop;
}

int rp_scan(const struct rp_scan_options *options, struct rp_results *results, struct rp_error *error)
{
    struct rp_scan_work scan = {.setup = {&options->campaign}, .options = options, .results = results};
    int result = RP_OK;
    clock_gettime(CLOCK_MONOTONIC, &scan.start);
    fill_configuration(results, options);
    if (options->store)
        result = rp_store_begin(options->store, results, error);
    if (result)
        return result;
    scan.before = *results;
    for (unsigned m = 0; m < RP_MODE_COUNT && result == RP_OK; m++) {
        scan.mode = (enum rp_mode)m;
        if (options->modes >> m & 1)
            result = scan_mode(&scan, error);
    }
    results->interrupted = result == RP_EINTERRUPTED;
    result = end(&scan, result, error);
    bool wanted = result == RP_OK || (result == RP_EINTERRUPTED && !is_stopped(&options->campaign));
    int recalled = wanted && options->store ? recall(&scan, error) : RP_OK;
    return recalled ? recalled : result;
}
