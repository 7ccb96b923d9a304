/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A CPU with a fault: an executor over another one in which a bit of a component flips, in one run or in
 * each, on one processor or on all. What is planted lies in memory that processes share, so that a worker's
 * run counts for all of them. */
#ifndef RP_TESTS_FAULTY_H
#define RP_TESTS_FAULTY_H

#include "executor/executor.h"

struct faulty_plan {
    bool armed;
    int cpu;      /* -1: every one */
    uint64_t run; /* of those made on that processor since it was armed, from 0 */
    bool lasting; /* from that run on in each of the encoding that is `encoding` */
    struct rp_encoding encoding;
    uint32_t component;
    uint64_t bit;
    /* Written by the executor. */
    uint64_t made, struck;
};

/* Shared; zeroed. */
extern struct faulty_plan *faulty;

/* "native" where a program can run, else "unicorn", by the same name and with the same provenance. */
extern struct rp_executor faulty_executor;

/* Chooses what it runs on; to be called before anything else. */
void faulty_init(void);

#endif
