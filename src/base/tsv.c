/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tab-separated corpus files; see tsv.h. */
#include "base/tsv.h"

#include "base/corpus.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rp_tsv_fill(const struct rp_tsv_row *row, struct rp_error *error, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    rp_error_fill(error, RP_EINPUT, "%s:%u: %s", row->file, row->line, text);
}

/* Cuts `line` at its tabs into row->column; returns the number of columns, which may exceed the array. */
static size_t split(char *line, struct rp_tsv_row *row)
{
    size_t count = 0;
    for (char *field = line; field; count++) {
        char *tab = strchr(field, '\t');
        if (tab)
            *tab++ = '\0';
        if (count < RP_TSV_COLUMNS_MAX)
            row->column[count] = field;
        field = tab;
    }
    return count;
}

static size_t count_columns(const char *heading)
{
    size_t count = 1;
    for (; *heading; heading++)
        count += *heading == '\t';
    return count;
}

struct reader {
    struct rp_tsv_row row;
    const char *heading;
    bool seen_heading;
    rp_tsv_callback *callback;
    void *context;
};

/* Takes one line without its line feed; it is cut into columns in place. */
static int take_line(struct reader *reader, char *line, struct rp_error *error)
{
    struct rp_tsv_row *row = &reader->row;
    row->line++;
    if (line[0] == '#' || line[0] == '\0')
        return RP_OK;
    if (!reader->seen_heading) {
        reader->seen_heading = true;
        if (strcmp(line, reader->heading) != 0)
            return rp_tsv_complain(row, error, "the heading is '%s', expected '%s'", line, reader->heading);
        return RP_OK;
    }
    size_t columns = count_columns(reader->heading);
    row->count = split(line, row);
    if (row->count != columns)
        return rp_tsv_complain(row, error, "%zu columns, expected %zu: %s", row->count, columns,
                               reader->heading);
    return reader->callback(reader->context, row, error);
}

int rp_tsv_parse(const char *label, const char *text, size_t length, const char *heading,
                 rp_tsv_callback *callback, void *context, struct rp_error *error)
{
    assert(count_columns(heading) <= RP_TSV_COLUMNS_MAX);
    struct reader reader = {
        .row = {.file = label}, .heading = heading, .callback = callback, .context = context};
    if (memchr(text, '\0', length))
        return rp_error_set(error, RP_EINPUT, "%s: has a NUL byte; a corpus file is text", label);
    char *copy = strndup(text, length);
    if (!copy)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory while reading '%s'", label);
    int result = RP_OK;
    for (char *line = copy; result == RP_OK && line < copy + length;) {
        size_t span = strcspn(line, "\n");
        line[span] = '\0';
        result = take_line(&reader, line, error);
        line += span + 1;
    }
    if (result == RP_OK && !reader.seen_heading)
        result = rp_tsv_complain(&reader.row, error, "no heading; expected '%s'", heading);
    free(copy);
    return result;
}

int rp_tsv_read(const char *name, const char *heading, rp_tsv_callback *callback, void *context,
                struct rp_error *error)
{
    char label[256];
    snprintf(label, sizeof label, "corpus/%s", name);
    const struct rp_corpus_file *file = rp_corpus_find(name);
    if (!file)
        return rp_error_set(error, RP_EENVIRONMENT,
                            "no '%s' in this build; build again from the whole source", label);
    return rp_tsv_parse(label, file->text, file->length, heading, callback, context, error);
}
