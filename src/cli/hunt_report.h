/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `report` of a hunt's campaign. */
#ifndef RP_CLI_HUNT_REPORT_H
#define RP_CLI_HUNT_REPORT_H

#include "cli/output.h"
#include "store/store.h"

/* Writes the summary or, as JSON, the findings, as the hunt did, and ends `output`. RP_EXIT_NEWS: a finding
 * is not in the baseline that was asked for. */
int rp_hunt_report(const struct rp_options *options, struct rp_store *store, struct rp_output *output,
                   struct rp_error *error);

#endif
