/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden records as JSON lines. Private to the files of src/report about them. */
#ifndef RP_REPORT_GOLDEN_INTERNAL_H
#define RP_REPORT_GOLDEN_INTERNAL_H

#include "judge/witness.h"
#include "report/golden.h"

/* Counts a difference that may have been told in an earlier pass; true if it was, or if it is one that is
 * declared, which the first pass tells. */
bool rp_golden_told(struct rp_golden_report *report, const struct rp_golden_difference *difference);
/* Says how often those came again that did, and forgets them. */
void rp_golden_tell_again(struct rp_golden_report *report, struct rp_text *text);

/* Each appends a line, ringprobe.golden/1. */
void rp_golden_json_difference(const struct rp_golden_difference *difference, const char *replay,
                               struct rp_text *text);
void rp_golden_json_pass(const struct rp_golden_report *report, const struct rp_golden_summary *summary,
                         struct rp_text *text);
void rp_golden_json_again(const struct rp_golden_difference *difference, uint64_t count,
                          struct rp_text *text);
void rp_golden_json_summary(const struct rp_golden_report *report, const struct rp_golden_summary *summary,
                            struct rp_text *text);
void rp_golden_json_recorded(const char *path, const struct rp_golden_identity *identity,
                             const struct rp_golden_totals *totals, struct rp_text *text);

#endif
