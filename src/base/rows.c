/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays that grow; see rows.h. */
#include "base/rows.h"

#include <stdlib.h>
#include <string.h>

void *rp_rows_add(void **rows, size_t *count, size_t *capacity, size_t size)
{
    if (*count == *capacity) {
        size_t more = 2 * *capacity + 16;
        void *grown = realloc(*rows, more * size);
        if (!grown)
            return NULL;
        *rows = grown;
        *capacity = more;
    }
    char *row = (char *)*rows + size * (*count)++;
    memset(row, 0, size);
    return row;
}
