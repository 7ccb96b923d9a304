/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What closes the holes of a group: closers of several verdicts become one list. Points into the results that
 * the verdicts are of, which must outlive it. */
#ifndef RP_REPORT_CLOSED_H
#define RP_REPORT_CLOSED_H

#include "base/text.h"
#include "judge/detail.h"
#include "store/results.h"

struct rp_closed {
    struct {
        struct rp_closer closer;
        size_t encodings;                      /* that it closes */
        const char *executor[RP_OPINIONS_MAX]; /* that showed it for some of them */
        unsigned executors;
    } by[RP_CLOSERS_MAX];
    unsigned closers;
    struct rp_resource_set not_testable; /* controls that might close some, which nobody that decides has */
};

void rp_closed_add(struct rp_closed *closed, const struct rp_verdict *verdict,
                   const struct rp_results *results);

/* Appends "cr4.umip=1; cr0.em=1 (2 of 8) by unicorn; cr4.la57 not testable"; the executors where `several`
 * can show it; "nothing" only where everything was testable. */
void rp_words_closed(const struct rp_closed *closed, size_t encodings, bool several, struct rp_text *text);

#endif
