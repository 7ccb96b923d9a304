/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One row of a table, column by column. What walks a struct's columns (record.c) does it once for three
 * purposes: writing binds each value and gives it back, reading gives back what the column holds, a digest
 * hashes it. So `x = (T)rp_row_number(row, x)` is at the same time how x is written, read and compared. What
 * has a name is stored by that name, never by a number of ours. Private to src/store. */
#ifndef RP_STORE_ROW_H
#define RP_STORE_ROW_H

#include "judge/verdict.h"

#include <sqlite3.h>
#define XXH_STATIC_LINKING_ONLY /* states on the stack */
#include <xxhash.h>

enum rp_row_way { RP_ROW_WRITE, RP_ROW_READ, RP_ROW_DIGEST };

struct rp_row {
    enum rp_row_way way;
    sqlite3_stmt *statement; /* NULL for a digest */
    XXH64_state_t *hash;     /* of a digest */
    int column;              /* the next one, from 0 */
    bool out_of_memory;
    char unknown[64]; /* the first word that was read and that nobody here knows; "" */
};

/* Names of an enum's values: NULL for one that has none. */
typedef const char *rp_row_name(unsigned value);
struct rp_row_names {
    rp_row_name *name;
    unsigned count;
};

uint64_t rp_row_number(struct rp_row *row, uint64_t value);
bool rp_row_flag(struct rp_row *row, bool value);
/* A number that is NULL unless *there. */
uint64_t rp_row_number_if(struct rp_row *row, bool *there, uint64_t value);
/* A value without a name is NULL, and NULL is read as `none`. */
unsigned rp_row_word(struct rp_row *row, unsigned value, const struct rp_row_names *names, unsigned none);
/* Bits of 1 << i, by names with blanks between. */
unsigned rp_row_bits(struct rp_row *row, unsigned bits, const struct rp_row_names *names);

/* `text` holds the string, or gets it, cut to `size`. "" is NULL. */
void rp_row_text(struct rp_row *row, char *text, size_t size);
/* The same of a string from malloc; NULL is NULL. */
void rp_row_string(struct rp_row *row, char **string);

void rp_row_encoding(struct rp_row *row, struct rp_encoding *encoding);
/* Names with blanks between; an empty set is "". */
void rp_row_resources(struct rp_row *row, struct rp_resource_set *set);
enum rp_resource rp_row_resource(struct rp_row *row, enum rp_resource resource);
/* A component or a cell of a divergence, by its name. */
uint32_t rp_row_component(struct rp_row *row, uint32_t component);

#endif
