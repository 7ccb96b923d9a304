/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What recorded hardware tests came to on an executor, for people and for scripts. */
#ifndef RP_REPORT_MOO_H
#define RP_REPORT_MOO_H

#include "golden/moo_tally.h"
#include "report/site.h"
#include "report/style.h"

struct rp_moo_report {
    const char *version;  /* of ringprobe */
    const char *executor; /* as -x named it */
    const char *executor_version;
    enum rp_provenance provenance;
    const struct rp_site *site;
    size_t files;
    uint64_t wanted;                  /* tests; fewer are in the tally if the time was over before */
    const struct rp_moo_tally *tally; /* sorted */
};

struct rp_moo_format {
    const char *name; /* as -f takes it */
    void (*report)(const struct rp_moo_report *report, const struct rp_style *style, struct rp_text *text);
    /* One test, of which `detail` says the rest. */
    void (*test)(const struct rp_moo_source *source, const struct rp_moo_result *result, const char *detail,
                 const struct rp_moo_report *report, struct rp_text *text);
};

/* By name; NULL: not written in it. */
const struct rp_moo_format *rp_moo_format_find(const char *name);

/* "recorded: #GP; came out: retired", "differs in ax flags (OF)". */
void rp_moo_cause_words(const struct rp_moo_result *like, struct rp_text *text);
/* "trapped #GP", "retired". */
void rp_moo_end_words(uint8_t kind, uint8_t vector, struct rp_text *text);
/* The command that makes the run again. */
void rp_moo_replay_words(const struct rp_moo_report *report, const char *path, uint32_t index,
                         struct rp_text *text);

/* Rows of the table. */
void rp_moo_json(const struct rp_moo_report *report, const struct rp_style *style, struct rp_text *text);
void rp_moo_test_json(const struct rp_moo_source *source, const struct rp_moo_result *result,
                      const char *detail, const struct rp_moo_report *report, struct rp_text *text);

#endif
