/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One cause, one finding: divergences filed under instruction and cell, or under the limit that is known to
 * account for them; see summary.h. */
#include "report/summary.h"

#include "judge/divergence.h"

#include <stdlib.h>
#include <string.h>

static bool belongs(const struct rp_divergence_group *group, const char *name, const struct rp_divergence *d)
{
    if (group->known != (d->known[0] != '\0') || strcmp(group->name, name) != 0)
        return false;
    return group->known || rp_divergence_alike(group->example, d);
}

static struct rp_divergence_group *group_of(struct rp_summary *summary, const struct rp_verdict *verdict,
                                            const struct rp_divergence *d)
{
    const char *name = d->known[0] ? d->known : verdict->name;
    for (size_t i = summary->divergences; i-- > 0;) /* neighbours are often alike */
        if (belongs(&summary->divergence[i], name, d))
            return &summary->divergence[i];
    if (summary->divergences == summary->divergence_capacity) {
        size_t capacity = summary->divergence_capacity ? 2 * summary->divergence_capacity : 32;
        struct rp_divergence_group *grown = realloc(summary->divergence, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        summary->divergence = grown;
        summary->divergence_capacity = capacity;
    }
    struct rp_divergence_group *group = &summary->divergence[summary->divergences++];
    *group = (struct rp_divergence_group){
        .name = name, .known = d->known[0] != '\0', .example = d, .example_verdict = verdict};
    return group;
}

bool rp_divergence_groups_add(struct rp_summary *summary, const struct rp_verdict *verdict)
{
    for (unsigned i = 0; i < verdict->divergences; i++) {
        struct rp_divergence_group *group = group_of(summary, verdict, &verdict->divergence[i]);
        if (!group)
            return false;
        group->modes |= (uint8_t)(1u << verdict->mode);
        group->encodings++;
        group->bits |= verdict->divergence[i].bits;
    }
    return true;
}

static int by_cause(const void *a, const void *b)
{
    const struct rp_divergence_group *left = a, *right = b;
    if (left->known != right->known)
        return left->known - right->known;
    int order = strcmp(left->name, right->name);
    if (!order)
        order = strcmp(rp_divergence_class(left->example->cell), rp_divergence_class(right->example->cell));
    if (!order) /* the same from another pair of executors, or with another end */
        order = strcmp(left->example->replay, right->example->replay);
    return order;
}

void rp_divergence_groups_sort(struct rp_summary *summary)
{
    if (summary->divergences)
        qsort(summary->divergence, summary->divergences, sizeof *summary->divergence, by_cause);
}
