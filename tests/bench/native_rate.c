/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a second of the native executor: retiring and faulting encodings, the whole extended state loaded and
 * compared, data and stack compared and put back. Beside it the same loop without comparing and putting back,
 * and the loop that one writes first (sandsifter's): for each run handlers set by sigaction, one instruction
 * by single step, back by sigreturn. All on one pinned core, in slices that take turns; medians; processor
 * time, because what other processes take is not ours. The last figure needs two cores to itself. */
#include "native/load.h"
#include "native/process.h"
#include "state/recipe.h"
#include "support/bench.h"
#include "support/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLICES        15
#define ORDERS        20 /* of a slice, retiring */
#define ORDERS_FAULT  1
#define STEPS         500
#define STATES        6
#define ORDERS_SHARED 150
#define STEPS_SHARED  60000000

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

static void load_states(struct rp_native_process *process)
{
    static struct rp_recipe recipe;
    static struct rp_prestate prestate;
    struct rp_error error;
    for (unsigned i = 0; i < STATES; i++) {
        rp_recipe_init(&recipe, RP_MODE_LONG64, RP_POLICY_AS_FOUND);
        recipe.user.state.reg[RP_REG_RAX] += i;
        if (rp_memory_set(&recipe.user.memory, RP_ARENA_DATA + 0x400, i, &error) ||
            rp_prestate_build(&prestate, RP_MODE_LONG64, 3, &recipe.user, &recipe.machine, &error) ||
            !rp_native_load(&prestate, &process->shared->layout, &process->shared->slot[RP_MODE_LONG64],
                            &process->shared->slot[RP_NATIVE_MODES + i]))
            bench_give_up("a state can't be had");
    }
}

/* Processor time of the runner for a run, in seconds. */
static double time_orders(struct rp_native_process *process, const struct rp_encoding *encodings,
                          size_t count, unsigned orders, bool bare)
{
    struct rp_native_shared *shared = process->shared;
    clockid_t clock;
    int signal;
    uint64_t made = 0;
    if (clock_getcpuclockid(process->pid, &clock))
        bench_give_up("no clock of the runner");
    shared->bare = bare;
    for (unsigned i = 0; i < RP_NATIVE_JOBS; i++)
        shared->job[i] = (struct rp_native_job){.encoding = encodings[i / 48 % count],
                                                .way = RP_NATIVE_JUMP,
                                                .slot = RP_NATIVE_MODES + i % STATES};
    double start = bench_seconds(clock);
    for (unsigned i = 0; i < orders; i++) {
        shared->first = 0;
        shared->count = RP_NATIVE_JOBS;
        if (rp_native_process_order(process, NULL, NULL, &signal) != RP_NATIVE_ANSWERED)
            bench_give_up("the runner died");
        made += shared->done;
    }
    return (bench_seconds(clock) - start) / (double)made;
}

static double time_steps(void)
{
    double start = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (unsigned i = 0; i < STEPS; i++)
        step_once(retiring[i / 48 % 4].bytes, retiring[i / 48 % 4].length);
    return (bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - start) / STEPS;
}

/* What a process of several does: runs, or arithmetic in registers, which shares nothing with anybody. */
static void work_runs(struct rp_native_process *process)
{
    time_orders(process, retiring, sizeof retiring / sizeof retiring[0], ORDERS_SHARED, false);
}

static void work_registers(struct rp_native_process *process)
{
    uint64_t x = (uint64_t)process->pid;
    for (unsigned i = 0; i < STEPS_SHARED; i++)
        __asm__ volatile("imul $3, %0" : "+r"(x));
}

/* A process on a core of its own that says when it is ready, and works once `go` is closed. */
static _Noreturn void become_worker(unsigned cpu, int ready, int go,
                                    void (*work)(struct rp_native_process *process))
{
    struct rp_native_process process;
    struct rp_error error;
    char byte = 0;
    bench_pin(cpu);
    if (rp_native_process_open(&process, &error))
        bench_give_up(error.line);
    load_states(&process);
    work(&process);
    if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 0)
        bench_give_up("its parent has gone");
    work(&process);
    rp_native_process_close(&process);
    _exit(0);
}

/* Work a second of wall time in `count` processes. */
static double rate_of_processes(unsigned count, void (*work)(struct rp_native_process *process))
{
    int ready[2], go[2];
    char byte;
    if (pipe(ready) || pipe(go))
        bench_give_up("no pipe");
    fflush(stdout); /* or each of them prints it again */
    for (unsigned i = 0; i < count; i++) {
        if (fork() == 0) {
            close(go[1]);
            become_worker(i, ready[1], go[0], work);
        }
    }
    for (unsigned i = 0; i < count; i++)
        if (read(ready[0], &byte, 1) != 1)
            bench_give_up("a process has not come up");
    double start = bench_seconds(CLOCK_MONOTONIC);
    close(go[1]);
    for (unsigned i = 0; i < count; i++)
        wait(NULL);
    double rate = count / (bench_seconds(CLOCK_MONOTONIC) - start);
    close(go[0]);
    close(ready[0]);
    close(ready[1]);
    return rate;
}

static void keep_best(double *best, double rate)
{
    *best = rate > *best ? rate : *best;
}

/* Two processes of each kind beside one, in turns. The cores of a virtual machine may be threads of one, so
 * what two that share nothing reach is what could be reached. Wall time, of which other processes take some
 * at will and give none: the best slice of each. */
static void print_shared(void)
{
    static void (*const works[])(struct rp_native_process *) = {work_runs, work_registers};
    double best[2][2] = {0};
    for (unsigned i = 0; i < 2 * SLICES; i++)
        for (unsigned kind = 0; kind < 2; kind++)
            for (unsigned count = 1; count <= 2; count++)
                keep_best(&best[kind][count - 1], rate_of_processes(count, works[kind]));
    printf("two processes of arithmetic in registers to one: %.2f\n", best[1][1] / best[1][0]);
    printf("ratio native_two_processes_to_one %.2f goal 1.90\n", best[0][1] / best[0][0]);
}

int main(void)
{
    enum { FULL, BARE, FAULT, FAULT_BARE, STEP, KINDS };
    static double values[KINDS][SLICES];
    struct rp_native_process process;
    struct rp_error error;
    const size_t count = sizeof retiring / sizeof retiring[0];
    bench_pin(0);
    if (rp_native_process_open(&process, &error)) {
        fprintf(stderr, "native_rate: skipped: %s\n", error.line);
        return 77;
    }
    load_states(&process);
    if (step_open())
        bench_give_up("no page to run from");
    for (unsigned i = 0; i < SLICES; i++) {
        values[FULL][i] = time_orders(&process, retiring, count, ORDERS, false);
        values[BARE][i] = time_orders(&process, retiring, count, ORDERS, true);
        values[FAULT][i] = time_orders(&process, faulting, 1, ORDERS_FAULT, false);
        values[FAULT_BARE][i] = time_orders(&process, faulting, 1, ORDERS_FAULT, true);
        values[STEP][i] = time_steps();
    }
    rp_native_process_close(&process);
    double full = bench_median(values[FULL], SLICES), bare = bench_median(values[BARE], SLICES),
           step = bench_median(values[STEP], SLICES);
    double fault = bench_median(values[FAULT], SLICES), fault_bare = bench_median(values[FAULT_BARE], SLICES);
    printf("retiring   %8.0f ns  %9.0f a second\nwithout comparing %.0f ns\n", full * 1e9, 1 / full,
           bare * 1e9);
    printf("faulting   %8.0f ns  %9.0f a second\nwithout comparing %.0f ns\n", fault * 1e9, 1 / fault,
           fault_bare * 1e9);
    printf("single step, sigaction, sigreturn %.0f ns\n", step * 1e9);
    printf("ratio native_retiring_to_bare %.2f goal 0.60\n", bare / full);
    printf("ratio native_retiring_to_step %.1f goal 30\n", step / full);
    printf("ratio native_faulting_to_bare %.2f goal 0.80\n", fault_bare / fault);
    print_shared();
    return 0;
}
