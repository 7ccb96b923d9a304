/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay: make a witness's runs again; same result or not. */
#include "cli/cli.h"

#include "cli/campaign.h"
#include "cli/output.h"
#include "cli/witnesses.h"

#include <stdio.h>
#include <unistd.h>

struct replaying {
    const struct rp_options *options;
    struct rp_output output;
    struct rp_style style;
    size_t made, differing; /* witnesses; those that did not reproduce */
};

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

static int replay_witness(void *context, const char *line, const struct rp_witness *witness,
                          struct rp_error *error)
{
    struct replaying *replaying = context;
    char executors[RP_WITNESS_EXECUTOR_MAX];
    struct rp_options mine;
    struct rp_replay replay = {0};
    int result = rp_witness_executors(replaying->options, witness, &mine, error);
    if (result == RP_OK)
        result = run(&mine, witness, &replay, error);
    if (result)
        return result;
    bool two = mine.executor_count > 1;
    snprintf(executors, sizeof executors, "%s%s%s", mine.executor[0].name, two ? "+" : "",
             two ? mine.executor[1].name : "");
    replaying->options->format->replay(line, witness, executors, &replay, &replaying->style,
                                       &replaying->output.text);
    replaying->made++;
    replaying->differing += !replay.reproduced;
    return rp_output_flush(&replaying->output, error);
}

/* A file, as opposed to a line: a word on how many reproduce. */
static int replay(struct replaying *replaying, const char *operand, struct rp_error *error)
{
    size_t made = replaying->made, differing = replaying->differing;
    bool is_file = access(operand, F_OK) == 0;
    int result = rp_witnesses_read(operand, &replaying->output.closed, replay_witness, replaying, error);
    made = replaying->made - made;
    if (result == RP_OK && is_file && !replaying->options->quiet && !replaying->output.closed)
        rp_note("%zu of %zu in '%s' reproduce", made - (replaying->differing - differing), made, operand);
    return result;
}

int rp_cmd_replay(const struct rp_options *options, struct rp_error *error)
{
    struct replaying replaying = {.options = options};
    int result = rp_output_begin(&replaying.output, options->output, error);
    if (result)
        return result;
    replaying.style = rp_output_style(options, STDOUT_FILENO, replaying.output.path);
    for (int i = 0; i < options->operand_count && result == RP_OK && !replaying.output.closed; i++)
        result = replay(&replaying, options->operands[i], error);
    result = rp_output_end(&replaying.output, result, error);
    return result ? result : replaying.differing ? RP_EXIT_NEWS : RP_EXIT_DONE;
}
