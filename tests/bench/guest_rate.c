/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judged runs a second of the executors that are machines of their own, in each mode, hang guard included:
 * the runs of a screen (all seeds, three states in both rings), orders as the judge gives them, all of the
 * state and memory compared. Processor time of this process and of the machines that it starts, because what
 * other work takes is not ours. A start by itself, against a scan of 130,000 forms with 12 runs each. One
 * name of an executor as argument: that one alone. */
#include "executor/registry.h"
#include "judge/plan.h"
#include "support/bench.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define SLICES    3
#define LEAST     0.4 /* seconds that a slice takes at least */
#define SCAN_RUNS (130000.0 * 12)
#define JOBS      1024

static const struct rp_encoding encodings[] = {
    {{0x90}, 1},             /* nop */
    {{0x01, 0xd8}, 2},       /* add eax, ebx */
    {{0x8b, 0x03}, 2},       /* mov eax, [rbx] */
    {{0x89, 0x03}, 2},       /* mov [rbx], eax */
    {{0x50}, 1},             /* push rax */
    {{0x0f, 0xaf, 0xc3}, 3}, /* imul eax, ebx */
    {{0x0f, 0x28, 0xc1}, 3}, /* movaps xmm0, xmm1 */
    {{0x9c}, 1},             /* pushf */
};
#define ENCODINGS (sizeof encodings / sizeof encodings[0])

static struct rp_seeds seeds;
static struct rp_outcomes outcomes;

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + 1e-6 * (double)time->tv_usec;
}

/* Of this process and of the machines that have ended. */
static double processor_seconds(void)
{
    struct rusage machines;
    if (getrusage(RUSAGE_CHILDREN, &machines))
        bench_give_up("no clock of the machines");
    return bench_seconds(CLOCK_PROCESS_CPUTIME_ID) + seconds_of(&machines.ru_utime) +
           seconds_of(&machines.ru_stime);
}

static size_t jobs_of(const struct rp_plan *plan, const struct rp_encoding *encoding, struct rp_job *jobs)
{
    size_t count = 0;
    for (size_t s = 0; s < plan->count; s++)
        for (unsigned ring = 0; ring < RP_RINGS && plan->ring[ring]; ring++)
            for (unsigned state = 0; state < RP_STATE_COUNT && count < JOBS; state++)
                jobs[count++] =
                    (struct rp_job){.encoding = *encoding, .prestate = plan->seed[s].index[state][ring]};
    return count;
}

/* Screens every encoding `rounds` times; returns how many runs that were. */
static double screen(struct rp_runner *runner, const struct rp_plan *plan, unsigned rounds)
{
    static struct rp_job jobs[JOBS];
    struct rp_error error;
    double made = 0;
    for (unsigned i = 0; i < rounds * ENCODINGS; i++) {
        size_t count = jobs_of(plan, &encodings[i % ENCODINGS], jobs);
        rp_outcomes_clear(&outcomes);
        if (rp_runner_run(runner, jobs, count, &outcomes, &error))
            bench_give_up(error.line);
        made += (double)count;
    }
    return made;
}

/* The life of one instance with so many rounds: its processor time. */
static double live(const struct rp_executor *executor, enum rp_mode mode, unsigned rounds, double *made)
{
    struct rp_error error;
    struct rp_plan plan;
    struct rp_runner runner = {.executor = executor};
    double before = processor_seconds();
    if (executor->open(NULL, &runner.instance, &error))
        bench_give_up(error.line);
    struct rp_plan_options options = {
        .seeds = &seeds, .mode = mode, .policy = RP_POLICY_LEGACY, .operand_bits = 32, .random_seed = 1};
    if (rp_plan_open(&plan, &options, &runner, &error))
        bench_give_up(error.line);
    *made = plan.ring[0] || plan.ring[1] ? screen(&runner, &plan, rounds) : 0;
    rp_plan_close(&plan, &runner);
    executor->close(runner.instance);
    return processor_seconds() - before;
}

struct rate {
    double runs, start; /* a second; seconds */
};

/* The first round is the start's: it brings in both images, and what is translated. */
static struct rate measure(const struct rp_executor *executor, enum rp_mode mode)
{
    double runs[SLICES], starts[SLICES], few, many;
    unsigned rounds = 5;
    for (unsigned i = 0; i < SLICES;) {
        starts[i] = live(executor, mode, 1, &few);
        if (few == 0)
            return (struct rate){0};
        double took = live(executor, mode, rounds, &many) - starts[i];
        runs[i] = (many - few) / took;
        if (took < LEAST)
            rounds *= 2;
        else
            i++;
    }
    return (struct rate){bench_median(runs, SLICES), bench_median(starts, SLICES)};
}

/* Its rate in long64. */
static struct rate measure_all(const struct rp_executor *executor)
{
    struct rate of_long = {0};
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        struct rate rate = measure(executor, (enum rp_mode)mode);
        if (rate.runs > 0)
            printf("%-6s %-9s %6.0f runs/s, a start %.0f ms\n", executor->name,
                   rp_mode_info((enum rp_mode)mode)->name, rate.runs, 1000 * rate.start);
        else
            printf("%-6s %-9s not run\n", executor->name, rp_mode_info((enum rp_mode)mode)->name);
        fflush(stdout);
        if (mode == RP_MODE_LONG64)
            of_long = rate;
    }
    return of_long;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"bochs", "qemu", "kvm"};
    double best = 0;
    struct rp_error error;
    if (rp_seeds_load(&seeds, &error))
        bench_give_up(error.line);
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct rp_executor_entry *entry = rp_executor_find(names[i]);
        void *instance = NULL;
        if (argc > 1 && strcmp(argv[1], names[i]) != 0)
            continue;
        if (!entry->executor || entry->executor->open(NULL, &instance, &error)) {
            printf("%-6s skipped: %s\n", names[i], entry->executor ? error.line : entry->missing);
            continue;
        }
        entry->executor->close(instance);
        struct rate rate = measure_all(entry->executor);
        printf("ratio start_of_scan_%s %.4f goal 0.05\n", names[i], rate.start * rate.runs / SCAN_RUNS);
        if (strcmp(names[i], "kvm") != 0 && rate.runs > best)
            best = rate.runs;
    }
    if (best > 0)
        printf("ratio runs_a_second %.0f goal 40000\n", best);
    return 0;
}
