/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verification without end has lines with one: what comes again in each pass is written once. */
#include "report/golden.h"

#include "base/text.h"
#include "support/suite.h"

#include <string.h>

static size_t count(const struct rp_text *text, const char *what)
{
    size_t found = 0;
    for (const char *at = rp_text_string(text); (at = strstr(at, what)); at++)
        found++;
    return found;
}

static struct rp_golden_difference difference(uint64_t ordinal, int cpu, uint64_t pass, uint64_t seen)
{
    return (struct rp_golden_difference){.ordinal = ordinal,
                                         .cpu = cpu,
                                         .pass = pass,
                                         .encoding = {{0x90}, 1},
                                         .mnemonic = "nop",
                                         .cells = 1,
                                         .cell = {{RP_REG_RAX, 1, {1, seen}}},
                                         .constancy = RP_GOLDEN_LASTING};
}

static void what_comes_again_is_written_once(void **state)
{
    static struct rp_golden_identity identity;
    struct rp_golden_report report = {
        .format = "json", .path = "r", .recorded = &identity, .here = &identity};
    struct rp_golden_cpu_summary cpu = {.cpu = -1};
    struct rp_golden_summary summary = {.cpus = 1, .cpu = &cpu, .passes = 3};
    struct rp_style style = {0};
    struct rp_text text = {0};
    (void)state;
    for (uint64_t pass = 0; pass < 3; pass++) {
        for (uint64_t run = 0; run < 300; run++) {
            struct rp_golden_difference d = difference(run, 2, pass, 5);
            rp_golden_report_take(&report, &d, NULL, &text);
        }
        struct rp_golden_difference transient = difference(1000, 2, pass, 5), declared = transient,
                                    other = difference(0, 3, pass, 5),
                                    wrong = difference(0, 2, pass, 6 + pass);
        transient.constancy = RP_GOLDEN_TRANSIENT;
        rp_golden_report_take(&report, &transient, NULL, &text);
        declared.declared = RP_GOLDEN_MACHINE;
        declared.ordinal = 1001;
        rp_golden_report_take(&report, &declared, NULL, &text);
        rp_golden_report_take(&report, &other, NULL, &text);
        rp_golden_report_take(&report, &wrong, NULL, &text);
    }
    assert_int_equal(count(&text, "\"run\":1000,"), 3); /* each time it may be another fault */
    assert_int_equal(count(&text, "\"run\":1001,"), 1);
    assert_int_equal(count(&text, "\"run\":299,"), 1);
    assert_int_equal(count(&text, "\"run\":0,"), 1 + 1 + 3); /* another processor; other values */
    rp_golden_report_end(&report, &summary, &style, &text);
    assert_int_equal(count(&text, "\"kind\":\"again\""), 300 + 1);
    assert_int_equal(count(&text, "\"kind\":\"again\",\"run\":299,\"cpu\":2,\"passes\":3}"), 1);
    assert_int_equal(count(&text, "\"kind\":\"summary\""), 1);
    rp_text_free(&text);
}

static void a_pass_is_a_line_of_json_alone(void **state)
{
    struct rp_golden_report report = {.format = "json", .path = "r"};
    struct rp_golden_summary summary = {.passes = 3, .runs = 7};
    struct rp_text text = {0};
    (void)state;
    rp_golden_report_beat(&report, &summary, &text);
    assert_string_equal(rp_text_string(&text),
                        "{\"schema\":\"ringprobe.golden/1\",\"kind\":\"pass\",\"record\":\"r\",\"passes\":3,"
                        "\"runs\":7,\"differences\":0}\n");
    rp_text_free(&text);
    report.format = "text";
    rp_golden_report_beat(&report, &summary, &text);
    assert_int_equal(text.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_comes_again_is_written_once),
                                       cmocka_unit_test(a_pass_is_a_line_of_json_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
