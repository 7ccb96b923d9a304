/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the pool costs: items a second that do nothing, against a process for each (the other way to survive a
 * crash); and items of some 50 us by two workers against a plain loop, whose time two cores should halve. */
#include "executor/pool.h"
#include "support/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 5
#define EMPTY  400000
#define FORKED 500
#define BUSY   20000
#define STEPS  30000 /* of an item that works */

static double now(void)
{
    return bench_seconds(CLOCK_MONOTONIC);
}

static int open_worker(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    (void)run_counter, (void)error;
    *worker = context;
    return RP_OK;
}

static unsigned spin(unsigned steps)
{
    volatile unsigned sum = 0;
    for (unsigned i = 0; i < steps; i++)
        sum += i;
    return sum;
}

static int item(void *worker, size_t number, const struct rp_deaths *deaths, struct rp_text *result,
                struct rp_error *error)
{
    (void)number, (void)deaths, (void)error;
    spin(*(const unsigned *)worker);
    rp_text_add_bytes(result, "0123456789abcdef", 16);
    return RP_OK;
}

static int done(void *context, size_t number, const char *bytes, size_t length, struct rp_error *error)
{
    (void)context, (void)number, (void)bytes, (void)length, (void)error;
    return RP_OK;
}

/* Items a second. */
static double pooled(unsigned steps, size_t items)
{
    const struct rp_pool_work work = {
        .items = items, .context = &steps, .open = open_worker, .item = item, .done = done};
    const struct rp_pool_options options = {.workers = 2};
    struct rp_pool_status status;
    struct rp_error error;
    double start = now();
    if (rp_pool_run(&work, &options, &status, &error) != RP_OK) {
        fprintf(stderr, "%s\n", error.line);
        exit(2);
    }
    return (double)items / (now() - start);
}

static double forked(size_t items)
{
    double start = now();
    for (size_t i = 0; i < items; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        waitpid(pid, NULL, 0);
    }
    return (double)items / (now() - start);
}

static double looped(unsigned steps, size_t items)
{
    double start = now();
    for (size_t i = 0; i < items; i++)
        spin(steps);
    return (double)items / (now() - start);
}

int main(void)
{
    double empty[ROUNDS], fork_rate[ROUNDS], busy[ROUNDS], loop[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        empty[i] = pooled(0, EMPTY);
        fork_rate[i] = forked(FORKED);
        busy[i] = pooled(STEPS, BUSY);
        loop[i] = looped(STEPS, BUSY);
    }
    printf("empty items: %.0f a second with two workers, %.0f by a process each\n",
           bench_median(empty, ROUNDS), bench_median(fork_rate, ROUNDS));
    printf("items of %d steps: %.0f a second with two workers, %.0f by a loop\n", STEPS,
           bench_median(busy, ROUNDS), bench_median(loop, ROUNDS));
    printf("ratio pool_empty_over_fork %.1f goal 50\n",
           bench_median(empty, ROUNDS) / bench_median(fork_rate, ROUNDS));
    printf("ratio pool_busy_over_loop %.2f goal 1.8\n",
           bench_median(busy, ROUNDS) / bench_median(loop, ROUNDS));
    return 0;
}
