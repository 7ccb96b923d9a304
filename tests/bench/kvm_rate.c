/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a second of the KVM executor (state set, one instruction run, registers, extended state, MSRs and
 * memory compared and put back), against the loop that one writes first: everything set and everything read
 * by one ioctl each. Both in slices that take turns; medians; processor time, the guest's included. */
#include "kvm/guard.h"
#include "kvm/kvm.h"
#include "kvm/machine.h"
#include "state/recipe.h"
#include "support/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#define SLICES 15
#define RUNS   2000 /* of a slice */
#define STATES 4

static const struct rp_encoding encodings[] = {
    {{0x90}, 1},             /* nop */
    {{0x01, 0xd8}, 2},       /* add eax, ebx */
    {{0x8b, 0x03}, 2},       /* mov eax, [rbx] */
    {{0x89, 0x03}, 2},       /* mov [rbx], eax */
    {{0x50}, 1},             /* push rax */
    {{0x0f, 0xaf, 0xc3}, 3}, /* imul eax, ebx */
    {{0x9c}, 1},             /* pushfq */
    {{0xf7, 0xf1}, 2},       /* div ecx */
};
#define ENCODINGS (sizeof encodings / sizeof encodings[0])

static struct rp_prestate prestates[2][STATES]; /* ring 0, 3 */

static void make_prestates(void)
{
    static struct rp_recipe recipe;
    struct rp_error error;
    for (unsigned i = 0; i < STATES; i++) {
        rp_recipe_init(&recipe, RP_MODE_LONG64, RP_POLICY_LEGACY);
        recipe.user.state.reg[RP_REG_RAX] += i;
        for (unsigned ring = 0; ring < 2; ring++)
            if (rp_prestate_build(&prestates[ring][i], RP_MODE_LONG64, 3 * ring, &recipe.user,
                                  &recipe.machine, &error))
                bench_give_up(error.line);
    }
}

/* Seconds a run. */
static double time_ours(void *instance, const struct rp_job *jobs, struct rp_outcomes *outcomes)
{
    struct rp_error error;
    double start = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (unsigned i = 0; i < RUNS; i += 40) {
        rp_outcomes_clear(outcomes);
        if (rp_executor_kvm.run(instance, jobs + i, 40, outcomes, &error))
            bench_give_up(error.line);
    }
    return (bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - start) / RUNS;
}

/* Sets all, runs, reads all: what the same registers cost by one ioctl each. */
static void run_plainly(struct rp_kvm_vcpu *vcpu, const struct rp_kvm_image *image)
{
    struct rp_kvm_image copy = *image;
    unsigned devices;
    if (!rp_kvm_vcpu_try(vcpu, &copy)) /* as many sets as gets, the gets being those of the run before */
        bench_give_up("a state is refused");
    rp_kvm_vcpu_run(vcpu, &devices);
}

static double time_plain(struct rp_kvm_machine *machine, const struct rp_kvm_prepared *prepared)
{
    double start = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    rp_kvm_guard_start();
    for (unsigned i = 0; i < RUNS; i++)
        run_plainly(&machine->vcpu, &prepared[i % STATES].image);
    rp_kvm_guard_stop();
    return (bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - start) / RUNS;
}

static void measure(void *instance, struct rp_kvm_machine *machine, unsigned ring)
{
    static struct rp_job jobs[RUNS];
    static struct rp_kvm_prepared prepared[STATES];
    static struct rp_outcomes outcomes;
    double ours[SLICES], plain[SLICES];
    struct rp_error error;
    uint32_t first;
    if (rp_executor_kvm.prepare(instance, prestates[ring], STATES, &first, &error))
        bench_give_up(error.line);
    for (unsigned i = 0; i < RUNS; i++)
        jobs[i] = (struct rp_job){.encoding = encodings[i / 40 % ENCODINGS], .prestate = first + i % STATES};
    for (unsigned i = 0; i < STATES; i++)
        if (rp_kvm_machine_prepare(machine, &prestates[ring][i], &prepared[i], &error))
            bench_give_up(error.line);
    if (rp_kvm_vcpu_step(&machine->vcpu, true, &error))
        bench_give_up(error.line);
    for (unsigned i = 0; i < SLICES; i++) {
        ours[i] = time_ours(instance, jobs, &outcomes);
        plain[i] = time_plain(machine, prepared);
    }
    double us = bench_median(ours, SLICES), them = bench_median(plain, SLICES);
    printf("ring %u: %.0f runs/s, compared and put back; one ioctl each, neither: %.0f runs/s\n", 3 * ring,
           1 / us, 1 / them);
    printf("ratio kvm_rate_ring%u %.2f goal 1\n", 3 * ring, them / us);
    rp_executor_kvm.forget(instance, first);
}

int main(void)
{
    static struct rp_kvm_machine machine;
    struct rp_kvm_device device;
    struct rp_error error;
    void *instance;
    make_prestates();
    double start = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    if (rp_executor_kvm.open(NULL, &instance, &error))
        bench_give_up(error.line);
    printf("opened, all modes and their canaries, in %.0f ms\n",
           1e3 * (bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - start));
    if (rp_kvm_device_open(RP_KVM_PATH, &device, &error) ||
        rp_kvm_machine_open(&machine, &device, RP_MODE_LONG64, &error))
        bench_give_up(error.line);
    rp_kvm_memory_write(&machine.memory, RP_ARENA_INSTRUCTION, encodings[0].bytes, encodings[0].length);
    for (unsigned ring = 0; ring < 2; ring++)
        measure(instance, &machine, ring);
    rp_kvm_machine_close(&machine);
    rp_kvm_device_close(&device);
    rp_executor_kvm.close(instance);
    return 0;
}
