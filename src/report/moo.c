/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded hardware tests as text and Markdown, and the table of formats; see moo.h. */
#include "report/moo.h"

#include "report/document.h"
#include "report/inert.h"
#include "report/words.h"
#include "x86/vector.h"

#include <inttypes.h>
#include <string.h>

#define OPCODES_MAX 8 /* that a cause is shown with */

void rp_moo_end_words(uint8_t kind, uint8_t vector, struct rp_text *text)
{
    bool through = kind == RP_OUTCOME_TRAPPED || kind == RP_OUTCOME_ENTERED;
    const struct rp_vector_info *info = through ? rp_vector_info(vector) : NULL;
    rp_text_add(text, "%s", rp_outcome_kind_name((enum rp_outcome_kind)kind));
    if (info)
        rp_text_add(text, " %s", info->name);
    else if (through)
        rp_text_add(text, " vector %u", vector);
}

void rp_moo_cause_words(const struct rp_moo_result *like, struct rp_text *text)
{
    char names[RP_RECORDED_NAMES_MAX];
    if (like->differs & RP_RECORDED_OUTCOME) {
        rp_text_add(text, "recorded: ");
        rp_moo_end_words(like->wanted.kind, like->wanted.vector, text);
        rp_text_add(text, "; came out: ");
        rp_moo_end_words(like->got.kind, like->got.vector, text);
        return;
    }
    rp_text_add(text, "%s", rp_recorded_names(like->differs, names));
    if (like->flags) {
        rp_text_add(text, " (");
        rp_words_bits(RP_REG_RFLAGS, like->flags, text);
        rp_text_add(text, ")");
    }
    if (like->wanted.kind != RP_OUTCOME_RETIRED) {
        rp_text_add(text, ", behind ");
        rp_moo_end_words(like->wanted.kind, like->wanted.vector, text);
    }
}

void rp_moo_replay_words(const struct rp_moo_report *report, const char *path, uint32_t index,
                         struct rp_text *text)
{
    rp_text_add(text, "ringprobe golden verify -x %s --only %" PRIu32 " '%s'", report->executor, index, path);
}

static void add_percent(struct rp_table *table, uint64_t part, uint64_t whole)
{
    if (whole)
        rp_table_cell(table, part == whole ? RP_TONE_GOOD : RP_TONE_ALARM, "%.2f %%",
                      100.0 * (double)part / (double)whole);
    else
        rp_table_cell(table, RP_TONE_DOUBT, "-");
}

static void add_opcodes(const struct rp_moo_report *report, struct rp_document *document)
{
    struct rp_table table = {.heading = {"CPU", "opcode", "tests", "run", "agree", "differ", "agreement"},
                             .columns = 7};
    for (size_t i = 0; i < report->tally->opcodes; i++) {
        const struct rp_moo_opcode *row = &report->tally->opcode[i];
        uint64_t agree = row->answer[RP_MOO_AGREES], run = agree + row->answer[RP_MOO_DIFFERS];
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", row->cpu);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", row->opcode[0] ? row->opcode : "-");
        rp_table_cell(&table, RP_TONE_PLAIN, "%" PRIu64, run + row->answer[RP_MOO_UNFIT]);
        rp_table_cell(&table, RP_TONE_PLAIN, "%" PRIu64, run);
        rp_table_cell(&table, RP_TONE_PLAIN, "%" PRIu64, agree);
        rp_table_cell(&table, RP_TONE_PLAIN, "%" PRIu64, run - agree);
        add_percent(&table, agree, run);
    }
    rp_document_heading(document, 2, "Agreement by opcode");
    rp_document_table(document, &table);
}

static void add_cause_opcodes(const struct rp_moo_cause *cause, struct rp_table *table)
{
    struct rp_text list = {0};
    for (size_t i = 0; i < cause->opcodes && i < OPCODES_MAX; i++)
        rp_text_add(&list, "%s%s %" PRIu64, i ? ", " : "", cause->opcode[i].opcode, cause->opcode[i].count);
    if (cause->opcodes > OPCODES_MAX)
        rp_text_add(&list, " and %zu more", cause->opcodes - OPCODES_MAX);
    rp_table_add(table, RP_TONE_PLAIN, &list);
}

static void add_causes(const struct rp_moo_report *report, struct rp_document *document)
{
    struct rp_table table = {.heading = {"tests", "what differs", "opcodes"}, .columns = 3};
    const struct rp_moo_tally *tally = report->tally;
    struct rp_text words = {0};
    for (size_t i = 0; i < tally->causes; i++) {
        rp_table_cell(&table, RP_TONE_ALARM, "%" PRIu64, tally->cause[i].count);
        rp_moo_cause_words(&tally->cause[i].like, &words);
        rp_table_add(&table, RP_TONE_PLAIN, &words);
        add_cause_opcodes(&tally->cause[i], &table);
    }
    if (tally->causes)
        rp_document_heading(document, 2, "Disagreements by cause");
    rp_document_table(document, &table);
    for (size_t i = 0; i < tally->causes; i++) {
        const struct rp_moo_example *example = &tally->cause[i].example[0];
        rp_moo_replay_words(report, example->path, example->index, &words);
        rp_document_line(document, i ? "" : "one of each again", rp_text_string(&words));
        rp_text_free(&words);
    }
}

static void add_reasons(const struct rp_moo_report *report, struct rp_document *document)
{
    struct rp_table table = {.heading = {"tests", "not runnable", "such as"}, .columns = 3};
    for (size_t i = 0; i < report->tally->reasons; i++) {
        const struct rp_moo_reason *reason = &report->tally->reason[i];
        rp_table_cell(&table, RP_TONE_DOUBT, "%" PRIu64, reason->count);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", reason->text);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s, test %" PRIu32, reason->example[0].path,
                      reason->example[0].index);
    }
    if (report->tally->reasons)
        rp_document_heading(document, 2, "Not runnable");
    rp_document_table(document, &table);
}

static void write_report(const struct rp_moo_report *report, struct rp_document *document)
{
    const uint64_t *answer = report->tally->answer;
    uint64_t run = answer[RP_MOO_AGREES] + answer[RP_MOO_DIFFERS];
    rp_document_heading(document, 1, "Recorded hardware tests on %s", report->executor);
    rp_document_paragraph(document, answer[RP_MOO_DIFFERS] ? RP_TONE_ALARM : RP_TONE_GOOD,
                          "%" PRIu64 " tests of %zu file%s: %" PRIu64 " run, %" PRIu64
                          " agree (%.2f %%), %" PRIu64 " differ; %" PRIu64 " not runnable",
                          report->tally->tests, report->files, report->files == 1 ? "" : "s", run,
                          answer[RP_MOO_AGREES],
                          run ? 100.0 * (double)answer[RP_MOO_AGREES] / (double)run : 0.0,
                          answer[RP_MOO_DIFFERS], answer[RP_MOO_UNFIT]);
    if (report->tally->tests < report->wanted)
        rp_document_paragraph(document, RP_TONE_DOUBT, "stopped after %" PRIu64 " of %" PRIu64 " tests",
                              report->tally->tests, report->wanted);
    rp_document_paragraph(document, RP_TONE_FAINT, "%s (%s)", report->executor_version,
                          rp_provenance_name(report->provenance));
    add_causes(report, document);
    add_reasons(report, document);
    add_opcodes(report, document);
}

static void write_text(const struct rp_moo_report *report, const struct rp_style *style, struct rp_text *text)
{
    struct rp_document document = {.style = *style, .text = text};
    write_report(report, &document);
}

static void write_markdown(const struct rp_moo_report *report, const struct rp_style *style,
                           struct rp_text *text)
{
    struct rp_document document = {.markdown = true, .style = *style, .text = text};
    write_report(report, &document);
}

/* The heading of one test, and its detail line by line. */
static void write_test(const struct rp_moo_source *source, const struct rp_moo_result *result,
                       const char *detail, const struct rp_moo_report *report, struct rp_text *text)
{
    struct rp_text words = {0};
    (void)report;
    if (result->answer == RP_MOO_DIFFERS)
        rp_moo_cause_words(result, &words);
    rp_text_add(text, "%s, test %" PRIu32 ": %s%s%s\n", source->path, result->index,
                result->answer == RP_MOO_AGREES    ? "agrees"
                : result->answer == RP_MOO_DIFFERS ? "differs: "
                                                   : "not runnable: ",
                rp_text_string(&words), result->answer == RP_MOO_UNFIT ? result->unfit : "");
    for (const char *line = detail; *line;) {
        size_t length = strcspn(line, "\n");
        struct rp_text one = {0};
        rp_text_add_bytes(&one, line, length);
        rp_inert_plain(text, rp_text_string(&one));
        rp_text_add(text, "\n");
        rp_text_free(&one);
        line += length + (line[length] != '\0');
    }
    rp_text_free(&words);
}

static void write_test_markdown(const struct rp_moo_source *source, const struct rp_moo_result *result,
                                const char *detail, const struct rp_moo_report *report, struct rp_text *text)
{
    struct rp_text lines = {0};
    write_test(source, result, detail, report, &lines);
    rp_inert_markdown_block(text, &lines);
    rp_text_free(&lines);
}

static const struct rp_moo_format formats[] = {
    {"text", write_text, write_test},
    {"markdown", write_markdown, write_test_markdown},
    {"json", rp_moo_json, rp_moo_test_json},
};

const struct rp_moo_format *rp_moo_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
