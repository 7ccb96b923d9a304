/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scan in work: what the pass over forms and the pass over the wide space share. Private to src/campaign.
 */
#ifndef RP_CAMPAIGN_SCAN_WORK_H
#define RP_CAMPAIGN_SCAN_WORK_H

#include "campaign/work.h"
#include "x86/form.h"

#include <time.h>

/* One mode of a scan. */
struct rp_scan_work {
    struct rp_worker_setup setup; /* first: what workers are opened with */
    const struct rp_scan_options *options;
    struct rp_form_space *space;
    size_t *index;        /* the encodings of this shard */
    size_t count, stored; /* so many; the first of them are in the store already */
    enum rp_mode mode;
    struct rp_results *results;
    struct rp_results before; /* what earlier sittings, then earlier modes have cost */
    struct timespec start;
    uint64_t runs; /* of this sitting */
    size_t holes;
};

/* Does the work in a pool of the scan's options, and keeps count of what it costs. */
int rp_scan_pool(struct rp_scan_work *scan, const struct rp_pool_work *work, struct rp_error *error);

/* RP_EINTERRUPTED if a budget of this sitting is spent. */
int rp_scan_spent(const struct rp_scan_work *scan, struct rp_error *error);

/* The wide space of the mode, whose forms are judged: the verdicts of scan->index. */
int rp_scan_wide(struct rp_scan_work *scan, struct rp_error *error);

#endif
