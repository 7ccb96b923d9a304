/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict object; see json.h. */
#include "report/json.h"

#include "base/hex.h"
#include "judge/divergence.h"
#include "report/words.h"
#include "x86/form.h"
#include "x86/vector.h"

void rp_json_resources(struct rp_json *json, const char *key, const struct rp_resource_set *set)
{
    rp_json_open_array(json, key);
    for (unsigned r = rp_resource_set_next(set, 0); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(set, r + 1))
        rp_json_string(json, NULL, rp_resource_info((enum rp_resource)r)->name);
    rp_json_close(json);
}

void rp_json_modes(struct rp_json *json, const char *key, uint8_t modes)
{
    rp_json_open_array(json, key);
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        if (modes >> mode & 1)
            rp_json_string(json, NULL, rp_mode_info((enum rp_mode)mode)->name);
    rp_json_close(json);
}

static void add_sensitivity(struct rp_json *json, uint8_t sensitivity)
{
    rp_json_open_array(json, "sensitivity");
    for (unsigned bit = RP_SENSITIVE_CONTROL; bit <= RP_SENSITIVE_RESOURCE; bit <<= 1)
        if (sensitivity & bit)
            rp_json_string(json, NULL, rp_sensitivity_name((enum rp_sensitivity)bit));
    rp_json_close(json);
}

/* The executors of a set, bits of the verdict's opinions. */
static void add_names(struct rp_json *json, const char *key, const struct rp_verdict *verdict,
                      unsigned executors)
{
    rp_json_open_array(json, key);
    for (unsigned i = 0; i < verdict->opinions; i++)
        if (executors >> i & 1)
            rp_json_string(json, NULL, verdict->opinion[i].executor);
    rp_json_close(json);
}

static void add_closers(struct rp_json *json, const struct rp_verdict *verdict)
{
    rp_json_open_array(json, "closed_by");
    for (unsigned i = 0; i < verdict->closers; i++) {
        const struct rp_closer *closer = &verdict->closer[i];
        rp_json_open_object(json, NULL);
        rp_json_open_object(json, "controls");
        for (unsigned c = 0; c < 2; c++)
            if (closer->control[c] < RP_RESOURCE_COUNT)
                rp_json_number(json, rp_resource_info((enum rp_resource)closer->control[c])->name,
                               closer->value[c]);
        rp_json_close(json);
        rp_json_string(json, "scope", closer->all ? "all" : "ring3");
        if (verdict->opinions > 1)
            add_names(json, "executors", verdict, closer->showed);
        rp_json_close(json);
    }
    rp_json_close(json);
}

static void add_policies(struct rp_json *json, const struct rp_verdict *verdict)
{
    rp_json_open_object(json, "by_policy");
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        if (i != verdict->policy && verdict->by_policy[i] != RP_ANSWER_NOT_ASKED)
            rp_json_string(json, rp_policy_name((enum rp_policy)i), rp_answer_word(verdict->by_policy[i]));
    rp_json_close(json);
}

/* What an outcome adds to its kind: vector, name, error code, CR2; the signal of one that died. */
static void add_cause(struct rp_json *json, const struct rp_shown *shown)
{
    char name[8];
    const char *gate = rp_gate_name((enum rp_gate)shown->gate);
    if (shown->kind == RP_OUTCOME_DIED)
        rp_json_number(json, "signal", shown->vector);
    if (shown->kind != RP_OUTCOME_TRAPPED && shown->kind != RP_OUTCOME_ENTERED)
        return;
    if (gate) {
        rp_json_null(json, "vector");
        rp_json_null(json, "name");
        rp_json_string(json, "by", gate);
        return;
    }
    rp_json_number(json, "vector", shown->vector);
    rp_json_string(json, "name", rp_vector_name(shown->vector, name));
    if (shown->has_error_code)
        rp_json_number(json, "error_code", shown->error_code);
    if (shown->kernel_emulated)
        rp_json_bool(json, "kernel_emulated", true);
    if (shown->kind == RP_OUTCOME_TRAPPED && shown->vector == RP_VECTOR_PF)
        rp_json_hex(json, "cr2", shown->cr2);
}

void rp_json_shown(struct rp_json *json, const char *key, const struct rp_shown *shown)
{
    if (!shown->present) {
        rp_json_null(json, key);
        return;
    }
    rp_json_open_object(json, key);
    rp_json_string(json, "outcome", rp_outcome_kind_name((enum rp_outcome_kind)shown->kind));
    if (shown->length)
        rp_json_number(json, "length", shown->length);
    add_cause(json, shown);
    rp_json_close(json);
}

static void add_executors(struct rp_json *json, const struct rp_verdict *verdict)
{
    rp_json_open_array(json, "executors");
    for (unsigned i = 0; i < verdict->opinions; i++) {
        const struct rp_opinion *opinion = &verdict->opinion[i];
        rp_json_open_object(json, NULL);
        rp_json_string(json, "name", opinion->executor);
        rp_json_string(json, "provenance", rp_provenance_name(opinion->provenance));
        rp_json_bool(json, "decides", opinion->decides);
        rp_json_open_array(json, "limits");
        if (opinion->limit[0])
            rp_json_string(json, NULL, opinion->limit);
        rp_json_close(json);
        rp_json_string(json, "verdict", rp_judgement_name(opinion->judgement));
        rp_json_shown(json, "ring0", &opinion->ring[0]);
        rp_json_shown(json, "ring3", &opinion->ring[1]);
        if (opinion->provenance == RP_PROVENANCE_SILICON) {
            rp_json_string(json, "on_this_cpu", rp_silicon_sentence(rp_silicon(opinion)));
            rp_json_string(json, "virtualised", opinion->virtualised ? "suspect" : NULL);
        }
        rp_json_close(json);
    }
    rp_json_close(json);
}

static void add_side(struct rp_json *json, const char *key, const struct rp_witness_side *side)
{
    rp_json_open_object(json, key);
    rp_json_number(json, "ring", side->ring);
    rp_json_hex(json, "value", side->value);
    rp_json_close(json);
}

static void add_witness(struct rp_json *json, const struct rp_verdict *verdict)
{
    char component[RP_COMPONENT_NAME_MAX];
    if (!verdict->has_witness) {
        rp_json_null(json, "witness");
        return;
    }
    rp_json_open_object(json, "witness");
    rp_json_string(json, "executor", verdict->witness_executor);
    rp_json_string(json, "kind", rp_sensitivity_name(verdict->witness_kind));
    rp_json_string(json, "component",
                   rp_witness_component_name(verdict->component, verdict->field, component));
    rp_json_string(json, "resource", rp_resource_label(verdict->resource));
    add_side(json, "a", &verdict->a);
    add_side(json, "b", &verdict->b);
    rp_json_string(json, "replay", verdict->replay);
    rp_json_close(json);
}

/* What executor `number` of a divergence came to. */
static void add_part(struct rp_json *json, const struct rp_divergence *divergence, unsigned number)
{
    rp_json_open_object(json, number ? "b" : "a");
    rp_json_string(json, "executor", divergence->executor[number]);
    rp_json_hex(json, "value", divergence->answer[number].value);
    rp_json_shown(json, "ring3", &divergence->answer[number].shown);
    rp_json_close(json);
}

/* Everybody's answer, those that gave the same together. */
static void add_answers(struct rp_json *json, const struct rp_verdict *verdict,
                        const struct rp_divergence *divergence)
{
    rp_json_open_array(json, "answers");
    for (unsigned i = 0; i < divergence->answers; i++) {
        rp_json_open_object(json, NULL);
        add_names(json, "executors", verdict, divergence->answer[i].executors);
        rp_json_hex(json, "value", divergence->answer[i].value);
        rp_json_shown(json, "ring3", &divergence->answer[i].shown);
        rp_json_close(json);
    }
    rp_json_close(json);
}

void rp_json_divergence(struct rp_json *json, const struct rp_verdict *verdict,
                        const struct rp_divergence *divergence)
{
    char cell[RP_COMPONENT_NAME_MAX];
    rp_json_string(json, "cell", rp_witness_component_name(divergence->cell, RP_RESOURCE_NONE, cell));
    rp_json_string(json, "class", rp_divergence_class(divergence->cell));
    rp_json_hex(json, "bits", divergence->bits);
    for (unsigned i = 0; i < 2; i++)
        add_part(json, divergence, i);
    rp_json_string(json, "known", divergence->known[0] ? divergence->known : NULL);
    rp_json_string(json, "replay", divergence->replay);
    add_answers(json, verdict, divergence);
}

/* There is nothing to compare where one executor judged alone. */
static void add_divergences(struct rp_json *json, const struct rp_verdict *verdict)
{
    if (verdict->opinions < 2)
        return;
    rp_json_open_array(json, "divergences");
    for (unsigned i = 0; i < verdict->divergences; i++) {
        rp_json_open_object(json, NULL);
        rp_json_divergence(json, verdict, &verdict->divergence[i]);
        rp_json_close(json);
    }
    rp_json_close(json);
}

void rp_json_policies(struct rp_json *json, const char *key, unsigned policies)
{
    rp_json_open_array(json, key);
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        if (policies >> i & 1)
            rp_json_string(json, NULL, rp_policy_name((enum rp_policy)i));
    rp_json_close(json);
}

void rp_json_id(struct rp_json *json, uint64_t finding)
{
    struct rp_text id = {0};
    rp_words_id(finding, &id);
    rp_json_string(json, "id", rp_text_string(&id));
    rp_text_free(&id);
}

static void add_heading(struct rp_json *json, const struct rp_verdict *verdict)
{
    char hex[2 * RP_ENCODING_MAX + 1], form[RP_FORM_KEY_MAX];
    rp_json_string(json, "schema", "ringprobe.verdict/1");
    rp_json_id(json, rp_verdict_id(verdict));
    rp_json_string(json, "encoding", rp_hex_print(hex, verdict->encoding.bytes, verdict->encoding.length));
    rp_json_string(json, "mode", rp_mode_info(verdict->mode)->name);
    rp_json_string(json, "mnemonic", verdict->mnemonic);
    const char *key = rp_form_key(verdict->mode, &verdict->encoding, form, sizeof form);
    rp_json_string(json, "form", key ? key : verdict->mnemonic);
    rp_json_string(json, "policy", rp_policy_name(verdict->policy));
    rp_json_string(json, "verdict", rp_judgement_name(verdict->judgement));
}

/* The keys of an object that is open already. */
static void add_members(struct rp_json *json, const struct rp_verdict *verdict)
{
    add_heading(json, verdict);
    add_sensitivity(json, verdict->sensitivity);
    rp_json_resources(json, "resources", &verdict->resources);
    rp_json_string(json, "owner", verdict->owner == RP_OWNER_DELEGATED ? "delegated" : "system");
    rp_json_bool(json, "user_sensitive", verdict->user_sensitive);
    add_closers(json, verdict);
    rp_json_resources(json, "not_testable", &verdict->not_testable);
    add_policies(json, verdict);
    rp_json_string(json, "unknown_reason", verdict->unknown_reason[0] ? verdict->unknown_reason : NULL);
    rp_json_bool(json, "disagreement", verdict->disagreement);
    rp_json_number(json, "runs", verdict->runs);
    add_executors(json, verdict);
    add_witness(json, verdict);
    add_divergences(json, verdict);
}

void rp_json_verdict(struct rp_json *json, const char *key, const struct rp_verdict *verdict)
{
    rp_json_open_object(json, key);
    add_members(json, verdict);
    rp_json_close(json);
}

void rp_json_class(struct rp_json *json, const char *key, const struct rp_verdict *verdict)
{
    if (!verdict) {
        rp_json_null(json, key);
        return;
    }
    rp_json_open_object(json, key);
    rp_json_id(json, rp_verdict_id(verdict));
    rp_json_string(json, "verdict", rp_judgement_name(verdict->judgement));
    add_sensitivity(json, verdict->sensitivity);
    rp_json_resources(json, "resources", &verdict->resources);
    add_closers(json, verdict);
    add_policies(json, verdict);
    rp_json_close(json);
}

void rp_json_verdict_line(const struct rp_verdict *verdict, struct rp_text *text)
{
    struct rp_json json;
    rp_json_begin(&json);
    add_members(&json, verdict);
    rp_json_end(&json, text);
}

void rp_json_error_line(size_t line, const char *input, size_t length, const char *message,
                        struct rp_text *text)
{
    struct rp_json json;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.error/1");
    rp_json_number(&json, "line", (int64_t)line);
    rp_json_bytes(&json, "input", input, length);
    rp_json_string(&json, "error", message);
    rp_json_end(&json, text);
}
