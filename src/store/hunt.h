/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hunt's campaign: the lines of src/campaign/hunt_state.h as rows. Each has the place that it has in JSON
 * lines, which is the number of bytes before it. */
#ifndef RP_STORE_HUNT_H
#define RP_STORE_HUNT_H

#include "base/text.h"
#include "store/store.h"

/* True if this is a database, of whomever; what a database is shows in its first bytes. */
bool rp_store_is_database(const char *path);

/* True while rp_store_begin still has to make the file. */
bool rp_store_is_new(const struct rp_store *store);

/* *hunt: the campaign is a hunt's, not a scan's. */
int rp_store_is_hunt(struct rp_store *store, bool *hunt, struct rp_error *error);

int rp_store_hunt_configuration(struct rp_store *store, struct rp_configuration *configuration,
                                struct rp_error *error);

/* Appends all lines, each with its line feed. RP_EINPUT: they don't stand where their lengths put them, or
 * the campaign is not a hunt's. */
int rp_store_hunt_read(struct rp_store *store, struct rp_text *lines, struct rp_error *error);

/* Keeps a line, without its line feed, within the transaction that rp_store_commit ends. */
int rp_store_hunt_put(struct rp_store *store, uint64_t place, const char *line, size_t length,
                      struct rp_error *error);

/* Forgets the lines from `place` on, likewise. */
int rp_store_hunt_cut(struct rp_store *store, uint64_t place, struct rp_error *error);

#endif
