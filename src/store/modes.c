/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a campaign keeps of its modes and of itself, beside verdicts and configuration; see store.h. */
#include "store/internal.h"
#include "store/stream.h"

#include <stdio.h>
#include <string.h>

int rp_load_effort(struct rp_store *store, struct rp_results *results, struct rp_error *error)
{
    sqlite3_stmt *statement;
    bool there = false;
    int result = rp_store_prepare(store,
                                  "SELECT date, command, seconds, peak_memory, died, hung FROM effort "
                                  "WHERE machine = ?",
                                  &statement, error);
    if (result == RP_OK)
        sqlite3_bind_int(statement, 1, (int)store->machine);
    if (result == RP_OK)
        result = rp_store_next(store, statement, &there, error);
    if (there) {
        results->configuration.date = rp_store_keep(store, (const char *)sqlite3_column_text(statement, 0));
        if (!store->writes || store->complete)
            results->configuration.command =
                rp_store_keep(store, (const char *)sqlite3_column_text(statement, 1));
        results->seconds = sqlite3_column_double(statement, 2);
        results->peak_pss = (uint64_t)sqlite3_column_int64(statement, 3);
        results->deaths = (unsigned)sqlite3_column_int64(statement, 4);
        results->hangs = (unsigned)sqlite3_column_int64(statement, 5);
        if (!results->configuration.date || !results->configuration.command)
            result = rp_store_memory(error);
    }
    sqlite3_finalize(statement);
    return result;
}

/* The columns behind the names, for writing and reading. */
static void walk_implicit(struct rp_row *row, struct rp_implicit *kind)
{
    row->column = 4;
    kind->runs = rp_row_flag(row, kind->runs);
    rp_row_resources(row, &kind->ring3);
    rp_row_resources(row, &kind->all);
    rp_row_resources(row, &kind->together);
}

static int load_implicit(struct rp_store *store, enum rp_mode mode, struct rp_implicit *kinds,
                         struct rp_error *error)
{
    sqlite3_stmt *statement;
    bool there = false;
    int result =
        rp_store_prepare(store, "SELECT * FROM implicit WHERE mode = ? ORDER BY number", &statement, error);
    if (result)
        return result;
    sqlite3_bind_int(statement, 1, (int)rp_store_part(store, mode));
    result = rp_store_next(store, statement, &there, error);
    for (unsigned i = 0; i < RP_IMPLICIT_KINDS && there && result == RP_OK; i++) {
        struct rp_row row = {.way = RP_ROW_READ, .statement = statement};
        kinds[i].kind = rp_store_keep(store, (const char *)sqlite3_column_text(statement, 2));
        kinds[i].baseline = rp_store_keep(store, (const char *)sqlite3_column_text(statement, 3));
        walk_implicit(&row, &kinds[i]);
        result =
            kinds[i].kind && kinds[i].baseline ? rp_load_check(store, &row, error) : rp_store_memory(error);
        if (result == RP_OK)
            result = rp_store_next(store, statement, &there, error);
    }
    sqlite3_finalize(statement);
    return result;
}

int rp_load_mode(struct rp_store *store, enum rp_mode mode, struct rp_mode_results *results, bool *there,
                 bool *complete, struct rp_error *error)
{
    sqlite3_stmt *statement;
    *there = *complete = false;
    int result = rp_store_prepare(
        store, "SELECT forms, encodings, undocumented, complete, wide FROM mode WHERE mode = ? AND name = ?",
        &statement, error);
    if (result)
        return result;
    sqlite3_bind_int(statement, 1, (int)rp_store_part(store, mode));
    sqlite3_bind_text(statement, 2, rp_mode_info(mode)->name, -1, SQLITE_STATIC);
    result = rp_store_next(store, statement, there, error);
    if (*there) {
        results->scanned = true;
        results->forms = (size_t)sqlite3_column_int64(statement, 0);
        results->encodings = (size_t)sqlite3_column_int64(statement, 1);
        results->undocumented = (size_t)sqlite3_column_int64(statement, 2);
        *complete = sqlite3_column_int(statement, 3) != 0;
        results->wide = (uint64_t)sqlite3_column_int64(statement, 4);
    }
    sqlite3_finalize(statement);
    return *complete ? load_implicit(store, mode, results->implicit, error) : result;
}

static int write_mode(struct rp_store *store, enum rp_mode mode, const struct rp_mode_results *results,
                      struct rp_error *error)
{
    sqlite3_stmt *statement;
    int result = rp_store_transaction(store, error);
    if (result == RP_OK)
        result =
            rp_store_prepare(store, "INSERT INTO mode VALUES (?, ?, ?, ?, ?, 0, 0, 0)", &statement, error);
    if (result)
        return result;
    sqlite3_bind_int(statement, 1, (int)mode);
    sqlite3_bind_text(statement, 2, rp_mode_info(mode)->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)results->forms);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)results->encodings);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)results->undocumented);
    result = rp_store_step(store, statement, error);
    sqlite3_finalize(statement);
    return result;
}

int rp_store_begin_mode(struct rp_store *store, enum rp_mode mode, const size_t *place, size_t places,
                        bool *complete, struct rp_error *error)
{
    struct rp_mode_results stored = {0}, *results = &store->results->mode[mode];
    bool there;
    int result = rp_load_mode(store, mode, &stored, &there, complete, error);
    if (result)
        return result;
    if (!there)
        return write_mode(store, mode, results, error);
    if (stored.forms != results->forms || stored.encodings != results->encodings ||
        stored.undocumented != results->undocumented)
        return rp_error_set(error, RP_EINPUT,
                            "the campaign '%s' has another form space of %s: its decoder was another one",
                            store->path, rp_mode_info(mode)->name);
    memcpy(results->implicit, stored.implicit, sizeof stored.implicit);
    results->wide = stored.wide;
    return rp_load_verdicts(store, mode, place, places, store->results, error);
}

static int write_implicit(struct rp_store *store, enum rp_mode mode, struct rp_error *error)
{
    sqlite3_stmt *statement;
    int result =
        rp_store_prepare(store, "INSERT INTO implicit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &statement, error);
    for (unsigned i = 0; i < RP_IMPLICIT_KINDS && result == RP_OK; i++) {
        struct rp_implicit *kind = &store->results->mode[mode].implicit[i];
        struct rp_row row = {.way = RP_ROW_WRITE, .statement = statement};
        if (!kind->kind)
            continue;
        sqlite3_bind_int(statement, 1, (int)mode);
        sqlite3_bind_int(statement, 2, (int)i);
        sqlite3_bind_text(statement, 3, kind->kind, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 4, kind->baseline, -1, SQLITE_STATIC);
        walk_implicit(&row, kind);
        result = rp_store_step(store, statement, error);
    }
    sqlite3_finalize(statement);
    return result;
}

int rp_store_end_mode(struct rp_store *store, enum rp_mode mode, struct rp_error *error)
{
    char sql[64];
    int result = rp_store_transaction(store, error);
    if (result == RP_OK)
        result = write_implicit(store, mode, error);
    snprintf(sql, sizeof sql, "UPDATE mode SET complete = 1 WHERE mode = %d", (int)mode);
    return result == RP_OK ? rp_store_run(store, sql, error) : result;
}

int rp_store_machines(struct rp_store *store, unsigned *count, struct rp_error *error)
{
    uint64_t machines = 0;
    int result = rp_store_number(store, "SELECT count(*) FROM effort", &machines, error);
    *count = (unsigned)machines;
    return result;
}

void rp_store_choose(struct rp_store *store, unsigned machine)
{
    store->machine = machine;
    store->chosen = true;
}

int rp_store_recall(struct rp_store *store, struct rp_error *error)
{
    struct rp_results *results = store->results;
    int result = RP_OK;
    rp_load_forget(store); /* there are new behaviours */
    results->runs = 0;
    result = rp_stream_open(store, &results->stream, error);
    for (unsigned m = 0; m < RP_MODE_COUNT && result == RP_OK; m++) {
        struct rp_mode_results *mode = &results->mode[m];
        mode->first = results->count;
        mode->count = mode->exceptions = 0;
        if (mode->scanned)
            result = rp_load_verdicts(store, (enum rp_mode)m, NULL, 0, results, error);
    }
    return result;
}

int rp_store_stream(struct rp_store *store, struct rp_results *results, struct rp_error *error)
{
    /* what is read now and what is read again is one and the same */
    int result = sqlite3_get_autocommit(store->db) ? rp_store_run(store, "BEGIN", error) : RP_OK;
    if (result == RP_OK)
        result = rp_stream_open(store, &results->stream, error);
    return result == RP_OK ? rp_store_load(store, results, error) : result;
}

int rp_store_load(struct rp_store *store, struct rp_results *results, struct rp_error *error)
{
    unsigned machines = 1;
    int result = store->chosen ? RP_OK : rp_store_machines(store, &machines, error);
    if (result == RP_OK && machines > 1)
        result =
            rp_error_set(error, RP_EINPUT,
                         "'%s' keeps %u machines apart, and this is about one; take what it was merged from",
                         store->path, machines);
    if (result == RP_OK)
        result = rp_settings_read(store, &results->configuration, error);
    if (result == RP_OK && results->configuration.hunt)
        result = rp_error_set(error, RP_EINPUT,
                              "the campaign '%s' is a hunt's and has no verdicts; report, replay, hunt, and "
                              "diff and merge with hunts alone take it",
                              store->path);
    if (result == RP_OK)
        result = rp_load_effort(store, results, error);
    store->complete = true;
    for (unsigned m = 0; m < RP_MODE_COUNT && result == RP_OK; m++) {
        struct rp_mode_results *mode = &results->mode[m];
        bool there, complete;
        mode->first = results->count;
        result = rp_load_mode(store, (enum rp_mode)m, mode, &there, &complete, error);
        if (result == RP_OK && there)
            result = rp_load_verdicts(store, (enum rp_mode)m, NULL, 0, results, error);
        store->complete &= complete || !(results->configuration.modes >> m & 1);
    }
    results->interrupted = !store->complete;
    return result;
}
