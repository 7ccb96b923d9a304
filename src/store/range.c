/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges of the wide space: counts, with the verdicts of what they do not count; see store.h. */
#include "store/internal.h"

#include <stdio.h>

/* The size of the wide space is written once, and then the same each time. */
static int settle_size(struct rp_store *store, enum rp_mode mode, uint64_t encodings, struct rp_error *error)
{
    char sql[96];
    uint64_t stored = 0;
    snprintf(sql, sizeof sql, "SELECT wide FROM mode WHERE mode = %d", (int)rp_store_part(store, mode));
    int result = rp_store_number(store, sql, &stored, error);
    if (result || stored == encodings)
        return result;
    if (stored)
        return rp_error_set(error, RP_EINPUT,
                            "the campaign '%s' has another wide space of %s: its decoder was another one",
                            store->path, rp_mode_info(mode)->name);
    snprintf(sql, sizeof sql, "UPDATE mode SET wide = %llu WHERE mode = %d", (unsigned long long)encodings,
             (int)rp_store_part(store, mode));
    result = rp_store_transaction(store, error);
    return result == RP_OK ? rp_store_run(store, sql, error) : result;
}

int rp_store_begin_wide(struct rp_store *store, enum rp_mode mode, uint64_t encodings, rp_range_seen *seen,
                        void *context, struct rp_error *error)
{
    sqlite3_stmt *statement;
    bool there = false;
    int result = settle_size(store, mode, encodings, error);
    if (result == RP_OK)
        result =
            rp_store_prepare(store,
                             "SELECT place, first FROM range WHERE mode = ?1 AND place < ?2 ORDER BY place, "
                             "first",
                             &statement, error);
    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)rp_store_part(store, mode));
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)RP_PLACE_WIDE);
    result = rp_store_next(store, statement, &there, error);
    while (there && result == RP_OK) {
        seen(context, (size_t)sqlite3_column_int64(statement, 0),
             (uint32_t)sqlite3_column_int64(statement, 1));
        result = rp_store_next(store, statement, &there, error);
    }
    sqlite3_finalize(statement);
    return result;
}

/* Encodings that are counted with what stands at `place`, which may be one of the wide space. */
static int put_row(struct rp_store *store, const struct rp_range *range, uint64_t place, uint32_t encodings,
                   uint32_t alike, uint64_t runs)
{
    struct rp_error *error = &store->failure;
    if (!store->put_range &&
        rp_store_prepare(store, "INSERT INTO range VALUES (?, ?, ?, ?, ?, ?, ?)", &store->put_range, error))
        return error->code;
    sqlite3_stmt *statement = store->put_range;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)rp_store_part(store, range->mode));
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)place);
    sqlite3_bind_int64(statement, 3, range->first);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)range->form);
    sqlite3_bind_int64(statement, 5, encodings);
    sqlite3_bind_int64(statement, 6, alike);
    sqlite3_bind_int64(statement, 7, (sqlite3_int64)runs);
    return rp_store_step(store, statement, error);
}

int rp_store_put_range(struct rp_store *store, const struct rp_range *range, const struct rp_verdict *verdict,
                       const struct rp_range_exception *exception, size_t exceptions, struct rp_error *error)
{
    int result = rp_store_transaction(store, error);
    uint32_t own = range->encodings;
    for (size_t i = 0; i < exceptions && result == RP_OK; i++) {
        uint64_t place = rp_place_wide(range->place, exception[i].number);
        uint32_t followers = exception[i].followers;
        result = rp_store_put_verdict(store, place, &verdict[i]);
        if (result == RP_OK && followers)
            result = put_row(store, range, place, followers, followers, 0);
        own -= followers;
    }
    if (result == RP_OK)
        result = put_row(store, range, range->place, own, range->alike, range->runs);
    if (result == RP_OK)
        rp_store_tick(store);
    return rp_store_tell(store, error);
}

int rp_load_ranges(struct rp_store *store, enum rp_mode mode, struct rp_results *results,
                   struct rp_error *error)
{
    struct rp_mode_results *m = &results->mode[mode];
    sqlite3_stmt *statement;
    uint64_t alike = 0;
    bool there = false;
    int result = rp_store_prepare(store,
                                  "SELECT ifnull(sum(encodings), 0), ifnull(sum(alike), 0), "
                                  "ifnull(sum(runs), 0), ifnull(sum(alike) FILTER (WHERE place < ?2), 0) "
                                  "FROM range WHERE mode = ?1",
                                  &statement, error);
    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)rp_store_part(store, mode));
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)RP_PLACE_WIDE);
    result = rp_store_next(store, statement, &there, error);
    if (there) {
        m->compared = (uint64_t)sqlite3_column_int64(statement, 0);
        alike = (uint64_t)sqlite3_column_int64(statement, 1);
        results->runs += (uint64_t)sqlite3_column_int64(statement, 2);
        m->otherwise = m->compared - (uint64_t)sqlite3_column_int64(statement, 3);
    }
    sqlite3_finalize(statement);
    if (result == RP_OK && m->compared - alike != m->exceptions)
        result = rp_error_set(error, RP_EINPUT,
                              "the campaign '%s' is damaged: ranges and exceptions of %s do not add up",
                              store->path, rp_mode_info(mode)->name);
    return result;
}
