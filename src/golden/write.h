/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing a record: blocks are appended to FILE.part in their order as they are done; the whole gets its name
 * at the end. What ends a recording before costs the block in work: who opens it again with the same identity
 * and plan goes on behind what is whole. */
#ifndef RP_GOLDEN_WRITE_H
#define RP_GOLDEN_WRITE_H

#include "golden/record.h"

struct rp_golden_writer;

/* Opens FILE.part under a lock, or makes it; *done blocks stand in it already, and are filled in in `plan`.
 * RP_EINPUT: FILE is there, or FILE.part is of another recording. RP_EENVIRONMENT: it can't be written, or
 * somebody else writes it. */
int rp_golden_writer_open(const char *path, const struct rp_golden_identity *identity,
                          struct rp_golden_plan *plan, uint32_t *done, struct rp_golden_writer **writer,
                          struct rp_error *error);
/* Closes without finishing; what was appended stays for the next time. NULL is fine. */
void rp_golden_writer_close(struct rp_golden_writer *writer);

/* Appends the next block of the plan: what came out (rp_golden_block_pack's) and the outcomes. */
int rp_golden_writer_put(struct rp_golden_writer *writer, const struct rp_text *result,
                         const struct rp_text *outcomes, struct rp_error *error);

/* The end of the record: on disk, then under its name. The writer is closed by it in any case. */
int rp_golden_writer_finish(struct rp_golden_writer *writer, uint64_t *size, struct rp_error *error);

#endif
