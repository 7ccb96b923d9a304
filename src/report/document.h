/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report's content, written once for every format that people read: headings, paragraphs, lists, tables and
 * lines to copy. Strings come unescaped; the document makes them inert. */
#ifndef RP_REPORT_DOCUMENT_H
#define RP_REPORT_DOCUMENT_H

#include "report/table.h"

enum rp_block { RP_BLOCK_NONE, RP_BLOCK_HEADING, RP_BLOCK_PARAGRAPH, RP_BLOCK_TABLE, RP_BLOCK_ITEM };

struct rp_document {
    bool markdown, html; /* else text */
    enum rp_block
        last; /* what was written last: text has a blank line between blocks that don't belong together */
    struct rp_style style;
    struct rp_text *text;
};

/* A heading of level 1 or 2. */
void rp_document_heading(struct rp_document *document, unsigned level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A paragraph; broken into lines in text. */
void rp_document_paragraph(struct rp_document *document, enum rp_tone tone, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same in text alone, all of its lines indented by so many columns. */
void rp_document_indented(struct rp_document *document, unsigned indent, const char *string);

/* An item of a list: a term, and what is said of it. rp_document_end_list goes behind the last. */
void rp_document_item(struct rp_document *document, const char *term, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a list of names between commas, which lines are broken behind alone. */
void rp_document_list(struct rp_document *document, const char *term, const char *names);
void rp_document_end_list(struct rp_document *document);

/* A line to copy, with a term in front; never broken. */
void rp_document_line(struct rp_document *document, const char *term, const char *line);

/* A step summary of GitHub that is longer than 1 MiB is not shown at all. */
#define RP_MARKDOWN_MAX 1000000

/* Shortens the Markdown from `start` on, if it goes beyond `end` (both bytes of `text`), behind its last line
 * that fits, and adds `note`. */
void rp_document_cut(struct rp_text *text, size_t start, size_t end, const char *note);

/* Writes the table, if it has a row, and frees it. */
void rp_document_table(struct rp_document *document, struct rp_table *table);

#endif
