/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden records for people and for collectors: text, Markdown, JSON lines. */
#ifndef RP_REPORT_GOLDEN_H
#define RP_REPORT_GOLDEN_H

#include "golden/answer.h"
#include "report/style.h"

/* Differences that are one thing to a reader: the same instruction, cell, reason, processor. */
struct rp_golden_group;
/* One that comes again in each pass: as JSON it is written once, and how often it came at the end. */
struct rp_golden_lasting;

/* A verification on its way to a reader. Zeroed is empty but for what the caller fills in: `format` (text,
 * markdown, json), the rest. */
struct rp_golden_report {
    const char *format, *path;
    const struct rp_golden_identity *recorded, *here;
    struct rp_golden_lasting *lasting; /* of JSON: differences that were written already */
    size_t lastings, lasting_capacity, *place, places;
    struct rp_golden_group *group;
    size_t groups, capacity;
    bool failed;
};

/* Takes a difference. As JSON it is written at once; else it is counted, `replay` (the line that makes the
 * run again; NULL: there is none) kept of the first of its kind. */
void rp_golden_report_take(struct rp_golden_report *report, const struct rp_golden_difference *difference,
                           const char *replay, struct rp_text *text);

/* A line that says how far a verification without end is; of text there is none. */
void rp_golden_report_beat(const struct rp_golden_report *report, const struct rp_golden_summary *summary,
                           struct rp_text *text);

/* The end of it: what was found, and the summary. Frees the groups. */
void rp_golden_report_end(struct rp_golden_report *report, const struct rp_golden_summary *summary,
                          const struct rp_style *style, struct rp_text *text);

/* What a recording came to. */
void rp_golden_report_recorded(const char *format, const char *path,
                               const struct rp_golden_identity *identity,
                               const struct rp_golden_totals *totals, const struct rp_style *style,
                               struct rp_text *text);

#endif
