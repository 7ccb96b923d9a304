/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options: one table for all commands, from which parsing, help and the checks of the documents are made. */
#ifndef RP_CLI_OPTIONS_H
#define RP_CLI_OPTIONS_H

#include "campaign/golden.h"
#include "campaign/hunt.h"
#include "campaign/scan.h"
#include "report/format.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

enum rp_when { RP_AUTO, RP_ALWAYS, RP_NEVER };

/* What was asked for; strings point into argv. */
struct rp_options {
    const char *command;   /* its name */
    uint8_t modes;         /* bits of 1 << enum rp_mode; 0: not given */
    const char *executors; /* the list as given; NULL: not given */
    struct {
        struct rp_executor_entry entry;
        char name[RP_EXECUTOR_NAME_MAX]; /* that it was asked for by */
    } executor[RP_OPINIONS_MAX];         /* those that run */
    unsigned executor_count;
    bool policy_given;
    enum rp_policy policy;
    unsigned other_policies; /* bits of 1 << enum rp_policy */
    bool seed_given;
    uint64_t seed;
    unsigned jobs;
    unsigned shard, shards;
    bool wide; /* the space */
    size_t limit;
    uint64_t seconds, runs;
    const struct rp_format *format; /* never NULL */
    bool format_given;
    const char *output, *report, *log, *baseline, *import, *seed_corpus; /* NULL: not given */
    uint8_t searches; /* hunt: bits of 1 << enum rp_hunt_search; 0: not given */
    bool afl;         /* fuzz: the engine */
    bool by_machine;
    bool resume;
    bool list;                 /* errata: the catalogue, nothing is run */
    const char *ids, *explain; /* errata: entries by id or name; NULL: not given */
    const char *only;          /* golden: indices of tests; NULL: not given */
    uint64_t seeds, max_rate;  /* golden; 0: not given */
    const char *cpus;          /* golden: as given; NULL: not given */
    bool loop, common;         /* golden */
    enum rp_when progress, color;
    bool quiet, verbose, help;
    char **operands; /* NULL-terminated */
    int operand_count;
};

struct rp_option_row {
    const char *name;     /* without the dashes */
    char letter;          /* 0: none */
    const char *argument; /* what stands for it in the help; NULL: takes none */
    const char *meaning;  /* one line, the default behind it */
    const char *commands; /* names, separated by blanks; "*": all */
    int (*set)(struct rp_options *options, const char *argument, struct rp_error *error);
};

extern const struct rp_option_row rp_option_rows[];
extern const size_t rp_option_row_count;

/* True if `command` takes the option. */
bool rp_option_applies(const struct rp_option_row *row, const char *command);

/* Parses argv (argv[0] is the command's name) for `command`. RP_EINPUT: the line names the option. */
int rp_options_parse(const char *command, int argc, char **argv, struct rp_options *options,
                     struct rp_error *error);

#endif
