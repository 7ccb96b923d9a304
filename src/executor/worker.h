/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker's side of the pool: what runs in a forked process, and what it says to its parent. Private to
 * src/executor. */
#ifndef RP_EXECUTOR_WORKER_H
#define RP_EXECUTOR_WORKER_H

#include "executor/pool.h"

#include <sys/types.h>

/* What a worker is doing; decides whom its death is blamed on. */
enum rp_phase {
    RP_PHASE_OPENING,
    RP_PHASE_WAITING, /* for an order */
    RP_PHASE_RUNNING, /* in `item` */
    RP_PHASE_SENDING, /* its result: as long as the parent takes */
    RP_PHASE_CLOSING,
};

#define RP_OUTBOX_SIZE ((size_t)32 << 10)

/* Shared memory, one a worker: outlives it and names the culprit. The run counter is on a cache line of its
 * own, for executors write it before each run. */
struct rp_board {
    volatile uint64_t runs; /* the run counter: begun in this item */
    volatile uint64_t item;
    volatile uint32_t phase; /* enum rp_phase */
    struct rp_party_marks marks;
    /* Whole messages that were not written to the pipe yet: small results gather here, for a system call and
     * a waking parent cost as much as an item of 50 us can bear. tests/bench/pool_rate measures it. */
    volatile uint32_t filled __attribute__((aligned(64)));
    char outbox[RP_OUTBOX_SIZE];
} __attribute__((aligned(64)));

/* Items first to end - 1, from parent to worker; an empty order ends it. One message of a SOCK_SEQPACKET
 * socket. */
struct rp_order {
    uint64_t first, end;
    struct rp_deaths deaths; /* of the first */
};

enum rp_frame_kind {
    RP_FRAME_RESULT, /* of `item` */
    RP_FRAME_FAILED, /* struct rp_error; `item` RP_NO_ITEM: of opening */
};

#define RP_NO_ITEM UINT64_MAX

/* What stands before the bytes of a message from worker to parent. They end with a NUL that `length` does not
 * count. A pipe carries them, which keeps what was written when its writer dies; what it had not written yet
 * is on the board. A worker that is killed as it writes leaves a message in both. */
struct rp_frame {
    uint64_t item;
    uint64_t runs; /* the run counter in the end */
    uint32_t kind; /* enum rp_frame_kind */
    uint32_t length;
};

struct rp_worker_kit {
    const struct rp_pool_work *work;
    struct rp_board *board;
    uint64_t recycle_runs;
    pid_t parent;
    int orders, results, words; /* descriptors above 2; words: standard output and error */
};

/* The whole life of a worker, called right after fork. */
_Noreturn void rp_worker_main(const struct rp_worker_kit *kit);

#endif
