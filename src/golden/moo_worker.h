/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker's side of moo_verify.h, private to src/golden. */
#ifndef RP_GOLDEN_MOO_WORKER_H
#define RP_GOLDEN_MOO_WORKER_H

#include "golden/moo_verify.h"

/* Tests that a worker takes at a time: from `first` on, of one file. */
struct rp_moo_piece {
    uint32_t source, first, count;
};

/* The pool's context. */
struct rp_moo_work {
    const struct rp_moo_options *options;
    const struct rp_moo_source *sources;
    const struct rp_moo_piece *piece;
    rp_moo_done *done;
    void *context;
    struct rp_moo_piece *pending; /* tests that are left for later, one a piece */
    size_t pendings, pending_capacity;
};

/* `open`, `item` and `close` of struct rp_pool_work. The result of an item is, per test, a struct
 * rp_moo_result, the length of the detail in 32 bits, and the detail. */
int rp_moo_worker_open(void *context, volatile uint64_t *run_counter, void **result, struct rp_error *error);
int rp_moo_worker_item(void *context, size_t item, const struct rp_deaths *deaths, struct rp_text *text,
                       struct rp_error *error);
void rp_moo_worker_close(void *context);

#endif
