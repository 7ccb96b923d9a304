/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scanning the form space, mode by mode; see scan.h. */
#include "campaign/scan.h"

#include "campaign/work.h"
#include "x86/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* One mode of a scan in work. */
struct scan {
    struct rp_worker_setup setup; /* first: what workers are opened with */
    const struct rp_scan_options *options;
    struct rp_form_space *space;
    size_t *index; /* the encodings of this shard */
    size_t count;
    enum rp_mode mode;
    struct rp_results *results;
    struct timespec start;
    size_t holes;
};

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static int judge_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                      struct rp_error *error)
{
    struct rp_worker *w = worker;
    const struct scan *scan = (const struct scan *)w->setup;
    struct rp_verdict verdict;
    struct rp_form form;
    rp_form_space_get(scan->space, scan->index[item], &form);
    int code = rp_panel_judge(w->panel, scan->mode, &form.encoding, deaths, &verdict, error);
    if (code)
        return code;
    rp_wire_put(result, &verdict, NULL);
    rp_verdict_free(&verdict);
    return RP_OK;
}

/* Room for exactly as many verdicts as there will be: at 0.7 KB each, doubling would cost more than they do.
 */
static int reserve(struct rp_results *results, size_t more, struct rp_error *error)
{
    size_t capacity = results->count + more;
    if (capacity <= results->capacity)
        return RP_OK;
    struct rp_verdict *grown = realloc(results->verdict, capacity * sizeof *grown);
    if (!grown)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for verdicts");
    results->verdict = grown;
    results->capacity = capacity;
    return RP_OK;
}

static int take_item(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct scan *scan = context;
    struct rp_results *results = scan->results;
    bool has_detail;
    (void)item;
    struct rp_verdict *verdict = &results->verdict[results->count];
    int result = rp_wire_get(bytes, length, verdict, NULL, &has_detail, error);
    if (result)
        return result;
    results->count++;
    results->mode[scan->mode].count++;
    results->runs += verdict->runs;
    scan->holes += verdict->judgement == RP_VERDICT_HOLE;
    bool spent = (scan->options->runs && results->runs >= scan->options->runs) ||
                 (scan->options->seconds && seconds_since(&scan->start) >= (double)scan->options->seconds);
    return spent ? rp_error_set(error, RP_EINTERRUPTED, "the budget is spent") : RP_OK;
}

static void name_item(void *context, size_t item, char *text, size_t size)
{
    const struct scan *scan = context;
    struct rp_form form;
    rp_form_space_get(scan->space, scan->index[item], &form);
    rp_encoding_name(scan->mode, &form.encoding, text, size);
}

static void report_progress(void *context, const struct rp_pool_status *status)
{
    const struct scan *scan = context;
    const struct rp_campaign_options *options = &scan->options->campaign;
    if (options->progress)
        options->progress(options->progress_context, scan->mode, status, scan->holes);
}

/* The encodings of this shard: shard = the form's id mod shards, so that a form stays whole. */
static int choose(struct scan *scan, struct rp_error *error)
{
    size_t all = rp_form_space_encodings(scan->space);
    unsigned shards = scan->options->shards ? scan->options->shards : 1;
    scan->index = malloc((all ? all : 1) * sizeof *scan->index);
    if (!scan->index)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the form space");
    for (size_t i = 0; i < all; i++) {
        struct rp_form form;
        rp_form_space_get(scan->space, i, &form);
        if (form.id % shards == scan->options->shard &&
            (!scan->options->limit || scan->count < scan->options->limit))
            scan->index[scan->count++] = i;
    }
    return RP_OK;
}

static void add_status(struct rp_results *results, const struct rp_pool_status *status)
{
    results->deaths += status->deaths;
    results->hangs += status->hangs;
    if (status->peak_pss > results->peak_pss)
        results->peak_pss = status->peak_pss;
}

static int run_mode(struct scan *scan, struct rp_error *error)
{
    const struct rp_campaign_options *options = &scan->options->campaign;
    struct rp_pool_work work = {.items = scan->count,
                                .context = scan,
                                .open = rp_worker_open,
                                .item = judge_item,
                                .close = rp_worker_close,
                                .done = take_item,
                                .name = name_item};
    struct rp_pool_options pool = {.workers = options->workers,
                                   .stop = options->stop,
                                   .recycle_runs = RP_WORKER_RECYCLE_RUNS,
                                   .progress = report_progress,
                                   .progress_context = scan,
                                   .log_descriptor = options->log_descriptor};
    struct rp_pool_status status = {0};
    int result = rp_pool_run(&work, &pool, &status, error);
    add_status(scan->results, &status);
    return result;
}

static int scan_mode(struct scan *scan, struct rp_error *error)
{
    struct rp_mode_results *mode = &scan->results->mode[scan->mode];
    int result = rp_form_space_open(scan->mode, &scan->space, error);
    if (result)
        return result;
    *mode = (struct rp_mode_results){.scanned = true,
                                     .forms = rp_form_space_count(scan->space),
                                     .encodings = rp_form_space_encodings(scan->space),
                                     .undocumented = rp_form_space_undocumented(scan->space),
                                     .first = scan->results->count};
    scan->count = 0;
    result = choose(scan, error);
    if (result == RP_OK)
        result = reserve(scan->results, scan->count, error);
    if (result == RP_OK)
        result = run_mode(scan, error);
    if (result == RP_OK)
        result = rp_ask_implicit(&scan->options->campaign, scan->mode, mode->implicit, error);
    free(scan->index);
    scan->index = NULL;
    rp_form_space_close(scan->space);
    return result;
}

static void fill_configuration(struct rp_results *results, const struct rp_scan_options *options)
{
    struct rp_seeds seeds;
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

int rp_scan(const struct rp_scan_options *options, struct rp_results *results, struct rp_error *error)
{
    struct scan scan = {.setup = {&options->campaign}, .options = options, .results = results};
    int result = RP_OK;
    clock_gettime(CLOCK_MONOTONIC, &scan.start);
    fill_configuration(results, options);
    for (unsigned m = 0; m < RP_MODE_COUNT && result == RP_OK; m++) {
        scan.mode = (enum rp_mode)m;
        if (options->modes >> m & 1)
            result = scan_mode(&scan, error);
    }
    results->seconds = seconds_since(&scan.start);
    results->interrupted = result == RP_EINTERRUPTED;
    return result;
}
