/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What options take: lists of modes, policies, executors; numbers. Every complaint names what was given and
 * what could have been. */
#ifndef RP_CLI_VALUES_H
#define RP_CLI_VALUES_H

#include "cli/options.h"

/* Modes by name, separated by commas, or all. */
int rp_value_modes(const char *list, uint8_t *modes, struct rp_error *error);

/* Policies likewise; the first is the main one, the rest are bits of *others. */
int rp_value_policies(const char *list, enum rp_policy *first, unsigned *others, struct rp_error *error);

/* Chooses who runs: each of the list, and fails if a named one can't. With `all`, those that can, and notes
 * about the others go to `notes`, one line each. */
int rp_value_executors(const char *list, struct rp_options *options, struct rp_text *notes,
                       struct rp_error *error);

/* Fits policy and executors to each other, once both are known: those that cannot set controls answer
 * as-found and nothing else, alone they make it the default; together with others that policy is none to ask
 * for. RP_EINPUT: they don't fit. */
int rp_value_settle_policy(struct rp_options *options, struct rp_error *error);

/* A decimal or 0x number of at most `most`. `what` begins the complaint. */
int rp_value_number(const char *what, const char *text, uint64_t least, uint64_t most, uint64_t *value,
                    struct rp_error *error);

/* I/N with I below N. */
int rp_value_shard(const char *text, unsigned *shard, unsigned *shards, struct rp_error *error);

int rp_value_when(const char *what, const char *text, enum rp_when *when, struct rp_error *error);

#endif
