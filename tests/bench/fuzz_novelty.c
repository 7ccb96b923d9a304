/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Coarse behaviours (instruction name, end in ring 0, end in ring 3, whether unicorn and native differ; one
 * counting function, fuzz/behaviour.h) after equally many executions: the novelty loop against inputs made
 * from nothing by the same grammar, and against random bytes. The same executors, seeds 1 to 5, medians.
 *
 * fuzz_novelty [EXECUTIONS [SEEDS]]: the default is what ends in two minutes; the goals are for 1000000. */
#include "campaign/fuzz.h"
#include "executor/registry.h"
#include "support/bench.h"
#include "support/planted_bugs.h"
#include "unicorn/unicorn.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define EXECUTIONS 60000
#define SEEDS      1
#define SEEDS_MAX  5

static const char *const names[RP_FUZZ_STRATEGY_COUNT] = {"novelty loop", "structured random",
                                                          "random bytes"};

/* Where a campaign stands, each time that a quarter of its executions is made. */
struct growth {
    const char *name;
    uint64_t executions, told;
};

static void print_growth(void *context, const struct rp_fuzz_status *s)
{
    struct growth *growth = context;
    if (s->executions < growth->told + growth->executions / 4)
        return;
    growth->told = s->executions;
    printf("  %-18s %8" PRIu64 " executions %7" PRIu64 " coarse %8" PRIu64 " whole %8" PRIu64
           " inputs, %u died, %u hung\n",
           growth->name, s->executions, s->coarse, s->behaviours, s->inputs, s->deaths, s->hangs);
    fflush(stdout);
}

static double campaign(enum rp_fuzz_strategy strategy, uint64_t seed, uint64_t executions)
{
    struct rp_error error;
    struct rp_fuzz_status status;
    struct growth growth = {names[strategy], executions, 0};
    struct rp_fuzz_options options = {
        .campaign = {.executors = 2, .policy = RP_POLICY_LEGACY, .random_seed = seed, .workers = 1},
        .modes = (1u << RP_MODE_COUNT) - 1,
        .strategy = strategy,
        .executions = executions,
        .suspicions_only = true,
        .progress = print_growth,
        .progress_context = &growth};
    for (unsigned i = 0; i < 2; i++)
        options.campaign.executor[i] = (struct rp_campaign_executor){
            rp_executor_find(i ? "native" : "unicorn"), i ? "native" : "unicorn"};
    if (rp_fuzz(&options, &status, &error))
        bench_give_up(error.line);
    return (double)status.coarse;
}

/* The executor's own rate: what of a worker's processor time is spent in its `prepare` and `run`. Lies in
 * memory that the worker shares. */
struct spent {
    double executor, whole, last;
};
static struct spent *spent;

static int timed_prepare(void *instance, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                         struct rp_error *error)
{
    double begun = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    int result = rp_executor_unicorn.prepare(instance, prestates, count, first, error);
    spent->executor += bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - begun;
    return result;
}

static int timed_run(void *instance, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
                     struct rp_error *error)
{
    double begun = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    int result = rp_executor_unicorn.run(instance, jobs, count, outcomes, error);
    double now = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    spent->executor += now - begun;
    if (now > spent->last && spent->last > 0) /* not across workers */
        spent->whole += now - spent->last;
    else
        spent->executor = spent->whole = 0; /* the first batch of a worker opens things; count from here on */
    spent->last = now;
    return result;
}

static void measure_rate(uint64_t executions)
{
    struct rp_error error;
    struct rp_fuzz_status status;
    struct rp_executor timed = rp_executor_unicorn;
    timed.prepare = timed_prepare;
    timed.run = timed_run;
    const struct rp_executor_entry entry = {.name = "unicorn", .executor = &timed};
    struct rp_fuzz_options options = {.campaign = {.executor = {{&entry, "unicorn"}},
                                                   .executors = 1,
                                                   .policy = RP_POLICY_LEGACY,
                                                   .random_seed = 1,
                                                   .workers = 1},
                                      .modes = 1u << RP_MODE_LONG64,
                                      .executions = executions,
                                      .suspicions_only = true};
    spent = mmap(NULL, sizeof *spent, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (spent == MAP_FAILED)
        bench_give_up("no shared memory");
    if (rp_fuzz(&options, &status, &error))
        bench_give_up(error.line);
    printf("ratio throughput-to-executor %.2f goal 0.9\n", spent->executor / spent->whole);
}

static void find_planted(uint64_t executions)
{
    static struct planted_found found[RP_FUZZ_STRATEGY_COUNT];
    for (unsigned s = 0; s < RP_FUZZ_STRATEGY_COUNT; s++) {
        struct rp_error error;
        struct rp_fuzz_options options = planted_campaign(executions, &found[s]);
        options.strategy = (enum rp_fuzz_strategy)s;
        if (rp_fuzz(&options, &found[s].status, &error))
            bench_give_up(error.line);
    }
    printf("planted bugs, found after executions (0: not in %" PRIu64 ")\n", executions);
    for (size_t bug = 0; bug < PLANTED_BUGS; bug++) {
        printf("  %-30s", planted_bug_name(bug));
        for (unsigned s = 0; s < RP_FUZZ_STRATEGY_COUNT; s++)
            printf("  %s %8" PRIu64, names[s], found[s].after[bug]);
        printf("\n");
    }
}

/* Behaviours a second of wall time: worth something on a machine that does nothing else. */
static void compare_workers(uint64_t executions)
{
    double rate[2];
    for (unsigned i = 0; i < 2; i++) {
        struct rp_error error;
        struct rp_fuzz_status status;
        struct rp_fuzz_options options = {
            .campaign = {.executors = 2, .policy = RP_POLICY_LEGACY, .random_seed = 1, .workers = i + 1},
            .modes = (1u << RP_MODE_COUNT) - 1,
            .executions = executions,
            .suspicions_only = true};
        for (unsigned k = 0; k < 2; k++)
            options.campaign.executor[k] = (struct rp_campaign_executor){
                rp_executor_find(k ? "native" : "unicorn"), k ? "native" : "unicorn"};
        if (rp_fuzz(&options, &status, &error))
            bench_give_up(error.line);
        rate[i] = (double)status.behaviours / status.seconds;
    }
    printf("ratio two-workers-to-one %.2f goal 1.6\n", rate[1] / rate[0]);
}

int main(int argc, char **argv)
{
    uint64_t executions = argc > 1 ? strtoull(argv[1], NULL, 10) : EXECUTIONS;
    unsigned seeds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : SEEDS;
    double coarse[RP_FUZZ_STRATEGY_COUNT][SEEDS_MAX];
    if (executions == 0 || seeds == 0 || seeds > SEEDS_MAX)
        bench_give_up("fuzz_novelty [EXECUTIONS [SEEDS, 5 at most]]");
    for (unsigned seed = 0; seed < seeds; seed++)
        for (unsigned s = 0; s < RP_FUZZ_STRATEGY_COUNT; s++)
            coarse[s][seed] = campaign((enum rp_fuzz_strategy)s, seed + 1, executions);
    find_planted(executions / 2);
    measure_rate(executions / 4);
    compare_workers(executions / 4);
    double novelty = bench_median(coarse[RP_FUZZ_NOVELTY], seeds);
    printf("ratio novelty-to-bytes %.2f goal 4\n", novelty / bench_median(coarse[RP_FUZZ_BYTES], seeds));
    printf("ratio novelty-to-structured %.2f goal 1.4\n",
           novelty / bench_median(coarse[RP_FUZZ_STRUCTURED], seeds));
    return 0;
}
