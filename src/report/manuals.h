/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reader of corpus/non-innocuous.tsv: the sentence of a manual that makes an instruction what it is. */
#ifndef RP_REPORT_MANUALS_H
#define RP_REPORT_MANUALS_H

#include "judge/verdict.h"

#define RP_MANUALS_MAX 1000

struct rp_manual_row {
    char instruction[24]; /* as reports call it */
    uint8_t verdicts;     /* bits of 1 << enum rp_judgement */
    uint8_t kind;         /* enum rp_sensitivity; 0: ring 3 traps and nothing else shows */
    enum rp_resource resource;
    char source[80], why[160];
};

struct rp_manuals {
    struct rp_manual_row row[RP_MANUALS_MAX]; /* some 270 KiB: not for the stack */
    size_t count;
};

/* RP_EINPUT: a line of the file is wrong. */
int rp_manuals_load(struct rp_manuals *manuals, struct rp_error *error);

/* The row of a verdict: the one for its witness, else one for any of its evidence; NULL if there is none. */
const struct rp_manual_row *rp_manuals_find(const struct rp_manuals *manuals,
                                            const struct rp_verdict *verdict);

#endif
