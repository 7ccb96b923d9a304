/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delivery: results come back in any order and are done in the order of items; those that are early wait in a
 * window of bounded size. Private to src/executor. */
#ifndef RP_EXECUTOR_DELIVERY_H
#define RP_EXECUTOR_DELIVERY_H

#include "executor/pool.h"

/* Bounds of what waits: beyond them no new item is handed out, until the one that all wait for is back. */
#define RP_DELIVERY_WINDOW ((size_t)32768)   /* items; a power of two */
#define RP_DELIVERY_BYTES  ((size_t)4 << 20) /* a few results more may come in */

struct rp_parcel {
    char *bytes; /* NULL: not here yet */
    size_t length;
    bool failed; /* bytes are a struct rp_error */
};

struct rp_delivery {
    const struct rp_pool_work *work;
    struct rp_parcel *parcel; /* of item i at i modulo the window */
    uint64_t next;            /* the first item that is not done */
    size_t held;              /* bytes that wait */
};

/* RP_EENVIRONMENT: no memory. */
int rp_delivery_init(struct rp_delivery *delivery, const struct rp_pool_work *work, struct rp_error *error);
void rp_delivery_free(struct rp_delivery *delivery);

/* True if items below `end` may be handed out now. */
bool rp_delivery_room(const struct rp_delivery *delivery, uint64_t end);

/* Takes the result of `item` (or its failure: a struct rp_error), each once and within the window; copies it
 * if it is early. Then does what is due. Fails as `done` does, or as the item failed, when its turn comes. */
int rp_delivery_take(struct rp_delivery *delivery, uint64_t item, bool failed, const char *bytes,
                     size_t length, struct rp_error *error);

#endif
