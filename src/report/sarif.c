/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SARIF 2.1.0 (OASIS, errata 01); see sarif.h. Section numbers are the standard's. What GitHub wants besides
 * is its page "SARIF support for code scanning": a place in each result, primaryLocationLineHash. */
#include "report/sarif.h"

#include "report/inert.h"
#include "report/json.h"
#include "report/words.h"

#include <inttypes.h>
#include <string.h>

/* A string of which nothing acts on whoever decodes it. */
void rp_sarif_inert(struct rp_json *json, const char *key, const char *string)
{
    struct rp_text text = {0};
    rp_inert_plain(&text, string);
    rp_json_string(json, key, rp_text_string(&text));
    rp_text_free(&text);
}

void rp_sarif_place(struct rp_json *json, const char *uri)
{
    rp_json_open_object(json, "physicalLocation");
    rp_json_open_object(json, "artifactLocation");
    rp_json_string(json, "uri", uri);
    rp_json_close(json);
    rp_json_open_object(json, "region");
    rp_json_number(json, "startLine", 1);
    rp_json_close(json);
    rp_json_close(json);
}

void rp_sarif_message(struct rp_json *json, const char *key, const char *string)
{
    struct rp_text plain = {0}, text = {0};
    rp_inert_plain(&plain, string);
    for (const char *s = rp_text_string(&plain); *s; s++) {
        rp_text_add(&text, strchr("[]\\", *s) ? "\\" : strchr("{}", *s) ? (*s == '{' ? "{" : "}") : "");
        rp_text_add_bytes(&text, s, 1);
    }
    rp_json_open_object(json, key);
    rp_json_string(json, "text", rp_text_string(&text));
    rp_json_close(json);
    rp_text_free(&text);
    rp_text_free(&plain);
}

/* "x86/long64/popfq", in the characters that a path of a URI may have (RFC 3986, 3.3). */
static void add_place(struct rp_json *json, const char *mode, const char *mnemonic)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    struct rp_text uri = {0};
    rp_text_add(&uri, "x86/%s/", mode);
    for (const char *c = mnemonic; *c; c++)
        rp_text_add(&uri, strchr(plain, *c) ? "%c" : "%%%02X", (unsigned char)*c);
    rp_sarif_place(json, rp_text_string(&uri));
    rp_text_free(&uri);
}

void rp_sarif_locations(struct rp_json *json, const char *mode, const char *mnemonic)
{
    struct rp_text name = {0};
    rp_text_add(&name, "%s/%s", mode, mnemonic);
    rp_json_open_array(json, "locations");
    rp_json_open_object(json, NULL);
    add_place(json, mode, mnemonic);
    rp_json_open_array(json, "logicalLocations");
    rp_json_open_object(json, NULL);
    rp_sarif_inert(json, "name", mnemonic);
    rp_sarif_inert(json, "fullyQualifiedName", rp_text_string(&name));
    rp_json_string(json, "kind", "instruction");
    rp_json_close(json);
    rp_json_close(json);
    rp_json_close(json);
    rp_json_close(json);
    rp_text_free(&name);
}

/* GitHub compares primaryLocationLineHash, and makes one of a source line where there is none. */
void rp_sarif_fingerprints(struct rp_json *json, uint64_t id)
{
    struct rp_text name = {0}, hash = {0};
    rp_words_id(id, &name);
    rp_text_add(&hash, "%016" PRIx64 ":1", id);
    rp_json_open_object(json, "partialFingerprints");
    rp_json_string(json, "primaryLocationLineHash", rp_text_string(&hash));
    rp_json_string(json, "ringprobe/v1", rp_text_string(&name));
    rp_json_close(json);
    rp_text_free(&name);
    rp_text_free(&hash);
}

static void add_properties(struct rp_json *json, const struct rp_hole_class *one)
{
    rp_json_open_object(json, "properties");
    rp_json_id(json, one->id);
    rp_json_string(json, "mode", rp_mode_info(one->example->mode)->name);
    rp_json_string(json, "policy", rp_policy_name(one->example->policy));
    rp_json_policies(json, "open", one->open);
    rp_json_policies(json, "opened", one->opened);
    rp_json_resources(json, "resources", &one->resources);
    rp_json_string(json, "owner", one->system ? "system" : "delegated");
    rp_json_bool(json, "user_sensitive", one->user);
    rp_sarif_inert(json, "replay", one->example->replay ? one->example->replay : "");
    rp_json_close(json);
}

static void add_words(struct rp_json *json, const struct rp_hole_class *one,
                      const struct rp_baseline *baseline)
{
    struct rp_text text = {0};
    rp_words_hole_class(one, &text);
    if (one->news > RP_NEWS_KNOWN) {
        rp_text_add(&text, " It is ");
        rp_words_news(one, baseline, &text);
        rp_text_add(&text, ".");
    }
    if (one->example->replay)
        rp_text_add(&text, " Again: ringprobe replay %s", one->example->replay);
    rp_sarif_message(json, "message", rp_text_string(&text));
    rp_text_free(&text);
}

/* What only shows what the system gave to its programs is worth a note. */
static void add_result(struct rp_json *json, const struct rp_hole_class *one,
                       const struct rp_sarif_rules *rules, const struct rp_baseline *baseline)
{
    static const char *const states[RP_NEWS_COUNT] = {NULL, "unchanged", "updated", "new"}; /* 3.27.24 */
    struct rp_text rule = {0};
    rp_words_rule(one, &rule);
    rp_json_open_object(json, NULL);
    rp_json_string(json, "ruleId", rp_text_string(&rule));
    rp_json_number(json, "ruleIndex", (int64_t)rp_sarif_rules_index(rules, one));
    rp_json_string(json, "level", one->system ? "error" : "note");
    add_words(json, one, baseline);
    rp_sarif_locations(json, rp_mode_info(one->example->mode)->name, one->example->mnemonic);
    rp_sarif_fingerprints(json, one->id);
    rp_json_number(json, "occurrenceCount", (int64_t)one->encodings);
    if (states[one->news])
        rp_json_string(json, "baselineState", states[one->news]);
    add_properties(json, one);
    rp_json_close(json);
    rp_text_free(&rule);
}

/* News first, so that a limit cuts off what is known. */
static size_t add_results(struct rp_json *json, const struct rp_hole_classes *classes,
                          const struct rp_sarif_rules *rules, const struct rp_baseline *baseline)
{
    size_t added = 0;
    rp_json_open_array(json, "results");
    for (unsigned known = 0; known < 2; known++)
        for (size_t i = 0; i < classes->count && added < RP_SARIF_RESULTS_MAX; i++)
            if ((classes->one[i].news <= RP_NEWS_KNOWN) == known) {
                add_result(json, &classes->one[i], rules, baseline);
                added++;
            }
    rp_json_close(json);
    return classes->count - added;
}

static void add_notification(struct rp_json *json, const char *text)
{
    rp_json_open_object(json, NULL);
    rp_json_string(json, "level", "warning");
    rp_sarif_message(json, "message", text);
    rp_json_close(json);
}

void rp_sarif_begin(struct rp_json *json)
{
    rp_json_begin(json);
    rp_json_string(json, "$schema", RP_SARIF_SCHEMA);
    rp_json_string(json, "version", "2.1.0");
    rp_json_open_array(json, "runs");
    rp_json_open_object(json, NULL);
}

void rp_sarif_invocation(struct rp_json *json, const char *command, bool successful, const char *incomplete,
                         const char *what, size_t left_out)
{
    struct rp_text text = {0};
    rp_json_open_array(json, "invocations");
    rp_json_open_object(json, NULL);
    rp_sarif_inert(json, "commandLine", command);
    rp_json_bool(json, "executionSuccessful", successful);
    rp_json_open_array(json, "toolExecutionNotifications");
    if (incomplete)
        add_notification(json, incomplete);
    if (left_out) {
        rp_text_add(&text, "%zu %s are left out: at most %d are taken, new ones first.", left_out, what,
                    RP_SARIF_RESULTS_MAX);
        add_notification(json, rp_text_string(&text));
    }
    rp_json_close(json);
    rp_json_close(json);
    rp_json_close(json);
    rp_text_free(&text);
}

static int add_tool(struct rp_json *json, const struct rp_sarif_rules *rules,
                    const struct rp_configuration *c, struct rp_error *error)
{
    rp_json_open_object(json, "tool");
    rp_json_open_object(json, "driver");
    rp_json_string(json, "name", "ringprobe");
    rp_sarif_inert(json, "version", c->version);
    int result = rp_sarif_rules_add(json, rules, error);
    rp_json_close(json);
    rp_json_close(json);
    return result;
}

/* A category is what is compared: uploads of another policy, other modes or executors (of a matrix of jobs)
 * don't close each other's alerts. The last part of an id, which is that of a run, is empty (3.17.3). */
void rp_sarif_category(struct rp_json *json, const char *kind, const struct rp_configuration *c)
{
    struct rp_text id = {0}, words = {0};
    rp_text_add(&id, "ringprobe/%s%s/", kind, rp_policy_name(c->policy));
    rp_words_modes(c->modes, &words);
    rp_text_add(&words, "/");
    rp_words_executor_names(c->executors, &words);
    for (const char *at = rp_text_string(&words); *at; at++)
        if (*at != ' ')
            rp_text_add(&id, "%c", *at == ',' ? '+' : *at);
    rp_text_add(&id, "/");
    rp_text_free(&words);
    rp_json_open_object(json, "automationDetails");
    rp_json_string(json, "id", rp_text_string(&id));
    rp_json_close(json);
    rp_text_free(&id);
}

void rp_sarif_configuration(struct rp_json *json, const struct rp_configuration *c)
{
    rp_json_open_object(json, "properties");
    rp_sarif_inert(json, "executors", c->executors);
    rp_sarif_inert(json, "cpu", c->cpu);
    rp_sarif_inert(json, "kernel", c->kernel);
    rp_json_string(json, "policy", rp_policy_name(c->policy));
    rp_json_modes(json, "modes", c->modes);
    rp_json_close(json);
}

/* Rules come first for whoever reads along; what was left out is known behind the results. */
void rp_sarif_report(const struct rp_results *results, const struct rp_style *style, struct rp_text *text)
{
    struct rp_hole_classes classes;
    struct rp_sarif_rules rules = {0};
    struct rp_text incomplete = {0};
    struct rp_json json;
    (void)style;
    int result = rp_hole_classes_make(&classes, results, NULL);
    if (result == RP_OK)
        result = rp_sarif_rules_make(&rules, &classes, NULL);
    rp_sarif_begin(&json);
    if (result == RP_OK)
        result = add_tool(&json, &rules, &results->configuration, NULL);
    rp_sarif_category(&json, "", &results->configuration);
    rp_json_string(&json, "columnKind", "utf16CodeUnits");
    size_t left_out = result == RP_OK ? add_results(&json, &classes, &rules, results->baseline) : 0;
    rp_words_incomplete(results, &incomplete);
    rp_sarif_invocation(&json, results->configuration.command, true, incomplete.data, "holes", left_out);
    text->failed |= incomplete.failed;
    rp_text_free(&incomplete);
    rp_sarif_configuration(&json, &results->configuration);
    rp_json_end(&json, text);
    text->failed |= result != RP_OK;
    rp_sarif_rules_free(&rules);
    rp_hole_classes_free(&classes);
}
