/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table being filled, cell by cell and row by row; document.h writes it. Cells are plain strings, not
 * escaped. */
#ifndef RP_REPORT_TABLE_H
#define RP_REPORT_TABLE_H

#include "base/text.h"
#include "report/style.h"

#define RP_TABLE_COLUMNS_MAX 12

struct rp_cell {
    char *text; /* owned */
    enum rp_tone tone;
};

/* Fill `heading` and `columns`; the rest is zero at first. */
struct rp_table {
    const char *heading[RP_TABLE_COLUMNS_MAX];
    size_t columns;
    struct rp_cell *cell; /* row by row */
    size_t count, capacity;
    bool failed;
};

/* Appends a cell with what `text` holds, and empties `text`. */
void rp_table_add(struct rp_table *table, enum rp_tone tone, struct rp_text *text);

/* Appends a printf-style cell. */
void rp_table_cell(struct rp_table *table, enum rp_tone tone, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

size_t rp_table_rows(const struct rp_table *table);
void rp_table_free(struct rp_table *table);

/* Writes the table for a terminal: columns as wide as they need, those that are too wide broken at blanks so
 * that the whole fits style->columns. Control characters are made harmless. */
void rp_table_text(const struct rp_table *table, const struct rp_style *style, struct rp_text *text);

/* Writes it as a Markdown table (GFM 4.10), a long one folded away. */
void rp_table_markdown(const struct rp_table *table, struct rp_text *text);

#endif
