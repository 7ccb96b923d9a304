/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a scan; see hole_report.h. */
#include "report/hole_report.h"
void rp_hole_report_text(const struct rp_results *results, const struct rp_style *style, struct rp_text *text)
{
    (void)results, (void)style, (void)text;
}
void rp_hole_report_markdown(const struct rp_results *results, const struct rp_style *style,
                             struct rp_text *text)
{
    (void)results, (void)style, (void)text;
}
