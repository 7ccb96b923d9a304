/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diff: what changed between two campaigns. */
#include "cli/cli.h"

#include "base/path.h"
#include "cli/output.h"
#include "report/difference.h"
#include "store/store.h"

#include <string.h>
#include <unistd.h>

struct campaign {
    struct rp_store *store;
    struct rp_results results;
};

static int load(struct campaign *campaign, const char *path, struct rp_error *error)
{
    int result = rp_store_open(path, false, &campaign->store, error);
    return result == RP_OK ? rp_store_load(campaign->store, &campaign->results, error) : result;
}

static int write_answer(const struct rp_options *options, const struct rp_differences *differences,
                        struct rp_output *output, struct rp_error *error)
{
    int result = RP_OK;
    if (strcmp(options->format->name, "json") == 0) {
        for (size_t i = 0; i < rp_differences_lines(differences) && result == RP_OK && !output->closed; i++) {
            rp_differences_line(differences, i, &output->text);
            result = rp_output_line(output, error);
        }
    } else {
        struct rp_style style = rp_output_style(options, STDOUT_FILENO, output->path);
        rp_differences_report(differences, strcmp(options->format->name, "markdown") == 0, &style,
                              &output->text);
    }
    return result;
}

static int check(const struct rp_options *options, struct rp_error *error)
{
    for (int i = 0; options->output && i < options->operand_count; i++)
        if (rp_path_same(options->output, options->operands[i]))
            return rp_error_set(error, RP_EINPUT, "'%s' cannot be both a campaign and the answer",
                                options->output);
    return RP_OK;
}

int rp_cmd_diff(const struct rp_options *options, struct rp_error *error)
{
    struct campaign old = {0}, new = {0};
    struct rp_differences differences = {0};
    struct rp_output output = {0};
    int result = check(options, error);
    if (result == RP_OK)
        result = rp_output_begin(&output, options->output, error);
    if (result == RP_OK)
        result = load(&old, options->operands[0], error);
    if (result == RP_OK)
        result = load(&new, options->operands[1], error);
    if (result == RP_OK)
        result = rp_differences_make(&old.results, &new.results, &differences, error);
    if (result == RP_OK)
        result = write_answer(options, &differences, &output, error);
    result = rp_output_end(&output, result, error);
    if (result == RP_OK && rp_differences_any(&differences))
        result = RP_EXIT_NEWS;
    rp_differences_free(&differences);
    rp_results_free(&old.results);
    rp_results_free(&new.results);
    rp_store_close(old.store);
    rp_store_close(new.store);
    return result;
}
