/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The summary of a hunt for people: what was found by class and mode, the unexplained first. Made of the
 * findings' lines, so that those of an earlier sitting count like new ones. */
#ifndef RP_REPORT_HUNT_TEXT_H
#define RP_REPORT_HUNT_TEXT_H

#include "report/finding.h"
#include "report/style.h"

#define RP_HUNT_CLASSES_MAX 16 /* kinds of corpus/hunt-leads.tsv, and unexplained */

struct rp_hunt_summary {
    char class[RP_HUNT_CLASSES_MAX][RP_FINDING_CLASS_MAX]; /* as they came */
    unsigned classes;
    uint64_t count[RP_HUNT_CLASSES_MAX][RP_MODE_COUNT], findings;
    struct rp_text line; /* all findings */
    uint64_t encodings, runs, given_up;
    bool emulated; /* a finding is an emulator's own */
    bool incomplete;
};

/* Counts a finding's line, without line feed. Free the summary with rp_text_free(&summary->line). */
void rp_hunt_summary_add(struct rp_hunt_summary *summary, const char *line, size_t length);

/* Appends the summary. */
void rp_hunt_text(const struct rp_hunt_summary *summary, const struct rp_style *style, struct rp_text *text);

#endif
