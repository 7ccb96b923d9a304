/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page in a browser: maps, witnesses, switches, tables, links. After each test the console is empty and
 * nothing was asked for. */
#include "browser/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POPF_CELL "#map button[data-row=\"9\"][data-column=\"13\"]"
#define ENTER     "\xee\x80\x87" /* WebDriver's code points of keys */
#define RIGHT     "\xee\x80\x94"
#define DOWN      "\xee\x80\x95"

static struct page page;

static int make(void **state)
{
    *state = &page;
    page_make(&page, "-x unicorn -m prot32,vm86");
    return 0;
}

static double number(const char *body)
{
    return webdriver_number(&page.browser, body);
}

static bool truth(const char *body)
{
    return webdriver_truth(&page.browser, body);
}

static void a_cell_opens_the_witness_that_the_store_has(void **state)
{
    (void)state;
    assert_int_equal((int)number("return document.querySelectorAll('#map button').length"), 256);
    webdriver_click(&page.browser, "#map button[data-row=\"0\"][data-column=\"6\"]");
    assert_true(page_says(&page, "#panel h3", "push sreg"));
    webdriver_click(&page.browser, POPF_CELL);
    assert_true(page_says(&page, "#panel h3", "popf"));
    char *witness = page_ask(&page, "SELECT witness FROM verdicts WHERE mode = 'prot32' AND encoding = '9d'");
    char *shown = page_text(&page, "#panel .command code");
    char wanted[2100];
    snprintf(wanted, sizeof wanted, "ringprobe replay %s", witness);
    assert_string_equal(shown, wanted);
    assert_true(page_says(&page, "#panel .rings thead", "ring 0\tring 3"));
    assert_true(number("return document.querySelectorAll('#panel .rings mark').length") >= 2);
    assert_true(page_says(&page, "#panel dl", "POPF/POPFD/POPFQ")); /* the manual's section */
    free(witness);
    free(shown);
}

static void the_replay_line_is_copied_or_selected(void **state)
{
    (void)state;
    webdriver_click(&page.browser, "#panel .command button");
    assert_true(
        truth("const said = document.querySelector('#panel .command button').textContent;"
              "return said !== 'copy' && getSelection().toString().startsWith('ringprobe replay rp1:')"));
}

/* Each witness of the page, against the store's of the same mode and encoding. */
static void every_witness_is_the_stores(void **state)
{
    (void)state;
    json_t *lines =
               webdriver_run(&page.browser, "return data.modes.flatMap((mode) => entriesOf(mode)"
                                            ".filter((entry) => entry.witness)"
                                            ".map((entry) => [mode.name, entry.hex, entry.witness.line]))"),
           *line;
    size_t i;
    assert_true(json_array_size(lines) > 50);
    json_array_foreach(lines, i, line)
    {
        char sql[256];
        snprintf(sql, sizeof sql, "SELECT witness FROM verdicts WHERE mode = '%s' AND encoding = '%s'",
                 json_string_value(json_array_get(line, 0)), json_string_value(json_array_get(line, 1)));
        char *stored = page_ask(&page, sql);
        assert_string_equal(json_string_value(json_array_get(line, 2)), stored);
        free(stored);
    }
    json_decref(lines);
}

/* As many encodings in the cells of the maps as in the store, by verdict. */
static void the_maps_hold_every_encoding(void **state)
{
    (void)state;
    static const char *const verdicts[] = {"hole", "privileged", "innocuous", "unknown"};
    for (size_t i = 0; i < 4; i++) {
        char sql[128], body[512];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM verdicts WHERE verdict = '%s'", verdicts[i]);
        snprintf(body, sizeof body,
                 "return data.modes.flatMap((mode) => entriesOf(mode))"
                 ".filter((entry) => entry.behaviour.verdict === '%s')"
                 ".reduce((sum, entry) => sum + entry.encodings, 0)"
                 " + ('%s' === 'unknown' ? data.modes.reduce((sum, mode) => sum + mode.elsewhere, 0) : 0)",
                 verdicts[i], verdicts[i]);
        char *stored = page_ask(&page, sql);
        assert_int_equal((long)number(body), strtol(stored, NULL, 10));
        free(stored);
    }
}

static void policies_and_modes_colour_the_map_anew(void **state)
{
    (void)state;
    webdriver_click(&page.browser, "#map-tools button[value=\"1\"]"); /* 0F */
    static const char rdtsc[] = "#map button[data-row=\"3\"][data-column=\"1\"]";
    char body[160];
    snprintf(body, sizeof body, "return document.querySelector('%s').className", rdtsc);
    char *before = webdriver_string(&page.browser, body);
    webdriver_click(&page.browser, "#controls button[value=\"hardened\"]");
    char *after = webdriver_string(&page.browser, body);
    assert_string_equal(before, "hole");
    assert_string_equal(after, "privileged");
    free(before);
    free(after);
    webdriver_click(&page.browser, "#controls button[value=\"vm86\"]");
    assert_true(page_says(&page, "#answer", "vm86"));
    assert_true(
        truth("return document.querySelector('#controls button[value=vm86]').ariaPressed === 'true'"));
    webdriver_click(&page.browser, "#board td[data-mode=\"prot32\"][data-policy=\"linux\"] button");
    assert_true(page_says(&page, "#answer", "prot32 under policy linux"));
}

static void groups_stand_by_reg(void **state)
{
    (void)state;
    webdriver_click(&page.browser, "#map-tools button[value=\"groups\"]");
    assert_true(truth("const cell = [...document.querySelectorAll('#map button.hole')]"
                      ".find((one) => one.ariaLabel.startsWith('0F 01 /0'));"
                      "return cell.innerText.startsWith('sgdt')"));
}

static void hovering_tells_name_verdict_and_resource(void **state)
{
    (void)state;
    json_decref(webdriver_run(&page.browser, "document.querySelector('" POPF_CELL "')"
                                             ".dispatchEvent(new MouseEvent('mouseover', {bubbles: true}))"));
    assert_true(page_says(&page, "#tip", "popf: hole"));
    assert_true(page_says(&page, "#tip", "rflags.if"));
}

static void the_keyboard_walks_the_map(void **state)
{
    (void)state;
    webdriver_type(&page.browser, "#map button[data-row=\"8\"][data-column=\"12\"]", RIGHT DOWN);
    assert_true(truth("return document.activeElement.matches('" POPF_CELL "')"));
    webdriver_type(&page.browser, POPF_CELL, ENTER);
    assert_true(page_says(&page, "#panel h3", "popf"));
    assert_int_equal((int)number("return document.querySelectorAll('#map [tabindex=\"0\"]').length"), 1);
}

static void tables_are_filtered_and_sorted(void **state)
{
    (void)state;
    static const char visible[] =
        "return [...document.querySelectorAll('#holes tbody tr')].filter((row) => !row.hidden).length";
    int all = (int)number(visible);
    webdriver_type(&page.browser, "#holes input", "gdtr robin");
    assert_int_equal((int)number(visible), 1);
    assert_true(page_says(&page, "#holes tbody tr:not([hidden])", "sgdt"));
    webdriver_type(&page.browser, "#holes input",
                   "\xee\x80\x83\xee\x80\x83\xee\x80\x83\xee\x80\x83\xee\x80\x83"
                   "\xee\x80\x83\xee\x80\x83\xee\x80\x83\xee\x80\x83\xee\x80\x83");
    assert_int_equal((int)number(visible), all);
    for (unsigned down = 0; down < 2; down++) {
        webdriver_click(&page.browser, "#holes th button");
        char body[400];
        snprintf(
            body, sizeof body,
            "const names = [...document.querySelectorAll('#holes tbody th')].map((one) => one.textContent);"
            "return names.every((name, i) => !i || collator.compare(names[i - 1], name) * %d <= 0)",
            down ? -1 : 1);
        assert_true(truth(body));
    }
    webdriver_click(&page.browser, "#holes tbody tr:last-child a");
    assert_true(page_comes_to_say(&page, "#panel h3", "call far"));
}

static void links_open_instruction_mode_and_policy(void **state)
{
    (void)state;
    webdriver_open(&page.browser, page.file, "#mov-sreg-prot32");
    assert_true(page_says(&page, "#panel h3", "mov sreg"));
    assert_true(page_sees(&page, "#panel h3"));
    webdriver_open(&page.browser, page.file, "#sgdt-vm86-hardened");
    assert_true(page_says(&page, "#panel h3", "sgdt"));
    assert_true(page_says(&page, "#answer", "vm86 under policy hardened"));
    webdriver_open(&page.browser, page.file, "#nothing-prot32");
    assert_true(page_says(&page, "#answer", "prot32 under policy legacy"));
    webdriver_click(&page.browser, POPF_CELL);
    assert_true(truth("return location.hash === '#popf-prot32'"));
}

static void what_is_not_the_pages_own_does_not_run(void **state)
{
    (void)state;
    assert_true(
        truth("const script = document.createElement('script'); script.textContent = 'window.ran = 1';"
              "document.body.append(script); return window.ran === undefined"));
    assert_true(
        truth("const image = new Image(); let refused = false;"
              "document.addEventListener('securitypolicyviolation', () => { window.refused = true; });"
              "image.src = 'http:' + '//localhost/x.png'; return true"));
    json_t *result = webdriver_command(&page.browser, "Runtime.evaluate",
                                       "{\"expression\":\"fetch('http:' + '//localhost/').then(() => 'came', "
                                       "() => String(window.refused))\",\"awaitPromise\":true}");
    assert_string_equal(json_string_value(json_object_get(json_object_get(result, "result"), "value")),
                        "true");
    json_decref(result);
    assert_true(webdriver_complaints(&page.browser) >= 2); /* refusals; and nothing was asked for: teardown */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, page_open, page_stay_quiet)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_cell_opens_the_witness_that_the_store_has),
        TEST(the_replay_line_is_copied_or_selected),
        TEST(every_witness_is_the_stores),
        TEST(the_maps_hold_every_encoding),
        TEST(policies_and_modes_colour_the_map_anew),
        TEST(groups_stand_by_reg),
        TEST(hovering_tells_name_verdict_and_resource),
        TEST(the_keyboard_walks_the_map),
        TEST(tables_are_filtered_and_sorted),
        TEST(links_open_instruction_mode_and_policy),
        TEST(what_is_not_the_pages_own_does_not_run),
    };
    return page_must_skip() ? 77 : cmocka_run_group_tests(tests, make, page_unmake);
}
