/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden records as JSON lines. Private to the files of src/report about them. */
#ifndef RP_REPORT_GOLDEN_INTERNAL_H
#define RP_REPORT_GOLDEN_INTERNAL_H

#include "judge/witness.h"
#include "report/golden.h"

/* Each appends a line, ringprobe.golden/1. */
void rp_golden_json_difference(const struct rp_golden_difference *difference, const char *replay,
                               struct rp_text *text);
void rp_golden_json_summary(const struct rp_golden_report *report, const struct rp_golden_summary *summary,
                            struct rp_text *text);
void rp_golden_json_recorded(const char *path, const struct rp_golden_identity *identity,
                             const struct rp_golden_totals *totals, struct rp_text *text);

#endif
