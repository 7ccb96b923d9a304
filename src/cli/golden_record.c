/* SPDX-License-Identifier: GPL-2.0-or-later */
/* golden record; see golden.h. */
#include "cli/golden.h"

int rp_golden_cli_record(const struct rp_options *options, struct rp_error *error)
{
    (void)options;
    return rp_error_set(error, RP_EUNSUPPORTED, "golden record is not built in yet");
}
