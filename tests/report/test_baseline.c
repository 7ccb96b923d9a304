/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is news against a baseline, and that a baseline comes back from whatever it was written as. */
#include "report/baseline.h"
#include "report/hole_class.h"
#include "report/json.h"
#include "support/made.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct made made;
static char path[] = "/tmp/rp-baseline-XXXXXX";

/* prot32: pushf (twice, one encoding closed when hardened), rdtsc (closed when hardened), nop; long64: popf.
 */
static int make(void **state)
{
    (void)state;
    made_init(&made);
    struct rp_verdict *v = made_add(&made, RP_MODE_PROT32, "9c", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_RFLAGS_IF, RP_ANSWER_HOLE, RP_ANSWER_PRIVILEGED);
    v = made_add(&made, RP_MODE_PROT32, "679c", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_RFLAGS_IOPL, RP_ANSWER_HOLE, RP_ANSWER_HOLE);
    v = made_add(&made, RP_MODE_PROT32, "0f31", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_TSC, RP_ANSWER_HOLE, RP_ANSWER_PRIVILEGED);
    made_add(&made, RP_MODE_PROT32, "90", RP_VERDICT_INNOCUOUS);
    v = made_add(&made, RP_MODE_LONG64, "9d", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_MODE, RP_RESOURCE_RFLAGS_IF, RP_ANSWER_HOLE, RP_ANSWER_HOLE);
    snprintf(path, sizeof path, "/tmp/rp-baseline-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    return close(fd);
}

static int unmake(void **state)
{
    (void)state;
    made_free(&made);
    return unlink(path);
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void write_report(const char *format)
{
    char *report = made_report(&made, format, 100);
    write_file(report);
    free(report);
}

/* Compares with what the file holds. */
static struct rp_hole_classes compare(struct rp_baseline *baseline)
{
    struct rp_hole_classes classes;
    struct rp_error error = {0};
    int result = rp_baseline_read(baseline, path, RP_POLICY_LEGACY, &error);
    if (result)
        print_error("%s\n", error.line);
    assert_int_equal(result, RP_OK);
    made.results.baseline = baseline;
    assert_int_equal(rp_hole_classes_make(&classes, &made.results, NULL), RP_OK);
    return classes;
}

static void assert_news(size_t new, size_t opened, size_t known, size_t gone)
{
    struct rp_baseline baseline;
    struct rp_hole_classes classes = compare(&baseline);
    assert_int_equal(classes.news[RP_NEWS_HOLE], new);
    assert_int_equal(classes.news[RP_NEWS_OPENED], opened);
    assert_int_equal(classes.news[RP_NEWS_KNOWN], known);
    assert_int_equal(classes.gone, gone);
    assert_int_equal(rp_hole_classes_any_news(&classes), new || opened);
    rp_hole_classes_free(&classes);
    rp_baseline_free(&baseline);
    made.results.baseline = NULL;
}

static void encodings_of_one_id_are_one_class(void **state)
{
    (void)state;
    struct rp_hole_classes classes;
    assert_int_equal(rp_hole_classes_make(&classes, &made.results, NULL), RP_OK);
    assert_int_equal(classes.count, 3);
    assert_string_equal(classes.one[0].example->mnemonic, "popfq"); /* long64 is the first mode */
    const struct rp_hole_class *pushf = &classes.one[1];
    assert_string_equal(pushf->example->mnemonic, "pushfd");
    assert_int_equal(pushf->encodings, 2);
    assert_int_equal(pushf->open, 1u << RP_POLICY_LEGACY | 1u << RP_POLICY_LINUX | 1u << RP_POLICY_HARDENED);
    assert_true(rp_resource_set_has(&pushf->resources, RP_RESOURCE_RFLAGS_IF));
    assert_true(rp_resource_set_has(&pushf->resources, RP_RESOURCE_RFLAGS_IOPL));
    assert_int_equal(classes.one[2].open, 1u << RP_POLICY_LEGACY | 1u << RP_POLICY_LINUX);
    assert_int_equal(pushf->news, RP_NEWS_NONE);
    rp_hole_classes_free(&classes);
}

static void what_was_written_is_known(void **state)
{
    (void)state;
    static const char *const formats[] = {"baseline", "json"};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        write_report(formats[i]);
        assert_news(0, 0, 3, 0);
    }
}

static void lines_of_verdicts_are_a_baseline(void **state)
{
    (void)state;
    struct rp_text text = {0};
    for (size_t i = 0; i < made.results.count; i++)
        rp_json_verdict_line(&made.verdict[i], &text);
    write_file(rp_text_string(&text));
    rp_text_free(&text);
    assert_news(0, 0, 3, 0);
}

static void a_hole_that_is_not_there_is_new(void **state)
{
    (void)state;
    made.verdict[2].judgement = RP_VERDICT_INNOCUOUS;
    write_report("baseline");
    made.verdict[2].judgement = RP_VERDICT_HOLE;
    assert_news(1, 0, 2, 0);
}

static void a_hole_that_a_policy_no_longer_closes_is_news(void **state)
{
    (void)state;
    static const char *const formats[] = {"baseline", "json"};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        write_report(formats[i]);
        made.verdict[2].by_policy[RP_POLICY_HARDENED] = RP_ANSWER_HOLE;
        assert_news(0, 1, 2, 0);
        made.verdict[2].by_policy[RP_POLICY_HARDENED] = RP_ANSWER_PRIVILEGED;
    }
}

static void a_policy_that_nobody_asked_under_is_no_news(void **state)
{
    (void)state;
    made.results.configuration.other_policies = 1u << RP_POLICY_LINUX;
    made.verdict[2].by_policy[RP_POLICY_HARDENED] = RP_ANSWER_NOT_ASKED;
    write_report("baseline");
    made.results.configuration.other_policies |= 1u << RP_POLICY_HARDENED;
    made.verdict[2].by_policy[RP_POLICY_HARDENED] = RP_ANSWER_HOLE;
    assert_news(0, 0, 3, 0);
}

/* Nobody could tell: that it is open is no news. Files of before do not say so. */
static void a_policy_without_an_answer_is_not_closed(void **state)
{
    (void)state;
    static const char *const formats[] = {"baseline", "json"};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        made.verdict[2].by_policy[RP_POLICY_HARDENED] = RP_ANSWER_UNKNOWN;
        write_report(formats[i]);
        made.verdict[2].by_policy[RP_POLICY_HARDENED] = RP_ANSWER_HOLE;
        assert_news(0, 0, 3, 0);
    }
    made.verdict[2].by_policy[RP_POLICY_HARDENED] = RP_ANSWER_UNKNOWN;
    char *report = made_report(&made, "baseline", 100),
         *member = strstr(report, "\"unanswered\":[\"hardened\"]");
    assert_non_null(member);
    member[1] = 'x'; /* as those of before, which have no such member */
    write_file(report);
    made.verdict[2].by_policy[RP_POLICY_HARDENED] = RP_ANSWER_HOLE;
    assert_news(0, 1, 2, 0);
    free(report);
}

static void assert_comparable(void)
{
    struct rp_baseline baseline;
    struct rp_text said = {0};
    struct rp_hole_classes classes = compare(&baseline);
    rp_words_unlike(&made.results, &said);
    assert_string_equal(rp_text_string(&said), "");
    rp_text_free(&said);
    rp_hole_classes_free(&classes);
    rp_baseline_free(&baseline);
    made.results.baseline = NULL;
}

static void a_baseline_of_something_else_says_so(void **state)
{
    (void)state;
    uint8_t modes = made.results.configuration.modes;
    made.results.configuration.executors = "unicorn 2.0.1 (emulated, whole), native (silicon)";
    write_report("baseline");
    assert_comparable();
    made.results.configuration.executors = /* what native says of itself has commas */
        "native on AMD EPYC, under hypervisor X (ring 3 only is silicon), Linux 6.1 (silicon), unicorn 2.0.1";
    assert_comparable();
    made.results.configuration.executors = "native (silicon), unicorn 2.1.0 (emulated)"; /* another version */
    assert_comparable();
    made.results.configuration.modes = 1u << RP_MODE_LONG64;
    made.results.configuration.executors = "bochs 2.7 (emulated)";
    write_report("baseline");
    made.results.configuration.modes = modes | 1u << RP_MODE_LONG64 | 1u << RP_MODE_VM86;
    made.results.configuration.executors = "unicorn 2.0.1 (emulated)";
    char *text = made_report(&made, "text", 200);
    assert_null(strstr(text, "count as new")); /* nothing to compare with */
    free(text);
    struct rp_baseline baseline;
    struct rp_text said = {0};
    struct rp_hole_classes classes = compare(&baseline);
    rp_words_unlike(&made.results, &said);
    assert_non_null(strstr(rp_text_string(&said), "vm86: all holes there count as new."));
    assert_non_null(strstr(rp_text_string(&said), "is of other executors: bochs, this is of unicorn."));
    text = made_report(&made, "text", 200);
    assert_non_null(strstr(text, "count as new"));
    free(text);
    rp_text_free(&said);
    rp_hole_classes_free(&classes);
    rp_baseline_free(&baseline);
}

static void what_a_whole_scan_does_not_find_is_gone(void **state)
{
    (void)state;
    write_report("baseline");
    made.verdict[2].judgement = RP_VERDICT_INNOCUOUS;
    assert_news(0, 0, 2, 1);
    made.results.configuration.shards = 2; /* another part may have it */
    assert_news(0, 0, 2, 0);
    made.results.configuration.shards = 0;
    made.results.mode[RP_MODE_PROT32].encodings = 5;
    made.results.configuration.limit = 4;
    assert_news(0, 0, 2, 0);
    made.results.configuration.limit = 5; /* leaves out nothing */
    assert_news(0, 0, 2, 1);
    made.results.configuration.modes = 1u << RP_MODE_LONG64; /* the hole is of another mode */
    assert_news(0, 0, 2, 0);
}

static void a_baseline_has_a_line_for_each_hole_and_nothing_of_the_machine(void **state)
{
    (void)state;
    char *report = made_report(&made, "baseline", 100);
    assert_non_null(strstr(report, "\n{\"id\":\"rp-"));
    assert_non_null(
        strstr(report, "\"mode\":\"prot32\",\"mnemonic\":\"rdtsc\",\"kind\":\"resource\","
                       "\"resource\":\"tsc\",\"open\":[\"legacy\",\"linux\"],\"unanswered\":[]}\n]\n}\n"));
    assert_null(strstr(report, "a CPU"));
    assert_null(strstr(report, "Linux 0"));
    assert_null(strstr(report, "2026"));
    free(report);
}

static void reports_say_what_is_new(void **state)
{
    (void)state;
    struct rp_baseline baseline;
    made.verdict[4].judgement = RP_VERDICT_UNKNOWN;
    write_report("baseline");
    made.verdict[4].judgement = RP_VERDICT_HOLE;
    struct rp_hole_classes classes = compare(&baseline);
    char *text = made_report(&made, "text", 140), *json = made_report(&made, "json", 0);
    const char *news = strstr(text, "NEWS"), *row = strstr(text, "popfq  ");
    assert_non_null(news);
    assert_true(row > news && row < strstr(text, "THE THEOREMS"));
    assert_non_null(strstr(text, ": 1 new, 0 opened under another policy, 2 unchanged, 0 gone."));
    assert_non_null(strstr(json, "\"opened\":[],\"unchanged\":2,\"gone\":0}"));
    free(text);
    free(json);
    char *html = made_report(&made, "html", 0);
    assert_non_null(strstr(html, ">News<"));
    free(html);
    made.results.baseline = NULL;
    text = made_report(&made, "text", 140);
    assert_null(strstr(text, "NEWS"));
    free(text);
    rp_hole_classes_free(&classes);
    rp_baseline_free(&baseline);
}

static void what_is_no_baseline_of_this_policy_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "it is empty"},
        {"{}", "is no baseline"},
        {"{\"schema\":\"ringprobe.hunt/1\"}", "is no baseline"},
        {"[1]", "is no baseline"},
        {"{\"schema\":\"ringprobe.baseline/1\"", "cut short"},
        {"{\"schema\":\"ringprobe.baseline/1\",\"holes\":[]}", "it names no policy"},
        {"{\"schema\":\"ringprobe.baseline/1\",\"policy\":\"hardened\",\"holes\":[]}",
         "make one with -p legacy"},
        {"{\"schema\":\"ringprobe.baseline/1\",\"policy\":\"legacy\",\"holes\":[{}]}", "without an id"},
        {"{\"schema\":\"ringprobe.baseline/1\",\"policy\":\"legacy\",\"holes\":[{\"id\":\"rp-12\"}]}",
         "without an id"},
        {"{\"schema\":\"ringprobe.baseline/"
         "1\",\"policy\":\"legacy\",\"holes\":[{\"id\":\"rp-000000000000000g\"}]}",
         "without an id"},
        {"{\"schema\":\"ringprobe.report/1\",\"verdicts\":[]}", "it names no policy"},
        {"{\"schema\":\"ringprobe.baseline/1\",\"policy\":\"legacy\"}", "has no holes"},
        {"{\"schema\":\"ringprobe.baseline/1\",\"policy\":\"legacy\",\"holes\":{}}", "has no holes"},
        {"{\"schema\":\"ringprobe.baseline/1\",\"policy\":\"legacy\",\"modes\":[\"long65\"],\"holes\":[]}",
         "a mode that there is not"},
        {"{\"schema\":\"ringprobe.baseline/1\",\"policy\":\"legacy\",\"holes\":[{\"id\":"
         "\"rp-0000000000000001\",\"mode\":\"long65\"}]}",
         "a mode that there is not"},
        {"{\"schema\":\"ringprobe.report/1\",\"configuration\":{\"policy\":\"legacy\"}}", "has no verdicts"},
        {"{\"schema\":\"ringprobe.fuzz/1\",\"id\":\"rp-0000000000000001\"}", "says nothing of holes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rp_baseline baseline;
        struct rp_error error = {0};
        write_file(cases[i].text);
        assert_int_equal(rp_baseline_read(&baseline, path, RP_POLICY_LEGACY, &error), RP_EINPUT);
        if (!strstr(error.line, cases[i].why))
            print_error("'%s': no '%s' in: %s\n", cases[i].text, cases[i].why, error.line);
        assert_non_null(strstr(error.line, cases[i].why));
        assert_non_null(strstr(error.line, path));
        rp_baseline_free(&baseline);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(encodings_of_one_id_are_one_class, make, unmake),
        cmocka_unit_test_setup_teardown(what_was_written_is_known, make, unmake),
        cmocka_unit_test_setup_teardown(lines_of_verdicts_are_a_baseline, make, unmake),
        cmocka_unit_test_setup_teardown(a_hole_that_is_not_there_is_new, make, unmake),
        cmocka_unit_test_setup_teardown(a_hole_that_a_policy_no_longer_closes_is_news, make, unmake),
        cmocka_unit_test_setup_teardown(a_policy_that_nobody_asked_under_is_no_news, make, unmake),
        cmocka_unit_test_setup_teardown(a_policy_without_an_answer_is_not_closed, make, unmake),
        cmocka_unit_test_setup_teardown(a_baseline_of_something_else_says_so, make, unmake),
        cmocka_unit_test_setup_teardown(what_a_whole_scan_does_not_find_is_gone, make, unmake),
        cmocka_unit_test_setup_teardown(a_baseline_has_a_line_for_each_hole_and_nothing_of_the_machine, make,
                                        unmake),
        cmocka_unit_test_setup_teardown(reports_say_what_is_new, make, unmake),
        cmocka_unit_test_setup_teardown(what_is_no_baseline_of_this_policy_is_refused, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
