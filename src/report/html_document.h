/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents as HTML: what document.c hands on when it writes a page. Strings come unescaped and leave inert.
 * Private to src/report. */
#ifndef RP_REPORT_HTML_DOCUMENT_H
#define RP_REPORT_HTML_DOCUMENT_H

#include "report/document.h"

/* A heading of level 2 begins a section that rp_html_end_section ends, as the next heading does. */
void rp_html_heading(struct rp_document *document, unsigned level, const char *string);
void rp_html_end_section(struct rp_document *document);

void rp_html_paragraph(struct rp_document *document, enum rp_tone tone, const char *string);
void rp_html_item(struct rp_document *document, const char *term, const char *string);
void rp_html_line(struct rp_document *document, const char *term, const char *line);
void rp_html_table(struct rp_document *document, const struct rp_table *table);

/* Appends `string` as an id: lower-case letters and digits, '-' for every other run of characters. */
void rp_html_slug(struct rp_text *text, const char *string);

#endif
