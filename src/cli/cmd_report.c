/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: what a campaign holds, as the scan that made it would have reported it. */
#include "cli/cli.h"

#include "base/path.h"
#include "cli/news.h"
#include "cli/output.h"
#include "report/baseline.h"

#include <string.h>
#include <unistd.h>

int rp_cmd_report(const struct rp_options *options, struct rp_error *error)
{
    struct rp_output output;
    struct rp_results results = {0};
    struct rp_baseline baseline = {0};
    struct rp_store *store = NULL;
    const char *campaign = options->operands[0];
    if (options->output && rp_path_same(options->output, campaign))
        return rp_error_set(error, RP_EINPUT, "'%s' cannot be both the campaign and the report", campaign);
    int result = rp_output_begin(&output, options->output, error);
    if (result == RP_OK)
        result = rp_store_open(campaign, false, &store, error);
    if (result == RP_OK)
        result = rp_store_load(store, &results, error);
    if (result == RP_OK)
        result = rp_news_begin(options, results.configuration.policy, &baseline, &results, error);
    if (result == RP_OK) {
        struct rp_style style = rp_output_style(options, STDOUT_FILENO, output.path);
        options->format->report(&results, &style, &output.text);
    }
    result = rp_output_end(&output, result, error);
    if (result == RP_OK)
        result = rp_news_end(options, &results, error);
    rp_baseline_free(&baseline);
    rp_results_free(&results);
    rp_store_close(store);
    return result;
}
