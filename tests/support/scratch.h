/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A temporary folder for a test that writes files. Failing to make or read what a test needs fails the test.
 */
#ifndef RP_TESTS_SUPPORT_SCRATCH_H
#define RP_TESTS_SUPPORT_SCRATCH_H

#include <limits.h>
#include <stddef.h>

struct scratch {
    char folder[PATH_MAX];
};

/* Makes an empty folder; scratch_free removes it with all that is in it. */
void scratch_init(struct scratch *scratch);
void scratch_free(struct scratch *scratch);

/* The path of `name` in it; valid until the next call. */
const char *scratch_path(const struct scratch *scratch, const char *name);

/* The number of entries in it. */
size_t scratch_count(const struct scratch *scratch);

/* The content of a file with a NUL behind it, from malloc. */
char *scratch_read(const char *path);

#endif
