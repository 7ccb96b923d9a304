/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan: judge a whole space of encodings and report what was found. A report is written when everything is
 * judged, so an interrupted scan leaves no half of one; a campaign keeps each verdict as it comes. */
#include "cli/cli.h"

#include "base/path.h"
#include "cli/campaign.h"
#include "cli/configuration.h"
#include "cli/modes.h"
#include "cli/news.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/scan_end.h"
#include "report/baseline.h"
#include "report/json.h"

#include <string.h>
#include <unistd.h>

/* Before anything is judged: both files can be had. */
static int check(const struct rp_options *options, struct rp_store **store, struct rp_error *error)
{
    int result = rp_output_check(options->report, error);
    if (result || !options->output)
        return result;
    if (strcmp(options->output, "-") == 0)
        return rp_error_set(
            error, RP_EINPUT,
            "the campaign of --output is a file, not '-'; the report goes to standard output by itself");
    if ((options->report && rp_path_same(options->report, options->output)))
        return rp_error_set(error, RP_EINPUT, "'%s' cannot be the campaign as well", options->output);
    return rp_store_open(options->output, true, store, error);
}

/* One verdict a line, as all commands write JSON. */
static int write_lines(const struct rp_results *results, struct rp_error *error)
{
    struct rp_output output;
    int result = rp_output_begin(&output, NULL, error);
    for (size_t i = 0; i < results->count && result == RP_OK && !output.closed; i++) {
        rp_json_verdict_line(rp_results_at(results, i), &output.text);
        result = rp_results_told(results, error); /* before such a line gets out */
        if (result == RP_OK)
            result = rp_output_line(&output, error);
    }
    return rp_output_end(&output, result, error);
}

static int write_report(const struct rp_options *options, const struct rp_format *format,
                        const struct rp_results *results, const char *path, struct rp_error *error)
{
    struct rp_text text = {0};
    struct rp_style style = rp_output_style(options, STDOUT_FILENO, path);
    format->report(results, &style, &text);
    int result = rp_results_told(results, error);
    if (result == RP_OK)
        result = rp_text_publish(&text, path, error);
    rp_text_free(&text);
    return result;
}

/* The file first: who asked for one wants it even if standard output is full. */
static int write_all(const struct rp_options *options, const struct rp_results *results,
                     struct rp_error *error)
{
    int result = RP_OK;
    if (options->report) {
        const struct rp_format *format = rp_format_of_path(options->report);
        result = write_report(options, format ? format : options->format, results, options->report, error);
    }
    if (result || options->quiet)
        return result;
    if (strcmp(options->format->name, "json") == 0)
        return write_lines(results, error);
    return write_report(options, options->format, results, NULL, error);
}

static int scan(const struct rp_options *options, struct rp_store *store, struct rp_progress *progress,
                struct rp_results *results, struct rp_error *error)
{
    struct rp_scan_options what = {.modes = results->configuration.modes,
                                   .shard = options->shard,
                                   .shards = options->shards,
                                   .limit = options->limit,
                                   .wide = options->wide,
                                   .runs = options->runs,
                                   .seconds = options->seconds,
                                   .store = store};
    int result = rp_campaign_begin(options, &what.campaign, error);
    bool shown = options->progress == RP_ALWAYS || (options->progress == RP_AUTO && !options->quiet);
    if (shown) {
        what.campaign.progress = rp_progress_show;
        what.campaign.progress_context = progress;
    }
    results->configuration.other_policies = what.campaign.other_policies;
    if (result == RP_OK)
        result = rp_scan(&what, results, error);
    rp_progress_end(progress);
    rp_campaign_end(&what.campaign);
    return result;
}

static int run(const struct rp_options *options, struct rp_store *store, struct rp_results *results,
               struct rp_error *error)
{
    struct rp_progress progress;
    rp_progress_begin(&progress, isatty(STDERR_FILENO) == 1);
    int result = scan(options, store, &progress, results, error);
    if (rp_interrupted && (result == RP_OK || result == RP_EINTERRUPTED))
        rp_scan_end_interrupted(options, results);
    else if (result == RP_EINTERRUPTED) /* a budget: what is done is the answer */
        result = RP_OK;
    if (result == RP_OK && !rp_interrupted)
        result = write_all(options, results, error);
    if (result == RP_OK && !rp_interrupted) {
        rp_scan_end_note(options, results, store);
        result = rp_news_end(options, results, error);
    }
    return result;
}

int rp_cmd_scan(const struct rp_options *options, struct rp_error *error)
{
    struct rp_results results = {0};
    struct rp_configuration_strings strings = {0};
    struct rp_baseline baseline = {0};
    struct rp_store *store = NULL;
    int result = rp_news_begin(options, options->policy, &baseline, &results, error);
    if (result == RP_OK)
        result = check(options, &store, error);
    results.configuration.modes = options->modes ? options->modes : (1u << RP_MODE_COUNT) - 1;
    if (result == RP_OK)
        result = rp_modes_settle(options, &results.configuration.modes, error);
    if (result == RP_OK)
        result = rp_configuration_make(options, &results.configuration, &strings, error);
    if (result == RP_OK)
        result = run(options, store, &results, error);
    rp_baseline_free(&baseline);
    rp_results_free(&results);
    rp_store_close(store);
    rp_text_free(&strings.command);
    return result;
}
