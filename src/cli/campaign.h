/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From options to a campaign, and what is written down about the machine that it runs on. */
#ifndef RP_CLI_CAMPAIGN_H
#define RP_CLI_CAMPAIGN_H

#include "cli/options.h"

/* Fills `campaign` from the options and opens the log. End with rp_campaign_end, even after a failure. */
int rp_campaign_begin(const struct rp_options *options, struct rp_campaign_options *campaign,
                      struct rp_error *error);
void rp_campaign_end(struct rp_campaign_options *campaign);

/* The seed to standard error, if nobody gave it and somebody wants to know. */
void rp_campaign_note_seed(const struct rp_options *options);

/* The executors by -x, or `usual`, of which, if `where_possible`, those behind the first need not run here;
 * settles the policy with them. RP_EINPUT: there is no such executor; RP_EENVIRONMENT: it can't run. */
int rp_campaign_choose(struct rp_options *options, const char *usual, bool where_possible,
                       struct rp_error *error);

/* RP_EINPUT: they are not what a fuzz campaign runs on, one executor or two, one without controls second. */
int rp_campaign_two(const struct rp_options *options, struct rp_error *error);

#endif
