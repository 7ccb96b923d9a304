/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fuzz campaign holds as a report, in the formats that people and CI servers read. Findings come as
 * the lines that the campaign keeps; each id is one. */
#ifndef RP_REPORT_FUZZ_REPORT_H
#define RP_REPORT_FUZZ_REPORT_H

#include "report/finding.h"
#include "report/style.h"
#include "store/results.h"

/* What a campaign came to. */
struct rp_fuzz_summary {
    uint64_t executions, runs, behaviours, coarse, inputs;
    uint64_t pending;    /* suspicions that nobody looked at yet */
    bool interrupted;    /* this sitting was */
    const char *failure; /* why this sitting ended before its time; NULL: it did not */
};

struct rp_fuzz_item {
    const char *line; /* of the lines that the report was made of, `length` without its line feed */
    size_t length;
    uint64_t id;
    enum rp_mode mode;
    char oracle[16], name[RP_OPCODE_CELL_MAX], detail[64], encoding[2 * RP_ENCODING_MAX + 1];
    char why[RP_FINDING_WHY_MAX + 1];
    bool news;
    unsigned sharing; /* mnemonics that show its cause; 0: it has none */
};

struct rp_fuzz_report {
    const struct rp_configuration *configuration;
    const struct rp_baseline *baseline; /* NULL: none was given */
    struct rp_fuzz_summary summary;
    struct rp_text sharers;    /* numbers of rp_fuzz_sharer */
    struct rp_fuzz_item *item; /* news first; else in the order in which they were found */
    size_t count, news;
};

/* Fills in the items, of report->sharers too. `lines`, which must outlive them, as rp_fuzz_finding_line
 * writes them; `old` bytes of them are of earlier sittings. News is what the baseline does not have, or,
 * without one, what is not old. RP_EINPUT: a line is no finding; RP_EENVIRONMENT: no memory. Free it in any
 * case. */
int rp_fuzz_report_make(struct rp_fuzz_report *report, const struct rp_text *lines, size_t old,
                        struct rp_error *error);
void rp_fuzz_report_free(struct rp_fuzz_report *report);

struct rp_fuzz_format {
    const char *name; /* as -f takes it */
    void (*report)(const struct rp_fuzz_report *report, const struct rp_style *style, struct rp_text *text);
};

/* By name; NULL: fuzz campaigns are not written in it. */
const struct rp_fuzz_format *rp_fuzz_format_find(const char *name);

/* Rows of the table; tests/report walks it. */
void rp_fuzz_sarif(const struct rp_fuzz_report *report, const struct rp_style *style, struct rp_text *text);
void rp_fuzz_junit(const struct rp_fuzz_report *report, const struct rp_style *style, struct rp_text *text);
void rp_fuzz_json(const struct rp_fuzz_report *report, const struct rp_style *style, struct rp_text *text);
void rp_fuzz_baseline(const struct rp_fuzz_report *report, const struct rp_style *style,
                      struct rp_text *text);

/* Private to src/report. What it is, and how many share it. */
void rp_fuzz_words_why(const struct rp_fuzz_item *item, struct rp_text *text);

/* Private to src/report. Appends "new: not in 'FILE'", "known", and the command that runs it again. */
void rp_fuzz_words_news(const struct rp_fuzz_report *report, const struct rp_fuzz_item *item,
                        struct rp_text *text);
void rp_fuzz_words_replay(const struct rp_fuzz_item *item, struct rp_text *text);

/* There may be findings that the report does not have; appends why, lower case and without a full stop. */
bool rp_fuzz_is_incomplete(const struct rp_fuzz_summary *summary);
void rp_fuzz_words_incomplete(const struct rp_fuzz_summary *summary, struct rp_text *text);

#endif
