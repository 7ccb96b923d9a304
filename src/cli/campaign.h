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

#endif
