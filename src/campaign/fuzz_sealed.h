/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files of a fuzz campaign's directory that are written anew with each commit, in turn as NAME.0 and
 * NAME.1, so that the ones of the commit before stand until the position has moved. In each:
 *   8  number of the commit
 *   8  XXH64 of what follows, its seed the number
 *   n  the content
 * Private to src/campaign. */
#ifndef RP_CAMPAIGN_FUZZ_SEALED_H
#define RP_CAMPAIGN_FUZZ_SEALED_H

#include "base/error.h"
#include "base/text.h"
#include "fuzz/suspect.h"

#define RP_FUZZ_SEALED_NAME_MAX 24

/* "counts.1" of commit 7; returns `file`. */
const char *rp_fuzz_sealed_name(const char *name, uint64_t commit, char file[RP_FUZZ_SEALED_NAME_MAX]);

/* Writes a file and waits until it is on disk. False: errno says why not. */
bool rp_fuzz_write_whole(int folder, const char *file, const void *bytes, size_t length);
bool rp_fuzz_sealed_write(int folder, const char *name, uint64_t commit, const void *bytes, size_t length);

/* Appends the content to `text`. Returns NULL, or why the file is damaged. */
const char *rp_fuzz_sealed_read(int folder, const char *name, uint64_t commit, struct rp_text *text);

/* Suspicions as bytes of a file: the input (fuzz/input.h), then the other fields. */
void rp_fuzz_suspicions_write(const struct rp_fuzz_facts *facts, const struct rp_fuzz_suspicion *suspicion,
                              size_t count, struct rp_text *text);
/* The way back; appends struct rp_fuzz_suspicion to `suspicions`. NULL, or why they can't be read. */
const char *rp_fuzz_suspicions_read(const struct rp_fuzz_facts *facts, const struct rp_text *text,
                                    struct rp_text *suspicions);

#endif
