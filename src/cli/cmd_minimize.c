/* SPDX-License-Identifier: GPL-2.0-or-later */
/* minimize: the smallest encoding and state that still shows what a finding shows. */
#include "cli/cli.h"

#include "base/hex.h"
#include "base/json.h"
#include "campaign/minimize.h"
#include "cli/campaign.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/witnesses.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct minimizing {
    const struct rp_options *options;
    struct rp_output output;
    size_t made, lost; /* witnesses; those that do not reproduce */
    bool left_out;     /* some of a corpus was damaged */
};

static void add_side(struct rp_json *json, const char *key, const struct rp_witness *w, const char *line)
{
    char hex[2 * RP_ENCODING_MAX + 1];
    rp_json_open_object(json, key);
    rp_json_string(json, "encoding", rp_hex_print(hex, w->encoding.bytes, w->encoding.length));
    rp_json_string(json, "witness", line);
    rp_json_close(json);
}

static void show(struct minimizing *m, const struct rp_witness *old, const char *old_line,
                 const struct rp_witness *new, const char *line, bool reproduced)
{
    struct rp_text *text = &m->output.text;
    char hex[2][2 * RP_ENCODING_MAX + 1];
    rp_hex_print(hex[0], old->encoding.bytes, old->encoding.length);
    rp_hex_print(hex[1], new->encoding.bytes, new->encoding.length);
    if (strcmp(m->options->format->name, "json") == 0) {
        struct rp_json json;
        rp_json_begin(&json);
        rp_json_string(&json, "schema", "ringprobe.minimize/1");
        rp_json_bool(&json, "reproduced", reproduced);
        add_side(&json, "before", old, old_line);
        add_side(&json, "after", new, line);
        rp_json_end(&json, text);
        return;
    }
    if (!reproduced)
        rp_text_add(text, "does not reproduce  %s\n", old_line);
    else
        rp_text_add(text, "before  %s %s\n  %s\nafter   %s %s\n  %s\n", rp_mode_info(old->mode)->name, hex[0],
                    old_line, rp_mode_info(new->mode)->name, hex[1], line);
}

static int minimize(void *context, const char *line, const struct rp_witness *witness, struct rp_error *error)
{
    struct minimizing *m = context;
    struct rp_options mine;
    struct rp_campaign_options campaign;
    struct rp_text after = {0};
    bool reproduced = false;
    struct rp_witness *small = malloc(sizeof *small);
    if (!small)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a witness");
    *small = *witness;
    int result = rp_witness_executors(m->options, witness, &mine, error);
    if (result == RP_OK) {
        result = rp_campaign_begin(&mine, &campaign, error);
        if (result == RP_OK)
            result = rp_minimize(&campaign, small, &reproduced, error);
        rp_campaign_end(&campaign);
    }
    if (result == RP_OK)
        result = rp_witness_print(small, &after, error);
    if (result == RP_OK) {
        show(m, witness, line, small, rp_text_string(&after), reproduced);
        m->made++;
        m->lost += !reproduced;
        result = rp_output_flush(&m->output, error);
    }
    rp_text_free(&after);
    free(small);
    return result;
}

/* A finding of an input is made small as a campaign does it; its line has both sides. */
static int show_finding(struct minimizing *m, const char *line, size_t length, struct rp_error *error)
{
    char before[RP_WITNESS_LINE_MAX + 1], after[RP_WITNESS_LINE_MAX + 1];
    struct rp_witness *old = calloc(2, sizeof *old), *new = old ? old + 1 : NULL;
    int result = old ? RP_OK : rp_error_set(error, RP_EENVIRONMENT, "out of memory for a witness");
    if (!rp_line_field(line, length, "witness", after, sizeof after) ||
        !rp_line_field(line, length, "found_witness", before, sizeof before) || strcmp(before, "null") == 0)
        memcpy(before, after, sizeof before); /* it was met in a state that takes more than a line */
    if (result == RP_OK)
        result = rp_witness_parse(before, old, error);
    if (result == RP_OK)
        result = rp_witness_parse(after, new, error);
    if (result == RP_OK)
        show(m, old, before, new, after, true);
    free(old);
    return result;
}

static int minimize_input(void *context, const struct rp_fuzz_tried *tried, struct rp_error *error)
{
    struct minimizing *m = context;
    const char *at = rp_text_string(tried->findings), *feed;
    char hex[2 * RP_ENCODING_MAX + 1];
    int result = RP_OK;
    m->made++;
    m->lost += !*at;
    if (!*at && strcmp(m->options->format->name, "json") != 0)
        rp_text_add(&m->output.text, "shows no finding  %s %s\n", rp_mode_info(tried->input->mode)->name,
                    rp_hex_print(hex, tried->input->encoding.bytes, tried->input->encoding.length));
    else if (!*at)
        rp_inputs_json(tried, &m->output.text);
    for (; result == RP_OK && (feed = strchr(at, '\n')) != NULL; at = feed + 1)
        result = show_finding(m, at, (size_t)(feed - at), error);
    return result ? result : rp_output_flush(&m->output, error);
}

int rp_cmd_minimize(const struct rp_options *options, struct rp_error *error)
{
    struct minimizing m = {.options = options};
    if (strcmp(options->format->name, "markdown") == 0)
        return rp_error_set(error, RP_EINPUT, "what was minimised is shown as text or json, not as markdown");
    int result = rp_output_begin(&m.output, options->output, error);
    if (result)
        return result;
    for (int i = 0; i < options->operand_count && result == RP_OK && !m.output.closed; i++)
        result = rp_inputs_here(options->operands[i])
                     ? rp_inputs_try(options, options->operands[i], minimize_input, &m, &m.left_out, error)
                     : rp_witnesses_read(options->operands[i], &m.output.closed, minimize, &m, error);
    result = rp_output_end(&m.output, result, error);
    if (result == RP_OK && m.left_out)
        return RP_EXIT_FAILED;
    return result ? result : m.lost ? RP_EXIT_NEWS : RP_EXIT_DONE;
}
