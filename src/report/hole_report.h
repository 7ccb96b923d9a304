/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a scan: the theorems first, then the holes as Robin and Irvine grouped them, and everything
 * that the reader needs in order to believe, repeat or doubt it. One content, written by a document
 * (document.h). */
#ifndef RP_REPORT_HOLE_REPORT_H
#define RP_REPORT_HOLE_REPORT_H

#include "report/style.h"
#include "store/results.h"

/* Append the whole report. */
void rp_hole_report_text(const struct rp_results *results, const struct rp_style *style,
                         struct rp_text *text);
void rp_hole_report_markdown(const struct rp_results *results, const struct rp_style *style,
                             struct rp_text *text);

#endif
