/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The formats that -f takes.
 *
 * How to add one: a file of this room that fills in the two functions, and a row in format.c. tests/report
 * walks the table: hostile content must be inert in each format. CLI.md and the help of -f name it
 * (tests/cli). */
#ifndef RP_REPORT_FORMAT_H
#define RP_REPORT_FORMAT_H

#include "judge/detail.h"
#include "report/executors.h"
#include "report/style.h"
#include "store/results.h"

#include <stddef.h>

struct rp_format {
    const char *name;      /* as -f takes it */
    const char *extension; /* of files that are written in it, with the dot */
    /* Appends one verdict; `detail` may be NULL. This and the next two are NULL for formats of reports alone.
     */
    void (*probe)(const struct rp_verdict *verdict, const struct rp_detail *detail,
                  const struct rp_style *style, struct rp_text *text);
    /* Appends what a replay came to; see replay_text.h. */
    void (*replay)(const char *line, const struct rp_witness *witness, const char *executor,
                   const struct rp_replay *replay, const struct rp_style *style, struct rp_text *text);
    /* Appends what is known of an executor. */
    void (*executor)(const struct rp_executor_facts *facts, const struct rp_style *style,
                     struct rp_text *text);
    /* Appends a whole report. Colours only where the style asks for them. */
    void (*report)(const struct rp_results *results, const struct rp_style *style, struct rp_text *text);
};

/* The first row is the default. */
extern const struct rp_format rp_formats[];
extern const size_t rp_format_count;

/* By name (exact, lower case), by the extension of a path; NULL if there is none. */
const struct rp_format *rp_format_find(const char *name);
const struct rp_format *rp_format_of_path(const char *path);

#endif
