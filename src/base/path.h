/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What paths name. */
#ifndef RP_BASE_PATH_H
#define RP_BASE_PATH_H

#include <stdbool.h>

/* True if both name one file, however they spell it: the same file where both are there (hard links, too),
 * else the same name in the same folder. */
bool rp_path_same(const char *a, const char *b);

#endif
