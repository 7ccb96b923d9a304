/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables are what writes and reads them takes them for, and SCHEMA.md tells the truth about them: each of
 * its queries runs and answers something. */
#include "store/campaign.h"
#include "store/record.h"
#include "store/schema.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sqlite3 *open_written(struct campaign *campaign)
{
    sqlite3 *db;
    campaign_widen(campaign);
    campaign_write(campaign);
    assert_int_equal(sqlite3_open_v2(campaign->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    return db;
}

static char *read_page(void)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/src/store/SCHEMA.md", getenv("RP_SOURCE"));
    return scratch_read(path);
}

/* Rows of a query, which must run. */
static int count_rows(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    int rows = 0, code;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL))
        fail_msg("%s: %s", sqlite3_errmsg(db), sql);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        rows++;
    if (code != SQLITE_DONE)
        fail_msg("%s: %s", sqlite3_errmsg(db), sql);
    sqlite3_finalize(statement);
    return rows;
}

/* No campaign has verdicts and a hunt's lines; for the queries about those one does. */
static void add_hunt(const char *path)
{
    static const char sql[] =
        "INSERT INTO hunt VALUES (0, "
        "'{\"schema\":\"ringprobe.hunt/1\",\"id\":\"rp-1\",\"class\":\"unexplained\"}'),"
        "(66, '{\"schema\":\"ringprobe.hunt-position/1\",\"search\":\"end\",\"encodings\":1,\"runs\":3}')";
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void each_of_the_fourteen_queries_answers_something(void **state)
{
    sqlite3 *db = open_written(*state);
    add_hunt(((struct campaign *)*state)->path);
    char *page = read_page();
    unsigned queries = 0;
    for (char *at = page; (at = strstr(at, "```sql\n")) != NULL; queries++) {
        char *end = strstr(at += 7, "```");
        assert_non_null(end);
        *end = '\0';
        if (count_rows(db, at) == 0)
            fail_msg("no row: %s", at);
        at = end + 1;
    }
    assert_int_equal(queries, 14);
    free(page);
    sqlite3_close(db);
}

static void the_page_names_every_table_and_view(void **state)
{
    sqlite3 *db = open_written(*state);
    sqlite3_stmt *names;
    char *page = read_page(), quoted[64];
    unsigned count = 0;
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')",
                                        -1, &names, NULL),
                     SQLITE_OK);
    for (; sqlite3_step(names) == SQLITE_ROW; count++) {
        snprintf(quoted, sizeof quoted, "`%s`", (const char *)sqlite3_column_text(names, 0));
        if (!strstr(page, quoted))
            fail_msg("SCHEMA.md does not name %s", quoted);
    }
    assert_int_equal(count, 14 + 18);
    sqlite3_finalize(names);
    free(page);
    sqlite3_close(db);
}

/* A walk over a row takes as many columns as the table has; with the order, reading what was written sees to
 * the rest. */
static void the_walks_have_the_columns_of_the_tables(void **state)
{
    sqlite3 *db = open_written(*state);
    struct rp_verdict v = {0};
    struct rp_opinion opinion = {0};
    struct rp_divergence divergence = {0};
    struct rp_record_key key = {0};
    uint64_t number = 0;
    for (unsigned i = 0; i < RP_TABLE_COUNT; i++) {
        char sql[64];
        struct rp_row row = {.way = RP_ROW_READ};
        snprintf(sql, sizeof sql, "SELECT * FROM %s LIMIT 1", rp_tables[i].name);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row.statement, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(row.statement), SQLITE_ROW);
        switch ((enum rp_table)i) {
        case RP_TABLE_VERDICT:
            rp_record_verdict(&row, &key, &v);
            break;
        case RP_TABLE_BEHAVIOUR:
            rp_record_behaviour(&row, &number, &v);
            break;
        case RP_TABLE_OPINION:
            rp_record_opinion(&row, &number, &number, &opinion);
            break;
        case RP_TABLE_CLOSER:
            rp_record_closer(&row, &number, &number, &v.closer[0]);
            break;
        case RP_TABLE_WITNESS:
            rp_record_witness(&row, &key, &v);
            break;
        case RP_TABLE_DIVERGENCE:
            rp_record_divergence(&row, &key, &number, &divergence);
            break;
        case RP_TABLE_ANSWER:
            rp_record_answer(&row, &key, &number, &number, &divergence.answer[0]);
            break;
        case RP_TABLE_COUNT:
            break;
        }
        assert_int_equal(row.column, sqlite3_column_count(row.statement));
        assert_string_equal(row.unknown, "");
        sqlite3_finalize(row.statement);
    }
    free(v.replay);
    free(divergence.replay);
    sqlite3_close(db);
}

static void a_file_says_what_it_is(void **state)
{
    sqlite3 *db = open_written(*state);
    char sql[96];
    snprintf(sql, sizeof sql, "SELECT 1 FROM pragma_application_id WHERE application_id = %d",
             RP_STORE_APPLICATION);
    assert_int_equal(count_rows(db, sql), 1);
    snprintf(sql, sizeof sql, "SELECT 1 FROM pragma_user_version WHERE user_version = %d", RP_STORE_VERSION);
    assert_int_equal(count_rows(db, sql), 1);
    sqlite3_close(db);
}

static void encodings_that_do_the_same_share_one_behaviour(void **state)
{
    sqlite3 *db = open_written(*state);
    assert_int_equal(count_rows(db, "SELECT 1 FROM verdict WHERE mode = 3"), 5);
    assert_int_equal(
        count_rows(db, "SELECT DISTINCT behaviour FROM verdict WHERE encoding IN (x'90', x'91')"), 1);
    assert_int_equal(count_rows(db, "SELECT behaviour FROM behaviour EXCEPT SELECT behaviour FROM verdict"),
                     0);
    assert_int_equal(count_rows(db, "SELECT behaviour FROM verdict EXCEPT SELECT behaviour FROM behaviour"),
                     0);
    sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_of_the_fourteen_queries_answers_something), TEST(the_page_names_every_table_and_view),
        TEST(the_walks_have_the_columns_of_the_tables),       TEST(a_file_says_what_it_is),
        TEST(encodings_that_do_the_same_share_one_behaviour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
