/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last lines of a hunt on standard error. */
#ifndef RP_CLI_HUNT_END_H
#define RP_CLI_HUNT_END_H

#include "campaign/hunt.h"
#include "cli/cli.h"
#include "report/hunt_text.h"

/* Says how far it came, what this sitting took and left out, and how many findings a baseline does not have.
 */
void rp_hunt_end(const struct rp_options *options, const struct rp_hunt_summary *summary,
                 const struct rp_hunt_sitting *sitting, uint64_t news);

#endif
