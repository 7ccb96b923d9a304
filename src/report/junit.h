/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report as JUnit's XML, as CI servers show it: a suite a mode, a case a class of holes, which fails
 * where it is new against the baseline; without a baseline nothing fails. */
#ifndef RP_REPORT_JUNIT_H
#define RP_REPORT_JUNIT_H

#include "report/style.h"
#include "store/results.h"

/* Appends the whole document; `style` does not matter. */
void rp_junit_report(const struct rp_results *results, const struct rp_style *style, struct rp_text *text);

/* Private to src/report: ` name="value"`; ` timestamp="..."`; what a suite rests on. */
void rp_junit_attribute(struct rp_text *text, const char *name, const char *value);
void rp_junit_timestamp(struct rp_text *text, const char *date);
void rp_junit_properties(struct rp_text *text, const struct rp_configuration *c);

#endif
