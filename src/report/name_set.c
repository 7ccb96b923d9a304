/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of names; see summary.h. */
#include "base/rows.h"
#include "report/summary.h"

#include <stdlib.h>
#include <string.h>

bool rp_name_set_add(struct rp_name_set *set, const char *name, enum rp_mode mode)
{
    uint8_t bit = (uint8_t)(1u << mode);
    if (set->count && strcmp(set->name[set->count - 1].name, name) == 0) { /* neighbours are often equal */
        set->name[set->count - 1].modes |= bit;
        return true;
    }
    struct rp_name_modes *row = rp_rows_add((void **)&set->name, &set->count, &set->capacity, sizeof *row);
    if (row)
        *row = (struct rp_name_modes){name, bit};
    return row != NULL;
}

static int by_name(const void *a, const void *b)
{
    const struct rp_name_modes *left = a, *right = b;
    return strcmp(left->name, right->name);
}

void rp_name_set_sort(struct rp_name_set *set)
{
    size_t kept = 0;
    if (set->count)
        qsort(set->name, set->count, sizeof *set->name, by_name);
    for (size_t i = 0; i < set->count; i++) {
        if (kept && strcmp(set->name[kept - 1].name, set->name[i].name) == 0)
            set->name[kept - 1].modes |= set->name[i].modes;
        else
            set->name[kept++] = set->name[i];
    }
    set->count = kept;
}

void rp_name_set_print(const struct rp_name_set *set, size_t most, struct rp_text *text)
{
    for (size_t i = 0; i < set->count && i < most; i++)
        rp_text_add(text, "%s%s", i ? ", " : "", set->name[i].name);
    if (set->count > most)
        rp_text_add(text, " and %zu more", set->count - most);
    else if (set->count == 0)
        rp_text_add(text, "none");
}
