/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `probe -`: lines `MODE HEX` from standard input, one answer each, in order. Lines are taken as they come: a
 * slow writer gets its answers at once, a long file is worked off in batches and never held as a whole. */
#ifndef RP_CLI_RECORDS_H
#define RP_CLI_RECORDS_H

#include "cli/options.h"

/* Answers every line. RP_EINPUT in the end if some were bad. */
int rp_cmd_probe_records(const struct rp_options *options, struct rp_error *error);

#endif
