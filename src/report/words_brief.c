/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets in few words, for tables; see words.h. */
#include "executor/registry.h"
#include "report/inert.h"
#include "report/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a resource's name in front of its last part; 0 if it has one part only. */
static size_t prefix_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : 0;
}

static bool same_prefix(enum rp_resource a, enum rp_resource b)
{
    const char *left = rp_resource_info(a)->name, *right = rp_resource_info(b)->name;
    size_t length = prefix_length(left);
    return length > 0 && length == prefix_length(right) && strncmp(left, right, length) == 0;
}

/* True if a member before `resource` has its prefix. */
static bool has_been(const struct rp_resource_set *set, enum rp_resource resource)
{
    for (unsigned r = rp_resource_set_next(set, 0); r < resource; r = rp_resource_set_next(set, r + 1))
        if (same_prefix((enum rp_resource)r, resource))
            return true;
    return false;
}

static void add_group(const struct rp_resource_set *set, enum rp_resource first, struct rp_text *text)
{
    rp_text_add(text, "%s", rp_resource_info(first)->name);
    for (unsigned r = rp_resource_set_next(set, first + 1u); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(set, r + 1))
        if (same_prefix(first, (enum rp_resource)r))
            rp_text_add(text, "/%s", strrchr(rp_resource_info((enum rp_resource)r)->name, '.') + 1);
}

/* The groups that resources.def files them under, each once. */
static void add_headings(const struct rp_resource_set *set, struct rp_text *text)
{
    const char *named[RP_RESOURCE_COUNT];
    unsigned count = 0;
    for (unsigned r = rp_resource_set_next(set, 0); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(set, r + 1)) {
        const char *group = rp_resource_info((enum rp_resource)r)->group;
        unsigned i = 0;
        while (i < count && strcmp(named[i], group) != 0)
            i++;
        if (i < count)
            continue;
        named[count++] = group;
        rp_text_add(text, "%s%s", i ? ", " : "", group);
    }
}

void rp_words_resources_brief(const struct rp_resource_set *set, unsigned most, struct rp_text *text)
{
    size_t start = text->length;
    unsigned count = 0;
    for (unsigned r = rp_resource_set_next(set, 0); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(set, r + 1))
        count++;
    if (count > most) {
        add_headings(set, text);
        return;
    }
    for (unsigned r = rp_resource_set_next(set, 0); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(set, r + 1)) {
        if (has_been(set, (enum rp_resource)r))
            continue;
        rp_text_add(text, "%s", text->length > start ? ", " : "");
        add_group(set, (enum rp_resource)r, text);
    }
    if (count == 0)
        rp_text_add(text, "none");
}

void rp_words_modes_brief(uint8_t modes, uint8_t scanned, struct rp_text *text)
{
    uint8_t missing = (uint8_t)(scanned & ~modes);
    if (!missing && __builtin_popcount(scanned) > 1) {
        rp_text_add(text, "all");
    } else if (__builtin_popcount(missing) <= 2 && __builtin_popcount(scanned) > 3) {
        rp_text_add(text, "all but ");
        rp_words_modes(missing, text);
    } else {
        rp_words_modes(modes, text);
    }
}

void rp_words_incomplete(const struct rp_results *results, struct rp_text *text)
{
    const struct rp_configuration *c = &results->configuration;
    bool shard = c->shards > 1, limited = rp_results_limited(results);
    if (results->interrupted)
        rp_text_add(text, "Incomplete: a budget ended the scan. ");
    if (shard || limited)
        rp_text_add(text, "Not the whole space: ");
    if (shard)
        rp_text_add(text, "shard %u/%u%s", c->shard, c->shards, limited ? " of " : ". ");
    if (limited)
        rp_text_add(text, "at most %zu encodings of each mode. ", c->limit);
    if (results->interrupted || shard || limited)
        rp_text_add(text, "What is here was judged, the rest was not.");
}

static bool is_executor(const char *at)
{
    char name[RP_EXECUTOR_NAME_MAX];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(at, " ,"), at);
    return rp_executor_find(name) != NULL;
}

/* The start of what stands behind this executor, "unicorn 2.0.1 (emulated), ..."; a version may have commas
 * ("native on AMD EPYC, under hypervisor ..., Linux 6.1 (silicon)"). NULL at the end. */
static const char *next_executor(const char *at)
{
    while ((at = strstr(at, ", ")) != NULL) {
        at += 2;
        if (is_executor(at))
            return at;
    }
    return NULL;
}

static int compare_names(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    size_t length = strcspn(x, " ,"), other = strcspn(y, " ,");
    int order = memcmp(x, y, length < other ? length : other);
    return order ? order : length < other ? -1 : length > other;
}

void rp_words_executor_names(const char *executors, struct rp_text *text)
{
    const char *name[RP_OPINIONS_MAX] = {NULL};
    size_t count = 0;
    for (; executors && count < RP_OPINIONS_MAX; executors = next_executor(executors))
        name[count++] = executors;
    qsort(name, count, sizeof *name, compare_names);
    for (size_t i = 0; i < count; i++) {
        char one[RP_EXECUTOR_NAME_MAX];
        snprintf(one, sizeof one, "%.*s", (int)strcspn(name[i], " ,"), name[i]);
        rp_text_add(text, "%s", i ? ", " : "");
        rp_inert_plain(text, one);
    }
}
