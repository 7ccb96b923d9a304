/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden records as JSON lines; see golden_internal.h. */
#include "report/golden_internal.h"

#include "base/hex.h"
#include "base/json.h"
#include "report/json.h"

static void begin(struct rp_json *json, const char *kind)
{
    rp_json_begin(json);
    rp_json_string(json, "schema", "ringprobe.golden/1");
    rp_json_string(json, "kind", kind);
}

static void add_cells(struct rp_json *json, const struct rp_golden_difference *d)
{
    rp_json_open_array(json, "cells");
    for (uint32_t i = 0; i < d->cells && i < RP_GOLDEN_CELLS_MAX; i++) {
        char name[RP_COMPONENT_NAME_MAX];
        rp_json_open_object(json, NULL);
        rp_json_string(json, "component", rp_golden_cell_name(d->cell[i].cell, name));
        rp_json_hex(json, "recorded", d->cell[i].value[0]);
        rp_json_hex(json, "seen", d->cell[i].value[1]);
        rp_json_close(json);
    }
    rp_json_close(json);
    rp_json_number(json, "cells_all", d->cells);
}

static void add_repeats(struct rp_json *json, const struct rp_golden_difference *d)
{
    if (d->declared != RP_GOLDEN_UNDECLARED) {
        rp_json_null(json, "constancy");
        return;
    }
    rp_json_string(json, "constancy", rp_golden_constancy_name((enum rp_golden_constancy)d->constancy));
    rp_json_open_object(json, "repeats");
    rp_json_number(json, "as_recorded", d->as_recorded);
    rp_json_number(json, "as_seen", d->as_seen);
    rp_json_number(json, "otherwise", d->otherwise);
    rp_json_close(json);
}

void rp_golden_json_difference(const struct rp_golden_difference *d, const char *replay, struct rp_text *text)
{
    struct rp_json json;
    char hex[2 * RP_ENCODING_MAX + 1];
    bool declared = d->declared != RP_GOLDEN_UNDECLARED;
    begin(&json, "difference");
    rp_json_string(&json, "mode", rp_mode_info((enum rp_mode)d->mode)->name);
    rp_json_string(&json, "encoding", rp_hex_print(hex, d->encoding.bytes, d->encoding.length));
    rp_json_string(&json, "mnemonic", d->mnemonic);
    rp_json_number(&json, "run", (int64_t)d->ordinal);
    rp_json_number(&json, "pass", (int64_t)d->pass + 1);
    if (d->cpu >= 0)
        rp_json_number(&json, "cpu", d->cpu);
    else
        rp_json_null(&json, "cpu");
    rp_json_string(&json, "declared",
                   declared ? rp_golden_declared_name((enum rp_golden_declared)d->declared) : NULL);
    rp_json_string(&json, "why", d->why[0] ? d->why : NULL);
    add_repeats(&json, d);
    rp_json_shown(&json, "recorded", &d->shown[0]);
    rp_json_shown(&json, "seen", &d->shown[1]);
    add_cells(&json, d);
    rp_json_string(&json, "replay", replay);
    rp_json_end(&json, text);
}

void rp_golden_json_pass(const struct rp_golden_report *report, const struct rp_golden_summary *summary,
                         struct rp_text *text)
{
    struct rp_json json;
    begin(&json, "pass");
    rp_json_string(&json, "record", report->path);
    rp_json_number(&json, "passes", (int64_t)summary->passes);
    rp_json_number(&json, "runs", (int64_t)summary->runs);
    rp_json_number(&json, "differences", (int64_t)summary->declared[RP_GOLDEN_UNDECLARED]);
    rp_json_end(&json, text);
}

void rp_golden_json_again(const struct rp_golden_difference *d, uint64_t count, struct rp_text *text)
{
    struct rp_json json;
    begin(&json, "again");
    rp_json_number(&json, "run", (int64_t)d->ordinal);
    if (d->cpu >= 0)
        rp_json_number(&json, "cpu", d->cpu);
    else
        rp_json_null(&json, "cpu");
    rp_json_number(&json, "passes", (int64_t)count);
    rp_json_end(&json, text);
}

static void add_identity(struct rp_json *json, const char *key, const struct rp_golden_identity *identity)
{
    rp_json_open_object(json, key);
    rp_json_string(json, "vendor", identity->cpu.vendor);
    rp_json_string(json, "brand", identity->cpu.brand);
    rp_json_number(json, "family", identity->cpu.family);
    rp_json_number(json, "model", identity->cpu.model);
    rp_json_number(json, "stepping", identity->cpu.stepping);
    rp_json_hex(json, "microcode", identity->cpu.microcode);
    rp_json_string(json, "hypervisor", identity->cpu.hypervisor);
    rp_json_string(json, "kernel", identity->kernel);
    rp_json_string(json, "executor", identity->executor);
    rp_json_string(json, "version", identity->executor_version);
    rp_json_string(json, "provenance", identity->provenance);
    rp_json_close(json);
}

static void add_processors(struct rp_json *json, const struct rp_golden_summary *summary)
{
    rp_json_open_array(json, "cpus");
    for (unsigned i = 0; i < summary->cpus; i++) {
        if (summary->cpu[i].cpu < 0)
            continue;
        rp_json_open_object(json, NULL);
        rp_json_number(json, "cpu", summary->cpu[i].cpu);
        rp_json_number(json, "runs", (int64_t)summary->cpu[i].runs);
        rp_json_number(json, "differences", (int64_t)summary->cpu[i].differences);
        rp_json_close(json);
    }
    rp_json_close(json);
}

void rp_golden_json_summary(const struct rp_golden_report *report, const struct rp_golden_summary *summary,
                            struct rp_text *text)
{
    struct rp_json json;
    begin(&json, "summary");
    rp_json_string(&json, "record", report->path);
    const enum rp_golden_verdict verdict = rp_golden_summary_verdict(summary);
    if (verdict == RP_GOLDEN_SAME || verdict == RP_GOLDEN_DIFFERS)
        rp_json_bool(&json, "same", verdict == RP_GOLDEN_SAME);
    else
        rp_json_null(&json, "same");
    rp_json_bool(&json, "complete", summary->passes && summary->held == rp_golden_summary_wanted(summary));
    rp_json_number(&json, "held", (int64_t)summary->held);
    rp_json_number(&json, "wanted", (int64_t)rp_golden_summary_wanted(summary));
    rp_json_number(&json, "runs", (int64_t)summary->runs);
    rp_json_number(&json, "passes", (int64_t)summary->passes);
    rp_json_number(&json, "compared", (int64_t)summary->compared);
    rp_json_number(&json, "given_up", (int64_t)summary->given_up);
    rp_json_number(&json, "differences", (int64_t)summary->declared[RP_GOLDEN_UNDECLARED]);
    rp_json_open_object(&json, "constancy");
    for (unsigned i = 0; i < RP_GOLDEN_CONSTANCY_COUNT; i++)
        rp_json_number(&json, rp_golden_constancy_name((enum rp_golden_constancy)i),
                       (int64_t)summary->constancy[i]);
    rp_json_close(&json);
    rp_json_open_object(&json, "declared");
    for (unsigned i = 1; i < RP_GOLDEN_DECLARED_COUNT; i++)
        rp_json_number(&json, rp_golden_declared_name((enum rp_golden_declared)i),
                       (int64_t)summary->declared[i]);
    rp_json_close(&json);
    add_processors(&json, summary);
    rp_json_real(&json, "seconds", summary->seconds);
    add_identity(&json, "recorded", report->recorded);
    add_identity(&json, "here", report->here);
    rp_json_end(&json, text);
}

void rp_golden_json_recorded(const char *path, const struct rp_golden_identity *identity,
                             const struct rp_golden_totals *totals, struct rp_text *text)
{
    struct rp_json json;
    begin(&json, "record");
    rp_json_string(&json, "record", path);
    rp_json_number(&json, "encodings", (int64_t)totals->encodings);
    rp_json_number(&json, "seeds", identity->seeds);
    rp_json_number(&json, "states", totals->states);
    rp_json_number(&json, "runs", (int64_t)totals->runs);
    rp_json_number(&json, "compared", (int64_t)totals->count[RP_GOLDEN_COMPARED]);
    rp_json_number(&json, "masked", (int64_t)totals->masked);
    rp_json_open_object(&json, "skipped");
    for (unsigned i = 1; i < RP_GOLDEN_SKIP_COUNT; i++)
        rp_json_number(&json, rp_golden_skip_name((enum rp_golden_skip)i), (int64_t)totals->count[i]);
    rp_json_close(&json);
    rp_json_number(&json, "resumed_blocks", totals->resumed);
    rp_json_number(&json, "bytes", (int64_t)totals->bytes);
    rp_json_real(&json, "seconds", totals->seconds);
    add_identity(&json, "identity", identity);
    rp_json_end(&json, text);
}
