/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan: judge a whole space of encodings. */
#include "cli/cli.h"
int rp_cmd_scan(const struct rp_options *options, struct rp_error *error)
{
    (void)options;
    return rp_error_set(error, RP_EINPUT, "not yet");
}
