/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verified runs a second of the native executor, and the size of a record. A made-up record of encodings that
 * retire, one of encodings that fault, and the real one of long64 are verified as a worker of `golden verify`
 * does it. Beside them, in slices that take turns: the runner of the native executor by itself, which is what
 * native_rate measures, and the bare signal of a fault, with nothing compared and put back. Processor time of
 * this process and of the runner together, of the runner alone for what they are held against; medians. */
#include "campaign/golden_verify.h"
#include "native/crew.h"
#include "native/native.h"
#include "support/bench.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLICES 15
#define BLOCKS 32 /* an item, and a half */
#define EACH   8  /* user states of an encoding */

static const struct rp_encoding retiring[] = {
    {{0x90}, 1},             /* nop */
    {{0x01, 0xd8}, 2},       /* add eax, ebx */
    {{0x8b, 0x03}, 2},       /* mov eax, [rbx] */
    {{0x89, 0x03}, 2},       /* mov [rbx], eax */
    {{0x50}, 1},             /* push rax */
    {{0x0f, 0xaf, 0xc3}, 3}, /* imul eax, ebx */
    {{0x0f, 0x28, 0xc1}, 3}, /* movaps xmm0, xmm1 */
    {{0x9c}, 1},             /* pushfq */
};
static const struct rp_encoding faulting[] = {{{0xf4}, 1}}; /* hlt: #GP */

struct side {
    struct rp_golden_record record;
    struct rp_golden_verifying v;
    struct rp_golden_verify_options options;
    struct rp_golden_summary summary;
    void *worker;
    uint64_t runs; /* of an item */
};

static struct rp_executor_entry entry = {"native", &rp_executor_native, NULL};
static struct rp_error error;
static volatile uint64_t counter;

static void check(int result)
{
    if (result)
        bench_give_up(error.line);
}

static struct rp_campaign_options campaign_options(void)
{
    return (struct rp_campaign_options){.executor = {{&entry, "native"}},
                                        .executors = 1,
                                        .policy = RP_POLICY_AS_FOUND,
                                        .random_seed = 1,
                                        .workers = 1,
                                        .log_descriptor = -1};
}

/* A plan of these encodings, again and again, a state each EACH times. */
static void make_plan(struct rp_golden_plan *plan, const struct rp_encoding *encodings, size_t count)
{
    uint32_t state[EACH];
    for (unsigned i = 0; i < EACH; i++) {
        char user[64];
        snprintf(user, sizeof user, "rdx=%x,r9=%x", i, i);
        check(rp_golden_plan_state(plan, RP_MODE_LONG64, user, "ring=3", &state[i], &error));
    }
    for (unsigned b = 0; b < BLOCKS; b++) {
        struct rp_golden_block *block;
        check(rp_golden_plan_block(plan, RP_MODE_LONG64, RP_NATIVE_JOBS / EACH, RP_NATIVE_JOBS, &block,
                                   &error));
        for (uint32_t e = 0; e < block->encodings; e++) {
            block->encoding[e] = encodings[e % count];
            block->first[e + 1] = (e + 1) * EACH;
            memcpy(block->state + (size_t)e * EACH, state, sizeof state);
        }
    }
}

/* What the blocks come to, so that a verification finds nothing. */
static void fill_results(struct rp_golden_plan *plan)
{
    const struct rp_campaign_options campaign = campaign_options();
    struct rp_golden_runner runner;
    struct rp_outcomes outcomes = {0};
    check(rp_golden_runner_open(&runner, plan, &campaign, -1, &counter, &error));
    for (uint32_t b = 0; b < plan->blocks; b++) {
        uint64_t hash[RP_NATIVE_JOBS];
        size_t count;
        rp_outcomes_clear(&outcomes);
        check(rp_golden_runner_jobs(&runner, &plan->block[b], true, false, &count, &error));
        check(rp_runner_run(&runner.runner, runner.jobs, count, &outcomes, &error));
        for (size_t i = 0; i < count; i++)
            hash[i] = outcomes.outcome[i].hash;
        plan->block[b].hash = rp_golden_block_hash(hash, count);
    }
    rp_outcomes_free(&outcomes);
    rp_golden_runner_close(&runner);
}

static void open_side(struct side *side)
{
    side->options =
        (struct rp_golden_verify_options){.campaign = campaign_options(), .record = &side->record};
    side->v = (struct rp_golden_verifying){.options = &side->options,
                                           .here = &side->record.identity,
                                           .policy = RP_POLICY_AS_FOUND,
                                           .stretch = side->record.plan.blocks,
                                           .stretches = 1,
                                           .workers = 1,
                                           .summary = &side->summary};
    side->v.before = calloc(side->record.plan.blocks + (size_t)1, sizeof *side->v.before);
    if (!side->v.before)
        bench_give_up("no memory");
    check(rp_golden_verifier_open(&side->v, &counter, &side->worker, &error));
}

static void make_side(struct side *side, const struct rp_encoding *encodings, size_t count)
{
    check(rp_golden_identity_machine(&side->record.identity, &error));
    snprintf(side->record.identity.executor, sizeof side->record.identity.executor, "native");
    make_plan(&side->record.plan, encodings, count);
    fill_results(&side->record.plan);
    open_side(side);
}

/* Processor time of this process and of the children that run for it. */
static double used(const struct rp_native_process *process)
{
    clockid_t clock;
    if (clock_getcpuclockid(process->pid, &clock))
        bench_give_up("no clock of the runner");
    return bench_seconds(CLOCK_PROCESS_CPUTIME_ID) + bench_seconds(clock);
}

/* Seconds a run, verified. */
static double verify(struct side *side)
{
    const struct rp_deaths deaths = {0};
    struct rp_golden_counts counts;
    struct rp_text result = {0};
    const struct rp_native_process *process =
        &rp_native_crew_of(rp_golden_verifier_instance(side->worker))->member[0];
    double start = used(process);
    check(rp_golden_verifier_item(side->worker, 0, &deaths, &result, &error));
    double seconds = used(process) - start;
    memcpy(&counts, result.data, sizeof counts);
    if (result.length != sizeof counts)
        bench_give_up("what was recorded is not found again");
    rp_text_free(&result);
    side->runs = counts.runs;
    return seconds / (double)counts.runs;
}

/* Seconds a run of the runner alone, over the first block, whose states were prepared first. */
static double run_alone(struct side *side, bool bare)
{
    struct rp_native_process *process =
        &rp_native_crew_of(rp_golden_verifier_instance(side->worker))->member[0];
    const struct rp_golden_block *block = &side->record.plan.block[0];
    struct rp_native_shared *shared = process->shared;
    uint64_t made = 0;
    clockid_t clock;
    int signal;
    if (clock_getcpuclockid(process->pid, &clock))
        bench_give_up("no clock of the runner");
    for (uint32_t e = 0; e < block->encodings; e++)
        for (uint32_t run = block->first[e]; run < block->first[e + 1]; run++)
            shared->job[run] = (struct rp_native_job){.encoding = block->encoding[e],
                                                      .way = RP_NATIVE_JUMP,
                                                      .slot = RP_NATIVE_MODES + block->state[run]};
    shared->count = block->runs;
    shared->bare = bare;
    double start = bench_seconds(clock);
    for (unsigned i = 0; i < BLOCKS; i++) {
        shared->first = 0;
        if (rp_native_process_order(process, NULL, NULL, &signal) != RP_NATIVE_ANSWERED)
            bench_give_up("the runner died");
        made += shared->done;
    }
    double seconds = bench_seconds(clock) - start;
    shared->bare = false;
    return seconds / (double)made;
}

/* The real record: all forms of long64. */
static uint64_t record_long64(struct side *side, struct scratch *scratch)
{
    static struct rp_golden_identity identity;
    struct rp_golden_totals totals;
    const char *path = scratch_path(scratch, "long64");
    const struct rp_golden_record_options options = {.campaign = campaign_options(),
                                                     .ringprobe = "bench",
                                                     .path = path,
                                                     .modes = 1u << RP_MODE_LONG64,
                                                     .seeds = EACH};
    check(rp_golden_record_make(&options, &identity, &totals, &error));
    check(rp_golden_record_open(path, &side->record, &error));
    open_side(side);
    printf("long64: %.0f runs from %u user states each in %.0f s, %.2f MiB\n", (double)totals.runs, EACH,
           totals.seconds, (double)totals.bytes / (1 << 20));
    return totals.bytes;
}

int main(void)
{
    enum { RETIRED, RETIRED_ALONE, FAULTED, FAULTED_BARE, MIXED, KINDS };
    static double values[KINDS][SLICES];
    static struct side retired, faulted, mixed;
    struct scratch scratch;
    void *instance;
    const struct rp_executor_options none = {0};
    if (rp_executor_native.open(&none, &instance, &error)) {
        fprintf(stderr, "golden_rate: skipped: %s\n", error.line);
        return 77;
    }
    rp_executor_native.close(instance);
    scratch_init(&scratch);
    uint64_t bytes = record_long64(&mixed, &scratch);
    bench_pin(0);
    make_side(&retired, retiring, sizeof retiring / sizeof retiring[0]);
    make_side(&faulted, faulting, sizeof faulting / sizeof faulting[0]);
    for (unsigned i = 0; i < SLICES; i++) {
        values[RETIRED][i] = verify(&retired);
        values[RETIRED_ALONE][i] = run_alone(&retired, false);
        values[FAULTED][i] = verify(&faulted);
        values[FAULTED_BARE][i] = run_alone(&faulted, true);
    }
    for (unsigned i = 0; i < 3; i++)
        values[MIXED][i] = verify(&mixed);
    double seconds[KINDS];
    for (unsigned kind = 0; kind < KINDS; kind++)
        seconds[kind] = bench_median(values[kind], kind == MIXED ? 3 : SLICES);
    printf("retiring, verified %.0f ns, %.0f a second; the runner alone %.0f ns\n", seconds[RETIRED] * 1e9,
           1 / seconds[RETIRED], seconds[RETIRED_ALONE] * 1e9);
    printf("faulting, verified %.0f ns, %.0f a second; the bare signal %.0f ns\n", seconds[FAULTED] * 1e9,
           1 / seconds[FAULTED], seconds[FAULTED_BARE] * 1e9);
    printf("all of long64, verified %.0f ns, %.0f a second\n", seconds[MIXED] * 1e9, 1 / seconds[MIXED]);
    printf("ratio golden_retiring_to_native %.2f goal 0.70\n", seconds[RETIRED_ALONE] / seconds[RETIRED]);
    printf("ratio golden_faulting_to_signal %.2f goal 0.80\n", seconds[FAULTED_BARE] / seconds[FAULTED]);
    printf("ratio golden_long64_mib %.2f goal 64\n", (double)bytes / (1 << 20));
    rp_golden_verifier_close(retired.worker);
    rp_golden_verifier_close(faulted.worker);
    rp_golden_verifier_close(mixed.worker);
    rp_golden_plan_free(&retired.record.plan);
    rp_golden_plan_free(&faulted.record.plan);
    rp_golden_record_close(&mixed.record);
    free(retired.v.before);
    free(faulted.v.before);
    free(mixed.v.before);
    scratch_free(&scratch);
    return 0;
}
