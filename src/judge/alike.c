/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a verdict says what that of its form says; see verdict.h. */
#include "judge/divergence.h"
#include "judge/verdict.h"

#include <string.h>

static bool has_closer(const struct rp_verdict *verdict, const struct rp_closer *closer)
{
    for (unsigned i = 0; i < verdict->closers; i++) {
        const struct rp_closer *c = &verdict->closer[i];
        if (memcmp(c->control, closer->control, sizeof c->control) == 0 &&
            memcmp(c->value, closer->value, sizeof c->value) == 0 && c->all == closer->all &&
            c->showed == closer->showed)
            return true;
    }
    return false;
}

static bool same_closers(const struct rp_verdict *a, const struct rp_verdict *b)
{
    bool same = a->closers == b->closers;
    for (unsigned i = 0; i < a->closers && same; i++)
        same = has_closer(b, &a->closer[i]);
    return same;
}

static bool same_opinions(const struct rp_verdict *a, const struct rp_verdict *b)
{
    bool same = a->opinions == b->opinions;
    for (unsigned i = 0; i < a->opinions && same; i++) {
        const struct rp_opinion *x = &a->opinion[i], *y = &b->opinion[i];
        same = strcmp(x->executor, y->executor) == 0 && x->judgement == y->judgement &&
               x->decides == y->decides && strcmp(x->limit, y->limit) == 0;
    }
    return same;
}

/* Every divergence of `a` for which no limit accounts is one of `b` as well. */
static bool contains(const struct rp_verdict *b, const struct rp_verdict *a)
{
    for (unsigned i = 0; i < a->divergences; i++) {
        bool found = a->divergence[i].known[0] != 0;
        for (unsigned k = 0; k < b->divergences && !found; k++)
            found = rp_divergence_alike(a, &a->divergence[i], b, &b->divergence[k]);
        if (!found)
            return false;
    }
    return true;
}

bool rp_verdict_like(const struct rp_verdict *a, const struct rp_verdict *form)
{
    return a->judgement == form->judgement && a->policy == form->policy &&
           a->sensitivity == form->sensitivity &&
           memcmp(&a->resources, &form->resources, sizeof a->resources) == 0 && a->owner == form->owner &&
           a->user_sensitive == form->user_sensitive && same_closers(a, form) &&
           memcmp(&a->not_testable, &form->not_testable, sizeof a->not_testable) == 0 &&
           memcmp(a->by_policy, form->by_policy, sizeof a->by_policy) == 0 &&
           strcmp(a->unknown_reason, form->unknown_reason) == 0 && a->disagreement == form->disagreement &&
           same_opinions(a, form) && contains(form, a);
}
