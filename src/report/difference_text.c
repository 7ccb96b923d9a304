/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Differences for people; see difference.h. Encodings that changed alike stand in one row. */
#include "base/hex.h"
#include "report/difference.h"
#include "report/document.h"
#include "report/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What an encoding's row says but for number and example, and which encoding it is. */
struct row {
    char *words;
    const struct rp_verdict *verdict;
    size_t number; /* of the verdict */
};

static void add_class_part(const struct rp_verdict *v, enum rp_class_part part, struct rp_text *text)
{
    switch (part) {
    case RP_CLASS_VERDICT:
        rp_text_add(text, "%s", rp_judgement_name(v->judgement));
        break;
    case RP_CLASS_SENSITIVITY:
        rp_words_sensitivity(v->sensitivity, text);
        break;
    case RP_CLASS_RESOURCES:
        rp_words_resources_brief(&v->resources, 4, text);
        break;
    case RP_CLASS_CLOSERS:
        for (unsigned i = 0; i < v->closers; i++) {
            rp_text_add(text, "%s", i ? " or " : "");
            rp_words_closer(&v->closer[i], text);
        }
        rp_text_add(text, "%s", v->closers ? "" : "nothing");
        break;
    case RP_CLASS_POLICIES:
        for (unsigned i = 0, some = 0; i < RP_POLICY_COUNT; i++)
            if (i != v->policy && v->by_policy[i] != RP_ANSWER_NOT_ASKED)
                rp_text_add(text, "%s%s=%s", some++ ? " " : "", rp_policy_name((enum rp_policy)i),
                            rp_answer_word(v->by_policy[i]));
        break;
    }
}

static void add_change(const struct rp_encoding_difference *e, struct rp_text *text)
{
    static const char *const names[] = {"", "kinds ", "resources ", "closed by ", "policies "};
    const char *separator = "";
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!(e->parts >> i & 1))
            continue;
        rp_text_add(text, "%s%s", separator, names[i]);
        add_class_part(e->old, (enum rp_class_part)(1u << i), text);
        rp_text_add(text, " -> ");
        add_class_part(e->new, (enum rp_class_part)(1u << i), text);
        separator = "; ";
    }
}

/* "long64<TAB>lar<TAB>hole -> innocuous": the cells of its row. */
static char *describe(const struct rp_encoding_difference *e)
{
    const struct rp_verdict *any = e->old ? e->old : e->new;
    struct rp_text text = {0};
    rp_text_add(&text, "%s\t%s\t", rp_mode_info(any->mode)->name, any->decoded ? any->name : "(not decoded)");
    if (e->old && e->new)
        add_change(e, &text);
    else
        rp_text_add(&text, "%s in %s alone", rp_judgement_name(any->judgement), e->old ? "OLD" : "NEW");
    if (text.failed)
        rp_text_free(&text);
    return text.data;
}

static int by_words(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->words, ((const struct row *)b)->words);
}

static void add_example(struct rp_table *table, const struct rp_verdict *v)
{
    char hex[2 * RP_ENCODING_MAX + 1];
    rp_hex_print(hex, v->encoding.bytes, v->encoding.length);
    rp_table_cell(table, RP_TONE_PLAIN, "%s", hex);
}

static void write_rows(struct rp_document *document, struct row *row, size_t count)
{
    struct rp_table table = {.heading = {"mode", "instruction", "what changed", "encodings", "for example"},
                             .columns = 5};
    qsort(row, count, sizeof *row, by_words);
    for (size_t first = 0, end; first < count; first = end) {
        const char *at = row[first].words;
        for (end = first; end < count && strcmp(row[end].words, row[first].words) == 0; end++)
            continue;
        for (unsigned i = 0; i < 3; i++) {
            int length = (int)strcspn(at, "\t");
            rp_table_cell(&table, RP_TONE_PLAIN, "%.*s", length, at);
            at += length + (at[length] == '\t');
        }
        rp_table_cell(&table, RP_TONE_PLAIN, "%zu", end - first);
        const struct row *example = &row[first];
        for (size_t i = first; i < end; i++) /* qsort keeps no order; rows of a table follow the verdicts */
            if (row[i].number < example->number)
                example = &row[i];
        add_example(&table, example->verdict);
    }
    rp_document_table(document, &table);
}

static void write_encodings(struct rp_document *document, const struct rp_differences *d)
{
    struct row *row = calloc(d->encodings + 1, sizeof *row);
    size_t made = 0;
    for (; row && made < d->encodings; made++) {
        const struct rp_encoding_difference *e = &d->encoding[made];
        row[made] = (struct row){describe(e), e->old ? e->old : e->new, e->number};
        if (!row[made].words)
            break;
    }
    rp_document_heading(document, 2, "Encodings that changed: %zu", d->encodings);
    if (!row || made < d->encodings)
        document->text->failed = true;
    else if (made == 0)
        rp_document_paragraph(document, RP_TONE_PLAIN, "None.");
    else
        write_rows(document, row, made);
    for (size_t i = 0; row && i < made; i++)
        free(row[i].words);
    free(row);
}

static void write_findings(struct rp_document *document, const struct rp_differences *d, bool appeared)
{
    struct rp_table table = {
        .heading = {"id", "mode", "instruction", "kinds", "resources", "encodings", "for example"},
        .columns = 7};
    size_t count = 0;
    for (size_t i = 0; i < d->findings; i++)
        count += d->finding[i].appeared == appeared;
    rp_document_heading(document, 2, "Holes that %s: %zu", appeared ? "appeared" : "vanished", count);
    if (count == 0)
        rp_document_paragraph(document, RP_TONE_PLAIN, "None.");
    for (size_t i = 0; i < d->findings; i++) {
        const struct rp_finding_difference *finding = &d->finding[i];
        const struct rp_verdict *v = finding->example;
        struct rp_text words = {0};
        if (finding->appeared != appeared)
            continue;
        rp_table_cell(&table, RP_TONE_PLAIN, "rp-%016" PRIx64, finding->id);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", rp_mode_info(v->mode)->name);
        rp_table_cell(&table, appeared ? RP_TONE_ALARM : RP_TONE_GOOD, "%s", v->name);
        rp_words_sensitivity(v->sensitivity, &words);
        rp_table_add(&table, RP_TONE_PLAIN, &words);
        rp_words_resources_brief(&v->resources, 4, &words);
        rp_table_add(&table, RP_TONE_PLAIN, &words);
        rp_table_cell(&table, RP_TONE_PLAIN, "%zu", finding->encodings);
        add_example(&table, v);
    }
    rp_document_table(document, &table);
}

static void write_settings(struct rp_document *document, const struct rp_differences *d)
{
    struct rp_table table = {.heading = {"setting", "OLD", "NEW"}, .columns = 3};
    rp_document_heading(document, 2, "Configuration");
    if (d->settings == 0)
        rp_document_paragraph(document, RP_TONE_PLAIN, "The same.");
    for (size_t i = 0; i < d->settings; i++) {
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", d->setting[i].name);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", *d->setting[i].old ? d->setting[i].old : "-");
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", *d->setting[i].new ? d->setting[i].new : "-");
    }
    rp_document_table(document, &table);
    if (d->old_cut || d->new_cut)
        rp_document_paragraph(document, RP_TONE_DOUBT, "Unfinished: %s.",
                              !d->new_cut   ? "OLD"
                              : !d->old_cut ? "NEW"
                                            : "OLD and NEW");
}

void rp_differences_report(const struct rp_differences *d, bool markdown, const struct rp_style *style,
                           struct rp_text *text)
{
    struct rp_document document = {.markdown = markdown, .style = *style, .text = text};
    struct rp_text modes = {0};
    rp_words_modes(d->modes, &modes);
    rp_document_heading(&document, 1, "What changed");
    rp_document_paragraph(&document, RP_TONE_PLAIN, "Modes that both have: %s.",
                          d->modes ? rp_text_string(&modes) : "none");
    write_settings(&document, d);
    write_findings(&document, d, true);
    write_findings(&document, d, false);
    write_encodings(&document, d);
    text->failed |= modes.failed;
    rp_text_free(&modes);
}
