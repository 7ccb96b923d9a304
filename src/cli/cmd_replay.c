/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay: make a witness's runs again. */
#include "cli/cli.h"
int rp_cmd_replay(const struct rp_options *options, struct rp_error *error)
{
    (void)options;
    return rp_error_set(error, RP_EINPUT, "not yet");
}
