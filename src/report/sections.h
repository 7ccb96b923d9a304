/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the hole report, in the order in which it has them. Private to src/report. */
#ifndef RP_REPORT_SECTIONS_H
#define RP_REPORT_SECTIONS_H

#include "report/document.h"
#include "report/summary.h"

void rp_section_verdict(struct rp_document *document, const struct rp_summary *summary); /* first sentences */
void rp_section_news(struct rp_document *document,
                     const struct rp_summary *summary); /* against a baseline, if there is one */
void rp_section_theorems(struct rp_document *document,
                         const struct rp_summary *summary); /* and what refutes them */
void rp_section_holes(struct rp_document *document,
                      const struct rp_summary *summary); /* listed, and beyond */
void rp_section_all_holes(struct rp_document *document,
                          const struct rp_summary *summary); /* the same in one table, which tells listed */
void rp_section_witnesses(struct rp_document *document, const struct rp_summary *summary);
void rp_section_policies(struct rp_document *document, const struct rp_summary *summary);
void rp_section_implicit(struct rp_document *document, const struct rp_summary *summary);
void rp_section_privileged(struct rp_document *document, const struct rp_summary *summary);
void rp_section_findings(struct rp_document *document,
                         const struct rp_summary *summary); /* disagreements, deaths */
void rp_section_matrix(struct rp_document *document,
                       const struct rp_summary *summary); /* instructions by executors */
void rp_section_divergences(struct rp_document *document, const struct rp_summary *summary);
void rp_section_hypervisor(struct rp_document *document, const struct rp_summary *summary);
void rp_section_unknown(struct rp_document *document, const struct rp_summary *summary);
void rp_section_innocuous(struct rp_document *document, const struct rp_summary *summary);
void rp_section_configuration(struct rp_document *document, const struct rp_summary *summary);

/* Bits of the modes that have verdicts. */
uint8_t rp_summary_modes(const struct rp_summary *summary);

/* Names as list items, those of the same modes together, most modes first. */
void rp_document_names(struct rp_document *document, const struct rp_name_set *set, uint8_t scanned);

#endif
