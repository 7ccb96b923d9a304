/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report's first screen: the verdict on the architecture, the theorems, and what refutes them. METHOD,
 * "The theorems": never "a monitor cannot be built". */
#include "report/sections.h"

#include "report/words.h"

#include <stdlib.h>

uint8_t rp_summary_modes(const struct rp_summary *summary)
{
    uint8_t modes = 0;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        for (unsigned i = 0; i < RP_VERDICT_COUNT; i++)
            if (summary->verdicts[mode][i])
                modes |= (uint8_t)(1u << mode);
    return modes;
}

/* METHOD, "One ring": real16 is not counted. */
static bool counts(const struct rp_summary *summary, unsigned mode)
{
    return rp_summary_modes(summary) >> mode & 1 && rp_mode_info((enum rp_mode)mode)->has_ring3;
}

/* "31 in prot32, 29 in long64"; returns the sum. */
static size_t count_holes(const struct rp_summary *summary, struct rp_text *text)
{
    size_t sum = 0;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        size_t count = summary->theorem[mode][summary->results->configuration.policy].holes.count;
        if (!counts(summary, mode))
            continue;
        rp_text_add(text, "%s%zu in %s", text->length ? ", " : "", count,
                    rp_mode_info((enum rp_mode)mode)->name);
        sum += count;
    }
    return sum;
}

void rp_section_verdict(struct rp_document *document, const struct rp_summary *summary)
{
    const struct rp_configuration *c = &summary->results->configuration;
    struct rp_text modes = {0}, counted = {0}, incomplete = {0};
    rp_words_modes(rp_summary_modes(summary), &modes);
    rp_document_heading(document, 1, "Virtualization holes of x86: %s, policy %s", rp_text_string(&modes),
                        rp_policy_name(c->policy));
    size_t holes = count_holes(summary, &counted);
    if (holes)
        rp_document_paragraph(
            document, RP_TONE_ALARM,
            "x86 as %s executes it does not meet Popek and Goldberg's condition: these instructions "
            "are sensitive and do not trap in ring 3 (%s).",
            c->executors, rp_text_string(&counted));
    else
        rp_document_paragraph(
            document, RP_TONE_PLAIN,
            "No sensitive instruction that does not trap in ring 3 was found in x86 as %s executes it.",
            c->executors);
    if (summary->silicon && summary->silicon_modes != rp_summary_modes(summary)) {
        struct rp_text ran = {0};
        rp_words_modes(summary->silicon_modes, &ran);
        rp_document_paragraph(document, RP_TONE_PLAIN, "The CPU itself executed it in %s alone.",
                              rp_text_string(&ran));
        document->text->failed |= ran.failed;
        rp_text_free(&ran);
    }
    rp_words_incomplete(summary->results, &incomplete);
    if (incomplete.length)
        rp_document_paragraph(document, RP_TONE_DOUBT, "%s", rp_text_string(&incomplete));
    document->text->failed |= incomplete.failed;
    rp_text_free(&incomplete);
    rp_text_free(&modes);
    rp_text_free(&counted);
}

static void theorem_cell(struct rp_table *table, const struct rp_name_set *set, size_t unknown)
{
    if (set->count)
        rp_table_cell(table, RP_TONE_ALARM, "refuted by %zu", set->count);
    else
        rp_table_cell(table, RP_TONE_GOOD, "not refuted (%zu unknown)", unknown);
}

static void time_cell(struct rp_table *table, const struct rp_theorem *theorem)
{
    struct rp_text text = {0};
    if (theorem->time.count) {
        rp_text_add(&text, "no control closes ");
        rp_name_set_print(&theorem->time, 6, &text);
    } else if (theorem->time_open.count) {
        rp_text_add(&text, "open: ");
        rp_name_set_print(&theorem->time_open, 6, &text);
    } else {
        rp_text_add(&text, "%s", theorem->time_seen ? "closed" : "none seen");
    }
    rp_table_add(table, theorem->time.count ? RP_TONE_ALARM : RP_TONE_PLAIN, &text);
}

static void theorem_row(struct rp_table *table, const struct rp_summary *summary, unsigned mode,
                        unsigned policy)
{
    const struct rp_theorem *theorem = &summary->theorem[mode][policy];
    rp_table_cell(table, RP_TONE_STRONG, "%s", rp_mode_info((enum rp_mode)mode)->name);
    rp_table_cell(table, RP_TONE_PLAIN, "%s", rp_policy_name((enum rp_policy)policy));
    theorem_cell(table, &theorem->holes, theorem->unknown);
    theorem_cell(table, &theorem->system, theorem->unknown);
    theorem_cell(table, &theorem->user, theorem->unknown);
    time_cell(table, theorem);
    rp_table_cell(table, theorem->unknown ? RP_TONE_DOUBT : RP_TONE_PLAIN, "%zu", theorem->unknown);
}

static int fewer_modes(const void *a, const void *b)
{
    uint8_t left = *(const uint8_t *)a, right = *(const uint8_t *)b;
    int order = __builtin_popcount(right) - __builtin_popcount(left);
    return order ? order : left - right;
}

void rp_document_names(struct rp_document *document, const struct rp_name_set *set, uint8_t scanned)
{
    uint8_t mask[1 << RP_MODE_COUNT] = {0};
    size_t masks = 0;
    for (size_t i = 0; i < set->count; i++) {
        size_t m = 0;
        while (m < masks && mask[m] != set->name[i].modes)
            m++;
        if (m == masks)
            mask[masks++] = set->name[i].modes;
    }
    qsort(mask, masks, sizeof *mask, fewer_modes);
    for (size_t m = 0; m < masks; m++) {
        struct rp_text term = {0}, names = {0};
        rp_words_modes_brief(mask[m], scanned, &term);
        for (size_t i = 0; i < set->count; i++)
            if (set->name[i].modes == mask[m])
                rp_text_add(&names, "%s%s", names.length ? ", " : "", set->name[i].name);
        rp_document_list(document, rp_text_string(&term), rp_text_string(&names));
        rp_text_free(&term);
        rp_text_free(&names);
    }
    rp_document_end_list(document);
}

/* The names that refute Theorem 1 under the judged policy, by mode. */
static void refuters(struct rp_document *document, const struct rp_summary *summary)
{
    struct rp_name_set all = {0};
    uint8_t modes = 0;
    bool ok = true;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        const struct rp_name_set *holes =
            &summary->theorem[mode][summary->results->configuration.policy].holes;
        if (!counts(summary, mode))
            continue;
        modes |= (uint8_t)(1u << mode);
        for (size_t i = 0; i < holes->count; i++)
            ok &= rp_name_set_add(&all, holes->name[i].name, (enum rp_mode)mode);
    }
    rp_name_set_sort(&all);
    document->text->failed |= !ok;
    if (all.count) {
        rp_document_paragraph(document, RP_TONE_STRONG, "Theorem 1 is refuted, under %s, by",
                              rp_policy_name(summary->results->configuration.policy));
        rp_document_names(document, &all, modes);
    }
    free(all.name);
}

void rp_section_theorems(struct rp_document *document, const struct rp_summary *summary)
{
    const struct rp_configuration *c = &summary->results->configuration;
    struct rp_table table = {.heading = {"mode", "policy", "Theorem 1", "without delegated", "Theorem 3",
                                         "Theorem 2: time sources", "unknown"},
                             .columns = 7};
    rp_document_heading(document, 2, "The theorems");
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        if (!counts(summary, mode))
            continue;
        theorem_row(&table, summary, mode, c->policy);
        for (unsigned policy = 0; policy < RP_POLICY_COUNT; policy++)
            if (policy != c->policy && c->other_policies >> policy & 1)
                theorem_row(&table, summary, mode, policy);
    }
    rp_document_table(document, &table);
    rp_document_paragraph(
        document, RP_TONE_FAINT,
        "Refuted by so many instructions; unknown: encodings that a decoder knows and that have no "
        "answer (opcode cells that none knows are counted apart). 1: every sensitive instruction is "
        "privileged (a virtual machine monitor). 3: every user-sensitive one is (a hybrid monitor). "
        "2: as 1, and no timing dependence (recursion); open sources are those that a control can "
        "close. The conditions are sufficient, not necessary: refuted does not mean that no monitor "
        "can be built.");
    refuters(document, summary);
}
