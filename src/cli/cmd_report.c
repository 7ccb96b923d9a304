/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: what a campaign holds, as the scan that made it would have reported it. A file that keeps several
 * machines apart has one report for each, one behind the other; as JSON, in one document. */
#include "cli/cli.h"

#include "base/path.h"
#include "campaign/fuzz_held.h"
#include "cli/fuzz_report.h"
#include "cli/hunt_report.h"
#include "cli/news.h"
#include "cli/output.h"
#include "report/baseline.h"
#include "store/hunt.h"

#include <string.h>
#include <unistd.h>

static int report_one(const struct rp_options *options, struct rp_results *results, struct rp_output *output,
                      struct rp_error *error)
{
    struct rp_baseline baseline = {0};
    int result = rp_news_begin(options, results->configuration.policy, &baseline, results, error);
    if (result == RP_OK) {
        struct rp_style style = rp_output_style(options, STDOUT_FILENO, output->path);
        options->format->report(results, &style, &output->text);
        result = rp_results_told(results, error);
    }
    result = rp_output_end(output, result, error);
    if (result == RP_OK)
        result = rp_news_end(options, results, error);
    rp_baseline_free(&baseline);
    return result;
}

static int check_several(const struct rp_options *options, unsigned machines, struct rp_error *error)
{
    static const char *const formats[] = {"text", "markdown", "canonical", "json"};
    bool known = false;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        known |= strcmp(options->format->name, formats[i]) == 0;
    if (known && !options->baseline)
        return RP_OK;
    return rp_error_set(error, RP_EINPUT,
                        "'%s' keeps %u machines apart, and %s is about one; take what it was merged from",
                        options->operands[0], machines, known ? "a baseline" : options->format->name);
}

static int report_several(const struct rp_options *options, struct rp_store *store, unsigned machines,
                          struct rp_output *output, struct rp_error *error)
{
    bool json = strcmp(options->format->name, "json") == 0;
    struct rp_style style = rp_output_style(options, STDOUT_FILENO, output->path);
    int result = check_several(options, machines, error);
    rp_text_add(&output->text, "%s", json ? "{\"schema\":\"ringprobe.machines/1\",\"machines\":[\n" : "");
    for (unsigned i = 0; i < machines && result == RP_OK; i++) {
        struct rp_results results = {0};
        rp_store_choose(store, i);
        result = rp_store_stream(store, &results, error);
        if (i)
            rp_text_add(&output->text, json ? ",\n" : "\n");
        if (result == RP_OK)
            options->format->report(&results, &style, &output->text);
        if (result == RP_OK)
            result = rp_results_told(&results, error);
        rp_results_free(&results);
    }
    rp_text_add(&output->text, "%s", json ? "]}\n" : "");
    return rp_output_end(output, result, error);
}

int rp_cmd_report(const struct rp_options *options, struct rp_error *error)
{
    struct rp_output output;
    struct rp_results results = {0};
    struct rp_store *store = NULL;
    const char *campaign = options->operands[0];
    unsigned machines = 1;
    bool hunt = false;
    if (options->output && rp_path_same(options->output, campaign))
        return rp_error_set(error, RP_EINPUT, "'%s' cannot be both the campaign and the report", campaign);
    int result = rp_output_begin(&output, options->output, error);
    if (result == RP_OK && rp_fuzz_held_here(campaign))
        return rp_fuzz_report_directory(options, &output, error);
    if (result == RP_OK)
        result = rp_store_open(campaign, false, &store, error);
    if (result == RP_OK)
        result = rp_store_machines(store, &machines, error);
    if (result == RP_OK && machines < 2)
        result = rp_store_is_hunt(store, &hunt, error);
    if (result == RP_OK && machines < 2 && !hunt)
        result = rp_store_stream(store, &results, error);
    if (result)
        result = rp_output_end(&output, result, error);
    else if (machines > 1)
        result = report_several(options, store, machines, &output, error);
    else if (hunt)
        result = rp_hunt_report(options, store, &output, error);
    else
        result = report_one(options, &results, &output, error);
    rp_results_free(&results);
    rp_store_close(store);
    return result;
}
