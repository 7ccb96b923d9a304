/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board: what the workers of a campaign share, in memory that lies under all of them: which behaviours
 * are known, the inputs that showed one first, and what kills executors. It only grows, so that a count of a
 * moment names what was there then: that is how an item is made again as it was. */
#ifndef RP_FUZZ_BOARD_H
#define RP_FUZZ_BOARD_H

#include "fuzz/behaviour.h"

#define RP_FUZZ_STOCK_MAX  ((size_t)1 << 18) /* inputs; then none is added: the corpus stays below 50 MB */
#define RP_FUZZ_DEADLY_MAX 4096
#define RP_FUZZ_PLANS      256 /* slices that can be in work at the same time, and more */
#define RP_FUZZ_SLICE      64  /* executions, at most */
#define RP_FUZZ_NAMES      65536

/* Ways to propose an input, and what each brought of late: that decides how often it gets its turn. */
#define RP_FUZZ_ARMS 4 /* from nothing, then enum rp_fuzz_change */
struct rp_fuzz_arm {
    uint32_t tries, gains;
};

/* What a slice runs. It is written down before it is run: if a run kills the worker, the next one makes the
 * same runs, whatever the others have learnt in between. */
struct rp_fuzz_plan {
    uint64_t slice; /* and one; 0: none */
    uint32_t count; /* executions */
    uint8_t arm[RP_FUZZ_SLICE];
    struct rp_fuzz_input input[RP_FUZZ_SLICE];
};

struct rp_fuzz_board {
    struct rp_fuzz_set coarse, whole, suspects;
    uint64_t executions, runs; /* of AFL++'s targets, which no parent counts */
    uint64_t most_runs;        /* then they make no more; 0: no limit */
    uint64_t stock, deadly;
    struct rp_fuzz_arm arm[RP_FUZZ_ARMS];
    uint16_t runs_of[RP_FUZZ_NAMES]; /* executions of a name (rp_fuzz_name_slot), as far as 16 bits count */
    struct rp_fuzz_plan plan[RP_FUZZ_PLANS];
    uint64_t deadly_key[RP_FUZZ_DEADLY_MAX];
    struct rp_fuzz_input input[RP_FUZZ_STOCK_MAX];
};

/* Shared with the processes that are forked afterwards; zero, and as good as no memory until it is written.
 * RP_EENVIRONMENT: none. */
int rp_fuzz_board_open(struct rp_fuzz_board **board, struct rp_error *error);
/* The same behind a descriptor, which programs that inherit it can attach; who makes it closes it. RP_EINPUT:
 * what is behind the descriptor is no board of this version. */
int rp_fuzz_board_make(int *descriptor, struct rp_fuzz_board **board, struct rp_error *error);
int rp_fuzz_board_attach(int descriptor, struct rp_fuzz_board **board, struct rp_error *error);
void rp_fuzz_board_close(struct rp_fuzz_board *board); /* NULL is fine */

/* Adds an input to the stock; false: it is full. */
bool rp_fuzz_board_stock(struct rp_fuzz_board *board, const struct rp_fuzz_input *input);

/* Where executions of a name (a hash) are counted. */
static inline uint16_t rp_fuzz_name_slot(uint64_t name)
{
    return (uint16_t)(name >> 24);
}

/* Counts one, in a board's runs_of or a copy of it. */
static inline void rp_fuzz_count_name(uint16_t *runs_of, uint16_t slot)
{
    runs_of[slot] = (uint16_t)(runs_of[slot] + (runs_of[slot] < UINT16_MAX));
}

/* Tells what an arm's tries brought. What came long ago counts less and less. */
void rp_fuzz_board_gain(struct rp_fuzz_board *board, unsigned arm, unsigned tries, unsigned gains);

/* The arm to take next, by what each brought; one that brings nothing still gets a turn now and then. */
unsigned rp_fuzz_board_arm(const struct rp_fuzz_board *board, uint64_t random);

/* Remembers that runs of this name (a hash) in this mode kill, and asks. */
void rp_fuzz_board_kills(struct rp_fuzz_board *board, uint64_t name, unsigned mode);
bool rp_fuzz_board_is_deadly(const struct rp_fuzz_board *board, uint64_t name, unsigned mode);

#endif
