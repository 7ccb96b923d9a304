/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two campaigns side by side; see difference.h. */
#include "report/difference.h"

#include "base/rows.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static int no_memory(struct rp_error *error)
{
    return rp_error_set(error, RP_EENVIRONMENT, "out of memory for differences");
}

/* What is compared of a verdict: it itself may be in a file still. */
struct entry {
    size_t number; /* of the verdict in its results */
    uint64_t id;   /* of a hole */
    uint64_t rest; /* of the class: resources and closers, hashed */
    struct rp_encoding encoding;
    uint8_t mode, judgement, sensitivity;
    enum rp_policy_answer by_policy[RP_POLICY_COUNT];
};

/* A verdict that differences point at, and from where. */
struct wanted {
    size_t number;
    const struct rp_verdict **place;
};

/* The verdicts of one side, in an order that both sides have. */
struct side {
    const struct rp_results *results;
    struct entry *entry;
    size_t count;
    struct wanted *wanted;
    size_t wanted_count, wanted_capacity;
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
static bool same_answers(const enum rp_policy_answer *a, const enum rp_policy_answer *b)
{
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        if (a[i] != b[i] && a[i] != RP_ANSWER_NOT_ASKED && b[i] != RP_ANSWER_NOT_ASKED)
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
    if (!same_answers(a->by_policy, b->by_policy))
        parts |= RP_CLASS_POLICIES;
    return parts;
}

static bool same_class(const struct entry *a, const struct entry *b)
{
    return a->judgement == b->judgement && a->sensitivity == b->sensitivity && a->rest == b->rest &&
           same_answers(a->by_policy, b->by_policy);
}

static int by_encoding(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    unsigned length = a->encoding.length < b->encoding.length ? a->encoding.length : b->encoding.length;
    if (a->mode != b->mode)
        return a->mode < b->mode ? -1 : 1;
    int order = memcmp(a->encoding.bytes, b->encoding.bytes, length);
    return order ? order : (int)a->encoding.length - (int)b->encoding.length;
}

/* Of one id the first encoding comes first. */
static int by_id(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return x->id != y->id ? (x->id < y->id ? -1 : 1) : by_encoding(a, b);
}

/* Of what same_closers() and parts_that_differ() compare. */
static uint64_t hash_rest(const struct rp_verdict *v)
{
    uint64_t hash = XXH64(&v->resources, sizeof v->resources, v->closers);
    for (unsigned i = 0; i < v->closers; i++) {
        const struct rp_closer *c = &v->closer[i];
        const uint8_t bytes[] = {c->control[0], c->control[1], c->value[0], c->value[1], c->all};
        hash = XXH64(bytes, sizeof bytes, hash);
    }
    return hash;
}

static void fill_entry(struct entry *entry, const struct rp_verdict *v, size_t number)
{
    *entry = (struct entry){.number = number,
                            .id = v->judgement == RP_VERDICT_HOLE ? rp_verdict_id(v) : 0,
                            .rest = hash_rest(v),
                            .encoding = v->encoding,
                            .mode = (uint8_t)v->mode,
                            .judgement = (uint8_t)v->judgement,
                            .sensitivity = v->sensitivity};
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        entry->by_policy[i] = v->by_policy[i];
}

/* The verdicts of the modes that are compared. */
static int open_side(struct side *side, uint8_t modes, struct rp_error *error)
{
    const struct rp_results *results = side->results;
    side->entry = malloc((results->count + 1) * sizeof *side->entry);
    if (!side->entry)
        return no_memory(error);
    for (size_t i = 0; i < results->count; i++) {
        const struct rp_verdict *v = rp_results_at(results, i);
        if (modes >> v->mode & 1)
            fill_entry(&side->entry[side->count++], v, i);
    }
    qsort(side->entry, side->count, sizeof *side->entry, by_encoding);
    return rp_results_told(results, error);
}

/* Leaves holes, by their ids. */
static void keep_holes(struct side *side)
{
    size_t count = 0;
    for (size_t i = 0; i < side->count; i++)
        if (side->entry[i].judgement == RP_VERDICT_HOLE)
            side->entry[count++] = side->entry[i];
    side->count = count;
    qsort(side->entry, side->count, sizeof *side->entry, by_id);
}

static int want(struct side *side, size_t number, const struct rp_verdict **place, struct rp_error *error)
{
    struct wanted *wanted =
        rp_rows_add((void **)&side->wanted, &side->wanted_count, &side->wanted_capacity, sizeof *wanted);
    if (!wanted)
        return no_memory(error);
    *wanted = (struct wanted){number, place};
    return RP_OK;
}

static int by_number(const void *a, const void *b)
{
    const struct wanted *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* From the first to the last, for what is in a file is read so. */
static int fetch(struct side *side, struct rp_error *error)
{
    if (side->wanted_count)
        qsort(side->wanted, side->wanted_count, sizeof *side->wanted, by_number);
    for (size_t i = 0; i < side->wanted_count; i++)
        *side->wanted[i].place =
            rp_results_keep(side->results, rp_results_at(side->results, side->wanted[i].number));
    return rp_results_told(side->results, error);
}

static int compare_encodings(struct rp_differences *d, struct side *old, struct side *new,
                             struct rp_error *error)
{
    size_t i = 0, j = 0;
    int result = RP_OK;
    d->encoding = calloc(old->count + new->count + 1, sizeof *d->encoding);
    if (!d->encoding)
        return no_memory(error);
    while ((i < old->count || j < new->count) && result == RP_OK) {
        struct rp_encoding_difference *one = &d->encoding[d->encodings];
        int order = i == old->count ? 1 : j == new->count ? -1 : by_encoding(&old->entry[i], &new->entry[j]);
        bool same = order == 0 && same_class(&old->entry[i], &new->entry[j]);
        if (order <= 0 && !same)
            result = want(old, old->entry[i].number, &one->old, error);
        if (order >= 0 && !same && result == RP_OK)
            result = want(new, new->entry[j].number, &one->new, error);
        one->number = order <= 0 ? old->entry[i].number : new->entry[j].number;
        i += order <= 0;
        j += order >= 0;
        d->encodings += !same;
    }
    return result;
}

/* Behind those that have the same id as the first. */
static size_t skip_id(const struct side *side, size_t first)
{
    size_t end = first;
    while (end < side->count && side->entry[end].id == side->entry[first].id)
        end++;
    return end;
}

static int take_finding(struct rp_differences *d, struct side *side, size_t *first, bool appeared,
                        struct rp_error *error)
{
    size_t end = skip_id(side, *first), number = side->entry[*first].number;
    struct rp_finding_difference *finding = &d->finding[d->findings++];
    *finding = (struct rp_finding_difference){
        .id = side->entry[*first].id, .appeared = appeared, .encodings = end - *first};
    *first = end;
    return want(side, number, &finding->example, error);
}

static int compare_findings(struct rp_differences *d, struct side *old, struct side *new,
                            struct rp_error *error)
{
    size_t i = 0, j = 0;
    int result = RP_OK;
    d->finding = malloc((old->count + new->count + 1) * sizeof *d->finding);
    if (!d->finding)
        return no_memory(error);
    while ((i < old->count || j < new->count) && result == RP_OK) {
        uint64_t a = i < old->count ? old->entry[i].id : UINT64_MAX;
        uint64_t b = j < new->count ? new->entry[j].id : UINT64_MAX;
        if (j == new->count || (i < old->count && a < b)) {
            result = take_finding(d, old, &i, false, error);
        } else if (i == old->count || b < a) {
            result = take_finding(d, new, &j, true, error);
        } else {
            i = skip_id(old, i);
            j = skip_id(new, j);
        }
    }
    return result;
}

/* Verdicts are not held: what is compared of them is, then those that differ are read once more. */
static int compare(struct rp_differences *d, struct side *old, struct side *new, struct rp_error *error)
{
    int result = open_side(old, d->modes, error);
    if (result == RP_OK)
        result = open_side(new, d->modes, error);
    if (result == RP_OK)
        result = compare_encodings(d, old, new, error);
    if (result)
        return result;
    keep_holes(old);
    keep_holes(new);
    result = compare_findings(d, old, new, error);
    if (result == RP_OK)
        result = fetch(old, error);
    if (result == RP_OK)
        result = fetch(new, error);
    for (size_t i = 0; i < d->encodings && result == RP_OK; i++)
        if (d->encoding[i].old && d->encoding[i].new)
            d->encoding[i].parts = parts_that_differ(d->encoding[i].old, d->encoding[i].new);
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
    if (old->configuration.policy != new->configuration.policy) /* ids of holes are of one policy */
        return rp_error_set(error, RP_EINPUT,
                            "a campaign of policy %s cannot be compared with one of %s; make one with -p %s",
                            rp_policy_name(old->configuration.policy),
                            rp_policy_name(new->configuration.policy),
                            rp_policy_name(old->configuration.policy));
    struct settings settings = {.differences = d};
    int result =
        rp_configuration_compare(&old->configuration, &new->configuration, take_setting, &settings, error);
    if (result == RP_OK && settings.failed)
        result = no_memory(error);
    struct side side[2] = {{.results = old}, {.results = new}};
    if (result == RP_OK)
        result = compare(d, &side[0], &side[1], error);
    for (unsigned i = 0; i < 2; i++) {
        free(side[i].entry);
        free(side[i].wanted);
    }
    return result;
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
