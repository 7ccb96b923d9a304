/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts out of the file, one at a time; see stream.h. */
#include "store/stream.h"

#include "base/rows.h"
#include "base/string_table.h"
#include "store/internal.h"

#include <stdlib.h>
#include <string.h>

struct kept {
    size_t number;
    struct rp_verdict verdict;
};

struct rp_stream {
    struct rp_store *store;
    sqlite3_stmt *statement; /* of the mode in which it stands; NULL: none yet */
    size_t next, end;        /* the verdict that it gives next, and the first of another mode */
    size_t current;          /* the number of `verdict`, if `there` */
    bool there;
    struct rp_verdict verdict; /* the one that was asked for last */
    struct kept **kept;        /* by number, each once, however often a report passes by */
    size_t kept_count, kept_capacity;
    struct rp_string_table names;
    struct rp_error failure; /* code 0: none */
};

/* Stands for a verdict that can't be had. */
static const struct rp_verdict nothing = {.mnemonic = "", .name = ""};

int rp_stream_open(struct rp_store *store, struct rp_stream **stream, struct rp_error *error)
{
    struct rp_stream *s = calloc(1, sizeof *s);
    *stream = s;
    if (!s)
        return rp_store_memory(error);
    s->store = store;
    return RP_OK;
}

static void let_go(struct rp_stream *stream)
{
    if (stream->there)
        rp_verdict_free(&stream->verdict);
    stream->there = false;
}

void rp_stream_close(struct rp_stream *stream)
{
    if (!stream)
        return;
    let_go(stream);
    if (stream->statement) /* it is the store's, and may have been left in the middle */
        sqlite3_reset(stream->statement);
    for (size_t i = 0; i < stream->kept_count; i++) {
        rp_verdict_free(&stream->kept[i]->verdict);
        free(stream->kept[i]);
    }
    free(stream->kept);
    rp_string_table_free(&stream->names);
    free(stream);
}

/* Stands in front of the first verdict of the mode that has `i`. */
static int begin_mode(struct rp_stream *stream, const struct rp_results *results, size_t i)
{
    unsigned mode = 0;
    while (mode + 1 < RP_MODE_COUNT && i >= results->mode[mode].first + results->mode[mode].count)
        mode++;
    if (stream->statement)
        sqlite3_reset(stream->statement);
    stream->statement = NULL;
    stream->next = results->mode[mode].first;
    stream->end = stream->next + results->mode[mode].count;
    return rp_load_begin(stream->store, (enum rp_mode)mode, &stream->statement, &stream->failure);
}

static int read_one(struct rp_stream *stream, const struct rp_results *results, size_t i)
{
    struct rp_row row = {.way = RP_ROW_READ};
    uint64_t place;
    bool there = true;
    int result = stream->failure.code;
    if (result == RP_OK && (!stream->statement || i < stream->next || i >= stream->end))
        result = begin_mode(stream, results, i);
    for (; result == RP_OK && there && stream->next <= i; stream->next++)
        result = rp_store_next(stream->store, stream->statement, &there, &stream->failure);
    if (result == RP_OK && !there)
        result = rp_error_set(&stream->failure, RP_EINPUT, "the campaign '%s' has changed meanwhile",
                              stream->store->path);
    if (result)
        return result;
    row.statement = stream->statement;
    stream->there = true;
    stream->current = i;
    return rp_load_verdict(stream->store, &row, &place, &stream->verdict, &stream->failure);
}

const struct rp_verdict *rp_stream_at(struct rp_stream *stream, const struct rp_results *results, size_t i)
{
    if (stream->there && stream->current == i)
        return &stream->verdict;
    let_go(stream);
    return read_one(stream, results, i) == RP_OK ? &stream->verdict : &nothing;
}

/* Where a verdict of this number is kept, or would be. */
static size_t place_of(const struct rp_stream *stream, size_t number)
{
    size_t low = 0, high = stream->kept_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (stream->kept[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool insert(struct rp_stream *stream, size_t place, struct kept *kept)
{
    if (!rp_rows_add((void **)&stream->kept, &stream->kept_count, &stream->kept_capacity,
                     sizeof(struct kept *)))
        return false;
    memmove(&stream->kept[place + 1], &stream->kept[place],
            (stream->kept_count - 1 - place) * sizeof(struct kept *));
    stream->kept[place] = kept;
    return true;
}

const struct rp_verdict *rp_stream_keep(struct rp_stream *stream, const struct rp_verdict *verdict)
{
    if (verdict != &stream->verdict) /* kept already, or nothing */
        return verdict;
    size_t place = place_of(stream, stream->current);
    if (place < stream->kept_count && stream->kept[place]->number == stream->current)
        return &stream->kept[place]->verdict;
    struct kept *kept = calloc(1, sizeof *kept);
    if (!kept || rp_verdict_copy(&kept->verdict, verdict, NULL) || !insert(stream, place, kept)) {
        if (kept)
            rp_verdict_free(&kept->verdict);
        free(kept);
        rp_store_memory(&stream->failure);
        return &nothing;
    }
    kept->number = stream->current;
    return &kept->verdict;
}

const char *rp_stream_name(struct rp_stream *stream, const char *name)
{
    size_t number = rp_string_table_add(&stream->names, name);
    return stream->names.failed ? "" : stream->names.string[number];
}

int rp_stream_told(const struct rp_stream *stream, struct rp_error *error)
{
    if (stream->names.failed)
        return rp_store_memory(error);
    const struct rp_error *failure = &stream->failure;
    return failure->code ? rp_error_set(error, failure->code, "%s", failure->line) : RP_OK;
}
