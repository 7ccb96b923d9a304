/* SPDX-License-Identifier: GPL-2.0-or-later */
/* merge: the shards of a campaign become one file, the answers of many machines one table. */
#include "cli/cli.h"

#include "cli/merge_fleet.h"
#include "cli/output.h"
#include "golden/fleet.h"
#include "store/merge.h"

#include <string.h>

int rp_cmd_merge(const struct rp_options *options, struct rp_error *error)
{
    struct rp_merged merged;
    if (rp_fleet_is_answers(options->operands[0]))
        return rp_cmd_merge_fleet(options, error);
    if (options->format_given)
        return rp_error_set(
            error, RP_EINPUT,
            "a merged campaign is one file and no report; -f is for answers of golden and errata");
    if (!options->output || strcmp(options->output, "-") == 0)
        return rp_error_set(error, RP_EINPUT,
                            "merge needs -o OUT, the file that the campaign is going to be");
    int result = rp_store_merge(options->output, options->operands, (size_t)options->operand_count,
                                options->by_machine, &rp_interrupted, &merged, error);
    if (result || options->quiet)
        return result;
    const char *what = merged.hunt ? "findings" : "encodings";
    if (merged.twice)
        rp_note("files that hold a shard which another one holds as well: %zu", merged.twice);
    if (merged.nothing_new)
        rp_note("'%s' was there and has all of it: %zu %s", options->output, merged.encodings, what);
    else if (merged.machines > 1)
        rp_note("merged %u machines: %zu encodings are in '%s'", merged.machines, merged.encodings,
                options->output);
    else
        rp_note("merged %u shards: %zu %s are in '%s'", merged.shards, merged.encodings, what,
                options->output);
    return RP_EXIT_DONE;
}
