/* SPDX-License-Identifier: GPL-2.0-or-later */
/* help: what there is, made from the tables of commands and options. */
#include "cli/cli.h"

#include "base/corpus.h"
#include "base/json.h"
#include "cli/output.h"
#include "store/store.h"
#include "x86/decode.h"

#include <stdio.h>
#include <string.h>

static int publish(struct rp_text *text, struct rp_error *error)
{
    int result = rp_text_publish(text, NULL, error);
    rp_text_free(text);
    return result;
}

int rp_help_overview(struct rp_error *error)
{
    struct rp_text text = {0};
    rp_text_add(&text,
                "ringprobe COMMAND [OPTION...]: find the virtualization holes of x86 by experiment\n\n");
    for (size_t i = 0; i < rp_command_count; i++) {
        char synopsis[40];
        snprintf(synopsis, sizeof synopsis, "%s %s", rp_commands[i].name, rp_commands[i].operands);
        rp_text_add(&text, "  ringprobe %-18s %s\n", synopsis, rp_commands[i].help);
    }
    rp_text_add(
        &text, "\n`ringprobe help COMMAND` explains one; `ringprobe --version` names libraries and facts.\n");
    return publish(&text, error);
}

static void add_option(const struct rp_option_row *row, struct rp_text *text)
{
    rp_text_add(text, "  ");
    if (row->letter)
        rp_text_add(text, "-%c, ", row->letter);
    rp_text_add(text, "--%s%s%s\n        %s\n", row->name, row->argument ? " " : "",
                row->argument ? row->argument : "", row->meaning);
}

/* What a TARGET or a WITNESS is, where a command takes one. */
static const char *explain(const char *operands)
{
    if (strcmp(operands, "TARGET...") == 0)
        return "\nTARGET is hex (9d, \"0f 01 e0\", 0x0f01e0), a name that people type (popf, \"call far\", "
               "\"mov sreg\"),\n"
               "or -: lines `MODE HEX` from standard input, # begins a comment. What is both hex and a known "
               "name\n"
               "(fadd) is the name; 0x in front makes it hex.\n";
    if (strcmp(operands, "WITNESS...") == 0)
        return "\nWITNESS is a line that begins with rp1:, as probe and reports print it; or a finding, a "
               "line of a\n"
               "hunt's file; or such a FILE; or -: such lines from standard input.\n";
    if (strcmp(operands, "CAMPAIGN") == 0)
        return "\nCAMPAIGN is the file of a scan -o, finished or not.\n";
    if (strcmp(operands, "SHARD...") == 0)
        return "\nSHARD is the file of a scan --shard I/N -o SHARD; all N have to be there, in any order.\n";
    if (strcmp(operands, "OLD NEW") == 0)
        return "\nOLD and NEW are the files of two scans -o, or of merges.\n";
    return "";
}

/* What status 1 means; what has no news never has it. */
static void add_status(const char *command, struct rp_text *text)
{
    static const char *const news[][2] = {
        {"scan", "a hole that --baseline does not have"},
        {"report", "a hole that --baseline does not have"},
        {"hunt", "a finding that --baseline does not have"},
        {"fuzz", "a finding that --baseline does not have"},
        {"diff", "verdicts differ"},
        {"minimize", "a witness does not reproduce"},
        {"replay", "a witness does not reproduce"},
        {"golden", "a run is not as it was recorded"},
        {"errata", "an erratum is present, or affected and not fixed"},
    };
    rp_text_add(text, "\nExit status: 0 done");
    for (size_t i = 0; i < sizeof news / sizeof news[0]; i++)
        if (strcmp(news[i][0], command) == 0)
            rp_text_add(text, "; 1 %s", news[i][1]);
    rp_text_add(text, "; 2 it could not be done.\n");
}

int rp_help_command(const struct rp_command *command, struct rp_error *error)
{
    struct rp_text text = {0};
    rp_text_add(&text, "ringprobe %s [OPTION...]%s%s: %s\n%s\n", command->name, *command->operands ? " " : "",
                command->operands, command->help, explain(command->operands));
    for (size_t i = 0; i < rp_option_row_count; i++)
        if (rp_option_applies(&rp_option_rows[i], command->name))
            add_option(&rp_option_rows[i], &text);
    add_status(command->name, &text);
    return publish(&text, error);
}

int rp_help_version(struct rp_error *error)
{
    struct rp_text text = {0};
    char corpus[RP_CORPUS_VERSION_SIZE];
    rp_text_add(&text, "ringprobe %s\ncorpus %s\n", RP_VERSION, rp_corpus_version(corpus));
    rp_text_add(&text, "%s\n%s\n", rp_decoder_version(), rp_json_version());
    rp_text_add(&text, "%s\n", rp_store_library());
    for (size_t i = 0; i < rp_executor_entry_count; i++)
        if (rp_executor_entries[i].executor)
            rp_text_add(&text, "%s\n", rp_executor_entries[i].executor->version());
    return publish(&text, error);
}

int rp_cmd_help(const struct rp_options *options, struct rp_error *error)
{
    if (options->operand_count == 0)
        return rp_help_overview(error);
    const struct rp_command *command = rp_command_find(options->operands[0]);
    if (!command)
        return rp_error_set(error, RP_EINPUT, "'%s' is no command; `ringprobe` alone lists them",
                            options->operands[0]);
    return rp_help_command(command, error);
}
