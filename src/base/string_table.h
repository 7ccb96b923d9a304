/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings, each kept once and named by its number. */
#ifndef RP_BASE_STRING_TABLE_H
#define RP_BASE_STRING_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero at first. */
struct rp_string_table {
    char **string; /* in the order in which they came; each stays where it is */
    size_t count, capacity;
    uint32_t *slot; /* number + 1 by hash; twice the capacity */
    bool failed;    /* out of memory */
};

/* The number of `string`, which is copied if it is new; 0 without memory. */
size_t rp_string_table_add(struct rp_string_table *table, const char *string);
void rp_string_table_free(struct rp_string_table *table);

#endif
