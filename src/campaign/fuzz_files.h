/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a fuzz campaign's directory (fuzz_directory.h) that only grow, and the folder they are in:
 * opened under a lock, read whole, appended to, complained about. What they hold is not known here. Private
 * to src/campaign. */
#ifndef RP_CAMPAIGN_FUZZ_FILES_H
#define RP_CAMPAIGN_FUZZ_FILES_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum rp_fuzz_part {
    RP_FUZZ_HEAD,
    RP_FUZZ_CORPUS,
    RP_FUZZ_BEHAVIOURS,
    RP_FUZZ_FINDINGS,
    RP_FUZZ_PARTS,
};

struct rp_fuzz_files {
    char *path;
    int folder, fd[RP_FUZZ_PARTS];
};

/* Makes the folder where there is none, and opens and locks its head. rp_fuzz_files_close in any case.
 * RP_EINPUT: something else is in it. RP_EENVIRONMENT: it can't be written, or somebody has it open. */
int rp_fuzz_files_open(struct rp_fuzz_files *files, const char *path, struct rp_error *error);
/* The others; of a new directory they are made. RP_EINPUT: one is not there. */
int rp_fuzz_files_open_parts(struct rp_fuzz_files *files, bool is_new, struct rp_error *error);
void rp_fuzz_files_close(struct rp_fuzz_files *files);

/* Appends the whole of a part to `text`. */
int rp_fuzz_files_read(const struct rp_fuzz_files *files, enum rp_fuzz_part part, struct rp_text *text,
                       struct rp_error *error);
/* Writes at byte `at`; on disk after rp_fuzz_files_settle. */
int rp_fuzz_files_write(const struct rp_fuzz_files *files, enum rp_fuzz_part part, const char *bytes,
                        size_t length, uint64_t at, struct rp_error *error);
int rp_fuzz_files_settle(const struct rp_fuzz_files *files, enum rp_fuzz_part part, struct rp_error *error);
int rp_fuzz_files_cut(const struct rp_fuzz_files *files, enum rp_fuzz_part part, uint64_t length,
                      struct rp_error *error);
/* True too where it is not there; it need not be open. */
bool rp_fuzz_files_is_empty(const struct rp_fuzz_files *files, enum rp_fuzz_part part);

const char *rp_fuzz_part_name(enum rp_fuzz_part part);

/* Errors about file `name`: `what` failed, errno says why; it is damaged at byte `at`. */
int rp_fuzz_files_complain(const struct rp_fuzz_files *files, const char *what, const char *name,
                           struct rp_error *error);
int rp_fuzz_files_damaged(const struct rp_fuzz_files *files, const char *name, uint64_t at, const char *why,
                          struct rp_error *error);

#endif
