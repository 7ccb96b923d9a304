/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reader of corpus files: tab-separated columns, `#` lines are comments, the first other line names the
 * columns. Every complaint begins with file:line, so that whoever edits facts finds the place. */
#ifndef RP_BASE_TSV_H
#define RP_BASE_TSV_H

#include "base/error.h"

#include <stddef.h>

#define RP_TSV_COLUMNS_MAX 24

struct rp_tsv_row {
    const char *file;
    unsigned line;
    size_t count;                           /* columns, as many as the heading has */
    const char *column[RP_TSV_COLUMNS_MAX]; /* NUL-terminated, valid during the callback; never NULL */
};

/* Called per row; a negative return stops the reading and is passed on. */
typedef int rp_tsv_callback(void *context, const struct rp_tsv_row *row, struct rp_error *error);

/* Reads the corpus file `name` (relative to corpus/), whose heading must be exactly `heading` (columns
 * separated by one tab). Rows with another number of columns are RP_EINPUT; a file that corpus/ does not have
 * is RP_EENVIRONMENT. Complaints name corpus/NAME:LINE. */
int rp_tsv_read(const char *name, const char *heading, rp_tsv_callback *callback, void *context,
                struct rp_error *error);

/* Does the same with a text of `length` bytes that complaints call `label`; `text` is not changed. */
int rp_tsv_parse(const char *label, const char *text, size_t length, const char *heading,
                 rp_tsv_callback *callback, void *context, struct rp_error *error);

/* Fills `error` with "file:line: ..." and returns RP_EINPUT. */
#define rp_tsv_complain(row, error, ...) (rp_tsv_fill((row), (error), __VA_ARGS__), rp_error_pass(RP_EINPUT))

/* What the macro calls, and nobody else. */
void rp_tsv_fill(const struct rp_tsv_row *row, struct rp_error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
