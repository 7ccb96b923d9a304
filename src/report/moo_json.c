/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded hardware tests as JSON lines; see moo.h. */
#include "report/moo.h"

#include <string.h>

static void begin(struct rp_json *json, const struct rp_moo_report *report, const char *what)
{
    rp_json_begin(json);
    rp_json_string(json, "schema", "ringprobe.golden/1");
    rp_json_string(json, "kind", "moo");
    rp_json_string(json, "what", what);
    rp_site_json(json, report->site);
    rp_json_string(json, "executor", report->executor);
    rp_json_string(json, "executor_version", report->executor_version);
    rp_json_string(json, "provenance", rp_provenance_name(report->provenance));
}

static void add_answers(struct rp_json *json, const uint64_t answer[RP_MOO_PENDING])
{
    uint64_t run = answer[RP_MOO_AGREES] + answer[RP_MOO_DIFFERS];
    rp_json_number(json, "tests", (int64_t)(run + answer[RP_MOO_UNFIT]));
    rp_json_number(json, "run", (int64_t)run);
    rp_json_number(json, "agree", (int64_t)answer[RP_MOO_AGREES]);
    rp_json_number(json, "differ", (int64_t)answer[RP_MOO_DIFFERS]);
    rp_json_number(json, "not_runnable", (int64_t)answer[RP_MOO_UNFIT]);
}

static void add_end(struct rp_json *json, const char *key, uint8_t kind, uint8_t vector)
{
    bool through = kind == RP_OUTCOME_TRAPPED || kind == RP_OUTCOME_ENTERED;
    rp_json_open_object(json, key);
    rp_json_string(json, "outcome", rp_outcome_kind_name((enum rp_outcome_kind)kind));
    if (through)
        rp_json_number(json, "vector", vector);
    rp_json_close(json);
}

static void add_difference(struct rp_json *json, const struct rp_moo_result *result)
{
    char names[RP_RECORDED_NAMES_MAX];
    struct rp_text words = {0};
    rp_moo_cause_words(result, &words);
    rp_json_string(json, "words", rp_text_string(&words));
    rp_text_free(&words);
    rp_json_open_array(json, "differs");
    for (unsigned i = 0; i < RP_RECORDED_DIFFERENCES; i++)
        if (result->differs >> i & 1)
            rp_json_string(json, NULL, rp_recorded_names(UINT32_C(1) << i, names));
    rp_json_close(json);
    rp_json_hex(json, "flags", result->flags);
    add_end(json, "wanted", result->wanted.kind, result->wanted.vector);
    add_end(json, "got", result->got.kind, result->got.vector);
}

static void add_examples(struct rp_json *json, const struct rp_moo_report *report,
                         const struct rp_moo_example *examples)
{
    rp_json_open_array(json, "examples");
    for (unsigned i = 0; i < RP_MOO_EXAMPLES_MAX && examples[i].path; i++) {
        struct rp_text words = {0};
        rp_moo_replay_words(report, examples[i].path, examples[i].index, &words);
        rp_json_open_object(json, NULL);
        rp_json_string(json, "file", examples[i].path);
        rp_json_number(json, "test", examples[i].index);
        rp_json_string(json, "replay", rp_text_string(&words));
        rp_json_close(json);
        rp_text_free(&words);
    }
    rp_json_close(json);
}

static void add_cause(const struct rp_moo_report *report, const struct rp_moo_cause *cause,
                      struct rp_text *text)
{
    struct rp_json json;
    begin(&json, report, "cause");
    rp_json_number(&json, "count", (int64_t)cause->count);
    add_difference(&json, &cause->like);
    rp_json_open_array(&json, "opcodes");
    for (size_t i = 0; i < cause->opcodes; i++) {
        rp_json_open_object(&json, NULL);
        rp_json_string(&json, "opcode", cause->opcode[i].opcode);
        rp_json_number(&json, "count", (int64_t)cause->opcode[i].count);
        rp_json_close(&json);
    }
    rp_json_close(&json);
    add_examples(&json, report, cause->example);
    rp_json_end(&json, text);
}

void rp_moo_json(const struct rp_moo_report *report, const struct rp_style *style, struct rp_text *text)
{
    const struct rp_moo_tally *tally = report->tally;
    struct rp_json json;
    (void)style;
    for (size_t i = 0; i < tally->opcodes; i++) {
        begin(&json, report, "opcode");
        rp_json_string(&json, "cpu", tally->opcode[i].cpu);
        rp_json_string(&json, "opcode", tally->opcode[i].opcode[0] ? tally->opcode[i].opcode : NULL);
        add_answers(&json, tally->opcode[i].answer);
        rp_json_end(&json, text);
    }
    for (size_t i = 0; i < tally->causes; i++)
        add_cause(report, &tally->cause[i], text);
    for (size_t i = 0; i < tally->reasons; i++) {
        begin(&json, report, "not-runnable");
        rp_json_string(&json, "reason", tally->reason[i].text);
        rp_json_number(&json, "count", (int64_t)tally->reason[i].count);
        add_examples(&json, report, tally->reason[i].example);
        rp_json_end(&json, text);
    }
    begin(&json, report, "summary");
    rp_json_string(&json, "version", report->version);
    rp_json_number(&json, "files", (int64_t)report->files);
    rp_json_number(&json, "wanted", (int64_t)report->wanted);
    add_answers(&json, tally->answer);
    rp_json_end(&json, text);
}

void rp_moo_test_json(const struct rp_moo_source *source, const struct rp_moo_result *result,
                      const char *detail, const struct rp_moo_report *report, struct rp_text *text)
{
    static const char *const answers[RP_MOO_PENDING] = {"agrees", "differs", "not-runnable"};
    struct rp_json json;
    begin(&json, report, "test");
    rp_json_string(&json, "file", source->path);
    rp_json_number(&json, "test", result->index);
    rp_json_string(&json, "cpu", source->cpu);
    rp_json_string(&json, "opcode", result->opcode);
    rp_json_string(&json, "answer", answers[result->answer]);
    rp_json_string(&json, "reason", result->unfit);
    if (result->answer == RP_MOO_DIFFERS)
        add_difference(&json, result);
    rp_json_string(&json, "detail", detail);
    rp_json_end(&json, text);
}
