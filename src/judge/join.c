/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joining verdicts; see join.h. */
#include "judge/join.h"

#include <string.h>

static const struct rp_opinion *opinion_of(const struct rp_verdict *verdict, unsigned i)
{
    return &verdict->opinion[i];
}

static bool shows_hole(const struct rp_opinion *opinion)
{
    return opinion->decides && opinion->judgement == RP_VERDICT_HOLE;
}

void rp_join_evidence(const struct rp_verdict *own, unsigned count, unsigned lead, struct rp_verdict *verdict)
{
    for (unsigned i = 0; i < count && verdict->judgement == RP_VERDICT_HOLE; i++) {
        if (i == lead || !shows_hole(opinion_of(verdict, i)))
            continue;
        verdict->sensitivity |= own[i].sensitivity;
        verdict->user_sensitive |= own[i].user_sensitive;
        if (own[i].owner == RP_OWNER_SYSTEM)
            verdict->owner = RP_OWNER_SYSTEM;
        for (unsigned word = 0; word < RP_RESOURCE_SET_WORDS; word++)
            verdict->resources.word[word] |= own[i].resources.word[word];
    }
}

static bool same_controls(const struct rp_closer *a, const struct rp_closer *b)
{
    return memcmp(a->control, b->control, sizeof a->control) == 0 &&
           memcmp(a->value, b->value, sizeof a->value) == 0;
}

static bool has_closer(const struct rp_verdict *verdict, const struct rp_closer *closer)
{
    for (unsigned i = 0; i < verdict->closers; i++)
        if (same_controls(&verdict->closer[i], closer))
            return true;
    return false;
}

static bool honours_all(const struct rp_resource_set *honours, const struct rp_closer *closer)
{
    for (unsigned i = 0; i < 2; i++)
        if (closer->control[i] != RP_RESOURCE_NONE &&
            !rp_resource_set_has(honours, (enum rp_resource)closer->control[i]))
            return false;
    return true;
}

/* Somebody that could have been stopped by it went on. */
static bool is_refuted(const struct rp_verdict *own, const struct rp_resource_set *honours, unsigned count,
                       const struct rp_verdict *verdict, const struct rp_closer *closer)
{
    bool pair = closer->control[1] != RP_RESOURCE_NONE; /* tried only where no control closes alone */
    for (unsigned i = 0; i < count; i++) {
        const struct rp_opinion *opinion = opinion_of(verdict, i);
        bool tried = shows_hole(opinion) && !opinion->as_found && own[i].closers < RP_CLOSERS_MAX &&
                     !(pair && own[i].closers && own[i].closer[0].control[1] == RP_RESOURCE_NONE);
        if (tried && honours_all(&honours[i], closer) && !has_closer(&own[i], closer))
            return true;
    }
    return false;
}

static void add_closer(struct rp_verdict *verdict, const struct rp_closer *closer, unsigned showed)
{
    for (unsigned i = 0; i < verdict->closers; i++) {
        if (!same_controls(&verdict->closer[i], closer))
            continue;
        verdict->closer[i].showed |= (uint8_t)(1u << showed);
        return;
    }
    if (verdict->closers == RP_CLOSERS_MAX)
        return;
    struct rp_closer *added = &verdict->closer[verdict->closers++];
    *added = *closer;
    added->showed = (uint8_t)(1u << showed);
}

/* Of a pair nothing is said where one of the two, or another control, does it alone. */
static void drop_pairs(struct rp_verdict *verdict)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < verdict->closers; i++)
        if (verdict->closer[i].control[1] == RP_RESOURCE_NONE)
            verdict->closer[kept++] = verdict->closer[i];
    if (kept)
        verdict->closers = (uint8_t)kept;
}

/* The controls that somebody ignores, but for those that somebody else honours. */
static void join_not_testable(const struct rp_verdict *own, const struct rp_resource_set *honours,
                              unsigned count, struct rp_verdict *verdict)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned word = 0; shows_hole(opinion_of(verdict, i)) && word < RP_RESOURCE_SET_WORDS; word++)
            verdict->not_testable.word[word] |= own[i].not_testable.word[word];
    for (unsigned i = 0; i < count; i++)
        for (unsigned word = 0; opinion_of(verdict, i)->closes && word < RP_RESOURCE_SET_WORDS; word++)
            verdict->not_testable.word[word] &= ~honours[i].word[word];
}

/* True if `a` has all controls of `b`. */
static bool includes(const struct rp_closer *a, const struct rp_closer *b)
{
    for (unsigned i = 0; i < 2; i++)
        if (b->control[i] != RP_RESOURCE_NONE && a->control[0] != b->control[i] &&
            a->control[1] != b->control[i])
            return false;
    return true;
}

/* What keeps a privileged encoding closed: an executor that ignores a control did not open it by that one. */
static void join_keepers(const struct rp_verdict *own, unsigned count, struct rp_verdict *verdict)
{
    verdict->closers = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct rp_opinion *opinion = opinion_of(verdict, i);
        if (!opinion->decides || opinion->judgement != RP_VERDICT_PRIVILEGED || !own[i].closers)
            continue;
        if (verdict->closers && !includes(&own[i].closer[0], &verdict->closer[0]))
            continue;
        if (verdict->closers && !same_controls(&own[i].closer[0], &verdict->closer[0]))
            verdict->closers = 0;
        for (unsigned c = 0; c < own[i].closers; c++)
            add_closer(verdict, &own[i].closer[c], i);
    }
}

void rp_join_closers(const struct rp_verdict *own, const struct rp_resource_set *honours, unsigned count,
                     unsigned lead, struct rp_verdict *verdict)
{
    if (verdict->judgement == RP_VERDICT_PRIVILEGED) {
        join_keepers(own, count, verdict);
        return;
    }
    bool hole = verdict->judgement == RP_VERDICT_HOLE, absent = false;
    for (unsigned i = 0; i < count; i++)
        absent |= own[i].closers && !opinion_of(verdict, i)->closes;
    if (!hole && absent) { /* M-ABSENT is the lead's */
        for (unsigned c = 0; c < verdict->closers; c++)
            verdict->closer[c].showed = (uint8_t)(1u << lead);
        return;
    }
    verdict->closers = 0;
    for (unsigned i = 0; i < count; i++)
        for (unsigned c = 0; c < own[i].closers && opinion_of(verdict, i)->closes; c++)
            if (!is_refuted(own, honours, count, verdict, &own[i].closer[c]))
                add_closer(verdict, &own[i].closer[c], i);
    drop_pairs(verdict);
    join_not_testable(own, honours, count, verdict);
}

/* One answer of those that gave one: a hole is shown, the rest has to agree. */
static enum rp_policy_answer join_answers(enum rp_policy_answer all, enum rp_policy_answer one)
{
    if (all <= RP_ANSWER_UNKNOWN || one == RP_ANSWER_HOLE)
        return one > all ? one : all;
    if (one <= RP_ANSWER_UNKNOWN || one == all || all == RP_ANSWER_HOLE)
        return all;
    return RP_ANSWER_UNKNOWN;
}

void rp_join_policies(const struct rp_verdict *own, unsigned count, unsigned other_policies,
                      struct rp_verdict *verdict)
{
    for (unsigned policy = 0; policy < RP_POLICY_AS_FOUND; policy++) {
        enum rp_policy_answer answer = RP_ANSWER_NOT_ASKED;
        for (unsigned i = 0; i < count; i++)
            if (opinion_of(verdict, i)->decides && !opinion_of(verdict, i)->as_found)
                answer = join_answers(answer, own[i].by_policy[policy]);
        bool unanswered = answer == RP_ANSWER_NOT_ASKED && verdict->judgement == RP_VERDICT_HOLE &&
                          other_policies >> policy & 1 && policy != verdict->policy;
        verdict->by_policy[policy] = unanswered ? RP_ANSWER_UNKNOWN : answer;
    }
}
