/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings as lines; see finding.h. */
#include "report/finding.h"

#include "base/hex.h"
#include "report/json.h"
#include "state/component.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static const char *const reasons[] = {
    [RP_FINDING_UNDECODED] = "undecoded", [RP_FINDING_LENGTH] = "length", [RP_FINDING_FEATURE] = "feature"};
static_assert(sizeof reasons / sizeof reasons[0] == RP_FINDING_REASON_COUNT, "one row a reason");

const char *rp_finding_reason_name(enum rp_finding_reason reason)
{
    return reasons[reason];
}

/* A retired run has no vector. */
static int vector_of(const struct rp_finding *finding)
{
    return finding->shown.kind == RP_OUTCOME_RETIRED ? 0 : finding->shown.vector;
}

const char *rp_finding_id(const struct rp_finding *finding, char id[RP_FINDING_ID_SIZE])
{
    char key[128];
    int length = snprintf(key, sizeof key, "%s\t%s\t%s\t%d\t%d", rp_mode_info(finding->mode)->name,
                          finding->cell, reasons[finding->reason], finding->shown.kind, vector_of(finding));
    snprintf(id, RP_FINDING_ID_SIZE, "rp-%016" PRIx64, (uint64_t)XXH64(key, (size_t)length, 0));
    return id;
}

bool rp_finding_same(const struct rp_finding *a, const struct rp_finding *b)
{
    return a->mode == b->mode && a->reason == b->reason && a->shown.kind == b->shown.kind &&
           vector_of(a) == vector_of(b) && strcmp(a->cell, b->cell) == 0;
}

static void add_decoded(struct rp_json *json, const struct rp_finding *finding)
{
    if (!finding->decoded_length) {
        rp_json_null(json, "decoder");
        return;
    }
    rp_json_open_object(json, "decoder");
    rp_json_string(json, "text", finding->decoded);
    rp_json_number(json, "length", finding->decoded_length);
    rp_json_close(json);
}

static void add_changes(struct rp_json *json, const struct rp_finding *finding)
{
    char name[RP_COMPONENT_NAME_MAX];
    rp_json_open_array(json, "changes");
    for (unsigned i = 0; i < finding->changes; i++)
        rp_json_string(json, NULL, rp_component_name(finding->change[i], name));
    rp_json_close(json);
    rp_json_bool(json, "more_changes", finding->more_changes);
}

void rp_finding_line(const struct rp_finding *finding, struct rp_text *text)
{
    char id[RP_FINDING_ID_SIZE], hex[2 * RP_ENCODING_MAX + 1], replay[128];
    const char *mode = rp_mode_info(finding->mode)->name;
    struct rp_json json;
    rp_hex_print(hex, finding->encoding.bytes, finding->encoding.length);
    snprintf(replay, sizeof replay, "ringprobe probe -m %s -x %s 0x%s", mode, finding->executor, hex);
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.hunt/1");
    rp_json_string(&json, "id", rp_finding_id(finding, id));
    rp_json_string(&json, "class", finding->class);
    rp_json_string(&json, "why", finding->why[0] ? finding->why : NULL);
    rp_json_string(&json, "mode", mode);
    rp_json_string(&json, "encoding", hex);
    rp_json_string(&json, "cell", finding->cell);
    rp_json_string(&json, "reason", reasons[finding->reason]);
    add_decoded(&json, finding);
    rp_json_string(&json, "executor", finding->executor);
    rp_json_string(&json, "provenance", rp_provenance_name(finding->provenance));
    rp_json_shown(&json, "ring3", &finding->shown);
    add_changes(&json, finding);
    rp_json_string(&json, "search", finding->tunnel ? "tunnel" : "cells");
    rp_json_string(&json, "replay", replay);
    rp_json_string(&json, "witness", finding->witness[0] ? finding->witness : NULL);
    rp_json_end(&json, text);
}

bool rp_line_field(const char *line, size_t length, const char *key, char *value, size_t size)
{
    char wanted[48];
    int span = snprintf(wanted, sizeof wanted, "\"%s\":", key);
    const char *at = memmem(line, length, wanted, (size_t)span), *end = line + length;
    if (!at)
        return false;
    at += span;
    bool quoted = at < end && *at == '"';
    at += quoted;
    size_t count = 0;
    while (at + count < end && (quoted ? at[count] != '"' : strchr(",}]", at[count]) == NULL))
        count++;
    if (at + count == end || count >= size)
        return false;
    memcpy(value, at, count);
    value[count] = '\0';
    return true;
}

static unsigned number_of(const char *digits)
{
    return (unsigned)strtoul(digits, NULL, 10);
}

/* What the line says of itself against what its witness says; the name of what differs, or NULL. */
static const char *contradiction(const char *line, size_t length, const struct rp_witness *w)
{
    char value[64] = "", hex[2 * RP_ENCODING_MAX + 1];
    const char *ring3 = memmem(line, length, "\"ring3\":", 8);
    size_t rest = ring3 ? length - (size_t)(ring3 - line) : 0;
    if (!rp_line_field(line, length, "mode", value, sizeof value) ||
        strcmp(value, rp_mode_info(w->mode)->name) != 0)
        return "mode";
    if (!rp_line_field(line, length, "executor", value, sizeof value) || strcmp(value, w->executor) != 0)
        return "executor";
    /* As long as the executor took it for; the witness has what was run. */
    rp_hex_print(hex, w->encoding.bytes, w->encoding.length);
    if (!rp_line_field(line, length, "encoding", value, sizeof value) || !value[0] ||
        strncmp(value, hex, strlen(value) < strlen(hex) ? strlen(value) : strlen(hex)) != 0)
        return "encoding";
    if (!ring3 || !rp_line_field(ring3, rest, "outcome", value, sizeof value) ||
        strcmp(value, rp_outcome_kind_name((enum rp_outcome_kind)w->end.kind)) != 0)
        return "outcome";
    rest = strcspn(ring3, "}") + 1;
    if (w->end.length != (rp_line_field(ring3, rest, "length", value, sizeof value) ? number_of(value) : 0))
        return "length";
    if (w->end.kind == RP_OUTCOME_TRAPPED &&
        (!rp_line_field(ring3, rest, "vector", value, sizeof value) || w->end.vector != number_of(value)))
        return "vector";
    return NULL;
}

/* Of a fuzz campaign every kind of witness has a place. */
static const char *fuzz_contradiction(const char *line, size_t length, const struct rp_witness *w)
{
    char value[64] = "", hex[2 * RP_ENCODING_MAX + 1];
    if (!rp_line_field(line, length, "mode", value, sizeof value) ||
        strcmp(value, rp_mode_info(w->mode)->name) != 0)
        return "mode";
    if (!rp_line_field(line, length, "encoding", value, sizeof value) ||
        strcmp(value, rp_hex_print(hex, w->encoding.bytes, w->encoding.length)) != 0)
        return "encoding";
    return NULL;
}

int rp_finding_witness(const char *line, struct rp_witness *witness, char *text, bool *is_finding,
                       struct rp_error *error)
{
    size_t length = strlen(line);
    char schema[32] = "";
    *is_finding = false;
    rp_line_field(line, length, "schema", schema, sizeof schema);
    bool fuzz = strcmp(schema, "ringprobe.fuzz/1") == 0;
    if (!fuzz && strncmp(schema, "ringprobe.hunt", strlen("ringprobe.hunt")) != 0)
        return rp_error_set(error, RP_EINPUT, "it is no line of a hunt or of a fuzz campaign");
    if (!fuzz && strcmp(schema, "ringprobe.hunt/1") != 0)
        return RP_OK;
    if (line[length - 1] != '}')
        return rp_error_set(error, RP_EINPUT, "the finding was cut short");
    if (!rp_line_field(line, length, "witness", text, RP_WITNESS_LINE_MAX + 1) || strncmp(text, "rp", 2) != 0)
        return rp_error_set(error, RP_EINPUT,
                            "the finding has no witness; run its encoding with probe, or hunt again");
    int result = rp_witness_parse(text, witness, error);
    if (result)
        return result;
    const char *what = fuzz                               ? fuzz_contradiction(line, length, witness)
                       : witness->kind == RP_KIND_FINDING ? contradiction(line, length, witness)
                                                          : "kind";
    if (what)
        return rp_error_set(error, RP_EINPUT, "the finding's %s is not that of its witness: it was edited",
                            what);
    *is_finding = true;
    return RP_OK;
}
