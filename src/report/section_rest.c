/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the report says beyond holes: implicit sensitivity, privileged instructions, findings about executors,
 * what was not decided, and what all of it is relative to. */
#include "report/sections.h"

#include "report/matrix.h"
#include "report/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool same_implicit(const struct rp_implicit *a, const struct rp_implicit *b)
{
    return a->runs == b->runs && memcmp(&a->ring3, &b->ring3, sizeof a->ring3) == 0 &&
           memcmp(&a->all, &b->all, sizeof a->all) == 0 &&
           memcmp(&a->together, &b->together, sizeof a->together) == 0 &&
           strcmp(a->baseline, b->baseline) == 0;
}

static void implicit_row(struct rp_table *table, const struct rp_implicit *implicit, uint8_t modes,
                         uint8_t scanned)
{
    struct rp_text words = {0};
    rp_table_cell(table, RP_TONE_PLAIN, "%s", implicit->kind);
    rp_table_cell(table, RP_TONE_PLAIN, "%s", implicit->baseline);
    rp_words_modes_brief(modes, scanned, &words);
    rp_table_add(table, RP_TONE_PLAIN, &words);
    if (!implicit->runs) {
        rp_table_cell(table, RP_TONE_DOUBT,
                      "not shown: the baseline does not retire here, or nobody decides it");
        rp_table_cell(table, RP_TONE_PLAIN, "-");
        return;
    }
    rp_words_resources_brief(&implicit->all, 16, &words);
    if (!rp_resource_set_empty(&implicit->together)) {
        rp_text_add(&words, "; together ");
        rp_words_resources_brief(&implicit->together, 16, &words);
    }
    rp_table_add(table, RP_TONE_PLAIN, &words);
    rp_words_resources_brief(&implicit->ring3, 16, &words);
    rp_table_add(table, RP_TONE_PLAIN, &words);
}

void rp_section_implicit(struct rp_document *document, const struct rp_summary *summary)
{
    struct rp_table table = {
        .heading = {"kind", "baseline", "modes", "controls that trap it", "in ring 3 alone"}, .columns = 5};
    uint8_t scanned = rp_summary_modes(summary);
    for (unsigned kind = 0; kind < RP_IMPLICIT_KINDS; kind++) {
        uint8_t done = 0;
        for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
            const struct rp_implicit *implicit = &summary->results->mode[mode].implicit[kind];
            uint8_t modes = 0;
            if (!(scanned >> mode & 1) || done >> mode & 1 || !implicit->kind)
                continue;
            for (unsigned other = mode; other < RP_MODE_COUNT; other++) {
                const struct rp_implicit *twin = &summary->results->mode[other].implicit[kind];
                if (scanned >> other & 1 && twin->kind && same_implicit(implicit, twin))
                    modes |= (uint8_t)(1u << other);
            }
            done |= modes;
            implicit_row(&table, implicit, modes, scanned);
        }
    }
    if (rp_table_rows(&table) > 0) {
        rp_document_heading(document, 2, "Implicit sensitivity");
        rp_document_paragraph(
            document, RP_TONE_PLAIN,
            "Every instruction of these kinds depends on these controls; said once, and taken out of "
            "the verdicts above.");
    }
    rp_document_table(document, &table);
}

#define KEEPERS_MAX 16

/* What is privileged only because the policy sets controls: they, and the instructions that they keep closed.
 */
static void write_keepers(struct rp_document *document, const struct rp_summary *summary)
{
    struct rp_closer closer[KEEPERS_MAX];
    struct rp_name_set kept[KEEPERS_MAX] = {0};
    size_t count = 0;
    for (size_t i = 0; i < summary->results->count; i++) {
        const struct rp_verdict *verdict = rp_results_at(summary->results, i);
        size_t k = 0;
        if (verdict->judgement != RP_VERDICT_PRIVILEGED || !verdict->closers)
            continue;
        while (k < count && memcmp(closer[k].control, verdict->closer[0].control, 2) != 0)
            k++;
        if (k == KEEPERS_MAX)
            continue;
        if (k == count)
            closer[count++] = verdict->closer[0];
        document->text->failed |=
            !rp_name_set_add(&kept[k], rp_results_name(summary->results, verdict->name), verdict->mode);
    }
    if (count)
        rp_document_paragraph(
            document, RP_TONE_PLAIN,
            "Kept closed by controls that the policy sets, each of which, opened alone, lets "
            "ring 3 retire:");
    for (size_t k = 0; k < count; k++) {
        struct rp_text term = {0}, names = {0};
        rp_name_set_sort(&kept[k]);
        rp_words_closer(&closer[k], &term);
        rp_name_set_print(&kept[k], SIZE_MAX, &names);
        rp_document_list(document, rp_text_string(&term), rp_text_string(&names));
        rp_text_free(&term);
        rp_text_free(&names);
        free(kept[k].name);
    }
    if (count)
        rp_document_end_list(document);
}

void rp_section_privileged(struct rp_document *document, const struct rp_summary *summary)
{
    if (!summary->privileged.count)
        return;
    rp_document_heading(document, 2, "Privileged instructions");
    rp_document_names(document, &summary->privileged, rp_summary_modes(summary));
    write_keepers(document, summary);
}

void rp_section_matrix(struct rp_document *document, const struct rp_summary *summary)
{
    struct rp_matrix matrix = {0};
    if (!summary->several)
        return;
    rp_matrix_fill(&matrix, summary->results);
    rp_document_heading(document, 2, "Instructions by executor");
    rp_document_paragraph(
        document, RP_TONE_PLAIN,
        "Holes and disagreements; in brackets what somebody says who does not decide, with the "
        "reason below; -: the mode was not run. JSON has all instructions.");
    rp_matrix_write(&matrix, false, rp_summary_modes(summary), document);
    rp_matrix_free(&matrix);
}

/* What is special about an encoding, in words; false if nothing of this sort is. */
typedef bool finding(const struct rp_verdict *verdict, struct rp_text *text);

static bool killed(const struct rp_verdict *verdict, unsigned kind, struct rp_text *text)
{
    for (unsigned i = 0; i < verdict->opinions; i++) {
        for (unsigned ring = 0; ring < 2; ring++) {
            const struct rp_shown *shown = &verdict->opinion[i].ring[ring];
            if (!shown->present || shown->kind != kind)
                continue;
            rp_text_add(text, "%s: ring %u ", verdict->opinion[i].executor, ring ? 3 : 0);
            rp_words_shown(shown, text);
            return true;
        }
    }
    return false;
}

static bool died(const struct rp_verdict *verdict, struct rp_text *text)
{
    return killed(verdict, RP_OUTCOME_DIED, text);
}

static bool hung(const struct rp_verdict *verdict, struct rp_text *text)
{
    return killed(verdict, RP_OUTCOME_HUNG, text);
}

static bool disagrees(const struct rp_verdict *verdict, struct rp_text *text)
{
    if (!verdict->disagreement)
        return false;
    rp_verdict_sides(verdict->opinion, verdict->opinions, text);
    return true;
}

struct finding_row {
    char *what;
    size_t encodings, shown;
    struct rp_text examples;
};
#define FINDING_ROWS     32
#define FINDING_EXAMPLES 6

static void add_example(struct finding_row *row, const struct rp_verdict *verdict)
{
    row->encodings++;
    if (row->shown == FINDING_EXAMPLES)
        return;
    rp_text_add(&row->examples, "%s%s ", row->shown++ ? ", " : "", rp_mode_info(verdict->mode)->name);
    for (unsigned b = 0; b < verdict->encoding.length; b++)
        rp_text_add(&row->examples, "%02x", verdict->encoding.bytes[b]);
}

/* Files the verdict under what is said of it; the last row takes what does not fit. */
static void file_finding(struct finding_row rows[FINDING_ROWS], size_t *count, struct rp_text *what,
                         const struct rp_verdict *verdict)
{
    size_t i = 0;
    while (i < *count && i + 1 < FINDING_ROWS && strcmp(rows[i].what, rp_text_string(what)) != 0)
        i++;
    if (i == *count && what->data) {
        rows[(*count)++] = (struct finding_row){.what = what->data};
        *what = (struct rp_text){0};
    }
    if (i < *count)
        add_example(&rows[i], verdict);
}

/* Encodings of which something is said, by what it is. */
struct finding_table {
    const char *title;
    finding *find;
    struct finding_row rows[FINDING_ROWS];
    size_t count;
};

static void look_at(struct finding_table *findings, const struct rp_verdict *verdict)
{
    struct rp_text what = {0};
    if (findings->find(verdict, &what))
        file_finding(findings->rows, &findings->count, &what, verdict);
    rp_text_free(&what);
}

static void write_findings(struct rp_document *document, struct finding_table *findings)
{
    struct rp_table table = {.heading = {"what", "encodings", "for example"}, .columns = 3};
    for (size_t i = 0; i < findings->count; i++) {
        struct finding_row *row = &findings->rows[i];
        rp_table_cell(&table, RP_TONE_DOUBT, "%s", row->what);
        rp_table_cell(&table, RP_TONE_PLAIN, "%zu", row->encodings);
        rp_table_add(&table, RP_TONE_PLAIN, &row->examples);
        free(row->what);
    }
    if (findings->count)
        rp_document_heading(document, 2, "%s", findings->title);
    rp_document_table(document, &table);
}

void rp_section_findings(struct rp_document *document, const struct rp_summary *summary)
{
    enum { TABLES = 3 };
    struct finding_table tables[TABLES] = {
        {.title = "Disagreements", .find = disagrees},
        {.title = "Encodings that killed an executor", .find = died},
        {.title = "Encodings that an executor did not come back from", .find = hung}};
    for (size_t i = 0; i < summary->results->count; i++)
        for (unsigned k = 0; k < TABLES; k++)
            look_at(&tables[k], rp_results_at(summary->results, i));
    for (unsigned k = 0; k < TABLES; k++)
        write_findings(document, &tables[k]);
}

void rp_section_unknown(struct rp_document *document, const struct rp_summary *summary)
{
    struct rp_table table = {.heading = {"reason", "encodings", "modes", "instructions"}, .columns = 4};
    for (size_t i = 0; i < summary->reasons; i++) {
        const struct rp_reason_group *group = &summary->reason[i];
        struct rp_text modes = {0}, names = {0};
        rp_words_modes_brief(group->modes, rp_summary_modes(summary), &modes);
        rp_name_set_print(&group->names, 6, &names);
        rp_table_cell(&table, RP_TONE_DOUBT, "%s", group->reason);
        rp_table_cell(&table, RP_TONE_PLAIN, "%zu", group->encodings);
        rp_table_add(&table, RP_TONE_PLAIN, &modes);
        rp_table_add(&table, RP_TONE_PLAIN, &names);
    }
    if (summary->reasons) {
        rp_document_heading(document, 2, "Not decided");
        rp_document_paragraph(document, RP_TONE_PLAIN, "Unknown is an answer; a guess is not.");
    }
    rp_document_table(document, &table);
}

void rp_section_innocuous(struct rp_document *document, const struct rp_summary *summary)
{
    const struct rp_configuration *c = &summary->results->configuration;
    struct rp_resource_set screened = {0};
    struct rp_text names = {0};
    uint8_t modes = rp_summary_modes(summary);
    size_t encodings = 0, count = 0;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        encodings += summary->verdicts[mode][RP_VERDICT_INNOCUOUS];
        for (unsigned r = 0; r < RP_RESOURCE_COUNT && modes >> mode & 1 && c->policy != RP_POLICY_AS_FOUND;
             r++)
            if (rp_resource_screened((enum rp_resource)r, (enum rp_mode)mode, c->policy) &&
                !rp_resource_set_has(&c->beyond, (enum rp_resource)r))
                rp_resource_set_add(&screened, (enum rp_resource)r);
    }
    for (unsigned r = rp_resource_set_next(&screened, 0); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(&screened, r + 1))
        count++;
    rp_words_resources_brief(&screened, RP_RESOURCE_COUNT, &names);
    rp_document_heading(document, 2, "Innocuous as far as was tried");
    rp_document_paragraph(
        document, RP_TONE_PLAIN,
        "%zu encodings: no witness in %zu probes over these %zu resources, which were changed in "
        "groups: %s.",
        encodings, summary->innocuous_runs, count, rp_text_string(&names));
    rp_text_free(&names);
    if (rp_resource_set_empty(&c->beyond))
        return;
    rp_words_resources_brief(&c->beyond, RP_RESOURCE_COUNT, &names);
    rp_document_paragraph(document, RP_TONE_DOUBT, "Nothing was tried with these, which %s cannot set: %s.",
                          c->executors, rp_text_string(&names));
    rp_text_free(&names);
}

static void mode_row(struct rp_table *table, const struct rp_summary *summary, unsigned mode)
{
    const struct rp_mode_results *m = &summary->results->mode[mode];
    rp_table_cell(table, RP_TONE_PLAIN, "%s", rp_mode_info((enum rp_mode)mode)->name);
    rp_table_cell(table, RP_TONE_PLAIN, "%zu", m->forms);
    rp_table_cell(table, RP_TONE_PLAIN, "%zu", m->undocumented);
    if (m->count - m->exceptions == m->encodings)
        rp_table_cell(table, RP_TONE_PLAIN, "%zu", m->encodings);
    else
        rp_table_cell(table, RP_TONE_DOUBT, "%zu of %zu", m->count - m->exceptions, m->encodings);
    for (unsigned i = RP_VERDICT_COUNT; i-- > 0;)
        rp_table_cell(table, RP_TONE_PLAIN, "%zu", summary->verdicts[mode][i]);
}

static void item(struct rp_document *document, const char *term, const char *value)
{
    if (value && *value)
        rp_document_item(document, term, "%s", value);
}

/* What was counted and not judged each by itself. */
static void add_wide(struct rp_document *document, const struct rp_results *results)
{
    uint64_t compared = 0, wide = 0, otherwise = 0;
    size_t exceptions = 0;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        compared += results->mode[mode].compared;
        wide += results->mode[mode].wide;
        otherwise += results->mode[mode].otherwise;
        exceptions += results->mode[mode].exceptions;
    }
    if (results->configuration.wide)
        rp_document_item(document, "wide space",
                         "%" PRIu64 " of %" PRIu64
                         " encodings were held against the one that stands for their "
                         "form; %" PRIu64 " behave otherwise, as one of %zu that have verdicts of their own",
                         compared, wide, otherwise, exceptions);
}

void rp_section_configuration(struct rp_document *document, const struct rp_summary *summary)
{
    const struct rp_results *results = summary->results;
    const struct rp_configuration *c = &results->configuration;
    struct rp_table table = {
        .heading = {"mode", "forms", "extra", "judged", "hole", "innocuous", "privileged", "unknown"},
        .columns = 8};
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        if (results->mode[mode].scanned)
            mode_row(&table, summary, mode);
    rp_document_heading(document, 2, "Configuration");
    rp_document_table(document, &table);
    rp_document_paragraph(
        document, RP_TONE_FAINT,
        "A form has up to 16 encodings that stand for it; extra: opcode cells that no decoder knows. "
        "Everything above holds in this configuration:");
    add_wide(document, results);
    item(document, "ringprobe", c->version);
    item(document, "corpus", c->corpus);
    item(document, "executors", c->executors);
    item(document, "CPU", c->cpu);
    item(document, "hypervisor", c->hypervisor);
    item(document, "kernel", c->kernel);
    item(document, "date", c->date);
    item(document, "command", c->command);
    rp_document_item(document, "policy", "%s", rp_policy_name(c->policy));
    rp_document_item(document, "seed", "%" PRIu64, c->random_seed);
    rp_document_item(document, "user states", "%zu seeds", c->seeds);
    rp_document_item(document, "runs", "%" PRIu64 " in %.1f s, peak memory %" PRIu64 " MiB", results->runs,
                     results->seconds, (results->peak_pss + (1 << 20) - 1) >> 20);
    rp_document_item(document, "workers", "%u died, %u hung", results->deaths, results->hangs);
    rp_document_end_list(document);
}
