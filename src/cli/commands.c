/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands; how to add one stands in cli.h. */
#include "cli/cli.h"

#include <string.h>

const struct rp_command rp_commands[] = {
    {"probe", "TARGET...", rp_cmd_probe, "what happens in ring 0 and in ring 3, the verdict, its witness",
     RP_NEEDS_EXECUTOR | RP_TAKES_OPERANDS, NULL},
    {"scan", "", rp_cmd_scan, "judge a whole space of encodings", RP_NEEDS_EXECUTOR | RP_MAKES_REPORT, NULL},
    {"report", "CAMPAIGN", rp_cmd_report,
     "what a campaign holds, as text, Markdown, HTML, JSON, SARIF, JUnit", RP_TAKES_ONE | RP_MAKES_REPORT,
     NULL},
    {"merge", "SHARD...", rp_cmd_merge,
     "the shards of a campaign (scan --shard I/N) become one, with -o OUT; answers of many machines a table",
     RP_TAKES_OPERANDS, NULL},
    {"diff", "OLD NEW", rp_cmd_diff, "what changed between two campaigns", RP_TAKES_TWO, NULL},
    {"hunt", "", rp_cmd_hunt, "search this CPU for encodings that no manual describes", RP_NEEDS_EXECUTOR,
     "native"},
    {"fuzz", "", rp_cmd_fuzz, "a fuzz campaign: mutants of what behaved as nothing did before",
     RP_NEEDS_EXECUTOR | RP_WHERE_POSSIBLE | RP_MAKES_REPORT, "unicorn,native"},
    {"minimize", "FINDING...", rp_cmd_minimize, "the smallest encoding and state that still shows it",
     RP_TAKES_OPERANDS, NULL},
    {"replay", "WITNESS...", rp_cmd_replay, "run a witness again: same result or not", RP_TAKES_OPERANDS,
     NULL},
    {"errata", "", rp_cmd_errata,
     "which known errata does this CPU have, and whose behaviour does it follow?", RP_MAKES_REPORT, NULL},
    {"golden", "record|verify [FILE]", rp_cmd_golden,
     "what this machine does, kept, and does that one do the same?", RP_NEEDS_EXECUTOR | RP_TAKES_OPERANDS,
     "native"},
    {"executors", "", rp_cmd_executors,
     "who can run here, its provenance, what it can set and see, what is missing and how to get it", 0, NULL},
    {"help", "[COMMAND]", rp_cmd_help, "this list, or the help of one command", RP_TAKES_WORD, NULL},
};
const size_t rp_command_count = sizeof rp_commands / sizeof rp_commands[0];

const struct rp_command *rp_command_find(const char *name)
{
    for (size_t i = 0; i < rp_command_count; i++)
        if (strcmp(rp_commands[i].name, name) == 0)
            return &rp_commands[i];
    return NULL;
}
