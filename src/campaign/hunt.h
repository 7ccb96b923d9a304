/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hunts: encodings that run although the decoder does not know them. Two searches, one behind the other, each
 * in all modes: every opcode cell that the decoder rejects, then the tunnel (hunt_tunnel.h). The front end
 * gets lines: findings, and positions from which the search can go on. The lines and their order do not
 * depend on the number of workers; with the same answers they are the same. */
#ifndef RP_CAMPAIGN_HUNT_H
#define RP_CAMPAIGN_HUNT_H

#include "campaign/scan.h"

enum rp_hunt_search {
    RP_HUNT_CELLS,
    RP_HUNT_TUNNEL,
    RP_HUNT_SEARCH_COUNT, /* as a position: the mode is through */
};

/* "cells", "tunnel", "end". */
const char *rp_hunt_search_name(enum rp_hunt_search search);

struct rp_hunt_totals {
    uint64_t encodings, runs; /* tried, with the discarded ones; made */
    uint64_t given_up;        /* encodings without an answer, because others near them killed the executor */
};

struct rp_hunt_options {
    struct rp_campaign_options campaign; /* one executor; its other policies don't count */
    uint8_t modes;                       /* bits of 1 << enum rp_mode; those without ring 3 are passed over */
    uint8_t searches;                    /* bits of 1 << enum rp_hunt_search */
    unsigned shard, shards;              /* this part; shards 0 or 1: everything */
    size_t limit;           /* encodings in each mode and search, about; part of what is searched. 0: all */
    uint64_t runs, seconds; /* budgets of this sitting; 0: none */
    uint64_t position_runs; /* between two positions; 0: as many as an emulator makes in seconds */
    unsigned first_head, last_head; /* of the tunnel; last_head 0: to the end */
    void (*progress)(void *context, enum rp_mode mode, enum rp_hunt_search search,
                     const struct rp_pool_status *status, uint64_t encodings, uint64_t findings);
    void *progress_context;

    /* One line, with its line feed: a finding as soon as it is there, and the bookkeeping between. A failure
     * ends the hunt. */
    int (*take)(void *context, const char *line, size_t length, bool is_finding, struct rp_error *error);
    void (*idle)(
        void *context); /* several times a second while workers search; with take_context. May be NULL */
    void *take_context;
};

/* A hunt in work: what resuming restores. */
struct rp_hunt;

int rp_hunt_open(const struct rp_hunt_options *options, struct rp_hunt **hunt, struct rp_error *error);
void rp_hunt_close(struct rp_hunt *hunt); /* NULL is fine */

/* The first line of the hunt's file: what is searched, on what. Two hunts with the same one can go on with
 * each other's positions. */
void rp_hunt_head(const struct rp_hunt *hunt, struct rp_text *text);

/* Replays a line that an earlier sitting took, other than the first. RP_EINPUT: it is none, or its names and
 * numbers make no sense. *is_position: everything before it needs no second look. */
int rp_hunt_replay(struct rp_hunt *hunt, const char *line, size_t length, bool *is_position,
                   struct rp_error *error);

/* Searches on from where the hunt stands. RP_EINTERRUPTED: stopped, or a budget is spent. */
int rp_hunt_run(struct rp_hunt *hunt, struct rp_error *error);

/* Of all sittings up to now. */
struct rp_hunt_totals rp_hunt_totals(const struct rp_hunt *hunt);

/* Of this sitting: what it took. */
struct rp_hunt_sitting {
    uint64_t runs;
    double seconds;
    uint64_t peak_pss;      /* bytes */
    uint64_t unsettled;     /* encodings that would be findings and never ended twice the same way */
    unsigned deaths, hangs; /* of worker processes */
};
struct rp_hunt_sitting rp_hunt_sitting(const struct rp_hunt *hunt);

#endif
