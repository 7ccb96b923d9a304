/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One verdict for a reader: what happened in ring 0 and in ring 3, side by side, and what follows from it. */
#ifndef RP_REPORT_PROBE_H
#define RP_REPORT_PROBE_H

#include "judge/detail.h"
#include "report/style.h"

/* Appends the whole story of `verdict`; `detail` NULL: without the two runs. */
void rp_probe_text(const struct rp_verdict *verdict, const struct rp_detail *detail,
                   const struct rp_style *style, struct rp_text *text);

/* The same as a section of a Markdown page. */
void rp_probe_markdown(const struct rp_verdict *verdict, const struct rp_detail *detail,
                       const struct rp_style *style, struct rp_text *text);

/* As JSON: the verdict's line; it has no room for `detail`. */
void rp_probe_json(const struct rp_verdict *verdict, const struct rp_detail *detail,
                   const struct rp_style *style, struct rp_text *text);

/* The two runs alone: what went in, what came out, what differs. */
void rp_probe_runs(const struct rp_detail *detail, const struct rp_style *style, struct rp_text *text);

/* One verdict as one line of a list; the heading of such a list. */
void rp_probe_row(const struct rp_verdict *verdict, const struct rp_style *style, struct rp_text *text);
void rp_probe_row_heading(const struct rp_style *style, struct rp_text *text);

#endif
