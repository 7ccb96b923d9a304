/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page as bytes: what is in it, that nothing in it acts on its own, and that its data is that of the
 * results. What a browser makes of it is tests/browser. */
#include "support/made.h"
#include "support/suite.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOSTILE "</script><!--<script>alert(1)</script>\"'&\33\x01\xff\xc2\x9b"

static struct made made;

static int make(void **state)
{
    (void)state;
    made_init(&made);
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    made_free(&made);
    return 0;
}

static size_t count(const char *text, const char *part)
{
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        found++;
    return found;
}

/* The data element of a page, parsed. */
static json_t *data_of(const char *page)
{
    const char *begin = strstr(page, "id=\"data\">");
    assert_non_null(begin);
    begin += strlen("id=\"data\">");
    const char *end = strstr(begin, "</script>");
    assert_non_null(end);
    json_error_t error;
    json_t *data = json_loadb(begin, (size_t)(end - begin), 0, &error);
    if (!data)
        print_error("%s at %d\n", error.text, error.position);
    assert_non_null(data);
    return data;
}

static const char *string_at(json_t *data, json_t *number)
{
    return json_string_value(
        json_array_get(json_object_get(data, "strings"), (size_t)json_integer_value(number)));
}

static struct rp_verdict *add_hole(const char *hex)
{
    struct rp_verdict *v = made_add(&made, RP_MODE_PROT32, hex, RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_GDTR_BASE, RP_ANSWER_HOLE, RP_ANSWER_PRIVILEGED);
    return v;
}

static void hostile_strings_open_no_element_and_end_none(void **state)
{
    (void)state;
    struct rp_verdict *v = add_hole("0f0103");
    char *clean = made_report(&made, "html", 0);
    made.results.configuration.cpu = made.results.configuration.executors = HOSTILE;
    made.results.configuration.kernel = made.results.configuration.command = HOSTILE;
    snprintf(v->name, sizeof v->name, "%s", "</script><script>x");
    snprintf(v->mnemonic, sizeof v->mnemonic, "%s", "x\"'><b onclick=1>\t\x01");
    free(v->replay);
    v->replay = strdup("rp1:" HOSTILE);
    snprintf(v->opinion[0].executor, sizeof v->opinion[0].executor, "%s", "\"><img src=//x>");
    snprintf(v->opinion[0].limit, sizeof v->opinion[0].limit, "%s", HOSTILE);
    v->opinion[0].decides = false;
    struct rp_verdict *unknown = made_add(&made, RP_MODE_PROT32, "cd80", RP_VERDICT_UNKNOWN);
    snprintf(unknown->unknown_reason, sizeof unknown->unknown_reason, "%s", HOSTILE);
    char *page = made_report(&made, "html", 0);
    static const char *const tags[] = {"<script", "</script", "<!--",      "<img",
                                       "<style",  "</style",  "<b onclick"};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        assert_int_equal(count(page, tags[i]), count(clean, tags[i]));
    for (const unsigned char *c = (const unsigned char *)page; *c; c++)
        assert_true((*c >= 0x20 || *c == '\n') && *c != 0x7f && *c != 0xff);
    assert_null(strstr(page, "\xc2\x9b"));
    json_decref(data_of(page));
    free(clean);
    free(page);
}

static void its_policy_lets_nothing_in_and_names_its_own_script_and_looks(void **state)
{
    (void)state;
    char *page = made_report(&made, "html", 0);
    assert_non_null(strstr(page, "content=\"default-src 'none'; script-src 'sha256-"));
    assert_non_null(strstr(page, "; base-uri 'none'; form-action 'none'\""));
    assert_null(strstr(page, "unsafe"));
    assert_int_equal(count(page, "<script>"), 1);
    assert_null(strstr(page, " style=\""));
    free(page);
}

static void the_data_has_each_cell_with_its_witness(void **state)
{
    (void)state;
    struct rp_verdict *v = add_hole("0f0103");
    made_add(&made, RP_MODE_PROT32, "0f0103", RP_VERDICT_HOLE)->has_witness = false;
    made_add(&made, RP_MODE_LONG64, "90", RP_VERDICT_INNOCUOUS);
    char *page = made_report(&made, "html", 0);
    json_t *data = data_of(page);
    json_t *modes = json_object_get(data, "modes");
    json_t *prot32 = json_array_get(modes, 1);
    assert_string_equal(json_string_value(json_object_get(prot32, "name")), "prot32");
    assert_int_equal(json_integer_value(json_object_get(data, "first")), 1);
    json_t *places = json_object_get(prot32, "place");
    assert_int_equal(json_array_size(places), 2); /* the same name, but they did something else */
    assert_int_equal(json_integer_value(json_array_get(places, 0)), (1 * 256 + 0x01) * 9 + 1 + 0);
    json_t *witness = json_array_get(json_object_get(prot32, "witness"), 0);
    assert_int_equal(json_array_size(json_object_get(prot32, "witness")), 1);
    assert_string_equal(string_at(data, json_array_get(witness, 12)), v->replay);
    size_t entry = (size_t)json_integer_value(json_array_get(witness, 0));
    assert_string_equal(string_at(data, json_array_get(json_object_get(prot32, "hex"), entry)), "0f0103");
    json_t *behaviour = json_array_get(
        json_object_get(data, "behaviours"),
        (size_t)json_integer_value(json_array_get(json_object_get(prot32, "behaviour"), entry)));
    json_t *under = json_object_get(behaviour, "under");
    static const char *const answers[] = {"hole", "hole", "privileged"}; /* legacy, linux, hardened */
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(json_string_value(json_array_get(under, i)), answers[i]);
    json_decref(data);
    free(page);
}

static void encodings_that_did_the_same_are_one_entry(void **state)
{
    (void)state;
    made_add(&made, RP_MODE_PROT32, "90", RP_VERDICT_INNOCUOUS);
    made_add(&made, RP_MODE_PROT32, "6690", RP_VERDICT_INNOCUOUS);
    made_add(&made, RP_MODE_PROT32, "91", RP_VERDICT_INNOCUOUS);
    for (size_t i = 0; i < made.results.count; i++) {
        snprintf(made.verdict[i].name, sizeof made.verdict[i].name, "%s", "nop");
        snprintf(made.verdict[i].mnemonic, sizeof made.verdict[i].mnemonic, "%s", "nop");
    }
    char *page = made_report(&made, "html", 0);
    json_t *data = data_of(page);
    json_t *prot32 = json_array_get(json_object_get(data, "modes"), 0);
    json_t *encodings = json_object_get(prot32, "encodings");
    assert_int_equal(json_array_size(encodings), 2);
    assert_int_equal(json_integer_value(json_array_get(encodings, 0)), 2);
    assert_int_equal(json_integer_value(json_array_get(encodings, 1)), 1);
    json_decref(data);
    free(page);
}

static void without_script_there_are_tables_with_the_ids_that_links_go_to(void **state)
{
    (void)state;
    struct rp_verdict *v = add_hole("0f0103");
    snprintf(v->name, sizeof v->name, "%s", "mov Sreg,x");
    char *page = made_report(&made, "html", 0);
    const char *begin = strstr(page, "<noscript>"), *end = strstr(page, "</noscript>");
    const char *cell = strstr(page, "<td class=h id=\"mov-sreg-x-prot32\">● mov Sreg,x");
    assert_true(begin && cell && end && begin < cell && cell < end);
    free(page);
}

static void the_answer_is_never_that_no_monitor_can_be_built(void **state)
{
    (void)state;
    char *page = made_report(&made, "html", 0);
    assert_non_null(strstr(page, ">Not refuted.</b>"));
    free(page);
    add_hole("0f0103");
    page = made_report(&made, "html", 0);
    assert_non_null(strstr(page, ">No.</b>"));
    assert_non_null(strstr(page, "The condition is sufficient, not necessary"));
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hostile_strings_open_no_element_and_end_none, make, unmake),
        cmocka_unit_test_setup_teardown(its_policy_lets_nothing_in_and_names_its_own_script_and_looks, make,
                                        unmake),
        cmocka_unit_test_setup_teardown(the_data_has_each_cell_with_its_witness, make, unmake),
        cmocka_unit_test_setup_teardown(encodings_that_did_the_same_are_one_entry, make, unmake),
        cmocka_unit_test_setup_teardown(without_script_there_are_tables_with_the_ids_that_links_go_to, make,
                                        unmake),
        cmocka_unit_test_setup_teardown(the_answer_is_never_that_no_monitor_can_be_built, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
