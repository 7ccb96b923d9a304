/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Probing single encodings, and asking executors what they are; see scan.h. */
#include "campaign/work.h"

#include <stdio.h>
#include <string.h>

struct probe {
    struct rp_worker_setup setup;
    const struct rp_probe_target *targets;
    bool with_detail;
    rp_probe_done *done;
    void *context;
};

static int judge_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                      struct rp_error *error)
{
    static struct rp_detail detail;
    struct rp_worker *w = worker;
    const struct probe *probe = (const struct probe *)w->setup;
    const struct rp_probe_target *target = &probe->targets[item];
    struct rp_verdict verdict;
    int code = rp_panel_judge(w->panel, target->mode, &target->encoding, deaths, &verdict, error);
    if (code)
        return code;
    /* A run that kills the executor must not be made again just to be shown. Who is out has no witness. */
    bool show = probe->with_detail && deaths->count == 0 && (deaths->outs == 0 || verdict.has_witness);
    if (show)
        code = rp_panel_detail(w->panel, &verdict, &detail, error);
    if (code == RP_OK)
        rp_wire_put(result, &verdict, show ? &detail : NULL);
    rp_verdict_free(&verdict);
    return code;
}

static int take_item(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    static struct rp_detail detail;
    struct probe *probe = context;
    struct rp_verdict verdict;
    bool has_detail;
    int result = rp_wire_get(bytes, length, &verdict, &detail, &has_detail, error);
    if (result)
        return result;
    result = probe->done(probe->context, item, &verdict, has_detail ? &detail : NULL, error);
    rp_verdict_free(&verdict);
    return result;
}

static void name_item(void *context, size_t item, char *text, size_t size)
{
    const struct probe *probe = context;
    rp_encoding_name(probe->targets[item].mode, &probe->targets[item].encoding, text, size);
}

int rp_probe_targets(const struct rp_campaign_options *options, const struct rp_probe_target *targets,
                     size_t count, bool with_detail, rp_probe_done *done, void *context,
                     struct rp_error *error)
{
    struct probe probe = {{options}, targets, with_detail, done, context};
    struct rp_pool_work work = {.items = count,
                                .context = &probe,
                                .open = rp_worker_open,
                                .item = judge_item,
                                .close = rp_worker_close,
                                .done = take_item,
                                .name = name_item,
                                .party = rp_worker_party};
    struct rp_pool_options pool = {.workers = options->workers,
                                   .stop = options->stop,
                                   .recycle_runs = RP_WORKER_RECYCLE_RUNS,
                                   .log_descriptor = options->log_descriptor};
    struct rp_pool_status status = {0};
    return rp_pool_run(&work, &pool, &status, error);
}

/* Opens an executor and lets it say what it is; a failure to open is an answer, not an error. */
static int ask_open(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    (void)run_counter;
    (void)error;
    *worker = context;
    return RP_OK;
}

struct asking {
    const struct rp_executor_entry *entry;
    const char *model;
    struct rp_executor_report *report;
};

static int ask_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                    struct rp_error *error)
{
    const struct asking *asking = worker;
    const struct rp_executor *executor = asking->entry->executor;
    struct rp_executor_report report = {0};
    struct rp_executor_options options = {.model = asking->model};
    struct rp_error inner = {0};
    void *instance = NULL;
    (void)item, (void)deaths, (void)error;
    report.runs_here = executor->open(&options, &instance, &inner) == RP_OK;
    snprintf(report.version, sizeof report.version, "%s", executor->version());
    if (report.runs_here) {
        report.capabilities = *executor->capabilities(instance);
        executor->close(instance);
    } else {
        snprintf(report.why_not, sizeof report.why_not, "%.255s", inner.line);
    }
    rp_text_add_bytes(result, (const char *)&report, sizeof report);
    return RP_OK;
}

static int ask_done(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct asking *asking = context;
    (void)item;
    if (length != sizeof *asking->report)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    memcpy(asking->report, bytes, length);
    return RP_OK;
}

int rp_executor_ask(const struct rp_executor_entry *entry, const char *model,
                    struct rp_executor_report *report, struct rp_error *error)
{
    struct asking asking = {entry, model, report};
    struct rp_pool_work work = {
        .items = 1, .context = &asking, .open = ask_open, .item = ask_item, .done = ask_done};
    struct rp_pool_options options = {.workers = 1};
    struct rp_pool_status status = {0};
    *report = (struct rp_executor_report){0};
    if (!entry->executor) {
        snprintf(report->why_not, sizeof report->why_not, "%s", entry->missing);
        return RP_OK;
    }
    return rp_pool_run(&work, &options, &status, error);
}

int rp_executor_need(const struct rp_executor_entry *entry, const char *name,
                     struct rp_executor_report *report, struct rp_error *error)
{
    int result = rp_executor_ask(entry, rp_executor_model(name), report, error);
    if (result == RP_OK && !report->runs_here)
        result = rp_error_set(error, RP_EENVIRONMENT, "%s", report->why_not);
    return result;
}
