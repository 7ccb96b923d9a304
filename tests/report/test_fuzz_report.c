/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports of fuzz campaigns: what is news against which baseline, and in which order it stands. */
#include "report/baseline.h"
#include "report/fuzz_finding.h"
#include "report/fuzz_report.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct scratch scratch;
static const char *path;
static const struct rp_configuration configuration = {.version = "0",
                                                      .executors = "unicorn 2 (emulated)",
                                                      .cpu = "a CPU",
                                                      .kernel = "",
                                                      .date = "",
                                                      .command = "c"};

/* Two findings: one that is no hole, and one that is an instance of a scan's. */
static uint64_t write_lines(struct rp_text *lines)
{
    struct rp_fuzz_finding one = {.oracle = "length",
                                  .name = "nop",
                                  .detail = "longer",
                                  .why = "w",
                                  .executor = "unicorn",
                                  .encoding = {.length = 1, .bytes = {0x90}},
                                  .witness = "rp1:x"};
    struct rp_fuzz_finding two = {.oracle = "rings",
                                  .name = "popfd",
                                  .detail = "mode rflags",
                                  .why = "v",
                                  .executor = "unicorn",
                                  .mode = RP_MODE_PROT32,
                                  .encoding = {.length = 1, .bytes = {0x9d}},
                                  .witness = "rp1:y"};
    two.hole = rp_hole_id(RP_MODE_PROT32, "popfd", "mode", "rflags", RP_POLICY_LEGACY);
    rp_fuzz_finding_line(&one, lines);
    rp_fuzz_finding_line(&two, lines);
    return two.hole;
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* How many are news against `text`; the report stays made. */
static size_t news_against(const char *text, const struct rp_text *lines, size_t old,
                           struct rp_fuzz_report *report)
{
    struct rp_baseline baseline;
    struct rp_error error = {0};
    *report = (struct rp_fuzz_report){.configuration = &configuration};
    if (text) {
        write_file(text);
        assert_int_equal(rp_baseline_read_findings(&baseline, path, RP_POLICY_LEGACY, &error), RP_OK);
        report->baseline = &baseline;
    }
    assert_int_equal(rp_fuzz_report_make(report, lines, old, &error), RP_OK);
    if (text)
        rp_baseline_free(&baseline);
    report->baseline = NULL;
    return report->news;
}

/* One fault of a unit is one finding, whichever of its instructions shows it, in whichever mode. */
static void findings_of_one_cause_have_one_id(void **state)
{
    (void)state;
    char id[RP_FINDING_ID_SIZE], other[RP_FINDING_ID_SIZE];
    struct rp_fuzz_finding one = {.oracle = "divergence",
                                  .name = "addps",
                                  .detail = "end retired #GP",
                                  .cause = "end retired #GP, sse, memory",
                                  .mode = RP_MODE_LONG64};
    struct rp_fuzz_finding two = one;
    snprintf(two.name, sizeof two.name, "mulps");
    two.mode = RP_MODE_PROT32;
    assert_string_equal(rp_fuzz_finding_id(&one, id), rp_fuzz_finding_id(&two, other));
    assert_true(rp_fuzz_sharer(&one) != rp_fuzz_sharer(&two));
    assert_true(rp_fuzz_sharer_is_of(rp_fuzz_sharer(&two), strtoull(id + 3, NULL, 16)));
    snprintf(two.name, sizeof two.name, "addps"); /* the same in another mode is no other mnemonic */
    assert_true(rp_fuzz_sharer(&one) == rp_fuzz_sharer(&two));
    snprintf(two.cause, sizeof two.cause, "end retired #GP, avx, memory");
    assert_string_not_equal(id, rp_fuzz_finding_id(&two, other));
    assert_false(rp_fuzz_sharer_is_of(rp_fuzz_sharer(&two), strtoull(id + 3, NULL, 16)));
    two = one;
    two.policy = RP_POLICY_LINUX;
    assert_string_not_equal(id, rp_fuzz_finding_id(&two, other));
    one.cause[0] = two.cause[0] = '\0'; /* then mode and mnemonic tell */
    two.policy = one.policy;
    assert_string_equal(rp_fuzz_finding_id(&one, id), rp_fuzz_finding_id(&two, other));
    two.mode = RP_MODE_PROT32;
    assert_string_not_equal(id, rp_fuzz_finding_id(&two, other));
}

static void reports_say_how_many_share_a_cause(void **state)
{
    (void)state;
    struct rp_text lines = {0}, text = {0};
    struct rp_fuzz_report report = {.configuration = &configuration};
    struct rp_error error = {0};
    static const char *const names[] = {"addps", "mulps", "subps"};
    struct rp_fuzz_finding finding = {.oracle = "divergence",
                                      .why = "w",
                                      .cause = "c",
                                      .executor = "unicorn",
                                      .encoding = {.length = 1, .bytes = {0x90}},
                                      .witness = "rp1:x"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(finding.name, sizeof finding.name, "%s", names[i]);
        if (i == 0)
            rp_fuzz_finding_line(&finding, &lines);
        uint64_t sharer = rp_fuzz_sharer(&finding);
        rp_text_add_bytes(&report.sharers, (const char *)&sharer, sizeof sharer);
    }
    write_lines(&lines);
    assert_int_equal(rp_fuzz_report_make(&report, &lines, 0, &error), RP_OK);
    assert_int_equal(report.item[0].sharing, 3);
    assert_int_equal(report.item[1].sharing, 0);
    rp_fuzz_format_find("json")->report(&report, &(struct rp_style){.columns = 200}, &text);
    assert_non_null(strstr(rp_text_string(&text), "\"sharing\":3,"));
    rp_text_free(&text);
    rp_fuzz_format_find("text")->report(&report, &(struct rp_style){.columns = 200}, &text);
    assert_non_null(strstr(rp_text_string(&text), "w; so do 2 other instructions"));
    rp_text_free(&text);
    rp_text_free(&lines);
    rp_fuzz_report_free(&report);
}

static void without_a_baseline_what_is_of_this_sitting_is_news(void **state)
{
    (void)state;
    struct rp_text lines = {0};
    struct rp_fuzz_report report;
    write_lines(&lines);
    size_t first = strcspn(rp_text_string(&lines), "\n") + 1;
    assert_int_equal(news_against(NULL, &lines, 0, &report), 2);
    rp_fuzz_report_free(&report);
    assert_int_equal(news_against(NULL, &lines, first, &report), 1);
    assert_string_equal(report.item[0].name, "popfd"); /* news first */
    assert_string_equal(report.item[1].name, "nop");
    rp_fuzz_report_free(&report);
    rp_text_free(&lines);
}

static void with_a_baseline_what_it_lacks_is_news_whenever_it_was_found(void **state)
{
    (void)state;
    struct rp_text lines = {0};
    struct rp_fuzz_report report;
    write_lines(&lines);
    assert_int_equal(news_against("", &lines, lines.length, &report), 2); /* a campaign that found nothing */
    rp_fuzz_report_free(&report);
    assert_int_equal(news_against(rp_text_string(&lines), &lines, 0, &report), 0);
    rp_fuzz_report_free(&report);
    rp_text_free(&lines);
}

/* What -f json and -f baseline write is a baseline; so are several documents behind each other. */
static void what_reports_write_is_read_again(void **state)
{
    (void)state;
    static const char *const names[] = {"json", "baseline"};
    struct rp_text lines = {0}, text = {0};
    struct rp_fuzz_report report;
    write_lines(&lines);
    for (size_t i = 0; i < 2; i++) {
        news_against(NULL, &lines, 0, &report);
        rp_fuzz_format_find(names[i])->report(&report, NULL, &text);
        rp_fuzz_report_free(&report);
        assert_int_equal(news_against(rp_text_string(&text), &lines, 0, &report), 0);
        rp_fuzz_report_free(&report);
        rp_text_add(&text, "{\"schema\":\"ringprobe.baseline/1\",\"policy\":\"legacy\",\"holes\":[]}\n");
        assert_int_equal(news_against(rp_text_string(&text), &lines, 0, &report), 0);
        rp_fuzz_report_free(&report);
        rp_text_free(&text);
    }
    rp_text_free(&lines);
}

static void a_hole_of_a_scan_is_no_news(void **state)
{
    (void)state;
    struct rp_text lines = {0}, text = {0};
    struct rp_fuzz_report report;
    uint64_t hole = write_lines(&lines);
    rp_text_add(
        &text,
        "{\"schema\":\"ringprobe.baseline/1\",\"policy\":\"legacy\",\"holes\":[{\"id\":\"rp-%016llx\","
        "\"mode\":\"prot32\"}]}",
        (unsigned long long)hole);
    assert_int_equal(news_against(rp_text_string(&text), &lines, 0, &report), 1);
    assert_string_equal(report.item[0].name, "nop");
    rp_fuzz_report_free(&report);
    rp_text_free(&lines);
    rp_text_free(&text);
}

static void what_is_no_finding_or_of_another_policy_is_refused(void **state)
{
    (void)state;
    struct rp_fuzz_report report = {.configuration = &configuration};
    struct rp_baseline baseline;
    struct rp_error error = {0};
    struct rp_text lines = {0};
    rp_text_add(&lines, "{\"schema\":\"ringprobe.fuzz/1\",\"id\":\"rp-1\"}\n");
    assert_int_equal(rp_fuzz_report_make(&report, &lines, 0, &error), RP_EINPUT);
    rp_fuzz_report_free(&report);
    rp_text_free(&lines);
    write_file("{\"schema\":\"ringprobe.fuzz-baseline/1\",\"policy\":\"hardened\",\"findings\":[]}");
    assert_int_equal(rp_baseline_read_findings(&baseline, path, RP_POLICY_LEGACY, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "of policy hardened"));
    rp_baseline_free(&baseline);
}

static void what_is_missing_is_said_in_each_format(void **state)
{
    (void)state;
    static const struct {
        const char *format, *open, *failed;
    } says[] = {
        {"text", "incomplete: 7 suspicions are still to be examined\n",
         "the campaign has failed: no room; 7"},
        {"markdown", "Incomplete: 7 suspicions are still to be examined.",
         "Incomplete: the campaign has failed: no room; 7"},
        {"json", "\"pending\":7,\"interrupted\":false,\"failure\":null",
         "\"pending\":7,\"interrupted\":false,\"failure\":\"no room\""},
        {"sarif", "\"Incomplete: 7 suspicions are still to be examined.\"", "\"executionSuccessful\":false"},
        {"junit", "<skipped message=\"7 suspicions are still to be examined\"/>", "errors=\"1\""},
    };
    struct rp_fuzz_report report = {.configuration = &configuration};
    const struct rp_style style = {.columns = 100};
    for (size_t i = 0; i < sizeof says / sizeof says[0]; i++) {
        struct rp_text none = {0}, some = {0}, failed = {0};
        const struct rp_fuzz_format *format = rp_fuzz_format_find(says[i].format);
        struct rp_configuration one = configuration;
        one.modes = 1;
        report.configuration = &one;
        report.summary = (struct rp_fuzz_summary){0};
        format->report(&report, &style, &none);
        report.summary.pending = 7;
        format->report(&report, &style, &some);
        report.summary.failure = "no room";
        format->report(&report, &style, &failed);
        assert_null(strstr(none.data, says[i].open));
        assert_non_null(strstr(some.data, says[i].open));
        assert_null(strstr(some.data, says[i].failed));
        assert_non_null(strstr(failed.data, says[i].failed));
        rp_text_free(&none);
        rp_text_free(&some);
        rp_text_free(&failed);
    }
}

static int make(void **state)
{
    (void)state;
    scratch_init(&scratch);
    path = scratch_path(&scratch, "baseline.json");
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    scratch_free(&scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_of_one_cause_have_one_id),
        cmocka_unit_test(reports_say_how_many_share_a_cause),
        cmocka_unit_test(without_a_baseline_what_is_of_this_sitting_is_news),
        cmocka_unit_test(with_a_baseline_what_it_lacks_is_news_whenever_it_was_found),
        cmocka_unit_test(what_reports_write_is_read_again),
        cmocka_unit_test(a_hole_of_a_scan_is_no_news),
        cmocka_unit_test(what_is_no_finding_or_of_another_policy_is_refused),
        cmocka_unit_test(what_is_missing_is_said_in_each_format),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
