/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fleets as text and Markdown; see fleet.h. */
#include "report/fleet.h"

#include "report/document.h"

#include <string.h>

static const char *said(const char *value)
{
    return value[0] ? value : "no answer";
}

bool rp_fleet_kinds_differ(const struct rp_fleet *fleet, size_t cell)
{
    const char *first = fleet->kind[0].most[cell].value;
    for (size_t kind = 1; kind < fleet->kinds; kind++) {
        const char *value = fleet->kind[kind].most[cell].value;
        if (first && value && strcmp(first, value) != 0)
            return true;
        first = first ? first : value;
    }
    return false;
}

static void add_kinds(const struct rp_fleet *fleet, struct rp_document *document)
{
    struct rp_table table = {
        .heading = {"kind", "machines", "answers", "odd", "not as recorded", "what it is"}, .columns = 6};
    for (size_t kind = 0; kind < fleet->kinds; kind++) {
        const struct rp_fleet_kind *row = &fleet->kind[kind];
        const char *identity = fleet->machine[row->first].identity;
        size_t odd = 0, unlike = 0;
        for (size_t i = 0; i < fleet->machines; i++) {
            odd += fleet->machine[i].kind == kind && fleet->machine[i].odd;
            unlike += fleet->machine[i].kind == kind && fleet->machine[i].unlike;
        }
        rp_table_cell(&table, RP_TONE_STRONG, "%zu", kind + 1);
        rp_table_cell(&table, RP_TONE_PLAIN, "%zu", row->machines);
        rp_table_cell(&table, row->answers > 1 ? RP_TONE_ALARM : RP_TONE_GOOD, "%zu", row->answers);
        if (row->machines > 1)
            rp_table_cell(&table, odd ? RP_TONE_ALARM : RP_TONE_GOOD, "%zu", odd);
        else
            rp_table_cell(&table, RP_TONE_DOUBT, "alone");
        rp_table_cell(&table, unlike ? RP_TONE_ALARM : RP_TONE_GOOD, "%zu", unlike);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", identity[0] ? identity : "its answers do not say");
    }
    rp_document_heading(document, 2, "Kinds of machine");
    rp_document_table(document, &table);
}

static void add_odd(const struct rp_fleet *fleet, struct rp_document *document)
{
    struct rp_table table = {.heading = {"machine", "kind", "asked", "says", "most of its kind say"},
                             .columns = 5};
    for (size_t i = 0; i < fleet->machines; i++) {
        const struct rp_fleet_machine *machine = &fleet->machine[i];
        for (size_t cell = 0; cell < fleet->cells; cell++) {
            const struct rp_fleet_most *most = &fleet->kind[machine->kind].most[cell];
            if (!rp_fleet_is_odd(fleet, i, cell))
                continue;
            rp_table_cell(&table, RP_TONE_ALARM, "%s", machine->name);
            rp_table_cell(&table, RP_TONE_PLAIN, "%zu", machine->kind + 1);
            rp_table_cell(&table, RP_TONE_PLAIN, "%s", fleet->cell[cell].name);
            rp_table_cell(&table, RP_TONE_PLAIN, "%s", said(rp_fleet_value(fleet, i, cell)));
            if (most->value)
                rp_table_cell(&table, RP_TONE_PLAIN, "%s (%zu of %zu)", said(most->value), most->count,
                              fleet->kind[machine->kind].machines);
            else
                rp_table_cell(&table, RP_TONE_DOUBT, "no answer has more than half");
        }
    }
    if (fleet->odd)
        rp_document_heading(document, 2, "Odd machines");
    rp_document_table(document, &table);
}

/* Machines that say themselves that they are not as they were recorded, and those that are the only ones of
 * their kind, against which nothing is held. */
static void add_by_itself(const struct rp_fleet *fleet, struct rp_document *document)
{
    struct rp_text unlike = {0}, alone = {0};
    for (size_t i = 0; i < fleet->machines; i++) {
        const struct rp_fleet_machine *m = &fleet->machine[i];
        if (m->unlike)
            rp_text_add(&unlike, "%s%s", unlike.length ? " " : "", m->name);
        if (fleet->kind[m->kind].machines == 1)
            rp_text_add(&alone, "%s%s", alone.length ? " " : "", m->name);
    }
    if (unlike.length)
        rp_document_paragraph(document, RP_TONE_ALARM, "not as recorded: %s", rp_text_string(&unlike));
    if (alone.length)
        rp_document_paragraph(document, RP_TONE_DOUBT, "alone of their kind, so that none can be odd: %s",
                              rp_text_string(&alone));
    rp_text_free(&unlike);
    rp_text_free(&alone);
}

static void add_differences(const struct rp_fleet *fleet, struct rp_document *document)
{
    struct rp_table table = {.heading = {"asked", "kind", "most of it say"}, .columns = 3};
    for (size_t cell = 0; cell < fleet->cells; cell++)
        for (size_t kind = 0; kind < fleet->kinds && rp_fleet_kinds_differ(fleet, cell); kind++) {
            const char *most = fleet->kind[kind].most[cell].value;
            rp_table_cell(&table, RP_TONE_PLAIN, "%s", fleet->cell[cell].name);
            rp_table_cell(&table, RP_TONE_PLAIN, "%zu", kind + 1);
            rp_table_cell(&table, RP_TONE_PLAIN, "%s", most ? said(most) : "one this, one that");
        }
    if (rp_table_rows(&table))
        rp_document_heading(document, 2, "In what kinds differ");
    rp_document_table(document, &table);
}

static void write_fleet(const struct rp_fleet *fleet, struct rp_document *document)
{
    rp_document_heading(document, 1, "A fleet and its answers");
    rp_document_paragraph(document, fleet->odd || fleet->unlike ? RP_TONE_ALARM : RP_TONE_GOOD,
                          "%zu machine%s of %zu kind%s, %zu thing%s asked: %zu odd, %zu not as recorded",
                          fleet->machines, fleet->machines == 1 ? "" : "s", fleet->kinds,
                          fleet->kinds == 1 ? "" : "s", fleet->cells, fleet->cells == 1 ? "" : "s",
                          fleet->odd, fleet->unlike);
    add_by_itself(fleet, document);
    add_odd(fleet, document);
    add_kinds(fleet, document);
    add_differences(fleet, document);
}

static void write_text(const struct rp_fleet *fleet, const struct rp_style *style, struct rp_text *text)
{
    struct rp_document document = {.style = *style, .text = text};
    write_fleet(fleet, &document);
}

static void write_markdown(const struct rp_fleet *fleet, const struct rp_style *style, struct rp_text *text)
{
    struct rp_document document = {.markdown = true, .style = *style, .text = text};
    write_fleet(fleet, &document);
}

static const struct rp_fleet_format formats[] = {
    {"text", write_text}, {"markdown", write_markdown}, {"json", rp_fleet_json}};

const struct rp_fleet_format *rp_fleet_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
