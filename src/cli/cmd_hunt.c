/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hunt: search an executor for encodings that the decoder does not know. Findings go to the hunt's file, or
 * with -f json to standard output, as they come; the summary comes at the end. */
#include "cli/cli.h"

#include "cli/campaign.h"
#include "cli/hunt_end.h"
#include "cli/hunt_place.h"
#include "cli/known.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "report/hunt_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where findings go. */
struct taker {
    struct rp_hunt_file *file; /* NULL: there is none */
    struct rp_output *output;  /* NULL: nobody wants lines */
    struct rp_hunt_summary summary;
    struct rp_known known; /* the baseline */
};

static void count(void *context, const char *line, size_t length)
{
    struct taker *taker = context;
    rp_hunt_summary_add(&taker->summary, line, length);
    if (taker->output) {
        rp_text_add_bytes(&taker->output->text, line, length);
        rp_text_add_bytes(&taker->output->text, "\n", 1);
    }
    rp_known_check(&taker->known, line, length);
}

/* What is told is kept: nobody is to see a finding that a kill could still take back. */
static int tell(struct taker *taker, struct rp_error *error)
{
    bool kept = !taker->file || rp_hunt_file_is_settled(taker->file);
    return kept && taker->output && taker->output->text.length ? rp_output_flush(taker->output, error)
                                                               : RP_OK;
}

static void idle(void *context)
{
    struct taker *taker = context;
    if (taker->file)
        rp_hunt_file_tick(taker->file);
    tell(taker, NULL); /* who has left shows with the next line */
}

static int take(void *context, const char *line, size_t length, bool is_finding, struct rp_error *error)
{
    struct taker *taker = context;
    int result = RP_OK;
    if (taker->file)
        result = rp_hunt_file_take(taker->file, line, length, is_finding, error);
    else if (is_finding)
        count(taker, line, length - 1);
    if (result == RP_OK)
        result = tell(taker, error);
    return result == RP_OK && taker->output && taker->output->closed
               ? rp_error_set(error, RP_EINTERRUPTED, "the reader has left")
               : result;
}

static int search(const struct rp_options *options, const struct rp_hunt_place *place, struct rp_hunt *hunt,
                  struct taker *taker, struct rp_error *error)
{
    int result = RP_OK;
    if (options->output)
        result =
            rp_hunt_file_open(options->output, options->resume, place->in_campaign ? &place->campaign : NULL,
                              hunt, count, taker, &taker->file, error);
    if (result == RP_OK)
        result = rp_hunt_run(hunt, error);
    struct rp_hunt_totals totals = rp_hunt_totals(hunt);
    taker->summary.encodings = totals.encodings;
    taker->summary.runs = totals.runs;
    taker->summary.given_up = totals.given_up;
    taker->summary.incomplete = result == RP_EINTERRUPTED;
    if (result == RP_EINTERRUPTED &&
        !rp_interrupted) /* a budget, or the reader: what is done is the answer */
        result = RP_OK;
    int failure = rp_hunt_file_close(taker->file, result ? NULL : error);
    taker->file = NULL;
    if (failure == RP_OK)
        failure = tell(taker, result ? NULL : error);
    return result ? result : failure;
}

static void show(const struct rp_options *options, const struct taker *taker, struct rp_text *text)
{
    struct rp_style style = rp_output_style(options, STDOUT_FILENO, NULL);
    if (!options->quiet && !taker->output)
        rp_hunt_text(&taker->summary, &style, text);
}

int rp_cmd_hunt(const struct rp_options *options, struct rp_error *error)
{
    static struct taker taker;
    static struct rp_hunt_place place;
    struct rp_output output = {0};
    struct rp_progress progress;
    struct rp_hunt *hunt = NULL;
    bool shown = options->progress == RP_ALWAYS || (options->progress == RP_AUTO && !options->quiet);
    struct rp_hunt_options what = {.modes = options->modes ? options->modes : (1u << RP_MODE_COUNT) - 1,
                                   .searches = options->searches ? options->searches : 3,
                                   .shard = options->shard,
                                   .shards = options->shards,
                                   .limit = options->limit,
                                   .runs = options->runs,
                                   .seconds = options->seconds,
                                   .progress = shown ? rp_progress_hunt : NULL,
                                   .progress_context = &progress,
                                   .take = take,
                                   .idle = idle,
                                   .take_context = &taker};
    taker.output = strcmp(options->format->name, "json") == 0 && !options->quiet ? &output : NULL;
    int result = rp_hunt_place_open(options, what.modes, &place, error);
    if (result == RP_OK && options->baseline)
        result = rp_known_read(&taker.known, options->baseline, error);
    if (result == RP_OK)
        result = rp_campaign_begin(options, &what.campaign, error);
    rp_progress_begin(&progress, isatty(STDERR_FILENO) == 1);
    if (result == RP_OK)
        result = rp_hunt_open(&what, &hunt, error);
    if (result == RP_OK)
        result = search(options, &place, hunt, &taker, error);
    rp_progress_end(&progress);
    if (result == RP_OK || rp_interrupted) {
        show(options, &taker, &output.text);
        const struct rp_hunt_sitting sitting = rp_hunt_sitting(hunt);
        rp_hunt_end(options, &taker.summary, &sitting, taker.known.news);
        result = rp_output_end(&output, rp_interrupted ? RP_EINTERRUPTED : result, error);
    }
    bool news = result == RP_OK && options->baseline && taker.known.news;
    rp_hunt_close(hunt);
    rp_hunt_place_close(&place);
    rp_known_free(&taker.known);
    rp_text_free(&taker.summary.line);
    rp_campaign_end(&what.campaign);
    return news ? RP_EXIT_NEWS : result;
}
