/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan: judge a whole space of encodings and report what was found. Nothing is written before everything is
 * judged, so an interrupted scan leaves no half of a report. */
#include "cli/cli.h"

#include "cli/campaign.h"
#include "cli/configuration.h"
#include "cli/modes.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "report/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FLUSH_AT ((size_t)1 << 20) /* bytes of JSON lines that are kept back */

static int check(const struct rp_options *options, struct rp_error *error)
{
    if (options->output)
        return rp_error_set(
            error, RP_EINPUT,
            "cannot write the campaign '%s': campaigns come with the store, in a later version; "
            "--report FILE writes a report",
            options->output);
    return rp_output_check(options->report, error);
}

/* One verdict a line, as all commands write JSON. */
static int write_lines(const struct rp_results *results, struct rp_error *error)
{
    struct rp_output output;
    int result = rp_output_begin(&output, NULL, error);
    for (size_t i = 0; i < results->count && result == RP_OK && !output.closed; i++) {
        rp_json_verdict_line(&results->verdict[i], &output.text);
        if (output.text.length >= FLUSH_AT)
            result = rp_output_flush(&output, error);
    }
    return rp_output_end(&output, result, error);
}

static int write_report(const struct rp_options *options, const struct rp_format *format,
                        const struct rp_results *results, const char *path, struct rp_error *error)
{
    struct rp_text text = {0};
    struct rp_style style = rp_output_style(options, STDOUT_FILENO, path);
    format->report(results, &style, &text);
    int result = rp_text_publish(&text, path, error);
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

static void summarize(const struct rp_options *options, const struct rp_results *results)
{
    double rate = results->seconds > 0 ? (double)results->runs / results->seconds : 0;
    rp_note("judged %zu encodings in %.1f s (%.0f runs/s), peak memory %" PRIu64 " MiB, seed %" PRIu64 "%s",
            results->count, results->seconds, rate, (results->peak_pss + (1 << 20) - 1) >> 20, options->seed,
            results->interrupted ? "; incomplete" : "");
}

static int scan(const struct rp_options *options, struct rp_progress *progress, struct rp_results *results,
                struct rp_error *error)
{
    struct rp_scan_options what = {.modes = results->configuration.modes,
                                   .shard = options->shard,
                                   .shards = options->shards,
                                   .limit = options->limit,
                                   .runs = options->runs,
                                   .seconds = options->seconds};
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

int rp_cmd_scan(const struct rp_options *options, struct rp_error *error)
{
    struct rp_results results = {0};
    struct rp_configuration_strings strings = {0};
    struct rp_progress progress;
    int result = check(options, error);
    if (result)
        return result;
    results.configuration.modes = options->modes ? options->modes : (1u << RP_MODE_COUNT) - 1;
    result = rp_modes_settle(options, &results.configuration.modes, error);
    if (result == RP_OK)
        result = rp_configuration_make(options, &results.configuration, &strings, error);
    rp_progress_begin(&progress, isatty(STDERR_FILENO) == 1);
    if (result == RP_OK)
        result = scan(options, &progress, &results, error);
    if (rp_interrupted)
        rp_note("interrupted after %zu encodings; no report was written", results.count);
    else if (result == RP_EINTERRUPTED) /* a budget: what is done is the answer */
        result = RP_OK;
    if (result == RP_OK && !rp_interrupted)
        result = write_all(options, &results, error);
    if (result == RP_OK && !rp_interrupted)
        summarize(options, &results);
    rp_results_free(&results);
    rp_text_free(&strings.command);
    return result;
}
