/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of a scan by two executors: who shows what, where they part. */
#include "browser/page.h"

#include <stdlib.h>
#include <string.h>

static struct page page;

static int make(void **state)
{
    *state = &page;
    page_make(&page, "-x unicorn,native -m compat32 --shard 0/60");
    return 0;
}

/* Cells by what one executor says, against what the store has of it. */
static void the_map_shows_what_one_executor_says(void **state)
{
    (void)state;
    static const char cells[] = "return Object.keys(RANK).map((verdict) => document.querySelectorAll('#map "
                                "button.' + verdict).length).join()";
    char *all = webdriver_string(&page.browser, cells);
    webdriver_click(&page.browser, "#map-tools button[value=\"native\"]");
    char *native = webdriver_string(&page.browser, cells);
    assert_string_not_equal(all, native);
    assert_true(page_says(&page, "#panel .verdict", "says native under legacy"));
    char *unsure =
        page_ask(&page, "SELECT count(*) FROM opinions WHERE executor = 'native' AND verdict = 'privileged'");
    assert_string_equal(unsure, "0"); /* it has one ring */
    assert_int_equal(
        (int)webdriver_number(&page.browser, "return document.querySelectorAll('#map .privileged').length"),
        0);
    webdriver_click(&page.browser, "#map-tools button[value=\"\"]");
    char *again = webdriver_string(&page.browser, cells);
    assert_string_equal(all, again);
    free(all);
    free(native);
    free(unsure);
    free(again);
}

static void the_panel_has_a_row_for_each(void **state)
{
    (void)state;
    webdriver_click(&page.browser, "#map button.innocuous");
    assert_true(page_says(&page, "#panel .rings:last-of-type tbody", "unicorn"));
    assert_true(page_says(&page, "#panel .rings:last-of-type tbody", "native\tnot run"));
}

/* Nobody gets a verdict put in the mouth. */
static void who_was_not_asked_says_nothing(void **state)
{
    (void)state;
    static const char offered[] =
        "return [...document.querySelectorAll('#map-tools .choice[aria-label=\"Shown by\"] "
        "button')].map((one) "
        "=> one.value).filter(Boolean).every((name) => entriesOf(view.mode).some((entry) => judge(entry, "
        "{executor: name}) !== null)) ? 1 : 0";
    assert_int_equal((int)webdriver_number(&page.browser, offered), 1);
    static const char asked[] =
        "const entry = view.entry; drawPanel([entry], entry, {...view, executor: 'nobody'}, "
        "choose); return judge(entry, {executor: 'nobody'}) === null ? 1 : 0";
    assert_int_equal((int)webdriver_number(&page.browser, asked), 1);
    assert_true(page_says(&page, "#panel .verdict", "nobody was not asked here"));
    static const char drawn[] =
        "drawMap({...view, executor: 'nobody'}); return document.querySelectorAll('#map "
        "button.unknown, #map button.hole').length";
    assert_int_equal((int)webdriver_number(&page.browser, drawn), 0);
}

/* What the theorems call unknown, and what no decoder knows, are two counts. */
static void unknown_is_counted_as_the_theorems_count_it(void **state)
{
    (void)state;
    char *known = page_ask(&page, "SELECT count(*) FROM verdicts WHERE verdict = 'unknown'");
    static const char sum[] =
        "const said = document.getElementById('counts').textContent.replaceAll(',', '');"
        "const one = Number(/(\\d+) unknown;/.exec(said)[1]);"
        "const rest = /(\\d+) unknown in cells/.exec(said);"
        "return one === view.mode.theorems[0].unknown ? one + (rest ? Number(rest[1]) : 0) : -1";
    assert_int_equal((long)webdriver_number(&page.browser, sum), strtol(known, NULL, 10));
    free(known);
}

static void where_they_part_is_grouped_by_cause(void **state)
{
    (void)state;
    char *parted = page_ask(&page, "SELECT count(*) FROM divergences");
    bool any = strtol(parted, NULL, 10) > 0;
    free(parted);
    assert_true(any);
    assert_true(page_says(&page, "section[id^=emulator-divergences] table", "native:"));
    assert_true(page_says(&page, "#instructions-by-executor thead", "native"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, page_open, page_stay_quiet)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_map_shows_what_one_executor_says), TEST(the_panel_has_a_row_for_each),
        TEST(who_was_not_asked_says_nothing),       TEST(unknown_is_counted_as_the_theorems_count_it),
        TEST(where_they_part_is_grouped_by_cause),
    };
    return page_must_skip() ? 77 : cmocka_run_group_tests(tests, make, page_unmake);
}
