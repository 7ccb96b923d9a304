/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays that grow by a row at a time. */
#ifndef RP_BASE_ROWS_H
#define RP_BASE_ROWS_H

#include <stddef.h>

/* Makes room for one more row of `size` bytes in *rows, an array from malloc or NULL, and counts it; a zeroed
 * one, NULL: no memory, and all is as it was. */
void *rp_rows_add(void **rows, size_t *count, size_t *capacity, size_t size);

#endif
