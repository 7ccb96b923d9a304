/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board: what the workers of a campaign share, in memory that lies under all of them: which behaviours
 * are known, the inputs that showed one first, and what kills executors. It only grows, so that a count of a
 * moment names what was there then: that is how an item is made again as it was. */
#ifndef RP_FUZZ_BOARD_H
#define RP_FUZZ_BOARD_H

#include "fuzz/behaviour.h"

#define RP_FUZZ_STOCK_MAX  ((size_t)1 << 18) /* inputs; then none is added: the corpus stays below 50 MB */
#define RP_FUZZ_DEADLY_MAX 4096
#define RP_FUZZ_MARKS      8192 /* items that can be in work at the same time, and more */

/* What an item saw when it was begun. */
struct rp_fuzz_mark {
    uint64_t item; /* and one; 0: none */
    uint64_t stock, deadly;
};

struct rp_fuzz_board {
    struct rp_fuzz_set coarse, whole, suspects;
    uint64_t stock, deadly;
    struct rp_fuzz_mark mark[RP_FUZZ_MARKS];
    uint64_t deadly_key[RP_FUZZ_DEADLY_MAX];
    struct rp_fuzz_input input[RP_FUZZ_STOCK_MAX];
};

/* Shared with the processes that are forked afterwards; zero, and as good as no memory until it is written.
 * RP_EENVIRONMENT: none. */
int rp_fuzz_board_open(struct rp_fuzz_board **board, struct rp_error *error);
void rp_fuzz_board_close(struct rp_fuzz_board *board); /* NULL is fine */

/* Adds an input to the stock; false: it is full. */
bool rp_fuzz_board_stock(struct rp_fuzz_board *board, const struct rp_fuzz_input *input);

/* What an item sees, the same when it is begun again. */
struct rp_fuzz_mark rp_fuzz_board_mark(struct rp_fuzz_board *board, uint64_t item);

/* Remembers that runs of this name (a hash) in this mode kill, and asks. */
void rp_fuzz_board_kills(struct rp_fuzz_board *board, uint64_t name, unsigned mode);
bool rp_fuzz_board_is_deadly(const struct rp_fuzz_board *board, const struct rp_fuzz_mark *mark,
                             uint64_t name, unsigned mode);

#endif
