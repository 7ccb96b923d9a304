/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a scan; see hole_report.h. */
#include "report/hole_report.h"

#include "report/sections.h"

#include <string.h>

#define LEAST 32000 /* of them, for each section that comes yet */
#define NOTE                                                                                                 \
    "**Cut here: this section is longer than a step summary may be. `ringprobe report -f json` has all of "  \
    "it.**"

static void write_sections(struct rp_document *document, const struct rp_summary *summary)
{
    static void (*const sections[])(struct rp_document *, const struct rp_summary *) = {
        rp_section_verdict,   rp_section_news,      rp_section_theorems,      rp_section_holes,
        rp_section_witnesses, rp_section_policies,  rp_section_implicit,      rp_section_privileged,
        rp_section_matrix,    rp_section_findings,  rp_section_divergences,   rp_section_hypervisor,
        rp_section_unknown,   rp_section_innocuous, rp_section_configuration,
    };
    size_t count = sizeof sections / sizeof sections[0];
    for (size_t i = 0; i < count; i++) {
        size_t start = document->text->length;
        sections[i](document, summary);
        if (document->markdown)
            rp_document_cut(document->text, start, RP_MARKDOWN_MAX - (count - 1 - i) * LEAST, NOTE);
    }
}

static void write_report(const struct rp_results *results, struct rp_document *document)
{
    struct rp_summary summary;
    struct rp_error error = {0};
    if (rp_summary_make(&summary, results, &error) == RP_OK)
        write_sections(document, &summary);
    else /* no memory, or a broken list, which its test would have found */
        document->text->failed = true;
    rp_summary_free(&summary);
}

void rp_hole_report_text(const struct rp_results *results, const struct rp_style *style, struct rp_text *text)
{
    struct rp_document document = {.style = *style, .text = text};
    write_report(results, &document);
}

void rp_hole_report_markdown(const struct rp_results *results, const struct rp_style *style,
                             struct rp_text *text)
{
    struct rp_document document = {.markdown = true, .style = {.columns = style->columns}, .text = text};
    write_report(results, &document);
}
