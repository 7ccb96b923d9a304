/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pool: every item is done once and in order, and a run that takes its worker with it costs that run
 * alone. */
#include "executor/script.h"

#include <string.h>

static const unsigned worker_counts[] = {1, 2, 7};
#define FOR_EACH_WORKER_COUNT(workers)                                                                       \
    for (const unsigned *workers = worker_counts; workers < worker_counts + 3; workers++)

static struct script script;

/* Milliseconds for tests that wait for a hang to be found. Much less, and a machine under load makes hangs.
 */
#define HANG 250

static int free_script(void **state)
{
    (void)state;
    script_free(&script);
    return 0;
}

/* Asserts the letters of item `item`; runs the script by so many workers. */
static void assert_result(size_t item, unsigned workers, const char *letters)
{
    script.watched = item;
    script.result[0] = '\0';
    assert_int_equal(script_run_by(&script, 40, workers), RP_OK);
    assert_int_equal(script.status.done, 40);
    assert_string_equal(script.result, letters);
}

static void each_item_is_done_once_and_in_order(void **state)
{
    (void)state;
    script_init(&script, NULL);
    FOR_EACH_WORKER_COUNT(workers)
    {
        assert_int_equal(script_run_by(&script, ITEMS_MAX, *workers), RP_OK);
        assert_int_equal(script.status.done, ITEMS_MAX);
        assert_int_equal(script.status.runs, (uint64_t)ITEMS_MAX * RUNS);
        assert_int_equal(script.status.restarts, 0);
        assert_int_equal(script.book->opened, *workers);
        assert_int_equal(script.book->closed, *workers);
        for (size_t item = 0; item < ITEMS_MAX; item++)
            script_assert_calls(&script, item, 0, 0);
    }
}

static void no_items_need_no_worker(void **state)
{
    (void)state;
    script_init(&script, NULL);
    assert_int_equal(script_run(&script, 0, NULL), RP_OK);
    assert_int_equal(script.book->opened, 0);
    assert_int_equal(script_run_by(&script, 1, 7), RP_OK);
    assert_int_equal(script.book->opened, 1);
    assert_int_equal(script_run_by(&script, 5, 0), RP_OK); /* 0 workers is 1 */
    assert_int_equal(script.book->opened, 1);
}

static void results_of_any_length_come_back_whole(void **state)
{
    (void)state;
    static const size_t lengths[] = {65536 - 25, 65536, 100000, 1 << 20};
    script_init(&script, NULL);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        script.length = lengths[i]; /* script.c looks at each byte */
        FOR_EACH_WORKER_COUNT(workers)
        {
            assert_int_equal(script_run_by(&script, 40, *workers), RP_OK);
            assert_int_equal(script.status.done, 40);
        }
    }
}

/* A crash of each kind, in the first, a middle and the last run, in items next to each other and apart. */
static const struct deed crashes[] = {
    {3, 2, ACT_ABORT, false},
    {4, 0, ACT_SEGV, false},
    {11, RUNS - 1, ACT_FPE, false},
    {39, 1, ACT_EXIT, false},
    {0},
};

static void a_crash_is_blamed_on_its_run_and_the_rest_is_judged(void **state)
{
    (void)state;
    script_init(&script, crashes);
    FOR_EACH_WORKER_COUNT(workers)
    {
        assert_result(3, *workers, "RRD6RRR");
        assert_int_equal(script.status.deaths, 4);
        assert_int_equal(script.status.hangs, 0);
        assert_int_equal(script.status.restarts, 4);
        assert_result(4, *workers, "D11RRRRR");
        assert_result(11, *workers, "RRRRRD8");
        assert_result(39, *workers, "RD0RRRR");
    }
}

static void only_the_culprit_is_tried_again(void **state)
{
    (void)state;
    script_init(&script, crashes);
    FOR_EACH_WORKER_COUNT(workers)
    {
        assert_int_equal(script_run_by(&script, 40, *workers), RP_OK);
        for (size_t item = 0; item < 40; item++) {
            const struct deed *deed = crashes;
            while (deed->act && deed->item != item)
                deed++;
            script_assert_calls(&script, item, deed->act != ACT_NOTHING, deed->act ? 1U << deed->run : 0);
        }
        for (int run = 0; run < RUNS;
             run++) /* what stood before it was made before it, and nothing behind it */
            assert_int_equal(script.book->made[3][0][run], run <= 2);
    }
}

static void a_hang_is_killed_and_blamed(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{2, 3, ACT_SPIN, false}, {9, 0, ACT_SPIN, false}, {0}};
    script_init(&script, deeds);
    script.hang_milliseconds = HANG;
    FOR_EACH_WORKER_COUNT(workers)
    {
        assert_result(2, *workers, "RRRH0RR");
        assert_int_equal(script.status.hangs, 2);
        assert_int_equal(script.status.deaths, 0);
        script_assert_calls(&script, 2, 1, 1 << 3);
        script_assert_calls(&script, 9, 1, 1 << 0);
        script_assert_calls(&script, 10, 0, 0);
    }
}

static void a_hang_that_uses_no_processor_is_killed_too(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{9, 0, ACT_PAUSE, false}, {0}};
    script_init(&script, deeds);
    script.hang_milliseconds = HANG / 2;
    assert_result(9, 2, "H0RRRRR");
}

static void several_runs_of_an_item_may_die(void **state)
{
    (void)state;
    static const struct deed deeds[] = {
        {6, 4, ACT_ABORT, false}, {6, 1, ACT_EXIT, false}, {6, 3, ACT_SPIN, false}, {0}};
    script_init(&script, deeds);
    script.hang_milliseconds = HANG;
    FOR_EACH_WORKER_COUNT(workers)
    {
        assert_result(6, *workers, "RD0RH0D6R");
        script_assert_calls(&script, 6, 3, 1 << 1 | 1 << 3 | 1 << 4);
        script_assert_calls(&script, 7, 0, 0);
    }
}

static void an_item_with_too_many_deaths_is_exhausted(void **state)
{
    (void)state;
    static const struct deed many[] = {{6, 1, ACT_ABORT, false},
                                       {6, 2, ACT_ABORT, false},
                                       {6, 3, ACT_ABORT, false},
                                       {6, 4, ACT_ABORT, false},
                                       {0}};
    static const struct deed first[] = {
        {6, 0, ACT_ABORT, false}, {6, 1, ACT_ABORT, false}, {6, 2, ACT_ABORT, false}, {0}};
    script_init(&script, many);
    FOR_EACH_WORKER_COUNT(workers)
    {
        for (unsigned i = 0; i < 2; i++) {
            unsigned deaths = i ? 2 : RP_DEATHS_MAX;
            script.deeds = i ? first : many;
            assert_result(6, *workers, "exhausted");
            script_assert_calls(&script, 6, deaths, (1 << RUNS) - 1);
            assert_int_equal(script.status.deaths, deaths);
            script_assert_calls(&script, 5, 0, 0);
            script_assert_calls(&script, 7, 0, 0);
        }
    }
}

/* Of two parties the one whose first runs all die is left out, the other is none the worse. */
static void a_party_that_dies_too_often_is_left_out_and_the_others_go_on(void **state)
{
    (void)state;
    static const struct deed second[] = {
        {6, 3, ACT_ABORT, false}, {6, 4, ACT_ABORT, false}, {6, 5, ACT_ABORT, false}, {0}};
    static const struct deed first[] = {{6, 0, ACT_SPIN, false}, {6, 1, ACT_EXIT, false}, {0}};
    static const struct deed both[] = {{6, 0, ACT_SEGV, false},
                                       {6, 1, ACT_SEGV, false},
                                       {6, 3, ACT_ABORT, false},
                                       {6, 4, ACT_ABORT, false},
                                       {0}};
    static const struct deed some[] = {{6, 1, ACT_ABORT, false}, {6, 4, ACT_ABORT, false}, {0}};
    static const struct {
        const struct deed *deeds;
        const char *result;
        unsigned deaths;
    } cases[] = {{second, "RRR--- 1:2xD6", 2},
                 {first, "---RRR 0:2xD0", 2},
                 {both, "------ 0:2xD11 1:2xD6", 4},
                 {some, "RD6RRD6R", 2}};
    script_init(&script, NULL);
    script.split = 3;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        script.deeds = cases[i].deeds;
        script.hang_milliseconds = HANG;
        FOR_EACH_WORKER_COUNT(workers)
        {
            assert_result(6, *workers, cases[i].result);
            assert_int_equal(script.status.deaths + script.status.hangs, cases[i].deaths);
            script_assert_calls(&script, 5, 0, 0);
            script_assert_calls(&script, 7, 0, 0);
        }
    }
}

/* A party's own deaths decide: a fourth leaves out, however they are scattered, but not one of a party beside
 * three of another. */
static void deaths_of_a_party_do_not_leave_out_another(void **state)
{
    (void)state;
    static const struct deed three[] = {{6, 1, ACT_ABORT, false},
                                        {6, 2, ACT_ABORT, false},
                                        {6, 3, ACT_ABORT, false},
                                        {6, 5, ACT_ABORT, false},
                                        {0}};
    static const struct deed four[] = {{6, 1, ACT_ABORT, false},
                                       {6, 2, ACT_ABORT, false},
                                       {6, 3, ACT_ABORT, false},
                                       {6, 4, ACT_ABORT, false},
                                       {0}};
    script_init(&script, NULL);
    FOR_EACH_WORKER_COUNT(workers)
    {
        script.deeds = three;
        script.split = 4;
        assert_result(6, *workers, "RD6D6D6RD6");
        assert_int_equal(script.status.deaths, 4);
        script_assert_calls(&script, 6, 4, 1 << 1 | 1 << 2 | 1 << 3 | 1 << 5);
        script.deeds = four;
        script.split = 5;
        assert_result(6, *workers, "-----R 0:4xD6");
        assert_int_equal(script.status.deaths, 4);
    }
}

/* What is known of a party is forgotten when another one is left out, for its runs have other ordinals then,
 * and found again. */
static void deaths_of_a_party_are_found_again_when_another_is_left_out(void **state)
{
    (void)state;
    static const struct deed deeds[] = {
        {6, 1, ACT_ABORT, false}, {6, 3, ACT_ABORT, false}, {6, 4, ACT_ABORT, false}, {0}};
    script_init(&script, deeds);
    script.split = 3;
    FOR_EACH_WORKER_COUNT(workers)
    {
        assert_result(6, *workers, "RD6R--- 1:2xD6");
        assert_int_equal(script.status.deaths, 4);
    }
}

/* Asserts that the work fails because of `item`, with items before it done and none behind it. */
static void assert_failure(const struct deed *deeds, size_t item, int code, const char *line)
{
    script_init(&script, deeds);
    script.hang_milliseconds = HANG;
    FOR_EACH_WORKER_COUNT(workers)
    {
        assert_int_equal(script_run_by(&script, 40, *workers), code);
        if (!strstr(script.error.line, line))
            assert_string_equal(script.error.line, line); /* shows both */
        assert_true(script.status.done <= item);
    }
}

static void dying_with_deaths_exhausted_is_the_programs_fault(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{6, 0, ACT_ABORT, true},  {6, 1, ACT_ABORT, false},
                                        {6, 2, ACT_ABORT, false}, {6, 3, ACT_ABORT, false},
                                        {6, 4, ACT_ABORT, false}, {0}};
    assert_failure(deeds, 6, RP_EENVIRONMENT,
                   "a worker died of SIGABRT in run 0 of item 6, which is known to be dead");
}

static void a_run_of_a_party_that_is_left_out_is_the_programs_fault(void **state)
{
    (void)state;
    static const struct deed deeds[] = {
        {6, 3, ACT_ABORT, false}, {6, 4, ACT_ABORT, false}, {6, 5, ACT_ABORT, true}, {0}};
    script_init(&script, deeds);
    script.split = 3;
    assert_int_equal(script_run_by(&script, 40, 1), RP_EENVIRONMENT);
    assert_string_equal(
        script.error.line,
        "a worker died of SIGABRT in run 3 of item 6, by party 1, which no run can be blamed for");
}

static void dying_before_the_first_run_is_the_programs_fault(void **state)
{
    (void)state;
    static const struct deed dies[] = {{6, -1, ACT_SEGV, false}, {0}};
    static const struct deed hangs[] = {{0, -1, ACT_SPIN, false}, {0}};
    assert_failure(dies, 6, RP_EENVIRONMENT,
                   "a worker died of SIGSEGV before the first run of item 6, which no run can be blamed for");
    script_free(&script);
    assert_failure(hangs, 0, RP_EENVIRONMENT, "a worker hung before the first run of item 0");
}

static void dying_again_in_a_run_that_is_known_to_die_is_the_programs_fault(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{6, 2, ACT_ABORT, true}, {0}};
    assert_failure(deeds, 6, RP_EENVIRONMENT,
                   "in run 2 of item 6, which is known to be dead and was not to be made");
    assert_int_equal(script.status.deaths, 2);
}

static void a_failing_item_ends_the_work_when_its_turn_comes(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{20, -1, ACT_FAIL, false}, {0}};
    assert_failure(deeds, 20, RP_EINPUT, "item 20 can't be done");
    assert_int_equal(script.status.done, 20);
}

static int fail_at_ten(struct script *running, size_t item, struct rp_error *error)
{
    (void)running;
    return item == 10 ? rp_error_set(error, RP_EINTERRUPTED, "no more time") : RP_OK;
}

static void what_done_returns_ends_the_work(void **state)
{
    (void)state;
    script_init(&script, NULL);
    script.done = fail_at_ten;
    FOR_EACH_WORKER_COUNT(workers)
    {
        assert_int_equal(script_run_by(&script, ITEMS_MAX, *workers), RP_EINTERRUPTED);
        assert_string_equal(script.error.line, "no more time");
        assert_int_equal(script.done_count, 11);
    }
}

static void a_kill_from_outside_blames_no_run(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{6, 2, ACT_KILL_ONCE, false}, {0}};
    script_init(&script, deeds);
    FOR_EACH_WORKER_COUNT(workers)
    {
        assert_result(6, *workers, "RRRRRR");
        assert_int_equal(script.status.deaths, 1);
        assert_int_equal(script.book->called[6][0], 2);
        assert_int_equal(script.book->called[6][1], 0);
    }
}

static void dying_between_items_loses_none(void **state)
{
    (void)state;
    static const struct deed reading[] = {{6, 2, ACT_DIE_READING, false}, {0}};
    static const struct deed writing[] = {{6, 2, ACT_DIE_WRITING, false}, {0}};
    script_init(&script, reading);
    FOR_EACH_WORKER_COUNT(workers)
    {
        script.deeds = reading;
        assert_result(6, *workers, "RRRRRR");
        assert_int_equal(script.status.deaths, 1);
        assert_int_equal(script.book->called[6][0], 1); /* its result was sent before */
        script.deeds = writing;
        assert_result(6, *workers, "RRRRRR");
        assert_int_equal(script.status.deaths, 1);
        assert_int_equal(script.book->called[6][0], 1); /* its result is on the board */
    }
}

static int refuse_first(struct script *running, struct rp_error *error)
{
    unsigned earlier = __atomic_fetch_add(&running->book->once, 1, __ATOMIC_SEQ_CST);
    return earlier ? RP_OK : rp_error_set(error, RP_EENVIRONMENT, "too little address space");
}

static int refuse_all(struct script *running, struct rp_error *error)
{
    (void)running;
    return rp_error_set(error, RP_EENVIRONMENT, "too little address space");
}

static int die_opening(struct script *running, struct rp_error *error)
{
    (void)running, (void)error;
    raise(SIGILL);
    return RP_OK;
}

static void workers_that_cannot_open_are_done_without(void **state)
{
    (void)state;
    script_init(&script, NULL);
    script.open = refuse_first;
    assert_int_equal(script_run_by(&script, 40, 2), RP_OK);
    assert_int_equal(script_run_by(&script, 40, 7), RP_OK);
    assert_int_equal(script_run_by(&script, 40, 1), RP_EENVIRONMENT);
    assert_string_equal(script.error.line, "too little address space");
    script.open = refuse_all;
    assert_int_equal(script_run_by(&script, 40, 7), RP_EENVIRONMENT);
    assert_string_equal(script.error.line, "too little address space");
    assert_int_equal(script.done_count, 0);
}

static void dying_while_opening_is_the_programs_fault(void **state)
{
    (void)state;
    script_init(&script, NULL);
    script.open = die_opening;
    assert_int_equal(script_run_by(&script, 40, 2), RP_EENVIRONMENT);
    assert_string_equal(script.error.line, "a worker died of SIGILL while opening");
}

static void a_worker_is_replaced_after_so_many_runs(void **state)
{
    (void)state;
    const struct rp_pool_options options = {.workers = 2, .recycle_runs = (uint64_t)5 * RUNS};
    script_init(&script, NULL);
    assert_int_equal(script_run(&script, 400, &options), RP_OK);
    for (size_t item = 0; item < 400; item++)
        script_assert_calls(&script, item, 0, 0);
    assert_true(script.status.restarts >= 400 / 5 - 2 && script.status.restarts <= 400 / 5);
    assert_int_equal(script.status.deaths, 0);
    assert_int_equal(script.book->closed, script.book->opened);
}

#define behaviour(name) cmocka_unit_test_teardown(name, free_script)

int main(void)
{
    const struct CMUnitTest tests[] = {
        behaviour(each_item_is_done_once_and_in_order),
        behaviour(no_items_need_no_worker),
        behaviour(results_of_any_length_come_back_whole),
        behaviour(a_crash_is_blamed_on_its_run_and_the_rest_is_judged),
        behaviour(only_the_culprit_is_tried_again),
        behaviour(a_hang_is_killed_and_blamed),
        behaviour(a_hang_that_uses_no_processor_is_killed_too),
        behaviour(several_runs_of_an_item_may_die),
        behaviour(an_item_with_too_many_deaths_is_exhausted),
        behaviour(dying_with_deaths_exhausted_is_the_programs_fault),
        behaviour(a_party_that_dies_too_often_is_left_out_and_the_others_go_on),
        behaviour(deaths_of_a_party_do_not_leave_out_another),
        behaviour(deaths_of_a_party_are_found_again_when_another_is_left_out),
        behaviour(a_run_of_a_party_that_is_left_out_is_the_programs_fault),
        behaviour(dying_before_the_first_run_is_the_programs_fault),
        behaviour(dying_again_in_a_run_that_is_known_to_die_is_the_programs_fault),
        behaviour(a_failing_item_ends_the_work_when_its_turn_comes),
        behaviour(what_done_returns_ends_the_work),
        behaviour(a_kill_from_outside_blames_no_run),
        behaviour(dying_between_items_loses_none),
        behaviour(workers_that_cannot_open_are_done_without),
        behaviour(dying_while_opening_is_the_programs_fault),
        behaviour(a_worker_is_replaced_after_so_many_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
