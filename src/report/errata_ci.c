/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errata for CI servers: SARIF 2.1.0, a result for each that is present, or affected and not fixed; JUnit's
 * XML, a case for each entry that applies, which fails if it is news and is skipped if it is unknown. See
 * sarif.h, junit.h. */
#include "report/errata.h"

#include "report/inert.h"
#include "report/junit.h"
#include "report/sarif.h"

#include <string.h>

/* "present: 3 of 3 runs show it. What happens. Fix: ..." */
static void add_words(const struct rp_errata_report *report, const struct rp_errata_result *result,
                      struct rp_text *text)
{
    rp_text_add(text, "%s: %s. %s Fix: %s.", rp_errata_answer_name(result->answer), result->reason,
                result->erratum->what, result->erratum->fix);
    if (report->virtualised && !result->experiment.made)
        rp_text_add(text, " Virtualised: table answers are only as good as the identity shown.");
}

static void add_rule(struct rp_json *json, const struct rp_erratum *erratum)
{
    struct rp_text id = {0};
    rp_text_add(&id, "errata/%s", erratum->id);
    rp_json_open_object(json, NULL);
    rp_json_string(json, "id", rp_text_string(&id));
    rp_sarif_message(json, "shortDescription", erratum->names);
    rp_sarif_message(json, "fullDescription", erratum->what);
    rp_sarif_message(json, "help", erratum->source);
    rp_json_close(json);
    rp_text_free(&id);
}

static void add_tool(struct rp_json *json, const struct rp_errata_report *report)
{
    rp_json_open_object(json, "tool");
    rp_json_open_object(json, "driver");
    rp_json_string(json, "name", "ringprobe");
    rp_json_string(json, "version", report->version);
    rp_json_open_array(json, "rules");
    for (size_t i = 0; i < report->count; i++)
        if (rp_errata_is_news(&report->results[i]))
            add_rule(json, report->results[i].erratum);
    rp_json_close(json);
    rp_json_close(json);
    rp_json_close(json);
    rp_json_open_object(json, "automationDetails");
    rp_json_string(json, "id", "ringprobe/errata/");
    rp_json_close(json);
}

/* An entry stands in no source file; its place is that of nothing else. */
static void add_location(struct rp_json *json, const struct rp_erratum *erratum)
{
    struct rp_text uri = {0};
    rp_text_add(&uri, "x86/errata/%s", erratum->id);
    rp_json_open_array(json, "locations");
    rp_json_open_object(json, NULL);
    rp_sarif_place(json, rp_text_string(&uri));
    rp_json_close(json);
    rp_json_close(json);
    rp_text_free(&uri);
}

static void add_result(struct rp_json *json, const struct rp_errata_report *report,
                       const struct rp_errata_result *result, size_t rule)
{
    struct rp_text id = {0}, words = {0};
    rp_text_add(&id, "errata/%s", result->erratum->id);
    add_words(report, result, &words);
    rp_json_open_object(json, NULL);
    rp_json_string(json, "ruleId", rp_text_string(&id));
    rp_json_number(json, "ruleIndex", (int64_t)rule);
    rp_json_string(json, "level", result->answer == RP_ERRATA_PRESENT ? "error" : "warning");
    rp_sarif_message(json, "message", rp_text_string(&words));
    add_location(json, result->erratum);
    rp_json_open_object(json, "partialFingerprints");
    rp_json_string(json, "ringprobe/v1", rp_text_string(&id));
    rp_json_close(json);
    rp_json_close(json);
    rp_text_free(&id);
    rp_text_free(&words);
}

static void add_properties(struct rp_json *json, const struct rp_errata_report *report)
{
    struct rp_text printed = {0}, cpu = {0};
    if (report->cpu)
        rp_cpu_print(report->cpu, &printed);
    rp_inert_plain(&cpu, rp_text_string(&printed));
    rp_text_free(&printed);
    rp_json_open_object(json, "properties");
    rp_json_string(json, "executor", report->executor);
    rp_json_string(json, "provenance", rp_provenance_name(report->provenance));
    rp_json_string(json, "cpu", rp_text_string(&cpu));
    rp_json_bool(json, "virtualised", report->virtualised);
    rp_json_close(json);
    rp_text_free(&cpu);
}

void rp_errata_sarif(const struct rp_errata_report *report, const struct rp_style *style,
                     struct rp_text *text)
{
    struct rp_json json;
    size_t rule = 0;
    (void)style;
    rp_sarif_begin(&json);
    add_tool(&json, report);
    rp_json_string(&json, "columnKind", "utf16CodeUnits");
    rp_json_open_array(&json, "results");
    for (size_t i = 0; i < report->count; i++)
        if (rp_errata_is_news(&report->results[i]))
            add_result(&json, report, &report->results[i], rule++);
    rp_json_close(&json);
    add_properties(&json, report);
    rp_json_end(&json, text);
}

/* Variants are no tests, and what does not apply has nothing to fail. */
static bool is_case(const struct rp_errata_result *result)
{
    return result->erratum->kind != RP_ERRATUM_VARIANT && result->answer != RP_ERRATA_NOT_APPLICABLE;
}

static void add_case(const struct rp_errata_report *report, const struct rp_errata_result *result,
                     struct rp_text *text)
{
    struct rp_text words = {0};
    add_words(report, result, &words);
    rp_text_add(text, "    <testcase");
    rp_junit_attribute(text, "classname", rp_erratum_kind_name(result->erratum->kind));
    rp_junit_attribute(text, "name", result->erratum->id);
    rp_text_add(text, ">\n");
    if (rp_errata_is_news(result)) {
        rp_text_add(text, "      <failure");
        rp_junit_attribute(text, "message", result->reason);
        rp_junit_attribute(text, "type", rp_errata_answer_name(result->answer));
        rp_text_add(text, "/>\n");
    } else if (result->answer == RP_ERRATA_UNKNOWN) {
        rp_text_add(text, "      <skipped");
        rp_junit_attribute(text, "message", result->reason);
        rp_text_add(text, "/>\n");
    }
    rp_text_add(text, "      <system-out>");
    rp_inert_html(text, rp_text_string(&words));
    rp_text_add(text, "</system-out>\n    </testcase>\n");
    rp_text_free(&words);
}

void rp_errata_junit(const struct rp_errata_report *report, const struct rp_style *style,
                     struct rp_text *text)
{
    size_t cases = 0, failures = 0, skipped = 0;
    (void)style;
    for (size_t i = 0; i < report->count; i++) {
        const struct rp_errata_result *result = &report->results[i];
        cases += is_case(result);
        failures += rp_errata_is_news(result);
        skipped += is_case(result) && result->answer == RP_ERRATA_UNKNOWN;
    }
    rp_text_add(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ringprobe\">\n");
    rp_text_add(text,
                "  <testsuite name=\"ringprobe errata\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
                "skipped=\"%zu\">\n",
                cases, failures, skipped);
    for (size_t i = 0; i < report->count; i++)
        if (is_case(&report->results[i]))
            add_case(report, &report->results[i], text);
    rp_text_add(text, "  </testsuite>\n</testsuites>\n");
}
