/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a page that only pages have. Private to src/report. */
#ifndef RP_REPORT_HTML_PARTS_H
#define RP_REPORT_HTML_PARTS_H

#include "report/atlas.h"
#include "report/document.h"
#include "report/summary.h"

/* The mode that a page shows at first: that of Robin and Irvine, else the first that counts, else the first.
 */
enum rp_mode rp_html_first_mode(const struct rp_summary *summary);

/* The question, and its answer in the first mode under the judged policy. */
void rp_html_verdict(const struct rp_summary *summary, struct rp_text *text);
/* The same for every mode and policy, as a table. */
void rp_html_board(const struct rp_summary *summary, struct rp_text *text);
/* Instructions against the control bits that close them. */
void rp_html_closers(const struct rp_summary *summary, struct rp_text *text);
/* The opcode maps of every mode as tables, for who has no script. */
void rp_html_maps(const struct rp_summary *summary, const struct rp_atlas *atlas, struct rp_text *text);

/* "●", "▲", "?", "·". */
const char *rp_html_glyph(enum rp_judgement judgement);

#endif
