/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a scan grows: with two workers against one, by the clock on the wall, and with its size, by processor
 * time of all workers: an eighth, a quarter and a half of the forms of long64 (shards, so that each is a fair
 * sample). What two cores can give at all is measured beside it, by two processes of arithmetic against one:
 * other work on the machine takes from both. */
#include "campaign/scan.h"
#include "support/bench.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 3
#define SIZES  3

static const unsigned shards[SIZES] = {8, 4, 2};

/* Of the children that have ended: workers. */
static double children_seconds(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_CHILDREN, &usage))
        bench_give_up("no clock of the workers");
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* Scans one part of so many; fills in what it took, returns how many encodings it was. */
static size_t scan(unsigned parts, unsigned workers, double *wall, double *processor)
{
    struct rp_scan_options options = {
        .campaign = {.executor = {{rp_executor_find("unicorn"), "unicorn"}},
                     .executors = 1,
                     .policy = RP_POLICY_LEGACY,
                     .other_policies = 1u << RP_POLICY_LINUX | 1u << RP_POLICY_HARDENED,
                     .random_seed = 1,
                     .workers = workers,
                     .log_descriptor = -1},
        .modes = 1u << RP_MODE_LONG64,
        .shards = parts};
    struct rp_results results = {0};
    struct rp_error error;
    double start = bench_seconds(CLOCK_MONOTONIC), before = children_seconds();
    if (rp_scan(&options, &results, &error))
        bench_give_up(error.line);
    *wall = bench_seconds(CLOCK_MONOTONIC) - start;
    *processor = children_seconds() - before;
    size_t count = results.count;
    rp_results_free(&results);
    return count;
}

static void spin(void)
{
    volatile unsigned sum = 0;
    for (unsigned i = 0; i < 200000000; i++)
        sum += i;
    (void)sum;
}

/* Seconds that so many processes of the same work take. */
static double spun(unsigned processes)
{
    double start = bench_seconds(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < processes; i++) {
        pid_t child = fork();
        if (child < 0)
            bench_give_up("no process");
        if (child == 0) {
            spin();
            _exit(0);
        }
    }
    for (unsigned i = 0; i < processes; i++)
        wait(NULL);
    return bench_seconds(CLOCK_MONOTONIC) - start;
}

int main(void)
{
    double one[ROUNDS], two[ROUNDS], spun_one[ROUNDS], spun_two[ROUNDS], processor[SIZES][ROUNDS], unused;
    size_t encodings[SIZES];
    for (int round = 0; round < ROUNDS; round++) {
        scan(4, 1, &one[round], &unused);
        scan(4, 2, &two[round], &unused);
        spun_one[round] = spun(1);
        spun_two[round] = spun(2);
        for (int size = 0; size < SIZES; size++)
            encodings[size] = scan(shards[size], 1, &unused, &processor[size][round]);
    }
    double each[SIZES];
    for (int size = 0; size < SIZES; size++) {
        each[size] = 1e6 * bench_median(processor[size], ROUNDS) / (double)encodings[size];
        printf("%zu encodings: %.2f s of processor time, %.0f us each\n", encodings[size],
               bench_median(processor[size], ROUNDS), each[size]);
    }
    double cores = 2 * bench_median(spun_one, ROUNDS) / bench_median(spun_two, ROUNDS);
    printf(
        "a quarter of long64: %.2f s with one worker, %.2f s with two; two processes of arithmetic do %.2f "
        "times the work of one here\n",
        bench_median(one, ROUNDS), bench_median(two, ROUNDS), cores);
    printf("ratio scan_two_workers_to_one %.2f goal 1.7\n",
           bench_median(one, ROUNDS) / bench_median(two, ROUNDS));
    printf("ratio scan_half_to_eighth_each %.2f goal 1.0\n", each[SIZES - 1] / each[0]);
    return 0;
}
