/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a hunt's shards on their way into one campaign: a first line without a shard, the findings of
 * all shards, each once, and one position, the end, with the sums. Private to src/store. */
#ifndef RP_STORE_MERGE_HUNT_H
#define RP_STORE_MERGE_HUNT_H

#include "store/merge_rows.h"

/* How many findings there are, and whether the hunt has not come to its end. Views would not do: functions of
 * JSON are not trusted in them. */
#define RP_HUNT_FINDINGS   "SELECT count(*) FROM hunt WHERE json_extract(line, '$.schema') = 'ringprobe.hunt/1'"
#define RP_HUNT_UNFINISHED "SELECT count(*) = 0 FROM hunt WHERE json_extract(line, '$.search') = 'end'"

/* What part->results is to say of a hunt; whether it is complete is in part->store. */
int rp_merge_hunt_load(struct rp_merge_part *part, struct rp_error *error);

/* The rows of `count` parts, in the order of their shards. */
int rp_merge_hunt_rows(struct rp_store *store, const struct rp_merge_part *part, size_t count,
                       struct rp_error *error);

/* Fails (RP_EINPUT) if the campaign lacks a finding of the part. */
int rp_merge_hunt_verify(struct rp_store *store, const struct rp_merge_part *part, struct rp_error *error);

#endif
