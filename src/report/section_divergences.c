/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Emulator divergences: where executors part in ring 3 from the same state, one row a cause. METHOD, "More
 * than one executor". */
#include "report/sections.h"

#include "report/words.h"

#include <inttypes.h>

#define NAMES_SHOWN 6

/* What a section is about: a known limit, or of what is not known that of emulators or that of hypervisors.
 */
enum kind { EMULATORS, HYPERVISORS, KNOWN };

static enum kind kind_of(const struct rp_divergence_group *group)
{
    return group->known ? KNOWN : group->hypervisor ? HYPERVISORS : EMULATORS;
}

static size_t count(const struct rp_summary *summary, enum kind kind)
{
    size_t groups = 0;
    for (size_t i = 0; i < summary->divergences; i++)
        groups += kind_of(&summary->divergence[i]) == kind;
    return groups;
}

static void modes_cell(struct rp_table *table, const struct rp_summary *summary,
                       const struct rp_divergence_group *group)
{
    struct rp_text text = {0};
    rp_words_modes_brief(group->modes, rp_summary_modes(summary), &text);
    rp_table_add(table, RP_TONE_PLAIN, &text);
}

static void example_cell(struct rp_table *table, const struct rp_divergence_group *group)
{
    struct rp_text text = {0};
    const struct rp_verdict *verdict = group->example_verdict;
    rp_text_add(&text, "%s ", rp_mode_info(verdict->mode)->name);
    for (unsigned b = 0; b < verdict->encoding.length; b++)
        rp_text_add(&text, "%02x", verdict->encoding.bytes[b]);
    rp_table_add(table, RP_TONE_PLAIN, &text);
}

static void cause_row(struct rp_table *table, const struct rp_summary *summary,
                      const struct rp_divergence_group *group)
{
    struct rp_text cell = {0}, answers = {0}, names = {0};
    struct rp_divergence all = *group->example;
    if (all.cell == RP_REG_RFLAGS)
        all.bits = group->bits;
    rp_words_cell(&all, &cell);
    rp_table_cell(table, RP_TONE_DOUBT, "%s", group->part);
    rp_table_add(table, RP_TONE_PLAIN, &cell);
    rp_words_answers(group->example_verdict, group->example, &answers);
    rp_table_add(table, RP_TONE_PLAIN, &answers);
    rp_name_set_print(&group->names, NAMES_SHOWN, &names);
    rp_table_add(table, RP_TONE_PLAIN, &names);
    modes_cell(table, summary, group);
    rp_table_cell(table, RP_TONE_PLAIN, "%zu", group->encodings);
    example_cell(table, group);
}

static void write_causes(struct rp_document *document, const struct rp_summary *summary, enum kind kind)
{
    struct rp_table table = {.heading = {"part", "differs in", "who answers what", "instructions", "modes",
                                         "encodings", "for example"},
                             .columns = 7};
    for (size_t i = 0; i < summary->divergences; i++)
        if (kind_of(&summary->divergence[i]) == kind)
            cause_row(&table, summary, &summary->divergence[i]);
    rp_document_table(document, &table);
    for (size_t i = 0; i < summary->divergences; i++) {
        const struct rp_divergence_group *group = &summary->divergence[i];
        struct rp_text term = {0};
        if (kind_of(group) != kind)
            continue;
        rp_text_add(&term, "%s, ", group->part);
        rp_words_cell(group->example, &term);
        rp_document_line(document, rp_text_string(&term), group->example->replay);
        rp_text_free(&term);
    }
    rp_document_end_list(document);
}

static void write_known(struct rp_document *document, const struct rp_summary *summary)
{
    struct rp_table table = {.heading = {"known limit", "modes", "encodings", "for example"}, .columns = 4};
    for (size_t i = 0; i < summary->divergences; i++) {
        const struct rp_divergence_group *group = &summary->divergence[i];
        if (!group->known)
            continue;
        rp_table_cell(&table, RP_TONE_FAINT, "%s", group->part);
        modes_cell(&table, summary, group);
        rp_table_cell(&table, RP_TONE_PLAIN, "%zu", group->encodings);
        example_cell(&table, group);
    }
    rp_document_table(document, &table);
}

void rp_section_divergences(struct rp_document *document, const struct rp_summary *summary)
{
    if (!summary->several)
        return;
    size_t causes = count(summary, EMULATORS), known = count(summary, KNOWN);
    rp_document_heading(document, 2, "Emulator divergences: %zu", causes);
    if (causes == 0 && count(summary, HYPERVISORS))
        rp_document_paragraph(document, RP_TONE_PLAIN, "None but those of the hypervisor, which follow.");
    else if (causes == 0)
        rp_document_paragraph(document, RP_TONE_PLAIN,
                              "From the same states, no run in ring 3 ended differently on two executors%s.",
                              known ? " where none has a known limit" : "");
    else
        rp_document_paragraph(
            document, RP_TONE_PLAIN,
            "The same run in ring 3 ends differently on two executors or more: an emulator's mistake, or an "
            "erratum of this CPU; those that answer alike stand together. One row a cause: a part of the "
            "machine and what differs there, with one example; "
            "`ringprobe "
            "replay LINE` runs it on both. JSON names all instructions.");
    if (causes)
        write_causes(document, summary, EMULATORS);
    if (known)
        write_known(document, summary);
}

/* METHOD, "More than one executor": what a virtual machine lets show. */
void rp_section_hypervisor(struct rp_document *document, const struct rp_summary *summary)
{
    size_t causes = count(summary, HYPERVISORS);
    if (summary->guest && !summary->several) {
        rp_document_heading(document, 2, "Holes of this hypervisor");
        rp_document_paragraph(
            document, RP_TONE_PLAIN,
            "Not asked for: they take a second executor that is true to the architecture, best "
            "`-x native,kvm` or `-x bochs,kvm`.");
    }
    if (causes == 0)
        return;
    rp_document_heading(document, 2, "Holes of this hypervisor: %zu", causes);
    rp_document_paragraph(
        document, RP_TONE_PLAIN,
        "The same run in ring 3 ends differently in a guest of this machine's KVM, which has no VT-x or SVM "
        "for it: "
        "tables and registers of the host's that show, traps that do not come, instructions that are "
        "missing; or "
        "the other executor, if an emulator, is wrong. One row a cause, as above. Trap controls that the "
        "hypervisor ignores show under a policy that sets them (`-p hardened`). None of it is evidence about "
        "the "
        "CPU.");
    write_causes(document, summary, HYPERVISORS);
}
