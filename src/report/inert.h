/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making strings inert: names, reasons and machine descriptions come from files, executors and CPUs, and none
 * of them may move a cursor or open a tag in the reader's terminal, browser or spreadsheet. */
#ifndef RP_REPORT_INERT_H
#define RP_REPORT_INERT_H

#include "base/text.h"

/* Appends `string` with each control character (C0, C1, DEL, those that turn the direction of text or end a
 * line) and each byte that is not UTF-8 as '?'. */
void rp_inert_plain(struct rp_text *text, const char *string);

/* The same for running Markdown: whatever could be markup or HTML is escaped. Fit for table cells. */
void rp_inert_markdown(struct rp_text *text, const char *string);

/* The same as a Markdown code span, delimiters included. Fit for table cells. */
void rp_inert_markdown_code(struct rp_text *text, const char *string);

/* The same for HTML: text, and values of attributes in double quotes. */
void rp_inert_html(struct rp_text *text, const char *string);

/* Appends lines of text as a block of Markdown that holds no markup: each is indented by four
 * (CommonMark 4.4). */
void rp_inert_markdown_block(struct rp_text *text, const struct rp_text *lines);

#endif
