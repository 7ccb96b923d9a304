/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An open hunt: what hunt.c, which says what is searched, and hunt_take.c, which takes what workers answer,
 * share. Private to both. */
#ifndef RP_CAMPAIGN_HUNT_OPEN_H
#define RP_CAMPAIGN_HUNT_OPEN_H

#include "campaign/hunt.h"
#include "campaign/hunt_state.h"
#include "campaign/hunt_worker.h"

#include <time.h>

struct rp_hunt {
    struct rp_hunt_task task; /* first: what workers are opened with */
    struct rp_hunt_options options;
    struct rp_hunt_state state;
    struct rp_leads *leads;
    struct rp_cpu *cpu;
    uint32_t *entry; /* of the search or round in work: see struct rp_hunt_task */
    size_t entries;
    uint64_t unrecorded;   /* runs since the last position */
    uint64_t sitting_runs; /* of this sitting */
    struct timespec start;
    bool placed; /* it stands where an earlier sitting has recorded it */
    struct rp_hunt_sitting sitting;
    struct rp_pool_status status; /* of the round in work */
};

/* Does the entries from state.next on. RP_OK: they are through, or the limit is reached. */
int rp_hunt_run_entries(struct rp_hunt *hunt, struct rp_error *error);

/* Hands on where the hunt stands. */
int rp_hunt_record_position(struct rp_hunt *hunt, struct rp_error *error);

/* True if `mode` has had the encodings that it may have. */
bool rp_hunt_is_limited(const struct rp_hunt *hunt, enum rp_mode mode);

#endif
