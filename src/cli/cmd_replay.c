/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay: make a witness's runs again; same result or not. */
#include "cli/cli.h"

#include "cli/campaign.h"
#include "cli/lines.h"
#include "cli/output.h"
#include "cli/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct replaying {
    const struct rp_options *options;
    struct rp_output output;
    struct rp_style style;
    bool differs; /* one did not reproduce */
};

/* Who makes the runs: -x, or the executors that the witness names. */
static int choose(const struct replaying *replaying, const struct rp_witness *witness,
                  struct rp_options *mine, struct rp_error *error)
{
    struct rp_text notes = {0};
    char named[RP_WITNESS_EXECUTOR_MAX];
    *mine = *replaying->options;
    memcpy(named, witness->executor, sizeof named);
    char *plus = strchr(named, '+');
    if (plus)
        *plus = ',';
    int result = rp_value_executors(mine->executors ? mine->executors : named, mine, &notes, error);
    rp_text_free(&notes);
    return result;
}

static int run(const struct rp_options *options, const struct rp_witness *witness, struct rp_replay *replay,
               struct rp_error *error)
{
    struct rp_campaign_options campaign;
    int result = rp_campaign_begin(options, &campaign, error);
    if (result == RP_OK)
        result = rp_replay_witness(&campaign, witness, replay, error);
    rp_campaign_end(&campaign);
    return result;
}

/* Witnesses are some 60 KB; they live on the heap. */
static int replay_line(struct replaying *replaying, const char *line, struct rp_error *error)
{
    struct rp_options mine;
    struct rp_replay replay = {0};
    struct rp_witness *witness = calloc(1, sizeof *witness);
    if (!witness)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a witness");
    int result = rp_witness_parse(line, witness, error);
    if (result == RP_OK)
        result = choose(replaying, witness, &mine, error);
    if (result == RP_OK)
        result = run(&mine, witness, &replay, error);
    if (result == RP_OK) {
        char executors[RP_WITNESS_EXECUTOR_MAX];
        bool two = mine.executor_count > 1;
        snprintf(executors, sizeof executors, "%s%s%s", mine.executor[0].name, two ? "+" : "",
                 two ? mine.executor[1].name : "");
        replaying->options->format->replay(line, witness, executors, &replay, &replaying->style,
                                           &replaying->output.text);
        replaying->differs |= !replay.reproduced;
        result = rp_output_flush(&replaying->output, error);
    }
    free(witness);
    return result;
}

/* Each line of standard input that is neither empty nor a comment. */
static int replay_lines(struct replaying *replaying, struct rp_error *error)
{
    static struct rp_lines lines = {.fd = STDIN_FILENO, .stop = &rp_interrupted};
    static struct rp_line line;
    struct rp_error inner = {0};
    int state = RP_LINE_READY, result = RP_OK;
    while (result == RP_OK && !replaying->output.closed) {
        state = rp_lines_next(&lines, true, &line, error);
        if (state != RP_LINE_READY)
            break;
        const char *text = line.bytes + strspn(line.bytes, " \t");
        if (*text && *text != '#')
            result = replay_line(replaying, text, &inner);
    }
    if (state < 0)
        return state;
    if (rp_interrupted)
        return rp_error_set(error, RP_EINTERRUPTED, "interrupted");
    return result ? rp_error_set(error, result, "line %zu: %s", lines.number, inner.line) : RP_OK;
}

int rp_cmd_replay(const struct rp_options *options, struct rp_error *error)
{
    struct replaying replaying = {.options = options};
    int result = rp_output_begin(&replaying.output, options->output, error);
    if (result)
        return result;
    replaying.style = rp_output_style(options, STDOUT_FILENO, replaying.output.path);
    for (int i = 0; i < options->operand_count && result == RP_OK && !replaying.output.closed; i++)
        result = strcmp(options->operands[i], "-") == 0
                     ? replay_lines(&replaying, error)
                     : replay_line(&replaying, options->operands[i], error);
    result = rp_output_end(&replaying.output, result, error);
    return result ? result : replaying.differs ? RP_EXIT_NEWS : RP_EXIT_DONE;
}
