/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Executors described: what they can do, what they cannot show, or why they are not there. */
#ifndef RP_REPORT_EXECUTORS_H
#define RP_REPORT_EXECUTORS_H

#include "base/text.h"
#include "executor/executor.h"
#include "executor/limits.h"
#include "executor/registry.h"
#include "report/style.h"

/* What was learned about one; `capabilities` counts where `runs` is true. */
struct rp_executor_facts {
    const struct rp_executor_entry *entry;
    bool runs;
    const char *why_not, *version;
    const struct rp_capabilities *capabilities;
    const struct rp_limits *limits;
};

void rp_executor_text(const struct rp_executor_facts *facts, const struct rp_style *style,
                      struct rp_text *text);
void rp_executor_markdown(const struct rp_executor_facts *facts, const struct rp_style *style,
                          struct rp_text *text);
/* One line, "ringprobe.executor/1". */
void rp_executor_json(const struct rp_executor_facts *facts, const struct rp_style *style,
                      struct rp_text *text);

#endif
