/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions against executors: what each says of each, whether that decides, and why not. Rows are filled
 * from verdicts one by one and point to nothing of theirs. */
#ifndef RP_REPORT_MATRIX_H
#define RP_REPORT_MATRIX_H

#include "base/json.h"
#include "report/document.h"
#include "store/results.h"

/* What one executor says of the encodings of a row. */
struct rp_matrix_cell {
    bool present; /* it ran the mode */
    bool decides;
    enum rp_judgement judgement;
    unsigned reason; /* number of the one why it does not decide */
};

/* Encodings of one name of which all say the same. */
struct rp_matrix_row {
    char name[24];
    enum rp_judgement judgement; /* the overall one */
    bool disagreement;
    uint8_t modes;
    size_t encodings;
    struct rp_matrix_cell cell[RP_OPINIONS_MAX];
};

struct rp_matrix {
    char executor[RP_OPINIONS_MAX][RP_EXECUTOR_NAME_MAX];
    unsigned executors;
    struct rp_matrix_row *row;
    size_t rows, row_capacity;
    char (*reason)[RP_EXECUTOR_NAME_MAX + RP_REASON_MAX]; /* "unicorn: never consults the IDT" */
    size_t reasons, reason_capacity;
    bool failed; /* out of memory */
};

/* Files a verdict. */
void rp_matrix_add(struct rp_matrix *matrix, const struct rp_verdict *verdict);
/* By name, then modes; call it before reading. */
void rp_matrix_sort(struct rp_matrix *matrix);
/* Files and sorts the verdicts of `results`. */
void rp_matrix_fill(struct rp_matrix *matrix, const struct rp_results *results);
void rp_matrix_free(struct rp_matrix *matrix);

/* Writes the table, and the reasons that it refers to by number. `all`: every row; else holes and
 * disagreements. `scanned` are the modes that rows are of. */
void rp_matrix_write(const struct rp_matrix *matrix, bool all, uint8_t scanned, struct rp_document *document);

/* Every row, as an array of key `key`. */
void rp_matrix_json(const struct rp_matrix *matrix, const char *key, struct rp_json *json);

#endif
