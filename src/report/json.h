/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts, errors and reports as JSON (CLI.md, "JSON"). Key order is part of the interface. */
#ifndef RP_REPORT_JSON_H
#define RP_REPORT_JSON_H

#include "base/json.h"
#include "report/style.h"
#include "store/results.h"

/* Appends a verdict as one line, "ringprobe.verdict/1". */
void rp_json_verdict_line(const struct rp_verdict *verdict, struct rp_text *text);

/* Appends an input that could not be answered as one line, "ringprobe.error/1". `input` may hold any bytes.
 */
void rp_json_error_line(size_t line, const char *input, size_t length, const char *message,
                        struct rp_text *text);

/* Appends a whole report as one document, "ringprobe.report/1"; `style` does not matter. */
void rp_json_report(const struct rp_results *results, const struct rp_style *style, struct rp_text *text);

/* The parts, for objects that hold them. `key` as in base/json.h. */
void rp_json_verdict(struct rp_json *json, const char *key, const struct rp_verdict *verdict);
/* "id": the name of a finding (rp_verdict_id). */
void rp_json_id(struct rp_json *json, uint64_t finding);
/* What diff compares of a verdict, with its id; null where there is none. */
void rp_json_class(struct rp_json *json, const char *key, const struct rp_verdict *verdict);
void rp_json_shown(struct rp_json *json, const char *key, const struct rp_shown *shown);
/* The members of an object that is open already. */
void rp_json_divergence(struct rp_json *json, const struct rp_verdict *verdict,
                        const struct rp_divergence *divergence);
void rp_json_modes(struct rp_json *json, const char *key, uint8_t modes);
/* `policies`: bits of 1 << enum rp_policy. */
void rp_json_policies(struct rp_json *json, const char *key, unsigned policies);
/* "baseline": what is news against results->baseline, if there is one; false without memory. */
bool rp_json_baseline(struct rp_json *json, const struct rp_results *results);
void rp_json_resources(struct rp_json *json, const char *key, const struct rp_resource_set *set);

#endif
