/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runners with a configuration are killed while they work, at moments that a seed chooses: each job has its
 * one result, in its place, as if nothing had happened, and a job is called a death only where its runner
 * ended twice. */
#include "base/random.h"
#include "native/crew.h"
#include "native/native.h"
#include "native/rig.h"
#include "support/suite.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define SEED      1
#define DEATHS    40 /* of each turn */
#define BATCHES   2000
#define LIMITS    3
#define STATES    120 /* some of each limit */
#define JOBS      2500
#define LOOP_AT   700
#define LOOP_JOBS 900

static void *instance;
static volatile uint64_t counter;
static struct rp_outcomes calm, outcomes;

static int open_instance(void **state)
{
    (void)state;
    struct rp_executor_options options = {.run_counter = &counter};
    struct rp_error error;
    int result = rp_executor_native.open(&options, &instance, &error);
    rig_skip_without(result, &error);
    return result;
}

static int close_instance(void **state)
{
    (void)state;
    rp_executor_native.close(instance);
    rp_outcomes_free(&calm);
    rp_outcomes_free(&outcomes);
    return 0;
}

/* Who kills, beside the executor that works: at most one at a time. */
static struct killer {
    const uint8_t *culprit; /* two bytes: only in jobs that begin so; NULL: in any */
    unsigned most;
    atomic_uint deaths;
    struct rp_random random;
    struct {
        pid_t pid;
        bool dead;        /* by our hand, and by no other: until then nobody else has its number */
        uint64_t ordered; /* when it was first seen */
        uint32_t jobs;    /* to be done in an order before its death */
    } member[RP_NATIVE_CREW];
    pthread_t thread;
    atomic_bool running;
} killer;

/* A runner that starts makes jobs too, for itself: it may die in an order behind that alone, and where it has
 * got on in it, so that another death is not the same job's. For a culprit, that is just what is wanted. */
static bool is_moment(const volatile struct rp_native_shared *shared, unsigned i)
{
    uint64_t ordered = shared->ordered;
    if (ordered == killer.member[i].ordered || ordered == shared->answered)
        return false;
    if (!killer.culprit)
        return shared->done - shared->first >= killer.member[i].jobs;
    const volatile uint8_t *bytes = shared->job[shared->current].encoding.bytes;
    return shared->current == shared->done && bytes[0] == killer.culprit[0] && bytes[1] == killer.culprit[1];
}

static void look_at(const volatile struct rp_native_process *process, unsigned i)
{
    pid_t pid = process->pid;
    if (pid <= 0)
        return;
    if (pid != killer.member[i].pid) {
        killer.member[i].ordered = process->shared->ordered;
        killer.member[i].pid = pid;
        killer.member[i].jobs = 1 + (uint32_t)rp_random_below(&killer.random, JOBS / LIMITS / 3);
        killer.member[i].dead = false;
    } else if (!killer.member[i].dead && is_moment(process->shared, i)) {
        killer.member[i].dead = true;
        kill(pid, SIGKILL);
        killer.deaths++;
    }
}

/* The first runner has nothing set: its deaths are test_containment's. */
static void look_around(void)
{
    const volatile struct rp_native_crew *crew = rp_native_crew_of(instance);
    for (unsigned i = 1; i < crew->count && killer.deaths < killer.most; i++)
        look_at(&crew->member[i], i);
}

static void *watch(void *context)
{
    while (killer.running) {
        look_around();
        sched_yield();
    }
    return context;
}

static void begin(const uint8_t *culprit, unsigned most)
{
    killer =
        (struct killer){.culprit = culprit, .most = most, .random = rp_random_make(SEED, 0), .running = true};
    look_around(); /* who is there already, before it has orders */
    assert_int_equal(pthread_create(&killer.thread, NULL, watch, NULL), 0);
}

static int finish(void **state)
{
    (void)state;
    if (killer.running) {
        killer.running = false;
        pthread_join(killer.thread, NULL);
    }
    return 0;
}

/* LFS takes a number from memory, by which each state is known, and a selector of the LDT, by whose limit its
 * runner is. */
static uint32_t prepare_states(enum rp_mode mode)
{
    uint32_t first = 0;
    for (unsigned i = 0; i < STATES; i++) {
        char user[60], machine[60];
        snprintf(user, sizeof user, "rbx=20400,data+400=%02x5a00000700", i);
        snprintf(machine, sizeof machine, "ring=3,ldt.data.limit=%x", 0x1000 * (1 + i % LIMITS));
        uint32_t index = rig_prepare_on(instance, mode, machine, user);
        first = i ? first : index;
    }
    return first;
}

/* LFS EAX to EDX, ESI, EDI, but EBX and ESP, from [EBX]; a NOP among them needs no configuration. `limits`:
 * of how many runners they are. */
static void fill(struct rp_job *jobs, size_t count, uint32_t first, unsigned limits)
{
    static const uint8_t targets[] = {RP_REG_RAX, RP_REG_RCX, RP_REG_RDX, RP_REG_RBP, RP_REG_RSI, RP_REG_RDI};
    for (size_t i = 0; i < count; i++) {
        unsigned state = (unsigned)(i * 7) % STATES;
        uint8_t target = targets[i / STATES % sizeof targets];
        jobs[i] = (struct rp_job){.encoding = {{0x0f, 0xb4, (uint8_t)(0x03 | target << 3)}, 3},
                                  .prestate = first + (limits == 1 ? state - state % LIMITS : state)};
        if (limits > 1 && i % 5 == 4)
            jobs[i].encoding = (struct rp_encoding){{0x90}, 1};
    }
}

static void run(const struct rp_job *jobs, size_t count, struct rp_outcomes *into)
{
    struct rp_error error = {0};
    uint64_t before = counter;
    rp_outcomes_clear(into);
    if (rp_executor_native.run(instance, jobs, count, into, &error))
        fail_msg("%s", error.line);
    assert_int_equal(into->count, count);
    assert_int_equal(counter - before, count);
}

static bool are_alike(size_t i)
{
    const struct rp_outcome *a = &calm.outcome[i], *b = &outcomes.outcome[i];
    return a->kind == b->kind && a->vector == b->vector && a->length == b->length && a->count == b->count &&
           memcmp(calm.change + a->first, outcomes.change + b->first, a->count * sizeof *calm.change) == 0;
}

static void expect_alike(size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (!are_alike(i))
            fail_msg("job %zu: %s %u instead of %s %u", i,
                     rp_outcome_kind_name((enum rp_outcome_kind)outcomes.outcome[i].kind),
                     outcomes.outcome[i].vector,
                     rp_outcome_kind_name((enum rp_outcome_kind)calm.outcome[i].kind),
                     calm.outcome[i].vector);
}

static bool can_set_limits(void)
{
    const struct rp_capabilities *table = rp_executor_native.capabilities(instance);
    return table->resource[RP_RESOURCE_PROBE_LDT_DATA_LIMIT] && table->resource[RP_RESOURCE_FS_SELECTOR];
}

static uint64_t starts(void)
{
    const struct rp_native_crew *crew = rp_native_crew_of(instance);
    uint64_t all = 0;
    for (unsigned i = 0; i < crew->count; i++)
        all += crew->member[i].started;
    return all;
}

static void kill_in_batches(uint32_t first, unsigned limits)
{
    static struct rp_job jobs[JOBS];
    fill(jobs, JOBS, first, limits);
    run(jobs, JOBS, &calm);
    for (size_t i = 0; i < JOBS; i++)
        assert_int_equal(calm.outcome[i].kind, RP_OUTCOME_RETIRED);
    uint64_t before = starts();
    begin(NULL, DEATHS);
    for (unsigned i = 0; i < BATCHES && killer.deaths < DEATHS; i++) {
        run(jobs, JOBS, &outcomes);
        expect_alike(0, JOBS);
    }
    finish(NULL);
    assert_int_equal(killer.deaths, DEATHS);
    run(jobs, JOBS, &outcomes); /* who was killed behind its order comes back now */
    expect_alike(0, JOBS);
    assert_int_equal(starts() - before, DEATHS);
}

static void deaths_at_any_moment_change_no_result(void **state)
{
    (void)state;
    if (!can_set_limits())
        skip();
    uint32_t first = prepare_states(RP_MODE_LONG64);
    kill_in_batches(first, LIMITS);
    kill_in_batches(first, 1);
    rp_executor_native.forget(instance, first);
}

/* JMP far [20400h] to itself, by a code segment of the LDT: it loops until that is seen, and is then stepped.
 */
static const struct rp_encoding loop = {{0xff, 0x2d, 0x00, 0x04, 0x02, 0x00}, 6};

/* Its runner is killed `times` while it loops; what is asked of it is in `outcomes` then. */
static void kill_the_loop(const struct rp_job *jobs, unsigned times)
{
    unsigned batches = 0;
    do { /* until it died in time: before the loop was over */
        begin(loop.bytes, times);
        run(jobs, LOOP_JOBS, &outcomes);
        finish(NULL);
        expect_alike(0, LOOP_AT);
        expect_alike(LOOP_AT + 1, LOOP_JOBS);
    } while (killer.deaths != times && ++batches < BATCHES);
    assert_int_equal(killer.deaths, times);
}

static void a_job_is_a_death_where_its_runner_ended_twice(void **state)
{
    static struct rp_job jobs[LOOP_JOBS];
    (void)state;
    if (!can_set_limits())
        skip();
    uint32_t first = prepare_states(RP_MODE_COMPAT32);
    fill(jobs, LOOP_JOBS, first, 1);
    jobs[LOOP_AT] =
        (struct rp_job){.encoding = loop,
                        .prestate = rig_prepare_on(instance, RP_MODE_COMPAT32, "ring=3,ldt.code.limit=4000",
                                                   "data+400=000401000f00")};
    run(jobs, LOOP_JOBS, &calm);
    assert_int_equal(calm.outcome[LOOP_AT].kind, RP_OUTCOME_RETIRED);
    kill_the_loop(jobs, 1);
    assert_int_equal(outcomes.outcome[LOOP_AT].kind, RP_OUTCOME_RETIRED);
    kill_the_loop(jobs, 2);
    assert_int_equal(outcomes.outcome[LOOP_AT].kind, RP_OUTCOME_DIED);
    assert_int_equal(outcomes.outcome[LOOP_AT].vector, SIGKILL);
    rp_executor_native.forget(instance, first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(deaths_at_any_moment_change_no_result, finish),
        cmocka_unit_test_teardown(a_job_is_a_death_where_its_runner_ended_twice, finish),
    };
    return cmocka_run_group_tests(tests, open_instance, close_instance);
}
