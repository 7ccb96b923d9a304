/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which order jobs are run: so that a guest changes least from one to the next. Another mode is another
 * arena, another encoding another translation, another ring another root of page tables, another machine
 * other system registers. */
#ifndef RP_HARNESS_GUEST_TURNS_H
#define RP_HARNESS_GUEST_TURNS_H

#include "guest/guest.h"

struct rp_guest_turn {
    size_t job, group; /* of equal encodings */
    uint64_t paging;
    uint32_t machine;
    uint8_t mode, ring, looked_at;
};

/* What has to be known of pre-states, by slot; then the turns of the jobs at hand. Zeroes to begin with. */
struct rp_guest_turns {
    uint8_t mode[RP_GUEST_SLOTS]; /* RP_MODE_COUNT: not held */
    uint8_t ring[RP_GUEST_SLOTS];
    uint64_t system[RP_GUEST_SLOTS];  /* a hash of system registers and MSRs */
    uint32_t machine[RP_GUEST_SLOTS]; /* the first of some slots before that have the same */
    uint64_t paging[RP_GUEST_SLOTS];  /* of these what throws translations away where it changes */
    struct rp_guest_turn *turn;
    size_t capacity;
    struct rp_encoding strayer; /* the last that was not looked at and stored: it will again */
};

/* `runs`: the guest can hold it. */
void rp_guest_turns_note(struct rp_guest_turns *turns, uint32_t slot, const struct rp_prestate *prestate,
                         bool runs);
/* Fills in turns->turn, one for each job. RP_EENVIRONMENT: no memory. */
int rp_guest_turns_take(struct rp_guest_turns *turns, const struct rp_job *jobs, size_t count,
                        struct rp_error *error);
void rp_guest_turns_free(struct rp_guest_turns *turns);

#endif
