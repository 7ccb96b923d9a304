/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden records as text and Markdown; see golden.h. */
#include "report/golden_internal.h"

#include "base/hex.h"
#include "base/rows.h"
#include "report/document.h"
#include "report/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define GROUPS_SHOWN 200 /* JSON has each of the others */

struct rp_golden_group {
    uint64_t key, count;
    struct rp_golden_difference first;
    char *replay; /* of the first; NULL: there is none */
};

static uint64_t hash_text(const char *text, uint64_t hash)
{
    return XXH64(text, strlen(text), hash);
}

static const char *class_of(uint32_t cell, char name[RP_COMPONENT_NAME_MAX])
{
    bool own = cell == RP_GOLDEN_CELL_CR2 || cell == RP_GOLDEN_CELL_GATE;
    return own ? rp_golden_cell_name(cell, name) : rp_divergence_class(cell);
}

static uint64_t key_of(const struct rp_golden_difference *d)
{
    char name[RP_COMPONENT_NAME_MAX];
    const uint64_t numbers[] = {d->mode, d->declared, (uint64_t)(int64_t)d->cpu,
                                d->declared == RP_GOLDEN_UNDECLARED ? d->constancy : 0};
    uint64_t hash = XXH64(numbers, sizeof numbers, 0);
    hash = hash_text(d->mnemonic, hash);
    hash = hash_text(d->why, hash);
    return d->cells ? hash_text(class_of(d->cell[0].cell, name), hash) : hash;
}

static struct rp_golden_group *find_group(struct rp_golden_report *report, uint64_t key)
{
    for (size_t i = 0; i < report->groups; i++)
        if (report->group[i].key == key)
            return &report->group[i];
    return NULL;
}

static struct rp_golden_group *add_group(struct rp_golden_report *report)
{
    return rp_rows_add((void **)&report->group, &report->groups, &report->capacity, sizeof *report->group);
}

void rp_golden_report_take(struct rp_golden_report *report, const struct rp_golden_difference *difference,
                           const char *replay, struct rp_text *text)
{
    if (strcmp(report->format, "json") == 0) {
        if (!rp_golden_told(report, difference))
            rp_golden_json_difference(difference, replay, text);
        return;
    }
    uint64_t key = key_of(difference);
    struct rp_golden_group *group = find_group(report, key);
    if (!group) {
        group = add_group(report);
        if (!group) {
            report->failed = true;
            return;
        }
        *group = (struct rp_golden_group){key, 0, *difference, replay ? strdup(replay) : NULL};
    }
    group->count++;
}

/* "rax: recorded 0x1, seen 0x3" for each cell that is there. */
static void add_cells(const struct rp_golden_difference *d, struct rp_text *text)
{
    uint32_t shown = d->cells < RP_GOLDEN_CELLS_MAX ? d->cells : RP_GOLDEN_CELLS_MAX;
    if (d->cells && d->cell[0].cell >= RP_CELL_OUTCOME) {
        rp_text_add(text, "recorded ");
        rp_words_shown(&d->shown[0], text);
        rp_text_add(text, ", seen ");
        rp_words_shown(&d->shown[1], text);
        shown = d->cell[0].cell < RP_GOLDEN_CELL_CR2 ? 0 : 1;
        rp_text_add(text, "%s", shown ? "; " : "");
    }
    for (uint32_t i = 0; i < shown; i++) {
        char name[RP_COMPONENT_NAME_MAX];
        rp_text_add(text, "%s%s recorded 0x%" PRIx64 ", seen 0x%" PRIx64, i ? "; " : "",
                    rp_golden_cell_name(d->cell[i].cell, name), d->cell[i].value[0], d->cell[i].value[1]);
    }
    if (d->cells > RP_GOLDEN_CELLS_MAX)
        rp_text_add(text, "; and %" PRIu32 " more", d->cells - RP_GOLDEN_CELLS_MAX);
}

static void add_constancy(const struct rp_golden_difference *d, struct rp_text *text)
{
    static const char *const words[] = {"it comes back each time", "it does not come back",
                                        "it comes and goes"};
    rp_text_add(text, "%s: %s (%u repetitions: %u as recorded, %u as seen, %u otherwise)",
                rp_golden_constancy_name((enum rp_golden_constancy)d->constancy), words[d->constancy],
                RP_GOLDEN_REPEATS, d->as_recorded, d->as_seen, d->otherwise);
}

static void show_group(struct rp_document *document, const struct rp_golden_group *group)
{
    const struct rp_golden_difference *d = &group->first;
    char hex[2 * RP_ENCODING_MAX + 1], processor[40] = "";
    struct rp_text cells = {0}, constancy = {0};
    if (d->cpu >= 0)
        snprintf(processor, sizeof processor, " on processor %d", d->cpu);
    add_cells(d, &cells);
    add_constancy(d, &constancy);
    rp_document_heading(document, 2, "%s %s (%s)%s: %" PRIu64 " %s",
                        rp_mode_info((enum rp_mode)d->mode)->name, d->mnemonic,
                        rp_hex_print(hex, d->encoding.bytes, d->encoding.length), processor, group->count,
                        group->count == 1 ? "run" : "runs");
    rp_document_item(document, "what", "%s", rp_text_string(&cells));
    rp_document_item(document, "run", "%" PRIu64 " of the record, in pass %" PRIu64, d->ordinal, d->pass + 1);
    rp_document_item(document, "again", "%s", rp_text_string(&constancy));
    if (group->replay)
        rp_document_line(document, "replay", group->replay);
    rp_document_end_list(document);
    rp_text_free(&cells);
    rp_text_free(&constancy);
}

static void show_differences(const struct rp_golden_report *report, struct rp_document *document)
{
    size_t shown = 0, kinds = 0;
    for (size_t i = 0; i < report->groups; i++) {
        if (report->group[i].first.declared != RP_GOLDEN_UNDECLARED || ++kinds > GROUPS_SHOWN)
            continue;
        show_group(document, &report->group[i]);
        shown++;
    }
    if (kinds > shown)
        rp_document_paragraph(document, RP_TONE_PLAIN, "%zu kinds of difference more; -f json has each run",
                              kinds - shown);
}

/* What is declared, by reason and instruction. */
static void show_declared(const struct rp_golden_report *report, struct rp_document *document)
{
    struct rp_table table = {.heading = {"declared", "why", "mode", "instruction", "runs"}, .columns = 5};
    size_t rows = 0;
    for (unsigned declared = 1; declared < RP_GOLDEN_DECLARED_COUNT; declared++) {
        for (size_t i = 0; i < report->groups && rows < GROUPS_SHOWN; i++) {
            const struct rp_golden_group *group = &report->group[i];
            if (group->first.declared != declared)
                continue;
            rp_table_cell(&table, RP_TONE_PLAIN, "%s",
                          rp_golden_declared_name((enum rp_golden_declared)declared));
            rp_table_cell(&table, RP_TONE_PLAIN, "%s",
                          group->first.why[0] ? group->first.why
                                              : rp_golden_declared_words((enum rp_golden_declared)declared));
            rp_table_cell(&table, RP_TONE_PLAIN, "%s", rp_mode_info((enum rp_mode)group->first.mode)->name);
            rp_table_cell(&table, RP_TONE_PLAIN, "%s", group->first.mnemonic);
            rp_table_cell(&table, RP_TONE_PLAIN, "%" PRIu64, group->count);
            rows++;
        }
    }
    rp_document_table(document, &table);
}

static void show_identities(const struct rp_golden_report *report, struct rp_document *document)
{
    struct rp_text recorded = {0}, here = {0};
    rp_golden_identity_print(report->recorded, &recorded);
    rp_golden_identity_print(report->here, &here);
    rp_document_heading(document, 1, "golden verify %s", report->path);
    rp_document_item(document, "recorded", "%s", rp_text_string(&recorded));
    rp_document_item(document, "here", "%s",
                     strcmp(rp_text_string(&recorded), rp_text_string(&here)) == 0 ? "the same"
                                                                                   : rp_text_string(&here));
    rp_text_free(&recorded);
    rp_text_free(&here);
}

static void show_processors(const struct rp_golden_summary *summary, struct rp_document *document)
{
    for (unsigned i = 0; i < summary->cpus; i++) {
        char term[24];
        if (summary->cpu[i].cpu < 0)
            continue;
        snprintf(term, sizeof term, "processor %d", summary->cpu[i].cpu);
        rp_document_item(document, term, "%" PRIu64 " runs, %" PRIu64 " %s", summary->cpu[i].runs,
                         summary->cpu[i].differences,
                         summary->cpu[i].differences == 1 ? "difference" : "differences");
    }
}

static void show_verdict(const struct rp_golden_summary *summary, struct rp_document *document)
{
    uint64_t wanted = rp_golden_summary_wanted(summary);
    switch (rp_golden_summary_verdict(summary)) {
    case RP_GOLDEN_SAME:
        rp_document_item(document, "differences", "0: the same as recorded");
        break;
    case RP_GOLDEN_DIFFERS:
        rp_document_item(document, "differences", "%" PRIu64, summary->declared[RP_GOLDEN_UNDECLARED]);
        break;
    case RP_GOLDEN_PART:
        rp_document_item(document, "differences", "no difference in %" PRIu64 " of %" PRIu64 " runs",
                         summary->held, wanted);
        break;
    case RP_GOLDEN_NOTHING:
        rp_document_item(document, "differences", "unknown: 0 of %" PRIu64 " runs compared", wanted);
        break;
    }
}

static void show_counts(const struct rp_golden_summary *summary, struct rp_document *document)
{
    uint64_t declared = 0;
    for (unsigned i = 1; i < RP_GOLDEN_DECLARED_COUNT; i++)
        declared += rp_golden_is_incomparable((enum rp_golden_declared)i) ? 0 : summary->declared[i];
    rp_document_item(document, "runs",
                     "%" PRIu64 " in %.1f s, %.0f a second; %" PRIu64 " whole pass%s of %" PRIu64 " runs",
                     summary->runs, summary->seconds,
                     summary->seconds > 0 ? (double)summary->runs / summary->seconds : 0, summary->passes,
                     summary->passes == 1 ? "" : "es", summary->compared);
    show_processors(summary, document);
    for (unsigned i = 1; i < RP_GOLDEN_DECLARED_COUNT; i++)
        if (rp_golden_is_incomparable((enum rp_golden_declared)i) && summary->declared[i])
            rp_document_item(document, rp_golden_declared_name((enum rp_golden_declared)i),
                             "%" PRIu64 " runs are not compared: %s", summary->declared[i],
                             rp_golden_declared_words((enum rp_golden_declared)i));
    if (declared)
        rp_document_item(document, "declared", "%" PRIu64 " runs differ as they may", declared);
    if (summary->given_up)
        rp_document_item(document, "given up",
                         "%" PRIu64 " runs were not made: others of their part of the record took too many "
                         "processes with them",
                         summary->given_up);
    show_verdict(summary, document);
    rp_document_end_list(document);
}

void rp_golden_report_beat(const struct rp_golden_report *report, const struct rp_golden_summary *summary,
                           struct rp_text *text)
{
    if (strcmp(report->format, "json") == 0)
        rp_golden_json_pass(report, summary, text);
}

void rp_golden_report_end(struct rp_golden_report *report, const struct rp_golden_summary *summary,
                          const struct rp_style *style, struct rp_text *text)
{
    struct rp_document document = {
        .markdown = strcmp(report->format, "markdown") == 0, .style = *style, .text = text};
    if (strcmp(report->format, "json") == 0) {
        rp_golden_tell_again(report, text);
        rp_golden_json_summary(report, summary, text);
    } else {
        show_identities(report, &document);
        show_counts(summary, &document);
        show_differences(report, &document);
        show_declared(report, &document);
    }
    for (size_t i = 0; i < report->groups; i++)
        free(report->group[i].replay);
    free(report->group);
    text->failed |= report->failed;
    report->group = NULL;
    report->groups = report->capacity = 0;
}

void rp_golden_report_recorded(const char *format, const char *path,
                               const struct rp_golden_identity *identity,
                               const struct rp_golden_totals *totals, const struct rp_style *style,
                               struct rp_text *text)
{
    struct rp_document document = {
        .markdown = strcmp(format, "markdown") == 0, .style = *style, .text = text};
    struct rp_text who = {0};
    if (strcmp(format, "json") == 0) {
        rp_golden_json_recorded(path, identity, totals, text);
        return;
    }
    rp_golden_identity_print(identity, &who);
    rp_document_heading(&document, 1, "golden record %s", path);
    rp_document_item(&document, "recorded", "%s", rp_text_string(&who));
    rp_document_item(&document, "encodings",
                     "%" PRIu64 ", from %" PRIu32 " user states each, %" PRIu32 " different ones",
                     totals->encodings, identity->seeds, totals->states);
    rp_document_item(&document, "runs", "%" PRIu64 ": %" PRIu64 " compared, of which %" PRIu64 " in a part",
                     totals->runs, totals->count[RP_GOLDEN_COMPARED], totals->masked);
    for (unsigned i = 1; i < RP_GOLDEN_SKIP_COUNT; i++)
        if (totals->count[i])
            rp_document_item(&document, rp_golden_skip_name((enum rp_golden_skip)i), "%" PRIu64,
                             totals->count[i]);
    if (totals->resumed)
        rp_document_item(&document, "went on", "behind %" PRIu32 " of %" PRIu32 " blocks", totals->resumed,
                         totals->blocks);
    rp_document_item(&document, "file", "%.1f MiB, in %.1f s", (double)totals->bytes / (1 << 20),
                     totals->seconds);
    rp_document_end_list(&document);
    rp_text_free(&who);
}
