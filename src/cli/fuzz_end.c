/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a fuzz campaign ends; see fuzz_end.h. */
#include "cli/fuzz_end.h"

#include "cli/cli.h"

#include <inttypes.h>
#include <string.h>

/* What -q silences is text: whoever names another format wants the answer. JSON lines came as they were
 * found. */
static bool wants_answer(const struct rp_options *options)
{
    const char *format = options->format->name;
    return strcmp(format, "json") != 0 && !(options->quiet && strcmp(format, "text") == 0);
}

static int show(const struct rp_options *options, const struct rp_fuzz_status *s,
                const struct rp_fuzz_taken *taken, bool interrupted, const char *failure,
                struct rp_fuzz_report *report, struct rp_output *output, struct rp_error *error)
{
    report->summary = (struct rp_fuzz_summary){.executions = s->executions,
                                               .runs = s->runs,
                                               .behaviours = s->behaviours,
                                               .coarse = s->coarse,
                                               .inputs = s->inputs,
                                               .pending = s->pending,
                                               .interrupted = interrupted,
                                               .failure = failure};
    int result = rp_fuzz_report_make(report, &taken->lines, taken->old, error);
    if (result == RP_OK)
        result = rp_fuzz_report_write(options, report, wants_answer(options), output, error);
    return rp_output_end(output, result, error);
}

static void note(const struct rp_options *o, const struct rp_fuzz_status *s, size_t findings)
{
    double seconds = s->seconds > 0 ? s->seconds : 1e-9;
    if (rp_interrupted)
        rp_note("interrupted after %" PRIu64 " executions; %s", s->executions,
                o->output ? "the same command goes on"
                          : "name a directory with --output to go on another time");
    if (!o->quiet)
        rp_note("%" PRIu64 " executions in %.1f s, %.0f a second, seed %" PRIu64 "; %" PRIu64
                " suspicions, %" PRIu64 " explained, %" PRIu64 " known already, %" PRIu64
                " did not reproduce, %" PRIu64 " killed their examiner; %u workers died, %u hung",
                s->sitting_executions, s->seconds, (double)s->sitting_executions / seconds, o->seed,
                s->suspicions, s->looks[RP_FUZZ_EXPLAINED], s->looks[RP_FUZZ_KNOWN],
                s->looks[RP_FUZZ_UNREPRODUCED], s->looks[RP_FUZZ_KILLED], s->deaths, s->hangs);
    if (findings && !o->quiet)
        rp_note("%zu findings of earlier sittings are in '%s/findings.jsonl'", findings, o->output);
    if (s->lost)
        rp_note("%" PRIu64
                " inputs that the targets of afl-fuzz met are lost: they could not be written; make "
                "room for the campaign's files",
                s->lost);
    if (s->full)
        rp_note(
            "22 million behaviours, suspicions or inputs are known, and no more can be: some of what is new "
            "no longer counts; begin another campaign");
    if (s->pending) /* a status without news is not the last word then */
        rp_note("%" PRIu64 " suspicions are still to be examined%s", s->pending,
                o->output ? "; the same command goes on with them" : "");
}

int rp_fuzz_end(const struct rp_options *options, const struct rp_fuzz_status *status,
                const struct rp_fuzz_taken *taken, struct rp_fuzz_report *report, struct rp_output *output,
                int result, struct rp_error *error)
{
    struct rp_error own = {0};
    bool interrupted = result == RP_EINTERRUPTED && (rp_interrupted || output->closed),
         failed = result != RP_OK && !interrupted;
    if (failed && !taken->lines.length && !status->sitting_executions)
        return result;
    int shown = show(options, status, taken, interrupted, failed ? error->line : NULL, report, output, &own);
    if (failed) /* its line is the only one */
        return result;
    note(options, status, taken->findings);
    if (shown) {
        *error = own;
        return shown;
    }
    return interrupted && rp_interrupted ? RP_EINTERRUPTED : rp_fuzz_report_news(options, report);
}
