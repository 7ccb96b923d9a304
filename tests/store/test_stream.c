/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts that stay in the file are those that are read into memory, in whatever order they are asked for.
 */
#include "report/json.h"
#include "store/campaign.h"
#include "store/digest.h"
#include "store/internal.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct rp_store *stream(const struct campaign *campaign, struct rp_results *results)
{
    struct rp_store *store;
    struct rp_error error = {0};
    *results = (struct rp_results){0};
    if (rp_store_open(campaign->path, false, &store, &error) || rp_store_stream(store, results, &error)) {
        fail_msg("%s", error.line);
        abort(); /* never: fail_msg does not return, which analyzers do not know */
    }
    return store;
}

static void assert_same(const struct rp_verdict *a, const struct rp_verdict *b)
{
    struct rp_text text[2] = {{0}};
    rp_json_verdict_line(a, &text[0]);
    rp_json_verdict_line(b, &text[1]);
    assert_string_equal(rp_text_string(&text[0]), rp_text_string(&text[1]));
    assert_true(rp_verdict_digest(a) == rp_verdict_digest(b));
    for (unsigned i = 0; i < 2; i++)
        rp_text_free(&text[i]);
}

static void each_is_there_in_any_order_and_none_in_memory(void **state)
{
    struct campaign *campaign = *state;
    const struct rp_results *all = &campaign->made.results;
    struct rp_results results;
    campaign_widen(campaign);
    campaign_write(campaign);
    struct rp_store *store = stream(campaign, &results);
    assert_null(results.verdict);
    assert_int_equal(results.count, all->count);
    assert_int_equal(results.mode[RP_MODE_PROT32].exceptions, 1);
    assert_true(results.count > 3);
    for (size_t i = 0; i < results.count; i++)
        assert_same(rp_results_at(&results, i), &all->verdict[i]);
    for (size_t i = results.count; i-- > 0;)
        assert_same(rp_results_at(&results, i), &all->verdict[i]);
    for (size_t i = 0; i < results.count; i += 2)
        for (unsigned twice = 0; twice < 2; twice++)
            assert_same(rp_results_at(&results, i), &all->verdict[i]);
    assert_int_equal(rp_results_told(&results, NULL), RP_OK);
    rp_results_free(&results);
    rp_store_close(store);
}

static void what_is_kept_outlives_what_is_asked_for_next(void **state)
{
    struct campaign *campaign = *state;
    const struct rp_results *all = &campaign->made.results;
    const struct rp_verdict *kept[64];
    const char *name[64];
    struct rp_results results;
    campaign_write(campaign);
    struct rp_store *store = stream(campaign, &results);
    assert_in_range(results.count, 2, 64);
    for (size_t i = 0; i < results.count; i++) {
        const struct rp_verdict *v = rp_results_at(&results, i);
        kept[i] = rp_results_keep(&results, v);
        name[i] = rp_results_name(&results, v->name);
        assert_ptr_equal(rp_results_keep(&results, v), kept[i]); /* once */
        assert_ptr_equal(rp_results_keep(&results, kept[i]), kept[i]);
    }
    for (size_t i = 0; i < results.count; i++) /* a report that passes by again finds it */
        assert_ptr_equal(rp_results_keep(&results, rp_results_at(&results, i)), kept[i]);
    for (size_t i = 0; i < results.count; i++) {
        assert_same(kept[i], &all->verdict[i]);
        assert_string_equal(name[i], all->verdict[i].name);
    }
    rp_results_free(&results);
    rp_store_close(store);
}

static void every_report_is_that_of_verdicts_in_memory(void **state)
{
    struct campaign *campaign = *state;
    struct made streamed = {0};
    campaign_widen(campaign);
    campaign_write(campaign);
    struct rp_store *store = stream(campaign, &streamed.results);
    for (size_t i = 0; i < rp_format_count; i++) {
        char *first = made_report(&campaign->made, rp_formats[i].name, 100);
        char *second = made_report(&streamed, rp_formats[i].name, 100);
        assert_string_equal(first, second);
        free(first);
        free(second);
    }
    rp_results_free(&streamed.results);
    rp_store_close(store);
}

static void nobody_writes_what_is_still_to_be_read(void **state)
{
    struct campaign *campaign = *state;
    struct rp_error error = {0};
    struct rp_results results;
    struct rp_store *second;
    campaign_write(campaign);
    struct rp_store *store = stream(campaign, &results);
    assert_int_equal(rp_store_open(campaign->path, true, &second, &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, "is in use"));
    rp_store_close(second);
    rp_results_free(&results);
    rp_store_close(store);
}

/* A disk that fails between two passes over the file. */
static void what_cannot_be_read_any_more_is_told(void **state)
{
    struct campaign *campaign = *state;
    struct rp_error error = {0};
    struct rp_results results;
    campaign_write(campaign);
    struct rp_store *store = stream(campaign, &results);
    assert_int_equal(rp_results_told(&results, &error), RP_OK);
    assert_int_equal(truncate(campaign->path, 4096), 0);
    sqlite3_db_release_memory(store->db);
    assert_string_equal(rp_results_at(&results, 0)->name, "");
    assert_int_not_equal(rp_results_told(&results, &error), RP_OK);
    assert_non_null(strstr(error.line, campaign->path));
    rp_results_free(&results);
    rp_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_is_there_in_any_order_and_none_in_memory),
        TEST(what_is_kept_outlives_what_is_asked_for_next),
        TEST(every_report_is_that_of_verdicts_in_memory),
        TEST(nobody_writes_what_is_still_to_be_read),
        TEST(what_cannot_be_read_any_more_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
