/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parties: where an item's runs are made by several executors of one worker, each death has to be blamed on
 * the one that was at work, and one that dies of an item too often is left out of it while the others go on.
 * The marks lie in memory that the worker shares with its parent, beside the run counter. */
#ifndef RP_EXECUTOR_PARTY_H
#define RP_EXECUTOR_PARTY_H

#include <stdint.h>

#define RP_PARTIES_MAX 16

/* Written by the worker, by rp_party_begin alone; the pool zeroes `begun` before each item, and reads. */
struct rp_party_marks {
    volatile uint32_t at_work;               /* whose run it is, if one is in flight */
    volatile uint32_t begun;                 /* bit p: party p has begun runs of this item */
    volatile uint64_t first[RP_PARTIES_MAX]; /* the ordinal of its first, where it has */
};

/* To be called before runs of a party are made or answered, the next of which has the ordinal `run`. */
static inline void rp_party_begin(struct rp_party_marks *marks, unsigned party, uint64_t run)
{
    marks->at_work = party;
    if (!(marks->begun >> party & 1)) {
        marks->first[party] = run;
        marks->begun |= 1U << party;
    }
}

#endif
