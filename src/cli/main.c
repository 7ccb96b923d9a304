/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ringprobe: finds the command, parses its options, runs it, and turns what it returns into an exit status.
 * Owns the process's signals and descriptors. */
#include "cli/cli.h"

#include "cli/campaign.h"
#include "cli/output.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

volatile sig_atomic_t rp_interrupted;

static void interrupt(int signal)
{
    (void)signal;
    rp_interrupted = 1;
}

/* SIGPIPE is an error of write() instead. SA_RESETHAND: who presses ^C twice means it. */
static void set_signals(void)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* the pool needs it, and it may have been ignored when we were started */
}

/* Whoever started us without descriptors 0 to 2 must not find our files under these numbers. Read-only, so
 * that an answer that goes nowhere is an error. */
static void fill_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

static int check_operands(const struct rp_command *command, const struct rp_options *options,
                          struct rp_error *error)
{
    int least = command->needs & RP_TAKES_TWO                         ? 2
                : command->needs & (RP_TAKES_OPERANDS | RP_TAKES_ONE) ? 1
                                                                      : 0;
    if (options->operand_count < least)
        return rp_error_set(error, RP_EINPUT, "%s needs %s; `ringprobe help %s` explains it", command->name,
                            command->operands, command->name);
    int most = command->needs & RP_TAKES_OPERANDS ? options->operand_count
               : command->needs & RP_TAKES_WORD   ? 1
                                                  : least;
    if (options->operand_count > most)
        return rp_error_set(error, RP_EINPUT,
                            "%s does not know what to do with '%s'; `ringprobe help %s` explains it",
                            command->name, options->operands[most], command->name);
    if (!(command->needs & RP_MAKES_REPORT) && !options->format->probe)
        return rp_error_set(
            error, RP_EINPUT,
            "'%s' is a format of reports, and %s makes none; `ringprobe help %s` lists its formats",
            options->format->name, command->name, command->name);
    return RP_OK;
}

static int run(const struct rp_command *command, int argc, char **argv, struct rp_error *error)
{
    struct rp_options options = {.policy = RP_POLICY_LEGACY, .seed = 1, .format = &rp_formats[0]};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    options.jobs = processors > 0 ? (unsigned)processors : 1;
    int result = rp_options_parse(command->name, argc, argv, &options, error);
    if (result)
        return result;
    if (options.help)
        return rp_help_command(command, error);
    result = check_operands(command, &options, error);
    if (result == RP_OK && command->needs & RP_NEEDS_EXECUTOR)
        result = rp_campaign_choose(&options, command->executor ? command->executor : "unicorn",
                                    command->needs & RP_WHERE_POSSIBLE, error);
    return result ? result : command->function(&options, error);
}

static int dispatch(int argc, char **argv, struct rp_error *error)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return rp_help_overview(error);
    if (strcmp(argv[1], "--version") == 0)
        return rp_help_version(error);
    const struct rp_command *command = rp_command_find(argv[1]);
    if (!command && argv[1][0] == '-')
        return rp_error_set(error, RP_EINPUT,
                            "'%s' stands where a command belongs; `ringprobe` alone lists them", argv[1]);
    if (!command)
        return rp_error_set(error, RP_EINPUT, "'%s' is no command; `ringprobe` alone lists them", argv[1]);
    return run(command, argc - 1, argv + 1, error);
}

int main(int argc, char **argv)
{
    struct rp_error error = {0};
    fill_descriptors();
    set_signals();
    int result = dispatch(argc, argv, &error);
    if (rp_interrupted && (result == RP_EINTERRUPTED || result >= 0))
        return RP_EXIT_INTERRUPTED;
    if (result < 0)
        rp_note("%s", error.line);
    return result < 0 ? RP_EXIT_FAILED : result;
}
