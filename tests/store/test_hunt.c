/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hunt's lines come back as they were kept, those that were committed and no others; a campaign is a scan's
 * or a hunt's. */
#include "store/hunt.h"

#include "store/campaign.h"
#include "support/suite.h"

#include <string.h>

static struct rp_store *begin(struct campaign *campaign)
{
    static struct rp_results results;
    results = campaign_results(campaign);
    results.configuration.hunt = true;
    return campaign_begin(campaign, &results);
}

static void put(struct rp_store *store, uint64_t place, const char *line)
{
    assert_int_equal(rp_store_hunt_put(store, place, line, strlen(line), NULL), RP_OK);
}

static void expect(struct campaign *campaign, const char *wanted)
{
    struct rp_store *store;
    struct rp_text lines = {0};
    assert_int_equal(rp_store_open(campaign->path, false, &store, NULL), RP_OK);
    assert_int_equal(rp_store_hunt_read(store, &lines, NULL), RP_OK);
    assert_string_equal(rp_text_string(&lines), wanted);
    rp_text_free(&lines);
    rp_store_close(store);
}

static void lines_come_back_in_their_order(void **state)
{
    struct rp_store *store = begin(*state);
    put(store, 3, "four");
    put(store, 0, "{}");
    assert_int_equal(rp_store_commit(store, NULL), RP_OK);
    rp_store_close(store);
    expect(*state, "{}\nfour\n");
}

static void what_was_not_committed_is_gone_and_the_rest_is_there(void **state)
{
    struct rp_store *store = begin(*state);
    put(store, 0, "one");
    put(store, 4, "two");
    assert_int_equal(rp_store_commit(store, NULL), RP_OK);
    assert_int_equal(rp_store_hunt_cut(store, 4, NULL), RP_OK);
    put(store, 4, "three");
    rp_store_close(store);
    expect(*state, "one\ntwo\n");
}

static void a_cut_takes_what_stands_from_there_on(void **state)
{
    struct rp_store *store = begin(*state);
    put(store, 0, "one");
    put(store, 4, "two");
    put(store, 8, "three");
    assert_int_equal(rp_store_hunt_cut(store, 4, NULL), RP_OK);
    put(store, 4, "2");
    assert_int_equal(rp_store_commit(store, NULL), RP_OK);
    rp_store_close(store);
    expect(*state, "one\n2\n");
}

static void a_line_that_is_missing_shows(void **state)
{
    struct campaign *campaign = *state;
    struct rp_store *store = begin(campaign);
    struct rp_text lines = {0};
    struct rp_error error = {0};
    put(store, 0, "one");
    put(store, 8, "three");
    assert_int_equal(rp_store_hunt_read(store, &lines, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "a line of its hunt is missing"));
    rp_text_free(&lines);
    rp_store_close(store);
}

static void a_scan_and_a_hunt_do_not_take_each_others_campaign(void **state)
{
    struct campaign *campaign = *state;
    struct rp_results scan = campaign_results(campaign), none = {0};
    struct rp_store *store = begin(campaign);
    struct rp_error error = {0};
    rp_store_close(store);
    assert_int_equal(rp_store_open(campaign->path, true, &store, NULL), RP_OK);
    assert_int_equal(rp_store_begin(store, &scan, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "is a hunt's, and no scan goes on with it"));
    assert_int_equal(rp_store_load(store, &none, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "is a hunt's and has no verdicts"));
    rp_store_close(store);
}

static void a_scans_campaign_has_no_hunt(void **state)
{
    struct campaign *campaign = *state;
    struct rp_store *store;
    struct rp_text lines = {0};
    struct rp_error error = {0};
    struct rp_results results = campaign_results(campaign);
    campaign_write(campaign);
    results.configuration.hunt = true;
    assert_int_equal(rp_store_open(campaign->path, true, &store, NULL), RP_OK);
    assert_int_equal(rp_store_hunt_read(store, &lines, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "is a scan's, not a hunt's"));
    assert_int_equal(rp_store_begin(store, &results, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "is a scan's, and no hunt goes on with it"));
    rp_text_free(&lines);
    rp_store_close(store);
}

static void a_database_shows_in_its_first_bytes(void **state)
{
    struct campaign *campaign = *state;
    assert_false(rp_store_is_database(campaign->path));
    rp_store_close(begin(campaign));
    assert_true(rp_store_is_database(campaign->path));
    assert_false(rp_store_is_database("/dev/null"));
    assert_false(rp_store_is_database("/"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_come_back_in_their_order),
        TEST(what_was_not_committed_is_gone_and_the_rest_is_there),
        TEST(a_cut_takes_what_stands_from_there_on),
        TEST(a_line_that_is_missing_shows),
        TEST(a_scan_and_a_hunt_do_not_take_each_others_campaign),
        TEST(a_scans_campaign_has_no_hunt),
        TEST(a_database_shows_in_its_first_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
