/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes wrong in a guest has a culprit, and costs no other run its outcome: triple faults, hangs, an
 * image that a test has written over, an emulator killed from outside. */
#include "support/guest_tests.h"

#include "executor/registry.h"
#include "guest/contract.h"
#include "state/recipe.h"
#include "support/suite.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define JOBS  ((size_t)3 * RP_GUEST_JOBS) /* several orders */
#define EVERY ((size_t)100)
#define KINDS 128 /* plain runs that come to different ends: an old result is no new one */

static const struct {
    enum rp_mode mode;
    const char *machine, *user;
    struct rp_encoding encoding;
} states[GUEST_STATES] = {
    [GUEST_PLAIN] = {RP_MODE_LONG64, "ring=0", "-", {{0x83, 0xc0, 0x00}, 3}}, /* ADD EAX, imm8 */
    /* REPE CMPSB of the image's code with itself: less than a tick of the guard, but an order of it is long
     */
    [GUEST_SLOW] = {RP_MODE_LONG64, "ring=0", "rsi=1000000,rdi=1000000,rcx=f000", {{0xf3, 0xa6}, 2}},
    /* MOV [RBX], RAX: the descriptor of the code segment that all vectors lead to */
    [GUEST_FATAL] = {RP_MODE_LONG64, "ring=0", "rbx=800010,rax=0", {{0x48, 0x89, 0x03}, 3}},
    /* REP LODSB over all that image and host share: some hundred ticks of the guard (a segment of real mode
     * ends before the first) */
    [GUEST_HANGING] = {RP_MODE_LONG64, "ring=0", "rsi=3000000,rcx=4000000", {{0xf3, 0xac}, 2}},
    /* MOV [RBX], RAX: the image's code */
    [GUEST_OVERWRITING] = {RP_MODE_LONG64, "ring=0", "rbx=1000400,rax=0", {{0x48, 0x89, 0x03}, 3}},
};

struct bench {
    const struct rp_executor *executor;
    void *instance;
    volatile uint64_t counter;
    uint32_t first;
    struct rp_job job[JOBS];
    struct rp_outcomes outcomes;
    uint64_t plain[KINDS]; /* hashes, undisturbed */
};

static struct bench bench;
static const char *tested;
static bool runs;

struct rp_encoding guest_faults_encoding(unsigned state)
{
    return states[state].encoding;
}

void guest_faults_prestate(unsigned state, struct rp_prestate *prestate)
{
    static struct rp_recipe recipe;
    struct rp_error error;
    unsigned ring;
    enum rp_mode mode = states[state].mode;
    rp_recipe_init(&recipe, mode, RP_POLICY_LEGACY);
    assert_int_equal(
        rp_machine_parse(states[state].machine, mode, RP_POLICY_LEGACY, &recipe.machine, &ring, &error),
        RP_OK);
    assert_int_equal(rp_user_parse(states[state].user, mode, &recipe.user, &error), RP_OK);
    assert_int_equal(rp_prestate_build(prestate, mode, ring, &recipe.user, &recipe.machine, &error), RP_OK);
}

static int open_it(void **state)
{
    static struct rp_prestate prestates[GUEST_STATES];
    struct rp_error error;
    struct rp_executor_options options = {.run_counter = &bench.counter};
    (void)state;
    bench.executor = rp_executor_find(tested)->executor;
    runs = bench.executor && bench.executor->open(&options, &bench.instance, &error) == RP_OK;
    if (!runs)
        return 0;
    for (unsigned i = 0; i < GUEST_STATES; i++)
        guest_faults_prestate(i, &prestates[i]);
    assert_int_equal(bench.executor->prepare(bench.instance, prestates, GUEST_STATES, &bench.first, &error),
                     RP_OK);
    return 0;
}

static int close_it(void **state)
{
    (void)state;
    if (runs)
        bench.executor->close(bench.instance);
    rp_outcomes_free(&bench.outcomes);
    return 0;
}

/* Runs the first `count` jobs. */
static void run(size_t count)
{
    struct rp_error error;
    bench.counter = 0;
    rp_outcomes_clear(&bench.outcomes);
    if (bench.executor->run(bench.instance, bench.job, count, &bench.outcomes, &error) != RP_OK)
        fail_msg("%s", error.line);
    assert_int_equal(bench.outcomes.count, count);
    assert_int_equal(bench.counter, count);
}

/* Runs `count` jobs; every EVERY-th is of state `odd`, the others are plain. */
static void run_with(unsigned odd, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned state = i % EVERY == EVERY - 1 ? odd : GUEST_PLAIN;
        bench.job[i] = (struct rp_job){.encoding = states[state].encoding, .prestate = bench.first + state};
        if (state == GUEST_PLAIN)
            bench.job[i].encoding.bytes[2] = (uint8_t)(i % KINDS);
    }
    run(count);
}

/* The plain runs came to what they come to undisturbed, the others to `kind`. */
static void expect(enum rp_outcome_kind kind)
{
    for (size_t i = 0; i < bench.outcomes.count; i++) {
        const struct rp_outcome *outcome = &bench.outcomes.outcome[i];
        bool odd = i % EVERY == EVERY - 1;
        if (outcome->kind != (odd ? kind : RP_OUTCOME_RETIRED) ||
            (!odd && outcome->hash != bench.plain[i % KINDS]))
            fail_msg("job %zu: %s", i, rp_outcome_kind_name((enum rp_outcome_kind)outcome->kind));
    }
}

static void plain_runs_differ(void **state)
{
    (void)state;
    if (!runs)
        skip();
    run_with(GUEST_PLAIN, KINDS);
    for (size_t i = 0; i < KINDS; i++) {
        bench.plain[i] = bench.outcomes.outcome[i].hash;
        assert_true(i == 0 || bench.plain[i] != bench.plain[i - 1]);
    }
}

static void a_triple_fault_is_the_death_of_its_run_alone(void **state)
{
    (void)state;
    if (!runs)
        skip();
    run_with(GUEST_FATAL, JOBS);
    expect(RP_OUTCOME_DIED);
}

static void a_run_that_does_not_end_hangs_alone(void **state)
{
    (void)state;
    if (!runs)
        skip();
    run_with(GUEST_HANGING, JOBS);
    expect(RP_OUTCOME_HUNG);
}

static void an_overwritten_image_is_noticed_and_its_culprit_named(void **state)
{
    (void)state;
    if (!runs)
        skip();
    run_with(GUEST_OVERWRITING, 2 * EVERY);
    expect(RP_OUTCOME_DIED);
}

#define LONG_ORDER   RP_GUEST_JOBS
#define KILLED_AFTER 70000000 /* ns of the emulator's own time: in mid-order */

static struct {
    size_t emulators;
    unsigned killed;
    bool in_order; /* no outcome had come back by then */
} killer;

/* The processor time that a child of this process has used, in ns; 0: it is gone. */
static uint64_t used_by(pid_t child)
{
    clockid_t clock;
    struct timespec used = {0};
    if (clock_getcpuclockid(child, &clock) == 0)
        clock_gettime(clock, &used);
    return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

size_t guest_faults_children(pid_t child[8])
{
    char path[64], line[256] = "", *rest = line;
    size_t count = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *list = fopen(path, "r");
    if (!list || !fgets(line, sizeof line, list))
        line[0] = '\0';
    if (list)
        fclose(list);
    for (long pid = strtol(rest, &rest, 10); pid > 0 && count < 8; pid = strtol(rest, &rest, 10))
        child[count++] = (pid_t)pid;
    return count;
}

/* Kills the emulator that works, in the middle of its work. */
static void *kill_in_mid_order(void *context)
{
    pid_t child[8];
    uint64_t since[8];
    size_t count = guest_faults_children(child);
    (void)context;
    killer.emulators = count;
    for (size_t i = 0; i < count; i++)
        since[i] = used_by(child[i]);
    while (!killer.killed && count && bench.counter < LONG_ORDER) {
        sched_yield();
        for (size_t i = 0; i < count && !killer.killed; i++) {
            if (used_by(child[i]) < since[i] + KILLED_AFTER)
                continue;
            killer.in_order = bench.counter == 0;
            killer.killed += kill(child[i], SIGKILL) == 0;
        }
    }
    return NULL;
}

/* One order: slow runs, and plain ones whose results can't be mistaken for each other. */
static void run_long_order(void)
{
    for (size_t i = 0; i < LONG_ORDER; i++) {
        unsigned state = i & 1 ? GUEST_PLAIN : GUEST_SLOW;
        bench.job[i] = (struct rp_job){.encoding = states[state].encoding, .prestate = bench.first + state};
        if (state == GUEST_PLAIN)
            bench.job[i].encoding.bytes[2] = (uint8_t)(i % KINDS);
    }
    run(LONG_ORDER);
}

static void who_kills_the_emulator_in_mid_order_takes_no_outcome_away(void **state)
{
    pthread_t thread;
    (void)state;
    if (!runs)
        skip();
    run_with(GUEST_PLAIN, KINDS); /* an order that has left its results behind */
    bench.counter = 0;
    assert_int_equal(pthread_create(&thread, NULL, kill_in_mid_order, NULL), 0);
    run_long_order();
    pthread_join(thread, NULL);
    if (!killer.emulators) /* a kernel that does not list children */
        skip();
    assert_int_equal(killer.killed, 1);
    assert_true(killer.in_order);
    for (size_t i = 0; i < LONG_ORDER; i++) {
        const struct rp_outcome *outcome = &bench.outcomes.outcome[i];
        uint64_t hash = i & 1 ? bench.plain[i % KINDS] : bench.outcomes.outcome[0].hash;
        if (outcome->kind != RP_OUTCOME_RETIRED || outcome->hash != hash)
            fail_msg("job %zu: %s", i, rp_outcome_kind_name((enum rp_outcome_kind)outcome->kind));
    }
}

int guest_tests_faults(const char *executor)
{
    tested = executor;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_runs_differ),
        cmocka_unit_test(a_triple_fault_is_the_death_of_its_run_alone),
        cmocka_unit_test(a_run_that_does_not_end_hangs_alone),
        cmocka_unit_test(an_overwritten_image_is_noticed_and_its_culprit_named),
        cmocka_unit_test(who_kills_the_emulator_in_mid_order_takes_no_outcome_away),
    };
    return cmocka_run_group_tests(tests, open_it, close_it);
}
