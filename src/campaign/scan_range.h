/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A range of the wide space, encodings of one form, held against those of them that were judged: what a
 * worker does, and its answer. Private to src/campaign. */
#ifndef RP_CAMPAIGN_SCAN_RANGE_H
#define RP_CAMPAIGN_SCAN_RANGE_H

#include "campaign/scan_work.h"

#define RP_RANGE_MAX 512 /* encodings: some 50 ms, what a death costs others */

/* Encodings `first` up to `first + count` of the form whose representative is scan->index[form]. */
struct rp_wide_range {
    uint32_t form, first, count;
};

/* The wide space of a mode in work. */
struct rp_wide_work {
    struct rp_worker_setup setup; /* first: what workers are opened with */
    struct rp_scan_work *scan;
    struct rp_wide_range *range; /* what is to be done */
    size_t ranges, capacity;
    struct rp_wide_range *single; /* of those that died: one encoding each, by range and number */
    size_t singles, singles_capacity;
    bool by_ones;                         /* the items are singles */
    struct rp_range taken;                /* the range that singles add up to */
    struct rp_range_exception *exception; /* of it */
    size_t exceptions;
};

/* The verdict of what stands for a form. */
const struct rp_verdict *rp_wide_form(const struct rp_scan_work *scan, uint32_t form);
const struct rp_wide_range *rp_wide_item(const struct rp_wide_work *work, size_t item);

/* True if runs of the encoding that was judged took their process with them: so will those of others. */
bool rp_wide_kills(const struct rp_verdict *verdict);

/* Of struct rp_pool_work; the context is a struct rp_wide_work. */
int rp_wide_open_worker(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error);
int rp_wide_compare_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                         struct rp_error *error);
void rp_wide_close_worker(void *worker);

/* The answer to an item. Behind it, of each exception, a struct rp_range_exception; then of each the length
 * of its bytes, and its bytes. */
struct rp_wide_answer {
    bool dead; /* too many runs of the range took their process with them: one by one, please */
    uint32_t alike, exceptions;
    uint64_t runs;
};

/* Fails (RP_EENVIRONMENT) unless the answer to `range` is whole and counts each encoding once, or with
 * `sampled` at most once; what the verdicts' bytes say is rp_wire_get's to check. */
int rp_wide_check_answer(const struct rp_wide_range *range, bool sampled, const char *bytes, size_t length,
                         struct rp_error *error);

#endif
