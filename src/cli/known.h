/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A baseline of findings: what is in it is no news. */
#ifndef RP_CLI_KNOWN_H
#define RP_CLI_KNOWN_H

#include "base/text.h"

#include <stdint.h>

struct rp_known {
    struct rp_text ids; /* sorted, RP_FINDING_ID_SIZE bytes each */
    uint64_t news;      /* findings that were checked and are not in it */
};

/* Reads the ids of a hunt's campaign or JSON lines, or of a fuzz campaign's findings. RP_EINPUT: a line of
 * neither; RP_EENVIRONMENT: cannot be read.
 */
int rp_known_read(struct rp_known *known, const char *path, struct rp_error *error);
/* Counts the finding of this line unless it is known. */
void rp_known_check(struct rp_known *known, const char *line, size_t length);
void rp_known_free(struct rp_known *known);

#endif
