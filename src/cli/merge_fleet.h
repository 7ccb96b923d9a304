/* SPDX-License-Identifier: GPL-2.0-or-later */
/* merge of the answers of many machines. Private to src/cli. */
#ifndef RP_CLI_MERGE_FLEET_H
#define RP_CLI_MERGE_FLEET_H

#include "cli/options.h"

/* The operands are files of answers, a machine each; the table goes to --output. Returns an exit status: 1 if
 * a machine is odd. */
int rp_cmd_merge_fleet(const struct rp_options *options, struct rp_error *error);

#endif
