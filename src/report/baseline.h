/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Baselines: the holes and findings that are known, so that a campaign is news only where it has others.
 * Written as a document of their own, a line each, which one can commit and whose differences one can read;
 * read from that, from a report in JSON, from a scan's JSON lines and from a campaign. */
#ifndef RP_REPORT_BASELINE_H
#define RP_REPORT_BASELINE_H

#include "report/style.h"
#include "store/results.h"

/* Reads the baseline `path`, which must outlive it. `policy` is what it is going to be compared with: ids are
 * of one policy, and of another all would be news (RP_EINPUT, as for what is no baseline). RP_EENVIRONMENT:
 * cannot be read. Free it in any case. */
int rp_baseline_read(struct rp_baseline *baseline, const char *path, enum rp_policy policy,
                     struct rp_error *error);
void rp_baseline_free(struct rp_baseline *baseline);

/* The same for a fuzz campaign, which takes the holes of scans and the findings of fuzz campaigns (what
 * -f baseline or -f json wrote of one, or its findings.jsonl, empty or not); both may stand in one file. */
int rp_baseline_read_findings(struct rp_baseline *baseline, const char *path, enum rp_policy policy,
                              struct rp_error *error);
/* True if it has the finding, or the hole that it is an instance of (0: of none). */
bool rp_baseline_has_finding(const struct rp_baseline *baseline, uint64_t id, uint64_t hole);

/* Appends a whole document, "ringprobe.baseline/1"; `style` does not matter. */
void rp_baseline_report(const struct rp_results *results, const struct rp_style *style, struct rp_text *text);

#endif
