/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings by number; see string_table.h. */
#include "base/string_table.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static size_t slot_of(const struct rp_string_table *table, const char *string)
{
    size_t slots = 2 * table->capacity;
    size_t at = XXH64(string, strlen(string), 0) % slots;
    while (table->slot[at] && strcmp(table->string[table->slot[at] - 1], string) != 0)
        at = (at + 1) % slots;
    return at;
}

/* Twice the room, and every string filed anew. */
static bool grow(struct rp_string_table *table)
{
    size_t capacity = table->capacity ? 2 * table->capacity : 256;
    char **string = realloc(table->string, capacity * sizeof *string);
    if (!string)
        return false;
    table->string = string;
    uint32_t *slot = calloc(2 * capacity, sizeof *slot);
    if (!slot)
        return false;
    free(table->slot);
    table->slot = slot;
    table->capacity = capacity;
    for (size_t i = 0; i < table->count; i++)
        slot[slot_of(table, table->string[i])] = (uint32_t)i + 1;
    return true;
}

size_t rp_string_table_add(struct rp_string_table *table, const char *string)
{
    if (table->failed || (table->count == table->capacity && !grow(table))) {
        table->failed = true;
        return 0;
    }
    size_t at = slot_of(table, string);
    if (table->slot[at])
        return table->slot[at] - 1;
    char *copy = strdup(string);
    if (!copy) {
        table->failed = true;
        return 0;
    }
    table->string[table->count++] = copy;
    table->slot[at] = (uint32_t)table->count;
    return table->count - 1;
}

void rp_string_table_free(struct rp_string_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->string[i]);
    free(table->string);
    free(table->slot);
}
