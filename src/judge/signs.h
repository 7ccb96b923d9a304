/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs: what the runs of one encoding show, on all judges. How its pairs of runs came out, how each run
 * ended, the evidence that screening finds, and by which classes of cells executors part. Where an operand
 * lies is the same for all (shape.c), what it holds need not be: values are no signs. Private to src/judge.
 */
#ifndef RP_JUDGE_SIGNS_H
#define RP_JUDGE_SIGNS_H

#include "judge/inquiry.h"
#include "judge/likeness.h"

/* The signs of one seed, or of all: in ascending order, each once. */
struct rp_signs {
    uint32_t sign[RP_PORTRAIT_SIGNS];
    unsigned count;
    bool overflow;
};

/* One encoding in work. One sitting at a time. */
struct rp_sitting {
    struct rp_judge *const *judge;
    unsigned judges;
    struct rp_inquiry *inquiry;                      /* of each */
    size_t seeds;                                    /* of the mode */
    uint64_t tried;                                  /* bit s: seed s was asked for */
    uint64_t made[RP_OPINIONS_MAX];                  /* and was run by this judge */
    uint32_t at[RP_OPINIONS_MAX][RP_PORTRAIT_SEEDS]; /* index of its first outcome */
    bool undefined[RP_OPINIONS_MAX];                 /* so far #UD whatever the state */
    uint64_t hashed[RP_OPINIONS_MAX];                /* bit s: the hash is known */
    uint64_t hash[RP_OPINIONS_MAX][RP_PORTRAIT_SEEDS];
};

int rp_sitting_begin(struct rp_sitting *sitting, struct rp_judge *const judge[], unsigned judges,
                     enum rp_policy policy, enum rp_mode mode, const struct rp_encoding *encoding,
                     struct rp_error *error);

/* Bits of all seeds. */
uint64_t rp_sitting_seeds(const struct rp_sitting *sitting);

/* Makes the runs of the seeds that are `wanted` and were not made, on all judges. */
int rp_sitting_run(struct rp_sitting *sitting, uint64_t wanted, struct rp_error *error);

/* A hash of what seed `s` shows on judge `i`. 0: it tells nothing, or was not run. */
uint64_t rp_sitting_hash(struct rp_sitting *sitting, unsigned i, size_t s);

/* Adds where judges part from seed `s`; where one of them is known not to tell, they may. */
void rp_sitting_parting(const struct rp_sitting *sitting, size_t s, struct rp_signs *signs);

/* What all seeds that were run show together, and where judges part. */
void rp_sitting_signs(const struct rp_sitting *sitting, struct rp_signs *seen, struct rp_signs *parting);

#endif
