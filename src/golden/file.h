/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head of a record's file, which its writer compares and its reader takes apart, and the names of chunks.
 * Private to src/golden. */
#ifndef RP_GOLDEN_FILE_H
#define RP_GOLDEN_FILE_H

#include "golden/pack.h"
#include "golden/record.h"

#define RP_CHUNK_IDENTITY "IDEN"
#define RP_CHUNK_STATES   "STAT"
#define RP_CHUNK_PLAN     "PLAN"
#define RP_CHUNK_RESULT   "RESU"
#define RP_CHUNK_OUTCOMES "OUTC"
#define RP_CHUNK_END      "ENDS"

/* The checksum over all chunks, by the one over those before. */
uint64_t rp_golden_chain(uint64_t chain, uint64_t checksum);

/* Appends magic, version, identity, states and plan; *chain is that over the chunks. */
int rp_golden_head_write(const struct rp_golden_identity *identity, const struct rp_golden_plan *plan,
                         struct rp_text *file, uint64_t *chain, struct rp_error *error);

/* Reads them; `from` moves behind. RP_EINPUT: the line is about `path`. Free the plan in any case. */
int rp_golden_head_read(const char *path, struct rp_unpack *from, struct rp_golden_identity *identity,
                        struct rp_golden_plan *plan, uint64_t *chain, struct rp_error *error);

/* The whole file; *bytes is freed by the caller. */
int rp_golden_file_read(int fd, const char *path, uint8_t **bytes, size_t *size, struct rp_error *error);

#endif
