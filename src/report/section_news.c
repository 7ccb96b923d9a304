/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is new against a baseline: what a CI was asked for, so it stands before everything else. */
#include "report/hole_class.h"
#include "report/sections.h"
#include "report/words.h"

static void news_row(struct rp_table *table, const struct rp_hole_class *one)
{
    struct rp_text text = {0};
    rp_table_cell(table, RP_TONE_ALARM, "%s", one->example->mnemonic);
    rp_table_cell(table, RP_TONE_PLAIN, "%s", rp_mode_info(one->example->mode)->name);
    rp_table_cell(table, RP_TONE_PLAIN, "%s", rp_news_word(one->news));
    rp_words_rule(one, &text);
    rp_table_add(table, RP_TONE_PLAIN, &text);
    rp_words_policies(one->news == RP_NEWS_OPENED ? one->opened : one->open, &text);
    rp_table_add(table, RP_TONE_ALARM, &text);
    rp_table_cell(table, RP_TONE_PLAIN, "%zu", one->encodings);
    rp_words_id(one->id, &text);
    rp_table_add(table, RP_TONE_PLAIN, &text);
}

void rp_section_news(struct rp_document *document, const struct rp_summary *summary)
{
    struct rp_table table = {
        .heading = {"instruction", "mode", "is", "shows", "open under", "encodings", "id"}, .columns = 7};
    const struct rp_baseline *baseline = summary->results->baseline;
    struct rp_hole_classes classes;
    struct rp_text counts = {0};
    if (!baseline)
        return;
    document->text->failed |= rp_hole_classes_make(&classes, summary->results, NULL) != RP_OK;
    rp_words_news_counts(&classes, &counts);
    rp_document_heading(document, 2, "News");
    rp_document_paragraph(document, rp_hole_classes_any_news(&classes) ? RP_TONE_ALARM : RP_TONE_GOOD,
                          "Holes against '%s': %s.", baseline->path, rp_text_string(&counts));
    rp_text_free(&counts);
    rp_words_unlike(summary->results, &counts);
    if (counts.length)
        rp_document_paragraph(document, RP_TONE_DOUBT, "%s", rp_text_string(&counts));
    for (size_t i = 0; i < classes.count; i++)
        if (classes.one[i].news > RP_NEWS_KNOWN)
            news_row(&table, &classes.one[i]);
    rp_document_table(document, &table);
    rp_text_free(&counts);
    rp_hole_classes_free(&classes);
}
