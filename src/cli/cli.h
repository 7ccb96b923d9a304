/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The front end: commands, exit codes, and what a command gets from main.
 *
 * How to add a command:
 *   1. src/cli/cmd_NAME.c with `int rp_cmd_NAME(const struct rp_options *, struct rp_error *)`: one call into
 * a room that does the work, 150 lines at most;
 *   2. its row in the table of commands.c, and its declaration here;
 *   3. the options it takes: its name in the `commands` column of options.c;
 *   4. its line and its options in src/cli/CLI.md, then `tests/cli/run documents` (makes
 * src/cli/ringprobe.1). tests/cli/test_documents.sh fails if step 3 or 4 was forgotten,
 * tests/cli/test_usage.sh if an unknown option does not exit with 2. */
#ifndef RP_CLI_CLI_H
#define RP_CLI_CLI_H

#include "cli/options.h"

/* What a command returns is its exit status, or a negative rp_error_code with the line filled in, which main
 * prints. RP_EINTERRUPTED after SIGINT is 130, every other error is 2. */
enum rp_exit {
    RP_EXIT_DONE = 0,
    RP_EXIT_NEWS = 1,
    RP_EXIT_FAILED = 2,
    RP_EXIT_INTERRUPTED = 130, /* 128 + SIGINT, as shells count */
};

#define RP_NEEDS_EXECUTOR 1u /* options.executor are those that run */
#define RP_TAKES_OPERANDS 2u /* at least one; else none is allowed */
#define RP_TAKES_WORD     4u /* one or none */
#define RP_TAKES_ONE      8u
#define RP_MAKES_REPORT   16u /* in any format; else in those for single answers */
#define RP_TAKES_TWO      32u
#define RP_WHERE_POSSIBLE 64u /* of the default executors those behind the first need not run here */

struct rp_command {
    const char *name;
    const char *operands; /* for the synopsis */
    int (*function)(const struct rp_options *options, struct rp_error *error);
    const char *help;        /* one line */
    const char *explanation; /* of the operands, a paragraph; NULL: there is nothing to explain */
    const char *news;        /* what status 1 means; NULL: it never has it */
    unsigned needs;
    const char *executor; /* the default of -x; NULL: unicorn */
};

/* In the order in which people read them. */
extern const struct rp_command rp_commands[];
extern const size_t rp_command_count;
const struct rp_command *rp_command_find(const char *name); /* NULL if there is none */

int rp_cmd_probe(const struct rp_options *options, struct rp_error *error);
int rp_cmd_scan(const struct rp_options *options, struct rp_error *error);
int rp_cmd_report(const struct rp_options *options, struct rp_error *error);
int rp_cmd_merge(const struct rp_options *options, struct rp_error *error);
int rp_cmd_diff(const struct rp_options *options, struct rp_error *error);
int rp_cmd_hunt(const struct rp_options *options, struct rp_error *error);
int rp_cmd_fuzz(const struct rp_options *options, struct rp_error *error);
int rp_cmd_minimize(const struct rp_options *options, struct rp_error *error);
int rp_cmd_replay(const struct rp_options *options, struct rp_error *error);
int rp_cmd_errata(const struct rp_options *options, struct rp_error *error);
int rp_cmd_golden(const struct rp_options *options, struct rp_error *error);
int rp_cmd_executors(const struct rp_options *options, struct rp_error *error);
int rp_cmd_help(const struct rp_options *options, struct rp_error *error);

/* The overview that `ringprobe` alone prints, the help of one command, and `--version`. */
int rp_help_overview(struct rp_error *error);
int rp_help_command(const struct rp_command *command, struct rp_error *error);
int rp_help_version(struct rp_error *error);

/* Set by SIGINT. A second SIGINT ends the process at once. */
extern volatile sig_atomic_t rp_interrupted;

#endif
