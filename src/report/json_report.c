/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report document; see json.h. It holds every hole, every privileged encoding and every disagreement as a
 * whole verdict, and of the rest names and counts: a scan's JSON lines have all of it. */
#include "report/json.h"

#include "base/hex.h"
#include "report/matrix.h"
#include "report/summary.h"
#include "report/words.h"

static void add_names(struct rp_json *json, const char *key, const struct rp_name_set *set)
{
    rp_json_open_array(json, key);
    for (size_t i = 0; i < set->count; i++)
        rp_json_string(json, NULL, set->name[i].name);
    rp_json_close(json);
}

static void add_configuration(struct rp_json *json, const struct rp_results *results)
{
    const struct rp_configuration *c = &results->configuration;
    rp_json_open_object(json, "configuration");
    rp_json_string(json, "version", c->version);
    rp_json_string(json, "corpus", c->corpus);
    rp_json_string(json, "executors", c->executors);
    rp_json_string(json, "cpu", c->cpu);
    rp_json_string(json, "hypervisor", c->hypervisor && *c->hypervisor ? c->hypervisor : NULL);
    rp_json_string(json, "kernel", c->kernel);
    rp_json_string(json, "date", c->date);
    rp_json_string(json, "command", c->command);
    rp_json_string(json, "policy", rp_policy_name(c->policy));
    rp_json_open_array(json, "other_policies");
    for (unsigned i = 0; i < RP_POLICY_COUNT; i++)
        if (c->other_policies >> i & 1)
            rp_json_string(json, NULL, rp_policy_name((enum rp_policy)i));
    rp_json_close(json);
    rp_json_modes(json, "modes", c->modes);
    rp_json_hex(json, "seed", c->random_seed);
    rp_json_number(json, "user_states", (int64_t)c->seeds);
    rp_json_number(json, "resources", (int64_t)c->resources);
    rp_json_resources(json, "cannot_set", &c->beyond);
    rp_json_close(json);
}

static void add_run(struct rp_json *json, const struct rp_results *results)
{
    rp_json_bool(json, "interrupted", results->interrupted);
    rp_json_number(json, "runs", (int64_t)results->runs);
    rp_json_real(json, "seconds", results->seconds);
    rp_json_number(json, "peak_memory", (int64_t)results->peak_pss);
    rp_json_number(json, "died", results->deaths);
    rp_json_number(json, "hung", results->hangs);
}

static void add_theorem(struct rp_json *json, const struct rp_theorem *theorem, enum rp_policy policy)
{
    rp_json_open_object(json, NULL);
    rp_json_string(json, "policy", rp_policy_name(policy));
    rp_json_number(json, "unknown", (int64_t)theorem->unknown);
    add_names(json, "refute_1", &theorem->holes);
    add_names(json, "refute_1_without_delegated", &theorem->system);
    add_names(json, "refute_3", &theorem->user);
    add_names(json, "time_sources_that_nothing_closes", &theorem->time);
    add_names(json, "time_sources_open", &theorem->time_open);
    rp_json_close(json);
}

static void add_implicit(struct rp_json *json, const struct rp_mode_results *mode)
{
    rp_json_open_array(json, "implicit");
    for (unsigned i = 0; i < RP_IMPLICIT_KINDS; i++) {
        const struct rp_implicit *implicit = &mode->implicit[i];
        if (!implicit->kind)
            continue;
        rp_json_open_object(json, NULL);
        rp_json_string(json, "kind", implicit->kind);
        rp_json_string(json, "baseline", implicit->baseline);
        rp_json_bool(json, "runs", implicit->runs);
        rp_json_resources(json, "ring3", &implicit->ring3);
        rp_json_resources(json, "all", &implicit->all);
        rp_json_resources(json, "together", &implicit->together);
        rp_json_close(json);
    }
    rp_json_close(json);
}

static void add_mode(struct rp_json *json, const struct rp_summary *summary, unsigned mode)
{
    const struct rp_configuration *c = &summary->results->configuration;
    const struct rp_mode_results *m = &summary->results->mode[mode];
    rp_json_open_object(json, NULL);
    rp_json_string(json, "mode", rp_mode_info((enum rp_mode)mode)->name);
    rp_json_number(json, "forms", (int64_t)m->forms);
    rp_json_number(json, "encodings", (int64_t)m->encodings);
    rp_json_number(json, "undocumented", (int64_t)m->undocumented);
    rp_json_number(json, "judged", (int64_t)m->count);
    if (c->wide) {
        rp_json_number(json, "wide", (int64_t)m->wide);
        rp_json_number(json, "compared", (int64_t)m->compared);
        rp_json_number(json, "otherwise", (int64_t)m->otherwise);
        rp_json_number(json, "exceptions", (int64_t)m->exceptions);
    }
    for (unsigned i = RP_VERDICT_COUNT; i-- > 0;)
        rp_json_number(json, rp_judgement_name((enum rp_judgement)i), (int64_t)summary->verdicts[mode][i]);
    rp_json_open_array(json, "theorems");
    for (unsigned policy = 0; policy < RP_POLICY_COUNT; policy++)
        if (rp_mode_info((enum rp_mode)mode)->has_ring3 &&
            (policy == c->policy || c->other_policies >> policy & 1))
            add_theorem(json, &summary->theorem[mode][policy], (enum rp_policy)policy);
    rp_json_close(json);
    add_implicit(json, m);
    rp_json_close(json);
}

static void add_reasons(struct rp_json *json, const struct rp_summary *summary)
{
    rp_json_open_array(json, "unknown");
    for (size_t i = 0; i < summary->reasons; i++) {
        const struct rp_reason_group *group = &summary->reason[i];
        rp_json_open_object(json, NULL);
        rp_json_string(json, "reason", group->reason);
        rp_json_number(json, "encodings", (int64_t)group->encodings);
        rp_json_modes(json, "modes", group->modes);
        add_names(json, "instructions", &group->names);
        rp_json_close(json);
    }
    rp_json_close(json);
}

static void add_verdicts(struct rp_json *json, const struct rp_results *results)
{
    rp_json_open_array(json, "verdicts");
    for (size_t i = 0; i < results->count; i++) {
        const struct rp_verdict *verdict = rp_results_at(results, i);
        if (verdict->judgement == RP_VERDICT_HOLE || verdict->judgement == RP_VERDICT_PRIVILEGED ||
            verdict->disagreement)
            rp_json_verdict(json, NULL, verdict);
    }
    rp_json_close(json);
}

static void add_divergences(struct rp_json *json, const struct rp_summary *summary)
{
    if (!summary->several)
        return;
    rp_json_open_array(json, "divergences");
    for (size_t i = 0; i < summary->divergences; i++) {
        const struct rp_divergence_group *group = &summary->divergence[i];
        const struct rp_encoding *encoding = &group->example_verdict->encoding;
        char hex[2 * RP_ENCODING_MAX + 1];
        rp_json_open_object(json, NULL);
        rp_json_string(json, "part", group->known ? NULL : group->part);
        rp_json_bool(json, "hypervisor", group->hypervisor);
        add_names(json, "instructions", &group->names);
        rp_json_modes(json, "modes", group->modes);
        rp_json_number(json, "encodings", (int64_t)group->encodings);
        rp_json_string(json, "encoding", rp_hex_print(hex, encoding->bytes, encoding->length));
        rp_json_string(json, "mode", rp_mode_info(group->example_verdict->mode)->name);
        rp_json_divergence(json, group->example_verdict, group->example);
        rp_json_close(json);
    }
    rp_json_close(json);
}

static void add_matrix(struct rp_json *json, const struct rp_summary *summary)
{
    struct rp_matrix matrix = {0};
    if (!summary->several)
        return;
    rp_matrix_fill(&matrix, summary->results);
    rp_matrix_json(&matrix, "matrix", json);
    rp_matrix_free(&matrix);
}

void rp_json_report(const struct rp_results *results, const struct rp_style *style, struct rp_text *text)
{
    struct rp_summary summary;
    struct rp_json json;
    (void)style;
    int result = rp_summary_make(&summary, results, NULL);
    text->failed |= result != RP_OK;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.report/1");
    add_configuration(&json, results);
    add_run(&json, results);
    text->failed |= !rp_json_baseline(&json, results);
    rp_json_open_array(&json, "modes");
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        if (results->mode[mode].scanned)
            add_mode(&json, &summary, mode);
    rp_json_close(&json);
    add_reasons(&json, &summary);
    add_verdicts(&json, results);
    add_divergences(&json, &summary);
    add_matrix(&json, &summary);
    rp_json_end(&json, text);
    rp_summary_free(&summary);
}
