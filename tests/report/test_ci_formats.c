/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SARIF, JUnit and the step summary on results made by hand: what CI servers rely on. tests/cli has
 * validators and readers that somebody else wrote. */
#include "report/rules.h"
#include "report/sarif.h"
#include "report/table.h"
#include "support/made.h"
#include "support/suite.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct made made;
static struct rp_known_hole known;
static struct rp_baseline baseline;

/* prot32: rdtsc, which the baseline has, popf, which it has not, and mov eax, ds; long64: nothing. */
static int make(void **state)
{
    (void)state;
    made_init(&made);
    struct rp_verdict *v = made_add(&made, RP_MODE_PROT32, "0f31", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_TSC, RP_ANSWER_HOLE, RP_ANSWER_PRIVILEGED);
    v = made_add(&made, RP_MODE_PROT32, "9d", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_MODE, RP_RESOURCE_RFLAGS_IF, RP_ANSWER_HOLE, RP_ANSWER_HOLE);
    v = made_add(&made, RP_MODE_PROT32, "8cd8", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_DS_SELECTOR, RP_ANSWER_HOLE, RP_ANSWER_HOLE);
    made_add(&made, RP_MODE_LONG64, "90", RP_VERDICT_INNOCUOUS);
    known = (struct rp_known_hole){
        .id = rp_verdict_id(&made.verdict[0]), .open = 7, .modes = 1u << RP_MODE_PROT32};
    baseline = (struct rp_baseline){.path = "a [file]", .policies = 7, .hole = &known, .count = 1};
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    made_free(&made);
    return 0;
}

static json_t *run_of(json_t *log)
{
    return json_array_get(json_object_get(log, "runs"), 0);
}

static json_t *sarif(const struct rp_results *results)
{
    struct rp_text text = {0};
    rp_sarif_report(results, NULL, &text);
    assert_false(text.failed);
    json_t *log = json_loads(text.data, 0, NULL);
    assert_non_null(log);
    rp_text_free(&text);
    return log;
}

static const char *string_at(json_t *value, const char *key)
{
    const char *string = json_string_value(json_object_get(value, key));
    assert_non_null(string);
    return string;
}

static void a_result_has_its_rule_its_place_and_its_fingerprint(void **state)
{
    (void)state;
    json_t *log = sarif(&made.results), *run = run_of(log);
    json_t *rules = json_object_get(json_object_get(json_object_get(run, "tool"), "driver"), "rules");
    json_t *results = json_object_get(run, "results");
    assert_int_equal(json_array_size(rules), 3);
    assert_int_equal(json_array_size(results), 3);
    for (size_t i = 0; i < 3; i++) {
        json_t *result = json_array_get(results, i);
        size_t number = (size_t)json_integer_value(json_object_get(result, "ruleIndex"));
        assert_string_equal(string_at(result, "ruleId"), string_at(json_array_get(rules, number), "id"));
        assert_null(json_object_get(result, "baselineState"));
    }
    json_t *mov = json_array_get(results, 0), *popf = json_array_get(results, 1);
    json_t *place =
        json_object_get(json_array_get(json_object_get(popf, "locations"), 0), "physicalLocation");
    json_t *prints = json_object_get(popf, "partialFingerprints");
    char id[32];
    assert_string_equal(string_at(popf, "ruleId"), "mode/rflags");
    assert_string_equal(string_at(popf, "level"), "error");
    assert_string_equal(string_at(mov, "level"), "note"); /* a delegated selector alone */
    assert_string_equal(string_at(json_object_get(place, "artifactLocation"), "uri"), "x86/prot32/popfd");
    snprintf(id, sizeof id, "rp-%016llx", (unsigned long long)rp_verdict_id(&made.verdict[1]));
    assert_string_equal(string_at(prints, "ringprobe/v1"), id);
    snprintf(id, sizeof id, "%016llx:1", (unsigned long long)rp_verdict_id(&made.verdict[1]));
    assert_string_equal(string_at(prints, "primaryLocationLineHash"), id);
    json_decref(log);
}

static void a_rule_explains_itself_with_the_definitions(void **state)
{
    (void)state;
    json_t *log = sarif(&made.results), *rule;
    size_t i;
    json_array_foreach(
        json_object_get(json_object_get(json_object_get(run_of(log), "tool"), "driver"), "rules"), i, rule)
    {
        const char *help = string_at(json_object_get(rule, "help"), "text");
        assert_non_null(strstr(help, "Popek and Goldberg (1974)"));
        assert_non_null(strstr(help, "src/judge/METHOD.md, The definitions"));
        assert_non_null(strstr(help, "-sensitive"));
        assert_non_null(strstr(help, "SDM"));
        assert_non_null(json_object_get(json_object_get(rule, "help"), "markdown"));
    }
    json_decref(log);
}

static void every_kind_and_every_group_of_resources_has_words(void **state)
{
    (void)state;
    static struct rp_rules rules;
    struct rp_error error = {0};
    assert_int_equal(rp_rules_load(&rules, &error), RP_OK);
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const char *group = rp_resource_info((enum rp_resource)r)->group;
        if (strcmp(rp_rules_find(&rules, RP_RULE_GROUP, group)->name, group) != 0)
            print_error("corpus/rules.tsv has no row of '%s'\n", group);
        assert_string_equal(rp_rules_find(&rules, RP_RULE_GROUP, group)->name, group);
    }
    for (unsigned kind = RP_SENSITIVE_CONTROL; kind <= RP_SENSITIVE_RESOURCE; kind <<= 1)
        assert_non_null(rp_rules_find(&rules, RP_RULE_KIND, rp_sensitivity_name((enum rp_sensitivity)kind)));
    assert_non_null(rp_rules_find(&rules, RP_RULE_KIND, rp_judgement_name(RP_VERDICT_HOLE)));
    assert_string_equal(rp_rules_find(&rules, RP_RULE_GROUP, "nothing")->name, "-");
    assert_null(rp_rules_find(&rules, RP_RULE_KIND, "nothing"));
}

/* A class of two: of one encoding nobody can tell whether cr4.tsd closes it, of the other it does. */
/* Uploads of a matrix of jobs must not close each other's alerts; a newer executor is the same job. */
static void a_category_is_of_a_policy_modes_and_executors(void **state)
{
    (void)state;
    made.results.configuration.modes = 1u << RP_MODE_LONG64 | 1u << RP_MODE_PROT32;
    made.results.configuration.executors = "unicorn 2.0.1 (emulated), native (silicon)";
    json_t *log = sarif(&made.results);
    assert_string_equal(string_at(json_object_get(run_of(log), "automationDetails"), "id"),
                        "ringprobe/legacy/long64+prot32/native+unicorn/");
    json_decref(log);
}

static void what_is_not_known_to_close_a_hole_is_not_nothing(void **state)
{
    (void)state;
    struct rp_verdict *v = &made.verdict[0]; /* rdtsc */
    rp_resource_set_add(&v->not_testable, RP_RESOURCE_CR4_TSD);
    v->by_policy[RP_POLICY_HARDENED] = RP_ANSWER_UNKNOWN;
    json_t *log = sarif(&made.results);
    const char *said = string_at(
        json_object_get(json_array_get(json_object_get(run_of(log), "results"), 2), "message"), "text");
    assert_non_null(strstr(said, "Closed by: cr4.tsd not testable. Also open under: linux. "
                                 "No answer under: hardened. Encodings: 1"));
    json_decref(log);
    char *xml = made_report(&made, "junit", 0);
    assert_non_null(strstr(xml, "Closed by: cr4.tsd not testable."));
    free(xml);
    v = made_add(&made, RP_MODE_PROT32, "660f31", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_TSC, RP_ANSWER_HOLE, RP_ANSWER_PRIVILEGED);
    v->closer[v->closers++] = (struct rp_closer){{RP_RESOURCE_CR4_TSD, RP_RESOURCE_NONE}, {1, 0}, false, 1};
    log = sarif(&made.results);
    said = string_at(json_object_get(json_array_get(json_object_get(run_of(log), "results"), 2), "message"),
                     "text");
    assert_non_null(strstr(said, "Closed by: cr4.tsd=1 (1 of 2); cr4.tsd not testable."));
    assert_non_null(strstr(said, "Encodings: 2"));
    json_decref(log);
}

static void news_come_first_and_say_so(void **state)
{
    (void)state;
    static const char *const states[] = {"new", "new", "unchanged"};
    made.results.baseline = &baseline;
    json_t *log = sarif(&made.results), *results = json_object_get(run_of(log), "results");
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(string_at(json_array_get(results, i), "baselineState"), states[i]);
    /* Brackets of a message are links unless they are escaped. */
    assert_non_null(strstr(string_at(json_object_get(json_array_get(results, 0), "message"), "text"),
                           "It is new: not in 'a \\[file\\]'."));
    json_decref(log);
    known.open = 3;
    made.verdict[0].by_policy[RP_POLICY_HARDENED] = RP_ANSWER_HOLE;
    log = sarif(&made.results);
    assert_string_equal(
        string_at(json_array_get(json_object_get(run_of(log), "results"), 2), "baselineState"), "updated");
    json_decref(log);
}

/* Each with a name of its own; the last of them is new. */
static void more_than_github_takes_is_cut_and_a_note_says_so(void **state)
{
    (void)state;
    enum { MANY = RP_SARIF_RESULTS_MAX + 7 };
    struct rp_results results = made.results;
    struct rp_verdict *verdict = calloc(MANY, sizeof *verdict);
    struct rp_baseline all = {.path = "all", .policies = 1, .hole = calloc(MANY, sizeof known)};
    assert_non_null(verdict);
    assert_non_null(all.hole);
    for (size_t i = 0; i < MANY; i++) {
        verdict[i] = made.verdict[0];
        snprintf(verdict[i].mnemonic, sizeof verdict[i].mnemonic, "x%zu", i);
    }
    results.verdict = verdict;
    results.count = MANY;
    all.hole[0] = (struct rp_known_hole){.id = rp_verdict_id(&verdict[1]), .open = all.policies};
    all.count = 1;
    results.baseline = &all;
    json_t *log = sarif(&results), *run = run_of(log);
    json_t *found = json_object_get(run, "results");
    json_t *notes =
        json_object_get(json_array_get(json_object_get(run, "invocations"), 0), "toolExecutionNotifications");
    assert_int_equal(json_array_size(found), RP_SARIF_RESULTS_MAX);
    assert_non_null(strstr(string_at(json_object_get(json_array_get(notes, 0), "message"), "text"),
                           "7 holes are left out"));
    for (size_t i = 0; i < RP_SARIF_RESULTS_MAX; i++)
        assert_string_equal(string_at(json_array_get(found, i), "baselineState"), "new");
    json_decref(log);
    free(all.hole);
    free(verdict);
}

static void an_instruction_that_is_no_path_is_escaped(void **state)
{
    (void)state;
    snprintf(made.verdict[1].mnemonic, sizeof made.verdict[1].mnemonic, "%s", "../a b/\xff%");
    char *log = made_report(&made, "sarif", 0);
    assert_non_null(strstr(log, "\"uri\":\"x86/prot32/..%2Fa%20b%2F%FF%25\""));
    free(log);
}

static void a_suite_for_each_mode_and_a_failure_for_each_new_hole(void **state)
{
    (void)state;
    char *xml = made_report(&made, "junit", 0);
    assert_non_null(strstr(xml, "<testsuite name=\"ringprobe long64\" tests=\"1\" failures=\"0\""));
    assert_non_null(strstr(xml, "<testsuite name=\"ringprobe prot32\" tests=\"4\" failures=\"0\""));
    assert_null(strstr(xml, "<failure"));
    free(xml);
    made.results.baseline = &baseline;
    xml = made_report(&made, "junit", 0);
    assert_non_null(strstr(xml, "<testsuite name=\"ringprobe prot32\" tests=\"4\" failures=\"2\""));
    const char *popf = strstr(xml, "name=\"popfd mode rflags rp-"), *rdtsc = strstr(xml, "name=\"rdtsc ");
    assert_non_null(popf);
    assert_non_null(rdtsc);
    assert_true(strstr(popf, "<failure") < strstr(popf, "</testcase>"));
    assert_true(!strstr(rdtsc, "<failure") || strstr(rdtsc, "<failure") > strstr(rdtsc, "</testcase>"));
    free(xml);
}

static void a_mode_that_was_not_judged_to_its_end_is_a_skipped_case(void **state)
{
    (void)state;
    made.results.mode[RP_MODE_PROT32].encodings = 5;
    char *xml = made_report(&made, "junit", 0);
    assert_non_null(strstr(xml, "<skipped message=\"3 of 5 encodings were judged\"/>"));
    assert_non_null(strstr(xml, "skipped=\"1\""));
    free(xml);
}

static void long_tables_of_a_summary_are_folded(void **state)
{
    (void)state;
    struct rp_text text = {0};
    for (unsigned rows = 20; rows <= 21; rows++) {
        struct rp_table table = {.heading = {"<name>", "value"}, .columns = 2};
        for (unsigned i = 0; i < 2 * rows; i++)
            rp_table_cell(&table, RP_TONE_PLAIN, "%u", i);
        rp_table_markdown(&table, &text);
        rp_table_free(&table);
        assert_int_equal(strstr(text.data, "<details><summary>21 rows, by &#60;name&#62;</summary>\n\n|") !=
                             NULL,
                         rows == 21);
        assert_int_equal(strstr(text.data, "|\n\n</details>\n") != NULL, rows == 21);
        rp_text_free(&text);
    }
}

/* As many names as make the lists and tables of the report several megabytes. */
static void a_summary_is_never_longer_than_github_shows(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    struct rp_results results = made.results;
    struct rp_verdict *verdict = calloc(MANY, sizeof *verdict);
    assert_non_null(verdict);
    for (size_t i = 0; i < MANY; i++) {
        verdict[i] = made.verdict[i % 3];
        if (i % 5 == 0)
            verdict[i].judgement = RP_VERDICT_PRIVILEGED;
        snprintf(verdict[i].name, sizeof verdict[i].name, "instruction-%zu", i);
    }
    results.verdict = verdict;
    results.count = results.mode[RP_MODE_PROT32].count = MANY;
    struct rp_text text = {0};
    const struct rp_style style = {.columns = 100};
    rp_format_find("markdown")->report(&results, &style, &text);
    assert_false(text.failed);
    assert_in_range(text.length, 500000, 1000000);
    assert_int_equal(text.length, strlen(text.data));
    assert_non_null(strstr(text.data, "**Cut here:"));
    assert_non_null(strstr(text.data, "## Configuration")); /* the end is there all the same */
    assert_non_null(strstr(text.data, "- **workers**: 0 died"));
    size_t open = 0, closed = 0;
    for (const char *at = text.data; (at = strstr(at, "<details>")) != NULL; at++)
        open++;
    for (const char *at = text.data; (at = strstr(at, "</details>")) != NULL; at++)
        closed++;
    assert_true(open > 0);
    assert_int_equal(open, closed);
    rp_text_free(&text);
    free(verdict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_result_has_its_rule_its_place_and_its_fingerprint, make, unmake),
        cmocka_unit_test_setup_teardown(a_rule_explains_itself_with_the_definitions, make, unmake),
        cmocka_unit_test(every_kind_and_every_group_of_resources_has_words),
        cmocka_unit_test_setup_teardown(a_category_is_of_a_policy_modes_and_executors, make, unmake),
        cmocka_unit_test_setup_teardown(what_is_not_known_to_close_a_hole_is_not_nothing, make, unmake),
        cmocka_unit_test_setup_teardown(news_come_first_and_say_so, make, unmake),
        cmocka_unit_test_setup_teardown(more_than_github_takes_is_cut_and_a_note_says_so, make, unmake),
        cmocka_unit_test_setup_teardown(an_instruction_that_is_no_path_is_escaped, make, unmake),
        cmocka_unit_test_setup_teardown(a_suite_for_each_mode_and_a_failure_for_each_new_hole, make, unmake),
        cmocka_unit_test_setup_teardown(a_mode_that_was_not_judged_to_its_end_is_a_skipped_case, make,
                                        unmake),
        cmocka_unit_test_setup_teardown(long_tables_of_a_summary_are_folded, make, unmake),
        cmocka_unit_test_setup_teardown(a_summary_is_never_longer_than_github_shows, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
