/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Campaigns on the planted executors for benches; see planted_bugs.h. */
#include "support/planted_bugs.h"

#include "support/planted.h"

#include <string.h>

static const struct {
    const char *name, *oracle, *mnemonic; /* NULL: any; several by |, of which one stands for all */
} bugs[PLANTED_BUGS] = {{"UMIP ignored", "divergence", "sgdt|sidt|sldt|smsw|str"},
                        {"CLI with a prefix", "rings", "cli"},
                        {"a flag in one of 2^16 states", "divergence", NULL},
                        {"length of a VEX form", "length", "vpermq"},
                        {"hang", "hung", "getsec"}};

const char *planted_bug_name(size_t bug)
{
    return bugs[bug].name;
}

static bool is_one_of(const char *names, const char *mnemonic)
{
    const char *at = strstr(names, mnemonic);
    size_t length = strlen(mnemonic);
    return at && length && (at == names || at[-1] == '|') && (at[length] == '|' || !at[length]);
}

static int take(void *context, const char *line, size_t length, bool old, struct rp_error *error)
{
    struct planted_found *found = context;
    char oracle[32], mnemonic[48], detail[64];
    (void)old, (void)error;
    rp_line_field(line, length, "oracle", oracle, sizeof oracle);
    rp_line_field(line, length, "mnemonic", mnemonic, sizeof mnemonic);
    rp_line_field(line, length, "detail", detail, sizeof detail);
    for (size_t i = 0; i < PLANTED_BUGS; i++)
        if (!found->after[i] && strcmp(bugs[i].oracle, oracle) == 0 &&
            (bugs[i].mnemonic ? is_one_of(bugs[i].mnemonic, mnemonic) : strcmp(detail, "rflags") == 0))
            found->after[i] = found->status.executions;
    return RP_OK;
}

struct rp_fuzz_options planted_campaign(uint64_t executions, struct planted_found *found)
{
    static const struct rp_executor_entry planted = {.name = "planted", .executor = &planted_executor},
                                          right = {.name = "true", .executor = &planted_true};
    return (struct rp_fuzz_options){.campaign = {.executor = {{&planted, "planted"}, {&right, "true"}},
                                                 .executors = 2,
                                                 .policy = RP_POLICY_LINUX,
                                                 .random_seed = 1,
                                                 .workers = 1,
                                                 .hang_milliseconds = 200},
                                    .modes = 1u << RP_MODE_LONG64 | 1u << RP_MODE_PROT32,
                                    .executions = executions,
                                    .take = take,
                                    .take_context = found};
}
