/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last lines of a scan; see scan_end.h. */
#include "cli/scan_end.h"

#include "cli/output.h"

#include <inttypes.h>

void rp_scan_end_note(const struct rp_options *options, const struct rp_results *results,
                      const struct rp_store *store)
{
    uint64_t compared = 0;
    if (store && rp_store_complete(store))
        rp_note("the campaign '%s' is complete: nothing was left to judge", options->output);
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        compared += results->mode[m].compared;
    if (compared)
        rp_note("held %" PRIu64 " encodings of the wide space against their forms", compared);
    rp_note(
        "judged %zu encodings in %.1f s (%.0f runs/s), peak memory %" PRIu64 " MiB, seed %" PRIu64 "%s",
        results->count, results->seconds, results->seconds > 0 ? (double)results->runs / results->seconds : 0,
        (results->peak_pss + (1 << 20) - 1) >> 20, options->seed, results->interrupted ? "; incomplete" : "");
}

void rp_scan_end_interrupted(const struct rp_options *options, const struct rp_results *results)
{
    size_t count = 0;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        count += results->mode[m].count;
    if (options->output)
        rp_note("interrupted after %zu encodings, which '%s' has; the same command goes on", count,
                options->output);
    else
        rp_note("interrupted after %zu encodings; no report was written", count);
}
