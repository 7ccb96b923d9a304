/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Coarse behaviours (instruction name, end in ring 0, end in ring 3, whether unicorn and native differ; one
 * counting function, fuzz/behaviour.h) after equally many executions: the novelty loop against inputs made
 * from nothing by the same grammar, and against random bytes. The same executors, seeds 1 to 5, medians.
 *
 * fuzz_novelty [EXECUTIONS [SEEDS]]: the default is what ends in two minutes; the goals are for 1000000. */
#include "campaign/fuzz.h"
#include "executor/registry.h"
#include "support/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXECUTIONS 120000
#define SEEDS      3
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
    double novelty = bench_median(coarse[RP_FUZZ_NOVELTY], seeds);
    printf("ratio novelty-to-bytes %.2f goal 4\n", novelty / bench_median(coarse[RP_FUZZ_BYTES], seeds));
    printf("ratio novelty-to-structured %.2f goal 1.4\n",
           novelty / bench_median(coarse[RP_FUZZ_STRUCTURED], seeds));
    return 0;
}
