/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest says it can hold it holds: under every value of every resource a NOP changes nothing but
 * RIP. */
#include "support/guest_tests.h"
#include "support/rig.h"

#include "state/recipe.h"

#include <stdio.h>
#include <string.h>

static const char *tested;
static bool runs;

static int open_it(void **state)
{
    (void)state;
    runs = rig_open_executor(tested) == RP_OK;
    return 0;
}

static const struct rp_capabilities *can(void)
{
    return rp_executor_find(tested)->executor->capabilities(rig_instance());
}

/* Runs a NOP with one resource at `value`. */
static void expect_held(enum rp_mode mode, unsigned ring, enum rp_resource resource, uint64_t value)
{
    static struct rp_recipe recipe;
    static struct rp_prestate prestate;
    struct rp_error error;
    const struct rp_executor *executor = rp_executor_find(tested)->executor;
    struct rp_job job = {.encoding = {.bytes = {0x90}, .length = 1}};
    rp_recipe_init(&recipe, mode, RP_POLICY_LEGACY);
    recipe.machine.value[resource] = value;
    assert_int_equal(rp_prestate_build(&prestate, mode, ring, &recipe.user, &recipe.machine, &error), RP_OK);
    assert_int_equal(executor->prepare(rig_instance(), &prestate, 1, &job.prestate, &error), RP_OK);
    const struct rp_outcome *outcome = rig_run_job(&job);
    executor->forget(rig_instance(), job.prestate);
    if (outcome->kind != RP_OUTCOME_RETIRED || outcome->count != 1)
        fail_msg("%s ring %u, %s=%llx: %s, %u changes", rp_mode_info(mode)->name, ring,
                 rp_resource_info(resource)->name, (unsigned long long)value,
                 rp_outcome_kind_name((enum rp_outcome_kind)outcome->kind), outcome->count);
}

static void expect_all_held(enum rp_mode mode, unsigned ring)
{
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const struct rp_resource_info *info = rp_resource_info((enum rp_resource)r);
        if (!can()->resource[r] || !rp_resource_in_mode((enum rp_resource)r, mode))
            continue;
        for (unsigned i = 0; i < info->perturb.count; i++)
            expect_held(mode, ring, (enum rp_resource)r,
                        rp_resource_perturbation((enum rp_resource)r, mode, i));
        for (unsigned i = 0; i < info->flip.count; i++)
            expect_held(mode, ring, (enum rp_resource)r, info->flip.value[i]);
        if (info->traps != RP_TRAPS_NOTHING)
            expect_held(mode, ring, (enum rp_resource)r, info->trap);
    }
}

static void every_value_of_what_it_can_set_is_held(void **state)
{
    (void)state;
    if (!runs)
        skip();
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        for (unsigned ring = 0; ring <= 3; ring += 3)
            if (can()->ring[mode][ring])
                expect_all_held((enum rp_mode)mode, ring);
}

/* In real mode and vm86 a selector is a number; also one that has a meaning for the guest itself. */
static void selectors_of_real_mode_may_be_any_number(void **state)
{
    static const unsigned selectors[] = {0,      8,      0xb,    0x10,   0x18,   0x40,   0x1000,
                                         0x1180, 0xffb8, 0xffc0, 0xffd0, 0xffd8, 0xffe0, 0xffff};
    (void)state;
    if (!runs)
        skip();
    for (unsigned i = 0; i < 2 * sizeof selectors / sizeof selectors[0]; i++) {
        unsigned selector = selectors[i / 2], base = selector << 4;
        char user[160];
        snprintf(
            user, sizeof user,
            "ds.selector=%x,ds.base=%x,es.selector=%x,es.base=%x,fs.selector=%x,fs.base=%x,gs.selector=%x,"
            "gs.base=%x",
            selector, base, selector, base, selector, base, selector, base);
        rig_run(i % 2 ? RP_MODE_VM86 : RP_MODE_REAL16, i % 2 ? "ring=3" : "ring=0", user, "90");
        rig_expect("rip=401");
    }
}

static void what_vectors_push_is_not_shown_where_the_stack_wraps(void **state)
{
    (void)state;
    if (!runs)
        skip();
    for (unsigned sp = 0; sp <= 16; sp += 2) {
        char user[80];
        snprintf(user, sizeof user, "rsp=%x,ss.selector=2001,ss.base=20010", sp);
        assert_int_equal(rig_run(RP_MODE_REAL16, "ring=0", user, "90")->count, 1);
        rig_expect("rip=401");
    }
}

/* Real mode reaches more of its segments than is compared: what one test has written there no other one
 * reads. */
static void nothing_is_left_behind_outside_the_windows(void **state)
{
    static const char *const prefixes[] = {"", "36", "2e"}; /* DS, SS, CS */
    (void)state;
    if (!runs)
        skip();
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        char store[16], load[16];
        snprintf(store, sizeof store, "%s89870040", prefixes[i]); /* MOV [BX+4000h], AX */
        snprintf(load, sizeof load, "%s8b870040", prefixes[i]);
        assert_int_equal(rig_run(RP_MODE_REAL16, "ring=0", "rax=1234", store)->kind, RP_OUTCOME_RETIRED);
        rig_run(RP_MODE_REAL16, "ring=0", "rax=1234", load);
        rig_expect(i ? "rax=0 rip=405" : "rax=0 rip=404");
    }
}

/* The doorbell is a queue of bytes, which the guest must not let run full. */
static void thousands_of_orders_of_one_job_come_back(void **state)
{
    (void)state;
    if (!runs)
        skip();
    struct rp_job job = {.encoding = {.bytes = {0x90}, .length = 1},
                         .prestate = rig_prepare(RP_MODE_LONG64, "ring=3", "-")};
    for (unsigned i = 0; i < 5000; i++)
        assert_int_equal(rig_run_job(&job)->kind, RP_OUTCOME_RETIRED);
    rig_forget(job.prestate);
}

/* One order of jobs, each of which is to retire. */
static void expect_retired(const struct rp_job *jobs, size_t count, const char *what)
{
    static struct rp_outcomes outcomes;
    struct rp_error error;
    rp_outcomes_clear(&outcomes);
    assert_int_equal(rp_executor_find(tested)->executor->run(rig_instance(), jobs, count, &outcomes, &error),
                     RP_OK);
    for (size_t i = 0; i < outcomes.count; i++)
        if (outcomes.outcome[i].kind != RP_OUTCOME_RETIRED)
            fail_msg("%s, job %zu: %s", what, i,
                     rp_outcome_kind_name((enum rp_outcome_kind)outcomes.outcome[i].kind));
}

/* So many NOPs that ticks of the guard come at many steps on the way in and out. An order begins with a whole
 * tick, and runs take turns as regular as a clock: what stands in front of them, which takes longer, moves
 * the ticks. */
static void expect_no_tick_kills(enum rp_mode mode, const char *ring)
{
    enum { ORDERS = 40, JOBS = 100 };
    static struct rp_job jobs[ORDERS + JOBS];
    char what[40];
    uint32_t prestate = rig_prepare(mode, ring, "-");
    snprintf(what, sizeof what, "%s %s", rp_mode_info(mode)->name, ring);
    for (size_t i = 0; i < ORDERS + JOBS; i++)
        jobs[i] = (struct rp_job){.encoding = {.bytes = {i < ORDERS ? 0x50 : 0x90}, .length = 1},
                                  .prestate = prestate};
    for (unsigned order = 0; order < ORDERS; order++)
        expect_retired(jobs + order, ORDERS + JOBS - order, what);
    rig_forget(prestate);
}

static void ticks_of_the_guard_are_nobodys_death(void **state)
{
    (void)state;
    if (!runs)
        skip();
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        for (unsigned ring = 0; ring <= 3; ring += 3)
            if (can()->ring[mode][ring])
                expect_no_tick_kills((enum rp_mode)mode, ring ? "ring=3" : "ring=0");
}

/* The instruction's place by another segment, so that IP is 0: some ticks come before it begins, and 0 is no
 * mark of anything. */
static void ticks_at_ip_0_are_ticks(void **state)
{
    enum { ORDERS = 40, JOBS = 300 };
    static struct rp_job jobs[JOBS];
    (void)state;
    if (!runs)
        skip();
    uint32_t prestate = rig_prepare(RP_MODE_REAL16, "ring=0", "rip=0,cs.selector=1040,cs.base=10400");
    for (size_t i = 0; i < JOBS; i++)
        jobs[i] =
            (struct rp_job){.encoding = {.bytes = {i % 3 ? 0x90 : 0x50}, .length = 1}, .prestate = prestate};
    for (unsigned order = 0; order < ORDERS; order++)
        expect_retired(jobs, JOBS, "real16 at IP 0");
    rig_forget(prestate);
}

/* 8F E8 58 C3 C0 01 is VPROTQ of AMD's XOP; to who knows none POP EAX, POP EAX, RET. */
static void one_instruction_runs_where_xop_is_unknown(void **state)
{
    uint64_t rip;
    (void)state;
    if (!runs)
        skip();
    const struct rp_outcome *outcome = rig_run(RP_MODE_PROT32, "ring=3", "-", "8fe858c3c001");
    if (outcome->kind == RP_OUTCOME_TRAPPED)
        return;
    assert_int_equal(outcome->kind, RP_OUTCOME_RETIRED);
    assert_true(rig_changed("rip", &rip));
    assert_true(rip == RP_ARENA_INSTRUCTION + 2 || rip == RP_ARENA_INSTRUCTION + 6);
}

int guest_tests_runs(const char *executor)
{
    tested = executor;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousands_of_orders_of_one_job_come_back),
        cmocka_unit_test(every_value_of_what_it_can_set_is_held),
        cmocka_unit_test(what_vectors_push_is_not_shown_where_the_stack_wraps),
        cmocka_unit_test(nothing_is_left_behind_outside_the_windows),
        cmocka_unit_test(selectors_of_real_mode_may_be_any_number),
        cmocka_unit_test(ticks_of_the_guard_are_nobodys_death),
        cmocka_unit_test(ticks_at_ip_0_are_ticks),
        cmocka_unit_test(one_instruction_runs_where_xop_is_unknown),
    };
    return cmocka_run_group_tests(tests, open_it, rig_close);
}
