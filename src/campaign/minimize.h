/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Minimising a witness: the smallest encoding and state that still shows it. */
#ifndef RP_CAMPAIGN_MINIMIZE_H
#define RP_CAMPAIGN_MINIMIZE_H

#include "campaign/scan.h"

/* Makes `witness` small, in worker processes; who dies or hangs does so in processes of its own, and less is
 * tried. `options` has the executors that it names. *reproduced: false, and the witness is as it was. Always
 * the same outcome of the same witness, as far as runs are. */
int rp_minimize(const struct rp_campaign_options *options, struct rp_witness *witness, bool *reproduced,
                struct rp_error *error);

#endif
