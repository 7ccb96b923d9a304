/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From operands to MOO files: files, and folders that hold some. */
#ifndef RP_CLI_MOO_FILES_H
#define RP_CLI_MOO_FILES_H

#include "golden/moo_verify.h"

struct rp_moo_files {
    struct rp_moo_source *source; /* their paths are owned */
    size_t count, capacity;
};

/* True if the first of the operands is such a file, or a folder. */
bool rp_moo_files_meant(char *const *operands);

/* Looks at each file whole, and of each folder at those in it and below whose names end in .moo or .moo.gz
 * (in any case), in the order of names. RP_EINPUT: one of them is no MOO file, or damaged; a folder has none.
 */
int rp_moo_files_find(char *const *operands, struct rp_moo_files *files, struct rp_error *error);

void rp_moo_files_free(struct rp_moo_files *files);

#endif
