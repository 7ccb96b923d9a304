/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judged runs a second of the guest under QEMU, hang guard included: six states, three of each ring, take
 * turns on each encoding, as a screen has it; all of the state and memory is compared. QEMU's processor time,
 * because what other processes take is not ours; start-up separately, against a scan of 130,000 forms with 12
 * runs each. */
#include "qemu/process.h"
#include "state/recipe.h"
#include "support/bench.h"

#include <stdio.h>

#define SLICES    5
#define ORDERS    4 /* of a slice */
#define STATES    6
#define SCAN_RUNS (130000.0 * 12)

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

static void load_states(struct rp_qemu_process *process, enum rp_mode mode)
{
    static struct rp_recipe recipe;
    struct rp_error error;
    for (unsigned i = 0; i < STATES; i++) {
        unsigned ring = rp_mode_info(mode)->has_ring3 && (i & 1 || !rp_mode_info(mode)->has_ring0) ? 3 : 0;
        struct rp_guest_slot *slot = &process->shared->slot[i];
        rp_recipe_init(&recipe, mode, RP_POLICY_LEGACY);
        if (i >= 2) /* as the screen's second and third states */
            recipe.machine.value[RP_RESOURCE_GDTR_LIMIT] = 0xffef;
        recipe.machine.value[RP_RESOURCE_CR0_MP] = i / 2 == 1;
        recipe.machine.value[RP_RESOURCE_CR0_NE] = i / 2 == 2;
        if (rp_prestate_build(&slot->prestate, mode, ring, &recipe.user, &recipe.machine, &error))
            bench_give_up(error.line);
        slot->serial++;
    }
}

/* QEMU's processor time for a run, in seconds. */
static double time_orders(struct rp_qemu_process *process)
{
    struct rp_guest_shared *shared = process->shared;
    clockid_t clock;
    int signal;
    double made = 0;
    if (clock_getcpuclockid(process->pid, &clock))
        bench_give_up("no clock of QEMU");
    for (unsigned i = 0; i < RP_GUEST_JOBS; i++)
        shared->job[i] =
            (struct rp_guest_job){.encoding = encodings[i / (2 * STATES) % ENCODINGS], .slot = i % STATES};
    double start = bench_seconds(clock);
    for (unsigned i = 0; i < ORDERS; i++) {
        shared->first = 0;
        shared->count = RP_GUEST_JOBS;
        if (rp_qemu_process_order(process, &signal) != RP_GUEST_ANSWERED)
            bench_give_up("the guest died");
        made += shared->done;
    }
    return (bench_seconds(clock) - start) / made;
}

/* Processor time of a start, in seconds. */
static double time_start(struct rp_qemu_process *process)
{
    struct rp_error error;
    clockid_t clock;
    if (rp_qemu_process_restart(process, &error))
        bench_give_up(error.line);
    if (clock_getcpuclockid(process->pid, &clock))
        bench_give_up("no clock of QEMU");
    return bench_seconds(clock);
}

static double measure(struct rp_qemu_process *process, enum rp_mode mode, double *start)
{
    double runs[SLICES], starts[SLICES];
    for (unsigned i = 0; i < SLICES; i++) {
        starts[i] = time_start(process);
        load_states(process, mode);
        time_orders(process); /* translates the image */
        runs[i] = time_orders(process);
    }
    *start = bench_median(starts, SLICES);
    return bench_median(runs, SLICES);
}

int main(void)
{
    double best = 0, start = 0;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        struct rp_qemu_process process;
        struct rp_error error;
        if (rp_qemu_process_open(&process, rp_guest_kind_of((enum rp_mode)mode), RP_QEMU_MODEL, &error))
            bench_give_up(error.line);
        double run = measure(&process, (enum rp_mode)mode, &start);
        printf("%-9s %6.0f runs/s, a start %.0f ms\n", rp_mode_info((enum rp_mode)mode)->name, 1 / run,
               1000 * start);
        best = mode == RP_MODE_LONG64 ? 1 / run : best;
        rp_qemu_process_close(&process);
    }
    printf("ratio runs_a_second %.0f goal 40000\n", best);
    printf("ratio start_of_scan %.4f goal 0.05\n", start * best / SCAN_RUNS);
    return 0;
}
