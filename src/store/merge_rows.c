/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of shards; see merge_rows.h. */
#include "store/merge_rows.h"

#include <stdio.h>
#include <string.h>

/* Rows that shards share are the same in all of them; of the others each shard has its own. How many runs a
 * row took may differ between two files of one shard. */
static const struct table {
    const char *name;
    bool shared, runs;
} tables[] = {
    {"mode", true, false},    {"implicit", true, false}, {"behaviour", true, false},
    {"opinion", true, false}, {"closer", true, false},   {"verdict", false, true},
    {"range", false, true},   {"witness", false, false}, {"divergence", false, false},
    {"answer", false, false},
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

int rp_merge_attach(struct rp_store *store, const struct rp_merge_part *part, struct rp_error *error)
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

int rp_merge_ask(struct rp_store *store, const struct rp_merge_part *part, const char *sql, uint64_t *number,
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

int rp_merge_disagree(const struct rp_merge_part *part, const char *table, struct rp_error *error)
{
    return rp_error_set(error, RP_EINPUT,
                        "the shard '%s' says something else in its table %s than the rest of its campaign: "
                        "one of them is damaged, or another machine made it; make it again",
                        part->path, table);
}

/* The columns of a table, with the numbers that a row of a shard has under the number of its machine. */
static int list_columns(struct rp_store *store, const struct table *table, unsigned machine, bool runs,
                        struct rp_text *list, struct rp_error *error)
{
    char sql[64];
    sqlite3_stmt *statement;
    snprintf(sql, sizeof sql, "SELECT * FROM main.%s", table->name);
    int result = rp_store_prepare(store, sql, &statement, error);
    for (int i = 0; result == RP_OK && i < sqlite3_column_count(statement); i++) {
        const char *name = sqlite3_column_name(statement, i), *blank = list->length ? ", " : "";
        if (strcmp(name, "runs") == 0 && table->runs && !runs)
            continue;
        if (strcmp(name, "mode") == 0 && machine)
            rp_text_add(list, "%smode + %u", blank, machine * RP_PARTS_A_MACHINE);
        else if (strcmp(name, "machine") == 0 && machine)
            rp_text_add(list, "%s%u", blank, machine);
        else
            rp_text_add(list, "%s%s", blank, name);
    }
    sqlite3_finalize(statement);
    return result == RP_OK && list->failed ? rp_store_memory(error) : result;
}

/* Rows that are there already are left as they are. Of a table that shards do not share, none may be. */
static int copy(struct rp_store *store, const struct rp_merge_part *part, const struct table *table,
                struct rp_error *error)
{
    struct rp_text list = {0}, sql = {0};
    char count[64];
    uint64_t none, rows = 0;
    int result = list_columns(store, table, part->machine, true, &list, error);
    rp_text_add(&sql, "INSERT OR IGNORE INTO main.%s SELECT %s FROM shard.%s", table->name,
                rp_text_string(&list), table->name);
    if (result == RP_OK)
        result = sql.failed ? rp_store_memory(error) : rp_merge_ask(store, part, sql.data, &none, error);
    uint64_t copied = (uint64_t)sqlite3_changes64(store->db);
    rp_text_free(&list);
    rp_text_free(&sql);
    if (result || table->shared)
        return result;
    snprintf(count, sizeof count, "SELECT count(*) FROM shard.%s", table->name);
    result = rp_merge_ask(store, part, count, &rows, error);
    return result == RP_OK && rows != copied ? rp_merge_disagree(part, table->name, error) : result;
}

static int compare(struct rp_store *store, const struct rp_merge_part *part, const struct table *table,
                   struct rp_error *error)
{
    struct rp_text shifted = {0}, plain = {0}, sql = {0};
    uint64_t other = 0;
    int result = list_columns(store, table, part->machine, false, &shifted, error);
    if (result == RP_OK)
        result = list_columns(store, table, 0, false, &plain, error);
    rp_text_add(&sql, "SELECT EXISTS(SELECT %s FROM shard.%s EXCEPT SELECT %s FROM main.%s)",
                rp_text_string(&shifted), table->name, rp_text_string(&plain), table->name);
    if (result == RP_OK)
        result = sql.failed ? rp_store_memory(error) : rp_merge_ask(store, part, sql.data, &other, error);
    rp_text_free(&shifted);
    rp_text_free(&plain);
    rp_text_free(&sql);
    return result == RP_OK && other ? rp_merge_disagree(part, table->name, error) : result;
}

int rp_merge_rows(struct rp_store *store, const struct rp_merge_part *part, bool compare_only,
                  struct rp_error *error)
{
    int result = rp_merge_attach(store, part, error);
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
    int result = rp_store_prepare(store, "INSERT INTO effort VALUES (?8, ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                                  &statement, error);
    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)sittings);
    sqlite3_bind_text(statement, 2, sum.configuration.date, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, command, -1, SQLITE_STATIC);
    sqlite3_bind_double(statement, 4, sum.seconds);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)sum.peak_pss);
    sqlite3_bind_int64(statement, 6, sum.deaths);
    sqlite3_bind_int64(statement, 7, sum.hangs);
    sqlite3_bind_int64(statement, 8, part[0].machine);
    result = rp_store_step(store, statement, error);
    sqlite3_finalize(statement);
    return result;
}

int rp_merge_check_whole(struct rp_store *store, size_t limit, struct rp_error *error)
{
    uint64_t mode = UINT64_MAX;
    char sql[400];
    snprintf(
        sql, sizeof sql,
        "SELECT mode FROM mode WHERE (SELECT count(*) FROM verdict WHERE verdict.mode = mode.mode AND "
        "place < 1 << 40) <> CASE WHEN %zu BETWEEN 1 AND encodings THEN %zu ELSE encodings END OR wide <> "
        "(SELECT ifnull(sum(encodings), 0) FROM range WHERE range.mode = mode.mode) ORDER BY mode",
        limit, limit);
    int result = rp_store_number(store, sql, &mode, error);
    if (result || mode == UINT64_MAX)
        return result;
    return rp_error_set(error, RP_EINPUT,
                        "the shards are damaged: together they have not every encoding of %s once",
                        rp_mode_info((enum rp_mode)(mode % RP_PARTS_A_MACHINE))->name);
}
