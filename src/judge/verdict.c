/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, sets and ids of verdicts; see verdict.h. */
#include "judge/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static const char *const judgements[] = {"unknown", "privileged", "innocuous", "hole"};
_Static_assert(sizeof judgements / sizeof judgements[0] == RP_VERDICT_COUNT, "one name a verdict");

static const struct {
    enum rp_sensitivity kind;
    const char *name;
} kinds[] = {
    {RP_SENSITIVE_CONTROL, "control"},  {RP_SENSITIVE_MODE, "mode"},  {RP_SENSITIVE_RESOURCE, "resource"},
    {RP_KIND_DIVERGENCE, "divergence"}, {RP_KIND_FINDING, "finding"},
};

const char *rp_judgement_name(enum rp_judgement judgement)
{
    return judgements[judgement];
}

const char *rp_sensitivity_name(enum rp_sensitivity kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return "none";
}

bool rp_sensitivity_find(const char *name, enum rp_sensitivity *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

void rp_resource_set_add(struct rp_resource_set *set, enum rp_resource resource)
{
    if (resource < RP_RESOURCE_COUNT)
        set->word[resource / 64] |= UINT64_C(1) << resource % 64;
}

void rp_resource_set_remove(struct rp_resource_set *set, enum rp_resource resource)
{
    if (resource < RP_RESOURCE_COUNT)
        set->word[resource / 64] &= ~(UINT64_C(1) << resource % 64);
}

bool rp_resource_set_has(const struct rp_resource_set *set, enum rp_resource resource)
{
    return resource < RP_RESOURCE_COUNT && set->word[resource / 64] >> resource % 64 & 1;
}

enum rp_resource rp_resource_set_next(const struct rp_resource_set *set, unsigned from)
{
    while (from < RP_RESOURCE_COUNT && !rp_resource_set_has(set, (enum rp_resource)from))
        from++;
    return (enum rp_resource)from;
}

bool rp_resource_set_empty(const struct rp_resource_set *set)
{
    return rp_resource_set_next(set, 0) == RP_RESOURCE_NONE;
}

int rp_verdict_opinions(struct rp_verdict *verdict, unsigned count, struct rp_error *error)
{
    verdict->opinion = calloc(count, sizeof *verdict->opinion);
    if (!verdict->opinion)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for verdicts");
    verdict->opinions = (uint8_t)count;
    return RP_OK;
}

static bool takes_side(const struct rp_opinion *opinion, bool decides, enum rp_judgement judgement)
{
    return opinion->decides == decides && opinion->judgement == judgement;
}

/* "unicorn, qemu: hole". */
static void add_side(const struct rp_opinion *opinion, unsigned count, bool decides,
                     enum rp_judgement judgement, struct rp_text *text)
{
    unsigned named = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!takes_side(&opinion[i], decides, judgement))
            continue;
        const char *separator = named ? ", " : text->length ? "; " : "";
        rp_text_add(text, "%s%s%s", separator, named || decides ? "" : "not deciding, ", opinion[i].executor);
        named++;
    }
    if (named)
        rp_text_add(text, ": %s", rp_judgement_name(judgement));
}

void rp_verdict_sides(const struct rp_opinion *opinion, unsigned count, struct rp_text *text)
{
    struct rp_text sides = {0};
    for (unsigned first = 0; first < count; first++) {
        bool before = false;
        for (unsigned i = 0; i < first; i++)
            before |= takes_side(&opinion[i], true, opinion[first].judgement);
        if (opinion[first].decides && !before)
            add_side(opinion, count, true, opinion[first].judgement, &sides);
    }
    add_side(opinion, count, false, RP_VERDICT_HOLE, &sides);
    rp_text_add(text, "%s", rp_text_string(&sides));
    text->failed |= sides.failed;
    rp_text_free(&sides);
}

/* `size` bytes of its own; NULL for none, and without memory, which is told. */
static void *copy_of(const void *from, size_t size, bool *failed)
{
    void *copy = from && size ? malloc(size) : NULL;
    if (copy)
        memcpy(copy, from, size);
    else
        *failed |= from && size;
    return copy;
}

static char *copy_line(const char *line, bool *failed)
{
    return copy_of(line, line ? strlen(line) + 1 : 0, failed);
}

int rp_verdict_copy(struct rp_verdict *copy, const struct rp_verdict *verdict, struct rp_error *error)
{
    bool failed = false;
    *copy = *verdict;
    copy->opinion = copy_of(verdict->opinion, verdict->opinions * sizeof *copy->opinion, &failed);
    copy->replay = copy_line(verdict->replay, &failed);
    copy->divergence = copy_of(verdict->divergence, verdict->divergences * sizeof *copy->divergence, &failed);
    for (unsigned i = 0; copy->divergence && i < copy->divergences; i++)
        copy->divergence[i].replay = copy_line(verdict->divergence[i].replay, &failed);
    if (!failed)
        return RP_OK;
    copy->divergences = copy->divergence ? copy->divergences : 0;
    rp_verdict_free(copy);
    return rp_error_set(error, RP_EENVIRONMENT, "out of memory for verdicts");
}

void rp_verdict_free(struct rp_verdict *verdict)
{
    free(verdict->opinion);
    verdict->opinion = NULL;
    verdict->opinions = 0;
    free(verdict->replay);
    verdict->replay = NULL;
    for (unsigned i = 0; i < verdict->divergences; i++)
        free(verdict->divergence[i].replay);
    free(verdict->divergence);
    verdict->divergence = NULL;
    verdict->divergences = 0;
}

void rp_verdict_evidence(const struct rp_verdict *v, const char **kind, const char **group)
{
    bool known = v->has_witness && v->resource < RP_RESOURCE_COUNT;
    *group = known ? rp_resource_info(v->resource)->group : "-";
    *kind = v->has_witness ? rp_sensitivity_name(v->witness_kind) : rp_judgement_name(v->judgement);
}

uint64_t rp_hole_id(enum rp_mode mode, const char *mnemonic, const char *kind, const char *group,
                    enum rp_policy policy)
{
    char text[128];
    int length = snprintf(text, sizeof text, "%s\n%s\n%s\n%s\n%s", rp_mode_info(mode)->name, mnemonic, kind,
                          group, rp_policy_name(policy));
    return XXH64(text, (size_t)length, 0);
}

uint64_t rp_verdict_id(const struct rp_verdict *v)
{
    const char *kind, *group;
    rp_verdict_evidence(v, &kind, &group);
    return rp_hole_id(v->mode, v->mnemonic, kind, group, v->policy);
}
