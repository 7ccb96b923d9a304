/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers about errata, the catalogue and its entries, in each format that has them. */
#ifndef RP_REPORT_ERRATA_H
#define RP_REPORT_ERRATA_H

#include "errata/catalogue.h"
#include "errata/fingerprint.h"
#include "report/site.h"
#include "report/style.h"

/* All that a format needs; owned by the caller. */
struct rp_errata_report {
    const struct rp_cpu *cpu;   /* that was asked about; NULL: an emulator */
    const struct rp_site *site; /* where it was asked; NULL: not told */
    bool virtualised;           /* the CPU is a hypervisor's to describe */
    const char *version;        /* of ringprobe */
    const char *executor;
    enum rp_provenance provenance;
    const struct rp_errata_result *results;
    size_t count;
    struct rp_fingerprint fingerprint;
};

/* A format of answers, of the catalogue, of one entry. */
struct rp_errata_format {
    const char *name; /* as -f takes it */
    void (*report)(const struct rp_errata_report *report, const struct rp_style *style, struct rp_text *text);
    /* This and the next are NULL for formats of answers alone. */
    void (*list)(const struct rp_erratum *const *entries, size_t count, const struct rp_style *style,
                 struct rp_text *text);
    void (*explain)(const struct rp_erratum *erratum, const struct rp_style *style, struct rp_text *text);
};

/* By name; NULL: errata are not written in it. */
const struct rp_errata_format *rp_errata_format_find(const char *name);

/* "behaves like AMD family 17h or later (21 of 22 variants shown; 1 otherwise)". */
void rp_errata_fingerprint_words(const struct rp_fingerprint *fingerprint, struct rp_text *text);
/* The outcome in the words of the catalogue, and whose it is: "amd:17..", "no CPU's". */
const char *rp_errata_variant_label(const struct rp_errata_result *result);

/* Rows of the table; tests/report walks it. */
void rp_errata_json(const struct rp_errata_report *report, const struct rp_style *style,
                    struct rp_text *text);
void rp_errata_list_json(const struct rp_erratum *const *entries, size_t count, const struct rp_style *style,
                         struct rp_text *text);
void rp_errata_sarif(const struct rp_errata_report *report, const struct rp_style *style,
                     struct rp_text *text);
void rp_errata_junit(const struct rp_errata_report *report, const struct rp_style *style,
                     struct rp_text *text);
void rp_errata_explain_json(const struct rp_erratum *erratum, const struct rp_style *style,
                            struct rp_text *text);

#endif
