/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a second of QEMU and Bochs where every hundredth run goes wrong, against runs of which none does: a
 * triple fault, a run that does not end, an image that is written over; and where the emulator is killed in
 * the middle of its work. By the wall, because emulators that are started again are part of it. A run is lost
 * that came to something else than it has to; the culprit of what goes wrong, and no other run, has to come
 * to what is its due. Exit status 1: one is lost. */
#include "executor/registry.h"
#include "support/bench.h"
#include "support/guest_tests.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define EVERY  100
#define FAULTS ((size_t)10)
#define JOBS   (FAULTS * EVERY)

static const struct {
    const char *name;
    unsigned state;
    enum rp_outcome_kind due; /* what the culprit has to come to */
} kinds[] = {{"nothing", GUEST_PLAIN, RP_OUTCOME_RETIRED},
             {"triple_fault", GUEST_FATAL, RP_OUTCOME_DIED},
             {"hang", GUEST_HANGING, RP_OUTCOME_HUNG},
             {"overwritten_image", GUEST_OVERWRITING, RP_OUTCOME_DIED}};
#define KINDS (sizeof kinds / sizeof kinds[0])

struct machine {
    const struct rp_executor *executor;
    void *instance;
    uint32_t first;
    struct rp_job job[JOBS];
    struct rp_outcomes outcomes;
};

/* Of one executor; no runs: it is not here. */
struct tally {
    size_t runs, culprits;
    unsigned lost, named;
};

/* Makes the runs; the seconds that they took. */
static double run(struct machine *machine)
{
    struct rp_error error;
    rp_outcomes_clear(&machine->outcomes);
    double start = bench_seconds(CLOCK_MONOTONIC);
    if (machine->executor->run(machine->instance, machine->job, JOBS, &machine->outcomes, &error))
        bench_give_up(error.line);
    return bench_seconds(CLOCK_MONOTONIC) - start;
}

/* Every hundredth run is of kind `odd`. Counts outcomes that are not what is due, and culprits that are not
 * named. */
static double measure(struct machine *machine, unsigned odd, unsigned *lost, unsigned *named)
{
    for (unsigned i = 0; i < JOBS; i++) {
        unsigned state = i % EVERY == EVERY - 1 ? kinds[odd].state : GUEST_PLAIN;
        machine->job[i] =
            (struct rp_job){.encoding = guest_faults_encoding(state), .prestate = machine->first + state};
    }
    double seconds = run(machine);
    for (unsigned i = 0; i < JOBS; i++) {
        bool culprit = i % EVERY == EVERY - 1;
        bool right = machine->outcomes.outcome[i].kind == (culprit ? kinds[odd].due : RP_OUTCOME_RETIRED);
        *lost += !right;
        *named += right && culprit;
    }
    return seconds;
}

/* Kills every emulator of this process after a moment, which is in the middle of runs that are slow enough.
 */
static void *kill_all(void *killed)
{
    const struct timespec moment = {.tv_nsec = 100000000};
    pid_t child[8];
    nanosleep(&moment, NULL);
    size_t count = guest_faults_children(child);
    for (size_t i = 0; i < count; i++)
        *(unsigned *)killed += kill(child[i], SIGKILL) == 0;
    return NULL;
}

/* Slow runs, as long as an emulator needs to be killed among them. How many were lost. */
static unsigned measure_killed(struct machine *machine, const char *name)
{
    unsigned killed = 0, lost = 0;
    double seconds[2];
    pthread_t thread;
    for (unsigned i = 0; i < JOBS; i++) {
        unsigned state = i & 1 ? GUEST_PLAIN : GUEST_SLOW;
        machine->job[i] =
            (struct rp_job){.encoding = guest_faults_encoding(state), .prestate = machine->first + state};
    }
    seconds[0] = run(machine);
    if (pthread_create(&thread, NULL, kill_all, &killed))
        bench_give_up("no thread to kill an emulator with");
    seconds[1] = run(machine);
    pthread_join(thread, NULL);
    for (unsigned i = 0; i < JOBS; i++)
        lost += machine->outcomes.outcome[i].kind != RP_OUTCOME_RETIRED;
    printf("%-6s %8.0f slow runs/s, %u emulators killed among them (%.0f without), %u lost\n", name,
           (double)JOBS / seconds[1], killed, (double)JOBS / seconds[0], lost);
    return lost;
}

static struct tally measure_all(const char *name)
{
    static struct machine machine;
    static struct rp_prestate prestates[GUEST_STATES];
    struct rp_error error;
    double plain = 0;
    struct tally tally = {0};
    machine = (struct machine){.executor = rp_executor_find(name)->executor};
    if (!machine.executor || machine.executor->open(NULL, &machine.instance, &error)) {
        printf("%-6s does not run here\n", name);
        return tally;
    }
    for (unsigned i = 0; i < GUEST_STATES; i++)
        guest_faults_prestate(i, &prestates[i]);
    if (machine.executor->prepare(machine.instance, prestates, GUEST_STATES, &machine.first, &error))
        bench_give_up(error.line);
    for (unsigned i = 0; i < KINDS; i++) {
        unsigned lost = 0, named = 0;
        double seconds = measure(&machine, i, &lost, &named);
        plain = i == 0 ? seconds : plain;
        tally.lost += lost;
        tally.named += i > 0 ? named : 0;
        tally.culprits += i > 0 ? FAULTS : 0;
        printf("%-6s %8.0f runs/s, every hundredth %s, %u lost", name, (double)JOBS / seconds, kinds[i].name,
               lost);
        if (i > 0)
            printf(", %u of %zu culprits named, %.1f ms for each", named, FAULTS,
                   1e3 * (seconds - plain) / (double)FAULTS);
        putchar('\n');
    }
    tally.lost += measure_killed(&machine, name);
    tally.runs = (KINDS + 1) * JOBS;
    rp_outcomes_free(&machine.outcomes);
    machine.executor->close(machine.instance);
    return tally;
}

int main(void)
{
    static const char *const names[] = {"qemu", "bochs"};
    struct tally tally[2];
    unsigned lost = 0;
    for (unsigned i = 0; i < 2; i++)
        tally[i] = measure_all(names[i]);
    for (unsigned i = 0; i < 2; i++) {
        const struct tally *t = &tally[i];
        lost += t->lost;
        if (!t->runs)
            continue;
        printf("ratio runs_kept_%s %.4f goal 1\n", names[i], 1 - t->lost / (double)t->runs);
        printf("ratio culprits_named_%s %.2f goal 1\n", names[i], t->named / (double)t->culprits);
    }
    return lost != 0;
}
