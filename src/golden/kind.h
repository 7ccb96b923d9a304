/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kind of file somebody hands to `golden verify`, by its first bytes. */
#ifndef RP_GOLDEN_KIND_H
#define RP_GOLDEN_KIND_H

#include "base/error.h"

#define RP_GOLDEN_MAGIC "ringprobe golden\n" /* that a record begins with; FORMAT.md */

enum rp_golden_kind {
    RP_GOLDEN_RECORD, /* of this program */
    RP_GOLDEN_MOO,    /* recorded hardware tests, as they are or compressed by gzip */
    RP_GOLDEN_KIND_COUNT,
};

/* RP_EENVIRONMENT: it can't be read; RP_EINPUT: it is neither. */
int rp_golden_kind(const char *path, enum rp_golden_kind *kind, struct rp_error *error);

#endif
