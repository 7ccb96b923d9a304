/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The definitions; see decide.h. */
#include "judge/decide.h"

#include "base/corpus.h"
#include "judge/replay.h"
#include "x86/vector.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static bool has_hole(const struct rp_inquiry *inquiry)
{
    for (unsigned i = 0; i < inquiry->count; i++)
        if (inquiry->found[i].evidence.hole)
            return true;
    return false;
}

static bool two_rings(const struct rp_inquiry *inquiry)
{
    return inquiry->plan->ring[0] && inquiry->plan->ring[1];
}

/* UD0 to UD2: to be #UD is what they are for. */
static bool is_reserved_ud(const struct rp_inquiry *inquiry)
{
    const struct rp_corpus_file *file = rp_corpus_find("reserved-ud.tsv");
    char line[40];
    if (!inquiry->decoded || !file || inquiry->pairs[RP_PAIR_BROKEN])
        return false;
    snprintf(line, sizeof line, "\n%.20s\t", inquiry->instruction.mnemonic);
    return strstr(file->text, line) != NULL;
}

/* True if a pair of rings, or the one ring of the mode, retired, so that the absence of evidence says
 * something. */
static bool was_compared(const struct rp_inquiry *inquiry)
{
    return inquiry->pairs[RP_PAIR_BOTH] && !inquiry->noise.overflow;
}

/* LGDT, LLDT, LTR, LMSW look at CPL before they read (SDM Vol. 2); a load of a segment register reads first.
 */
static bool traps_before_reading(const struct rp_inquiry *inquiry)
{
    return strcmp(inquiry->instruction.category, "system") == 0;
}

/* METHOD, "One ring": the executor has ring 3 alone, of a mode whose rings are paired. */
static bool lacks_ring_0(const struct rp_inquiry *inquiry)
{
    return inquiry->plan->ring[1] && !inquiry->plan->ring[0];
}

enum rp_judgement rp_decide(const struct rp_inquiry *inquiry)
{
    if (has_hole(inquiry))
        return RP_VERDICT_HOLE;
    if (lacks_ring_0(inquiry))
        return RP_VERDICT_UNKNOWN;
    if (inquiry->pairs[RP_PAIR_PRIVILEGED])
        return inquiry->unplaced && !traps_before_reading(inquiry) ? RP_VERDICT_UNKNOWN
                                                                   : RP_VERDICT_PRIVILEGED;
    if (inquiry->ring0_retired == 0) /* M-VACUOUS */
        return is_reserved_ud(inquiry) ? RP_VERDICT_INNOCUOUS : RP_VERDICT_UNKNOWN;
    bool asked = was_compared(inquiry) && !inquiry->unplaced;
    return inquiry->count > 0 || !asked ? RP_VERDICT_UNKNOWN : RP_VERDICT_INNOCUOUS;
}

/* The outcome that speaks for a ring: the first of state A that retired, else the first. */
static const struct rp_outcome *speaking(const struct rp_inquiry *inquiry, unsigned ring)
{
    unsigned s = inquiry->first_retired[ring];
    return inquiry->runs[s == UINT_MAX ? 0 : s].run[RP_STATE_A][ring].outcome;
}

/* Of an executor that says it run by run, the one of the runs that are shown which is furthest from the CPU.
 */
static enum rp_provenance provenance_of(const struct rp_inquiry *inquiry)
{
    const struct rp_executor *executor = inquiry->judge->options.executor;
    enum rp_provenance provenance = RP_PROVENANCE_SILICON;
    if (!executor->by_machine || !inquiry->screened)
        return executor->provenance;
    for (unsigned ring = 0; ring < RP_RINGS; ring++) {
        const struct rp_outcome *outcome = speaking(inquiry, ring);
        if (outcome && outcome->provenance > provenance)
            provenance = (enum rp_provenance)outcome->provenance;
    }
    return provenance;
}

const char *rp_decide_provenance_limit(const struct rp_inquiry *inquiry)
{
    enum rp_provenance provenance = provenance_of(inquiry);
    if (provenance == RP_PROVENANCE_PVM)
        return RP_LIMIT_PVM;
    return provenance == RP_PROVENANCE_KVM_EMULATED ? RP_LIMIT_KVM_EMULATED : NULL;
}

static void sign(const struct rp_inquiry *inquiry, struct rp_opinion *opinion)
{
    const struct rp_executor *executor = inquiry->judge->options.executor;
    snprintf(opinion->executor, sizeof opinion->executor, "%s", rp_judge_executor(inquiry->judge));
    opinion->provenance = provenance_of(inquiry);
    opinion->as_found = executor->as_found;
}

static bool runs_mode(const struct rp_inquiry *inquiry)
{
    const struct rp_capabilities *can = inquiry->judge->can;
    return can->ring[rp_ring_mode(inquiry->mode, 0)][0] || can->ring[inquiry->mode][3];
}

void rp_decide_opinion(const struct rp_inquiry *inquiry, const char *limit, struct rp_opinion *opinion)
{
    sign(inquiry, opinion);
    opinion->judgement = rp_decide(inquiry);
    opinion->one_ring = lacks_ring_0(inquiry);
    if (!limit && !runs_mode(inquiry))
        limit = RP_LIMIT_NO_MODE;
    if (!limit && opinion->one_ring && opinion->judgement != RP_VERDICT_HOLE)
        limit = RP_LIMIT_ONE_RING;
    opinion->decides = limit == NULL;
    snprintf(opinion->limit, sizeof opinion->limit, "%s", limit ? limit : "");
    for (unsigned ring = 0; ring < RP_RINGS; ring++) {
        const struct rp_outcome *outcome = inquiry->screened ? speaking(inquiry, ring) : NULL;
        if (outcome)
            opinion->ring[ring] = rp_outcome_shown(outcome);
    }
}

static void reason(struct rp_verdict *verdict, const char *format, const char *argument)
{
    snprintf(verdict->unknown_reason, sizeof verdict->unknown_reason, format, argument);
}

/* Why ring 0 retired in no run, most specific first. */
static void reason_vacuous(const struct rp_inquiry *inquiry, struct rp_verdict *verdict)
{
    const struct rp_outcome *outcome = inquiry->screened ? speaking(inquiry, 0) : NULL;
    char text[RP_REASON_MAX];
    if (verdict->closers) { /* M-ABSENT */
        const struct rp_closer *closer = &verdict->closer[0];
        snprintf(text, sizeof text, "absent: %s=%u",
                 rp_resource_info((enum rp_resource)closer->control[0])->name, closer->value[0]);
        reason(verdict, "%s", text);
        return;
    }
    if (!outcome)
        reason(verdict, "%s", RP_LIMIT_ONE_RING);
    else if (outcome->kind == RP_OUTCOME_DIED || outcome->kind == RP_OUTCOME_HUNG)
        reason(verdict, "%s", outcome->kind == RP_OUTCOME_HUNG ? "the executor hung" : "the executor died");
    else if (outcome->kind == RP_OUTCOME_UNSUPPORTED && outcome->vector == RP_UNSUPPORTED_LOST)
        reason(verdict, "%s",
               "in every state tried it would leave the mode or the paging that the executor needs");
    else if (outcome->kind != RP_OUTCOME_TRAPPED)
        reason(verdict, "%s", "the executor could not make the runs");
    else if (outcome->vector == RP_VECTOR_UD)
        reason(verdict, "%s",
               inquiry->decoded ? "#UD in both rings, whatever the state"
                                : "#UD in both rings, and no decoder knows it");
    else
        reason(verdict, "ring 0 never retired: %s in every state tried",
               outcome->vector < RP_VECTOR_COUNT ? rp_vector_info(outcome->vector)->name : "an interrupt");
}

static void find_reason(const struct rp_inquiry *inquiry, struct rp_verdict *verdict)
{
    const struct rp_opinion *opinion = &verdict->opinion[0];
    char text[RP_REASON_MAX];
    if (strcmp(opinion->limit, RP_LIMIT_ONE_RING) == 0) {
        reason(verdict, "%s", RP_LIMIT_ONE_RING);
    } else if (!opinion->decides) {
        snprintf(text, sizeof text, "%.20s: %.80s", opinion->executor, opinion->limit);
        reason(verdict, "%s", text);
    } else if (inquiry->ring0_retired == 0) {
        reason_vacuous(inquiry, verdict);
    } else if (!two_rings(inquiry) && !rp_mode_info(inquiry->mode)->has_ring3) {
        reason(verdict, "%s", "one ring, see vm86");
    } else if (inquiry->unplaced) {
        reason(verdict, "%s", "its operand lies where no state can be set");
    } else if (inquiry->noise.overflow) {
        reason(verdict, "%s", "more of its results vary from run to run than can be left out");
    } else if (inquiry->count > 0) {
        reason(verdict, "%s", "sensitive in ring 0; ring 3 faults on memory in every state tried");
    } else if (inquiry->pairs[RP_PAIR_MEMORY]) {
        reason(verdict, "%s", "ring 3 faults on memory in every state tried");
    } else {
        reason(verdict, "%s", "no pair of runs could be compared");
    }
}

static void collect_evidence(const struct rp_inquiry *inquiry, struct rp_verdict *verdict)
{
    bool hole = verdict->judgement == RP_VERDICT_HOLE;
    verdict->owner = RP_OWNER_DELEGATED;
    for (unsigned i = 0; i < inquiry->count; i++) {
        const struct rp_evidence *e = &inquiry->found[i].evidence;
        verdict->sensitivity |= (uint8_t)e->kind;
        if (e->resource == RP_RESOURCE_NONE)
            continue;
        rp_resource_set_add(&verdict->resources, e->resource);
        if ((e->hole || !hole) && rp_resource_info(e->resource)->owner == RP_OWNER_SYSTEM)
            verdict->owner = RP_OWNER_SYSTEM;
        if (e->hole && e->kind != RP_SENSITIVE_MODE)
            verdict->user_sensitive = true;
    }
    if (rp_resource_set_empty(&verdict->resources))
        verdict->owner = RP_OWNER_SYSTEM; /* nobody's in particular */
}

void rp_decide_verdict(const struct rp_inquiry *inquiry, struct rp_verdict *verdict)
{
    const struct rp_opinion *opinion = &verdict->opinion[0];
    verdict->judgement = opinion->decides ? opinion->judgement : RP_VERDICT_UNKNOWN;
    /* A witness of somebody who does not decide is a finding of its own, never a verdict. */
    verdict->disagreement = !opinion->decides && opinion->judgement == RP_VERDICT_HOLE;
    if (opinion->decides || opinion->judgement == RP_VERDICT_HOLE)
        collect_evidence(inquiry, verdict);
    if (verdict->judgement == RP_VERDICT_UNKNOWN)
        find_reason(inquiry, verdict);
}

void rp_decide_dead(const struct rp_inquiry *inquiry, const struct rp_deaths *deaths,
                    struct rp_verdict *verdict)
{
    const struct rp_death *last = &deaths->death[deaths->count ? deaths->count - 1 : 0];
    struct rp_opinion *opinion = &verdict->opinion[0];
    sign(inquiry, opinion);
    for (unsigned ring = 0; ring < RP_RINGS; ring++)
        opinion->ring[ring] = (struct rp_shown){.present = true,
                                                .kind = last->hung ? RP_OUTCOME_HUNG : RP_OUTCOME_DIED,
                                                .vector = (uint8_t)last->signal};
    snprintf(verdict->unknown_reason, sizeof verdict->unknown_reason, "%.20s %s in %u runs",
             opinion->executor, last->hung ? "hung" : "died", deaths->count);
}
