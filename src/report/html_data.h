/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the page of a report knows, as JSON for its script: the opcode maps, what encodings did, their
 * witnesses. Each string, name and behaviour stands there once; what belongs to entries of a mode stands in
 * columns. Private to src/report; src/report/html/data.js reads it. */
#ifndef RP_REPORT_HTML_DATA_H
#define RP_REPORT_HTML_DATA_H

#include "report/atlas.h"
#include "report/summary.h"

/* Appends the data, with nothing in it that ends a script element. */
void rp_html_data(const struct rp_summary *summary, const struct rp_atlas *atlas, struct rp_text *text);

#endif
