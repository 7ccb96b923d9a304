/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a hunt stands, and the lines from which that can be restored. Private to src/campaign.
 *
 * The file of a hunt, one object a line:
 *   ringprobe.hunt-start/1     what is searched, on what; the first line, equal for all sittings
 *   ringprobe.hunt/1           a finding
 *   ringprobe.hunt-head/1      a head of the tunnel whose turn of this round is over and that has more turns
 *   ringprobe.hunt-position/1  all items before this one are done
 * Positions come after so many runs, not after so much time, so that a hunt that was killed and resumed
 * writes what an undisturbed one writes. */
#ifndef RP_CAMPAIGN_HUNT_STATE_H
#define RP_CAMPAIGN_HUNT_STATE_H

#include "campaign/hunt.h"
#include "campaign/hunt_tunnel.h"

/* A set of findings' ids. */
struct rp_hunt_ids {
    uint64_t *slot; /* 0: empty */
    size_t capacity, count;
};

/* Adds an id; 1 if it is new, 0 if it was there, RP_EENVIRONMENT without memory. */
int rp_hunt_ids_add(struct rp_hunt_ids *ids, const char *id);
bool rp_hunt_ids_has(const struct rp_hunt_ids *ids, const char *id);

struct rp_hunt_state {
    uint8_t modes; /* bits of 1 << enum rp_mode: those of the hunt */
    enum rp_mode mode;
    enum rp_hunt_search search;
    unsigned round;                /* of the tunnel: each live head has had so many turns */
    uint64_t next;                 /* item of this search, mode and round */
    uint64_t tried[RP_MODE_COUNT]; /* encodings of this search */
    struct rp_hunt_totals totals;
    struct rp_hunt_ids ids;
    struct rp_tunnel *tunnel[RP_MODE_COUNT]; /* of each head */
    uint16_t *turns[RP_MODE_COUNT];          /* rounds that the head is in: it is in round r if turns >= r */
};

/* RP_EENVIRONMENT: no memory. Stands at the beginning of `search` and the first of `modes`. */
int rp_hunt_state_init(struct rp_hunt_state *state, uint8_t modes, enum rp_hunt_search search,
                       struct rp_error *error);
void rp_hunt_state_free(struct rp_hunt_state *state);

/* Goes to the beginning of another search. */
void rp_hunt_state_enter(struct rp_hunt_state *state, enum rp_hunt_search search);
/* Goes to the next mode of this search, or round; false if there was none, and it is the first one again. */
bool rp_hunt_state_next_mode(struct rp_hunt_state *state);

void rp_hunt_position_line(const struct rp_hunt_state *state, struct rp_text *text);
void rp_hunt_head_line(const struct rp_hunt_state *state, unsigned head, struct rp_text *text);

/* See rp_hunt_replay. */
int rp_hunt_state_replay(struct rp_hunt_state *state, const char *line, size_t length, bool *is_position,
                         struct rp_error *error);

#endif
