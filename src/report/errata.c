/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errata as text and Markdown, and the table of formats; see errata.h. */
#include "report/errata.h"

#include "report/document.h"
#include "report/words.h"

#include <inttypes.h>
#include <string.h>

/* In the order in which people want to read them, and what stands in front of each. */
static const struct {
    enum rp_errata_answer answer;
    enum rp_tone tone;
    const char *heading, *word;
} sections[] = {
    {RP_ERRATA_PRESENT, RP_TONE_ALARM, "Present", "present (shown by experiment)"},
    {RP_ERRATA_AFFECTED, RP_TONE_ALARM, "Affected by table", "affected by table, not run"},
    {RP_ERRATA_UNKNOWN, RP_TONE_DOUBT, "Unknown", "unknown"},
    {RP_ERRATA_ABSENT, RP_TONE_GOOD, "Absent", "absent (shown)"},
    {RP_ERRATA_FIXED, RP_TONE_GOOD, "Fixed", "fixed"},
};
_Static_assert(sizeof sections / sizeof sections[0] + 1 == RP_ERRATA_ANSWER_COUNT, "all but not applicable");

void rp_errata_fingerprint_words(const struct rp_fingerprint *f, struct rp_text *text)
{
    if (!f->shown) {
        rp_text_add(text, "no variant was shown");
        return;
    }
    if (!f->vendor[0]) {
        rp_text_add(text, "behaves like no CPU of the catalogue (%u variants shown)", f->shown);
        return;
    }
    bool one = f->family[0] == f->family[1] && !f->or_later;
    rp_text_add(text, "%s %s famil%s %02xh",
                f->alike ? "behaves like" : "behaves like no CPU of the catalogue; nearest is",
                rp_vendor_title(f->vendor), one || f->or_later ? "y" : "ies", f->family[0]);
    if (f->or_later)
        rp_text_add(text, " or later");
    else if (!one)
        rp_text_add(text, " to %02xh", f->family[1]);
    rp_text_add(text, " (%u of %u variants shown are its, %u are not)", f->agree, f->shown, f->against);
}

const char *rp_errata_variant_label(const struct rp_errata_result *result)
{
    const struct rp_erratum *erratum = result->erratum;
    for (unsigned i = 0; i < erratum->variants && !result->experiment.other.present; i++)
        if (result->experiment.variants_met >> i & 1)
            return erratum->variant[i].label;
    return NULL;
}

static void add_section(const struct rp_errata_report *report, size_t section, struct rp_document *document)
{
    struct rp_table table = {.heading = {"id", "names", "why"}, .columns = 3};
    size_t rows = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct rp_errata_result *result = &report->results[i];
        if (result->erratum->kind == RP_ERRATUM_VARIANT || result->answer != sections[section].answer)
            continue;
        rp_table_cell(&table, sections[section].tone, "%s", result->erratum->id);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", result->erratum->names);
        bool mend = report->cpu && rp_errata_is_news(result); /* of a CPU */
        rp_table_cell(&table, RP_TONE_PLAIN, "%s%s%s", result->reason, mend ? "; fix: " : "",
                      mend ? result->erratum->fix : "");
        rows++;
    }
    if (rows)
        rp_document_heading(document, 2, "%s: %zu", sections[section].heading, rows);
    rp_document_table(document, &table);
}

static void add_others(const struct rp_errata_report *report, struct rp_document *document)
{
    struct rp_text ids = {0};
    size_t many = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct rp_errata_result *result = &report->results[i];
        if (result->erratum->kind == RP_ERRATUM_VARIANT || result->answer != RP_ERRATA_NOT_APPLICABLE)
            continue;
        rp_text_add(&ids, "%s%s", many++ ? ", " : "", result->erratum->id);
    }
    if (many) {
        rp_document_heading(document, 2, "Not applicable: %zu", many);
        rp_document_list(document, "entries", rp_text_string(&ids));
        rp_document_end_list(document);
    }
    rp_text_free(&ids);
}

static void add_variants(const struct rp_errata_report *report, struct rp_document *document)
{
    struct rp_table table = {.heading = {"variant", "what", "as"}, .columns = 3};
    struct rp_text words = {0};
    for (size_t i = 0; i < report->count; i++) {
        const struct rp_errata_result *result = &report->results[i];
        const char *label = rp_errata_variant_label(result);
        if (result->erratum->kind != RP_ERRATUM_VARIANT)
            continue;
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", result->erratum->id);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", result->erratum->names);
        rp_table_cell(&table, label ? RP_TONE_PLAIN : RP_TONE_DOUBT, "%s",
                      label                     ? label
                      : result->experiment.made ? result->reason
                                                : result->experiment.why_not);
    }
    if (rp_table_rows(&table)) {
        rp_document_heading(document, 2, "Behaviour");
        rp_errata_fingerprint_words(&report->fingerprint, &words);
        rp_document_paragraph(document, RP_TONE_STRONG, "%s %s.", report->executor, rp_text_string(&words));
    }
    rp_document_table(document, &table);
    rp_text_free(&words);
}

static void write_report(const struct rp_errata_report *report, struct rp_document *document)
{
    struct rp_text identity = {0};
    size_t news = 0;
    for (size_t i = 0; i < report->count; i++)
        news += rp_errata_is_news(&report->results[i]);
    rp_document_heading(document, 1, "Errata");
    if (report->cpu)
        rp_cpu_print(report->cpu, &identity);
    rp_document_item(document, "asked", "%s (%s)%s%s", report->executor,
                     rp_provenance_name(report->provenance), report->cpu ? ": " : "",
                     rp_text_string(&identity));
    if (report->virtualised)
        rp_document_item(document, "virtualised",
                         "table answers are only as good as the identity and the microcode revision shown");
    rp_document_item(document, "answer", "%zu present or affected and not fixed", news);
    rp_document_end_list(document);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        add_section(report, i, document);
    add_others(report, document);
    add_variants(report, document);
    rp_text_free(&identity);
}

static void report_text(const struct rp_errata_report *report, const struct rp_style *style,
                        struct rp_text *text)
{
    struct rp_document document = {.style = *style, .text = text};
    write_report(report, &document);
}

static void report_markdown(const struct rp_errata_report *report, const struct rp_style *style,
                            struct rp_text *text)
{
    struct rp_document document = {.markdown = true, .style = *style, .text = text};
    write_report(report, &document);
}

static void write_list(const struct rp_erratum *const *entries, size_t count, struct rp_document *document)
{
    struct rp_table table = {.heading = {"id", "kind", "danger", "run", "names"}, .columns = 5};
    for (size_t i = 0; i < count; i++) {
        const struct rp_erratum *e = entries[i];
        bool runs = e->good.text || e->variants;
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", e->id);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", rp_erratum_kind_name(e->kind));
        rp_table_cell(&table, e->danger == RP_DANGER_SAFE ? RP_TONE_PLAIN : RP_TONE_DOUBT, "%s",
                      rp_danger_name(e->danger));
        rp_table_cell(&table, RP_TONE_PLAIN, "%s",
                      !runs                         ? "no"
                      : e->danger == RP_DANGER_SAFE ? "yes"
                                                    : "in guests");
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", e->names);
    }
    rp_document_table(document, &table);
}

static void list_text(const struct rp_erratum *const *entries, size_t count, const struct rp_style *style,
                      struct rp_text *text)
{
    struct rp_document document = {.style = *style, .text = text};
    write_list(entries, count, &document);
}

static void list_markdown(const struct rp_erratum *const *entries, size_t count, const struct rp_style *style,
                          struct rp_text *text)
{
    struct rp_document document = {.markdown = true, .style = *style, .text = text};
    write_list(entries, count, &document);
}

/* How it is found out: the run, or why there is none. */
static void add_run(const struct rp_erratum *e, struct rp_document *document)
{
    if (e->variants) {
        for (unsigned i = 0; i < e->variants; i++)
            rp_document_item(document, e->variant[i].label, "%s", e->variant[i].expectation.text);
        return;
    }
    if (e->good.text)
        rp_document_item(document, "run", "good: %s; bad: %s", e->good.text, e->bad.text);
    else if (e->danger == RP_DANGER_SAFE)
        rp_document_item(document, "run", "no run of a program is known that shows it");
    else
        rp_document_item(document, "run", "never (%s); decided by table", rp_danger_name(e->danger));
}

static void write_explanation(const struct rp_erratum *e, struct rp_document *document)
{
    rp_document_item(document, e->id, "%s (%s, %s)", e->names, rp_erratum_kind_name(e->kind),
                     rp_danger_name(e->danger));
    rp_document_item(document, "what", "%s", e->what);
    if (e->affects)
        rp_document_item(document, "affects", "%s: %s", rp_vendor_short(e->vendor[0]), e->affects);
    add_run(e, document);
    if (e->fix)
        rp_document_item(document, "fix", "%s", e->fix);
    rp_document_item(document, "source", "%s", e->source);
    rp_document_end_list(document);
}

static void explain_text(const struct rp_erratum *erratum, const struct rp_style *style, struct rp_text *text)
{
    struct rp_document document = {.style = *style, .text = text};
    write_explanation(erratum, &document);
}

static void explain_markdown(const struct rp_erratum *erratum, const struct rp_style *style,
                             struct rp_text *text)
{
    struct rp_document document = {.markdown = true, .style = *style, .text = text};
    write_explanation(erratum, &document);
}

static const struct rp_errata_format formats[] = {
    {"text", report_text, list_text, explain_text},
    {"markdown", report_markdown, list_markdown, explain_markdown},
    {"json", rp_errata_json, rp_errata_list_json, rp_errata_explain_json},
    {"sarif", rp_errata_sarif, NULL, NULL},
    {"junit", rp_errata_junit, NULL, NULL},
};

const struct rp_errata_format *rp_errata_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
