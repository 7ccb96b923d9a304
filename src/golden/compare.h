/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs against runs: masks, hashes, and the cells in which two outcomes of one run differ. Pure. */
#ifndef RP_GOLDEN_COMPARE_H
#define RP_GOLDEN_COMPARE_H

#include "golden/record.h"
#include "judge/divergence.h"

/* Cells of an end that comparisons of executors don't look at (RP_CELL_*): the address of a #PF, and what an
 * entry went through. */
#define RP_GOLDEN_CELL_CR2  UINT32_C(0xfffffff8)
#define RP_GOLDEN_CELL_GATE UINT32_C(0xfffffff9)

/* The masks of `run`, a part of block->mask; returns how many. */
size_t rp_golden_masks(const struct rp_golden_block *block, uint32_t run,
                       const struct rp_golden_mask **masks);

/* Appends the outcome with what is masked left out of its changes. */
int rp_golden_outcome_keep(const struct rp_outcome *outcome, const struct rp_change *changes,
                           const struct rp_golden_mask *masks, size_t count, struct rp_outcomes *kept,
                           struct rp_error *error);

/* The hash of an outcome with what is masked left out; of one without masks it is outcome->hash. `scratch` is
 * cleared, if it is used. RP_EENVIRONMENT: no memory. */
int rp_golden_hash(const struct rp_outcome *outcome, const struct rp_change *changes,
                   const struct rp_golden_mask *masks, size_t count, struct rp_outcomes *scratch,
                   uint64_t *hash, struct rp_error *error);

/* The hash of a block whose compared runs have these hashes, in their order. */
uint64_t rp_golden_block_hash(const uint64_t *hash, size_t count);

/* Adds to the masks of a run the components in which two outcomes of it differ that ended alike. What would
 * be more than `capacity` is RP_GOLDEN_MASK_ALL alone. Returns how many there are then. */
size_t rp_golden_mask_add(struct rp_golden_mask *masks, size_t count, size_t capacity, uint32_t run,
                          const struct rp_view *a, const struct rp_view *b);

/* The cells in which view[0] and view[1] differ: how they ended, else components, the masked ones left out.
 * No rule of METHOD hides anything: between two runs of one CPU everything has to be the same. Writes at most
 * `capacity`, returns how many there are. */
size_t rp_golden_cells(const struct rp_view view[2], const struct rp_golden_mask *masks, size_t count,
                       struct rp_cell_difference *cells, size_t capacity);

#endif
