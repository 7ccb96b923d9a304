/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answering a stream of lines; see records.h. Within a batch the judge is asked mode by mode, which saves it
 * much work; answers wait until those before them are there. */
#include "cli/records.h"

#include "cli/campaign.h"
#include "cli/cli.h"
#include "cli/lines.h"
#include "cli/output.h"
#include "cli/targets.h"
#include "report/inert.h"
#include "report/json.h"
#include "report/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH 4096 /* lines; their answers are some 1.5 KB each */

struct record {
    struct rp_text answer; /* once it is there */
    bool answered;
};

struct batch {
    const struct rp_options *options;
    struct rp_lines lines;
    struct rp_output output;
    struct rp_style style;
    struct record record[BATCH];
    struct rp_probe_target target[BATCH];
    size_t of_target[BATCH]; /* the record that a target belongs to */
    size_t records, targets;
    size_t written; /* records whose answers have gone out */
    size_t bad;     /* lines, in all batches */
};

static bool is_json(const struct batch *batch)
{
    return strcmp(batch->options->format->name, "json") == 0;
}

/* Hands on every answer whose turn it is. */
static int write_answers(struct batch *batch, struct rp_error *error)
{
    while (batch->written < batch->records && batch->record[batch->written].answered) {
        struct record *record = &batch->record[batch->written++];
        rp_text_add_bytes(&batch->output.text, rp_text_string(&record->answer), record->answer.length);
        batch->output.text.failed |= record->answer.failed;
        rp_text_free(&record->answer);
    }
    int result = rp_output_flush(&batch->output, error);
    return result == RP_OK && batch->output.closed ? RP_EINTERRUPTED : result;
}

static int take(void *context, size_t number, const struct rp_verdict *verdict,
                const struct rp_detail *detail, struct rp_error *error)
{
    struct batch *batch = context;
    struct record *record = &batch->record[batch->of_target[number]];
    (void)detail;
    if (batch->options->format == &rp_formats[0])
        rp_probe_row(verdict, &batch->style, &record->answer);
    else
        batch->options->format->probe(verdict, NULL, &batch->style, &record->answer);
    record->answered = true;
    return write_answers(batch, error);
}

static void add_bad(struct batch *batch, const struct rp_line *line, const char *message)
{
    struct record *record = &batch->record[batch->records++];
    batch->bad++;
    if (is_json(batch)) {
        rp_json_error_line(batch->lines.number, line->bytes, line->length, message, &record->answer);
    } else {
        rp_text_add(&record->answer, "line %zu: ", batch->lines.number);
        rp_inert_plain(&record->answer, message);
        rp_text_add(&record->answer, "\n");
    }
    record->answered = true;
}

/* Splits "MODE HEX" and reads both. `text` is changed. */
static int parse(char *text, struct rp_probe_target *target, struct rp_error *error)
{
    size_t word = strcspn(text, " \t");
    char *hex = text + word + strspn(text + word, " \t");
    for (char *c = hex; *c; c++)
        if (*c == '\t')
            *c = ' ';
    text[word] = '\0';
    if (!rp_mode_find(text, &target->mode))
        return rp_error_set(error, RP_EINPUT, "'%s' is no mode, a line is MODE HEX as in 'prot32 0f01e0'",
                            text);
    if (*hex == '\0')
        return rp_error_set(error, RP_EINPUT, "no hex behind '%s', a line is MODE HEX as in 'prot32 0f01e0'",
                            text);
    return rp_target_hex(hex, target->mode, &target->encoding, error);
}

static void add_line(struct batch *batch, const struct rp_line *line)
{
    char copy[RP_LINE_MAX + 1];
    struct rp_error error = {0};
    struct rp_probe_target *target = &batch->target[batch->targets];
    memcpy(copy, line->bytes, line->length + 1);
    char *comment = strchr(copy, '#');
    if (comment)
        *comment = '\0';
    char *text = copy + strspn(copy, " \t");
    size_t length = strlen(text);
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        text[--length] = '\0';
    bool odd = line->cut || strlen(line->bytes) != line->length;
    if (length == 0 && !odd)
        return;
    if (line->cut)
        rp_error_set(&error, RP_EINPUT, "the line has more than %d bytes", RP_LINE_MAX);
    else if (odd)
        rp_error_set(&error, RP_EINPUT, "the line holds a NUL byte");
    else if (parse(text, target, &error) == RP_OK) {
        batch->of_target[batch->targets++] = batch->records;
        batch->record[batch->records++] = (struct record){0};
        return;
    }
    add_bad(batch, line, error.line);
}

/* Fills the batch with what is there; waits only while there is nothing to do. False: the end of the input.
 */
static int read_batch(struct batch *batch, struct rp_error *error)
{
    static struct rp_line line;
    int state = RP_LINE_READY;
    batch->records = batch->targets = batch->written = 0;
    while (batch->records < BATCH) {
        state = rp_lines_next(&batch->lines, batch->records == 0, &line, error);
        if (state != RP_LINE_READY)
            break;
        add_line(batch, &line);
    }
    return state;
}

/* Stable by mode: insertion of each mode's targets in turn. */
static void sort_by_mode(struct batch *batch)
{
    static struct rp_probe_target target[BATCH];
    static size_t of_target[BATCH];
    size_t count = 0;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        for (size_t i = 0; i < batch->targets; i++)
            if (batch->target[i].mode == mode) {
                target[count] = batch->target[i];
                of_target[count++] = batch->of_target[i];
            }
    memcpy(batch->target, target, count * sizeof *target);
    memcpy(batch->of_target, of_target, count * sizeof *of_target);
}

static int answer_batch(struct batch *batch, struct rp_campaign_options *campaign, struct rp_error *error)
{
    int result = RP_OK;
    if (batch->targets > 0) {
        sort_by_mode(batch);
        campaign->workers =
            batch->options->jobs < batch->targets ? batch->options->jobs : (unsigned)batch->targets;
        result = rp_probe_targets(campaign, batch->target, batch->targets, false, take, batch, error);
    }
    if (result == RP_OK)
        result = write_answers(batch, error);
    for (size_t i = 0; i < batch->records; i++)
        rp_text_free(&batch->record[i].answer);
    return result;
}

static int answer_all(struct batch *batch, struct rp_error *error)
{
    struct rp_campaign_options campaign;
    int state = RP_LINE_READY, result = rp_campaign_begin(batch->options, &campaign, error);
    while (result == RP_OK && state != RP_LINE_END) {
        state = read_batch(batch, error);
        result = state < 0 ? state : answer_batch(batch, &campaign, error);
    }
    rp_campaign_end(&campaign);
    if (result == RP_OK && rp_interrupted)
        result = rp_error_set(error, RP_EINTERRUPTED, "interrupted");
    return result == RP_EINTERRUPTED && batch->output.closed ? RP_OK : result;
}

static int check(const struct rp_options *options, struct rp_error *error)
{
    if (options->operand_count > 1)
        return rp_error_set(error, RP_EINPUT, "'-' stands alone: its lines are the targets");
    if (options->modes)
        return rp_error_set(error, RP_EINPUT, "'-' takes the mode from each line; leave out --mode");
    return RP_OK;
}

int rp_cmd_probe_records(const struct rp_options *options, struct rp_error *error)
{
    int result = check(options, error);
    struct batch *batch = result ? NULL : calloc(1, sizeof *batch);
    if (!batch)
        return result ? result : rp_error_set(error, RP_EENVIRONMENT, "out of memory");
    batch->options = options;
    batch->lines = (struct rp_lines){.fd = STDIN_FILENO, .stop = &rp_interrupted};
    result = rp_output_begin(&batch->output, options->output, error);
    if (result == RP_OK) {
        batch->style = rp_output_style(options, STDOUT_FILENO, batch->output.path);
        if (options->format == &rp_formats[0])
            rp_probe_row_heading(&batch->style, &batch->output.text);
        result = rp_output_end(&batch->output, answer_all(batch, error), error);
    }
    if (result == RP_OK && batch->bad)
        result = rp_error_set(error, RP_EINPUT,
                              "%zu line%s of standard input could not be answered; each says why", batch->bad,
                              batch->bad == 1 ? "" : "s");
    else if (result == RP_OK)
        rp_campaign_note_seed(options);
    free(batch);
    return result;
}
