/* SPDX-License-Identifier: GPL-2.0-or-later */
/* golden verify of a record; see golden.h. */
#include "cli/golden.h"

int rp_golden_cli_verify_record(const struct rp_options *options, const char *path, struct rp_output *output,
                                bool *news, struct rp_error *error)
{
    (void)options, (void)output, (void)news;
    return rp_error_set(error, RP_EUNSUPPORTED, "'%s' is a golden record, which is not read yet", path);
}
