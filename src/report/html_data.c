/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data of a page; see html_data.h. */
#include "report/html_data.h"

#include "base/hex.h"
#include "base/json.h"
#include "base/string_table.h"
#include "report/html_parts.h"
#include "report/inert.h"
#include "report/manuals.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What the columns refer to by number. */
struct data {
    const struct rp_summary *summary;
    const struct rp_atlas *atlas;
    struct rp_manuals *manuals;
    struct rp_string_table strings;
    struct rp_json json;
};

static void number(struct data *data, size_t value)
{
    rp_json_number(&data->json, NULL, (int64_t)value);
}

/* The number of a string, made inert. */
static size_t string_of(struct data *data, const char *string)
{
    struct rp_text plain = {0};
    rp_inert_plain(&plain, string);
    size_t at = rp_string_table_add(&data->strings, rp_text_string(&plain));
    data->strings.failed |= plain.failed;
    rp_text_free(&plain);
    return at;
}

/* The same of words, which are emptied. */
static size_t take(struct data *data, struct rp_text *words)
{
    size_t at = string_of(data, rp_text_string(words));
    data->strings.failed |= words->failed;
    rp_text_free(words);
    return at;
}

static void string(struct data *data, const char *key, const char *value)
{
    rp_json_number(&data->json, key, (int64_t)string_of(data, value));
}

static bool asked(const struct data *data, unsigned policy)
{
    const struct rp_configuration *c = &data->summary->results->configuration;
    return policy == c->policy || c->other_policies >> policy & 1;
}

static void add_policies(struct data *data)
{
    rp_json_open_array(&data->json, "policies");
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        if (asked(data, i))
            rp_json_string(&data->json, NULL, rp_policy_name((enum rp_policy)i));
    rp_json_close(&data->json);
    rp_json_string(&data->json, "policy", rp_policy_name(data->summary->results->configuration.policy));
}

static void add_pages(struct data *data)
{
    rp_json_open_array(&data->json, "pages");
    for (unsigned i = 0; i < data->atlas->pages; i++) {
        const struct rp_atlas_page *page = &data->atlas->page[i];
        struct rp_text title = {0};
        rp_json_open_object(&data->json, NULL);
        rp_atlas_page_title(page, &title);
        rp_json_string(&data->json, "title", rp_text_string(&title));
        data->json.failed |= title.failed;
        rp_text_free(&title);
        rp_json_open_array(&data->json, "groups");
        for (unsigned opcode = 0; opcode < RP_ATLAS_OPCODES; opcode++)
            if (page->grouped[opcode])
                number(data, opcode);
        rp_json_close(&data->json);
        rp_json_close(&data->json);
    }
    rp_json_close(&data->json);
}

static void add_names(struct data *data, const char *key, const struct rp_name_set *set)
{
    rp_json_open_array(&data->json, key);
    for (size_t i = 0; i < set->count; i++)
        number(data, string_of(data, set->name[i].name));
    rp_json_close(&data->json);
}

static void add_opinion(struct data *data, const struct rp_opinion *opinion)
{
    struct rp_text words = {0};
    rp_json_open_object(&data->json, NULL);
    string(data, "executor", opinion->executor);
    rp_json_string(&data->json, "verdict", rp_judgement_name(opinion->judgement));
    rp_json_bool(&data->json, "decides", opinion->decides);
    if (!opinion->decides)
        string(data, "limit", opinion->limit);
    if (opinion->virtualised)
        rp_json_bool(&data->json, "virtualised", true);
    for (unsigned ring = 0; ring < 2; ring++) {
        struct rp_shown shown = opinion->ring[ring];
        shown.length = 0; /* not of all that did the same */
        rp_words_shown(&shown, &words);
        rp_json_number(&data->json, ring ? "ring3" : "ring0", (int64_t)take(data, &words));
    }
    rp_json_close(&data->json);
}

static void add_resources(struct data *data, const char *key, const struct rp_resource_set *set)
{
    struct rp_text words = {0};
    if (rp_resource_set_empty(set))
        return;
    rp_words_resources(set, RP_RESOURCE_COUNT, &words);
    rp_json_number(&data->json, key, (int64_t)take(data, &words));
}

static void add_answers(struct data *data, const struct rp_verdict *verdict)
{
    rp_json_open_array(&data->json, "under");
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        if (asked(data, i))
            rp_json_string(&data->json, NULL,
                           rp_judgement_name(rp_atlas_judgement(verdict, (enum rp_policy)i)));
    rp_json_close(&data->json);
}

static void add_behaviour(struct data *data, const struct rp_verdict *v)
{
    struct rp_text words = {0};
    rp_json_open_object(&data->json, NULL);
    rp_json_string(&data->json, "verdict", rp_judgement_name(v->judgement));
    add_answers(data, v);
    rp_words_sensitivity(v->sensitivity, &words);
    rp_json_number(&data->json, "sensitivity", (int64_t)take(data, &words));
    add_resources(data, "resources", &v->resources);
    add_resources(data, "not_testable", &v->not_testable);
    if (v->owner == RP_OWNER_DELEGATED)
        rp_json_bool(&data->json, "delegated", true);
    if (v->user_sensitive)
        rp_json_bool(&data->json, "user", true);
    if (v->disagreement)
        rp_json_bool(&data->json, "disagreement", true);
    if (v->judgement == RP_VERDICT_UNKNOWN)
        string(data, "reason", v->unknown_reason);
    rp_words_closers(v, &words);
    rp_json_number(&data->json, "closers", (int64_t)take(data, &words));
    rp_json_bool(&data->json, "closes", v->closers > 0);
    rp_json_open_array(&data->json, "executors");
    for (unsigned i = 0; i < v->opinions; i++)
        add_opinion(data, &v->opinion[i]);
    rp_json_close(&data->json);
    rp_json_close(&data->json);
}

static void add_side(struct data *data, const struct rp_verdict *v, const struct rp_witness_side *side)
{
    struct rp_text words = {0};
    number(data, side->ring);
    rp_text_add(&words, "0x%" PRIx64, side->value);
    number(data, take(data, &words));
    rp_words_value(v->component, side->value, &words);
    number(data, take(data, &words));
}

/* [entry, executor, kind, component, resource, ring, value, words, ring, value, words, bits, line], of which
 * the first and the rings are numbers, the rest numbers of strings. */
static void add_witness(struct data *data, size_t entry, const struct rp_verdict *v)
{
    char name[RP_COMPONENT_NAME_MAX];
    struct rp_text words = {0};
    const char *resource = rp_resource_label(v->resource);
    rp_json_open_array(&data->json, NULL);
    number(data, entry);
    number(data, string_of(data, v->witness_executor));
    number(data, string_of(data, rp_sensitivity_name(v->witness_kind)));
    number(data, string_of(data, rp_witness_component_name(v->component, v->field, name)));
    number(data, string_of(data, resource ? resource : ""));
    add_side(data, v, &v->a);
    add_side(data, v, &v->b);
    rp_words_bits(v->component, v->a.value ^ v->b.value, &words);
    number(data, take(data, &words));
    number(data, string_of(data, v->replay ? v->replay : ""));
    rp_json_close(&data->json);
}

/* "name\tmnemonic\tas Robin and Irvine write it\tas reports call what they list"; tabs of the names
 * themselves are gone by then. */
static size_t name_of(struct data *data, const struct rp_verdict *v)
{
    struct rp_text words = {0};
    if (!v->decoded)
        return rp_string_table_add(&data->strings, "");
    const struct rp_robin_irvine *list = &data->summary->list;
    size_t listed = rp_robin_irvine_find(list, v);
    rp_inert_plain(&words, v->name);
    rp_text_add(&words, "\t");
    rp_inert_plain(&words, v->mnemonic);
    if (listed < list->count)
        rp_text_add(&words, "\t%s\t%s", list->row[listed].mnemonic, list->row[listed].name);
    size_t at = rp_string_table_add(&data->strings, rp_text_string(&words));
    data->strings.failed |= words.failed;
    rp_text_free(&words);
    return at;
}

static size_t sentence_of(struct data *data, const struct rp_verdict *v)
{
    struct rp_text words = {0};
    if (v->judgement != RP_VERDICT_INNOCUOUS)
        rp_words_verdict(v, &words);
    return take(data, &words);
}

static size_t manual_of(struct data *data, const struct rp_verdict *v)
{
    struct rp_text words = {0};
    const struct rp_manual_row *row = v->judgement == RP_VERDICT_HOLE || v->judgement == RP_VERDICT_PRIVILEGED
                                          ? rp_manuals_find(data->manuals, v)
                                          : NULL;
    if (row)
        rp_text_add(&words, "%s: %s", row->source, row->why);
    return take(data, &words);
}

static size_t hex_of(struct data *data, const struct rp_verdict *v)
{
    char hex[2 * RP_ENCODING_MAX + 1];
    return string_of(data, rp_hex_print(hex, v->encoding.bytes, v->encoding.length));
}

/* Where an entry stands, as one number, which only grows within a mode. */
static size_t place_of(const struct rp_atlas_entry *entry)
{
    return ((size_t)entry->page * RP_ATLAS_OPCODES + entry->opcode) * RP_ATLAS_REGS + entry->reg;
}

static void add_columns(struct data *data, const struct rp_atlas_entry *entry, size_t count)
{
    static size_t (*const columns[])(struct data *, const struct rp_verdict *) = {name_of, hex_of,
                                                                                  sentence_of, manual_of};
    static const char *const keys[] = {"names", "hex", "sentence", "manual"};
    rp_json_open_array(&data->json, "place"); /* each as what it is more than the one before */
    for (size_t i = 0; i < count; i++)
        number(data, place_of(&entry[i]) - (i ? place_of(&entry[i - 1]) : 0));
    rp_json_close(&data->json);
    rp_json_open_array(&data->json, "behaviour");
    for (size_t i = 0; i < count; i++)
        number(data, entry[i].behaviour);
    rp_json_close(&data->json);
    rp_json_open_array(&data->json, "encodings");
    for (size_t i = 0; i < count; i++)
        number(data, entry[i].encodings);
    rp_json_close(&data->json);
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        rp_json_open_array(&data->json, keys[c]);
        for (size_t i = 0; i < count; i++)
            number(data, columns[c](data, entry[i].example));
        rp_json_close(&data->json);
    }
    rp_json_open_array(&data->json, "witness");
    for (size_t i = 0; i < count; i++)
        if (entry[i].example->has_witness)
            add_witness(data, i, entry[i].example);
    rp_json_close(&data->json);
}

static void add_theorems(struct data *data, unsigned mode)
{
    rp_json_open_array(&data->json, "theorems"); /* in the order of the policies */
    for (unsigned policy = 0; policy < RP_POLICY_COUNT; policy++) {
        const struct rp_theorem *theorem = &data->summary->theorem[mode][policy];
        if (!asked(data, policy))
            continue;
        rp_json_open_object(&data->json, NULL);
        add_names(data, "holes", &theorem->holes);
        rp_json_number(&data->json, "system", (int64_t)theorem->system.count);
        rp_json_number(&data->json, "user", (int64_t)theorem->user.count);
        rp_json_number(&data->json, "unknown", (int64_t)theorem->unknown);
        rp_json_close(&data->json);
    }
    rp_json_close(&data->json);
}

static void add_mode(struct data *data, unsigned mode, size_t *at)
{
    const struct rp_mode_results *m = &data->summary->results->mode[mode];
    size_t first = *at;
    while (*at < data->atlas->entries && data->atlas->entry[*at].mode == mode)
        ++*at;
    if (!m->scanned)
        return;
    rp_json_open_object(&data->json, NULL);
    rp_json_string(&data->json, "name", rp_mode_info((enum rp_mode)mode)->name);
    rp_json_bool(&data->json, "counts", rp_mode_info((enum rp_mode)mode)->has_ring3);
    rp_json_number(&data->json, "forms", (int64_t)m->forms);
    rp_json_number(&data->json, "elsewhere", (int64_t)data->atlas->elsewhere[mode]);
    for (unsigned i = 0; i < RP_VERDICT_COUNT; i++)
        rp_json_number(&data->json, rp_judgement_name((enum rp_judgement)i),
                       (int64_t)data->summary->verdicts[mode][i]);
    add_theorems(data, mode);
    add_columns(data, data->atlas->entry + first, *at - first);
    rp_json_close(&data->json);
}

static void add_all(struct data *data)
{
    size_t at = 0, first = 0; /* of the modes that are there */
    for (unsigned mode = 0; mode < (unsigned)rp_html_first_mode(data->summary); mode++)
        first += data->summary->results->mode[mode].scanned;
    rp_json_string(&data->json, "schema", "ringprobe.page/1");
    string(data, "executors", data->summary->results->configuration.executors);
    add_policies(data);
    add_pages(data);
    rp_json_number(&data->json, "first", (int64_t)first);
    rp_json_open_array(&data->json, "modes");
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        add_mode(data, mode, &at);
    rp_json_close(&data->json);
    rp_json_open_array(&data->json, "behaviours");
    for (unsigned i = 0; i < data->atlas->behaviours; i++)
        add_behaviour(data, data->atlas->behaviour[i]);
    rp_json_close(&data->json);
    rp_json_open_array(&data->json, "strings"); /* last: the rest refers to them */
    for (size_t i = 0; i < data->strings.count; i++)
        rp_json_string(&data->json, NULL, data->strings.string[i]);
    rp_json_close(&data->json);
}

void rp_html_data(const struct rp_summary *summary, const struct rp_atlas *atlas, struct rp_text *text)
{
    struct data data = {.summary = summary, .atlas = atlas, .manuals = malloc(sizeof *data.manuals)};
    struct rp_text json = {0};
    if (!data.manuals || rp_manuals_load(data.manuals, NULL) != RP_OK) {
        text->failed = true;
        free(data.manuals);
        return;
    }
    rp_json_begin(&data.json);
    add_all(&data);
    rp_json_end(&data.json, &json);
    /* Only strings have a '<', and only one can end the element, or begin a comment in it (HTML 13.2.5.15).
     */
    for (const char *at = rp_text_string(&json); *at;) {
        size_t length = strcspn(at, "<");
        rp_text_add_bytes(text, at, length);
        at += length;
        if (*at)
            rp_text_add(text, "\\u003c");
        at += *at != '\0';
    }
    text->failed |= json.failed || data.strings.failed;
    rp_text_free(&json);
    rp_string_table_free(&data.strings);
    free(data.manuals);
}
