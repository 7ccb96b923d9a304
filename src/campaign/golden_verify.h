/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verification in work, and its workers. Private to src/campaign. */
#ifndef RP_CAMPAIGN_GOLDEN_VERIFY_H
#define RP_CAMPAIGN_GOLDEN_VERIFY_H

#include "campaign/golden_declared.h"
#include "campaign/golden_work.h"

/* In the parent; workers have it by fork. */
struct rp_golden_verifying {
    const struct rp_golden_verify_options *options;
    const struct rp_golden_identity *here;
    enum rp_policy policy; /* that the record's states are of */
    uint32_t stretch;      /* blocks of an item */
    uint32_t slice;        /* compared runs of an item, where that is less than a block; 0: whole blocks */
    uint32_t slices;       /* items of a block then; those behind its last run are empty */
    size_t stretches;      /* parts of a pass */
    unsigned workers;
    bool recycles;    /* workers grow */
    uint64_t *before; /* by block: runs of those before it */
    uint64_t items;   /* that came back */
    struct rp_golden_summary *summary;
};

/* What an item of the pool is. */
struct rp_golden_part {
    uint64_t pass;
    unsigned which;      /* of the processors */
    int cpu;             /* its number; -1: any */
    uint32_t first, end; /* blocks */
    uint32_t from, runs; /* of the only block's compared runs; `runs` UINT32_MAX: all of them */
};
struct rp_golden_part rp_golden_part_of(const struct rp_golden_verifying *v, size_t item);

struct rp_golden_counts {
    uint64_t runs, given_up; /* that were compared, and that were not because too many took their process */
};

/* Of struct rp_pool_work. An item's result is a struct rp_golden_counts, and a struct rp_golden_difference
 * for each run that differs. */
int rp_golden_verifier_open(void *context, volatile uint64_t *run_counter, void **worker,
                            struct rp_error *error);
int rp_golden_verifier_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                            struct rp_error *error);
void rp_golden_verifier_close(void *worker);

/* The executor's instance that a worker runs on, for benches. */
void *rp_golden_verifier_instance(void *worker);

#endif
