/* SPDX-License-Identifier: GPL-2.0-or-later */
/* golden verify of a record; see golden.h. */
#include "cli/golden.h"

#include "base/clock.h"
#include "cli/campaign.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "report/golden.h"

#include <unistd.h>

#define BEAT_MILLISECONDS 5000

struct verification {
    struct rp_golden_record record;
    struct rp_golden_identity here;
    struct rp_golden_verify_options what;
    struct rp_golden_report report;
    struct rp_output *output;
    uint64_t beat_at; /* CLOCK_MONOTONIC: the next */
};

static int take(void *context, const struct rp_golden_difference *difference, struct rp_error *error)
{
    struct verification *v = context;
    struct rp_text line = {0};
    /* Of what is declared there is nothing to see again, nor of what no run was in. */
    bool wanted = difference->declared == RP_GOLDEN_UNDECLARED && difference->cells;
    bool has = wanted && rp_golden_replay_line(&v->record, &v->here, difference, &line, NULL) == RP_OK;
    rp_golden_report_take(&v->report, difference, has ? rp_text_string(&line) : NULL, &v->output->text);
    rp_text_free(&line);
    int result = rp_output_flush(v->output, error);
    return result == RP_OK && v->output->closed ? rp_error_set(error, RP_EINTERRUPTED, "the reader has left")
                                                : result;
}

/* A loop shows in its lines that it goes on. */
static void beat(void *context, const struct rp_golden_summary *summary)
{
    struct verification *v = context;
    uint64_t now = rp_clock_now();
    if (now < v->beat_at)
        return;
    v->beat_at = now + BEAT_MILLISECONDS * RP_CLOCK_MILLISECOND;
    rp_golden_report_beat(&v->report, summary, &v->output->text);
    rp_output_flush(v->output,
                    NULL); /* what can't be written is found by the next difference, or at the end */
}

/* What of the options a verification has no use for. */
static int check(const struct rp_options *options, struct rp_error *error)
{
    if (options->only)
        return rp_error_set(error, RP_EINPUT, "--only is for MOO files; a record is verified whole");
    const char *useless = options->modes   ? "--mode"
                          : options->seeds ? "--seeds"
                          : options->limit ? "--limit"
                                           : NULL;
    return useless ? rp_error_set(error, RP_EINPUT, "%s is for golden record; a record is verified whole",
                                  useless)
                   : RP_OK;
}

static int begin(const struct rp_options *options, struct verification *v, struct rp_progress *progress,
                 struct rp_error *error)
{
    int result = check(options, error);
    if (result == RP_OK && options->cpus)
        result = rp_golden_cli_cpus(options->cpus, v->what.cpu, &v->what.cpus, error);
    if (result == RP_OK)
        result = rp_campaign_begin(options, &v->what.campaign, error);
    if (result)
        return result;
    v->what.campaign.deadline = rp_golden_cli_deadline(options);
    v->what.loop = options->loop;
    v->what.common = options->common;
    v->what.max_rate = options->max_rate;
    v->what.take = take;
    v->what.take_context = v;
    v->what.beat = options->loop && !options->output ? beat : NULL; /* a file appears at the end */
    rp_progress_begin(progress, isatty(STDERR_FILENO) == 1);
    if (options->progress == RP_ALWAYS || (options->progress == RP_AUTO && !options->quiet)) {
        v->what.progress = rp_progress_golden;
        v->what.campaign.progress_context = progress;
    }
    return RP_OK;
}

/* Reads the record, and who this is. */
static int open_record(struct verification *v, const char *path, struct rp_error *error)
{
    v->what.record = &v->record;
    int result = rp_golden_record_open(path, &v->record, error);
    return result ? result : rp_golden_verify_identity(&v->what, &v->here, error);
}

/* An answer that says nothing is none, whatever its report lists. */
static int check_something(const struct verification *v, const struct rp_golden_summary *summary,
                           struct rp_error *error)
{
    if (rp_golden_summary_verdict(summary) != RP_GOLDEN_NOTHING)
        return RP_OK;
    bool time = summary->passes == 0;
    return rp_error_set(error, RP_EINPUT, "no run of '%s' was compared: %s", v->record.path,
                        time ? "the time was over before; give a longer --time"
                             : "each needs what this machine or executor lacks (declared)");
}

static int verify(const struct rp_options *options, struct verification *v, struct rp_progress *progress,
                  bool *news, struct rp_error *error)
{
    struct rp_golden_summary summary = {0};
    int result = rp_golden_verify_run(&v->what, &v->here, &summary, error);
    rp_progress_end(progress);
    /* A budget ends it, and a loop has no other end than that and SIGINT: what was found is the answer. */
    if (result == RP_EINTERRUPTED && !v->output->closed) {
        if (options->loop)
            rp_interrupted = 0;
        result = rp_interrupted ? RP_EINTERRUPTED : RP_OK;
    }
    struct rp_style style = rp_output_style(options, STDOUT_FILENO, v->output->path);
    if (result == RP_OK || rp_interrupted)
        rp_golden_report_end(&v->report, &summary, &style, &v->output->text);
    if (result == RP_OK)
        result = check_something(v, &summary, error);
    *news |= rp_golden_summary_verdict(&summary) == RP_GOLDEN_DIFFERS;
    rp_golden_summary_free(&summary);
    return result;
}

/* All are read before the first runs: the answer of one is not lost by another that is damaged. */
static int check_all(struct verification *v, char *const *paths, struct rp_error *error)
{
    int result = RP_OK;
    for (size_t i = 0; paths[i] && result == RP_OK; i++) {
        result = open_record(v, paths[i], error);
        rp_golden_record_close(&v->record);
    }
    return result;
}

int rp_golden_cli_verify_records(const struct rp_options *options, struct rp_output *output, bool *news,
                                 struct rp_error *error)
{
    static struct verification v;
    struct rp_progress progress;
    char *const *paths = options->operands + 1;
    v.output = output;
    if (options->loop && paths[1])
        return rp_error_set(error, RP_EINPUT, "--loop has no end; give it one record, not '%s' too",
                            paths[1]);
    int result = begin(options, &v, &progress, error);
    if (result == RP_OK)
        result = check_all(&v, paths, error);
    for (size_t i = 0; paths[i] && result == RP_OK; i++) {
        v.report = (struct rp_golden_report){.format = options->format->name,
                                             .path = paths[i],
                                             .recorded = &v.record.identity,
                                             .here = &v.here};
        result = open_record(&v, paths[i], error);
        if (result == RP_OK)
            result = verify(options, &v, &progress, news, error);
        rp_golden_record_close(&v.record);
    }
    rp_campaign_end(&v.what.campaign);
    return result;
}
