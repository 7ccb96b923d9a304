/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A piece of work for the pool that does what a test tells it, and books in shared memory what its workers
 * did. An item makes RUNS runs; its result is a letter for each: R made, D died (answered), H hung
 * (answered), - not made, its party being out; then for each party that is out its number of deaths and the
 * last one. */
#ifndef RP_TESTS_EXECUTOR_SCRIPT_H
#define RP_TESTS_EXECUTOR_SCRIPT_H

#include "executor/pool.h"
#include "support/suite.h"

#define RUNS      6
#define ITEMS_MAX 4000

enum act {
    ACT_NOTHING, /* ends a script's table */
    ACT_ABORT,
    ACT_SEGV,
    ACT_FPE,
    ACT_EXIT,
    ACT_SPIN,        /* hangs, using the processor */
    ACT_PAUSE,       /* hangs, using nothing */
    ACT_KILL_ONCE,   /* SIGKILL, the first time */
    ACT_RAISE_INT,   /* SIGINT, and goes on */
    ACT_DIE_READING, /* once: is killed in its next read, or write, which are the pool's */
    ACT_DIE_WRITING,
    ACT_FAIL, /* returns RP_EINPUT */
    ACT_CALL, /* script->call */
};

struct deed {
    size_t item;
    int run; /* -1: before the first run */
    enum act act;
    bool always; /* also if this run is known to be dead */
};

/* In shared memory: one writer a word, so plain words do. */
struct book {
    uint8_t called[ITEMS_MAX][RUNS + 1];     /* times that an item was called with so many deaths */
    uint8_t made[ITEMS_MAX][RUNS + 1][RUNS]; /* times that a run was made then */
    pid_t worker[ITEMS_MAX];                 /* who did it last */
    unsigned opened, closed, once;
};

struct script {
    const struct deed *deeds;   /* NULL: everything goes well */
    size_t length;              /* of results, padded with '.'; 0: as they come */
    unsigned hang_milliseconds; /* 0: as the pool has it */
    void (*call)(struct script *script, size_t item);
    int (*open)(struct script *script, struct rp_error *error);
    int (*done)(struct script *script, size_t item, struct rp_error *error);
    void (*name)(void *context, size_t item, char *text, size_t size);
    int split; /* the runs from this one on are of party 1, those before it of party 0; 0: no parties */
    struct book *book;
    volatile uint64_t *run_counter;

    /* In the parent. */
    size_t done_count;
    size_t watched;   /* item whose result is kept below */
    char result[256]; /* its beginning */
    struct rp_pool_status status;
    struct rp_error error;
};

/* Does `items` items with the script by `options` (NULL: two workers); asserts that each
 * is done in order, and that no child is left. Returns what rp_pool_run returned. */
int script_run(struct script *script, size_t items, const struct rp_pool_options *options);
/* The same by so many workers; the script may be run again. */
int script_run_by(struct script *script, size_t items, unsigned workers);

/* Makes and frees the book. */
void script_init(struct script *script, const struct deed *deeds);
void script_free(struct script *script);

/* Asserts that `item` was called with 0, 1, ... `deaths` deaths, once each, made each run at most once in
 * each call, and in the last call all but those in `dead` (a bit for each run). */
void script_assert_calls(const struct script *script, size_t item, unsigned deaths, unsigned dead);

/* From now on system calls in `numbers` (ends with -1) fail with `failure`, or kill this process if it is 0;
 * skips the test where the kernel forbids filters. For good, so only in a process that ends soon. */
void script_filter(const int *numbers, int failure);

/* Runs `body` in a child, and asserts that it returned 0. */
void script_in_child(int (*body)(void));

#endif
