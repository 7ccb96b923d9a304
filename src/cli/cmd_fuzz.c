/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz: a campaign. Findings come in its directory and with -f json at once, reports at the end. */
#include "cli/cli.h"

#include "campaign/fuzz.h"
#include "cli/campaign.h"
#include "cli/configuration.h"
#include "cli/fuzz_end.h"
#include "cli/fuzz_engine.h"
#include "cli/fuzz_report.h"
#include "cli/fuzz_screen.h"
#include "cli/inputs.h"
#include "report/baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fuzzing {
    const struct rp_options *options;
    struct rp_output output;
    struct rp_fuzz_taken taken;
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
    rp_text_add_bytes(&f->taken.lines, line, length);
    if (old) {
        f->taken.old = f->taken.lines.length;
        f->taken.findings++;
    }
    if (old || !f->json)
        return RP_OK;
    rp_fuzz_screen_end(&f->screen); /* a finding on the same terminal stays above it */
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

int rp_cmd_fuzz(const struct rp_options *options, struct rp_error *error)
{
    static struct fuzzing f;
    struct rp_fuzz_status status = {0};
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
    rp_fuzz_screen_begin(&f.screen, options);
    if (result == RP_OK)
        result = rp_fuzz_engine_run(options, &what, &status, error);
    rp_fuzz_screen_end(&f.screen);
    f.report.configuration = &f.configuration;
    result = rp_fuzz_end(options, &status, &f.taken, &f.report, &f.output, result, error);
    rp_fuzz_report_free(&f.report);
    rp_baseline_free(&f.baseline);
    rp_text_free(&f.strings.command);
    rp_text_free(&f.taken.lines);
    rp_campaign_end(&what.campaign);
    return result;
}
