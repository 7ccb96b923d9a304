/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diff: what changed between two campaigns. */
#include "cli/cli.h"

#include "base/path.h"
#include "cli/hunt_diff.h"
#include "report/difference.h"
#include "store/hunt.h"

#include <string.h>
#include <unistd.h>

struct campaign {
    struct rp_store *store;
    struct rp_results results;
};

/* Opens both; *hunts: they are two hunts, which have findings and no verdicts. */
static int open_both(struct campaign campaign[2], char *const path[2], bool *hunts, struct rp_error *error)
{
    bool hunt[2] = {false, false};
    int result = RP_OK;
    for (unsigned i = 0; i < 2 && result == RP_OK; i++) {
        result = rp_store_open(path[i], false, &campaign[i].store, error);
        if (result == RP_OK)
            result = rp_store_is_hunt(campaign[i].store, &hunt[i], error);
    }
    *hunts = hunt[0] && hunt[1];
    return result;
}

/* Verdicts stay in their files. */
static int load_both(struct campaign campaign[2], struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned i = 0; i < 2 && result == RP_OK; i++)
        result = rp_store_stream(campaign[i].store, &campaign[i].results, error);
    return result;
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

static int diff_scans(const struct rp_options *options, struct campaign campaign[2], struct rp_output *output,
                      bool *news, struct rp_error *error)
{
    struct rp_differences differences = {0};
    int result = load_both(campaign, error);
    if (result == RP_OK)
        result = rp_differences_make(&campaign[0].results, &campaign[1].results, &differences, error);
    if (result == RP_OK)
        result = write_answer(options, &differences, output, error);
    *news = rp_differences_any(&differences);
    rp_differences_free(&differences);
    return result;
}

int rp_cmd_diff(const struct rp_options *options, struct rp_error *error)
{
    struct campaign campaign[2] = {0};
    struct rp_output output = {0};
    bool hunts = false, news = false;
    int result = check(options, error);
    if (result == RP_OK)
        result = rp_output_begin(&output, options->output, error);
    if (result == RP_OK)
        result = open_both(campaign, options->operands, &hunts, error);
    if (result == RP_OK && hunts)
        result = rp_hunt_diff(options, (struct rp_store *[2]){campaign[0].store, campaign[1].store}, &output,
                              &news, error);
    else if (result == RP_OK)
        result = diff_scans(options, campaign, &output, &news, error);
    result = rp_output_end(&output, result, error);
    if (result == RP_OK && news)
        result = RP_EXIT_NEWS;
    for (unsigned i = 0; i < 2; i++) {
        rp_results_free(&campaign[i].results);
        rp_store_close(campaign[i].store);
    }
    return result;
}
