/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Coarse behaviours (instruction name, end in ring 0, end in ring 3, whether unicorn and native differ; one
 * counting function, fuzz/behaviour.h) after equally many executions, and after 60 seconds of one core: the
 * novelty loop against inputs made from nothing by the same grammar, and against random bytes. The same
 * executors, seeds 1 to 5, medians. Then planted bugs, what of a worker's time is the executors', and two
 * workers against one.
 *
 * fuzz_novelty [EXECUTIONS [SEEDS [SECONDS]]]: the default, 1000000 5 60, takes nine minutes on two idle
 * cores; 100000 1 10 is a look. As many campaigns as there are cores run at a time, each with one worker. */
#include "campaign/fuzz.h"
#include "executor/registry.h"
#include "support/bench.h"
#include "support/planted_bugs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXECUTIONS 1000000
#define SEEDS_MAX  5
#define SECONDS    60
#define HANG       300 /* milliseconds of processor time: the default of 5000 would be most of the bench */

static const char *const names[RP_FUZZ_STRATEGY_COUNT] = {"novelty loop", "structured random",
                                                          "random bytes"};

/* What campaigns bring home from their processes; in memory that they share. */
static struct bench {
    uint64_t executions, seconds;
    unsigned seeds;
    double coarse[RP_FUZZ_STRATEGY_COUNT][SEEDS_MAX];
    struct rp_fuzz_status after[RP_FUZZ_STRATEGY_COUNT]; /* `seconds` */
    struct planted_found found[RP_FUZZ_STRATEGY_COUNT];
} * bench;

static void use_both(struct rp_fuzz_options *options)
{
    options->campaign.executors = 2;
    options->campaign.policy = RP_POLICY_LEGACY;
    options->campaign.hang_milliseconds = HANG;
    options->modes = (1u << RP_MODE_COUNT) - 1;
    options->suspicions_only = true;
    for (unsigned i = 0; i < 2; i++)
        options->campaign.executor[i] = (struct rp_campaign_executor){
            rp_executor_find(i ? "native" : "unicorn"), i ? "native" : "unicorn"};
}

static struct rp_fuzz_status fuzz(struct rp_fuzz_options *options)
{
    struct rp_error error;
    struct rp_fuzz_status status;
    if (rp_fuzz(options, &status, &error))
        bench_give_up(error.line);
    return status;
}

static void count_coarse(unsigned strategy, unsigned seed)
{
    struct rp_fuzz_options options = {.campaign = {.random_seed = seed + 1, .workers = 1},
                                      .strategy = (enum rp_fuzz_strategy)strategy,
                                      .executions = bench->executions};
    use_both(&options);
    struct rp_fuzz_status s = fuzz(&options);
    bench->coarse[strategy][seed] = (double)s.coarse;
    printf("  %-18s seed %u %8" PRIu64 " executions %7" PRIu64 " coarse %8" PRIu64
           " whole, %u died, %u hung, %.0f s\n",
           names[strategy], seed + 1, s.executions, s.coarse, s.behaviours, s.deaths, s.hangs, s.seconds);
}

static void count_seconds(unsigned strategy, unsigned seed)
{
    struct rp_fuzz_options options = {.campaign = {.random_seed = seed + 1, .workers = 1},
                                      .strategy = (enum rp_fuzz_strategy)strategy,
                                      .seconds = bench->seconds};
    use_both(&options);
    bench->after[strategy] = fuzz(&options);
}

/* The executors' own rate: what of a worker's time is spent in their `prepare` and `run`. Lies in memory that
 * the worker shares. */
struct spent {
    double executor, whole, last;
    pid_t worker;
};
static struct spent *spent;
static struct rp_executor timed[2];
static const struct rp_executor *real[2];

static int timed_prepare(unsigned i, void *instance, const struct rp_prestate *prestates, size_t count,
                         uint32_t *first, struct rp_error *error)
{
    double begun = bench_seconds(CLOCK_MONOTONIC);
    int result = real[i]->prepare(instance, prestates, count, first, error);
    spent->executor += bench_seconds(CLOCK_MONOTONIC) - begun;
    return result;
}

static int timed_run(unsigned i, void *instance, const struct rp_job *jobs, size_t count,
                     struct rp_outcomes *outcomes, struct rp_error *error)
{
    double begun = bench_seconds(CLOCK_MONOTONIC);
    int result = real[i]->run(instance, jobs, count, outcomes, error);
    double now = bench_seconds(CLOCK_MONOTONIC);
    if (spent->worker == getpid()) {
        spent->executor += now - begun;
        spent->whole += now - spent->last;
    } else { /* the first batch of a worker opens things, and before it another one died */
        spent->executor = spent->whole;
        spent->worker = getpid();
    }
    spent->last = now;
    return result;
}

static int prepare0(void *instance, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                    struct rp_error *error)
{
    return timed_prepare(0, instance, prestates, count, first, error);
}

static int prepare1(void *instance, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                    struct rp_error *error)
{
    return timed_prepare(1, instance, prestates, count, first, error);
}

static int run0(void *instance, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
                struct rp_error *error)
{
    return timed_run(0, instance, jobs, count, outcomes, error);
}

static int run1(void *instance, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
                struct rp_error *error)
{
    return timed_run(1, instance, jobs, count, outcomes, error);
}

static void measure_rate(uint64_t executions)
{
    static struct rp_executor_entry entry[2];
    struct rp_fuzz_options options = {.campaign = {.random_seed = 1, .workers = 1}, .executions = executions};
    use_both(&options);
    for (unsigned i = 0; i < 2; i++) {
        real[i] = options.campaign.executor[i].entry->executor;
        entry[i] = *options.campaign.executor[i].entry;
        timed[i] = *real[i];
        timed[i].prepare = i ? prepare1 : prepare0;
        timed[i].run = i ? run1 : run0;
        entry[i].executor = &timed[i];
        options.campaign.executor[i].entry = &entry[i];
    }
    spent = mmap(NULL, sizeof *spent, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (spent == MAP_FAILED)
        bench_give_up("no shared memory");
    fuzz(&options);
    printf("ratio throughput-to-executor %.2f goal 0.9\n", spent->executor / spent->whole);
}

static void find_planted(unsigned strategy, unsigned seed)
{
    struct planted_found *found = &bench->found[strategy];
    struct rp_fuzz_options options = planted_campaign(bench->executions, found);
    struct rp_error error;
    options.campaign.random_seed = seed + 1;
    options.strategy = (enum rp_fuzz_strategy)strategy;
    if (rp_fuzz(&options, &found->status, &error))
        bench_give_up(error.line);
}

static void print_planted(void)
{
    printf("planted bugs, found after executions (0: not in %" PRIu64 ")\n", bench->executions);
    for (size_t bug = 0; bug < PLANTED_BUGS; bug++) {
        printf("  %-30s", planted_bug_name(bug));
        for (unsigned s = 0; s < RP_FUZZ_STRATEGY_COUNT; s++)
            printf("  %s %8" PRIu64, names[s], bench->found[s].after[bug]);
        printf("\n");
    }
}

/* Behaviours a second of wall time: worth something on a machine that does nothing else. */
static void compare_workers(uint64_t executions)
{
    double rate[2];
    for (unsigned i = 0; i < 2; i++) {
        struct rp_fuzz_options options = {.campaign = {.random_seed = 1, .workers = i + 1},
                                          .executions = executions};
        use_both(&options);
        struct rp_fuzz_status status = fuzz(&options);
        rate[i] = (double)status.behaviours / status.seconds;
    }
    printf("ratio two-workers-to-one %.2f goal 1.6\n", rate[1] / rate[0]);
}

/* Runs `campaign` for each strategy and seed, as many at a time as there are cores. */
static void run_all(void (*campaign)(unsigned strategy, unsigned seed), unsigned seeds)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned running = 0, total = seeds * RP_FUZZ_STRATEGY_COUNT;
    int status;
    fflush(stdout);
    for (unsigned i = 0; i < total || running;) {
        if (i < total && running < (unsigned)cores) {
            pid_t child = fork();
            if (child < 0)
                bench_give_up("cannot fork");
            if (child == 0) {
                campaign(i % RP_FUZZ_STRATEGY_COUNT, i / RP_FUZZ_STRATEGY_COUNT);
                fflush(stdout);
                _exit(0);
            }
            i++;
            running++;
        } else {
            if (wait(&status) < 0 || status)
                bench_give_up("a campaign failed");
            running--;
        }
    }
}

static void print_ratios(void)
{
    double novelty = bench_median(bench->coarse[RP_FUZZ_NOVELTY], bench->seeds);
    for (unsigned s = 0; s < RP_FUZZ_STRATEGY_COUNT; s++)
        printf("%s after %" PRIu64 " s: %" PRIu64 " executions, %" PRIu64 " coarse\n", names[s],
               bench->seconds, bench->after[s].executions, bench->after[s].coarse);
    printf("ratio novelty-to-bytes %.2f goal 4\n",
           novelty / bench_median(bench->coarse[RP_FUZZ_BYTES], bench->seeds));
    printf("ratio novelty-to-structured %.2f goal 1.4\n",
           novelty / bench_median(bench->coarse[RP_FUZZ_STRUCTURED], bench->seeds));
}

int main(int argc, char **argv)
{
    bench = mmap(NULL, sizeof *bench, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (bench == MAP_FAILED)
        bench_give_up("no shared memory");
    bench->executions = argc > 1 ? strtoull(argv[1], NULL, 10) : EXECUTIONS;
    bench->seeds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : SEEDS_MAX;
    bench->seconds = argc > 3 ? strtoull(argv[3], NULL, 10) : SECONDS;
    if (bench->executions == 0 || bench->seeds == 0 || bench->seeds > SEEDS_MAX || bench->seconds == 0)
        bench_give_up("fuzz_novelty [EXECUTIONS [SEEDS, 5 at most [SECONDS]]]");
    run_all(count_coarse, bench->seeds);
    run_all(count_seconds, 1);
    run_all(find_planted, 1);
    print_planted();
    measure_rate(bench->executions / 10);
    compare_workers(bench->executions / 10);
    print_ratios();
    return 0;
}
