/* SPDX-License-Identifier: GPL-2.0-or-later */
/* golden verify of a record; see golden.h. */
#include "cli/golden.h"

#include "cli/campaign.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "report/golden.h"

#include <string.h>
#include <unistd.h>

struct verification {
    struct rp_golden_record record;
    struct rp_golden_identity here;
    struct rp_golden_verify_options what;
    struct rp_golden_report report;
    struct rp_output *output;
};

static int take(void *context, const struct rp_golden_difference *difference, struct rp_error *error)
{
    struct verification *v = context;
    struct rp_text line = {0};
    bool has = rp_golden_replay_line(&v->record, &v->here, difference, &line, NULL) == RP_OK;
    rp_golden_report_take(&v->report, difference, has ? rp_text_string(&line) : NULL, &v->output->text);
    rp_text_free(&line);
    int result = rp_output_flush(v->output, error);
    return result == RP_OK && v->output->closed ? rp_error_set(error, RP_EINTERRUPTED, "the reader has left")
                                                : result;
}

/* What of the options a verification has no use for. */
static int check(const struct rp_options *options, struct rp_error *error)
{
    const char *useless = options->modes   ? "--mode"
                          : options->seeds ? "--seeds"
                          : options->limit ? "--limit"
                                           : NULL;
    return useless ? rp_error_set(error, RP_EINPUT, "%s is for golden record; a record is verified whole",
                                  useless)
                   : RP_OK;
}

static int begin(const struct rp_options *options, const char *path, struct verification *v,
                 struct rp_progress *progress, struct rp_error *error)
{
    int result = check(options, error);
    if (result == RP_OK && options->cpus)
        result = rp_golden_cli_cpus(options->cpus, v->what.cpu, &v->what.cpus, error);
    if (result == RP_OK)
        result = rp_golden_record_open(path, &v->record, error);
    if (result == RP_OK)
        result = rp_campaign_begin(options, &v->what.campaign, error);
    if (result)
        return result;
    v->what.campaign.deadline = rp_golden_cli_deadline(options);
    v->what.record = &v->record;
    v->what.loop = options->loop;
    v->what.common = options->common;
    v->what.max_rate = options->max_rate;
    v->what.take = take;
    v->what.take_context = v;
    rp_progress_begin(progress, isatty(STDERR_FILENO) == 1);
    if (options->progress == RP_ALWAYS || (options->progress == RP_AUTO && !options->quiet)) {
        v->what.progress = rp_progress_golden;
        v->what.campaign.progress_context = progress;
    }
    return rp_golden_verify_identity(&v->what, &v->here, error);
}

int rp_golden_cli_verify_record(const struct rp_options *options, const char *path, struct rp_output *output,
                                bool *news, struct rp_error *error)
{
    static struct verification v;
    struct rp_golden_summary summary = {0};
    struct rp_progress progress;
    memset(&v, 0, sizeof v);
    v.output = output;
    v.report = (struct rp_golden_report){
        .format = options->format->name, .path = path, .recorded = &v.record.identity, .here = &v.here};
    int result = begin(options, path, &v, &progress, error);
    if (result == RP_OK) {
        result = rp_golden_verify_run(&v.what, &v.here, &summary, error);
        rp_progress_end(&progress);
        /* A budget ends a loop, and what was found until then is the answer. */
        if (result == RP_EINTERRUPTED && !output->closed) {
            result = rp_interrupted ? RP_EINTERRUPTED : RP_OK;
        }
        struct rp_style style = rp_output_style(options, STDOUT_FILENO, output->path);
        if (result == RP_OK || rp_interrupted)
            rp_golden_report_end(&v.report, &summary, &style, &output->text);
        *news |= rp_golden_summary_is_news(&summary);
    }
    rp_golden_summary_free(&summary);
    rp_campaign_end(&v.what.campaign);
    rp_golden_record_close(&v.record);
    return result;
}
