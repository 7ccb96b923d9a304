/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report as SARIF 2.1.0, for code scanning: one result a class of holes, one rule a kind and resource
 * group. A result stands in no source file: its place is x86/MODE/INSTRUCTION, which names it wherever alerts
 * are listed, and its fingerprint is the id of the finding, by which they are followed from run to run. */
#ifndef RP_REPORT_SARIF_H
#define RP_REPORT_SARIF_H

#include "base/json.h"
#include "report/hole_class.h"
#include "report/style.h"

#define RP_SARIF_RESULTS_MAX                                                                                 \
    25000 /* of a run, that GitHub takes; news go first, and a note tells of the rest */

/* Appends the whole log; `style` does not matter. */
void rp_sarif_report(const struct rp_results *results, const struct rp_style *style, struct rp_text *text);

/* The rest is private to src/report. */

#define RP_SARIF_SCHEMA                                                                                      \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* Adds a message. Brackets make links and braces are placeholders unless they are escaped (3.11.5, 3.11.6).
 */
void rp_sarif_message(struct rp_json *json, const char *key, const char *string);

/* Adds "physicalLocation": line 1 of what a result is about, which is in no source file. */
void rp_sarif_place(struct rp_json *json, const char *uri);

/* A string of which nothing acts on whoever decodes it. */
void rp_sarif_inert(struct rp_json *json, const char *key, const char *string);

/* Begins a document, down to its run. */
void rp_sarif_begin(struct rp_json *json);

/* Parts of results and runs. `kind`: "", or what is no scan, with a slash ("fuzz/"). `successful`: it did not
 * fail; `incomplete`: a sentence why, or NULL; `left_out`: how many results are not there, and of `what`. */
void rp_sarif_locations(struct rp_json *json, const char *mode, const char *mnemonic);
void rp_sarif_fingerprints(struct rp_json *json, uint64_t id);
void rp_sarif_category(struct rp_json *json, const char *kind, const struct rp_configuration *c);
void rp_sarif_invocation(struct rp_json *json, const char *command, bool successful, const char *incomplete,
                         const char *what, size_t left_out);
void rp_sarif_configuration(struct rp_json *json, const struct rp_configuration *c);

/* A rule, by the first class that breaks it; rules stand in the order of rp_sarif_rules_make. */
struct rp_sarif_rules {
    const struct rp_hole_class **rule;
    size_t count;
};
/* RP_EENVIRONMENT: no memory. Free them in any case. */
int rp_sarif_rules_make(struct rp_sarif_rules *rules, const struct rp_hole_classes *classes,
                        struct rp_error *error);
void rp_sarif_rules_free(struct rp_sarif_rules *rules);
/* The number of a class' rule. */
size_t rp_sarif_rules_index(const struct rp_sarif_rules *rules, const struct rp_hole_class *one);
/* Adds "rules"; RP_EINPUT: corpus/rules.tsv is wrong. */
int rp_sarif_rules_add(struct rp_json *json, const struct rp_sarif_rules *rules, struct rp_error *error);

#endif
