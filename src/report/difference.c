/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two campaigns side by side; see difference.h. */
#include "report/difference.h"

#include "store/store.h"

#include <stdlib.h>
#include <string.h>

static int no_memory(struct rp_error *error)
{
    return rp_error_set(error, RP_EENVIRONMENT, "out of memory for differences");
}

/* The verdicts of one side, in an order that both sides have. */
struct entry {
    const struct rp_verdict *verdict;
    uint64_t id; /* of a hole */
};
struct side {
    struct entry *entry;
    size_t count;
};

struct settings {
    struct rp_differences *differences;
    bool failed; /* no memory for one */
};

static void take_setting(void *context, const char *name, const char *a, const char *b)
{
    struct settings *settings = context;
    struct rp_differences *d = settings->differences;
    struct rp_setting_difference *grown = realloc(d->setting, (d->settings + 1) * sizeof *grown);
    if (!grown) {
        settings->failed = true;
        return;
    }
    struct rp_setting_difference *setting = &grown[d->settings++];
    d->setting = grown;
    *setting = (struct rp_setting_difference){strdup(name), strdup(a), strdup(b)};
    settings->failed |= !setting->name || !setting->old || !setting->new;
}

static bool same_closers(const struct rp_verdict *a, const struct rp_verdict *b)
{
    if (a->closers != b->closers)
        return false;
    for (unsigned i = 0; i < a->closers; i++) {
        const struct rp_closer *x = &a->closer[i], *y = &b->closer[i];
        if (memcmp(x->control, y->control, sizeof x->control) != 0 ||
            memcmp(x->value, y->value, sizeof x->value) != 0 || x->all != y->all)
            return false;
    }
    return true;
}

/* Where both were asked. */
static bool same_answers(const struct rp_verdict *a, const struct rp_verdict *b)
{
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        if (a->by_policy[i] != b->by_policy[i] && a->by_policy[i] != RP_ANSWER_NOT_ASKED &&
            b->by_policy[i] != RP_ANSWER_NOT_ASKED)
            return false;
    return true;
}

static unsigned parts_that_differ(const struct rp_verdict *a, const struct rp_verdict *b)
{
    unsigned parts = 0;
    if (a->judgement != b->judgement)
        parts |= RP_CLASS_VERDICT;
    if (a->sensitivity != b->sensitivity)
        parts |= RP_CLASS_SENSITIVITY;
    if (memcmp(&a->resources, &b->resources, sizeof a->resources) != 0)
        parts |= RP_CLASS_RESOURCES;
    if (!same_closers(a, b))
        parts |= RP_CLASS_CLOSERS;
    if (!same_answers(a, b))
        parts |= RP_CLASS_POLICIES;
    return parts;
}

static int order_of_encodings(const struct rp_verdict *a, const struct rp_verdict *b)
{
    unsigned length = a->encoding.length < b->encoding.length ? a->encoding.length : b->encoding.length;
    if (a->mode != b->mode)
        return a->mode < b->mode ? -1 : 1;
    int order = memcmp(a->encoding.bytes, b->encoding.bytes, length);
    return order ? order : (int)a->encoding.length - (int)b->encoding.length;
}

static int by_encoding(const void *a, const void *b)
{
    return order_of_encodings(((const struct entry *)a)->verdict, ((const struct entry *)b)->verdict);
}

/* Of one id the first encoding comes first. */
static int by_id(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return x->id != y->id ? (x->id < y->id ? -1 : 1) : order_of_encodings(x->verdict, y->verdict);
}

/* The verdicts of the modes that are compared. */
static int open_side(struct side *side, const struct rp_results *results, uint8_t modes, bool holes_only,
                     struct rp_error *error)
{
    side->count = 0;
    side->entry = malloc((results->count + 1) * sizeof *side->entry);
    if (!side->entry)
        return no_memory(error);
    for (size_t i = 0; i < results->count; i++) {
        const struct rp_verdict *v = rp_results_at(results, i);
        if (modes >> v->mode & 1 && (!holes_only || v->judgement == RP_VERDICT_HOLE))
            side->entry[side->count++] = (struct entry){v, holes_only ? rp_verdict_id(v) : 0};
    }
    qsort(side->entry, side->count, sizeof *side->entry, holes_only ? by_id : by_encoding);
    return RP_OK;
}

static int compare_encodings(struct rp_differences *d, const struct side *old, const struct side *new,
                             struct rp_error *error)
{
    size_t i = 0, j = 0;
    d->encoding = malloc((old->count + new->count + 1) * sizeof *d->encoding);
    if (!d->encoding)
        return no_memory(error);
    while (i < old->count || j < new->count) {
        struct rp_encoding_difference one = {0};
        int order = i == old->count   ? 1
                    : j == new->count ? -1
                                      : order_of_encodings(old->entry[i].verdict, new->entry[j].verdict);
        if (order <= 0)
            one.old = old->entry[i++].verdict;
        if (order >= 0)
            one.new = new->entry[j++].verdict;
        if (order == 0)
            one.parts = parts_that_differ(one.old, one.new);
        if (order || one.parts)
            d->encoding[d->encodings++] = one;
    }
    return RP_OK;
}

/* Behind those that have the same id as the first. */
static size_t skip_id(const struct side *side, size_t first)
{
    size_t end = first;
    while (end < side->count && side->entry[end].id == side->entry[first].id)
        end++;
    return end;
}

static void take_finding(struct rp_differences *d, const struct side *side, size_t *first, bool appeared)
{
    size_t end = skip_id(side, *first);
    d->finding[d->findings++] = (struct rp_finding_difference){side->entry[*first].id, appeared,
                                                               side->entry[*first].verdict, end - *first};
    *first = end;
}

static int compare_findings(struct rp_differences *d, const struct side *old, const struct side *new,
                            struct rp_error *error)
{
    size_t i = 0, j = 0;
    d->finding = malloc((old->count + new->count + 1) * sizeof *d->finding);
    if (!d->finding)
        return no_memory(error);
    while (i < old->count || j < new->count) {
        uint64_t a = i < old->count ? old->entry[i].id : UINT64_MAX;
        uint64_t b = j < new->count ? new->entry[j].id : UINT64_MAX;
        if (j == new->count || (i < old->count && a < b)) {
            take_finding(d, old, &i, false);
        } else if (i == old->count || b < a) {
            take_finding(d, new, &j, true);
        } else {
            i = skip_id(old, i);
            j = skip_id(new, j);
        }
    }
    return RP_OK;
}

typedef int compare_sides(struct rp_differences *d, const struct side *old, const struct side *new,
                          struct rp_error *error);

static int compare(struct rp_differences *d, const struct rp_results *old, const struct rp_results *new,
                   bool holes_only, struct rp_error *error)
{
    struct side a = {0}, b = {0};
    compare_sides *sides = holes_only ? compare_findings : compare_encodings;
    int result = open_side(&a, old, d->modes, holes_only, error);
    if (result == RP_OK)
        result = open_side(&b, new, d->modes, holes_only, error);
    if (result == RP_OK)
        result = sides(d, &a, &b, error);
    free(a.entry);
    free(b.entry);
    return result;
}

int rp_differences_make(const struct rp_results *old, const struct rp_results *new, struct rp_differences *d,
                        struct rp_error *error)
{
    *d = (struct rp_differences){.old_cut = old->interrupted, .new_cut = new->interrupted};
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        if (old->mode[m].scanned && new->mode[m].scanned)
            d->modes |= (uint8_t)(1u << m);
    if (!d->modes)
        return rp_error_set(error, RP_EINPUT, "the two campaigns have no mode in common to compare");
    struct settings settings = {.differences = d};
    int result =
        rp_configuration_compare(&old->configuration, &new->configuration, take_setting, &settings, error);
    if (result == RP_OK && settings.failed)
        result = no_memory(error);
    if (result == RP_OK)
        result = compare(d, old, new, true, error);
    return result == RP_OK ? compare(d, old, new, false, error) : result;
}

void rp_differences_free(struct rp_differences *d)
{
    for (size_t i = 0; i < d->settings; i++) {
        free(d->setting[i].name);
        free(d->setting[i].old);
        free(d->setting[i].new);
    }
    free(d->setting);
    free(d->finding);
    free(d->encoding);
    *d = (struct rp_differences){0};
}

bool rp_differences_any(const struct rp_differences *d)
{
    return d->findings || d->encodings;
}
