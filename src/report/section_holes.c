/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The holes of the report: as Robin and Irvine grouped them, then those beyond their list; their witnesses;
 * what each policy leaves open. */
#include "report/sections.h"

#include "report/words.h"

#include <stdlib.h>
#include <string.h>

#define ROBIN_IRVINE    "Robin & Irvine"
#define RESOURCES_SHOWN 5 /* in a cell; of more, their groups */

/* "open", "closed", "no answer" by the most encodings' worst answer, with counts where they differ. */
static void policy_cell(struct rp_table *table, const struct rp_hole_group *group, unsigned policy)
{
    const size_t *answers = group->answers[policy];
    size_t open = answers[RP_ANSWER_HOLE], unknown = answers[RP_ANSWER_UNKNOWN];
    size_t closed = answers[RP_ANSWER_PRIVILEGED] + answers[RP_ANSWER_INNOCUOUS],
           all = open + unknown + closed;
    size_t worst = open ? open : unknown ? unknown : closed;
    const char *word = open ? "open" : unknown ? "no answer" : "closed";
    enum rp_tone tone = open ? RP_TONE_ALARM : unknown ? RP_TONE_DOUBT : RP_TONE_GOOD;
    if (all == 0)
        rp_table_cell(table, RP_TONE_PLAIN, "-");
    else if (worst == all)
        rp_table_cell(table, tone, "%s", word);
    else
        rp_table_cell(table, tone, "%s (%zu of %zu)", word, worst, all);
}

static void closers_cell(struct rp_table *table, const struct rp_summary *summary,
                         const struct rp_hole_group *group)
{
    struct rp_text text = {0};
    rp_words_closed(&group->closed, group->encodings, summary->several, &text);
    rp_table_add(table, group->closed.closers ? RP_TONE_GOOD : RP_TONE_PLAIN, &text);
}

/* "gdtr.base/limit (delegated)". */
static void resources_cell(struct rp_table *table, const struct rp_hole_group *group)
{
    struct rp_text text = {0};
    rp_words_resources_brief(&group->resources, RESOURCES_SHOWN, &text);
    if (group->delegated == group->encodings)
        rp_text_add(&text, " (delegated)");
    else if (group->delegated)
        rp_text_add(&text, " (%zu of %zu delegated)", group->delegated, group->encodings);
    rp_table_add(table, RP_TONE_PLAIN, &text);
}

static bool asked(const struct rp_summary *summary, unsigned policy)
{
    const struct rp_configuration *c = &summary->results->configuration;
    return policy != c->policy && c->other_policies >> policy & 1;
}

static bool several_modes(const struct rp_summary *summary)
{
    uint8_t modes = rp_summary_modes(summary);
    return modes & (modes - 1);
}

/* Of one mode the title tells. */
static void modes_cell(struct rp_table *table, const struct rp_summary *summary, uint8_t modes)
{
    struct rp_text text = {0};
    if (!several_modes(summary))
        return;
    rp_words_modes_brief(modes, rp_summary_modes(summary), &text);
    rp_table_add(table, RP_TONE_PLAIN, &text);
}

/* "unicorn, native (2 of 8)". */
static void showing_cell(struct rp_table *table, const struct rp_hole_group *group)
{
    struct rp_text text = {0};
    for (unsigned i = 0; i < group->showed; i++) {
        rp_text_add(&text, "%s%s", i ? ", " : "", group->shown_by[i].executor);
        if (group->shown_by[i].encodings < group->encodings)
            rp_text_add(&text, " (%zu of %zu)", group->shown_by[i].encodings, group->encodings);
    }
    rp_table_add(table, RP_TONE_PLAIN, &text);
}

/* METHOD's sentences, with counts where they do not hold for all. */
static void silicon_cell(struct rp_table *table, const struct rp_hole_group *group)
{
    struct rp_text text = {0};
    for (unsigned i = RP_SILICON_RETIRES; i < RP_SILICON_COUNT; i++) {
        if (!group->silicon[i])
            continue;
        rp_text_add(&text, "%s%s", text.length ? "; " : "", rp_silicon_sentence((enum rp_silicon)i));
        if (group->silicon[i] < group->encodings)
            rp_text_add(&text, " (%zu of %zu)", group->silicon[i], group->encodings);
    }
    if (group->virtualised)
        rp_text_add(&text, "%svirtualised: suspect", text.length ? "; " : "");
    if (!text.length)
        rp_text_add(&text, "not run");
    rp_table_add(table, group->silicon[RP_SILICON_RETIRES] ? RP_TONE_ALARM : RP_TONE_PLAIN, &text);
}

/* `all`: a table of all of them, which tells who found each. */
static struct rp_table table_of_holes(const struct rp_summary *summary, bool all)
{
    static const char *const headings[] = {"forms", "sensitive", "shows or changes", "closed by"};
    struct rp_table table = {.heading = {"instruction"}, .columns = 1};
    if (all)
        table.heading[table.columns++] = "found by";
    if (several_modes(summary))
        table.heading[table.columns++] = "modes";
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        table.heading[table.columns++] = headings[i];
    if (summary->several)
        table.heading[table.columns++] = "shown by";
    if (summary->silicon)
        table.heading[table.columns++] = "silicon";
    for (unsigned policy = 0; policy < RP_POLICY_COUNT; policy++)
        if (asked(summary, policy))
            table.heading[table.columns++] = rp_policy_name((enum rp_policy)policy);
    return table;
}

static void hole_row(struct rp_table *table, const struct rp_summary *summary,
                     const struct rp_hole_group *group, bool all)
{
    struct rp_text kinds = {0};
    rp_words_sensitivity(group->sensitivity, &kinds);
    rp_table_cell(table, RP_TONE_ALARM, "%s", group->name);
    if (all)
        rp_table_cell(table, RP_TONE_PLAIN, "%s",
                      group->listed < summary->list.count ? ROBIN_IRVINE : "this scan");
    modes_cell(table, summary, group->modes);
    rp_table_cell(table, RP_TONE_PLAIN, "%zu", group->forms);
    rp_table_add(table, RP_TONE_PLAIN, &kinds);
    resources_cell(table, group);
    closers_cell(table, summary, group);
    if (summary->several)
        showing_cell(table, group);
    if (summary->silicon)
        silicon_cell(table, group);
    for (unsigned policy = 0; policy < RP_POLICY_COUNT; policy++)
        if (asked(summary, policy))
            policy_cell(table, group, policy);
}

/* A listed instruction that is no hole in any scanned mode: its verdict, and why. */
static void other_row(struct rp_table *table, const struct rp_summary *summary, size_t listed, bool all)
{
    const struct rp_verdict *example = summary->listed[listed].example;
    enum rp_tone tone = rp_judgement_tone(example->judgement);
    rp_table_cell(table, RP_TONE_PLAIN, "%s", summary->list.row[listed].name);
    if (all)
        rp_table_cell(table, RP_TONE_PLAIN, ROBIN_IRVINE);
    modes_cell(table, summary, summary->listed[listed].seen);
    rp_table_cell(table, RP_TONE_PLAIN, "-");
    rp_table_cell(table, tone, "%s", rp_judgement_name(example->judgement));
    rp_table_cell(table, tone, "%s", example->unknown_reason);
    while (table->count % table->columns)
        rp_table_cell(table, RP_TONE_PLAIN, "-");
}

/* One of Robin and Irvine's two groups. */
static void listed(struct rp_document *document, const struct rp_summary *summary, bool protection,
                   const char *title)
{
    struct rp_table table = table_of_holes(summary, false);
    size_t shown = 0, seen = 0;
    for (size_t i = 0; i < summary->list.count; i++) {
        const struct rp_listed *row = &summary->listed[i];
        if (summary->list.row[i].protection != protection || !row->seen)
            continue;
        seen++;
        shown += row->shown != 0;
        for (size_t g = 0; g < summary->groups; g++)
            if (summary->group[g].listed == i)
                hole_row(&table, summary, &summary->group[g], false);
        if (!row->shown && row->example)
            other_row(&table, summary, i, false);
    }
    rp_document_heading(document, 2, "%s: %zu of %zu", title, shown, seen);
    rp_document_table(document, &table);
}

void rp_section_holes(struct rp_document *document, const struct rp_summary *summary)
{
    struct rp_table table = table_of_holes(summary, false);
    listed(document, summary, false, "Sensitive register instructions (Robin and Irvine)");
    listed(document, summary, true, "Protection system references (Robin and Irvine)");
    for (size_t i = 0; i < summary->groups; i++)
        if (summary->group[i].listed == summary->list.count)
            hole_row(&table, summary, &summary->group[i], false);
    rp_document_heading(document, 2, "Holes beyond their list");
    if (rp_table_rows(&table) == 0)
        rp_document_paragraph(document, RP_TONE_PLAIN, "None was found.");
    rp_document_table(document, &table);
}

void rp_section_all_holes(struct rp_document *document, const struct rp_summary *summary)
{
    struct rp_table table = table_of_holes(summary, true);
    for (size_t i = 0; i < summary->groups; i++)
        hole_row(&table, summary, &summary->group[i], true);
    for (size_t i = 0; i < summary->list.count; i++)
        if (!summary->listed[i].shown && summary->listed[i].example)
            other_row(&table, summary, i, true);
    rp_document_heading(document, 2, "Holes");
    if (rp_table_rows(&table) == 0)
        rp_document_paragraph(document, RP_TONE_PLAIN, "None was found.");
    rp_document_table(document, &table);
}

void rp_section_witnesses(struct rp_document *document, const struct rp_summary *summary)
{
    if (summary->groups == 0)
        return;
    rp_document_heading(document, 2, "Witnesses");
    rp_document_paragraph(document, RP_TONE_PLAIN,
                          "One for each row above. `ringprobe replay LINE` makes its runs again.");
    for (size_t i = 0; i < summary->groups; i++) {
        const struct rp_hole_group *group = &summary->group[i];
        bool twin = (i > 0 && strcmp(group->name, group[-1].name) == 0) ||
                    (i + 1 < summary->groups && strcmp(group->name, group[1].name) == 0);
        struct rp_text term = {0};
        rp_text_add(&term, "%s", group->name);
        if (twin) {
            rp_text_add(&term, " (");
            rp_words_sensitivity(group->sensitivity, &term);
            rp_text_add(&term, ")");
        }
        if (group->witness)
            rp_document_line(document, rp_text_string(&term), group->witness->replay);
        rp_text_free(&term);
    }
    rp_document_end_list(document);
}
