/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registry: every executor by name, also those that this build or this machine can't have. Its table is
 * harness/registry.c, so that src knows no executor by its symbol; link rp_executors. */
#ifndef RP_EXECUTOR_REGISTRY_H
#define RP_EXECUTOR_REGISTRY_H

#include "executor/executor.h"

struct rp_executor_entry {
    const char *name;                   /* as -x takes it */
    const struct rp_executor *executor; /* NULL: not built in */
    const char *missing;                /* why it is not, and how to get it; NULL if it is */
};

/* In the order in which people read them; static storage. */
extern const struct rp_executor_entry rp_executor_entries[];
extern const size_t rp_executor_entry_count;

/* The entry that `name` means: what stands before a colon, which begins a model ("bochs:tigerlake" is bochs).
 * Exact, lower case. NULL if there is none. */
const struct rp_executor_entry *rp_executor_find(const char *name);

/* The model in `name`, what stands behind the colon; NULL if there is none, or no name. */
const char *rp_executor_model(const char *name);

#endif
