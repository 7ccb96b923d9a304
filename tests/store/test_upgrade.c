/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A campaign of each earlier version is read as it is, and gone on with after a copy. */
#include "report/format.h"
#include "store/campaign.h"
#include "store/merge.h"
#include "store/schema.h"
#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the two calls that an upgrade is made of fail with; 0: they don't. */
static int link_fails, rename_fails;

int link(const char *from, const char *to)
{
    if (link_fails && access(to, F_OK)) {
        errno = link_fails;
        return -1;
    }
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int rename(const char *old, const char *new)
{
    if (rename_fails) {
        errno = rename_fails;
        return -1;
    }
    return renameat(AT_FDCWD, old, AT_FDCWD, new);
}

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL))
        fail_msg("%s: %.200s", sqlite3_errmsg(db), sql);
}

/* The version that campaigns are made in: the tests are run for each. */
static unsigned earlier;

static const char copy_to_1[] =
    "INSERT INTO configuration SELECT name, value FROM new.configuration WHERE name <> 'space';"
    "INSERT INTO resource SELECT name, screened_in, settable FROM new.resource;"
    "INSERT INTO effort SELECT sittings, date, command, seconds, peak_memory, died, hung FROM new.effort;"
    "INSERT INTO mode SELECT mode, name, forms, encodings, undocumented, complete FROM new.mode;";
static const char copy_to_2[] =
    "INSERT INTO configuration SELECT * FROM new.configuration; INSERT INTO resource SELECT * FROM "
    "new.resource;"
    "INSERT INTO effort SELECT * FROM new.effort; INSERT INTO mode SELECT * FROM new.mode;"
    "INSERT INTO range SELECT * FROM new.range; INSERT INTO hunt SELECT * FROM new.hunt;";
static const char copy_to_any[] =
    "INSERT INTO implicit SELECT * FROM new.implicit; INSERT INTO verdict SELECT * FROM new.verdict;"
    "INSERT INTO behaviour SELECT * FROM new.behaviour; INSERT INTO opinion SELECT * FROM new.opinion;"
    "INSERT INTO closer SELECT * FROM new.closer; INSERT INTO witness SELECT * FROM new.witness;"
    "INSERT INTO divergence SELECT * FROM new.divergence; INSERT INTO answer SELECT * FROM new.answer;"
    "DETACH new";

/* Makes what ringprobe wrote before: the campaign by hand in the tables of that version (schema-N.sql), of
 * the wide space and a line of a hunt where it had them. */
static void write_earlier(struct campaign *campaign)
{
    char path[PATH_MAX], attach[PATH_MAX + 32];
    sqlite3 *db;
    if (earlier > 1)
        campaign_widen(campaign);
    campaign_write(campaign);
    snprintf(path, sizeof path, "%s", scratch_path(&campaign->scratch, "new.db"));
    assert_int_equal(rename(campaign->path, path), 0);
    snprintf(attach, sizeof attach, "ATTACH '%s' AS new", path);
    snprintf(path, sizeof path, "%s/tests/store/schema-%u.sql", getenv("RP_SOURCE"), earlier);
    char *schema = scratch_read(path);
    assert_int_equal(sqlite3_open(campaign->path, &db), SQLITE_OK);
    run(db, schema);
    run(db, attach);
    run(db, earlier > 1 ? copy_to_2 : copy_to_1);
    run(db, copy_to_any);
    if (earlier > 1)
        run(db, "INSERT INTO hunt VALUES (0, '{}')");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    free(schema);
    unlink(scratch_path(&campaign->scratch, "new.db"));
}

/* What it is kept as; static storage. */
static const char *kept(struct campaign *campaign)
{
    return scratch_path(&campaign->scratch, earlier > 1 ? "c.db.v2" : "c.db.v1");
}

static char *canonical(const struct rp_results *results)
{
    struct rp_text text = {0};
    rp_format_find("canonical")->report(results, NULL, &text);
    assert_false(text.failed);
    return text.data;
}

/* The number that SQL about a file answers. */
static int ask(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL))
        fail_msg("%s: %s", sqlite3_errmsg(db), sql);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int number = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

static int version_of(const char *path)
{
    return ask(path, "PRAGMA user_version");
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
    write_earlier(campaign);
    assert_loads(campaign);
    assert_int_equal(version_of(campaign->path), (int)earlier);
    assert_int_equal(scratch_count(&campaign->scratch), 1);
}

static void to_be_gone_on_with_it_is_kept_beside(void **state)
{
    struct campaign *campaign = *state;
    write_earlier(campaign);
    struct rp_results results = campaign_results(campaign);
    struct rp_store *store = campaign_begin(campaign, &results);
    assert_true(rp_store_complete(store));
    rp_store_close(store);
    assert_int_equal(version_of(campaign->path), RP_STORE_VERSION);
    assert_int_equal(version_of(kept(campaign)), (int)earlier);
    assert_int_equal(scratch_count(&campaign->scratch), 2);
    assert_loads(campaign);
    /* The views are those of this version, and have something to show. */
    assert_int_equal(ask(campaign->path, "SELECT count(*) FROM ranges WHERE wide >= 0"), earlier > 1 ? 2 : 0);
    assert_int_equal(ask(campaign->path, "SELECT count(*) FROM hunt"), earlier > 1);
}

/* Of the wide space, when it was not done: what is counted already was perhaps counted otherwise. */
static void half_counted_it_is_not_gone_on_with(void **state)
{
    struct campaign *campaign = *state;
    struct rp_store *store;
    struct rp_error error = {0};
    sqlite3 *db;
    if (earlier == 1)
        return; /* it had no wide space */
    write_earlier(campaign);
    assert_int_equal(sqlite3_open(campaign->path, &db), SQLITE_OK);
    run(db, "UPDATE mode SET complete = 0");
    struct rp_results results = campaign_results(campaign);
    assert_int_equal(rp_store_open(campaign->path, true, &store, &error), RP_OK);
    assert_int_equal(rp_store_begin(store, &results, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "begun by an earlier ringprobe (schema 2), which counted"));
    rp_store_close(store);
    assert_int_equal(version_of(campaign->path), 2);
    assert_int_equal(scratch_count(&campaign->scratch), 1);
    /* Nothing is counted yet. */
    run(db, "DELETE FROM verdict WHERE place >= 1 << 40; DELETE FROM range");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    store = campaign_begin(campaign, &results);
    assert_false(rp_store_complete(store));
    rp_store_close(store);
    assert_int_equal(version_of(campaign->path), RP_STORE_VERSION);
}

/* Begins with other settings than the campaign was made with, which is refused. */
static void refuse(struct campaign *campaign)
{
    struct rp_results results = campaign_results(campaign);
    struct rp_store *store;
    struct rp_error error = {0};
    results.configuration.limit++;
    assert_int_equal(rp_store_open(campaign->path, true, &store, &error), RP_OK);
    assert_int_equal(rp_store_begin(store, &results, &error), RP_EINPUT);
    rp_store_close(store);
}

static void refused_it_stays_as_it_is(void **state)
{
    struct campaign *campaign = *state;
    write_earlier(campaign);
    refuse(campaign);
    assert_int_equal(version_of(campaign->path), (int)earlier);
    assert_int_equal(scratch_count(&campaign->scratch), 1);
}

static void assert_upgrades(struct campaign *campaign)
{
    struct rp_results results = campaign_results(campaign);
    rp_store_close(campaign_begin(campaign, &results));
    assert_int_equal(version_of(campaign->path), RP_STORE_VERSION);
    assert_int_equal(version_of(kept(campaign)), (int)earlier);
    assert_loads(campaign);
}

/* Begins, which fails with a line that has `why` in it. */
static void assert_fails(struct campaign *campaign, const char *why)
{
    struct rp_results results = campaign_results(campaign);
    struct rp_store *store;
    struct rp_error error = {0};
    assert_int_equal(rp_store_open(campaign->path, true, &store, &error), RP_OK);
    assert_int_equal(rp_store_begin(store, &results, &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, why));
    rp_store_close(store);
    assert_int_equal(version_of(campaign->path), (int)earlier);
}

static void copy_file(const char *from, const char *to)
{
    char bytes[4096];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_true(in && out);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, in)) > 0;)
        assert_int_equal(fwrite(bytes, 1, n, out), n);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

/* The shard is the same campaign, in this version. */
static void merge_compares_it_and_leaves_it_as_it_is(void **state)
{
    struct campaign *campaign = *state;
    struct rp_merged merged;
    struct rp_error error = {0};
    char out[PATH_MAX];
    write_earlier(campaign);
    snprintf(out, sizeof out, "%s", campaign->path);
    snprintf(campaign->path, sizeof campaign->path, "%s", scratch_path(&campaign->scratch, "shard.db"));
    copy_file(out, campaign->path);
    struct rp_results results = campaign_results(campaign);
    rp_store_close(campaign_begin(campaign, &results));
    if (rp_store_merge(out, (char *[]){campaign->path}, 1, false, NULL, &merged, &error))
        fail_msg("%s", error.line);
    assert_true(merged.nothing_new);
    assert_int_equal(version_of(out), (int)earlier);
    assert_int_equal(scratch_count(&campaign->scratch), 3); /* the shard's own is kept */
}

static void a_foreign_file_that_is_there_is_not_written_over(void **state)
{
    struct campaign *campaign = *state;
    write_earlier(campaign);
    const char *old = kept(campaign);
    FILE *file = fopen(old, "w");
    assert_non_null(file);
    assert_true(fputs("mine", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_fails(campaign, earlier > 1 ? "c.db.v2" : "c.db.v1");
    char *bytes = scratch_read(kept(campaign));
    assert_string_equal(bytes, "mine");
    free(bytes);
    assert_int_equal(scratch_count(&campaign->scratch), 2);
}

/* As a scan leaves it that died between the two steps. */
static void a_second_name_of_it_is_no_obstacle(void **state)
{
    struct campaign *campaign = *state;
    write_earlier(campaign);
    assert_int_equal(link(campaign->path, kept(campaign)), 0);
    assert_upgrades(campaign);
    assert_int_equal(scratch_count(&campaign->scratch), 2);
}

static void what_cannot_be_renamed_leaves_nothing(void **state)
{
    struct campaign *campaign = *state;
    write_earlier(campaign);
    rename_fails = EIO;
    assert_fails(campaign, earlier > 1 ? "c.db.v2" : "c.db.v1");
    rename_fails = 0;
    assert_int_equal(scratch_count(&campaign->scratch), 1);
    assert_upgrades(campaign);
}

static void without_links_it_is_copied(void **state)
{
    struct campaign *campaign = *state;
    write_earlier(campaign);
    link_fails = EPERM;
    assert_upgrades(campaign);
    assert_int_equal(scratch_count(&campaign->scratch), 2);
    /* As if the scan had died behind the copy. */
    const char *old = kept(campaign);
    copy_file(old, campaign->path);
    assert_upgrades(campaign);
    assert_int_equal(scratch_count(&campaign->scratch), 2);
    link_fails = 0;
}

static void a_symbolic_link_and_permissions_stay(void **state)
{
    struct campaign *campaign = *state;
    struct stat status;
    char file[PATH_MAX];
    write_earlier(campaign);
    snprintf(file, sizeof file, "%s", campaign->path);
    assert_int_equal(chmod(file, 0640), 0);
    snprintf(campaign->path, sizeof campaign->path, "%s", scratch_path(&campaign->scratch, "link.db"));
    assert_int_equal(symlink("c.db", campaign->path), 0);
    assert_upgrades(campaign);
    assert_int_equal(lstat(campaign->path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(lstat(file, &status), 0);
    assert_int_equal(status.st_mode, S_IFREG | 0640);
    assert_int_equal(scratch_count(&campaign->scratch), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(to_be_read_it_stays_as_it_is),
                                       TEST(to_be_gone_on_with_it_is_kept_beside),
                                       TEST(refused_it_stays_as_it_is),
                                       TEST(half_counted_it_is_not_gone_on_with),
                                       TEST(merge_compares_it_and_leaves_it_as_it_is),
                                       TEST(a_foreign_file_that_is_there_is_not_written_over),
                                       TEST(a_second_name_of_it_is_no_obstacle),
                                       TEST(what_cannot_be_renamed_leaves_nothing),
                                       TEST(without_links_it_is_copied),
                                       TEST(a_symbolic_link_and_permissions_stay)};
    int failed = 0;
    for (earlier = 1; earlier < RP_STORE_VERSION; earlier++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
