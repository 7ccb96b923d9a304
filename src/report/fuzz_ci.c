/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports of fuzz campaigns for machines: SARIF 2.1.0, a result a finding under a rule for each oracle;
 * JUnit's XML, a suite a mode and a case a finding, which fails if it is news; JSON; the baseline. See
 * fuzz_report.h, sarif.h, junit.h. */
#include "report/fuzz_report.h"
#include "report/inert.h"
#include "report/json.h"
#include "report/junit.h"
#include "report/rules.h"
#include "report/sarif.h"
#include "report/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ORACLES_MAX 16
#define HELP                                                                                                 \
    "A fuzz campaign runs mutants of encodings and states. What it reports was made as small as it gets, "   \
    "and has reproduced in three fresh processes; the witness in the result runs it again by `ringprobe "    \
    "replay`. An alert closes when it no longer reproduces, or by accepting it into the baseline."

/* The oracles of a report, each a rule, in the order in which they are met. */
struct oracles {
    const char *name[ORACLES_MAX];
    size_t count;
};

static size_t rule_of(struct oracles *oracles, const char *name)
{
    size_t i = 0;
    while (i < oracles->count && strcmp(oracles->name[i], name) != 0)
        i++;
    if (i == oracles->count && i < ORACLES_MAX)
        oracles->name[oracles->count++] = name;
    return i < ORACLES_MAX ? i : ORACLES_MAX - 1;
}

/* A contradicted verdict is about the machine; the others are first about executors and decoders. */
static const char *level_of(const char *oracle)
{
    return strcmp(oracle, "rings") == 0 ? "error" : "warning";
}

static void add_rule_id(struct rp_json *json, const char *key, const char *oracle)
{
    struct rp_text id = {0};
    rp_text_add(&id, "fuzz/%s", oracle);
    rp_sarif_inert(json, key, rp_text_string(&id));
    rp_text_free(&id);
}

static void add_rule(struct rp_json *json, const struct rp_rules *rules, const char *oracle)
{
    const struct rp_rule_words *words = rp_rules_find(rules, RP_RULE_ORACLE, oracle);
    struct rp_text help = {0};
    rp_json_open_object(json, NULL);
    add_rule_id(json, "id", oracle);
    rp_sarif_message(json, "shortDescription", words ? words->title : oracle);
    rp_sarif_message(json, "fullDescription", words ? words->text : oracle);
    rp_text_add(&help, "%s\n\n%s\n\nSource: %s.", words ? words->text : oracle, HELP,
                words ? words->source : "none");
    rp_json_open_object(json, "help");
    rp_json_string(json, "text", rp_text_string(&help));
    rp_json_close(json);
    rp_json_open_object(json, "defaultConfiguration");
    rp_json_string(json, "level", level_of(oracle));
    rp_json_close(json);
    rp_json_close(json);
    rp_text_free(&help);
}

static int add_tool(struct rp_json *json, const struct rp_fuzz_report *report, struct oracles *oracles)
{
    static struct rp_rules rules;
    for (size_t i = 0; i < report->count; i++)
        rule_of(oracles, report->item[i].oracle);
    int result = rp_rules_load(&rules, NULL);
    rp_json_open_object(json, "tool");
    rp_json_open_object(json, "driver");
    rp_json_string(json, "name", "ringprobe");
    rp_sarif_inert(json, "version", report->configuration->version);
    rp_json_open_array(json, "rules");
    for (size_t i = 0; i < oracles->count && result == RP_OK; i++)
        add_rule(json, &rules, oracles->name[i]);
    rp_json_close(json);
    rp_json_close(json);
    rp_json_close(json);
    return result;
}

/* "cpuid in long64, 0fa2: unicorn differs ..." */
static void add_words(const struct rp_fuzz_item *item, struct rp_text *text)
{
    rp_text_add(text, "%s in %s, %s: %s (%s, %s).", item->name, rp_mode_info(item->mode)->name,
                item->encoding, item->why, item->oracle, item->detail);
}

static void add_message(struct rp_json *json, const struct rp_fuzz_report *report,
                        const struct rp_fuzz_item *item)
{
    struct rp_text text = {0};
    add_words(item, &text);
    if (report->baseline || item->news) {
        rp_text_add(&text, " It is ");
        rp_fuzz_words_news(report, item, &text);
        rp_text_add(&text, ".");
    }
    rp_text_add(&text, " Again: ");
    rp_fuzz_words_replay(item, &text);
    rp_sarif_message(json, "message", rp_text_string(&text));
    rp_text_free(&text);
}

static void add_result(struct rp_json *json, const struct rp_fuzz_report *report, struct oracles *oracles,
                       const struct rp_fuzz_item *item)
{
    struct rp_text replay = {0};
    rp_json_open_object(json, NULL);
    add_rule_id(json, "ruleId", item->oracle);
    rp_json_number(json, "ruleIndex", (int64_t)rule_of(oracles, item->oracle));
    rp_json_string(json, "level", level_of(item->oracle));
    add_message(json, report, item);
    rp_sarif_locations(json, rp_mode_info(item->mode)->name, item->name);
    rp_sarif_fingerprints(json, item->id);
    if (report->baseline)
        rp_json_string(json, "baselineState", item->news ? "new" : "unchanged");
    rp_json_open_object(json, "properties");
    rp_json_id(json, item->id);
    rp_json_string(json, "mode", rp_mode_info(item->mode)->name);
    rp_sarif_inert(json, "encoding", item->encoding);
    rp_sarif_inert(json, "detail", item->detail);
    rp_fuzz_words_replay(item, &replay);
    rp_sarif_inert(json, "replay", rp_text_string(&replay));
    rp_json_close(json);
    rp_json_close(json);
    rp_text_free(&replay);
}

void rp_fuzz_sarif(const struct rp_fuzz_report *report, const struct rp_style *style, struct rp_text *text)
{
    struct oracles oracles = {0};
    const struct rp_fuzz_summary *s = &report->summary;
    struct rp_json json;
    struct rp_text incomplete = {0};
    size_t added = 0;
    (void)style;
    if (rp_fuzz_is_incomplete(s)) {
        rp_text_add(&incomplete, "Incomplete: ");
        rp_fuzz_words_incomplete(s, &incomplete);
        rp_text_add(&incomplete, ".");
    }
    rp_sarif_begin(&json);
    text->failed |= add_tool(&json, report, &oracles) != RP_OK;
    rp_sarif_category(&json, "fuzz/", report->configuration);
    rp_json_string(&json, "columnKind", "utf16CodeUnits");
    rp_json_open_array(&json, "results");
    for (; added < report->count && added < RP_SARIF_RESULTS_MAX; added++)
        add_result(&json, report, &oracles, &report->item[added]);
    rp_json_close(&json);
    rp_sarif_invocation(&json, report->configuration->command, !s->failure, incomplete.data, "findings",
                        report->count - added);
    rp_sarif_configuration(&json, report->configuration);
    rp_json_end(&json, text);
    rp_text_free(&incomplete);
}

static void add_case(struct rp_text *text, const struct rp_fuzz_report *report,
                     const struct rp_fuzz_item *item)
{
    struct rp_text words = {0};
    rp_text_add(&words, "%s %s %s rp-%016" PRIx64, item->name, item->oracle, item->detail, item->id);
    rp_text_add(text, "    <testcase");
    rp_junit_attribute(text, "classname", rp_mode_info(item->mode)->name);
    rp_junit_attribute(text, "name", rp_text_string(&words));
    rp_text_add(text, ">\n");
    rp_text_free(&words);
    if (item->news) {
        rp_fuzz_words_news(report, item, &words);
        rp_text_add(text, "      <failure");
        rp_junit_attribute(text, "message", rp_text_string(&words));
        rp_junit_attribute(text, "type", "new");
        rp_text_add(text, "/>\n");
        rp_text_free(&words);
    }
    add_words(item, &words);
    rp_text_add(&words, " Again: ");
    rp_fuzz_words_replay(item, &words);
    rp_text_add(text, "      <system-out>");
    rp_inert_html(text, rp_text_string(&words));
    rp_text_add(text, "</system-out>\n    </testcase>\n");
    rp_text_free(&words);
}

/* A case more than the mode's findings says whether the campaign ran to its end; without it a clean mode
 * would have none. A campaign that failed is an error, one that is at no end is skipped. */
static void add_campaign(struct rp_text *text, const struct rp_fuzz_summary *s, const char *mode)
{
    struct rp_text why = {0};
    rp_fuzz_words_incomplete(s, &why);
    rp_text_add(text, "    <testcase");
    rp_junit_attribute(text, "classname", mode);
    rp_text_add(text, " name=\"the campaign ran\">");
    if (rp_fuzz_is_incomplete(s)) {
        rp_text_add(text, s->failure ? "<error" : "<skipped");
        rp_junit_attribute(text, "message", rp_text_string(&why));
        rp_text_add(text, "/>");
    }
    rp_text_add(text, "<system-out>%" PRIu64 " executions in all modes</system-out></testcase>\n",
                s->executions);
    rp_text_free(&why);
}

static void add_suite(struct rp_text *text, const struct rp_fuzz_report *report, enum rp_mode mode)
{
    const struct rp_fuzz_summary *s = &report->summary;
    const char *name = rp_mode_info(mode)->name;
    size_t cases = 1, failures = 0;
    for (size_t i = 0; i < report->count; i++) {
        cases += report->item[i].mode == mode;
        failures += report->item[i].mode == mode && report->item[i].news;
    }
    rp_text_add(text, "  <testsuite name=\"ringprobe fuzz %s\" tests=\"%zu\" failures=\"%zu\" errors=\"%d\"",
                name, cases, failures, s->failure != NULL);
    rp_text_add(text, " skipped=\"%d\"", !s->failure && rp_fuzz_is_incomplete(s));
    rp_junit_timestamp(text, report->configuration->date);
    rp_text_add(text, ">\n");
    rp_junit_properties(text, report->configuration);
    add_campaign(text, s, name);
    for (size_t i = 0; i < report->count; i++)
        if (report->item[i].mode == mode)
            add_case(text, report, &report->item[i]);
    rp_text_add(text, "  </testsuite>\n");
}

void rp_fuzz_junit(const struct rp_fuzz_report *report, const struct rp_style *style, struct rp_text *text)
{
    uint8_t modes = report->configuration->modes;
    (void)style;
    for (size_t i = 0; i < report->count; i++) /* of a directory that says otherwise, too */
        modes = (uint8_t)(modes | 1u << report->item[i].mode);
    rp_text_add(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ringprobe\">\n");
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        if (modes >> mode & 1)
            add_suite(text, report, (enum rp_mode)mode);
    rp_text_add(text, "</testsuites>\n");
}

/* `brief`: what a baseline has of a finding, in which nothing is of a machine or a run. */
static void add_finding(struct rp_json *json, const struct rp_fuzz_item *item, bool brief)
{
    char witness[RP_WITNESS_LINE_MAX + 1];
    rp_json_open_object(json, NULL);
    rp_json_id(json, item->id);
    rp_json_string(json, "oracle", item->oracle);
    rp_json_string(json, "mode", rp_mode_info(item->mode)->name);
    rp_json_string(json, "mnemonic", item->name);
    rp_json_string(json, "detail", item->detail);
    if (!brief) {
        rp_json_string(json, "encoding", item->encoding);
        rp_json_string(json, "why", item->why);
        rp_json_number(json, "sharing", item->sharing);
        rp_json_bool(json, "new", item->news);
        rp_json_string(json, "witness",
                       rp_line_field(item->line, item->length, "witness", witness, sizeof witness) ? witness
                                                                                                   : NULL);
    }
    rp_json_close(json);
}

static void add_head(struct rp_json *json, const char *schema, const struct rp_configuration *c)
{
    rp_json_begin(json);
    rp_json_string(json, "schema", schema);
    rp_json_string(json, "version", c->version);
    rp_json_string(json, "policy", rp_policy_name(c->policy));
    rp_json_modes(json, "modes", c->modes);
}

void rp_fuzz_json(const struct rp_fuzz_report *report, const struct rp_style *style, struct rp_text *text)
{
    const struct rp_configuration *c = report->configuration;
    const struct rp_fuzz_summary *s = &report->summary;
    struct rp_json json;
    (void)style;
    add_head(&json, "ringprobe.fuzz-report/1", c);
    rp_json_string(&json, "executors", c->executors);
    rp_json_string(&json, "cpu", c->cpu);
    rp_json_string(&json, "command", c->command);
    rp_json_number(&json, "executions", (int64_t)s->executions);
    rp_json_number(&json, "runs", (int64_t)s->runs);
    rp_json_number(&json, "behaviours", (int64_t)s->behaviours);
    rp_json_number(&json, "coarse", (int64_t)s->coarse);
    rp_json_number(&json, "inputs", (int64_t)s->inputs);
    rp_json_number(&json, "pending", (int64_t)s->pending);
    rp_json_bool(&json, "interrupted", s->interrupted);
    rp_json_string(&json, "failure", s->failure);
    rp_json_string(&json, "baseline", report->baseline ? report->baseline->path : NULL);
    rp_json_number(&json, "new", (int64_t)report->news);
    rp_json_open_array(&json, "findings");
    for (size_t i = 0; i < report->count; i++)
        add_finding(&json, &report->item[i], false);
    rp_json_end(&json, text);
}

/* In which order they were found is the seed's doing, and no difference between two baselines. */
static int by_what(const void *a, const void *b)
{
    const struct rp_fuzz_item *x = *(const struct rp_fuzz_item *const *)a,
                              *y = *(const struct rp_fuzz_item *const *)b;
    int names = strcmp(x->name, y->name), oracles = strcmp(x->oracle, y->oracle);
    if (x->mode != y->mode)
        return x->mode < y->mode ? -1 : 1;
    return names ? names : oracles ? oracles : x->id < y->id ? -1 : x->id > y->id;
}

void rp_fuzz_baseline(const struct rp_fuzz_report *report, const struct rp_style *style, struct rp_text *text)
{
    struct rp_text names = {0};
    const struct rp_fuzz_item **order = calloc(report->count + 1, sizeof(const struct rp_fuzz_item *));
    struct rp_json json;
    (void)style;
    text->failed |= !order;
    for (size_t i = 0; i < report->count && order; i++)
        order[i] = &report->item[i];
    if (order)
        qsort(order, report->count, sizeof(const struct rp_fuzz_item *), by_what);
    add_head(&json, "ringprobe.fuzz-baseline/1", report->configuration);
    rp_words_executor_names(report->configuration->executors, &names);
    rp_json_string(&json, "executors", rp_text_string(&names)); /* versions are of a machine */
    rp_text_free(&names);
    rp_json_open_array(&json, "findings");
    for (size_t i = 0; i < report->count && order; i++)
        add_finding(&json, order[i], true);
    rp_json_end_lines(&json, text);
    free(order);
}
