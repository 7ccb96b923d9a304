/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --baseline of scans and reports: only what is new against it counts for the exit status. */
#ifndef RP_CLI_NEWS_H
#define RP_CLI_NEWS_H

#include "cli/options.h"
#include "store/results.h"

/* Reads the baseline that was asked for, if one was, and hangs it into `results`; `policy` is what is judged.
 * Before the work, so that a wrong file costs none. Free it in any case by rp_baseline_free. */
int rp_news_begin(const struct rp_options *options, enum rp_policy policy, struct rp_baseline *baseline,
                  struct rp_results *results, struct rp_error *error);

/* Says what is new. RP_EXIT_NEWS if something is, RP_EXIT_DONE else, or an error. */
int rp_news_end(const struct rp_options *options, const struct rp_results *results, struct rp_error *error);

#endif
