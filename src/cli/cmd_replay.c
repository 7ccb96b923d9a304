/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay: make a witness's runs again; same result or not. */
#include "cli/cli.h"

#include "cli/campaign.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/witnesses.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct replaying {
    const struct rp_options *options;
    struct rp_output output;
    struct rp_style style;
    size_t made, differing; /* witnesses; those that did not reproduce */
    size_t findings;        /* that inputs showed */
    bool left_out;          /* some of a corpus was damaged */
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

static int replay_input(void *context, const struct rp_fuzz_tried *tried, struct rp_error *error)
{
    struct replaying *replaying = context;
    bool json = strcmp(replaying->options->format->name, "json") == 0;
    (json ? rp_inputs_json : rp_inputs_text)(tried, &replaying->output.text);
    for (unsigned i = 0; i < tried->looks; i++)
        replaying->findings += tried->look[i].look == RP_FUZZ_FOUND;
    int result = rp_output_flush(&replaying->output, error);
    return result == RP_OK && replaying->output.closed
               ? rp_error_set(error, RP_EINTERRUPTED, "the reader has left")
               : result;
}

/* They say nothing of how they should end: what of them is a finding now is news. */
static int replay_inputs(struct replaying *replaying, const char *operand, struct rp_error *error)
{
    if (strcmp(replaying->options->format->name, "markdown") == 0)
        return rp_error_set(error, RP_EINPUT, "inputs are shown as text or json, not as markdown");
    int result =
        rp_inputs_try(replaying->options, operand, replay_input, replaying, &replaying->left_out, error);
    return result == RP_EINTERRUPTED && replaying->output.closed ? RP_OK : result;
}

/* A file, as opposed to a line: a word on how many reproduce. */
static int replay(struct replaying *replaying, const char *operand, struct rp_error *error)
{
    if (rp_inputs_here(operand))
        return replay_inputs(replaying, operand, error);
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
    if (result == RP_OK && replaying.left_out)
        return RP_EXIT_FAILED;
    return result ? result : replaying.differing || replaying.findings ? RP_EXIT_NEWS : RP_EXIT_DONE;
}
