/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person asks of the page, who has never seen it: each answer is in sight after at most two actions.
 * And what a store may hold that hates its readers. */
#include "browser/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTIONS_MOST 2

static struct page page;
static unsigned actions;

static int make(void **state)
{
    *state = &page;
    page_make(&page, "-x unicorn -m prot32");
    return 0;
}

static int open_page(void **state)
{
    actions = 0;
    return page_open(state);
}

static int stay_quiet(void **state)
{
    (void)state;
    assert_true(actions <= ACTIONS_MOST);
    page_assert_quiet(&page);
    return 0;
}

static void click(const char *selector)
{
    actions++;
    webdriver_click(&page.browser, selector);
}

static void type(const char *selector, const char *keys)
{
    actions++;
    webdriver_type(&page.browser, selector, keys);
}

/* In sight, and says so. */
static void assert_told(const char *selector, const char *part)
{
    if (!page_sees(&page, selector))
        fail_msg("%s is out of sight", selector);
    assert_true(page_says(&page, selector, part));
}

/* The store's count of instructions, as theorems name them, is what a column says. */
static void assert_count(const char *sql)
{
    char *stored = page_ask(&page, sql), *shown = page_text(&page, "#answer b:nth-of-type(3)");
    assert_string_equal(shown, stored);
    free(stored);
    free(shown);
}

static void is_it_virtualizable_and_why_not(void **state)
{
    (void)state;
    assert_told("h1", "Virtualizable by trap-and-emulate? No.");
    assert_told("#answer", "instructions are sensitive and do not trap in ring 3");
    static const char *const names[] = {"popf", "sgdt", "sidt", "pushf", "smsw", "mov sreg", "verr"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_told("#refuters", names[i]);
    assert_told("#top p.faint", "sufficient, not necessary");
}

static void what_does_popf_do(void **state)
{
    (void)state;
    type("#find", "popf");
    assert_told("#panel h3", "popf");
    assert_told("#panel .verdict", "● hole under legacy");
    assert_told("#panel .sentence", "from the same state the two rings come to different ends, in rflags.if");
    assert_told("#panel .closed-by", "nothing");
    assert_told("#panel .rings thead", "ring 0\tring 3");
    assert_told("#panel .rings .differs", "rflags.if");
    assert_told("#panel .badge.hole", "Robin & Irvine");
}

static void which_bit_closes_sgdt(void **state)
{
    (void)state;
    type("#find", "sgdt");
    assert_told("#panel h3", "sgdt");
    assert_told("#panel .closed-by", "cr4.umip");
}

static void what_would_hardened_leave_open(void **state)
{
    (void)state;
    assert_count("SELECT count(DISTINCT replace(replace(name, 'pushfd', 'pushf'), 'popfd', 'popf'))"
                 " FROM holes WHERE mode = 'prot32'");
    click("#controls button[value=\"hardened\"]");
    assert_told("#answer", "prot32 under policy hardened");
    assert_told("#refuters", "popf");
    char *names = page_text(&page, "#refuters");
    assert_null(strstr(names, "rdtsc"));
    free(names);
    assert_count("SELECT count(DISTINCT replace(replace(name, 'pushfd', 'pushf'), 'popfd', 'popf'))"
                 " FROM holes WHERE mode = 'prot32' AND under_hardened = 'hole'");
}

#define HOSTILE                                                                                              \
    "'</script><script>window.hacked = 1</script><img src=\"x\" onerror=\"window.hacked = 1\">' || char(7) " \
    "|| '\xff'"

static void a_hostile_store_does_nothing(void **state)
{
    (void)state;
    page_change(&page, "UPDATE verdict SET name = '</script><b id=x>', mnemonic = '\"><img src=x>'"
                       " WHERE mode = 3 AND encoding = x'9d'");
    page_change(&page, "UPDATE behaviour SET unknown_reason = " HOSTILE " WHERE verdict = 'unknown'");
    page_change(&page, "UPDATE witness SET replay = " HOSTILE);
    page_change(&page,
                "UPDATE configuration SET value = " HOSTILE " WHERE name IN ('cpu', 'kernel', 'hypervisor')");
    page_write(&page);
    webdriver_open(&page.browser, page.file, "");
    click("#map button[data-row=\"9\"][data-column=\"13\"]");
    assert_true(page_says(&page, "#panel h3", "</script><b id=x>"));
    assert_true(page_says(&page, "#panel .command code", "<img src=\"x\" onerror=\"window.hacked = 1\">??"));
    assert_true(webdriver_truth(&page.browser,
                                "return window.hacked === undefined && !document.querySelector('img, #x') &&"
                                "  document.scripts.length === 2"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_page, stay_quiet)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_it_virtualizable_and_why_not), TEST(what_does_popf_do),
        TEST(which_bit_closes_sgdt),           TEST(what_would_hardened_leave_open),
        TEST(a_hostile_store_does_nothing),
    };
    return page_must_skip() ? 77 : cmocka_run_group_tests(tests, make, page_unmake);
}
