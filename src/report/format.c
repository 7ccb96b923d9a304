/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of formats; see format.h. */
#include "report/format.h"

#include "report/baseline.h"
#include "report/canonical.h"
#include "report/hole_report.h"
#include "report/html.h"
#include "report/json.h"
#include "report/junit.h"
#include "report/probe.h"
#include "report/replay_text.h"
#include "report/sarif.h"

#include <string.h>

const struct rp_format rp_formats[] = {
    {"text", ".txt", rp_probe_text, rp_replay_text, rp_executor_text, rp_hole_report_text},
    {"markdown", ".md", rp_probe_markdown, rp_replay_markdown, rp_executor_markdown, rp_hole_report_markdown},
    {"json", ".json", rp_probe_json, rp_replay_json, rp_executor_json, rp_json_report},
    {"html", ".html", NULL, NULL, NULL, rp_html_report},
    {"sarif", ".sarif", NULL, NULL, NULL, rp_sarif_report},
    {"junit", ".xml", NULL, NULL, NULL, rp_junit_report},
    {"baseline", ".baseline", NULL, NULL, NULL, rp_baseline_report},
    {"canonical", ".canonical", NULL, NULL, NULL, rp_canonical_report},
};
const size_t rp_format_count = sizeof rp_formats / sizeof rp_formats[0];

const struct rp_format *rp_format_find(const char *name)
{
    for (size_t i = 0; i < rp_format_count; i++)
        if (strcmp(rp_formats[i].name, name) == 0)
            return &rp_formats[i];
    return NULL;
}

const struct rp_format *rp_format_of_path(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < rp_format_count; i++) {
        size_t size = strlen(rp_formats[i].extension);
        if (length > size && strcmp(path + length - size, rp_formats[i].extension) == 0)
            return &rp_formats[i];
    }
    return NULL;
}
