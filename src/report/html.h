/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report as a page: one file that asks nobody for anything. Its looks, its script and the order of its
 * parts are files of src/report/html, which the build embeds; what it says comes from the same sections as in
 * text and Markdown, and from the data that its script draws the opcode maps of. Without script, the same
 * maps are plain tables. */
#ifndef RP_REPORT_HTML_H
#define RP_REPORT_HTML_H

#include "report/style.h"
#include "store/results.h"

/* Appends the whole page. `style` does not matter. */
void rp_html_report(const struct rp_results *results, const struct rp_style *style, struct rp_text *text);

#endif
