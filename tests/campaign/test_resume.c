/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scans with a store: whatever ends a sitting, the next goes on behind it, and what comes out in the end is
 * what an undisturbed scan gives. */
#include "campaign/answers.h"
#include "report/format.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct scratch scratch;

static int setup(void **state)
{
    (void)state;
    scratch_init(&scratch);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scratch_free(&scratch);
    return 0;
}

static struct rp_scan_options some(unsigned workers)
{
    return (struct rp_scan_options){.campaign = campaign(answer_some, NULL, workers),
                                    .modes = 1 << RP_MODE_PROT32 | 1 << RP_MODE_REAL16,
                                    .limit = 60};
}

/* One sitting; returns its report in canonical form, from malloc, and in *result how it ended. */
static char *sit(struct rp_scan_options options, const char *path, int *result)
{
    struct rp_results results = {.configuration = {.executors = "fake",
                                                   .date = "2026-01-01T00:00:00Z",
                                                   .command = "ringprobe scan",
                                                   .modes = options.modes}};
    struct rp_error error = {0};
    struct rp_text text = {0};
    if (path && rp_store_open(path, true, &options.store, &error))
        fail_msg("%s", error.line);
    *result = rp_scan(&options, &results, &error);
    if (*result != RP_OK && *result != RP_EINTERRUPTED)
        fail_msg("%s", error.line);
    rp_format_find("canonical")->report(&results, NULL, &text);
    assert_false(text.failed);
    rp_results_free(&results);
    rp_store_close(options.store);
    return text.data;
}

static size_t stored(const char *path)
{
    struct rp_results results = {0};
    struct rp_store *store;
    assert_int_equal(rp_store_open(path, false, &store, NULL), RP_OK);
    assert_int_equal(rp_store_load(store, &results, NULL), RP_OK);
    size_t count = results.count;
    rp_results_free(&results);
    rp_store_close(store);
    return count;
}

static void a_store_changes_nothing_of_what_comes_out(void **state)
{
    (void)state;
    int result;
    char *without = sit(some(2), NULL, &result);
    char *with = sit(some(2), scratch_path(&scratch, "c.db"), &result);
    assert_string_equal(with, without);
    assert_int_equal(stored(scratch_path(&scratch, "c.db")), 120);
    char *again = sit(some(1), scratch_path(&scratch, "c.db"), &result); /* nothing is left to judge */
    assert_string_equal(again, without);
    free(again);
    free(with);
    free(without);
}

/* A budget of a few hundred encodings' runs: the end of a mode lies within a sitting, too. */
static void sittings_of_any_length_add_up_to_one(void **state)
{
    (void)state;
    const char *path = scratch_path(&scratch, "c.db");
    int result;
    char *whole = sit(some(1), NULL, &result), *last = NULL;
    for (uint64_t runs = 3000; runs <= 12000; runs *= 4) {
        unsigned sittings = 0;
        size_t before = 0;
        do {
            struct rp_scan_options options = some(1 + sittings % 3);
            options.runs = runs;
            free(last);
            last = sit(options, path, &result);
            assert_true(result == RP_OK || stored(path) > before);
            before = stored(path);
            sittings++;
        } while (result == RP_EINTERRUPTED);
        assert_string_equal(last, whole);
        assert_true(sittings > 1);
        remove(path);
    }
    free(last);
    free(whole);
}

/* The wide space of some forms: ADD with all its ModRM bytes. */
static struct rp_scan_options wide(unsigned workers)
{
    struct rp_scan_options options = some(workers);
    options.wide = true;
    options.modes = 1 << RP_MODE_PROT32;
    options.limit = 12;
    return options;
}

static struct rp_mode_results counts(const char *path)
{
    struct rp_results results = {0};
    struct rp_store *store;
    assert_int_equal(rp_store_open(path, false, &store, NULL), RP_OK);
    assert_int_equal(rp_store_load(store, &results, NULL), RP_OK);
    rp_results_free(&results);
    rp_store_close(store);
    return results.mode[RP_MODE_PROT32];
}

static void ranges_count_every_encoding_of_the_wide_space_once(void **state)
{
    (void)state;
    const char *path = scratch_path(&scratch, "c.db");
    int result;
    char *without = sit(wide(2), NULL, &result), *with = sit(wide(1), path, &result);
    assert_int_equal(result, RP_OK);
    assert_string_equal(with, without);
    const struct rp_mode_results mode = counts(path);
    assert_true(mode.wide > 5000);
    assert_int_equal(mode.compared, mode.wide);
    assert_int_equal(mode.count, 12 + mode.exceptions);
    char *again = sit(wide(1), path, &result); /* nothing is left */
    assert_string_equal(again, without);
    free(again);
    free(with);
    free(without);
}

/* With a store the verdicts of a mode that is done are not kept in memory; the report has them all. */
static void modes_that_a_wide_scan_let_go_of_come_back(void **state)
{
    (void)state;
    const char *path = scratch_path(&scratch, "c.db");
    struct rp_scan_options options = wide(2);
    int result;
    options.modes = 1 << RP_MODE_PROT16 | 1 << RP_MODE_REAL16;
    options.limit = 1;
    char *without = sit(options, NULL, &result), *last = sit(options, path, &result);
    assert_string_equal(last, without);
    free(last);
    last = sit(options, path, &result); /* nothing is left to judge */
    assert_string_equal(last, without);
    assert_non_null(strstr(last, "real16, wide space"));
    free(last);
    free(without);
}

static void sittings_within_the_wide_space_add_up_to_one(void **state)
{
    (void)state;
    const char *path = scratch_path(&scratch, "c.db");
    int result;
    char *whole = sit(wide(1), NULL, &result), *last = NULL;
    unsigned sittings = 0;
    uint64_t before = 0;
    do {
        struct rp_scan_options options = wide(1 + sittings % 3);
        options.runs = 9000;
        free(last);
        last = sit(options, path, &result);
        assert_true(result == RP_OK || sittings == 0 || counts(path).compared > before);
        before = counts(path).compared;
        sittings++;
    } while (result == RP_EINTERRUPTED);
    assert_string_equal(last, whole);
    assert_true(sittings > 3);
    free(last);
    free(whole);
}

/* 01 c3 has the form of 01 d8 and so many others; its runs abort, and theirs do not. */
static void one_encoding_that_kills_costs_its_range_nothing(void **state)
{
    (void)state;
    const char *path = scratch_path(&scratch, "c.db");
    struct rp_encoding culprit = {{0x01, 0xc3}, 2};
    struct rp_scan_options options = wide(2);
    int result;
    unsigned died = 0;
    options.campaign = campaign(answer_or_abort, &culprit, 2);
    free(sit(options, path, &result));
    assert_int_equal(result, RP_OK);
    struct rp_results results = {0};
    struct rp_store *store;
    assert_int_equal(rp_store_open(path, false, &store, NULL), RP_OK);
    assert_int_equal(rp_store_load(store, &results, NULL), RP_OK);
    for (size_t i = 0; i < results.count; i++)
        died += results.verdict[i].opinion[0].ring[0].kind == RP_OUTCOME_DIED;
    assert_int_equal(died, 1);
    assert_int_equal(results.mode[RP_MODE_PROT32].compared, results.mode[RP_MODE_PROT32].wide);
    rp_results_free(&results);
    rp_store_close(store);
}

static volatile sig_atomic_t stop;

static void stop_soon(void *context, enum rp_mode mode, const struct rp_pool_status *status, size_t holes)
{
    (void)context, (void)mode, (void)holes;
    stop = status->done >= 30;
}

static void an_interrupted_scan_has_stored_what_it_did(void **state)
{
    (void)state;
    const char *path = scratch_path(&scratch, "c.db");
    struct rp_scan_options options = some(2);
    int result;
    char *whole = sit(options, NULL, &result), *last;
    stop = 0;
    options.campaign.stop = &stop;
    options.campaign.progress = stop_soon;
    last = sit(options, path, &result);
    if (result == RP_EINTERRUPTED) /* it may have been faster */
        assert_true(stored(path) > 0 && stored(path) < 120);
    free(last);
    last = sit(some(2), path, &result);
    assert_int_equal(result, RP_OK);
    assert_string_equal(last, whole);
    free(last);
    free(whole);
}

/* The store's failure ends the scan, and what it said is the line. */
static void another_seed_is_refused_before_anything_is_judged(void **state)
{
    (void)state;
    const char *path = scratch_path(&scratch, "c.db");
    struct rp_scan_options options = some(1);
    struct rp_results results = {
        .configuration = {
            .executors = "fake", .date = "d", .command = "c", .modes = options.modes, .random_seed = 2}};
    struct rp_error error = {0};
    int result;
    free(sit(options, path, &result));
    assert_int_equal(rp_store_open(path, true, &options.store, NULL), RP_OK);
    assert_int_equal(rp_scan(&options, &results, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "another --seed"));
    assert_int_equal(results.count, 0);
    rp_store_close(options.store);
}

/* Deaths are retried, and the runs that kill are known by their number: a worker's death and an interruption
 * of the scan have nothing to do with each other. */
static void an_encoding_that_kills_is_stored_as_a_crash(void **state)
{
    (void)state;
    const char *path = scratch_path(&scratch, "c.db");
    struct rp_encoding culprit = {{0x00, 0x03}, 2};
    struct rp_scan_options options = some(2);
    struct rp_store *store;
    struct rp_results results = {0};
    int result;
    unsigned died = 0;
    options.campaign = campaign(answer_or_abort, &culprit, 2);
    free(sit(options, path, &result));
    assert_int_equal(rp_store_open(path, false, &store, NULL), RP_OK);
    assert_int_equal(rp_store_load(store, &results, NULL), RP_OK);
    for (size_t i = 0; i < results.count; i++)
        died += results.verdict[i].opinion[0].ring[0].kind == RP_OUTCOME_DIED;
    assert_true(died > 0 && results.deaths >= died);
    rp_results_free(&results);
    rp_store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_store_changes_nothing_of_what_comes_out),
        TEST(sittings_of_any_length_add_up_to_one),
        TEST(ranges_count_every_encoding_of_the_wide_space_once),
        TEST(modes_that_a_wide_scan_let_go_of_come_back),
        TEST(sittings_within_the_wide_space_add_up_to_one),
        TEST(one_encoding_that_kills_costs_its_range_nothing),
        TEST(an_interrupted_scan_has_stored_what_it_did),
        TEST(another_seed_is_refused_before_anything_is_judged),
        TEST(an_encoding_that_kills_is_stored_as_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
