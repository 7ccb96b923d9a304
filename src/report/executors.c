/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Executors in each format; see executors.h. */
#include "report/executors.h"

#include "base/json.h"
#include "report/document.h"
#include "report/words.h"

/* The resources for which the executor honours, or does not honour, a value. */
static void collect(const struct rp_executor_facts *facts, bool honoured, struct rp_resource_set *set)
{
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (facts->capabilities->resource[r] == honoured)
            rp_resource_set_add(set, (enum rp_resource)r);
}

static bool runs_ring(const struct rp_executor_facts *facts, unsigned mode, unsigned ring)
{
    return facts->capabilities->ring[mode][ring];
}

/* "long64 0 3, vm86 3". */
static void add_rings(const struct rp_executor_facts *facts, struct rp_text *text)
{
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        bool any = false;
        for (unsigned ring = 0; ring < 4; ring++) {
            if (!runs_ring(facts, mode, ring))
                continue;
            if (!any)
                rp_text_add(text, "%s%s ring", text->length ? ", " : "",
                            rp_mode_info((enum rp_mode)mode)->name);
            rp_text_add(text, "%s%u", any ? " and " : " ", ring);
            any = true;
        }
    }
}

/* Modes that this machine does not let it run. */
static void add_refused(struct rp_document *document, const struct rp_executor_facts *facts)
{
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        if (facts->capabilities->missing[mode])
            rp_document_item(document, "not here", "%s: %s", rp_mode_info((enum rp_mode)mode)->name,
                             facts->capabilities->refused[mode]);
}

static void add_limits(struct rp_document *document, const struct rp_executor_facts *facts)
{
    struct rp_table table = {.heading = {"it does not decide", "modes", "because"}, .columns = 3};
    for (size_t i = 0; facts->limits && i < rp_limits_count(facts->limits); i++) {
        const struct rp_limit *limit = rp_limits_at(facts->limits, i);
        struct rp_text modes = {0};
        rp_words_modes_brief(limit->modes, (1u << RP_MODE_COUNT) - 1, &modes);
        if (limit->effect == RP_LIMIT_IGNORES_CONTROL)
            rp_table_cell(&table, RP_TONE_DOUBT, "%s: what closes by %s", limit->id,
                          rp_resource_label(limit->control));
        else
            rp_table_cell(&table, RP_TONE_DOUBT, "%s", limit->id);
        rp_table_add(&table, RP_TONE_PLAIN, &modes);
        rp_table_cell(&table, RP_TONE_PLAIN, "%s", limit->reason);
    }
    rp_document_table(document, &table);
}

static void describe(struct rp_document *document, const struct rp_executor_facts *facts)
{
    struct rp_text rings = {0}, able = {0}, unable = {0};
    struct rp_resource_set has = {0}, lacks = {0};
    rp_document_heading(document, 2, "%s: %s", facts->entry->name,
                        facts->runs ? "runs here" : "can't run here");
    if (!facts->runs) {
        rp_document_item(document, "missing", "%s", facts->why_not);
        rp_document_end_list(document);
        return;
    }
    add_rings(facts, &rings);
    collect(facts, true, &has);
    collect(facts, false, &lacks);
    rp_words_resources_brief(&has, RP_RESOURCE_COUNT, &able);
    rp_words_resources_brief(&lacks, RP_RESOURCE_COUNT, &unable);
    rp_document_item(document, "version", "%s", facts->version);
    rp_document_item(document, "provenance", "%s", rp_provenance_name(facts->entry->executor->provenance));
    if (facts->capabilities->remark[0])
        rp_document_item(document, "here", "%s", facts->capabilities->remark);
    rp_document_item(document, "runs", "%s", rp_text_string(&rings));
    add_refused(document, facts);
    rp_document_item(document, "sets and sees", "%s", rp_text_string(&able));
    rp_document_item(document, "cannot set", "%s", rp_text_string(&unable));
    rp_document_end_list(document);
    add_limits(document, facts);
    rp_text_free(&rings);
    rp_text_free(&able);
    rp_text_free(&unable);
}

void rp_executor_text(const struct rp_executor_facts *facts, const struct rp_style *style,
                      struct rp_text *text)
{
    struct rp_document document = {
        .style = *style, .text = text, .last = text->length ? RP_BLOCK_ITEM : RP_BLOCK_NONE};
    describe(&document, facts);
}

void rp_executor_markdown(const struct rp_executor_facts *facts, const struct rp_style *style,
                          struct rp_text *text)
{
    struct rp_document document = {.markdown = true, .style = *style, .text = text};
    describe(&document, facts);
}

static void json_rings(struct rp_json *json, const struct rp_executor_facts *facts)
{
    rp_json_open_object(json, "rings");
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        rp_json_open_array(json, rp_mode_info((enum rp_mode)mode)->name);
        for (unsigned ring = 0; ring < 4; ring++)
            if (runs_ring(facts, mode, ring))
                rp_json_number(json, NULL, ring);
        rp_json_close(json);
    }
    rp_json_close(json);
}

static void json_refused(struct rp_json *json, const struct rp_executor_facts *facts)
{
    rp_json_open_object(json, "refused");
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        if (facts->capabilities->refused[mode][0])
            rp_json_string(json, rp_mode_info((enum rp_mode)mode)->name, facts->capabilities->refused[mode]);
    rp_json_close(json);
}

static void json_resources(struct rp_json *json, const char *key, const struct rp_executor_facts *facts,
                           bool honoured)
{
    rp_json_open_array(json, key);
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (facts->capabilities->resource[r] == honoured)
            rp_json_string(json, NULL, rp_resource_info((enum rp_resource)r)->name);
    rp_json_close(json);
}

static void json_limits(struct rp_json *json, const struct rp_executor_facts *facts)
{
    rp_json_open_array(json, "limits");
    for (size_t i = 0; facts->limits && i < rp_limits_count(facts->limits); i++) {
        const struct rp_limit *limit = rp_limits_at(facts->limits, i);
        rp_json_open_object(json, NULL);
        rp_json_string(json, "id", limit->id);
        rp_json_open_array(json, "modes");
        for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
            if (limit->modes >> mode & 1)
                rp_json_string(json, NULL, rp_mode_info((enum rp_mode)mode)->name);
        rp_json_close(json);
        rp_json_string(json, "ignores",
                       limit->effect == RP_LIMIT_IGNORES_CONTROL ? rp_resource_label(limit->control) : NULL);
        rp_json_string(json, "reason", limit->reason);
        rp_json_string(json, "evidence", limit->evidence);
        rp_json_close(json);
    }
    rp_json_close(json);
}

void rp_executor_json(const struct rp_executor_facts *facts, const struct rp_style *style,
                      struct rp_text *text)
{
    struct rp_json json;
    (void)style;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.executor/1");
    rp_json_string(&json, "name", facts->entry->name);
    rp_json_bool(&json, "runs", facts->runs);
    rp_json_string(&json, "missing", facts->runs ? NULL : facts->why_not);
    if (facts->runs) {
        rp_json_string(&json, "version", facts->version);
        rp_json_string(&json, "provenance", rp_provenance_name(facts->entry->executor->provenance));
        rp_json_string(&json, "remark", facts->capabilities->remark[0] ? facts->capabilities->remark : NULL);
        json_rings(&json, facts);
        json_refused(&json, facts);
        json_resources(&json, "sets", facts, true);
        json_resources(&json, "cannot_set", facts, false);
        json_limits(&json, facts);
    }
    rp_json_end(&json, text);
}
