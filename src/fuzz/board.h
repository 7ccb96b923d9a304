/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board: what the workers of a campaign share, in memory that lies under all of them: which behaviours
 * are known, the inputs that showed one first, and what kills executors. It only grows, so that a count of a
 * moment names what was there then: that is how an item is made again as it was. */
#ifndef RP_FUZZ_BOARD_H
#define RP_FUZZ_BOARD_H

#include "fuzz/behaviour.h"
#include "fuzz/input.h"

#define RP_FUZZ_STOCK_MAX  ((size_t)1 << 18) /* inputs; then none is added: the corpus stays below 50 MB */
#define RP_FUZZ_DEADLY_MAX 4096
#define RP_FUZZ_PLANS      256 /* slices that can be in work at the same time, and more */
#define RP_FUZZ_SLICE      64  /* executions, at most */
#define RP_FUZZ_CELLS      ((size_t)1 << 17)

/* Ways to propose an input, and what each brought of late: that decides how often it gets its turn. */
#define RP_FUZZ_ARMS  6 /* from nothing, then enum rp_fuzz_change, then the round */
#define RP_FUZZ_ROUND 5
struct rp_fuzz_arm {
    uint32_t tries, gains;
};

/* Of how an instruction was run: what showed something new of one that was known (it faults with CR0.TS set,
 * on this operand, behind LOCK) shows it of others. A donor is an input whose state, prefixes and operands
 * are tried at one opcode cell after the other, of each kind of cells apart. */
#define RP_FUZZ_DONORS 48
enum rp_fuzz_kind {
    RP_FUZZ_DECODED,
    RP_FUZZ_LIVE, /* opcode that did more than #UD, and no decoder knows them */
    RP_FUZZ_DEAD,
    RP_FUZZ_KINDS,
};
struct rp_fuzz_donor {
    uint32_t input;                 /* of the stock, and one; 0: a free place */
    uint32_t cursor[RP_FUZZ_KINDS]; /* cells that it has behind it */
    struct rp_fuzz_arm arm[RP_FUZZ_KINDS];
};

/* The round goes over the cells that are known to be something, again and again, each time with another of
 * the shapes that an instruction may have. New cells gain more than old ones as long as there are any, and
 * that is for ever: what is rare in an old one is found by turns or not at all. */
struct rp_fuzz_round {
    uint32_t cell, end; /* the next one; those that were known when the round began */
    uint32_t number;    /* rounds that are over */
};

struct rp_fuzz_schedule {
    struct rp_fuzz_arm arm[RP_FUZZ_ARMS];
    struct rp_fuzz_round round;
    struct rp_fuzz_donor donor[RP_FUZZ_DONORS];
};

/* Where a proposal comes from: an arm, or RP_FUZZ_ARMS + number of the donor * RP_FUZZ_KINDS + enum
 * rp_fuzz_kind. */
#define RP_FUZZ_SOURCES (RP_FUZZ_ARMS + RP_FUZZ_DONORS * RP_FUZZ_KINDS)

/* What a slice runs. It is written down before it is run: if a run kills the worker, the next one makes the
 * same runs, whatever the others have learnt in between. */
struct rp_fuzz_plan {
    uint64_t slice; /* and one; 0: none */
    uint32_t count; /* executions */
    uint8_t source[RP_FUZZ_SLICE];
    struct rp_fuzz_input input[RP_FUZZ_SLICE];
};

struct rp_fuzz_board {
    struct rp_fuzz_set coarse, whole, suspects;
    struct rp_fuzz_set met; /* cells of inputs in the stock */
    uint64_t stock, deadly, cells;
    uint64_t executions, runs; /* of AFL++'s targets, which no parent counts */
    uint64_t most_runs;        /* then they make no more; 0: no limit */
    uint64_t lost;             /* news of theirs that could not be written */
    struct rp_fuzz_schedule schedule;
    uint16_t runs_of[RP_FUZZ_CELLS]; /* see rp_fuzz_count_cell */
    uint32_t
        first_of[RP_FUZZ_STOCK_MAX]; /* of each cell, in the order of the stock: its first input, and one */
    struct rp_fuzz_plan plan[RP_FUZZ_PLANS];
    uint64_t deadly_key[RP_FUZZ_DEADLY_MAX];
    struct rp_fuzz_input input[RP_FUZZ_STOCK_MAX];
};

/* Shared with the processes that are forked afterwards; zero, and as good as no memory until it is touched.
 * RP_EENVIRONMENT: none. */
int rp_fuzz_board_open(struct rp_fuzz_board **board, struct rp_error *error);
/* The same behind a descriptor, which programs that inherit it can attach (it is closed in those that are
 * executed, until that is taken back); who makes it closes it. RP_EINPUT: what is behind the descriptor is no
 * board of this version. */
int rp_fuzz_board_make(int *descriptor, struct rp_fuzz_board **board, struct rp_error *error);
int rp_fuzz_board_attach(int descriptor, struct rp_fuzz_board **board, struct rp_error *error);
void rp_fuzz_board_close(struct rp_fuzz_board *board); /* NULL is fine */

/* True if something that was new would count as known, for one of its sets is full. */
bool rp_fuzz_board_is_full(const struct rp_fuzz_board *board);

/* Makes what another board knows, which is not in use, known on one that is new: behaviours, stock, how often
 * cells were run, what kills. */
void rp_fuzz_board_adopt(struct rp_fuzz_board *board, const struct rp_fuzz_board *other);

/* Adds an input to the stock; returns its number, -1: it is full. */
int64_t rp_fuzz_board_stock(struct rp_fuzz_board *board, const struct rp_fuzz_input *input);

/* Where executions of a cell (rp_fuzz_cell) are counted: 15 bits, and the top bit says that it is live. */
#define RP_FUZZ_IS_LIVE 0x8000u
static inline uint32_t rp_fuzz_cell_slot(uint64_t cell)
{
    return (uint32_t)(cell >> 24) % RP_FUZZ_CELLS;
}

/* Counts one, in a board's runs_of or a copy of it. */
static inline void rp_fuzz_count_cell(uint16_t *runs_of, uint32_t slot, bool live)
{
    uint16_t runs = runs_of[slot] & (RP_FUZZ_IS_LIVE - 1);
    runs = (uint16_t)(runs + (runs < RP_FUZZ_IS_LIVE - 1));
    runs_of[slot] = (uint16_t)(runs | (runs_of[slot] & RP_FUZZ_IS_LIVE) | (live ? RP_FUZZ_IS_LIVE : 0));
}

/* Tells whether a try of a source brought something. What came long ago counts less and less. */
void rp_fuzz_schedule_gain(struct rp_fuzz_schedule *schedule, unsigned source, bool gains);

/* Makes an input of the stock (its number) a donor, in place of one that brings nothing any more; if all do
 * bring something, it is none. */
void rp_fuzz_schedule_donate(struct rp_fuzz_schedule *schedule, uint32_t input, uint64_t cells);

/* The source to take next, by what each brought; one that brings nothing still gets a turn now and then, a
 * donor that has all `cells` behind it gets none. */
unsigned rp_fuzz_schedule_draw(const struct rp_fuzz_schedule *schedule, uint64_t cells, uint64_t random);

/* Remembers that runs of this cell in this mode kill, and asks. What kills in two modes is taken to kill in
 * all. */
void rp_fuzz_board_kills(struct rp_fuzz_board *board, uint64_t cell, unsigned mode);
bool rp_fuzz_board_is_deadly(const struct rp_fuzz_board *board, uint64_t cell, unsigned mode);

#endif
