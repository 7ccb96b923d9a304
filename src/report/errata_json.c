/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errata as JSON lines; see errata.h. */
#include "report/errata.h"

#include "base/hex.h"
#include "base/json.h"
#include "report/words.h"

#include <stdio.h>
#include <string.h>

/* What stands between semicolons, or commas, as an array. */
static void add_items(struct rp_json *json, const char *key, const char *items, char separator)
{
    rp_json_open_array(json, key);
    for (const char *at = items ? items : ""; *at;) {
        const char *end = strchr(at, separator);
        size_t length = end ? (size_t)(end - at) : strlen(at);
        rp_json_bytes(json, NULL, at, length);
        at += length + (end != NULL);
        at += strspn(at, " ");
    }
    rp_json_close(json);
}

static void add_vendors(struct rp_json *json, const struct rp_erratum *erratum)
{
    rp_json_open_array(json, "vendors");
    for (unsigned i = 0; i < erratum->vendors; i++)
        rp_json_string(json, NULL, rp_vendor_short(erratum->vendor[i]));
    rp_json_close(json);
}

static void add_code(struct rp_json *json, const struct rp_erratum *erratum)
{
    rp_json_open_array(json, "modes");
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        if (erratum->modes >> mode & 1)
            rp_json_string(json, NULL, rp_mode_info((enum rp_mode)mode)->name);
    rp_json_close(json);
    rp_json_number(json, "ring", erratum->ring);
    rp_json_open_array(json, "code");
    for (unsigned i = 0; i < erratum->code.count; i++) {
        char hex[2 * RP_ENCODING_MAX + 1];
        rp_json_string(json, NULL,
                       rp_hex_print(hex, erratum->code.encoding[i].bytes, erratum->code.encoding[i].length));
    }
    rp_json_close(json);
    rp_json_string(json, "state", erratum->state);
    rp_json_string(json, "machine", erratum->machine);
}

static void add_outcomes(struct rp_json *json, const struct rp_erratum *erratum)
{
    rp_json_string(json, "good", erratum->good.text);
    rp_json_string(json, "bad", erratum->bad.text);
    rp_json_string(json, "idle", erratum->idle.text);
    rp_json_real(json, "rate", erratum->rate);
    rp_json_real(json, "confidence", erratum->confidence);
    rp_json_open_array(json, "variants");
    for (unsigned i = 0; i < erratum->variants; i++) {
        rp_json_open_object(json, NULL);
        rp_json_string(json, "who", erratum->variant[i].label);
        rp_json_string(json, "outcome", erratum->variant[i].expectation.text);
        rp_json_close(json);
    }
    rp_json_close(json);
}

void rp_errata_explain_json(const struct rp_erratum *erratum, const struct rp_style *style,
                            struct rp_text *text)
{
    struct rp_json json;
    (void)style;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.erratum/1");
    rp_json_string(&json, "id", erratum->id);
    rp_json_string(&json, "kind", rp_erratum_kind_name(erratum->kind));
    add_items(&json, "names", erratum->names, ';');
    add_vendors(&json, erratum);
    add_items(&json, "affects", erratum->affects, ',');
    rp_json_string(&json, "needs", erratum->needs);
    rp_json_string(&json, "unless", erratum->unless);
    rp_json_string(&json, "fixed", erratum->fixed);
    add_code(&json, erratum);
    add_outcomes(&json, erratum);
    rp_json_string(&json, "danger", rp_danger_name(erratum->danger));
    rp_json_string(&json, "fix", erratum->fix);
    rp_json_string(&json, "what", erratum->what);
    rp_json_string(&json, "source", erratum->source);
    rp_json_string(&json, "file", erratum->file);
    rp_json_number(&json, "line", erratum->line);
    rp_json_end(&json, text);
}

void rp_errata_list_json(const struct rp_erratum *const *entries, size_t count, const struct rp_style *style,
                         struct rp_text *text)
{
    for (size_t i = 0; i < count; i++)
        rp_errata_explain_json(entries[i], style, text);
}

static void add_shown(struct rp_json *json, const char *key, const struct rp_shown *shown)
{
    struct rp_text words = {0};
    if (shown->present)
        rp_words_shown(shown, &words);
    rp_json_string(json, key, shown->present ? rp_text_string(&words) : NULL);
    rp_text_free(&words);
}

static void add_experiment(struct rp_json *json, const struct rp_errata_result *result)
{
    const struct rp_experiment *e = &result->experiment;
    if (!e->made) {
        rp_json_null(json, "experiment");
        return;
    }
    rp_json_open_object(json, "experiment");
    rp_json_string(json, "mode", rp_mode_info(e->mode)->name);
    rp_json_number(json, "runs", (int64_t)e->runs);
    rp_json_number(json, "good", (int64_t)e->good);
    rp_json_number(json, "bad", (int64_t)e->bad);
    rp_json_number(json, "idle", (int64_t)e->idle);
    rp_json_number(json, "wanted", (int64_t)e->wanted);
    rp_json_real(json, "confidence", result->erratum->confidence);
    rp_json_bool(json, "stepwise", e->stepwise);
    add_shown(json, "first", &e->first);
    add_shown(json, "other", &e->other);
    rp_json_close(json);
}

static void add_result(const struct rp_errata_report *report, const struct rp_errata_result *result,
                       struct rp_text *text)
{
    const struct rp_erratum *erratum = result->erratum;
    struct rp_json json;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.errata/1");
    if (report->site)
        rp_site_json(&json, report->site);
    rp_json_string(&json, "id", erratum->id);
    rp_json_string(&json, "kind", rp_erratum_kind_name(erratum->kind));
    add_items(&json, "names", erratum->names, ';');
    if (erratum->kind == RP_ERRATUM_VARIANT) {
        rp_json_string(&json, "answer", rp_errata_variant_label(result) ? "shown" : "unknown");
        rp_json_string(&json, "as", rp_errata_variant_label(result));
    } else {
        rp_json_string(&json, "answer", rp_errata_answer_name(result->answer));
        rp_json_bool(&json, "in_table", result->applies == RP_APPLIES);
    }
    rp_json_string(&json, "reason", result->reason);
    rp_json_bool(&json, "news", rp_errata_is_news(result));
    rp_json_bool(&json, "virtualised", report->virtualised);
    rp_json_string(&json, "danger", rp_danger_name(erratum->danger));
    rp_json_string(&json, "fix", erratum->fix);
    rp_json_string(&json, "executor", report->executor);
    rp_json_string(&json, "provenance", rp_provenance_name(report->provenance));
    add_experiment(&json, result);
    rp_json_end(&json, text);
}

static void add_fingerprint(const struct rp_errata_report *report, struct rp_text *text)
{
    const struct rp_fingerprint *f = &report->fingerprint;
    struct rp_json json;
    struct rp_text words = {0};
    rp_errata_fingerprint_words(f, &words);
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.fingerprint/1");
    if (report->site)
        rp_site_json(&json, report->site);
    rp_json_string(&json, "executor", report->executor);
    rp_json_string(&json, "provenance", rp_provenance_name(report->provenance));
    rp_json_string(&json, "vendor", f->vendor[0] ? rp_vendor_short(f->vendor) : NULL);
    rp_json_number(&json, "shown", f->shown);
    rp_json_number(&json, "agree", f->agree);
    rp_json_number(&json, "against", f->against);
    rp_json_string(&json, "line", rp_text_string(&words));
    rp_json_end(&json, text);
    rp_text_free(&words);
}

void rp_errata_json(const struct rp_errata_report *report, const struct rp_style *style, struct rp_text *text)
{
    (void)style;
    for (size_t i = 0; i < report->count; i++)
        add_result(report, &report->results[i], text);
    if (report->fingerprint.shown)
        add_fingerprint(report, text);
}
