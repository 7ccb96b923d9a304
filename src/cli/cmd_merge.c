/* SPDX-License-Identifier: GPL-2.0-or-later */
/* merge: the shards of a campaign become one file. */
#include "cli/cli.h"

#include "cli/output.h"
#include "store/merge.h"

#include <string.h>

int rp_cmd_merge(const struct rp_options *options, struct rp_error *error)
{
    struct rp_merged merged;
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
