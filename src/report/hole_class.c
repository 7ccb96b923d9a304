/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holes by id, and which of them are news; see hole_class.h. */
#include "report/hole_class.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *rp_news_word(enum rp_news news)
{
    static const char *const words[] = {"", "unchanged", "opened", "new"};
    static_assert(sizeof words / sizeof words[0] == RP_NEWS_COUNT, "one word each");
    return words[news];
}

static int order(const struct rp_hole_class *a, const struct rp_hole_class *b)
{
    int names = strcmp(a->example->mnemonic, b->example->mnemonic);
    int kinds = strcmp(a->kind, b->kind), groups = strcmp(a->group, b->group);
    return a->example->mode != b->example->mode ? (a->example->mode < b->example->mode ? -1 : 1)
           : names                              ? names
           : kinds                              ? kinds
                                                : groups;
}

static int compare(const void *a, const void *b)
{
    return order(a, b);
}

static unsigned policies_with(const struct rp_verdict *v, enum rp_policy_answer answer)
{
    unsigned policies = 0;
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        policies |= v->by_policy[i] == answer ? 1u << i : 0;
    return policies;
}

static void merge(struct rp_hole_class *class, const struct rp_verdict *v, const struct rp_results *results)
{
    class->encodings++;
    class->open |= policies_with(v, RP_ANSWER_HOLE) | 1u << v->policy;
    class->unanswered |= policies_with(v, RP_ANSWER_UNKNOWN);
    rp_closed_add(&class->closed, v, results);
    class->system |= v->owner == RP_OWNER_SYSTEM;
    class->user |= v->user_sensitive;
    for (unsigned i = 0; i < RP_RESOURCE_SET_WORDS; i++)
        class->resources.word[i] |= v->resources.word[i];
}

/* A hole and its id, to be sorted by it; of one id the first encoding comes first. */
struct entry {
    uint64_t id;
    size_t number; /* of the verdict */
    const struct rp_verdict *verdict;
};

static int by_id(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return x->id != y->id ? (x->id < y->id ? -1 : 1) : x->number < y->number ? -1 : x->number > y->number;
}

/* NULL without memory. */
static struct entry *collect(const struct rp_results *results, size_t *count)
{
    struct entry *entry = malloc(sizeof *entry);
    *count = 0;
    for (size_t i = 0; entry && i < results->count; i++) {
        const struct rp_verdict *v = rp_results_at(results, i);
        if (v->judgement != RP_VERDICT_HOLE)
            continue;
        entry[(*count)++] = (struct entry){rp_verdict_id(v), i, rp_results_keep(results, v)};
        if (*count & (*count - 1)) /* not full */
            continue;
        struct entry *grown = realloc(entry, 2 * *count * sizeof *entry);
        if (!grown)
            free(entry);
        entry = grown;
    }
    if (entry)
        qsort(entry, *count, sizeof *entry, by_id);
    return entry;
}

/* The classes in the order of their ids. */
static int gather(struct rp_hole_classes *classes, const struct rp_results *results, struct rp_error *error)
{
    size_t count;
    struct entry *entry = collect(results, &count);
    classes->one = calloc(count + 1, sizeof *classes->one);
    for (size_t i = 0; entry && classes->one && i < count; i++) {
        if (i == 0 || entry[i].id != entry[i - 1].id) {
            struct rp_hole_class *class = &classes->one[classes->count++];
            *class = (struct rp_hole_class){.id = entry[i].id, .example = entry[i].verdict};
            rp_verdict_evidence(class->example, &class->kind, &class->group);
        }
        merge(&classes->one[classes->count - 1], entry[i].verdict, results);
    }
    free(entry);
    return entry && classes->one ? RP_OK : rp_error_set(error, RP_EENVIRONMENT, "out of memory for holes");
}

/* Of what a part of a scan did not find nobody knows whether it is gone. */
static uint8_t whole_modes(const struct rp_results *results)
{
    const struct rp_configuration *c = &results->configuration;
    return results->interrupted || c->shards > 1 || rp_results_limited(results) ? 0 : c->modes;
}

/* The policies under which that a hole is open is no news: an answer that was missing may have been that. */
static unsigned open_or_unanswered(const struct rp_known_hole *known)
{
    return known->open | known->unanswered;
}

/* Both are in the order of their ids. */
static void compare_with(struct rp_hole_classes *classes, const struct rp_results *results)
{
    const struct rp_baseline *baseline = results->baseline;
    uint8_t whole = whole_modes(results);
    size_t k = 0;
    for (size_t i = 0; i <= classes->count; i++) {
        struct rp_hole_class *class = i < classes->count ? &classes->one[i] : NULL;
        for (; k < baseline->count && (!class || baseline->hole[k].id < class->id); k++)
            classes->gone += (baseline->hole[k].modes & whole) != 0;
        if (!class)
            break;
        bool known = k < baseline->count && baseline->hole[k].id == class->id;
        class->opened =
            known ? class->open & ~open_or_unanswered(&baseline->hole[k]) & baseline->policies : 0;
        class->news = !known ? RP_NEWS_HOLE : class->opened ? RP_NEWS_OPENED : RP_NEWS_KNOWN;
        classes->news[class->news]++;
        k += known;
    }
}

int rp_hole_classes_make(struct rp_hole_classes *classes, const struct rp_results *results,
                         struct rp_error *error)
{
    *classes = (struct rp_hole_classes){.policies = 1u << results->configuration.policy |
                                                    results->configuration.other_policies};
    int result = gather(classes, results, error);
    if (result == RP_OK && results->baseline)
        compare_with(classes, results);
    if (result == RP_OK)
        qsort(classes->one, classes->count, sizeof *classes->one, compare);
    return result;
}

void rp_hole_classes_free(struct rp_hole_classes *classes)
{
    free(classes->one);
    *classes = (struct rp_hole_classes){0};
}

bool rp_hole_classes_any_news(const struct rp_hole_classes *classes)
{
    return classes->news[RP_NEWS_HOLE] || classes->news[RP_NEWS_OPENED];
}
