/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each policy leaves open, with what closes the rest and what was not answered: three lists that do not
 * overlap for an instruction in a mode unless its forms differ. */
#include "report/sections.h"

#include "report/words.h"

#include <stdlib.h>

/* Instructions by what a policy makes of them. */
struct sorted {
    struct rp_name_set open, beyond_controls, closed, unanswered;
    size_t undecided; /* encodings that a decoder knows and that have no verdict */
};

static enum rp_policy_answer answer_of(const struct rp_verdict *verdict, unsigned policy)
{
    if (policy != verdict->policy)
        return verdict->by_policy[policy];
    return verdict->judgement == RP_VERDICT_HOLE ? RP_ANSWER_HOLE : RP_ANSWER_NOT_ASKED;
}

/* Nothing that was tried closes it, and nothing that could was left untried. */
static bool is_beyond_controls(const struct rp_verdict *verdict)
{
    return verdict->closers == 0 && rp_resource_set_empty(&verdict->not_testable);
}

/* What one policy makes of it; false without memory. */
static bool sort_under(struct sorted *sorted, const struct rp_verdict *verdict, const char *name,
                       unsigned policy)
{
    bool hole = verdict->judgement == RP_VERDICT_HOLE;
    switch (answer_of(verdict, policy)) {
    case RP_ANSWER_HOLE:
        return rp_name_set_add(&sorted->open, name, verdict->mode) &&
               (!is_beyond_controls(verdict) ||
                rp_name_set_add(&sorted->beyond_controls, name, verdict->mode));
    case RP_ANSWER_PRIVILEGED:
    case RP_ANSWER_INNOCUOUS:
        return !hole || rp_name_set_add(&sorted->closed, name, verdict->mode);
    case RP_ANSWER_UNKNOWN:
        return !hole || rp_name_set_add(&sorted->unanswered, name, verdict->mode);
    case RP_ANSWER_NOT_ASKED:
        break;
    }
    return true;
}

static bool sort_verdict(struct sorted sorted[RP_POLICY_COUNT], const struct rp_summary *summary,
                         const struct rp_verdict *verdict, unsigned policies)
{
    size_t listed = rp_robin_irvine_find(&summary->list, verdict);
    const char *name = listed < summary->list.count ? summary->list.row[listed].name
                                                    : rp_results_name(summary->results, verdict->name);
    bool ok = true;
    for (unsigned policy = 0; policy < RP_POLICY_COUNT; policy++) {
        if (!(policies >> policy & 1))
            continue;
        ok &= sort_under(&sorted[policy], verdict, name, policy);
        sorted[policy].undecided += verdict->judgement == RP_VERDICT_UNKNOWN && verdict->decoded;
    }
    return ok;
}

static void write_names(struct rp_document *document, struct rp_name_set *set, const char *what,
                        uint8_t modes)
{
    rp_name_set_sort(set);
    rp_document_paragraph(document, RP_TONE_PLAIN, "%s: %zu%s", what, set->count, set->count ? "" : ".");
    if (set->count)
        rp_document_names(document, set, modes);
    free(set->name);
}

static void write_policy(struct rp_document *document, const struct rp_summary *summary,
                         struct sorted *sorted, unsigned policy)
{
    uint8_t modes = rp_summary_modes(summary);
    rp_document_heading(document, 2, "Policy %s", rp_policy_name((enum rp_policy)policy));
    write_names(document, &sorted->open, "Left open: sensitive, and ring 3 does not trap", modes);
    write_names(
        document, &sorted->beyond_controls,
        "Of these, what no control closes: what binary translation, paravirtualization, or VT-x and SVM "
        "exist for",
        modes);
    if (policy != summary->results->configuration.policy)
        write_names(document, &sorted->closed, "Closed by the controls that this policy sets", modes);
    if (policy != summary->results->configuration.policy)
        write_names(document, &sorted->unanswered,
                    "Not answered here: who decides ignores a control that this policy sets", modes);
    if (sorted->undecided)
        rp_document_paragraph(document, RP_TONE_DOUBT, "%zu encodings have no verdict, see Not decided.",
                              sorted->undecided);
}

void rp_section_policies(struct rp_document *document, const struct rp_summary *summary)
{
    const struct rp_results *results = summary->results;
    const struct rp_configuration *c = &results->configuration;
    struct sorted sorted[RP_POLICY_COUNT] = {0};
    unsigned policies = c->other_policies | 1u << c->policy;
    if (!summary->groups)
        return;
    for (size_t i = 0; i < results->count; i++)
        document->text->failed |= !sort_verdict(sorted, summary, rp_results_at(results, i), policies);
    write_policy(document, summary, &sorted[c->policy], c->policy);
    for (unsigned policy = 0; policy < RP_POLICY_COUNT; policy++)
        if (policy != c->policy && c->other_policies >> policy & 1)
            write_policy(document, summary, &sorted[policy], policy);
}
