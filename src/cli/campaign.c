/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Campaign options; see campaign.h. */
#include "cli/campaign.h"

#include "cli/cli.h"
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

/* Policies that are always answered besides the main one (CLI.md, by_policy). */
#define ALWAYS_ANSWERED (1u << RP_POLICY_LEGACY | 1u << RP_POLICY_LINUX | 1u << RP_POLICY_HARDENED)

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
