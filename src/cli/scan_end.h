/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scan says on standard error when it ends. */
#ifndef RP_CLI_SCAN_END_H
#define RP_CLI_SCAN_END_H

#include "cli/options.h"
#include "store/store.h"

/* How much was judged, and how fast; `store` may be NULL. */
void rp_scan_end_note(const struct rp_options *options, const struct rp_results *results,
                      const struct rp_store *store);
/* After SIGINT: what is kept. */
void rp_scan_end_interrupted(const struct rp_options *options, const struct rp_results *results);

#endif
