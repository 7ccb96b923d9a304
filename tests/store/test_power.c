/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power failures: of what was committed nothing is lost, of the rest no more than a second's work, and the
 * file is whole, whatever sectors the disk had written by then (power.h). The clock is this test's own. */
#include "base/random.h"
#include "store/campaign.h"
#include "store/power.h"
#include "support/suite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SEED     1
#define FAILURES 300

static bool own_clock;
static double monotonic, calendar;

/* In front of the C library's: the store asks the one, reports the other. */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): its names are the library's own */
int clock_gettime(clockid_t clock, struct timespec *time)
{
    double shown = clock == CLOCK_MONOTONIC ? monotonic : calendar;
    if (!own_clock)
        return (int)syscall(SYS_clock_gettime, clock, time);
    time->tv_sec = (time_t)shown;
    time->tv_nsec = (long)(1e9 * (shown - (double)time->tv_sec));
    return 0;
}

static int begin(void **state)
{
    own_clock = true;
    monotonic = 1000;
    calendar = 2e9;
    return campaign_setup(state);
}

static int end(void **state)
{
    own_clock = false;
    return campaign_teardown(state);
}

/* Puts verdicts until the power fails or `most` of them are put, `step` seconds apart; every fourth is
 * committed if `commits`. Returns how many must be there afterwards: committed, or put a second before the
 * last. */
static size_t put_until_dark(struct campaign *campaign, size_t most, double step, bool commits)
{
    enum { REMEMBERED = 4096 };
    static double when[REMEMBERED];
    struct rp_results results = campaign_results(campaign);
    struct rp_store *store = NULL;
    struct rp_error error = {0};
    bool complete;
    size_t must = 0, place = 0;
    int result = rp_store_open(campaign->path, true, &store, &error);
    if (result == RP_OK)
        result = rp_store_begin(store, &results, &error);
    if (result == RP_OK)
        result = rp_store_begin_mode(store, RP_MODE_LONG64, NULL, 0, &complete, &error);
    if (result == RP_OK)
        must = place = results.count;
    for (size_t put = 0; put < most && result == RP_OK; put++, place++) {
        monotonic += step;
        calendar -= 3600; /* backwards, which nobody may mind */
        when[put % REMEMBERED] = monotonic;
        result = rp_store_put(store, place, &campaign->made.verdict[place % 3], &error);
        if (result == RP_OK && commits && put % 4 == 3) {
            result = rp_store_commit(store, &error);
            must = result == RP_OK ? place + 1 : must;
        }
        /* Whatever was put more than a second before a put that succeeded is on the disk. */
        for (size_t old = 0; result == RP_OK && old < put && put < REMEMBERED; old++)
            if (when[old] < monotonic - 1 && place - (put - old) + 1 > must)
                must = place - (put - old) + 1;
    }
    if (result)
        assert_int_equal(result, RP_EENVIRONMENT);
    rp_results_free(&results);
    rp_store_close(store);
    return must;
}

/* What SQLite itself says of the file. */
static void assert_intact(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

/* Loads, checks, and returns how many verdicts there are. */
static size_t count_stored(struct campaign *campaign)
{
    struct rp_results results = {0};
    struct rp_store *store;
    struct rp_error error = {0};
    if (rp_store_open(campaign->path, false, &store, &error) || rp_store_load(store, &results, &error))
        fail_msg("%s", error.line);
    for (size_t v = 0; v < results.count; v++)
        assert_memory_equal(&results.verdict[v].encoding, &campaign->made.verdict[v % 3].encoding,
                            sizeof(struct rp_encoding));
    size_t count = results.count;
    rp_results_free(&results);
    rp_store_close(store);
    assert_intact(campaign->path);
    return count;
}

/* A campaign with nothing judged, made while the power is on. */
static void make_campaign(struct campaign *campaign)
{
    struct rp_results results = campaign_results(campaign);
    rp_store_close(campaign_begin(campaign, &results));
    rp_results_free(&results);
}

/* Fails the power `failures` times, each time somewhere in the next `span` operations; demands what must be.
 */
static size_t fail_often(struct campaign *campaign, unsigned failures, uint64_t span, double step,
                         bool commits)
{
    struct rp_random random = rp_random_make(SEED, commits);
    size_t stored = 0, lost = 0;
    for (unsigned i = 0; i < failures; i++) {
        power_fails(1 + rp_random_below(&random, span));
        size_t must = put_until_dark(campaign, 2000, step, commits);
        power_returns(rp_random_next(&random));
        stored = count_stored(campaign);
        lost += stored < must;
        if (stored < must)
            print_error("failure %u: %zu verdicts, %zu must be there\n", i, stored, must);
    }
    print_message("seed %d: %u failures, %zu verdicts in the end\n", SEED, failures, stored);
    assert_int_equal(lost, 0);
    return stored;
}

static void what_was_committed_survives_a_power_failure(void **state)
{
    struct campaign *campaign = *state;
    make_campaign(campaign);
    power_begin();
    size_t stored = fail_often(campaign, FAILURES, 200, 1e-6, true);
    power_end();
    assert_true(stored > FAILURES); /* it came forward */
}

static void of_what_nobody_committed_a_second_is_lost_at_most(void **state)
{
    struct campaign *campaign = *state;
    make_campaign(campaign);
    power_begin();
    size_t stored = fail_often(campaign, FAILURES, 100, 0.05, false);
    power_end();
    assert_true(stored > FAILURES);
}

/* The test can tell: the same disk under a journal that is not synced loses what was committed, or the file.
 */
static void a_store_that_does_not_sync_is_found_out(void **state)
{
    struct campaign *campaign = *state;
    struct rp_random random = rp_random_make(SEED, 2);
    unsigned found = 0;
    for (unsigned i = 0; i < 40; i++) {
        sqlite3 *db;
        int rows = -1, committed = 0;
        sqlite3_stmt *count;
        unlink(campaign->path);
        power_begin();
        assert_int_equal(sqlite3_open(campaign->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "CREATE TABLE t(a); PRAGMA synchronous = OFF", NULL, NULL, NULL),
                         0);
        power_fails(1 + rp_random_below(&random, 60));
        while (sqlite3_exec(db, "INSERT INTO t VALUES (zeroblob(3000))", NULL, NULL, NULL) == SQLITE_OK)
            committed++;
        sqlite3_close(db);
        power_returns(rp_random_next(&random));
        assert_int_equal(sqlite3_open(campaign->path, &db), SQLITE_OK);
        if (sqlite3_prepare_v2(db, "SELECT count(*) FROM t", -1, &count, NULL) == SQLITE_OK) {
            rows = sqlite3_step(count) == SQLITE_ROW ? sqlite3_column_int(count, 0) : -1;
            sqlite3_finalize(count);
        }
        sqlite3_close(db);
        power_end();
        found += rows < committed;
    }
    assert_true(found > 20);
}

#define POWER_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        POWER_TEST(what_was_committed_survives_a_power_failure),
        POWER_TEST(of_what_nobody_committed_a_second_is_lost_at_most),
        POWER_TEST(a_store_that_does_not_sync_is_found_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
