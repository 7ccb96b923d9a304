/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines from a descriptor, with a bound on their length, and without waiting where the caller has work to do.
 */
#ifndef RP_CLI_LINES_H
#define RP_CLI_LINES_H

#include "base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#define RP_LINE_MAX 4096 /* bytes that are kept of a line */

struct rp_lines {
    int fd;
    const char *name;                  /* for complaints; NULL: it is standard input */
    const volatile sig_atomic_t *stop; /* ends a wait */
    size_t number;                     /* of the line returned last, from 1 */
    bool at_end, skipping;
    size_t start, end; /* unread bytes in `buffer` */
    char buffer[4 * RP_LINE_MAX];
};

struct rp_line {
    char bytes[RP_LINE_MAX + 1]; /* without its line feed (and CR), NUL-terminated; may hold NULs */
    size_t length;
    bool cut; /* it was longer */
};

enum rp_line_state { RP_LINE_READY, RP_LINE_LATER, RP_LINE_END };

/* The next line. RP_LINE_LATER (only if not `wait`): there is none yet. RP_LINE_END: no more, or *stop. A
 * negative code: reading failed. */
int rp_lines_next(struct rp_lines *lines, bool wait, struct rp_line *line, struct rp_error *error);

#endif
