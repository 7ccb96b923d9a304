/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A campaign of the version before is read as it is, and gone on with after a copy. */
#include "report/format.h"
#include "store/campaign.h"
#include "store/schema.h"
#include "support/suite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL))
        fail_msg("%s: %.200s", sqlite3_errmsg(db), sql);
}

/* Makes what ringprobe wrote before: the campaign by hand in the tables of version 1 (schema-1.sql). */
static void write_version_1(struct campaign *campaign)
{
    static const char copy[] =
        "INSERT INTO configuration SELECT name, value FROM new.configuration WHERE name <> 'space';"
        "INSERT INTO resource SELECT name, screened_in, settable FROM new.resource;"
        "INSERT INTO effort SELECT sittings, date, command, seconds, peak_memory, died, hung FROM new.effort;"
        "INSERT INTO mode SELECT mode, name, forms, encodings, undocumented, complete FROM new.mode;"
        "INSERT INTO implicit SELECT * FROM new.implicit; INSERT INTO verdict SELECT * FROM new.verdict;"
        "INSERT INTO behaviour SELECT * FROM new.behaviour; INSERT INTO opinion SELECT * FROM new.opinion;"
        "INSERT INTO closer SELECT * FROM new.closer; INSERT INTO witness SELECT * FROM new.witness;"
        "INSERT INTO divergence SELECT * FROM new.divergence; INSERT INTO answer SELECT * FROM new.answer;"
        "DETACH new";
    char path[PATH_MAX], attach[PATH_MAX + 32];
    sqlite3 *db;
    campaign_write(campaign);
    snprintf(path, sizeof path, "%s", scratch_path(&campaign->scratch, "new.db"));
    assert_int_equal(rename(campaign->path, path), 0);
    snprintf(attach, sizeof attach, "ATTACH '%s' AS new", path);
    snprintf(path, sizeof path, "%s/tests/store/schema-1.sql", getenv("RP_SOURCE"));
    char *schema = scratch_read(path);
    assert_int_equal(sqlite3_open(campaign->path, &db), SQLITE_OK);
    run(db, schema);
    run(db, attach);
    run(db, copy);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    free(schema);
    unlink(scratch_path(&campaign->scratch, "new.db"));
}

static char *canonical(const struct rp_results *results)
{
    struct rp_text text = {0};
    rp_format_find("canonical")->report(results, NULL, &text);
    assert_false(text.failed);
    return text.data;
}

static int version_of(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return version;
}

static void assert_loads(struct campaign *campaign)
{
    struct rp_results results = {0};
    struct rp_store *store;
    struct rp_error error = {0};
    if (rp_store_open(campaign->path, false, &store, &error) || rp_store_load(store, &results, &error))
        fail_msg("%s", error.line);
    char *loaded = canonical(&results), *made = canonical(&campaign->made.results);
    assert_string_equal(loaded, made);
    free(loaded);
    free(made);
    rp_results_free(&results);
    rp_store_close(store);
}

static void to_be_read_it_stays_as_it_is(void **state)
{
    struct campaign *campaign = *state;
    write_version_1(campaign);
    assert_loads(campaign);
    assert_int_equal(version_of(campaign->path), RP_STORE_VERSION - 1);
    assert_int_equal(scratch_count(&campaign->scratch), 1);
}

static void to_be_gone_on_with_it_is_kept_beside(void **state)
{
    struct campaign *campaign = *state;
    struct rp_results results = campaign_results(campaign);
    write_version_1(campaign);
    struct rp_store *store = campaign_begin(campaign, &results);
    assert_true(rp_store_complete(store));
    rp_store_close(store);
    assert_int_equal(version_of(campaign->path), RP_STORE_VERSION);
    assert_int_equal(version_of(scratch_path(&campaign->scratch, "c.db.v1")), RP_STORE_VERSION - 1);
    assert_int_equal(scratch_count(&campaign->scratch), 2);
    assert_loads(campaign);
}

static void a_copy_that_is_there_is_not_written_over(void **state)
{
    struct campaign *campaign = *state;
    struct rp_store *store;
    struct rp_error error = {0};
    write_version_1(campaign);
    assert_int_equal(link(campaign->path, scratch_path(&campaign->scratch, "c.db.v1")), 0);
    assert_int_equal(rp_store_open(campaign->path, true, &store, &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, "c.db.v1"));
    rp_store_close(store);
    assert_int_equal(version_of(campaign->path), RP_STORE_VERSION - 1);
    assert_int_equal(scratch_count(&campaign->scratch), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(to_be_read_it_stays_as_it_is),
                                       TEST(to_be_gone_on_with_it_is_kept_beside),
                                       TEST(a_copy_that_is_there_is_not_written_over)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
