/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding an executor by its name; see registry.h. */
#include "executor/registry.h"

#include <string.h>

const struct rp_executor_entry *rp_executor_find(const char *name)
{
    size_t length = strcspn(name, ":");
    for (size_t i = 0; i < rp_executor_entry_count; i++) {
        const struct rp_executor_entry *entry = &rp_executor_entries[i];
        if (strlen(entry->name) == length && strncmp(entry->name, name, length) == 0)
            return entry;
    }
    return NULL;
}

const char *rp_executor_model(const char *name)
{
    const char *colon = name ? strchr(name, ':') : NULL;
    return colon ? colon + 1 : NULL;
}
