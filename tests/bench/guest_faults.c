/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a second of QEMU and Bochs where every hundredth run goes wrong, against runs of which none does: a
 * triple fault, a run that does not end, an image that is written over. By the wall, because emulators that
 * are started again are part of it. */
#include "executor/registry.h"
#include "support/bench.h"
#include "support/guest_tests.h"

#include <stdio.h>
#include <time.h>

#define EVERY 100
#define JOBS  ((size_t)3 * EVERY)

static const struct {
    const char *name;
    unsigned state;
} kinds[] = {{"nothing", GUEST_PLAIN},
             {"triple_fault", GUEST_FATAL},
             {"hang", GUEST_HANGING},
             {"overwritten_image", GUEST_OVERWRITING}};
#define KINDS (sizeof kinds / sizeof kinds[0])

struct machine {
    const struct rp_executor *executor;
    void *instance;
    uint32_t first;
    struct rp_job job[JOBS];
    struct rp_outcomes outcomes;
};

/* Runs a second, and how many outcomes were lost: those that came to something else than they have to. */
static double measure(struct machine *machine, unsigned odd, unsigned *lost)
{
    struct rp_error error;
    for (unsigned i = 0; i < JOBS; i++) {
        unsigned state = i % EVERY == EVERY - 1 ? odd : GUEST_PLAIN;
        machine->job[i] =
            (struct rp_job){.encoding = guest_faults_encoding(state), .prestate = machine->first + state};
    }
    rp_outcomes_clear(&machine->outcomes);
    double start = bench_seconds(CLOCK_MONOTONIC);
    if (machine->executor->run(machine->instance, machine->job, JOBS, &machine->outcomes, &error))
        bench_give_up(error.line);
    double seconds = bench_seconds(CLOCK_MONOTONIC) - start;
    for (unsigned i = 0; i < JOBS; i++) {
        bool plain = i % EVERY != EVERY - 1 || odd == GUEST_PLAIN;
        *lost += plain != (machine->outcomes.outcome[i].kind == RP_OUTCOME_RETIRED);
    }
    return (double)JOBS / seconds;
}

static void measure_all(const char *name)
{
    static struct machine machine;
    static struct rp_prestate prestates[GUEST_STATES];
    struct rp_error error;
    double base = 0;
    machine = (struct machine){.executor = rp_executor_find(name)->executor};
    if (!machine.executor || machine.executor->open(NULL, &machine.instance, &error)) {
        printf("%-6s does not run here\n", name);
        return;
    }
    for (unsigned i = 0; i < GUEST_STATES; i++)
        guest_faults_prestate(i, &prestates[i]);
    if (machine.executor->prepare(machine.instance, prestates, GUEST_STATES, &machine.first, &error))
        bench_give_up(error.line);
    for (unsigned i = 0; i < KINDS; i++) {
        unsigned lost = 0;
        double rate = measure(&machine, kinds[i].state, &lost);
        base = i == 0 ? rate : base;
        printf("%-6s %8.0f runs/s, every hundredth %s, %u lost\n", name, rate, kinds[i].name, lost);
        if (i > 0)
            printf("ratio %s_%s %.4f goal 0.01\n", name, kinds[i].name, rate / base);
    }
    rp_outcomes_free(&machine.outcomes);
    machine.executor->close(machine.instance);
}

int main(void)
{
    measure_all("qemu");
    measure_all("bochs");
    return 0;
}
