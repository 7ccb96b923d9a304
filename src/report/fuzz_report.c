/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports of fuzz campaigns: what they are made of, text and Markdown; see fuzz_report.h. */
#include "report/fuzz_report.h"

#include "report/baseline.h"
#include "report/document.h"
#include "report/fuzz_finding.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NOTE                                                                                                 \
    "**Cut here: the list is longer than a step summary may be. `ringprobe report -f json` has all of it.**"

static bool parse_id(const char *line, size_t length, const char *key, uint64_t *id)
{
    char text[RP_FINDING_ID_SIZE];
    *id = 0;
    if (!rp_line_field(line, length, key, text, sizeof text) || strncmp(text, "rp-", 3) != 0 ||
        strlen(text) != RP_FINDING_ID_SIZE - 1 ||
        strspn(text + 3, "0123456789abcdef") != RP_FINDING_ID_SIZE - 4)
        return false;
    *id = strtoull(text + 3, NULL, 16);
    return true;
}

static bool parse(const char *line, size_t length, struct rp_fuzz_item *item)
{
    char mode[16];
    *item = (struct rp_fuzz_item){.line = line, .length = length};
    if (!rp_line_field(line, length, "why", item->why, sizeof item->why))
        item->why[0] = '\0'; /* a sentence for people; nothing depends on it */
    return parse_id(line, length, "id", &item->id) &&
           rp_line_field(line, length, "oracle", item->oracle, sizeof item->oracle) &&
           rp_line_field(line, length, "mnemonic", item->name, sizeof item->name) &&
           rp_line_field(line, length, "detail", item->detail, sizeof item->detail) &&
           rp_line_field(line, length, "encoding", item->encoding, sizeof item->encoding) &&
           rp_line_field(line, length, "mode", mode, sizeof mode) && rp_mode_find(mode, &item->mode);
}

static bool is_news(const struct rp_fuzz_report *report, const struct rp_fuzz_item *item, bool old)
{
    uint64_t hole;
    parse_id(item->line, item->length, "hole", &hole);
    return report->baseline ? !rp_baseline_has_finding(report->baseline, item->id, hole) : !old;
}

static unsigned count_sharing(const struct rp_fuzz_report *report, uint64_t id)
{
    unsigned count = 0;
    for (size_t at = 0; at + sizeof(uint64_t) <= report->sharers.length; at += sizeof(uint64_t)) {
        uint64_t sharer;
        memcpy(&sharer, report->sharers.data + at, sizeof sharer);
        count += rp_fuzz_sharer_is_of(sharer, id);
    }
    return count;
}

/* Moves what is news to the front; both parts keep their order. */
static int settle(struct rp_fuzz_report *report, struct rp_error *error)
{
    struct rp_fuzz_item *sorted = malloc((report->count + 1) * sizeof *sorted);
    size_t at = 0;
    if (!sorted)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for findings");
    for (unsigned known = 0; known < 2; known++)
        for (size_t i = 0; i < report->count; i++)
            if (report->item[i].news != known)
                sorted[at++] = report->item[i];
    free(report->item);
    report->item = sorted;
    return RP_OK;
}

int rp_fuzz_report_make(struct rp_fuzz_report *report, const struct rp_text *lines, size_t old,
                        struct rp_error *error)
{
    const char *begin = rp_text_string(lines), *end = begin + lines->length, *feed;
    size_t count = 0;
    report->count = report->news = 0;
    for (const char *at = begin; (feed = memchr(at, '\n', (size_t)(end - at))) != NULL; at = feed + 1)
        count++;
    report->item = calloc(count + 1, sizeof *report->item);
    if (!report->item)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for findings");
    for (const char *at = begin; report->count < count; at = feed + 1) {
        struct rp_fuzz_item *item = &report->item[report->count];
        feed = memchr(at, '\n', (size_t)(end - at));
        if (!feed || !parse(at, (size_t)(feed - at), item))
            return rp_error_set(error, RP_EINPUT, "line %zu of the findings is none of a fuzz campaign",
                                report->count + 1);
        item->news = is_news(report, item, (size_t)(at - begin) < old);
        item->sharing = count_sharing(report, item->id);
        report->news += item->news;
        report->count++;
    }
    return settle(report, error);
}

void rp_fuzz_report_free(struct rp_fuzz_report *report)
{
    free(report->item);
    report->item = NULL;
    rp_text_free(&report->sharers);
    report->count = report->news = 0;
}

void rp_fuzz_words_news(const struct rp_fuzz_report *report, const struct rp_fuzz_item *item,
                        struct rp_text *text)
{
    if (!item->news)
        rp_text_add(text, "known");
    else if (report->baseline)
        rp_text_add(text, "new: not in '%s'", report->baseline->path);
    else
        rp_text_add(text, "new");
}

void rp_fuzz_words_why(const struct rp_fuzz_item *item, struct rp_text *text)
{
    rp_text_add(text, "%s", item->why);
    if (item->sharing > 1)
        rp_text_add(text, "; so do %u other instructions, one cause", item->sharing - 1);
}

void rp_fuzz_words_replay(const struct rp_fuzz_item *item, struct rp_text *text)
{
    char witness[RP_WITNESS_LINE_MAX + 1];
    rp_text_add(text, "ringprobe replay %s",
                rp_line_field(item->line, item->length, "witness", witness, sizeof witness) ? witness : "?");
}

bool rp_fuzz_is_incomplete(const struct rp_fuzz_summary *summary)
{
    return summary->failure || summary->interrupted || summary->pending;
}

void rp_fuzz_words_incomplete(const struct rp_fuzz_summary *summary, struct rp_text *text)
{
    if (summary->failure)
        rp_text_add(text, "the campaign has failed: %s", summary->failure);
    else if (summary->interrupted)
        rp_text_add(text, "the campaign was interrupted");
    if (summary->pending)
        rp_text_add(text, "%s%" PRIu64 " suspicions are still to be examined",
                    summary->failure || summary->interrupted ? "; " : "", summary->pending);
}

static void add_table(struct rp_document *document, const struct rp_fuzz_report *report)
{
    struct rp_table table = {.heading = {"id", "is", "oracle", "mode", "instruction", "encoding", "what"},
                             .columns = 7};
    for (size_t i = 0; i < report->count; i++) {
        const struct rp_fuzz_item *item = &report->item[i];
        struct rp_text why = {0};
        rp_fuzz_words_why(item, &why);
        rp_table_cell(&table, RP_TONE_PLAIN, "rp-%016" PRIx64, item->id);
        rp_table_cell(&table, item->news ? RP_TONE_ALARM : RP_TONE_PLAIN, item->news ? "new" : "known");
        rp_table_cell(&table, RP_TONE_STRONG, "%s", item->oracle);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", rp_mode_info(item->mode)->name);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", item->name);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", item->encoding);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", rp_text_string(&why));
        rp_text_free(&why);
    }
    rp_document_table(document, &table);
}

/* What the news can be run again by; in text the table stands for itself, and lines are in the directory. */
static void add_witnesses(struct rp_document *document, const struct rp_fuzz_report *report)
{
    for (size_t i = 0; i < report->count && report->item[i].news; i++) {
        struct rp_text id = {0}, replay = {0};
        rp_text_add(&id, "rp-%016" PRIx64, report->item[i].id);
        rp_fuzz_words_replay(&report->item[i], &replay);
        rp_document_line(document, rp_text_string(&id), rp_text_string(&replay));
        rp_text_free(&id);
        rp_text_free(&replay);
    }
    if (report->news)
        rp_document_end_list(document);
}

static void write_markdown(const struct rp_fuzz_report *report, const struct rp_style *style,
                           struct rp_text *text)
{
    struct rp_document document = {.markdown = true, .style = {.columns = style->columns}, .text = text};
    const struct rp_fuzz_summary *s = &report->summary;
    size_t start = text->length;
    rp_document_heading(&document, 1, "Fuzz campaign");
    if (report->baseline)
        rp_document_paragraph(&document, report->news ? RP_TONE_ALARM : RP_TONE_GOOD,
                              "Findings against '%s': %zu new, %zu known.", report->baseline->path,
                              report->news, report->count - report->news);
    else if (report->news)
        rp_document_paragraph(&document, RP_TONE_ALARM, "%zu findings, %zu of them new.", report->count,
                              report->news);
    else
        rp_document_paragraph(&document, RP_TONE_GOOD, "%zu findings.", report->count);
    rp_document_paragraph(
        &document, RP_TONE_PLAIN,
        "%" PRIu64 " executions (%" PRIu64 " runs) showed %" PRIu64 " behaviours, %" PRIu64
        " by name and ends alone; %" PRIu64 " inputs are kept. Executors: %s; policy %s; CPU: %s.",
        s->executions, s->runs, s->behaviours, s->coarse, s->inputs, report->configuration->executors,
        rp_policy_name(report->configuration->policy), report->configuration->cpu);
    if (rp_fuzz_is_incomplete(s)) {
        struct rp_text why = {0};
        rp_fuzz_words_incomplete(s, &why);
        rp_document_paragraph(&document, RP_TONE_ALARM, "Incomplete: %s.", rp_text_string(&why));
        rp_text_free(&why);
    }
    add_table(&document, report);
    if (report->news)
        rp_document_heading(&document, 2, "The new ones again");
    add_witnesses(&document, report);
    rp_document_cut(text, start, RP_MARKDOWN_MAX, NOTE);
}

static void write_text(const struct rp_fuzz_report *report, const struct rp_style *style,
                       struct rp_text *text)
{
    struct rp_document document = {.style = *style, .text = text};
    const struct rp_fuzz_summary *s = &report->summary;
    add_table(&document, report);
    if (report->count)
        rp_text_add(text, "\n");
    rp_text_add(text,
                "%zu findings; %" PRIu64 " executions (%" PRIu64 " runs) showed %" PRIu64
                " behaviours, %" PRIu64 " by name and ends alone; %" PRIu64 " inputs are kept\n",
                report->count, s->executions, s->runs, s->behaviours, s->coarse, s->inputs);
    if (rp_fuzz_is_incomplete(s)) {
        rp_text_add(text, "incomplete: ");
        rp_fuzz_words_incomplete(s, text);
        rp_text_add(text, "\n");
    }
    if (report->baseline)
        rp_text_add(text, "%zu are not in the baseline\n", report->news);
    if (report->count)
        rp_text_add(
            text, "Each can be run again: ringprobe replay, with its line, DIR/ID, or the file of lines.\n");
}

static const struct rp_fuzz_format formats[] = {
    {"text", write_text},     {"markdown", write_markdown}, {"json", rp_fuzz_json},
    {"sarif", rp_fuzz_sarif}, {"junit", rp_fuzz_junit},     {"baseline", rp_fuzz_baseline},
};

const struct rp_fuzz_format *rp_fuzz_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
