/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of options and their parser; see options.h. */
#include "cli/options.h"

#include "cli/values.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static bool has_word(const char *words, const char *word)
{
    static const char between[] = " ,;()";
    size_t length = strlen(word);
    for (const char *at = words + strspn(words, between); *at; at += strspn(at, between)) {
        size_t own = strcspn(at, between);
        if (own == length && strncmp(at, word, length) == 0)
            return true;
        at += own;
    }
    return false;
}

static int set_modes(struct rp_options *options, const char *argument, struct rp_error *error)
{
    return rp_value_modes(argument, &options->modes, error);
}

static int set_executors(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)error;
    options->executors = argument;
    return RP_OK;
}

static int set_policies(struct rp_options *options, const char *argument, struct rp_error *error)
{
    options->policy_given = true;
    return rp_value_policies(argument, &options->policy, &options->other_policies, error);
}

static int set_space(struct rp_options *options, const char *argument, struct rp_error *error)
{
    options->wide = strcmp(argument, "wide") == 0;
    if (options->wide || strcmp(argument, "forms") == 0)
        return RP_OK;
    return rp_error_set(error, RP_EINPUT, "'%s' is no space, choose forms or wide", argument);
}

static int set_seed(struct rp_options *options, const char *argument, struct rp_error *error)
{
    options->seed_given = true;
    return rp_value_number("--seed", argument, 0, UINT64_MAX, &options->seed, error);
}

static int set_jobs(struct rp_options *options, const char *argument, struct rp_error *error)
{
    uint64_t value = 0;
    int result = rp_value_number("--jobs", argument, 1, 1024, &value, error);
    options->jobs = (unsigned)value;
    return result;
}

static int set_shard(struct rp_options *options, const char *argument, struct rp_error *error)
{
    return rp_value_shard(argument, &options->shard, &options->shards, error);
}

static int set_limit(struct rp_options *options, const char *argument, struct rp_error *error)
{
    uint64_t value = 0;
    int result = rp_value_number("--limit", argument, 1, SIZE_MAX, &value, error);
    options->limit = (size_t)value;
    return result;
}

static int set_time(struct rp_options *options, const char *argument, struct rp_error *error)
{
    return rp_value_number("--time", argument, 1, UINT32_MAX, &options->seconds, error);
}

static int set_runs(struct rp_options *options, const char *argument, struct rp_error *error)
{
    return rp_value_number("--runs", argument, 1, UINT64_MAX, &options->runs, error);
}

/* The formats of a command are those that its row names. */
static int set_format(struct rp_options *options, const char *argument, struct rp_error *error)
{
    const struct rp_format *format = rp_format_find(argument);
    struct rp_text names = {0};
    for (size_t row = 0; row < rp_option_row_count && !format; row++)
        for (size_t i = 0; i < rp_format_count; i++)
            if (rp_option_rows[row].set == set_format &&
                rp_option_applies(&rp_option_rows[row], options->command) &&
                has_word(rp_option_rows[row].meaning, rp_formats[i].name))
                rp_text_add(&names, " %s", rp_formats[i].name);
    if (!format)
        rp_error_set(error, RP_EINPUT, "'%s' is no format, choose among%s", argument, rp_text_string(&names));
    rp_text_free(&names);
    options->format = format;
    options->format_given = true;
    return format ? RP_OK : RP_EINPUT;
}

static int set_output(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)error;
    options->output = argument;
    return RP_OK;
}

static int set_report(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)error;
    options->report = argument;
    return RP_OK;
}

static int set_seed_corpus(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)error;
    options->seed_corpus = argument;
    return RP_OK;
}

static int set_log(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)error;
    options->log = argument;
    return RP_OK;
}

static int set_list(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)argument, (void)error;
    options->list = true;
    return RP_OK;
}

static int set_ids(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)error;
    options->ids = argument;
    return RP_OK;
}

static int set_only(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)error;
    options->only = argument;
    return RP_OK;
}

static int set_explain(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)error;
    options->explain = argument;
    return RP_OK;
}

static int set_baseline(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)error;
    options->baseline = argument;
    return RP_OK;
}

static int set_search(struct rp_options *options, const char *argument, struct rp_error *error)
{
    for (unsigned i = 0; i < RP_HUNT_SEARCH_COUNT; i++)
        if (strcmp(argument, rp_hunt_search_name((enum rp_hunt_search)i)) == 0)
            options->searches = (uint8_t)(1u << i);
    if (strcmp(argument, "all") == 0)
        options->searches = (1u << RP_HUNT_SEARCH_COUNT) - 1;
    return options->searches
               ? RP_OK
               : rp_error_set(error, RP_EINPUT, "'%s' is no search, choose cells, tunnel or all", argument);
}

static int set_engine(struct rp_options *options, const char *argument, struct rp_error *error)
{
    options->afl = strcmp(argument, "afl") == 0;
    if (options->afl || strcmp(argument, "novelty") == 0)
        return RP_OK;
    return rp_error_set(error, RP_EINPUT, "'%s' is no engine, choose novelty or afl", argument);
}

static int set_by_machine(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)argument, (void)error;
    options->by_machine = true;
    return RP_OK;
}

static int set_import(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)error;
    options->import = argument;
    return RP_OK;
}

static int set_resume(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)argument, (void)error;
    options->resume = true;
    return RP_OK;
}

static int set_seeds(struct rp_options *options, const char *argument, struct rp_error *error)
{
    return rp_value_number("--seeds", argument, 1, RP_GOLDEN_SEEDS_MAX, &options->seeds, error);
}

static int set_cpus(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)error;
    options->cpus = argument;
    return RP_OK;
}

static int set_loop(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)argument, (void)error;
    options->loop = true;
    return RP_OK;
}

static int set_max_rate(struct rp_options *options, const char *argument, struct rp_error *error)
{
    return rp_value_number("--max-rate", argument, 1, UINT32_MAX, &options->max_rate, error);
}

static int set_common(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)argument, (void)error;
    options->common = true;
    return RP_OK;
}

static int set_progress(struct rp_options *options, const char *argument, struct rp_error *error)
{
    return rp_value_when("--progress", argument, &options->progress, error);
}

static int set_color(struct rp_options *options, const char *argument, struct rp_error *error)
{
    return rp_value_when("--color", argument, &options->color, error);
}

static int set_quiet(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)argument, (void)error;
    options->quiet = true;
    return RP_OK;
}

static int set_verbose(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)argument, (void)error;
    options->verbose = true;
    return RP_OK;
}

static int set_help(struct rp_options *options, const char *argument, struct rp_error *error)
{
    (void)argument, (void)error;
    options->help = true;
    return RP_OK;
}

const struct rp_option_row rp_option_rows[] = {
#define RP_OPTION(name, letter, argument, set, commands, meaning)                                            \
    {name, letter, argument, meaning, commands, set},
#include "cli/options.def"
#undef RP_OPTION
};
const size_t rp_option_row_count = sizeof rp_option_rows / sizeof rp_option_rows[0];
#define ROWS (sizeof rp_option_rows / sizeof rp_option_rows[0])

bool rp_option_applies(const struct rp_option_row *row, const char *command)
{
    return strcmp(row->commands, "*") == 0 || has_word(row->commands, command);
}

/* Fills in what getopt_long wants: `value` of a long option is its row + 256. */
static void make_tables(const char *command, struct option longs[ROWS + 1], char *shorts)
{
    size_t count = 0;
    *shorts++ = ':'; /* a missing argument is told from an unknown option */
    for (size_t i = 0; i < ROWS; i++) {
        const struct rp_option_row *row = &rp_option_rows[i];
        if (!rp_option_applies(row, command))
            continue;
        longs[count++] =
            (struct option){row->name, row->argument ? required_argument : no_argument, NULL, (int)i + 256};
        if (row->letter)
            *shorts++ = row->letter;
        if (row->letter && row->argument)
            *shorts++ = ':';
    }
    longs[count] = (struct option){0};
    *shorts = '\0';
}

static const struct rp_option_row *row_of(int value)
{
    if (value >= 256)
        return &rp_option_rows[value - 256];
    for (size_t i = 0; i < ROWS; i++)
        if (rp_option_rows[i].letter == value)
            return &rp_option_rows[i];
    return NULL;
}

/* getopt leaves a wrong letter in optopt, a wrong long name in the argument it has just passed. */
static int complain(const char *command, int value, char **argv, struct rp_error *error)
{
    char letter[3] = {'-', (char)optopt, '\0'};
    const char *given = optopt > 0 && optopt < 256 ? letter : argv[optind - 1];
    int length = (int)strcspn(given, "=");
    if (value == ':')
        return rp_error_set(error, RP_EINPUT,
                            "option '%s' takes an argument; `ringprobe help %s` explains it", given, command);
    if (optopt >= 256)
        return rp_error_set(error, RP_EINPUT,
                            "option '%.*s' takes no argument; `ringprobe help %s` explains it", length, given,
                            command);
    return rp_error_set(error, RP_EINPUT, "%s has no option '%.*s'; `ringprobe help %s` lists them", command,
                        length, given, command);
}

int rp_options_parse(const char *command, int argc, char **argv, struct rp_options *options,
                     struct rp_error *error)
{
    struct option longs[ROWS + 1];
    char shorts[2 * ROWS + 2];
    int value;
    make_tables(command, longs, shorts);
    options->command = command;
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const struct rp_option_row *row = value == '?' || value == ':' ? NULL : row_of(value);
        int result = row ? row->set(options, optarg, error) : complain(command, value, argv, error);
        if (result)
            return result;
    }
    options->operands = argv + optind;
    options->operand_count = argc - optind;
    return RP_OK;
}
