/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who decides; see overall.h. One verdict leads: its evidence, witness and closing conditions are the overall
 * verdict's. */
#include "judge/overall.h"

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

static void join_hole(struct rp_verdict *verdict, const struct rp_verdict *other)
{
    verdict->sensitivity |= other->sensitivity;
    verdict->user_sensitive |= other->user_sensitive;
    if (other->owner == RP_OWNER_SYSTEM)
        verdict->owner = RP_OWNER_SYSTEM;
    for (unsigned i = 0; i < RP_RESOURCE_SET_WORDS; i++)
        verdict->resources.word[i] |= other->resources.word[i];
}

/* What closes ring 3 on a machine that has its controls as found, of the controls that the lead ignores. */
static void join_closers(struct rp_verdict *verdict, const struct rp_verdict *other)
{
    for (unsigned i = 0; i < other->closers && verdict->closers < RP_CLOSERS_MAX; i++) {
        const struct rp_closer *closer = &other->closer[i];
        if (closer->control[1] != RP_RESOURCE_NONE ||
            !rp_resource_set_has(&verdict->not_testable, closer->control[0]))
            continue;
        verdict->closer[verdict->closers++] = *closer;
        rp_resource_set_remove(&verdict->not_testable, closer->control[0]);
    }
}

/* "executors disagree: unicorn privileged, kvm innocuous". */
static void name_difference(const struct question *q, struct rp_verdict *verdict)
{
    size_t size = sizeof verdict->unknown_reason;
    size_t length = (size_t)snprintf(verdict->unknown_reason, size, "executors disagree:");
    const char *separator = "";
    for (unsigned i = 0; i < q->count && length < size; i++) {
        const struct rp_opinion *opinion = opinion_of(q, i);
        if (!opinion->decides)
            continue;
        length += (size_t)snprintf(verdict->unknown_reason + length, size - length, "%s %.20s %s", separator,
                                   opinion->executor, rp_judgement_name(opinion->judgement));
        separator = ",";
    }
}

static void name_limit(const struct rp_opinion *opinion, struct rp_verdict *verdict)
{
    snprintf(verdict->unknown_reason, sizeof verdict->unknown_reason, "%.20s: %.80s", opinion->executor,
             opinion->limit);
}

/* What a lead that has its controls as found cannot answer. */
static void leave_policies(struct rp_verdict *verdict, unsigned other_policies)
{
    for (unsigned policy = 0; policy < RP_POLICY_AS_FOUND; policy++)
        if (other_policies >> policy & 1 && policy != verdict->policy)
            verdict->by_policy[policy] = RP_ANSWER_UNKNOWN;
}

void rp_overall_verdict(struct rp_verdict *own, unsigned count, enum rp_policy policy,
                        unsigned other_policies, struct rp_verdict *verdict)
{
    const struct question q = {own, count, policy};
    hear(&q);
    unsigned hole = first_deciding(&q, RP_VERDICT_HOLE), deciding = first_deciding(&q, RP_VERDICT_COUNT);
    unsigned lead = hole < count ? hole : deciding < count ? deciding : first_bound(&q);
    bool differ = deciding < count && deciding_differ(&q, deciding);
    *verdict = own[lead];
    verdict->policy = policy;
    verdict->judgement = deciding < count ? opinion_of(&q, lead)->judgement : RP_VERDICT_UNKNOWN;
    if (hole == count && differ) {
        verdict->judgement = RP_VERDICT_UNKNOWN;
        name_difference(&q, verdict);
    } else if (deciding == count && !verdict->unknown_reason[0]) {
        name_limit(opinion_of(&q, lead), verdict);
    }
    verdict->disagreement = differ || (verdict->judgement != RP_VERDICT_HOLE && has_stray_witness(&q));
    if (opinion_of(&q, lead)->as_found && verdict->judgement == RP_VERDICT_HOLE)
        leave_policies(verdict, other_policies);
    verdict->runs = 0;
    for (unsigned i = 0; i < count; i++) {
        verdict->runs += own[i].runs;
        verdict->opinion[i] = *opinion_of(&q, i);
        if (i == lead)
            continue;
        if (verdict->judgement == RP_VERDICT_HOLE && opinion_of(&q, i)->decides &&
            opinion_of(&q, i)->judgement == RP_VERDICT_HOLE)
            join_hole(verdict, &own[i]);
        if (verdict->judgement == RP_VERDICT_HOLE && opinion_of(&q, i)->as_found)
            join_closers(verdict, &own[i]);
        rp_verdict_free(&own[i]);
    }
    verdict->opinions = (uint8_t)count;
}
