/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hunt's campaign holds; see hunt_report.h. */
#include "cli/hunt_report.h"

#include "cli/cli.h"
#include "cli/known.h"
#include "report/hunt_text.h"
#include "store/hunt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t number(const char *line, size_t length, const char *key)
{
    char value[24] = "";
    return rp_line_field(line, length, key, value, sizeof value) ? strtoull(value, NULL, 10) : 0;
}

/* The last position has what the hunt came to. */
static void take_position(struct rp_hunt_summary *summary, const char *line, size_t length)
{
    char search[16] = "";
    rp_line_field(line, length, "search", search, sizeof search);
    summary->encodings = number(line, length, "encodings");
    summary->runs = number(line, length, "runs");
    summary->given_up = number(line, length, "given_up");
    summary->incomplete = strcmp(search, "end") != 0;
}

static void add_up(const struct rp_text *lines, struct rp_hunt_summary *summary, struct rp_known *known)
{
    const char *end = rp_text_string(lines) + lines->length;
    for (const char *at = rp_text_string(lines), *feed; at < end; at = feed + 1) {
        char schema[32] = "";
        feed = memchr(at, '\n', (size_t)(end - at)); /* each line has one */
        size_t length = (size_t)(feed - at);
        rp_line_field(at, length, "schema", schema, sizeof schema);
        if (strcmp(schema, "ringprobe.hunt-position/1") == 0)
            take_position(summary, at, length);
        if (strcmp(schema, "ringprobe.hunt/1") != 0)
            continue;
        rp_hunt_summary_add(summary, at, length);
        rp_known_check(known, at, length);
    }
}

static int check(const struct rp_options *options, struct rp_error *error)
{
    const char *format = options->format->name;
    return strcmp(format, "text") == 0 || strcmp(format, "json") == 0
               ? RP_OK
               : rp_error_set(error, RP_EINPUT, "a hunt is shown as text or json, not as %s", format);
}

int rp_hunt_report(const struct rp_options *options, struct rp_store *store, struct rp_output *output,
                   struct rp_error *error)
{
    static struct rp_hunt_summary summary;
    struct rp_known known = {0};
    struct rp_text lines = {0};
    struct rp_style style = rp_output_style(options, STDOUT_FILENO, output->path);
    int result = check(options, error);
    if (result == RP_OK && options->baseline)
        result = rp_known_read(&known, options->baseline, error);
    if (result == RP_OK)
        result = rp_store_hunt_read(store, &lines, error);
    summary.incomplete = true; /* unless a position says otherwise */
    if (result == RP_OK)
        add_up(&lines, &summary, &known);
    if (result == RP_OK && strcmp(options->format->name, "json") == 0)
        rp_text_add_bytes(&output->text, summary.line.data, summary.line.length);
    else if (result == RP_OK)
        rp_hunt_text(&summary, &style, &output->text);
    result = rp_output_end(output, result, error);
    if (result == RP_OK && options->baseline)
        rp_note("%" PRIu64 " findings are not in '%s'", known.news, options->baseline);
    if (result == RP_OK && options->baseline && known.news)
        result = RP_EXIT_NEWS;
    rp_text_free(&summary.line);
    rp_text_free(&lines);
    rp_known_free(&known);
    return result;
}
