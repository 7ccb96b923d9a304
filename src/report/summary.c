/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Grouping and counting; see summary.h. */
#include "report/summary.h"

#include "base/rows.h"

#include <stdlib.h>
#include <string.h>

static void join(struct rp_resource_set *set, const struct rp_resource_set *more)
{
    for (size_t i = 0; i < RP_RESOURCE_SET_WORDS; i++)
        set->word[i] |= more->word[i];
}

static struct rp_hole_group *group_of(struct rp_summary *summary, const struct rp_verdict *verdict,
                                      const char *name, size_t listed)
{
    for (size_t i = 0; i < summary->groups; i++)
        if (summary->group[i].sensitivity == verdict->sensitivity &&
            strcmp(summary->group[i].name, name) == 0)
            return &summary->group[i];
    struct rp_hole_group *group =
        rp_rows_add((void **)&summary->group, &summary->groups, &summary->group_capacity, sizeof *group);
    if (!group) {
        summary->failed = true;
        return NULL;
    }
    *group = (struct rp_hole_group){.name = name, .sensitivity = verdict->sensitivity, .listed = listed};
    return group;
}

/* Which executors showed it, and what the CPU did. */
static void add_showing(const struct rp_results *results, struct rp_hole_group *group,
                        const struct rp_opinion *opinion)
{
    unsigned i = 0;
    if (opinion->provenance == RP_PROVENANCE_SILICON) {
        group->silicon[rp_silicon(opinion)]++;
        group->virtualised += opinion->virtualised;
    }
    if (opinion->judgement != RP_VERDICT_HOLE)
        return;
    while (i < group->showed && strcmp(group->shown_by[i].executor, opinion->executor) != 0)
        i++;
    if (i == RP_OPINIONS_MAX)
        return;
    if (i == group->showed)
        group->shown_by[group->showed++].executor = rp_results_name(results, opinion->executor);
    group->shown_by[i].encodings++;
}

/* Encodings of a form mostly follow each other; exceptions of the wide space come behind all forms. */
static void add_form(struct rp_summary *summary, struct rp_hole_group *group, uint64_t form)
{
    for (size_t i = group->forms; i-- > 0;)
        if (group->form[i] == form)
            return;
    uint64_t *row = rp_rows_add((void **)&group->form, &group->forms, &group->forms_capacity, sizeof *row);
    if (row)
        *row = form;
    else
        summary->failed = true;
}

static void add_hole(struct rp_summary *summary, const struct rp_verdict *verdict, const char *name,
                     size_t listed)
{
    struct rp_hole_group *group = group_of(summary, verdict, name, listed);
    if (!group)
        return;
    group->modes |= (uint8_t)(1u << verdict->mode);
    group->encodings++;
    add_form(summary, group, verdict->form);
    group->delegated += verdict->owner == RP_OWNER_DELEGATED;
    group->user_sensitive += verdict->user_sensitive;
    join(&group->resources, &verdict->resources);
    rp_closed_add(&group->closed, verdict, summary->results);
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        group->answers[i][verdict->by_policy[i]]++;
    for (unsigned i = 0; i < verdict->opinions; i++)
        add_showing(summary->results, group, &verdict->opinion[i]);
    if (!group->witness && verdict->has_witness)
        group->witness = rp_results_keep(summary->results, verdict);
}

static void add_unknown(struct rp_summary *summary, const struct rp_verdict *verdict, const char *name)
{
    size_t i = 0;
    while (i < summary->reasons && strcmp(summary->reason[i].reason, verdict->unknown_reason) != 0)
        i++;
    if (i == summary->reasons) {
        struct rp_reason_group *row =
            rp_rows_add((void **)&summary->reason, &summary->reasons, &summary->reason_capacity, sizeof *row);
        if (!row) {
            summary->failed = true;
            return;
        }
        row->reason = rp_results_name(summary->results, verdict->unknown_reason);
    }
    struct rp_reason_group *group = &summary->reason[i];
    group->encodings++;
    group->modes |= (uint8_t)(1u << verdict->mode);
    summary->failed |= !rp_name_set_add(&group->names, name, verdict->mode);
}

/* Groups of resources by which time passes (METHOD, Theorem 2). */
static bool is_time(const struct rp_verdict *verdict)
{
    for (unsigned r = rp_resource_set_next(&verdict->resources, 0); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(&verdict->resources, r + 1)) {
        const char *group = rp_resource_info((enum rp_resource)r)->group;
        if (strcmp(group, "tsc") == 0 || strcmp(group, "pmc") == 0)
            return true;
    }
    return false;
}

/* A hole as seen under one policy, the one judged or another that was answered. */
static void add_to_theorem(struct rp_summary *summary, struct rp_theorem *theorem,
                           const struct rp_verdict *verdict, const char *name)
{
    bool ok = rp_name_set_add(&theorem->holes, name, verdict->mode);
    if (verdict->owner != RP_OWNER_DELEGATED)
        ok &= rp_name_set_add(&theorem->system, name, verdict->mode);
    if (verdict->user_sensitive)
        ok &= rp_name_set_add(&theorem->user, name, verdict->mode);
    if (is_time(verdict))
        ok &= rp_name_set_add(verdict->closers ? &theorem->time_open : &theorem->time, name, verdict->mode);
    summary->failed |= !ok;
}

static void add_policies(struct rp_summary *summary, const struct rp_verdict *verdict, const char *name)
{
    for (unsigned policy = 0; policy < RP_POLICY_COUNT; policy++) {
        struct rp_theorem *theorem = &summary->theorem[verdict->mode][policy];
        bool judged = policy == verdict->policy;
        enum rp_policy_answer answer = verdict->by_policy[policy];
        if (judged ? verdict->judgement == RP_VERDICT_HOLE : answer == RP_ANSWER_HOLE)
            add_to_theorem(summary, theorem, verdict, name);
        else if (verdict->judgement == RP_VERDICT_UNKNOWN || (!judged && answer == RP_ANSWER_UNKNOWN))
            theorem->unknown += verdict->decoded;
        theorem->time_seen |= verdict->judgement == RP_VERDICT_HOLE && is_time(verdict);
    }
}

static void add_listed(const struct rp_results *results, struct rp_listed *listed,
                       const struct rp_verdict *verdict)
{
    uint8_t bit = (uint8_t)(1u << verdict->mode);
    listed->seen |= bit;
    if (verdict->judgement == RP_VERDICT_HOLE)
        listed->shown |= bit;
    else if (!listed->example)
        listed->example = rp_results_keep(results, verdict);
}

static void add_verdict(struct rp_summary *summary, const struct rp_verdict *verdict)
{
    size_t listed = rp_robin_irvine_find(&summary->list, verdict);
    const char *own = rp_results_name(summary->results, verdict->name);
    const char *name = listed < summary->list.count ? summary->list.row[listed].name : own;
    summary->verdicts[verdict->mode][verdict->judgement]++;
    if (listed < summary->list.count)
        add_listed(summary->results, &summary->listed[listed], verdict);
    add_policies(summary, verdict, name);
    summary->several |= verdict->opinions > 1;
    for (unsigned i = 0; i < verdict->opinions; i++) {
        if (verdict->opinion[i].provenance == RP_PROVENANCE_SILICON) {
            summary->silicon = true;
            summary->silicon_modes |= (uint8_t)(1u << verdict->mode);
        }
        summary->guest |= rp_provenance_is_guest(verdict->opinion[i].provenance);
    }
    summary->failed |= !rp_divergence_groups_add(summary, verdict, own);
    if (verdict->judgement == RP_VERDICT_HOLE)
        add_hole(summary, verdict, name, listed);
    else if (verdict->judgement == RP_VERDICT_UNKNOWN)
        add_unknown(summary, verdict, own);
    else if (verdict->judgement == RP_VERDICT_PRIVILEGED)
        summary->failed |= !rp_name_set_add(&summary->privileged, own, verdict->mode);
    else
        summary->innocuous_runs += verdict->runs;
}

/* In the order of Robin and Irvine's list, then by name. */
static int by_place(const void *a, const void *b)
{
    const struct rp_hole_group *left = a, *right = b;
    if (left->listed != right->listed)
        return left->listed < right->listed ? -1 : 1;
    int order = strcmp(left->name, right->name);
    return order ? order : left->sensitivity - right->sensitivity;
}

static int by_size(const void *a, const void *b)
{
    const struct rp_reason_group *left = a, *right = b;
    if (left->encodings != right->encodings)
        return left->encodings > right->encodings ? -1 : 1;
    return strcmp(left->reason, right->reason);
}

static void sort_all(struct rp_summary *summary)
{
    if (summary->groups)
        qsort(summary->group, summary->groups, sizeof *summary->group, by_place);
    for (size_t i = 0; i < summary->reasons; i++)
        rp_name_set_sort(&summary->reason[i].names);
    if (summary->reasons)
        qsort(summary->reason, summary->reasons, sizeof *summary->reason, by_size);
    rp_name_set_sort(&summary->privileged);
    rp_divergence_groups_sort(summary);
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        for (unsigned policy = 0; policy < RP_POLICY_COUNT; policy++) {
            struct rp_theorem *theorem = &summary->theorem[mode][policy];
            rp_name_set_sort(&theorem->holes);
            rp_name_set_sort(&theorem->system);
            rp_name_set_sort(&theorem->user);
            rp_name_set_sort(&theorem->time);
            rp_name_set_sort(&theorem->time_open);
        }
    }
}

int rp_summary_make(struct rp_summary *summary, const struct rp_results *results, struct rp_error *error)
{
    memset(summary, 0, sizeof *summary);
    summary->results = results;
    int result = rp_robin_irvine_load(&summary->list, error);
    if (result)
        return result;
    for (size_t i = 0; i < results->count; i++)
        add_verdict(summary, rp_results_at(results, i));
    sort_all(summary);
    return summary->failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for the report") : RP_OK;
}

void rp_summary_free(struct rp_summary *summary)
{
    for (size_t i = 0; i < summary->reasons; i++)
        free(summary->reason[i].names.name);
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        for (unsigned policy = 0; policy < RP_POLICY_COUNT; policy++) {
            struct rp_theorem *theorem = &summary->theorem[mode][policy];
            free(theorem->holes.name);
            free(theorem->system.name);
            free(theorem->user.name);
            free(theorem->time.name);
            free(theorem->time_open.name);
        }
    }
    free(summary->privileged.name);
    for (size_t i = 0; i < summary->divergences; i++)
        free(summary->divergence[i].names.name);
    free(summary->divergence);
    free(summary->reason);
    for (size_t i = 0; i < summary->groups; i++)
        free(summary->group[i].form);
    free(summary->group);
}
