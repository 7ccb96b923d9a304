/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reader of corpus/robin-irvine.tsv: the instructions that started all this, and how their finders grouped
 * them. */
#ifndef RP_REPORT_ROBIN_IRVINE_H
#define RP_REPORT_ROBIN_IRVINE_H

#include "base/error.h"
#include "judge/verdict.h"

#include <stddef.h>

#define RP_ROBIN_IRVINE_MAX 24

struct rp_robin_irvine_row {
    char mnemonic[12];  /* as their paper writes it */
    bool protection;    /* "protection system references"; else "sensitive register instructions" */
    char name[16];      /* as people type it */
    char encoding[32];  /* one of its forms in prot32, hex */
    char resources[64]; /* groups, blank-separated */
    char why[96];
};

struct rp_robin_irvine {
    struct rp_robin_irvine_row row[RP_ROBIN_IRVINE_MAX];
    size_t count;
};

/* Reads the list. RP_EINPUT: a line of it is wrong. */
int rp_robin_irvine_load(struct rp_robin_irvine *list, struct rp_error *error);

/* The row that the verdict's encoding belongs to; `list->count` if none. */
size_t rp_robin_irvine_find(const struct rp_robin_irvine *list, const struct rp_verdict *verdict);

#endif
