/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of shards; see merge_rows.h. */
#include "store/merge_rows.h"

#include <stdio.h>
#include <string.h>

/* Columns that two files of one shard have alike. Rows that shards share are the same in all of them; of the
 * others each shard has its own. */
static const struct table {
    const char *name, *columns;
    bool shared;
} tables[] = {
    {"mode", "*", true},
    {"implicit", "*", true},
    {"behaviour", "*", true},
    {"opinion", "*", true},
    {"closer", "*", true},
    {"verdict", "mode, place, encoding, form, mnemonic, name, decoded, behaviour", false},
    {"range", "mode, place, first, form, encodings, alike", false},
    {"witness", "*", false},
    {"divergence", "*", false},
    {"answer", "*", false},
};
#define TABLES (sizeof tables / sizeof tables[0])

/* What fails while a shard is read is the shard's fault, unless the disk is full. */
static int fail(const struct rp_store *store, const struct rp_merge_part *part, int code,
                struct rp_error *error)
{
    struct rp_store shard = *store;
    shard.path = part->store->path;
    shard.writes = false;
    int primary = code & 0xff;
    bool reading = primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_BUSY ||
                   primary == SQLITE_CANTOPEN;
    return rp_store_fail(reading ? &shard : store, code, error);
}

static int attach(struct rp_store *store, const struct rp_merge_part *part, struct rp_error *error)
{
    sqlite3_stmt *statement;
    int result = rp_store_prepare(store, "ATTACH ? AS shard", &statement, error);
    if (result)
        return result;
    sqlite3_bind_text(statement, 1, part->path, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? RP_OK : fail(store, part, code, error);
}

/* The first number that the SQL answers, if it answers. */
static int ask(struct rp_store *store, const struct rp_merge_part *part, const char *sql, uint64_t *number,
               struct rp_error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *number = (uint64_t)sqlite3_column_int64(statement, 0);
    int result = code == SQLITE_ROW || code == SQLITE_DONE ? RP_OK : fail(store, part, code, error);
    sqlite3_finalize(statement);
    return result;
}

static int disagree(const struct rp_merge_part *part, const struct table *table, struct rp_error *error)
{
    return rp_error_set(error, RP_EINPUT,
                        "the shard '%s' says something else in its table %s than the rest of its campaign: "
                        "one of them is damaged, or another machine made it; make it again",
                        part->path, table->name);
}

/* Rows that are there already are left as they are. Of a table that shards do not share, none may be. */
static int copy(struct rp_store *store, const struct rp_merge_part *part, const struct table *table,
                struct rp_error *error)
{
    char sql[160];
    uint64_t none, rows = 0;
    snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO main.%s SELECT * FROM shard.%s", table->name,
             table->name);
    int result = ask(store, part, sql, &none, error);
    uint64_t copied = (uint64_t)sqlite3_changes64(store->db);
    if (result || table->shared)
        return result;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM shard.%s", table->name);
    result = ask(store, part, sql, &rows, error);
    return result == RP_OK && rows != copied ? disagree(part, table, error) : result;
}

static int compare(struct rp_store *store, const struct rp_merge_part *part, const struct table *table,
                   struct rp_error *error)
{
    char sql[320];
    uint64_t other = 0;
    snprintf(sql, sizeof sql, "SELECT EXISTS(SELECT %s FROM shard.%s EXCEPT SELECT %s FROM main.%s)",
             table->columns, table->name, table->columns, table->name);
    int result = ask(store, part, sql, &other, error);
    return result == RP_OK && other ? disagree(part, table, error) : result;
}

int rp_merge_rows(struct rp_store *store, const struct rp_merge_part *part, bool compare_only,
                  struct rp_error *error)
{
    int result = attach(store, part, error);
    if (result == RP_OK)
        result = rp_store_run(store, "BEGIN", error);
    for (size_t i = 0; i < TABLES && result == RP_OK; i++) {
        if (!compare_only)
            result = copy(store, part, &tables[i], error);
        if (result == RP_OK && (compare_only || tables[i].shared))
            result = compare(store, part, &tables[i], error);
    }
    if (result == RP_OK)
        result = rp_store_run(store, "COMMIT", error);
    return result == RP_OK ? rp_store_run(store, "DETACH shard", error) : result;
}

int rp_merge_effort(struct rp_store *store, const struct rp_merge_part *part, size_t parts,
                    const char *command, struct rp_error *error)
{
    struct rp_results sum = {.configuration.date = part->results.configuration.date};
    uint64_t sittings = 0;
    sqlite3_stmt *statement;
    for (size_t i = 0; i < parts; i++) {
        const struct rp_results *r = &part[i].results;
        if (part[i].again)
            continue;
        sittings += part[i].sittings;
        sum.seconds += r->seconds;
        sum.deaths += r->deaths;
        sum.hangs += r->hangs;
        if (r->peak_pss > sum.peak_pss)
            sum.peak_pss = r->peak_pss;
        if (strcmp(r->configuration.date, sum.configuration.date) < 0)
            sum.configuration.date = r->configuration.date;
    }
    int result =
        rp_store_prepare(store, "INSERT INTO effort VALUES (0, ?, ?, ?, ?, ?, ?, ?)", &statement, error);
    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)sittings);
    sqlite3_bind_text(statement, 2, sum.configuration.date, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, command, -1, SQLITE_STATIC);
    sqlite3_bind_double(statement, 4, sum.seconds);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)sum.peak_pss);
    sqlite3_bind_int64(statement, 6, sum.deaths);
    sqlite3_bind_int64(statement, 7, sum.hangs);
    result = rp_store_step(store, statement, error);
    sqlite3_finalize(statement);
    return result;
}

int rp_merge_check_whole(struct rp_store *store, size_t limit, struct rp_error *error)
{
    uint64_t mode = RP_MODE_COUNT;
    char sql[400];
    snprintf(
        sql, sizeof sql,
        "SELECT mode FROM mode WHERE (SELECT count(*) FROM verdict WHERE verdict.mode = mode.mode AND "
        "place < 1 << 40) <> CASE WHEN %zu BETWEEN 1 AND encodings THEN %zu ELSE encodings END OR wide <> "
        "(SELECT ifnull(sum(encodings), 0) FROM range WHERE range.mode = mode.mode) ORDER BY mode",
        limit, limit);
    int result = rp_store_number(store, sql, &mode, error);
    if (result || mode >= RP_MODE_COUNT)
        return result;
    return rp_error_set(error, RP_EINPUT,
                        "the shards are damaged: together they have not every encoding of %s once",
                        rp_mode_info((enum rp_mode)mode)->name);
}
