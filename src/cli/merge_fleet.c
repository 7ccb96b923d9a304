/* SPDX-License-Identifier: GPL-2.0-or-later */
/* merge of answers; see merge_fleet.h. */
#include "cli/merge_fleet.h"

#include "cli/cli.h"
#include "cli/output.h"
#include "report/fleet.h"

#include <unistd.h>

static int read_all(const struct rp_options *options, struct rp_fleet *fleet, struct rp_error *error)
{
    int result = RP_OK;
    for (int i = 0; i < options->operand_count && result == RP_OK; i++)
        result = rp_fleet_read(fleet, options->operands[i], error);
    return result == RP_OK ? rp_fleet_compare(fleet, error) : result;
}

int rp_cmd_merge_fleet(const struct rp_options *options, struct rp_error *error)
{
    const struct rp_fleet_format *format = rp_fleet_format_find(options->format->name);
    struct rp_fleet fleet = {0};
    struct rp_output output = {0};
    if (!format)
        return rp_error_set(error, RP_EINPUT, "a fleet is written as text markdown json, not as '%s'",
                            options->format->name);
    int result = rp_output_begin(&output, options->output, error);
    if (result == RP_OK)
        result = rp_output_spares(&output, options->operands, error);
    if (result)
        return result;
    result = read_all(options, &fleet, error);
    if (result == RP_OK) {
        struct rp_style style = rp_output_style(options, STDOUT_FILENO, output.path);
        format->report(&fleet, &style, &output.text);
    }
    result = rp_output_end(&output, result, error);
    bool odd = result == RP_OK && (fleet.odd || fleet.unlike);
    rp_fleet_free(&fleet);
    return odd ? RP_EXIT_NEWS : result;
}
