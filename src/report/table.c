/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables; see table.h. */
#include "report/table.h"

#include "base/rows.h"
#include "report/inert.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAP   2 /* blanks between columns */
#define LEAST 7 /* columns that a broken cell gets at least */

void rp_table_add(struct rp_table *table, enum rp_tone tone, struct rp_text *text)
{
    struct rp_cell *cell = rp_rows_add((void **)&table->cell, &table->count, &table->capacity, sizeof *cell);
    if (!cell) {
        table->failed = true;
        rp_text_free(text);
        return;
    }
    table->failed |= text->failed;
    rp_text_add(text, "%s", ""); /* an empty text owns a string, too */
    *cell = (struct rp_cell){text->data, tone};
    table->failed |= !text->data;
    *text = (struct rp_text){0};
}

void rp_table_cell(struct rp_table *table, enum rp_tone tone, const char *format, ...)
{
    char line[512];
    struct rp_text text = {0};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    rp_text_add(&text, "%s", line);
    rp_table_add(table, tone, &text);
}

size_t rp_table_rows(const struct rp_table *table)
{
    assert(table->columns > 0);
    return table->count / table->columns;
}

void rp_table_free(struct rp_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cell[i].text);
    free(table->cell);
    *table = (struct rp_table){0};
}

static const char *cell_text(const struct rp_cell *cell)
{
    return cell->text ? cell->text : "";
}

/* The longest piece of `text` that is not broken: between blanks, and behind slashes. */
static size_t longest_piece(const char *text)
{
    size_t longest = 0;
    while (*text) {
        size_t length = strcspn(text, " /");
        length += text[length] == '/';
        longest = length > longest ? length : longest;
        text += length + (text[length] == ' ');
    }
    return longest;
}

/* What a column would like, and what it needs so that no piece is cut. */
struct width {
    size_t wanted, needed;
};

static void widen(struct width *width, const char *text)
{
    size_t length = strlen(text), piece = longest_piece(text);
    width->wanted = length > width->wanted ? length : width->wanted;
    width->needed = piece > width->needed ? piece : width->needed;
}

/* The widest column that may lose one: above what it needs, or, once none is, above LEAST; `columns` if there
 * is none. */
static size_t widest(const struct rp_table *table, const size_t *width, const struct width *natural, bool cut)
{
    size_t found = table->columns;
    for (size_t c = 0; c < table->columns; c++) {
        size_t least = cut ? LEAST : natural[c].needed;
        if (width[c] > least && (found == table->columns || width[c] > width[found]))
            found = c;
    }
    return found;
}

/* Takes columns away from the widest until the whole fits. */
static void fit_widths(const struct rp_table *table, size_t columns, size_t width[RP_TABLE_COLUMNS_MAX])
{
    struct width natural[RP_TABLE_COLUMNS_MAX] = {0};
    size_t sum = GAP * (table->columns - 1);
    assert(table->columns > 0 && table->columns <= RP_TABLE_COLUMNS_MAX);
    for (size_t c = 0; c < table->columns; c++)
        widen(&natural[c], table->heading[c]);
    for (size_t i = 0; i < table->count; i++)
        widen(&natural[i % table->columns], cell_text(&table->cell[i]));
    for (size_t c = 0; c < table->columns; c++)
        sum += width[c] = natural[c].wanted;
    for (bool cut = false; sum > columns;) {
        size_t c = widest(table, width, natural, cut);
        if (c == table->columns && cut)
            return;
        cut |= c == table->columns;
        if (c < table->columns) {
            width[c]--;
            sum--;
        }
    }
}

/* How many bytes of `text` go on a line of `width`: up to the last blank or slash that fits, or as many as
 * fit. */
static size_t line_length(const char *text, size_t width)
{
    size_t length = strlen(text);
    if (length <= width)
        return length;
    for (size_t i = width; i > 0; i--)
        if (text[i] == ' ' || text[i - 1] == '/')
            return i;
    return width;
}

static void write_piece(const struct rp_style *style, enum rp_tone tone, const char *piece, size_t length,
                        struct rp_text *text)
{
    struct rp_text part = {0};
    rp_text_add_bytes(&part, piece, length);
    rp_text_add(text, "%s", rp_style_on(style, tone));
    rp_inert_plain(text, rp_text_string(&part));
    rp_text_add(text, "%s", rp_style_off(style, tone));
    rp_text_free(&part);
}

/* One row, as many lines as its longest cell needs. */
static void write_row(const struct rp_style *style, const struct rp_cell *cells, size_t columns,
                      const size_t *width, struct rp_text *text)
{
    const char *rest[RP_TABLE_COLUMNS_MAX];
    bool more = true;
    for (size_t c = 0; c < columns; c++)
        rest[c] = cell_text(&cells[c]);
    for (unsigned line = 0; more; line++) {
        size_t blanks = 2;
        more = false;
        for (size_t c = 0; c < columns; c++) {
            size_t length = line_length(rest[c], width[c]);
            if (length) {
                rp_text_repeat(text, ' ', blanks);
                write_piece(style, cells[c].tone, rest[c], length, text);
                blanks = 0;
            }
            blanks += width[c] - length + GAP;
            rest[c] += length;
            rest[c] += strspn(rest[c], " ");
            more |= *rest[c] != '\0';
        }
        rp_text_add(text, "\n");
    }
}

void rp_table_text(const struct rp_table *table, const struct rp_style *style, struct rp_text *text)
{
    size_t width[RP_TABLE_COLUMNS_MAX];
    struct rp_cell heading[RP_TABLE_COLUMNS_MAX];
    fit_widths(table, style->columns - 2, width);
    for (size_t c = 0; c < table->columns; c++) {
        char *name = strdup(table->heading[c]);
        heading[c] = (struct rp_cell){name, RP_TONE_STRONG};
        text->failed |= !name;
    }
    write_row(style, heading, table->columns, width, text);
    for (size_t row = 0; row < rp_table_rows(table); row++)
        write_row(style, table->cell + row * table->columns, table->columns, width, text);
    for (size_t c = 0; c < table->columns; c++)
        free(heading[c].text);
    text->failed |= table->failed;
}

/* Rows from which on a table is folded: what is longer than a screen hides what comes behind it. */
#define FOLDED 20

/* A blank line on both sides of the table, so that what is between the tags is Markdown (CommonMark 4.6). */
void rp_table_markdown(const struct rp_table *table, struct rp_text *text)
{
    bool folded = rp_table_rows(table) > FOLDED;
    assert(table->columns > 0);
    if (folded) {
        rp_text_add(text, "<details><summary>%zu rows, by ", rp_table_rows(table));
        rp_inert_html(text, table->heading[0]);
        rp_text_add(text, "</summary>\n\n");
    }
    for (size_t c = 0; c < table->columns; c++) {
        rp_text_add(text, "| ");
        rp_inert_markdown(text, table->heading[c]);
        rp_text_add(text, " ");
    }
    rp_text_add(text, "|\n");
    for (size_t c = 0; c < table->columns; c++)
        rp_text_add(text, "|---");
    rp_text_add(text, "|\n");
    for (size_t i = 0; i < table->count; i++) {
        rp_text_add(text, "| ");
        rp_inert_markdown(text, cell_text(&table->cell[i]));
        rp_text_add(text, i % table->columns == table->columns - 1 ? " |\n" : " ");
    }
    rp_text_add(text, folded ? "\n</details>\n" : "");
    text->failed |= table->failed;
}
