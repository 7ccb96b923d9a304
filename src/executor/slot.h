/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parent's side of one worker: starting it, orders, messages, its last words, whether it hangs, and what
 * its end means. A slot outlives its workers and knows which items it still owes. Private to src/executor. */
#ifndef RP_EXECUTOR_SLOT_H
#define RP_EXECUTOR_SLOT_H

#include "executor/worker.h"

#define RP_SLOT_ORDERS 2    /* at a time: one in work, one waiting, so that no worker waits for its parent */
#define RP_SLOT_WORDS  4096 /* the last bytes of standard error that are kept */

/* What the pool looked at when it last asked whether a run moves. */
struct rp_watch {
    uint64_t item, runs;
    uint32_t phase;
    uint64_t used;   /* nanoseconds of processor time of the worker so far */
    uint64_t worked; /* of them since it last moved */
    uint64_t waited; /* nanoseconds that the pool has seen it stand still */
    bool killed;     /* for hanging */
};

struct rp_slot {
    const struct rp_pool_work *work;
    struct rp_board *board;  /* shared memory */
    pid_t pid;               /* 0: nobody there */
    struct rp_error failure; /* why it could not open; code RP_OK: it could, or is about to */
    int orders, results, words;

    struct rp_order order[RP_SLOT_ORDERS]; /* what it owes, in order */
    unsigned order_count;
    bool spared;     /* its first item was in work when somebody else killed the worker */
    unsigned futile; /* ends in a row that brought nothing forward */

    char *inbox; /* messages, from `taken` to `filled` */
    size_t capacity, taken, filled;
    char word[RP_SLOT_WORDS];
    size_t word_count;
    struct rp_watch watch;
};

/* Starts a worker for what the slot owes. RP_EENVIRONMENT: no process, no descriptors; nothing is left
 * behind. */
int rp_slot_start(struct rp_slot *slot, uint64_t recycle_runs, struct rp_error *error);

/* Adds to what it owes, and tells the worker. */
void rp_slot_give(struct rp_slot *slot, struct rp_order order);
/* Tells the worker to leave. */
void rp_slot_dismiss(struct rp_slot *slot);

/* What the pool does with a message: `bytes` end with a NUL that frame->length does not count. */
typedef int rp_slot_take(void *context, struct rp_slot *slot, const struct rp_frame *frame, const char *bytes,
                         struct rp_error *error);

/* Reads once from the worker and hands whole messages to `take`. *length is how much there was: 0 if there
 * will be no more, below 0 if there is nothing now. Fails as `take` does. */
int rp_slot_read(struct rp_slot *slot, rp_slot_take *take, void *context, ssize_t *length,
                 struct rp_error *error);
/* Takes what a worker that has ended had not sent yet. Fails as `take` does. */
int rp_slot_read_board(struct rp_slot *slot, rp_slot_take *take, void *context, struct rp_error *error);
/* Reads once from its standard error; false if there is nothing. */
bool rp_slot_listen(struct rp_slot *slot);
/* Strikes the first item that it owes off; the next one has no deaths. */
void rp_slot_advance(struct rp_slot *slot);

/* To be called every `elapsed` nanoseconds or so: true if the worker has stood still for `limit` nanoseconds
 * of processor time, or ten times as much by the clock. A machine under load makes no run hang, nor does a
 * stopped terminal job. */
bool rp_slot_hangs(struct rp_slot *slot, uint64_t elapsed, uint64_t limit);

/* True if the worker has ended, whoever still holds its pipes. */
bool rp_slot_gone(const struct rp_slot *slot);
/* Kills the worker if it runs, waits for it and closes its descriptors; returns its wait status. */
int rp_slot_reap(struct rp_slot *slot);
/* rp_slot_reap if there is a worker; frees the inbox. */
void rp_slot_free(struct rp_slot *slot);

enum rp_end {
    RP_END_LEFT,   /* as it was told, or to be replaced */
    RP_END_KILLED, /* by somebody else, or between items: nothing to blame; try again */
    RP_END_BLAMED, /* a run is to blame, and now stands in slot->order[0].deaths */
    RP_END_TOOL,   /* no run can be blamed: the program's own fault, or its environment's */
};

/* Judges the end of a worker by its wait status and its board. `error` gets the line for people: who, how, in
 * what, and its last words; RP_EENVIRONMENT. */
enum rp_end rp_slot_judge(struct rp_slot *slot, int status, struct rp_error *error);

#endif
