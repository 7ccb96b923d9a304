/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay: make a witness's runs again; same result or not. */
#include "cli/cli.h"

#include "cli/campaign.h"
#include "cli/lines.h"
#include "cli/output.h"
#include "cli/values.h"
#include "report/finding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct replaying {
    const struct rp_options *options;
    struct rp_output output;
    struct rp_style style;
    size_t made, differing; /* witnesses; those that did not reproduce */
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

static int replay_witness(struct replaying *replaying, const char *line, const struct rp_witness *witness,
                          struct rp_error *error)
{
    char executors[RP_WITNESS_EXECUTOR_MAX];
    struct rp_options mine;
    struct rp_replay replay = {0};
    int result = choose(replaying, witness, &mine, error);
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

/* A witness line, or a line of a hunt's file. Witnesses are some 60 KB; they live on the heap. */
static int replay_line(struct replaying *replaying, const char *line, struct rp_error *error)
{
    char text[RP_WITNESS_LINE_MAX + 1];
    bool is_hunt = *line == '{', is_finding = true;
    struct rp_witness *witness = calloc(1, sizeof *witness);
    if (!witness)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a witness");
    int result = is_hunt ? rp_finding_witness(line, witness, text, &is_finding, error)
                         : rp_witness_parse(line, witness, error);
    if (result == RP_OK && is_finding)
        result = replay_witness(replaying, is_hunt ? text : line, witness, error);
    free(witness);
    return result;
}

/* Each line that is neither empty nor a comment. `name` NULL: of standard input. */
static int replay_lines(struct replaying *replaying, int fd, const char *name, struct rp_error *error)
{
    static struct rp_lines lines;
    static struct rp_line line;
    struct rp_error inner = {0};
    int state = RP_LINE_READY, result = RP_OK;
    lines = (struct rp_lines){.fd = fd, .name = name, .stop = &rp_interrupted};
    while (result == RP_OK && !replaying->output.closed && !rp_interrupted) {
        state = rp_lines_next(&lines, true, &line, error);
        if (state != RP_LINE_READY)
            break;
        const char *text = line.bytes + strspn(line.bytes, " \t");
        if (line.cut || strlen(line.bytes) != line.length)
            result = rp_error_set(&inner, RP_EINPUT, "it is too long, or holds a NUL byte");
        else if (*text && *text != '#')
            result = replay_line(replaying, text, &inner);
    }
    if (state < 0)
        return state;
    if (rp_interrupted)
        return rp_error_set(error, RP_EINTERRUPTED, "interrupted");
    return result ? rp_error_set(error, result, "%s%s%zu: %.220s", name ? name : "line", name ? ":" : " ",
                                 lines.number, inner.line)
                  : RP_OK;
}

/* As many as it has, and a word on how many that were. */
static int replay_file(struct replaying *replaying, const char *path, struct rp_error *error)
{
    size_t made = replaying->made, differing = replaying->differing;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return rp_error_system(error, errno, "'%.200s' is no witness, which begins with rp1:, and no file",
                               path);
    int result = replay_lines(replaying, fd, path, error);
    close(fd);
    made = replaying->made - made;
    if (result == RP_OK && made == 0)
        result = rp_error_set(error, RP_EINPUT, "'%.200s' holds no witness and no finding", path);
    else if (result == RP_OK && !replaying->options->quiet && !replaying->output.closed)
        rp_note("%zu of %zu in '%s' reproduce", made - (replaying->differing - differing), made, path);
    return result;
}

int rp_cmd_replay(const struct rp_options *options, struct rp_error *error)
{
    struct replaying replaying = {.options = options};
    int result = rp_output_begin(&replaying.output, options->output, error);
    if (result)
        return result;
    replaying.style = rp_output_style(options, STDOUT_FILENO, replaying.output.path);
    for (int i = 0; i < options->operand_count && result == RP_OK && !replaying.output.closed; i++) {
        const char *operand = options->operands[i];
        bool is_line = *operand == '{' || (strncmp(operand, "rp", 2) == 0 && strchr(operand, ':'));
        result = strcmp(operand, "-") == 0 ? replay_lines(&replaying, STDIN_FILENO, NULL, error)
                 : is_line                 ? replay_line(&replaying, operand, error)
                                           : replay_file(&replaying, operand, error);
    }
    result = rp_output_end(&replaying.output, result, error);
    return result ? result : replaying.differing ? RP_EXIT_NEWS : RP_EXIT_DONE;
}
