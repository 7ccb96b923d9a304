/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last lines of a hunt; see hunt_end.h. */
#include "cli/hunt_end.h"

#include "cli/output.h"

#include <inttypes.h>

/* What this sitting took; what earlier ones did is in the summary. */
static void note_sitting(const struct rp_hunt_sitting *sitting)
{
    double seconds = sitting->seconds > 0 ? sitting->seconds : 1e-9;
    struct rp_text text = {0};
    rp_text_add(&text, "%" PRIu64 " runs in %.1f s, %.0f a second, %u workers died, %u hung", sitting->runs,
                sitting->seconds, (double)sitting->runs / seconds, sitting->deaths, sitting->hangs);
    if (sitting->unsettled)
        rp_text_add(&text, "; %" PRIu64 " encodings left out, which never ended twice the same way",
                    sitting->unsettled);
    rp_note("%s", rp_text_string(&text));
    rp_text_free(&text);
}

void rp_hunt_end(const struct rp_options *options, const struct rp_hunt_summary *summary,
                 const struct rp_hunt_sitting *sitting, uint64_t news)
{
    if (rp_interrupted)
        rp_note("interrupted after %" PRIu64 " encodings; %s", summary->encodings,
                options->output ? "--resume goes on" : "name a file with --output to go on another time");
    if (options->quiet)
        return;
    if (!rp_interrupted)
        rp_note("%" PRIu64 " encodings, %" PRIu64 " findings, seed %" PRIu64 "%s", summary->encodings,
                summary->findings, options->seed, summary->incomplete ? "; incomplete" : "");
    note_sitting(sitting);
    if (options->baseline)
        rp_note("%" PRIu64 " findings are not in '%s'", news, options->baseline);
}
