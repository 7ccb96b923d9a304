/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring of inputs in shared memory: many processes put, one takes, in the order in which they came. A place
 * is free again once it was taken. Zeroed memory is an empty one. */
#ifndef RP_FUZZ_RING_H
#define RP_FUZZ_RING_H

#include "fuzz/input.h"

#define RP_FUZZ_RING_MAX     ((size_t)1 << 18) /* what targets meet while a campaign examines for minutes */
#define RP_FUZZ_RING_RESERVE ((size_t)4096)    /* for what kills */

struct rp_fuzz_ring {
    uint64_t put, taken, lost; /* so far; lost: there was no room, or who put it has died in it */
    struct {
        uint64_t turn; /* 2 * lap: free in this lap; 2 * lap + 1: full */
        struct rp_fuzz_input input;
    } slot[RP_FUZZ_RING_MAX];
};

/* `vital`: it may use the reserve. False: it is lost, and counted. */
bool rp_fuzz_ring_put(struct rp_fuzz_ring *ring, const struct rp_fuzz_input *input, bool vital);

enum rp_fuzz_ring_state { RP_FUZZ_RING_EMPTY, RP_FUZZ_RING_TAKEN, RP_FUZZ_RING_BUSY };

/* BUSY: the next one is being written. */
enum rp_fuzz_ring_state rp_fuzz_ring_take(struct rp_fuzz_ring *ring, struct rp_fuzz_input *input);

/* Gives up one that stays busy, because its writer was killed. */
void rp_fuzz_ring_skip(struct rp_fuzz_ring *ring);

#endif
