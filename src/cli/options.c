/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of options and their parser; see options.h. */
#include "cli/options.h"

#include "cli/values.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

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

static int set_format(struct rp_options *options, const char *argument, struct rp_error *error)
{
    const struct rp_format *format = rp_format_find(argument);
    struct rp_text names = {0};
    for (size_t i = 0; i < rp_format_count && !format; i++)
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
    {"mode", 'm', "LIST",
     "long64 compat32 compat16 prot32 prot16 vm86 real16, or all; default long64 for probe, else all",
     "probe scan hunt fuzz golden", set_modes},
    {"executor", 'x', "LIST",
     "unicorn native kvm bochs qemu, joined by commas, or all that can run here; default unicorn, for hunt, "
     "errata and golden native, for fuzz unicorn and native where it can run, for replay and minimize those "
     "that "
     "the witness names",
     "probe scan hunt fuzz minimize replay errata golden", set_executors},
    {"policy", 'p', "LIST",
     "legacy linux hardened as-found, or all; the first is judged, the others are answered for what is not "
     "innocuous; "
     "default legacy, and linux and hardened are always answered",
     "probe scan fuzz", set_policies},
    {"space", 's', "NAME",
     "the space of encodings: forms, or wide, every ModRM byte and prefix class of them, counted where they "
     "behave as their form does; default forms, of which golden records are",
     "scan golden", set_space},
    {"seed", 0, "N", "every random choice follows from it; default 1, printed when not given",
     "probe scan hunt fuzz golden", set_seed},
    {"jobs", 'j', "N", "worker processes; default as many as there are processors",
     "probe scan hunt fuzz errata golden", set_jobs},
    {"shard", 0, "I/N", "only part I of N, from 0; default everything", "scan hunt", set_shard},
    {"limit", 0, "N",
     "at most N encodings in each mode, before --shard parts them; for hunt about N in each mode and search; "
     "for golden N tests of each MOO file; default all",
     "scan hunt golden", set_limit},
    {"time", 0, "SECONDS", "stop after so long and report what is done; default no limit",
     "scan hunt fuzz golden", set_time},
    {"runs", 0, "N", "stop after about so many runs and report what is done; default no limit",
     "scan hunt fuzz", set_runs},
    {"search", 0, "NAME", "cells (what the decoder rejects), tunnel (guided by lengths), or all; default all",
     "hunt", set_search},
    {"engine", 0, "NAME",
     "who proposes inputs: novelty (the loop in this program) or afl (afl-fuzz of AFL++, 4.00 or later, with "
     "the same mutator); default novelty",
     "fuzz", set_engine},
    {"format", 'f', "NAME",
     "text markdown json; of a report also html sarif junit (for CI), baseline (for --baseline), canonical "
     "(without times, to compare); of errata also sarif junit, of fuzz also sarif junit baseline; default "
     "text. hunt, minimize: text json",
     "probe scan report merge diff hunt fuzz minimize replay errata golden executors", set_format},
    {"output", 'o', "FILE",
     "write the answer there; default standard output. hunt: its campaign (JSON lines, if it is new "
     "and ends in .jsonl), to which findings are added as they come; scan: the campaign, which keeps each "
     "verdict, and from which the same command "
     "goes "
     "on; merge: the campaign that comes out, or the table of answers; fuzz: its directory, which keeps "
     "inputs and findings, and from "
     "which the same command goes on",
     "probe scan report merge diff hunt fuzz minimize replay errata golden executors", set_output},
    {"resume", 0, NULL, "go on where the file of --output stands, which a hunt with the same options began",
     "hunt", set_resume},
    {"import", 0, "FILE",
     "begin the campaign of --output with the JSON lines of FILE, which a hunt with the same options wrote, "
     "and go on",
     "hunt", set_import},
    {"by-machine", 0, NULL, "keep campaigns of different machines apart in OUT, instead of refusing them",
     "merge", set_by_machine},
    {"baseline", 0, "FILE",
     "exit with 1 if there is a hole or finding that this FILE does not have: of scan and report a campaign "
     "or what -f baseline or -f json wrote, of hunt its campaign or JSON lines, of fuzz both, and "
     "findings.jsonl",
     "scan report hunt fuzz", set_baseline},
    {"id", 0, "ID", "only this entry, by id or name (a CVE, a folk name); several joined by commas", "errata",
     set_ids},
    {"only", 0, "N", "of MOO files only the tests of these numbers, joined by commas, each in detail",
     "golden", set_only},
    {"list", 0, NULL, "the catalogue, or the entries of --id; nothing is run", "errata", set_list},
    {"explain", 0, "ID", "what an entry is, whom it affects, how it is found out, with its source", "errata",
     set_explain},
    {"seeds", 0, "N", "golden record: user states of each encoding; default 8", "golden", set_seeds},
    {"cpus", 0, "LIST",
     "golden verify: on each of these processors by itself: 0,4-7, or all that are allowed", "golden",
     set_cpus},
    {"loop", 0, NULL, "golden verify: again and again, until --time or SIGINT ends it", "golden", set_loop},
    {"max-rate", 0, "N", "golden verify: at most N runs a second; default no limit", "golden", set_max_rate},
    {"common", 0, NULL,
     "golden verify: compare what both CPUs have, where this one lacks features that were recorded", "golden",
     set_common},
    {"report", 0, "FILE",
     "write the report there too, in the format of its extension (.txt .md .json .html .sarif .xml .baseline "
     ".canonical), else of -f; of fuzz neither .html nor .canonical",
     "scan fuzz", set_report},
    {"seed-corpus", 0, "DIR",
     "write the seed corpus into DIR, a new folder, one input a file, for afl-fuzz -i and libFuzzer, and end",
     "fuzz", set_seed_corpus},
    {"progress", 0, "WHEN", "auto, always or never; default auto: unless quiet", "scan hunt fuzz golden",
     set_progress},
    {"color", 0, "WHEN", "auto, always or never; default auto: on a terminal, unless NO_COLOR is set",
     "probe scan report merge diff hunt fuzz minimize replay errata golden executors", set_color},
    {"log", 0, "FILE", "append to FILE what happens to worker processes; default nowhere",
     "probe scan hunt fuzz minimize replay errata golden", set_log},
    {"quiet", 'q', NULL,
     "the answer and errors only; scan and hunt: no report on standard output; "
     "scan: one line with counts and rate stays",
     "*", set_quiet},
    {"verbose", 'v', NULL, "what happens to worker processes, on standard error", "*", set_verbose},
    {"help", 'h', NULL, "the help of the command", "*", set_help},
};
const size_t rp_option_row_count = sizeof rp_option_rows / sizeof rp_option_rows[0];
#define ROWS (sizeof rp_option_rows / sizeof rp_option_rows[0])

bool rp_option_applies(const struct rp_option_row *row, const char *command)
{
    size_t length = strlen(command);
    if (strcmp(row->commands, "*") == 0)
        return true;
    for (const char *at = row->commands; *at; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");
        if (word == length && strncmp(at, command, word) == 0)
            return true;
        at += word;
    }
    return false;
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
