/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of a shard on their way into another campaign. Private to src/store. */
#ifndef RP_STORE_MERGE_ROWS_H
#define RP_STORE_MERGE_ROWS_H

#include "store/internal.h"

/* A file that is merged. */
struct rp_merge_part {
    const char *path;
    struct rp_store *store;    /* it was read by; let go of, but for the configuration's strings */
    struct rp_results results; /* without verdicts */
    uint64_t sittings;
    unsigned machine; /* of those that are kept apart */
    bool again;       /* another file of the same shard comes first */
};

/* Attaches a file as `shard`. */
int rp_merge_attach(struct rp_store *store, const struct rp_merge_part *part, struct rp_error *error);

/* The first number that SQL about an attached shard answers, if it answers. */
int rp_merge_ask(struct rp_store *store, const struct rp_merge_part *part, const char *sql, uint64_t *number,
                 struct rp_error *error);

/* The shard is of another campaign, or damaged: RP_EINPUT. */
int rp_merge_disagree(const struct rp_merge_part *part, const char *table, struct rp_error *error);

/* Copies the rows of a shard, or, with `compare_only`, none; and fails (RP_EINPUT) if the campaign then lacks
 * one of them, or has another in its place. How many runs a verdict took may differ. */
int rp_merge_rows(struct rp_store *store, const struct rp_merge_part *part, bool compare_only,
                  struct rp_error *error);

/* What all parts of one machine have cost: times and sittings are added up, each shard once. */
int rp_merge_effort(struct rp_store *store, const struct rp_merge_part *part, size_t parts,
                    const char *command, struct rp_error *error);

/* Every encoding of each mode's space is there, or the first `limit` of them. */
int rp_merge_check_whole(struct rp_store *store, size_t limit, struct rp_error *error);

#endif
