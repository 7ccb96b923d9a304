/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Campaign options; see campaign.h. */
#include "cli/campaign.h"

#include "cli/cli.h"
#include "cli/output.h"
#include "cli/values.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Policies that are always answered besides the main one (CLI.md, by_policy). */
#define ALWAYS_ANSWERED (1u << RP_POLICY_LEGACY | 1u << RP_POLICY_LINUX | 1u << RP_POLICY_HARDENED)

/* With `all`, who can't run is said when somebody cares. */
int rp_campaign_choose(struct rp_options *options, const char *usual, bool where_possible,
                       struct rp_error *error)
{
    struct rp_text notes = {0};
    int result = rp_value_executors(options->executors ? options->executors : usual, options, &notes, error);
    if (result && !options->executors && where_possible) {
        char first[RP_EXECUTOR_NAME_MAX];
        snprintf(first, sizeof first, "%.*s", (int)strcspn(usual, ","), usual);
        if (!options->quiet)
            rp_note("without the second executor: %s", error->line);
        result = rp_value_executors(first, options, &notes, error);
    }
    const char *at = rp_text_string(&notes);
    while (result == RP_OK && !options->quiet && *at) {
        int length = (int)strcspn(at, "\n");
        rp_note("%.*s", length, at);
        at += length + 1;
    }
    rp_text_free(&notes);
    return result == RP_OK ? rp_value_settle_policy(options, error) : result;
}

int rp_campaign_two(const struct rp_options *options, struct rp_error *error)
{
    if (options->executor_count > 2)
        return rp_error_set(error, RP_EINPUT, "a fuzz campaign compares two executors at most, not %u",
                            options->executor_count);
    if (options->executor_count == 2 && options->executor[0].entry.executor->as_found)
        return rp_error_set(error, RP_EINPUT, "'%s' has one ring and its controls as found; name it second",
                            options->executor[0].name);
    return RP_OK;
}

int rp_campaign_begin(const struct rp_options *options, struct rp_campaign_options *campaign,
                      struct rp_error *error)
{
    unsigned others = (options->other_policies | ALWAYS_ANSWERED) & ~(1u << options->policy);
    if (options->policy == RP_POLICY_AS_FOUND)
        others = 0; /* nobody here can set what they are made of */
    *campaign = (struct rp_campaign_options){.executors = options->executor_count,
                                             .policy = options->policy,
                                             .other_policies = others,
                                             .random_seed = options->seed,
                                             .workers = options->jobs,
                                             .stop = &rp_interrupted,
                                             .log_descriptor = -1};
    for (unsigned i = 0; i < options->executor_count; i++)
        campaign->executor[i] =
            (struct rp_campaign_executor){&options->executor[i].entry, options->executor[i].name};
    if (options->log) {
        campaign->log_descriptor = open(options->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (campaign->log_descriptor < 0)
            return rp_error_system(error, errno, "cannot write the log '%s'", options->log);
    } else if (options->verbose) {
        campaign->log_descriptor = STDERR_FILENO;
    }
    return RP_OK;
}

void rp_campaign_end(struct rp_campaign_options *campaign)
{
    if (campaign->log_descriptor > STDERR_FILENO)
        close(campaign->log_descriptor);
    campaign->log_descriptor = -1;
}

void rp_campaign_note_seed(const struct rp_options *options)
{
    if (!options->seed_given && !options->quiet)
        rp_note("seed %" PRIu64 " (give it back with --seed)", options->seed);
}
