/* SPDX-License-Identifier: GPL-2.0-or-later */
/* executors: who can run here, what it can do, and what is missing. */
#include "cli/cli.h"

#include "cli/output.h"

#include <unistd.h>

/* An executor that fails to open, or dies in it, is an answer. */
static int describe(const struct rp_options *options, const struct rp_executor_entry *entry,
                    const struct rp_style *style, struct rp_text *text, struct rp_error *error)
{
    static struct rp_executor_report report;
    struct rp_executor_facts facts = {.entry = entry, .version = report.version};
    struct rp_limits *limits = NULL;
    struct rp_error inner = {0};
    int result = RP_OK;
    if (rp_executor_ask(entry, NULL, &report, &inner))
        facts.why_not = inner.line;
    else
        facts.why_not = report.why_not;
    facts.runs = report.runs_here;
    facts.capabilities = &report.capabilities;
    if (facts.runs)
        result = rp_limits_open(entry->name, &limits, error);
    facts.limits = limits;
    if (result == RP_OK)
        options->format->executor(&facts, style, text);
    rp_limits_close(limits);
    return result;
}

int rp_cmd_executors(const struct rp_options *options, struct rp_error *error)
{
    struct rp_output output;
    int result = rp_output_begin(&output, options->output, error);
    struct rp_style style = rp_output_style(options, STDOUT_FILENO, output.path);
    for (size_t i = 0; i < rp_executor_entry_count && result == RP_OK; i++)
        result = describe(options, &rp_executor_entries[i], &style, &output.text, error);
    return rp_output_end(&output, result, error);
}
