/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports of fuzz campaigns: to standard output, to --report, and of a directory. */
#ifndef RP_CLI_FUZZ_REPORT_H
#define RP_CLI_FUZZ_REPORT_H

#include "cli/output.h"
#include "report/fuzz_report.h"

/* Before anything is run: the formats are ones that fuzz campaigns have, --report can be written. `policy` is
 * what the campaign runs under; reads the baseline, if there is one, into `baseline` and hangs it into
 * `report`. Free it in any case by rp_baseline_free. */
int rp_fuzz_report_begin(const struct rp_options *options, enum rp_policy policy,
                         struct rp_baseline *baseline, struct rp_fuzz_report *report, struct rp_error *error);

/* Writes what is asked for: --report, and if it is wanted here the answer. */
int rp_fuzz_report_write(const struct rp_options *options, const struct rp_fuzz_report *report, bool answer,
                         struct rp_output *output, struct rp_error *error);

/* Says what is new. RP_EXIT_NEWS if something is, else RP_EXIT_DONE. */
int rp_fuzz_report_news(const struct rp_options *options, const struct rp_fuzz_report *report);

/* `report DIR`; `output` was begun, and is ended. */
int rp_fuzz_report_directory(const struct rp_options *options, struct rp_output *output,
                             struct rp_error *error);

#endif
