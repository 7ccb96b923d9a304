/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Campaigns on the planted executors; see planting.h. */
#include "campaign/planting.h"

#include <string.h>

#define HANG 200 /* milliseconds of processor time */

static const struct rp_executor_entry planted_entry = {.name = "planted", .executor = &planted_executor},
                                      true_entry = {.name = "true", .executor = &planted_true};

static int take(void *context, const char *line, size_t length, bool old, struct rp_error *error)
{
    struct found *found = context;
    (void)old, (void)error;
    rp_text_add_bytes(&found->lines, line, length);
    found->count++;
    return RP_OK;
}

struct rp_fuzz_options planting_options(unsigned executors, uint64_t executions, struct found *found)
{
    return (struct rp_fuzz_options){
        .campaign = {.executor = {{&planted_entry, "planted"}, {&true_entry, "true"}},
                     .executors = executors,
                     .policy = RP_POLICY_LINUX,
                     .random_seed = 1,
                     .workers = 1,
                     .hang_milliseconds = HANG},
        .modes = 1u << RP_MODE_LONG64 | 1u << RP_MODE_PROT32,
        .executions = executions,
        .take = take,
        .take_context = found};
}

/* How many findings are of this oracle and mnemonic; `encoding` of the last one. */
unsigned planting_count(const struct found *found, const char *oracle, const char *mnemonic,
                        char encoding[32])
{
    unsigned number = 0;
    for (const char *line = rp_text_string(&found->lines); *line; line = strchr(line, '\n') + 1) {
        char value[64];
        size_t length = strcspn(line, "\n");
        if (!rp_line_field(line, length, "oracle", value, sizeof value) || strcmp(value, oracle) != 0 ||
            !rp_line_field(line, length, "mnemonic", value, sizeof value) || strcmp(value, mnemonic) != 0)
            continue;
        rp_line_field(line, length, "encoding", encoding, 32);
        number++;
    }
    return number;
}
