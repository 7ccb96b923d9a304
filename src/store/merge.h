/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shards of one campaign become one file, in which nothing tells that there were shards: its configuration
 * and its verdicts are those of the scan of everything. */
#ifndef RP_STORE_MERGE_H
#define RP_STORE_MERGE_H

#include "base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

struct rp_merged {
    unsigned shards;  /* of the campaign */
    size_t twice;     /* files that hold a shard which another one holds as well */
    size_t encodings; /* that the campaign has; of a hunt: findings */
    bool hunt;
    unsigned machines; /* that it keeps apart; 1 unless asked to */
    bool nothing_new;  /* it was there, and had everything */
};

/* Makes the campaign `out` of `count` files, at least one. The order of the files decides nothing, and
 * neither does a shard that is there twice. Each is read as a report reads it. `out` gets its name when it is
 * whole; one that is there must be a merge of the same campaign, is compared with the files and not written
 * to. RP_EINPUT: a file is no campaign, or damaged, unfinished, or of another configuration, or a shard is
 * missing; the line names it. RP_EENVIRONMENT: the machine refuses. RP_EINTERRUPTED: *stop. All leave no file
 * behind. `by_machine`: files that differ in what machines differ in (CPU, kernel, versions of executors ...)
 * are campaigns of their own in it, each whole, in the order of that and not of the files; what options
 * choose has to be the same; hunts are not kept apart (RP_EINPUT). Shards of a hunt become one that is at its
 * end, with every finding once. */
int rp_store_merge(const char *out, char *const *file, size_t count, bool by_machine,
                   const volatile sig_atomic_t *stop, struct rp_merged *merged, struct rp_error *error);

#endif
