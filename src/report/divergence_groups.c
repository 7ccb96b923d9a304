/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One cause, one finding: divergences filed under the part of the machine and the cell, or under the limit
 * that is known to account for them; see summary.h. An emulator that never checks alignment shows it in a
 * hundred SSE instructions. */
#include "report/summary.h"

#include "base/rows.h"
#include "judge/divergence.h"
#include "x86/decode.h"

#include <stdlib.h>
#include <string.h>

/* Instructions of a unit share an emulator's code for its registers and exceptions; those of no unit share it
 * within a category of the decoder. Static storage. */
static const char *part_of(const struct rp_verdict *verdict)
{
    static const char *const units[RP_UNIT_COUNT] = {
        [RP_UNIT_GENERAL] = NULL, [RP_UNIT_X87] = "x87",       [RP_UNIT_MMX] = "mmx", [RP_UNIT_SSE] = "sse",
        [RP_UNIT_AVX] = "avx",    [RP_UNIT_AVX512] = "avx512", [RP_UNIT_AMX] = "amx"};
    struct rp_instruction instruction;
    if (rp_decode(verdict->mode, verdict->encoding.bytes, verdict->encoding.length, &instruction, NULL) !=
        RP_OK)
        return "undecoded";
    return units[instruction.unit] ? units[instruction.unit] : instruction.category;
}

/* True if nobody would part without the guests whose instructions their hypervisor runs. */
static bool is_hypervisors(const struct rp_verdict *verdict, const struct rp_divergence *d)
{
    unsigned guests = 0, left = 0;
    for (unsigned i = 0; i < verdict->opinions; i++) {
        bool guest = rp_provenance_is_guest(verdict->opinion[i].provenance);
        guests |= (unsigned)guest << i;
    }
    for (unsigned i = 0; i < d->answers; i++)
        left += (d->answer[i].executors & ~guests) != 0;
    return left < 2;
}

static bool belongs(const struct rp_divergence_group *group, const char *part, bool hypervisor,
                    const struct rp_verdict *verdict, const struct rp_divergence *d)
{
    if (group->known != (d->known[0] != '\0') || strcmp(group->part, part) != 0 ||
        group->hypervisor != hypervisor)
        return false;
    return group->known || rp_divergence_alike(group->example_verdict, group->example, verdict, d);
}

static struct rp_divergence_group *group_of(struct rp_summary *summary, const struct rp_verdict *verdict,
                                            const char *part, const struct rp_divergence *d)
{
    bool hypervisor = !d->known[0] && is_hypervisors(verdict, d);
    for (size_t i = summary->divergences; i-- > 0;) /* neighbours are often alike */
        if (belongs(&summary->divergence[i], part, hypervisor, verdict, d))
            return &summary->divergence[i];
    const struct rp_verdict *kept = rp_results_keep(summary->results, verdict);
    if (!kept->divergence) /* no memory */
        return NULL;
    struct rp_divergence_group *group = rp_rows_add((void **)&summary->divergence, &summary->divergences,
                                                    &summary->divergence_capacity, sizeof *group);
    if (!group)
        return NULL;
    *group = (struct rp_divergence_group){.part = rp_results_name(summary->results, part),
                                          .known = d->known[0] != '\0',
                                          .hypervisor = hypervisor,
                                          .example = &kept->divergence[d - verdict->divergence],
                                          .example_verdict = kept};
    return group;
}

bool rp_divergence_groups_add(struct rp_summary *summary, const struct rp_verdict *verdict, const char *name)
{
    const char *part = verdict->divergences ? part_of(verdict) : NULL;
    for (unsigned i = 0; i < verdict->divergences; i++) {
        const struct rp_divergence *d = &verdict->divergence[i];
        struct rp_divergence_group *group = group_of(summary, verdict, d->known[0] ? d->known : part, d);
        if (!group || !rp_name_set_add(&group->names, name, verdict->mode))
            return false;
        group->modes |= (uint8_t)(1u << verdict->mode);
        group->encodings++;
        group->bits |= d->bits;
    }
    return true;
}

static int by_cause(const void *a, const void *b)
{
    const struct rp_divergence_group *left = a, *right = b;
    if (left->known != right->known)
        return left->known - right->known;
    if (left->hypervisor != right->hypervisor)
        return left->hypervisor - right->hypervisor;
    if (left->names.count != right->names.count)
        return left->names.count < right->names.count ? 1 : -1;
    int order = strcmp(left->part, right->part);
    if (!order)
        order = strcmp(rp_divergence_class(left->example->cell), rp_divergence_class(right->example->cell));
    if (!order) /* the same from another pair of executors, or with another end */
        order = strcmp(left->example->replay, right->example->replay);
    return order;
}

void rp_divergence_groups_sort(struct rp_summary *summary)
{
    for (size_t i = 0; i < summary->divergences; i++)
        rp_name_set_sort(&summary->divergence[i].names);
    if (summary->divergences)
        qsort(summary->divergence, summary->divergences, sizeof *summary->divergence, by_cause);
}
