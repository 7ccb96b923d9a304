/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers in each format: what a hypervisor or a kernel file says is inert, and news are news everywhere. */
#include "errata/built_in.h"
#include "errata/simulate.h"
#include "report/errata.h"
#include "support/suite.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define HOSTILE "\x1b[31m<script>alert(1)</script>|](http:x) {0}\x01\xff"

/* A CPU and a kernel that say what they like; one entry of each answer. */
static char *answers_in(const char *format)
{
    static struct rp_text text;
    static struct rp_errata_result results[4];
    const struct rp_errata_system system = {.vulnerability = "Vulnerable " HOSTILE};
    const struct rp_experiment none = {0}, bad = {.made = true, .runs = 3, .bad = 3, .wanted = 3},
                               good = {.made = true, .runs = 3, .good = 3, .wanted = 3};
    struct rp_cpu *cpu = simulated_cpu("GenuineIntel", 6, 0x5e, 3, 0xf0);
    const struct rp_style style = {.columns = 100};
    struct rp_errata_report report = {
        .cpu = cpu, .virtualised = true, .version = "0", .executor = HOSTILE, .results = results, .count = 4};
    snprintf(cpu->brand, sizeof cpu->brand, "%s", HOSTILE);
    rp_errata_decide(rp_catalogue_find(&catalogue, "meltdown"), cpu, &system, &none, &results[0]);
    rp_errata_decide(rp_catalogue_find(&catalogue, "fdiv"), cpu, &system, &bad, &results[1]);
    rp_errata_decide(rp_catalogue_find(&catalogue, "FIST"), cpu, &system, &good, &results[2]);
    rp_errata_decide(rp_catalogue_find(&catalogue, "zenbleed"), cpu, &system, &none, &results[3]);
    rp_text_free(&text);
    rp_errata_format_find(format)->report(&report, &style, &text);
    assert_false(text.failed);
    return text.data;
}

static void no_format_hands_on_what_acts(void **state)
{
    static const char *const formats[] = {"text", "markdown", "json", "sarif", "junit"};
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        const char *text = answers_in(formats[i]);
        for (const char *c = text; *c; c++)
            if ((unsigned char)*c < 0x20 && *c != '\n')
                fail_msg("%s has the control character %d", formats[i], *c);
        if (i == 1 || i == 4)
            assert_null(strstr(text, "<script"));
    }
}

static void json_is_json_with_a_line_an_entry(void **state)
{
    const char *text = answers_in("json");
    size_t lines = 0;
    (void)state;
    for (const char *line = text; *line; lines++) {
        size_t length = strcspn(line, "\n");
        json_t *object = json_loadb(line, length, 0, NULL);
        assert_non_null(object);
        assert_string_equal(json_string_value(json_object_get(object, "schema")), "ringprobe.errata/1");
        json_decref(object);
        line += length + 1;
    }
    assert_int_equal(lines, 4);
}

static void sarif_has_a_result_and_a_rule_for_each_that_is_news(void **state)
{
    json_t *log = json_loads(answers_in("sarif"), 0, NULL);
    (void)state;
    assert_non_null(log);
    json_t *run = json_array_get(json_object_get(log, "runs"), 0);
    json_t *rules = json_object_get(json_object_get(json_object_get(run, "tool"), "driver"), "rules");
    json_t *results = json_object_get(run, "results");
    assert_int_equal(json_array_size(rules), 2);
    assert_int_equal(json_array_size(results), 2);
    for (size_t i = 0; i < 2; i++) {
        json_t *result = json_array_get(results, i);
        size_t index = (size_t)json_integer_value(json_object_get(result, "ruleIndex"));
        assert_string_equal(json_string_value(json_object_get(result, "ruleId")),
                            json_string_value(json_object_get(json_array_get(rules, index), "id")));
    }
    const char *message =
        json_string_value(json_object_get(json_object_get(json_array_get(results, 0), "message"), "text"));
    assert_non_null(strstr(message, "\\[31m<script")); /* brackets would make links */
    assert_null(strchr(message, '\x1b'));
    assert_string_equal(json_string_value(json_object_get(json_array_get(results, 0), "level")), "warning");
    assert_string_equal(json_string_value(json_object_get(json_array_get(results, 1), "level")), "error");
    json_decref(log);
}

static void junit_fails_what_is_news_and_leaves_out_what_does_not_apply(void **state)
{
    const char *text = answers_in("junit");
    (void)state;
    assert_non_null(strstr(text, "tests=\"3\" failures=\"2\" errors=\"0\" skipped=\"0\""));
    assert_non_null(strstr(text, "name=\"intel-fdiv\""));
    assert_null(strstr(text, "amd-zenbleed"));
}

static void a_format_that_errata_have_not_is_none(void **state)
{
    (void)state;
    assert_null(rp_errata_format_find("canonical"));
    assert_null(rp_errata_format_find("html"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_format_hands_on_what_acts),
        cmocka_unit_test(json_is_json_with_a_line_an_entry),
        cmocka_unit_test(sarif_has_a_result_and_a_rule_for_each_that_is_news),
        cmocka_unit_test(junit_fails_what_is_news_and_leaves_out_what_does_not_apply),
        cmocka_unit_test(a_format_that_errata_have_not_is_none),
    };
    return cmocka_run_group_tests(tests, load_catalogue, unload_catalogue);
}
