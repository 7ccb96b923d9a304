/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands; how to add one stands in cli.h. */
#include "cli/cli.h"

#include <string.h>

const struct rp_command rp_commands[] = {
    {.name = "probe",
     .operands = "TARGET...",
     .function = rp_cmd_probe,
     .help = "what happens in ring 0 and in ring 3, the verdict, its witness",
     .explanation = "TARGET is hex (9d, \"0f 01 e0\", 0x0f01e0), a name that people type (popf, \"call "
                    "far\", \"mov sreg\"), or -: lines `MODE HEX` from standard input, # begins a "
                    "comment. What is both hex and a known name (fadd) is the name; 0x in front makes it "
                    "hex.",
     .needs = RP_NEEDS_EXECUTOR | RP_TAKES_OPERANDS},
    {.name = "scan",
     .operands = "",
     .function = rp_cmd_scan,
     .help = "judge a whole space of encodings",
     .news = "a hole that --baseline does not have",
     .needs = RP_NEEDS_EXECUTOR | RP_MAKES_REPORT},
    {.name = "report",
     .operands = "CAMPAIGN",
     .function = rp_cmd_report,
     .help = "a campaign as text, Markdown, HTML, JSON, SARIF, JUnit",
     .explanation = "CAMPAIGN is the file of a scan -o, a hunt -o or a merge, or the directory of a fuzz "
                    "-o; finished or not.",
     .news = "a hole or finding that --baseline does not have",
     .needs = RP_TAKES_ONE | RP_MAKES_REPORT},
    {.name = "merge",
     .operands = "SHARD...",
     .function = rp_cmd_merge,
     .help = "shards into one campaign; answers of many machines into a table",
     .explanation = "SHARD is the file of a scan --shard I/N -o SHARD, or of a hunt; all N have to be "
                    "there, in any order. Files of JSON lines, a machine each, as errata -f json and "
                    "golden verify -f json write them, give a table of these machines instead.",
     .news = "of machines: one is odd, or not as it was recorded",
     .needs = RP_TAKES_OPERANDS},
    {.name = "diff",
     .operands = "OLD NEW",
     .function = rp_cmd_diff,
     .help = "what changed between two campaigns",
     .explanation = "OLD and NEW are the files of two scans -o, of merges, or of two hunts.",
     .news = "something differs",
     .needs = RP_TAKES_TWO},
    {.name = "hunt",
     .operands = "",
     .function = rp_cmd_hunt,
     .help = "search this CPU for encodings that no manual describes",
     .news = "a finding that --baseline does not have",
     .executor = "native",
     .needs = RP_NEEDS_EXECUTOR},
    {.name = "fuzz",
     .operands = "",
     .function = rp_cmd_fuzz,
     .help = "a fuzz campaign: mutants of what behaved as nothing did before",
     .news = "a finding, with --baseline one that it does not have",
     .executor = "unicorn,native",
     .needs = RP_NEEDS_EXECUTOR | RP_WHERE_POSSIBLE | RP_MAKES_REPORT},
    {.name = "minimize",
     .operands = "FINDING...",
     .function = rp_cmd_minimize,
     .help = "the smallest encoding and state that still shows it",
     .explanation = "FINDING is what replay takes: a witness line, a finding, a FILE of them, a fuzz "
                    "campaign's DIR or DIR/ID, inputs, or - for lines from standard input.",
     .news = "a witness does not reproduce, an input shows nothing",
     .needs = RP_TAKES_OPERANDS},
    {.name = "replay",
     .operands = "WITNESS...",
     .function = rp_cmd_replay,
     .help = "run a witness again: same result or not",
     .explanation = "WITNESS is a line that begins with rp1:, as probe and reports print it; a finding, a"
                    " line of JSON; a hunt's campaign, or a FILE of such lines; a fuzz campaign's DIR, or"
                    " DIR/ID; inputs of fuzz campaigns and of AFL++, a file or a folder; or -: such lines"
                    " from standard input.",
     .news = "a witness does not reproduce, an input shows a finding",
     .needs = RP_TAKES_OPERANDS},
    {.name = "errata",
     .operands = "",
     .function = rp_cmd_errata,
     .help = "which known errata this CPU has, and whose behaviour it follows",
     .news = "an erratum is present, or affected and not fixed",
     .needs = RP_MAKES_REPORT},
    {.name = "golden",
     .operands = "record|verify",
     .function = rp_cmd_golden,
     .help = "what this machine does, kept, and does that one do the same?",
     .explanation = "golden record -o FILE keeps what this machine does; golden verify FILE... runs it "
                    "again here. FILE is such a record, or recorded hardware tests: a MOO file, or a "
                    "folder of them.",
     .news = "a run is not as it was recorded",
     .executor = "native",
     .needs = RP_NEEDS_EXECUTOR | RP_TAKES_OPERANDS},
    {.name = "executors",
     .operands = "",
     .function = rp_cmd_executors,
     .help = "who can run here, what it can set and see, what it can't show",
     .needs = 0},
    {.name = "help",
     .operands = "[COMMAND]",
     .function = rp_cmd_help,
     .help = "this list, or the help of one command",
     .needs = RP_TAKES_WORD},
};
const size_t rp_command_count = sizeof rp_commands / sizeof rp_commands[0];

const struct rp_command *rp_command_find(const char *name)
{
    for (size_t i = 0; i < rp_command_count; i++)
        if (strcmp(rp_commands[i].name, name) == 0)
            return &rp_commands[i];
    return NULL;
}
