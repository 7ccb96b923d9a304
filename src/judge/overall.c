/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who decides; see overall.h. One verdict leads: its evidence, witness and closing conditions are the overall
 * verdict's. */
#include "judge/overall.h"

#include "judge/join.h"

#include <stdio.h>
#include <string.h>

struct question {
    struct rp_verdict *own;
    unsigned count;
    enum rp_policy policy;
};

static struct rp_opinion *opinion_of(const struct question *q, unsigned i)
{
    return &q->own[i].opinion[0];
}

/* Where a program retires although controls are set, it retires with them open: what is shown as found is
 * shown under legacy, in which every control is open. Of any other policy it says nothing. */
static bool speaks_of(const struct rp_opinion *opinion, enum rp_policy policy)
{
    return !opinion->as_found || policy == RP_POLICY_LEGACY || policy == RP_POLICY_AS_FOUND;
}

static bool has_answered(const struct rp_opinion *opinion)
{
    return opinion->decides && opinion->judgement != RP_VERDICT_UNKNOWN;
}

/* True if ring 0 came to an end that says something of the instruction. */
static bool has_run(const struct rp_opinion *opinion)
{
    unsigned kind = opinion->ring[0].kind;
    return opinion->decides && opinion->ring[0].present &&
           (kind == RP_OUTCOME_RETIRED || kind == RP_OUTCOME_ENTERED || kind == RP_OUTCOME_TRAPPED);
}

/* Unknown is no answer: who came to none does not contradict who did, and has a reason to be named. Where
 * nobody did, who could not make the runs has less to say than who made them. */
static void let_abstain(const struct question *q)
{
    bool answered = false, ran = false;
    for (unsigned i = 0; i < q->count; i++) {
        answered |= has_answered(opinion_of(q, i));
        ran |= has_run(opinion_of(q, i));
    }
    for (unsigned i = 0; i < q->count; i++) {
        struct rp_opinion *opinion = opinion_of(q, i);
        bool worth = answered ? has_answered(opinion) : !ran || has_run(opinion);
        if (!opinion->decides || worth)
            continue;
        opinion->decides = false;
        snprintf(opinion->limit, sizeof opinion->limit, "%s", q->own[i].unknown_reason);
    }
}

static void hear(const struct question *q)
{
    for (unsigned i = 0; i < q->count; i++) {
        struct rp_opinion *opinion = opinion_of(q, i);
        if (!opinion->decides || speaks_of(opinion, q->policy))
            continue;
        opinion->decides = false;
        snprintf(opinion->limit, sizeof opinion->limit, "its controls are as found, not as in %s",
                 rp_policy_name(q->policy));
    }
    let_abstain(q);
}

/* Number of the first verdict that decides, with `judgement` unless that is RP_VERDICT_COUNT; `count` if
 * there is none. An executor whose controls are known comes before one that has them as found: it also says
 * what closes the hole. */
static unsigned first_deciding(const struct question *q, enum rp_judgement judgement)
{
    unsigned found = q->count;
    for (unsigned i = q->count; i-- > 0;) {
        const struct rp_opinion *opinion = opinion_of(q, i);
        bool fits = opinion->decides && (judgement == RP_VERDICT_COUNT || opinion->judgement == judgement);
        if (fits && (found == q->count || !opinion->as_found || opinion_of(q, found)->as_found))
            found = i;
    }
    return found;
}

/* Of those that do not decide, the first that ran both rings: what stands against it is the reason. */
static unsigned first_bound(const struct question *q)
{
    for (unsigned i = 0; i < q->count; i++)
        if (!opinion_of(q, i)->one_ring)
            return i;
    return 0;
}

static bool deciding_differ(const struct question *q, unsigned first)
{
    for (unsigned i = 0; i < q->count; i++)
        if (opinion_of(q, i)->decides && opinion_of(q, i)->judgement != opinion_of(q, first)->judgement)
            return true;
    return false;
}

/* A witness of somebody who does not decide is a finding of its own, never a verdict; but not where it was
 * asked under another policy than the one that the verdict is about. */
static bool has_stray_witness(const struct question *q)
{
    for (unsigned i = 0; i < q->count; i++) {
        const struct rp_opinion *opinion = opinion_of(q, i);
        if (!opinion->decides && opinion->judgement == RP_VERDICT_HOLE && speaks_of(opinion, q->policy))
            return true;
    }
    return false;
}

/* "executors disagree: unicorn: privileged; kvm: innocuous". */
static void name_difference(const struct question *q, struct rp_verdict *verdict)
{
    struct rp_text sides = {0};
    size_t size = sizeof verdict->unknown_reason;
    rp_verdict_sides(verdict->opinion, q->count, &sides);
    int length = snprintf(verdict->unknown_reason, size, "executors disagree: %s", rp_text_string(&sides));
    if (length >= (int)size)
        memcpy(verdict->unknown_reason + size - 4, "...", 4);
    rp_text_free(&sides);
}

static void name_limit(const struct rp_opinion *opinion, struct rp_verdict *verdict)
{
    snprintf(verdict->unknown_reason, sizeof verdict->unknown_reason, "%.20s: %.80s", opinion->executor,
             opinion->limit);
}

/* The lead's verdict with everybody's opinion; what the others own is theirs still. RP_EENVIRONMENT: no
 * memory, and nobody owns anything. */
static int take_lead(const struct question *q, unsigned lead, struct rp_verdict *verdict,
                     struct rp_error *error)
{
    struct rp_verdict all = q->own[lead];
    int result = rp_verdict_opinions(&all, q->count, error);
    if (result) {
        for (unsigned i = 0; i < q->count; i++)
            rp_verdict_free(&q->own[i]);
        return result;
    }
    all.runs = 0;
    for (unsigned i = 0; i < q->count; i++) {
        all.opinion[i] = *opinion_of(q, i);
        all.runs += q->own[i].runs;
    }
    all.policy = q->policy;
    *verdict = all;
    return RP_OK;
}

/* Frees what the others own; what the lead owns is the verdict's but for its list of one opinion. */
static void drop_others(const struct question *q, unsigned lead)
{
    q->own[lead].replay = NULL;
    q->own[lead].divergence = NULL;
    q->own[lead].divergences = 0;
    for (unsigned i = 0; i < q->count; i++)
        rp_verdict_free(&q->own[i]);
}

int rp_overall_verdict(struct rp_verdict *own, const struct rp_resource_set *honours, unsigned count,
                       enum rp_policy policy, unsigned other_policies, struct rp_verdict *verdict,
                       struct rp_error *error)
{
    const struct question q = {own, count, policy};
    hear(&q);
    unsigned hole = first_deciding(&q, RP_VERDICT_HOLE), deciding = first_deciding(&q, RP_VERDICT_COUNT);
    unsigned lead = hole < count ? hole : deciding < count ? deciding : first_bound(&q);
    bool differ = deciding < count && deciding_differ(&q, deciding);
    int result = take_lead(&q, lead, verdict, error);
    if (result)
        return result;
    verdict->judgement = deciding < count ? opinion_of(&q, lead)->judgement : RP_VERDICT_UNKNOWN;
    if (hole == count && differ) {
        verdict->judgement = RP_VERDICT_UNKNOWN;
        name_difference(&q, verdict);
    } else if (deciding == count && !verdict->unknown_reason[0]) {
        name_limit(opinion_of(&q, lead), verdict);
    }
    verdict->disagreement = differ || (verdict->judgement != RP_VERDICT_HOLE && has_stray_witness(&q));
    rp_join_evidence(own, count, lead, verdict);
    rp_join_closers(own, honours, count, lead, verdict);
    rp_join_policies(own, count, other_policies, verdict);
    drop_others(&q, lead);
    return RP_OK;
}
