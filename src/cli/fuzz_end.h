/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a fuzz campaign ends: its report, what is said of it, the exit status. */
#ifndef RP_CLI_FUZZ_END_H
#define RP_CLI_FUZZ_END_H

#include "campaign/fuzz.h"
#include "cli/fuzz_report.h"

/* Findings as they came. */
struct rp_fuzz_taken {
    struct rp_text lines; /* of all sittings */
    size_t old, findings; /* bytes of them, and how many, that are of earlier ones */
};

/* `result` and `error`: what the campaign came to. One that was interrupted or has failed is reported too, as
 * incomplete, if it has anything to report. Returns the exit status or an error; `output` is ended. */
int rp_fuzz_end(const struct rp_options *options, const struct rp_fuzz_status *status,
                const struct rp_fuzz_taken *taken, struct rp_fuzz_report *report, struct rp_output *output,
                int result, struct rp_error *error);

#endif
