/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page as different readers have it: in the dark, on a phone, on paper, by a screen reader, without
 * script. */
#include "browser/page.h"

#include <stdlib.h>
#include <string.h>

static struct page page;

static int make(void **state)
{
    *state = &page;
    page_make(&page, "-x unicorn -m prot32");
    return 0;
}

static int open_page(void **state)
{
    webdriver_size(&page.browser, 1280, 900);
    webdriver_dark(&page.browser, false);
    return page_open(state);
}

static double number(const char *body)
{
    return webdriver_number(&page.browser, body);
}

static bool truth(const char *body)
{
    return webdriver_truth(&page.browser, body);
}

/* WCAG 2.1, 1.4.3: 4.5 for text. The least ratio of any text of the page against what is behind it. */
static const char least_contrast[] =
    "const rgb = (words) => words.match(/[0-9.]+/g).map(Number);"
    "const light = ([r, g, b]) => [r, g, b].map((x) => x / 255)"
    "  .map((x) => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)"
    "  .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);"
    "const behind = (element) => { for (let at = element; at; at = at.parentElement) {"
    "  const colour = rgb(getComputedStyle(at).backgroundColor);"
    "  if (colour.length === 3 || colour[3] === 1) return colour; } return [255, 255, 255]; };"
    "let least = 21;"
    "for (const element of document.querySelectorAll('main *, #tip')) {"
    "  const words = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());"
    "  if (!words || !element.checkVisibility()) continue;"
    "  const [x, y] = [light(rgb(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b "
    "- a);"
    "  least = Math.min(least, (x + 0.05) / (y + 0.05)); }"
    "return least";

static void text_can_be_read_in_both_themes(void **state)
{
    (void)state;
    static const char background[] = "return getComputedStyle(document.body).backgroundColor";
    char *light = webdriver_string(&page.browser, background);
    assert_true(number(least_contrast) >= 4.5);
    webdriver_dark(&page.browser, true);
    char *dark = webdriver_string(&page.browser, background);
    assert_string_not_equal(light, dark);
    assert_true(number(least_contrast) >= 4.5);
    free(light);
    free(dark);
}

static void verdicts_have_glyphs_beside_their_colours(void **state)
{
    (void)state;
    assert_true(
        truth("return ['hole', 'privileged', 'unknown'].every((verdict) => {"
              "  const cells = [...document.querySelectorAll('#map button.' + verdict)];"
              "  return cells.length && cells.every((cell) => cell.innerText.includes(GLYPH[verdict])); })"));
}

static void a_phone_shows_the_map_in_two_halves_that_can_be_read(void **state)
{
    (void)state;
    webdriver_size(&page.browser, 390, 844);
    webdriver_open(&page.browser, page.file, "");
    assert_int_equal((int)number("return document.documentElement.scrollWidth"), 390);
    assert_true(truth("return [...document.querySelectorAll('#map button')].every((cell) => {"
                      "  const at = cell.getBoundingClientRect();"
                      "  return at.width >= 36 && at.height >= 36 && at.left >= 0 && at.right <= 390; })"));
    /* no two cells in one place */
    assert_int_equal(
        (int)number("return new Set([...document.querySelectorAll('#map button')].map((cell) => {"
                    "  const at = cell.getBoundingClientRect(); return at.left + ' ' + at.top; })).size"),
        256);
    assert_false(truth("return document.getElementById('panel').checkVisibility()"));
    webdriver_click(&page.browser, "#map button[data-row=\"9\"][data-column=\"13\"]");
    assert_true(page_sees(&page, "#panel h3"));
    assert_true(page_says(&page, "#panel h3", "popf"));
    assert_true(truth("const panel = document.getElementById('panel'), at = panel.getBoundingClientRect();"
                      "return at.left === 0 && at.right === 390 && at.bottom <= innerHeight &&"
                      "  panel.scrollWidth <= panel.clientWidth"));
    webdriver_click(&page.browser, "#panel .close");
    assert_false(truth("return document.getElementById('panel').checkVisibility()"));
}

/* Names that a screen reader would say, as Chromium computes them. */
static void every_control_has_a_name(void **state)
{
    (void)state;
    json_t *tree = webdriver_command(&page.browser, "Accessibility.getFullAXTree", "{}"), *node;
    size_t i, controls = 0, nameless = 0;
    json_array_foreach(json_object_get(tree, "nodes"), i, node)
    {
        const char *role = json_string_value(json_object_get(json_object_get(node, "role"), "value"));
        const char *name = json_string_value(json_object_get(json_object_get(node, "name"), "value"));
        static const char *const roles[] = {"button",   "link", "searchbox",
                                            "gridcell", "grid", "complementary"};
        for (size_t r = 0; role && r < sizeof roles / sizeof roles[0]; r++) {
            bool is = strcmp(role, roles[r]) == 0 && !json_is_true(json_object_get(node, "ignored"));
            controls += is;
            nameless += is && (!name || !*name);
        }
    }
    json_decref(tree);
    assert_true(controls > 300);
    assert_int_equal(nameless, 0);
    assert_true(
        truth("return [...document.querySelectorAll('#map [role=row]')].every((row) =>"
              "  [...row.children].every((one) => /gridcell|header/.test(one.getAttribute('role'))))"));
}

static void paper_has_the_tables_and_no_controls(void **state)
{
    (void)state;
    json_decref(webdriver_command(&page.browser, "Emulation.setEmulatedMedia", "{\"media\":\"print\"}"));
    assert_false(truth("return ['#controls', '#map-tools', '.filter', '.command button'].some((one) =>"
                       "  document.querySelector(one).checkVisibility())"));
    assert_true(truth("return ['#answer', '#board', '#map', '#panel', '#holes table', '#bits'].every((one) =>"
                      "  document.querySelector(one).checkVisibility())"));
    json_decref(webdriver_command(&page.browser, "Emulation.setEmulatedMedia", "{\"media\":\"\"}"));
}

static void without_script_there_are_plain_tables(void **state)
{
    (void)state;
    struct webdriver plain;
    webdriver_start(&plain, false);
    webdriver_open(&plain, page.file, "#popf-prot32");
    static const char *const truths[] = {
        "return !document.querySelector('#map button')",
        "return document.querySelector('#popf-prot32').textContent.trim() === '● popf'",
        "const at = document.querySelector('#popf-prot32').getBoundingClientRect();"
        "return at.top >= 0 && at.bottom <= innerHeight",
        "return document.querySelector('#answer').checkVisibility() &&"
        "  !document.querySelector('#controls').checkVisibility()",
        "return [...document.querySelectorAll('#holes th[scope=row]')].some((one) => one.textContent === "
        "'popf')",
        "return document.querySelector('#witnesses').textContent.includes('rp1:unicorn:legacy:prot32:')",
    };
    for (size_t i = 0; i < sizeof truths / sizeof truths[0]; i++)
        if (!webdriver_truth(&plain, truths[i]))
            fail_msg("%s", truths[i]);
    assert_int_equal(webdriver_complaints(&plain), 0);
    assert_int_equal(webdriver_requests(&plain), 0);
    webdriver_stop(&plain);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_page, page_stay_quiet)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(text_can_be_read_in_both_themes),
        TEST(verdicts_have_glyphs_beside_their_colours),
        TEST(a_phone_shows_the_map_in_two_halves_that_can_be_read),
        TEST(every_control_has_a_name),
        TEST(paper_has_the_tables_and_no_controls),
        TEST(without_script_there_are_plain_tables),
    };
    return page_must_skip() ? 77 : cmocka_run_group_tests(tests, make, page_unmake);
}
