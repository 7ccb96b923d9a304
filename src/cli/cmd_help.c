/* SPDX-License-Identifier: GPL-2.0-or-later */
/* help: what there is, made from the tables of commands and options. */
#include "cli/cli.h"

#include "base/corpus.h"
#include "base/json.h"
#include "cli/output.h"
#include "report/document.h"
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
        rp_text_add(&text, "  ringprobe %-20s %s\n", synopsis, rp_commands[i].help);
    }
    rp_text_add(
        &text, "\n`ringprobe help COMMAND` explains one; `ringprobe --version` names libraries and facts.\n");
    return publish(&text, error);
}

#define COLUMNS 100 /* at most, in help */

static void add_paragraph(struct rp_text *text, unsigned indent, const char *string)
{
    struct rp_document document = {.style = {.columns = COLUMNS}, .text = text};
    rp_document_indented(&document, indent, string);
}

static void add_option(const struct rp_option_row *row, struct rp_text *text)
{
    rp_text_add(text, "  ");
    if (row->letter)
        rp_text_add(text, "-%c, ", row->letter);
    rp_text_add(text, "--%s%s%s\n", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
    add_paragraph(text, 8, row->meaning);
}

static void add_status(const struct rp_command *command, struct rp_text *text)
{
    struct rp_text status = {0};
    rp_text_add(&status, "Exit status: 0 done%s%s; 2 it could not be done; 130 interrupted.",
                command->news ? "; 1 " : "", command->news ? command->news : "");
    rp_text_add(text, "\n");
    add_paragraph(text, 0, rp_text_string(&status));
    text->failed |= status.failed;
    rp_text_free(&status);
}

int rp_help_command(const struct rp_command *command, struct rp_error *error)
{
    struct rp_text text = {0}, head = {0};
    rp_text_add(&head, "ringprobe %s [OPTION...]%s%s: %s", command->name, *command->operands ? " " : "",
                command->operands, command->help);
    add_paragraph(&text, 0, rp_text_string(&head));
    text.failed |= head.failed;
    rp_text_free(&head);
    if (command->explanation) {
        rp_text_add(&text, "\n");
        add_paragraph(&text, 0, command->explanation);
    }
    rp_text_add(&text, "\n");
    for (size_t i = 0; i < rp_option_row_count; i++)
        if (rp_option_applies(&rp_option_rows[i], command->name))
            add_option(&rp_option_rows[i], &text);
    add_status(command, &text);
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
