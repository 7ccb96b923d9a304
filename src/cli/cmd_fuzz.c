/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz: a fuzz campaign. Findings go to its directory, and with -f json to standard output, as they come; the
 * other formats are written at the end. */
#include "cli/cli.h"

#include "campaign/fuzz.h"
#include "cli/campaign.h"
#include "cli/fuzz_screen.h"
#include "cli/known.h"
#include "cli/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fuzzing {
    const struct rp_options *options;
    struct rp_output output;
    struct rp_text lines; /* of this sitting */
    struct rp_known known;
    struct rp_fuzz_screen screen;
    uint64_t old; /* findings of earlier sittings */
    bool json;
};

static int take(void *context, const char *line, size_t length, bool old, struct rp_error *error)
{
    struct fuzzing *f = context;
    f->old += old;
    if (old)
        return RP_OK;
    rp_known_check(&f->known, line, length - 1);
    rp_text_add_bytes(&f->lines, line, length);
    if (!f->json || f->options->quiet)
        return RP_OK;
    rp_text_add_bytes(&f->output.text, line, length);
    int result = rp_output_flush(&f->output, error);
    return result == RP_OK && f->output.closed ? rp_error_set(error, RP_EINTERRUPTED, "the reader has left")
                                               : result;
}

static int check(const struct rp_options *options, struct rp_error *error)
{
    if (options->executor_count > 2)
        return rp_error_set(error, RP_EINPUT, "a fuzz campaign compares two executors at most, not %u",
                            options->executor_count);
    if (options->executor_count == 2 && options->executor[0].entry.executor->as_found)
        return rp_error_set(error, RP_EINPUT, "'%s' has one ring and its controls as found; name it second",
                            options->executor[0].name);
    if (options->other_policies)
        return rp_error_set(error, RP_EINPUT, "a fuzz campaign runs under one policy; name one with -p");
    return RP_OK;
}

static void show(struct fuzzing *f, const struct rp_fuzz_status *s)
{
    const struct rp_fuzz_summary summary = {.executions = s->executions,
                                            .runs = s->runs,
                                            .behaviours = s->behaviours,
                                            .coarse = s->coarse,
                                            .inputs = s->inputs,
                                            .findings = s->findings - f->old,
                                            .news = f->known.news,
                                            .baseline = f->options->baseline != NULL};
    struct rp_style style = rp_output_style(f->options, STDOUT_FILENO, NULL);
    if (f->options->quiet || f->json)
        return;
    (strcmp(f->options->format->name, "markdown") == 0 ? rp_fuzz_markdown : rp_fuzz_text)(
        rp_text_string(&f->lines), f->lines.length, &summary, &style, &f->output.text);
}

static void note(const struct fuzzing *f, const struct rp_fuzz_status *s)
{
    const struct rp_options *o = f->options;
    double seconds = s->seconds > 0 ? s->seconds : 1e-9;
    if (rp_interrupted)
        rp_note("interrupted after %" PRIu64 " executions; %s", s->executions,
                o->output ? "the same command goes on"
                          : "name a directory with --output to go on another time");
    if (o->quiet)
        return;
    rp_note("%" PRIu64 " executions in %.1f s, %.0f a second, seed %" PRIu64 "; %" PRIu64
            " suspicions, %" PRIu64 " explained, %" PRIu64 " known already, %" PRIu64
            " did not reproduce, %" PRIu64 " killed their examiner; %u workers died, %u hung",
            s->sitting_executions, s->seconds, (double)s->sitting_executions / seconds, o->seed,
            s->suspicions, s->looks[RP_FUZZ_EXPLAINED], s->looks[RP_FUZZ_KNOWN],
            s->looks[RP_FUZZ_UNREPRODUCED], s->looks[RP_FUZZ_KILLED], s->deaths, s->hangs);
    if (f->old)
        rp_note("%" PRIu64 " findings of earlier sittings are in '%s/findings.jsonl'", f->old, o->output);
    if (s->pending)
        rp_note("%" PRIu64 " suspicions are still to be examined%s", s->pending,
                o->output ? "; the same command goes on with them" : "");
}

static void make_title(const struct rp_options *options, char *title, size_t size)
{
    size_t at = (size_t)snprintf(title, size, "ringprobe fuzz (%s", options->executor[0].name);
    for (unsigned i = 1; i < options->executor_count && at < size; i++)
        at += (size_t)snprintf(title + at, size - at, " + %s", options->executor[i].name);
    if (at < size)
        snprintf(title + at, size - at, ")");
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
                                   .take_context = &f};
    f.options = options;
    f.json = strcmp(options->format->name, "json") == 0;
    make_title(options, title, sizeof title);
    int result = check(options, error);
    if (result == RP_OK && options->baseline)
        result = rp_known_read(&f.known, options->baseline, error);
    if (result == RP_OK)
        result = rp_campaign_begin(options, &what.campaign, error);
    rp_fuzz_screen_begin(&f.screen, isatty(STDERR_FILENO) == 1, title);
    if (result == RP_OK)
        result = rp_fuzz(&what, &status, error);
    rp_fuzz_screen_end(&f.screen);
    if (result == RP_OK || rp_interrupted) {
        show(&f, &status);
        note(&f, &status);
        result = rp_output_end(&f.output, rp_interrupted ? RP_EINTERRUPTED : result, error);
    }
    bool news = result == RP_OK && f.known.news;
    rp_known_free(&f.known);
    rp_text_free(&f.lines);
    rp_campaign_end(&what.campaign);
    return news ? RP_EXIT_NEWS : result;
}
