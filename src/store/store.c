/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A campaign while a scan writes it; see store.h. */
#include "store/internal.h"

#include "base/clock.h"
#include "store/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMIT_EVERY 1.0 /* seconds: what a power failure may cost */

const char *rp_store_library(void)
{
    static char text[32];
    snprintf(text, sizeof text, "sqlite %s", sqlite3_libversion());
    return text;
}

const char *rp_store_keep(struct rp_store *store, const char *string)
{
    char **grown = realloc(store->string, (store->strings + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    store->string = grown;
    grown[store->strings] = strdup(string);
    return grown[store->strings] ? grown[store->strings++] : NULL;
}

int rp_store_open(const char *path, bool writes, struct rp_store **store, struct rp_error *error)
{
    struct rp_store *s = calloc(1, sizeof *s);
    *store = s;
    if (s)
        s->path = strdup(path);
    if (!s || !s->path)
        return rp_store_memory(error);
    s->writes = writes;
    if (writes && access(path, F_OK) && errno == ENOENT)
        return RP_OK;
    return rp_store_open_file(s, error);
}

void rp_store_let_go(struct rp_store *store)
{
    for (unsigned i = 0; i < RP_TABLE_COUNT; i++) {
        sqlite3_finalize(store->insert[i]);
        sqlite3_finalize(store->select[i]);
        store->insert[i] = store->select[i] = NULL;
    }
    sqlite3_finalize(store->known);
    sqlite3_finalize(store->put_range);
    sqlite3_finalize(store->put_line);
    store->known = store->put_range = store->put_line = NULL;
    sqlite3_close(store->db); /* rolls back */
    store->db = NULL;
    rp_load_forget(store);
}

void rp_store_close(struct rp_store *store)
{
    if (!store)
        return;
    rp_store_let_go(store);
    for (size_t i = 0; i < store->strings; i++)
        free(store->string[i]);
    free(store->string);
    free(store->path);
    free(store);
}

/* "INSERT INTO name VALUES (?,?,...)" for as many columns as the table has. */
static int prepare_insert(struct rp_store *store, enum rp_table table, struct rp_error *error)
{
    char sql[256];
    sqlite3_stmt *columns;
    snprintf(sql, sizeof sql, "SELECT * FROM %s", rp_tables[table].name);
    int result = rp_store_prepare(store, sql, &columns, error);
    if (result)
        return result;
    int count = sqlite3_column_count(columns);
    sqlite3_finalize(columns);
    size_t length = (size_t)snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", rp_tables[table].name);
    for (int i = 1; i < count; i++)
        length += (size_t)snprintf(sql + length, sizeof sql - length, ",?");
    snprintf(sql + length, sizeof sql - length, ")");
    return rp_store_prepare(store, sql, &store->insert[table], error);
}

static int prepare_all(struct rp_store *store, struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned i = 0; i < RP_TABLE_COUNT && result == RP_OK; i++)
        result = prepare_insert(store, (enum rp_table)i, error);
    if (result == RP_OK)
        result = rp_store_prepare(store, "SELECT 1 FROM behaviour WHERE behaviour = ?", &store->known, error);
    return result;
}

/* The row of what the campaign has cost so far, and the command that goes on with it. */
static int write_effort(struct rp_store *store, bool begins, struct rp_error *error)
{
    static const char first[] = "INSERT INTO effort VALUES (0, 1, ?1, ?2, ?3, ?4, ?5, ?6)";
    static const char next[] = "UPDATE effort SET sittings = sittings + ?7, date = ?1, command = ?2,"
                               " seconds = ?3, peak_memory = ?4, died = ?5, hung = ?6";
    const struct rp_results *r = store->results;
    sqlite3_stmt *statement;
    uint64_t rows = 0;
    int result = rp_store_number(store, "SELECT count(*) FROM effort", &rows, error);
    if (result == RP_OK)
        result = rp_store_prepare(store, rows ? next : first, &statement, error);
    if (result)
        return result;
    sqlite3_bind_text(statement, 1, r->configuration.date, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, r->configuration.command, -1, SQLITE_STATIC);
    sqlite3_bind_double(statement, 3, r->seconds);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)r->peak_pss);
    sqlite3_bind_int64(statement, 5, r->deaths);
    sqlite3_bind_int64(statement, 6, r->hangs);
    if (rows)
        sqlite3_bind_int64(statement, 7, begins);
    result = rp_store_step(store, statement, error);
    sqlite3_finalize(statement);
    return result;
}

static int look_whether_complete(struct rp_store *store, uint8_t modes, struct rp_error *error)
{
    uint64_t complete = 0;
    int result = rp_store_number(store, "SELECT count(*) FROM mode WHERE complete", &complete, error);
    store->complete = complete == (uint64_t)__builtin_popcount(modes);
    return result;
}

static int check_one_machine(struct rp_store *store, struct rp_error *error)
{
    unsigned machines = 1;
    int result = rp_store_machines(store, &machines, error);
    if (result || machines < 2)
        return result;
    return rp_error_set(error, RP_EINPUT,
                        "'%s' keeps %u machines apart: no scan goes on with it; give another file",
                        store->path, machines);
}

static int check(struct rp_store *store, const struct rp_results *results, struct rp_error *error)
{
    int result = check_one_machine(store, error);
    return result ? result : rp_settings_compare(store, &results->configuration, error);
}

/* What earlier versions counted of the wide space was counted otherwise, and one campaign counts in one way.
 */
static int check_counting(struct rp_store *store, uint8_t modes, struct rp_error *error)
{
    uint64_t ranges = 0;
    int result = rp_store_number(store, "SELECT count(*) FROM range", &ranges, error);
    if (result == RP_OK)
        result = look_whether_complete(store, modes, error);
    if (result || ranges == 0 || store->complete)
        return result;
    return rp_error_set(error, RP_EINPUT,
                        "the campaign '%s' was begun by an earlier ringprobe (schema %u), which counted the "
                        "wide space otherwise: it can be reported, but not gone on with; give another file",
                        store->path, store->converted);
}

int rp_store_begin(struct rp_store *store, struct rp_results *results, struct rp_error *error)
{
    int result = RP_OK;
    store->results = results;
    if (!store->db) {
        result = rp_store_make_file(store, &results->configuration, NULL, NULL, error);
        if (result == RP_OK)
            result = rp_store_open_file(store, error);
    }
    if (result == RP_OK) /* of a new file too: somebody else may have made it by now */
        result = check(store, results, error);
    if (result == RP_OK && store->converted)
        result = check_counting(store, results->configuration.modes, error);
    if (result == RP_OK && store->converted) {
        result = rp_store_upgrade(store, error);
        if (result == RP_OK) /* now that nobody else can write it */
            result = check(store, results, error);
    }
    if (result == RP_OK)
        result = look_whether_complete(store, results->configuration.modes, error);
    if (result == RP_OK)
        result = rp_load_effort(store, results, error);
    if (result == RP_OK)
        result = prepare_all(store, error);
    return result == RP_OK && !store->complete ? write_effort(store, true, error) : result;
}

bool rp_store_complete(const struct rp_store *store)
{
    return store->complete;
}

/* A failure stays: what was half put is never committed, and what ticked and failed is told by the next call.
 */
int rp_store_tell(const struct rp_store *store, struct rp_error *error)
{
    const struct rp_error *failure = &store->failure;
    return failure->code ? rp_error_set(error, failure->code, "%s", failure->line) : RP_OK;
}

int rp_store_transaction(struct rp_store *store, struct rp_error *error)
{
    if (store->failure.code || store->in_transaction)
        return rp_store_tell(store, error);
    store->in_transaction = rp_store_run(store, "BEGIN", &store->failure) == RP_OK;
    clock_gettime(CLOCK_MONOTONIC, &store->since);
    return rp_store_tell(store, error);
}

int rp_store_commit(struct rp_store *store, struct rp_error *error)
{
    if (rp_store_transaction(store, NULL) == RP_OK && write_effort(store, false, &store->failure) == RP_OK)
        rp_store_run(store, "COMMIT", &store->failure);
    store->in_transaction = false;
    return rp_store_tell(store, error);
}

void rp_store_tick(struct rp_store *store)
{
    if (store->in_transaction && rp_clock_since(&store->since) >= COMMIT_EVERY)
        rp_store_commit(store, NULL);
}

bool rp_store_is_settled(const struct rp_store *store)
{
    return !store->in_transaction;
}

static int finish_row(struct rp_store *store, struct rp_row *row)
{
    if (row->out_of_memory) {
        sqlite3_reset(row->statement);
        return rp_store_memory(&store->failure);
    }
    return rp_store_step(store, row->statement, &store->failure);
}

static struct rp_row row_of(const struct rp_store *store, enum rp_table table)
{
    return (struct rp_row){.way = RP_ROW_WRITE, .statement = store->insert[table]};
}

static int put_behaviour(struct rp_store *store, uint64_t digest, struct rp_verdict *v)
{
    bool known = false;
    sqlite3_bind_int64(store->known, 1, (sqlite3_int64)digest);
    int result = rp_store_next(store, store->known, &known, &store->failure);
    sqlite3_reset(store->known);
    if (result || known)
        return result;
    struct rp_row row = row_of(store, RP_TABLE_BEHAVIOUR);
    rp_record_behaviour(&row, &digest, v);
    result = finish_row(store, &row);
    for (uint64_t i = 0; i < v->opinions && result == RP_OK; i++) {
        row = row_of(store, RP_TABLE_OPINION);
        rp_record_opinion(&row, &digest, &i, &v->opinion[i]);
        result = finish_row(store, &row);
    }
    for (uint64_t i = 0; i < v->closers && result == RP_OK; i++) {
        row = row_of(store, RP_TABLE_CLOSER);
        rp_record_closer(&row, &digest, &i, &v->closer[i]);
        result = finish_row(store, &row);
    }
    return result;
}

static int put_divergence(struct rp_store *store, struct rp_record_key *key, uint64_t number,
                          struct rp_divergence *divergence)
{
    struct rp_row row = row_of(store, RP_TABLE_DIVERGENCE);
    rp_record_divergence(&row, key, &number, divergence);
    int result = finish_row(store, &row);
    for (uint64_t i = 0; i < divergence->answers && result == RP_OK; i++) {
        row = row_of(store, RP_TABLE_ANSWER);
        rp_record_answer(&row, key, &number, &i, &divergence->answer[i]);
        result = finish_row(store, &row);
    }
    return result;
}

static int put(struct rp_store *store, struct rp_record_key *key, struct rp_verdict *v)
{
    int result = put_behaviour(store, key->behaviour, v);
    if (result)
        return result;
    struct rp_row row = row_of(store, RP_TABLE_VERDICT);
    rp_record_verdict(&row, key, v);
    result = finish_row(store, &row);
    if (result == RP_OK && v->has_witness) {
        row = row_of(store, RP_TABLE_WITNESS);
        rp_record_witness(&row, key, v);
        result = finish_row(store, &row);
    }
    for (uint64_t i = 0; i < v->divergences && result == RP_OK; i++)
        result = put_divergence(store, key, i, &v->divergence[i]);
    return result;
}

int rp_store_put_verdict(struct rp_store *store, uint64_t place, const struct rp_verdict *verdict)
{
    struct rp_verdict v = *verdict;
    struct rp_record_key key = {.mode = rp_store_part(store, v.mode),
                                .place = place,
                                .behaviour = rp_record_behaviour_digest(verdict)};
    return put(store, &key, &v);
}

int rp_store_put(struct rp_store *store, size_t place, const struct rp_verdict *verdict,
                 struct rp_error *error)
{
    if (rp_store_transaction(store, NULL) == RP_OK && rp_store_put_verdict(store, place, verdict) == RP_OK)
        rp_store_tick(store);
    return rp_store_tell(store, error);
}
