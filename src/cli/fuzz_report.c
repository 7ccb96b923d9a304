/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports of fuzz campaigns; see fuzz_report.h. */
#include "cli/fuzz_report.h"

#include "base/path.h"
#include "campaign/fuzz_held.h"
#include "cli/cli.h"
#include "report/baseline.h"

#include <string.h>
#include <unistd.h>

static int check_format(const struct rp_format *format, struct rp_error *error)
{
    return rp_fuzz_format_find(format->name)
               ? RP_OK
               : rp_error_set(error, RP_EINPUT,
                              "fuzz campaigns are written as text markdown json sarif junit baseline, not as "
                              "'%s'",
                              format->name);
}

/* By the extension, else by -f. */
static const struct rp_format *format_of_report(const struct rp_options *options)
{
    const struct rp_format *format = rp_format_of_path(options->report);
    return format ? format : options->format;
}

int rp_fuzz_report_begin(const struct rp_options *options, enum rp_policy policy,
                         struct rp_baseline *baseline, struct rp_fuzz_report *report, struct rp_error *error)
{
    int result = check_format(options->format, error);
    if (result == RP_OK && options->report)
        result = check_format(format_of_report(options), error);
    if (result == RP_OK)
        result = rp_output_check(options->report, error);
    if (result || !options->baseline)
        return result;
    if ((options->report && rp_path_same(options->report, options->baseline)) ||
        (options->output && rp_path_same(options->output, options->baseline)))
        return rp_error_set(error, RP_EINPUT, "'%s' cannot be both the baseline and what is written",
                            options->baseline);
    result = rp_baseline_read_findings(baseline, options->baseline, policy, error);
    report->baseline = result == RP_OK ? baseline : NULL;
    return result;
}

/* The file first: who asked for one wants it even if standard output is full. */
int rp_fuzz_report_write(const struct rp_options *options, const struct rp_fuzz_report *report, bool answer,
                         struct rp_output *output, struct rp_error *error)
{
    struct rp_style style = rp_output_style(options, STDOUT_FILENO, output->path);
    int result = RP_OK;
    if (options->report) {
        struct rp_text text = {0};
        struct rp_style plain = rp_output_style(options, STDOUT_FILENO, options->report);
        rp_fuzz_format_find(format_of_report(options)->name)->report(report, &plain, &text);
        result = rp_text_publish(&text, options->report, error);
        rp_text_free(&text);
    }
    if (result == RP_OK && answer)
        rp_fuzz_format_find(options->format->name)->report(report, &style, &output->text);
    return result;
}

int rp_fuzz_report_news(const struct rp_options *options, const struct rp_fuzz_report *report)
{
    if (options->baseline && (report->news || !options->quiet)) /* a status has its reason beside it */
        rp_note("findings against '%s': %zu new, %zu known", options->baseline, report->news,
                report->count - report->news);
    return report->news ? RP_EXIT_NEWS : RP_EXIT_DONE;
}

/* Without a baseline nothing of a report is news, as of a scan's. */
int rp_fuzz_report_directory(const struct rp_options *options, struct rp_output *output,
                             struct rp_error *error)
{
    static struct rp_fuzz_held held;
    struct rp_baseline baseline = {0};
    struct rp_fuzz_report report = {0};
    int result = rp_fuzz_held_read(options->operands[0], &held, error);
    if (result == RP_OK)
        result = rp_fuzz_report_begin(options, held.configuration.policy, &baseline, &report, error);
    held.configuration.version = RP_VERSION;
    report.configuration = &held.configuration;
    report.summary = held.summary;
    report.sharers = held.sharers;
    held.sharers = (struct rp_text){0};
    if (result == RP_OK)
        result = rp_fuzz_report_make(&report, &held.lines, held.lines.length, error);
    if (result == RP_OK)
        result = rp_fuzz_report_write(options, &report, true, output, error);
    result = rp_output_end(output, result, error);
    if (result == RP_OK)
        result = rp_fuzz_report_news(options, &report);
    rp_fuzz_report_free(&report);
    rp_baseline_free(&baseline);
    rp_fuzz_held_free(&held);
    return result;
}
