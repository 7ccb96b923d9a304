/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions against executors; see matrix.h. */
#include "report/matrix.h"

#include "base/rows.h"
#include "report/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *add_row(struct rp_matrix *matrix, void **rows, size_t *count, size_t *capacity, size_t size)
{
    void *row = rp_rows_add(rows, count, capacity, size);
    matrix->failed |= !row;
    return row;
}

/* The column of an executor; RP_OPINIONS_MAX if there is none left. */
static unsigned column_of(struct rp_matrix *matrix, const char *name)
{
    unsigned i = 0;
    while (i < matrix->executors && strcmp(matrix->executor[i], name) != 0)
        i++;
    if (i == matrix->executors && i < RP_OPINIONS_MAX)
        snprintf(matrix->executor[matrix->executors++], RP_EXECUTOR_NAME_MAX, "%.*s",
                 RP_EXECUTOR_NAME_MAX - 1, name);
    return i;
}

static unsigned reason_of(struct rp_matrix *matrix, const struct rp_opinion *opinion)
{
    char text[RP_EXECUTOR_NAME_MAX + RP_REASON_MAX];
    snprintf(text, sizeof text, "%.23s: %.110s", opinion->executor, opinion->limit);
    for (size_t i = 0; i < matrix->reasons; i++)
        if (strcmp(matrix->reason[i], text) == 0)
            return (unsigned)i;
    char *row =
        add_row(matrix, (void **)&matrix->reason, &matrix->reasons, &matrix->reason_capacity, sizeof text);
    if (!row)
        return 0;
    memcpy(row, text, sizeof text);
    return (unsigned)matrix->reasons - 1;
}

static void fill(struct rp_matrix *matrix, const struct rp_verdict *verdict, struct rp_matrix_row *row)
{
    *row = (struct rp_matrix_row){.judgement = verdict->judgement, .disagreement = verdict->disagreement};
    snprintf(row->name, sizeof row->name, "%s", verdict->name);
    for (unsigned i = 0; i < verdict->opinions; i++) {
        const struct rp_opinion *opinion = &verdict->opinion[i];
        unsigned column = column_of(matrix, opinion->executor);
        if (column < RP_OPINIONS_MAX)
            row->cell[column] = (struct rp_matrix_cell){true, opinion->decides, opinion->judgement,
                                                        opinion->decides ? 0 : reason_of(matrix, opinion)};
    }
}

static bool same_cell(const struct rp_matrix_cell *a, const struct rp_matrix_cell *b)
{
    return a->present == b->present && a->decides == b->decides && a->judgement == b->judgement &&
           a->reason == b->reason;
}

static bool same_row(const struct rp_matrix_row *a, const struct rp_matrix_row *b)
{
    if (strcmp(a->name, b->name) != 0 || a->judgement != b->judgement || a->disagreement != b->disagreement)
        return false;
    for (unsigned i = 0; i < RP_OPINIONS_MAX; i++)
        if (!same_cell(&a->cell[i], &b->cell[i]))
            return false;
    return true;
}

void rp_matrix_add(struct rp_matrix *matrix, const struct rp_verdict *verdict)
{
    struct rp_matrix_row row;
    size_t i = matrix->rows;
    fill(matrix, verdict, &row);
    while (i > 0 && !same_row(&matrix->row[i - 1], &row)) /* neighbours are often alike */
        i--;
    if (i == 0) {
        struct rp_matrix_row *added =
            add_row(matrix, (void **)&matrix->row, &matrix->rows, &matrix->row_capacity, sizeof row);
        if (!added)
            return;
        *added = row;
        i = matrix->rows;
    }
    matrix->row[i - 1].modes |= (uint8_t)(1u << verdict->mode);
    matrix->row[i - 1].encodings++;
}

static int by_name(const void *a, const void *b)
{
    const struct rp_matrix_row *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    if (!order)
        order = __builtin_popcount(right->modes) - __builtin_popcount(left->modes);
    if (!order)
        order = left->modes - right->modes;
    if (!order)
        order = (int)right->judgement - (int)left->judgement;
    for (unsigned i = 0; i < RP_OPINIONS_MAX && !order; i++)
        order = 8 * ((int)left->cell[i].judgement - (int)right->cell[i].judgement) +
                4 * (left->cell[i].decides - right->cell[i].decides) +
                ((int)left->cell[i].reason - (int)right->cell[i].reason);
    return order;
}

void rp_matrix_sort(struct rp_matrix *matrix)
{
    if (matrix->rows)
        qsort(matrix->row, matrix->rows, sizeof *matrix->row, by_name);
}

void rp_matrix_fill(struct rp_matrix *matrix, const struct rp_results *results)
{
    for (size_t i = 0; i < results->count; i++)
        rp_matrix_add(matrix, rp_results_at(results, i));
    rp_matrix_sort(matrix);
}

void rp_matrix_free(struct rp_matrix *matrix)
{
    free(matrix->row);
    free(matrix->reason);
    *matrix = (struct rp_matrix){0};
}

/* The numbers that reasons are referred to by, in the order of the table; 0: none yet. */
struct numbers {
    unsigned *of; /* by reason */
    unsigned count;
};

static unsigned number_of(struct numbers *numbers, unsigned reason)
{
    if (!numbers->of[reason])
        numbers->of[reason] = ++numbers->count;
    return numbers->of[reason];
}

/* "hole" where it decides, "(hole) [1]" where it does not, "-" where it did not run. */
static void write_cell(struct rp_table *table, const struct rp_matrix_cell *cell, struct numbers *numbers)
{
    const char *word = rp_judgement_name(cell->judgement);
    if (!cell->present)
        rp_table_cell(table, RP_TONE_FAINT, "-");
    else if (cell->decides)
        rp_table_cell(table, rp_judgement_tone(cell->judgement), "%s", word);
    else
        rp_table_cell(table, RP_TONE_FAINT, "(%s) [%u]", word, number_of(numbers, cell->reason));
}

static void write_row(const struct rp_matrix *matrix, const struct rp_matrix_row *row, uint8_t scanned,
                      struct numbers *numbers, struct rp_table *table)
{
    struct rp_text modes = {0};
    rp_table_cell(table, RP_TONE_PLAIN, "%s", row->name);
    rp_words_modes_brief(row->modes, scanned, &modes);
    rp_table_add(table, RP_TONE_PLAIN, &modes);
    rp_table_cell(table, RP_TONE_PLAIN, "%zu", row->encodings);
    for (unsigned i = 0; i < matrix->executors; i++)
        write_cell(table, &row->cell[i], numbers);
    rp_table_cell(table, rp_judgement_tone(row->judgement), "%s%s", rp_judgement_name(row->judgement),
                  row->disagreement ? ", disagreement" : "");
}

void rp_matrix_write(const struct rp_matrix *matrix, bool all, uint8_t scanned, struct rp_document *document)
{
    struct rp_table table = {.heading = {"instruction", "modes", "encodings"}, .columns = 3};
    struct numbers numbers = {calloc(matrix->reasons + 1, sizeof *numbers.of), 0};
    document->text->failed |= !numbers.of || matrix->failed;
    for (unsigned i = 0; i < matrix->executors; i++)
        table.heading[table.columns++] = matrix->executor[i];
    table.heading[table.columns++] = "together";
    for (size_t i = 0; i < matrix->rows && numbers.of; i++)
        if (all || matrix->row[i].judgement == RP_VERDICT_HOLE || matrix->row[i].disagreement)
            write_row(matrix, &matrix->row[i], scanned, &numbers, &table);
    rp_document_table(document, &table);
    for (unsigned n = 1; numbers.of && n <= numbers.count; n++) {
        char term[16];
        snprintf(term, sizeof term, "[%u]", n);
        for (size_t i = 0; i < matrix->reasons; i++)
            if (numbers.of[i] == n)
                rp_document_item(document, term, "%s", matrix->reason[i]);
    }
    if (numbers.count)
        rp_document_end_list(document);
    free(numbers.of);
}

static void add_cell(const struct rp_matrix *matrix, unsigned column, const struct rp_matrix_cell *cell,
                     struct rp_json *json)
{
    if (!cell->present)
        return;
    rp_json_open_object(json, NULL);
    rp_json_string(json, "name", matrix->executor[column]);
    rp_json_string(json, "verdict", rp_judgement_name(cell->judgement));
    rp_json_bool(json, "decides", cell->decides);
    rp_json_string(json, "reason", cell->decides ? NULL : matrix->reason[cell->reason]);
    rp_json_close(json);
}

void rp_matrix_json(const struct rp_matrix *matrix, const char *key, struct rp_json *json)
{
    rp_json_open_array(json, key);
    for (size_t i = 0; i < matrix->rows; i++) {
        const struct rp_matrix_row *row = &matrix->row[i];
        rp_json_open_object(json, NULL);
        rp_json_string(json, "instruction", row->name);
        rp_json_open_array(json, "modes");
        for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
            if (row->modes >> mode & 1)
                rp_json_string(json, NULL, rp_mode_info((enum rp_mode)mode)->name);
        rp_json_close(json);
        rp_json_number(json, "encodings", (int64_t)row->encodings);
        rp_json_string(json, "verdict", rp_judgement_name(row->judgement));
        rp_json_bool(json, "disagreement", row->disagreement);
        rp_json_open_array(json, "executors");
        for (unsigned k = 0; k < matrix->executors; k++)
            add_cell(matrix, k, &row->cell[k], json);
        rp_json_close(json);
        rp_json_close(json);
    }
    rp_json_close(json);
}
