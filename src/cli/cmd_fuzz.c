/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz: a campaign. Findings come in its directory and with -f json at once, reports at the end. */
#include "cli/cli.h"

#include "campaign/fuzz.h"
#include "cli/campaign.h"
#include "cli/configuration.h"
#include "cli/fuzz_engine.h"
#include "cli/fuzz_report.h"
#include "cli/fuzz_screen.h"
#include "cli/inputs.h"
#include "report/baseline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fuzzing {
    const struct rp_options *options;
    struct rp_output output;
    struct rp_text lines; /* of all sittings */
    size_t old, findings; /* bytes of them, and how many, that are of earlier ones */
    struct rp_fuzz_screen screen;
    struct rp_configuration configuration;
    struct rp_configuration_strings strings;
    struct rp_baseline baseline;
    struct rp_fuzz_report report;
    bool json;
};

static int take(void *context, const char *line, size_t length, bool old, struct rp_error *error)
{
    struct fuzzing *f = context;
    rp_text_add_bytes(&f->lines, line, length);
    if (old) {
        f->old = f->lines.length;
        f->findings++;
    }
    if (old || !f->json || f->options->quiet)
        return RP_OK;
    rp_text_add_bytes(&f->output.text, line, length);
    int result = rp_output_flush(&f->output, error);
    return result == RP_OK && f->output.closed ? rp_error_set(error, RP_EINTERRUPTED, "the reader has left")
                                               : result;
}

static int share(void *context, uint64_t sharer, struct rp_error *error)
{
    struct fuzzing *f = context;
    rp_text_add_bytes(&f->report.sharers, (const char *)&sharer, sizeof sharer);
    return f->report.sharers.failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory") : RP_OK;
}

static int check(const struct rp_options *options, struct rp_error *error)
{
    if (options->other_policies)
        return rp_error_set(error, RP_EINPUT, "a fuzz campaign runs under one policy; name one with -p");
    return rp_campaign_two(options, error);
}

/* Of a campaign that was interrupted too: what was found is found. */
static int show(struct fuzzing *f, const struct rp_fuzz_status *s, struct rp_error *error)
{
    f->report.configuration = &f->configuration;
    f->report.summary = (struct rp_fuzz_summary){.executions = s->executions,
                                                 .runs = s->runs,
                                                 .behaviours = s->behaviours,
                                                 .coarse = s->coarse,
                                                 .inputs = s->inputs,
                                                 .interrupted = rp_interrupted};
    int result = rp_fuzz_report_make(&f->report, &f->lines, f->old, error);
    return result ? result
                  : rp_fuzz_report_write(f->options, &f->report, f->options->quiet || f->json, &f->output,
                                         error);
}

static void note(const struct fuzzing *f, const struct rp_fuzz_status *s)
{
    const struct rp_options *o = f->options;
    double rate = (double)s->sitting_executions / (s->seconds > 0 ? s->seconds : 1e-9);
    if (rp_interrupted)
        rp_note("interrupted after %" PRIu64 " executions; %s", s->executions,
                o->output ? "the same command goes on"
                          : "name a directory with --output to go on another time");
    if (o->quiet)
        return;
    rp_note("%" PRIu64 " executions in %.1f s, %.0f a second, seed %" PRIu64 "; %" PRIu64
            " suspicions, %" PRIu64 " explained, %" PRIu64 " known already, %" PRIu64
            " did not reproduce, %" PRIu64 " killed their examiner; %u workers died, %u hung",
            s->sitting_executions, s->seconds, rate, o->seed, s->suspicions, s->looks[RP_FUZZ_EXPLAINED],
            s->looks[RP_FUZZ_KNOWN], s->looks[RP_FUZZ_UNREPRODUCED], s->looks[RP_FUZZ_KILLED], s->deaths,
            s->hangs);
    if (f->findings)
        rp_note("%zu findings of earlier sittings are in '%s/findings.jsonl'", f->findings, o->output);
    if (s->pending)
        rp_note("%" PRIu64 " suspicions are still to be examined%s", s->pending,
                o->output ? "; the same command goes on with them" : "");
}

int rp_cmd_fuzz(const struct rp_options *options, struct rp_error *error)
{
    static struct fuzzing f;
    struct rp_fuzz_status status = {0};
    char title[100];
    bool shown = options->progress == RP_ALWAYS || (options->progress == RP_AUTO && !options->quiet);
    struct rp_fuzz_options what = {.modes = options->modes ? options->modes : (1u << RP_MODE_COUNT) - 1,
                                   .runs = options->runs,
                                   .seconds = options->seconds,
                                   .directory = options->output,
                                   .progress = shown ? rp_fuzz_screen_show : NULL,
                                   .progress_context = &f.screen,
                                   .take = take,
                                   .share = share,
                                   .take_context = &f};
    if (options->seed_corpus)
        return rp_inputs_write_seeds(options, what.modes, error);
    f.options = options;
    f.json = strcmp(options->format->name, "json") == 0;
    rp_fuzz_screen_title(options, title, sizeof title);
    f.configuration.modes = what.modes;
    f.configuration.fuzz = true;
    int result = check(options, error);
    if (result == RP_OK && rp_fuzz_engine_serves(options))
        return rp_fuzz_engine_serve(options, what.modes, error);
    if (result == RP_OK)
        result = rp_fuzz_report_begin(options, options->policy, &f.baseline, &f.report, error);
    if (result == RP_OK)
        result = rp_configuration_make(options, &f.configuration, &f.strings, error);
    if (result == RP_OK)
        result = rp_campaign_begin(options, &what.campaign, error);
    rp_fuzz_screen_begin(&f.screen, isatty(STDERR_FILENO) == 1, title);
    if (result == RP_OK)
        result = rp_fuzz_engine_run(options, &what, &status, error);
    rp_fuzz_screen_end(&f.screen);
    if (result == RP_OK || rp_interrupted) {
        int code = show(&f, &status, error);
        note(&f, &status);
        result = rp_output_end(&f.output, code ? code : rp_interrupted ? RP_EINTERRUPTED : result, error);
    }
    if (result == RP_OK)
        result = rp_fuzz_report_news(options, &f.report);
    rp_fuzz_report_free(&f.report);
    rp_baseline_free(&f.baseline);
    rp_text_free(&f.strings.command);
    rp_text_free(&f.lines);
    rp_campaign_end(&what.campaign);
    return result;
}
