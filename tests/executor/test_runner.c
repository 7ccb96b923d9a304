/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runner: runs that are known to kill are answered in their place, and nothing else is left out or
 * counted wrong. */
#include "executor/runner.h"
#include "support/fake_executor.h"
#include "support/suite.h"

#include <string.h>

#define JOBS 6

static struct {
    struct rp_runner runner;
    volatile uint64_t run_counter;
    struct rp_outcomes outcomes;
    struct rp_job jobs[JOBS]; /* encoding i is the byte i */
    unsigned made[JOBS];      /* times */
    unsigned batches;
} f;

/* Retires with its byte as length, and books that it ran. */
static void book(void *context, const struct rp_prestate *prestate, uint32_t index,
                 const struct rp_encoding *encoding, struct rp_outcomes *outcomes)
{
    (void)context, (void)prestate, (void)index;
    f.made[encoding->bytes[0]]++;
    fake_retire_with(outcomes, NULL, 0, encoding->bytes[0]);
}

static int counting_run(void *instance, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
                        struct rp_error *error)
{
    f.batches++;
    return fake_executor.run(instance, jobs, count, outcomes, error);
}

static struct rp_executor counting_executor;

static int set_up(void **state)
{
    (void)state;
    static struct rp_prestate prestate;
    uint32_t first;
    memset(&f, 0, sizeof f);
    counting_executor = fake_executor;
    counting_executor.run = counting_run;
    fake_executor_set(book, NULL);
    f.runner = (struct rp_runner){.executor = &counting_executor, .run_counter = &f.run_counter};
    assert_int_equal(fake_executor.open(&(struct rp_executor_options){.run_counter = &f.run_counter},
                                        &f.runner.instance, NULL),
                     RP_OK);
    assert_int_equal(fake_executor.prepare(f.runner.instance, &prestate, 1, &first, NULL), RP_OK);
    for (uint8_t i = 0; i < JOBS; i++)
        f.jobs[i] = (struct rp_job){.encoding = {.bytes = {i}, .length = 1}, .prestate = first};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_executor.close(f.runner.instance);
    rp_outcomes_free(&f.outcomes);
    return 0;
}

/* Runs all jobs; asserts the kind of each outcome by a letter: R, D, H. */
static void assert_kinds(const char *letters)
{
    assert_int_equal(rp_runner_run(&f.runner, f.jobs, JOBS, &f.outcomes, NULL), RP_OK);
    assert_int_equal(f.outcomes.count, JOBS);
    for (size_t i = 0; i < JOBS; i++) {
        const struct rp_outcome *outcome = &f.outcomes.outcome[i];
        static const char letter[RP_OUTCOME_COUNT + 1] = "R??? D?";
        char shown = outcome->kind == RP_OUTCOME_HUNG ? 'H' : letter[outcome->kind];
        assert_int_equal(shown, letters[i]);
        assert_int_equal(f.made[i], letters[i] == 'R');
        assert_int_equal(outcome->length, letters[i] == 'R' ? i : 0);
    }
}

static void a_batch_without_deaths_goes_to_the_executor_as_it_is(void **state)
{
    (void)state;
    static const struct rp_deaths none = {0};
    f.runner.deaths = &none;
    assert_kinds("RRRRRR");
    assert_int_equal(f.batches, 1);
    assert_int_equal(f.runner.runs, JOBS);
    assert_int_equal(f.run_counter, JOBS);
}

static void dead_runs_are_answered_in_their_place(void **state)
{
    (void)state;
    static const struct rp_deaths deaths = {
        .death = {{.run = 5, .signal = 11}, {.run = 0, .hung = true}, {.run = 2, .signal = 6}, {.run = 3}},
        .count = 4};
    f.runner.deaths = &deaths;
    assert_kinds("HRDDRD");
    assert_int_equal(f.outcomes.outcome[0].vector, 0);
    assert_int_equal(f.outcomes.outcome[2].vector, 6);
    assert_int_equal(f.outcomes.outcome[3].vector, 0); /* it exited */
    assert_int_equal(f.outcomes.outcome[5].vector, 11);
    assert_int_equal(f.batches, 2);
    assert_int_equal(f.runner.runs, 2);
    assert_int_equal(f.run_counter, JOBS);
}

static void ordinals_count_from_the_beginning_of_the_item(void **state)
{
    (void)state;
    static const struct rp_deaths deaths = {.death = {{.run = 102, .signal = 6}, {.run = 1}}, .count = 2};
    f.runner.deaths = &deaths;
    f.run_counter = 100;
    assert_kinds("RRDRRR");
    assert_int_equal(f.run_counter, 100 + JOBS);
}

static void an_answer_is_sealed_and_has_its_executors_provenance(void **state)
{
    (void)state;
    static const struct rp_deaths deaths = {
        .death = {{.run = 0, .signal = 6}, {.run = 1, .signal = 6}, {.run = 2, .signal = 4}}, .count = 3};
    f.runner.deaths = &deaths;
    counting_executor.provenance = RP_PROVENANCE_SILICON;
    assert_kinds("DDDRRR");
    const struct rp_outcome *outcome = f.outcomes.outcome;
    assert_int_equal(outcome[0].provenance, RP_PROVENANCE_SILICON);
    assert_int_equal(outcome[0].count, 0);
    assert_true(outcome[0].hash != 0 && outcome[0].hash == outcome[1].hash);
    assert_true(outcome[0].hash != outcome[2].hash);
}

static void only_so_many_deaths_count_as_are_there(void **state)
{
    (void)state;
    static const struct rp_deaths deaths = {.death = {{.run = 1}, {.run = 2}}, .count = 1};
    f.runner.deaths = &deaths;
    assert_kinds("RDRRRR");
}

static void without_a_counter_no_run_is_known_dead(void **state)
{
    (void)state;
    static const struct rp_deaths deaths = {.death = {{.run = 0}}, .count = 1};
    fake_executor.close(f.runner.instance);
    uint32_t first;
    static struct rp_prestate prestate;
    assert_int_equal(fake_executor.open(NULL, &f.runner.instance, NULL), RP_OK);
    assert_int_equal(fake_executor.prepare(f.runner.instance, &prestate, 1, &first, NULL), RP_OK);
    f.runner.deaths = &deaths;
    f.runner.run_counter = NULL;
    assert_kinds("RRRRRR");
    assert_int_equal(f.run_counter, 0);
}

static void exhausted_deaths_allow_no_run(void **state)
{
    (void)state;
    static const struct rp_deaths deaths = {.count = RP_DEATHS_MAX, .exhausted = true};
    struct rp_error error;
    f.runner.deaths = &deaths;
    assert_int_equal(rp_runner_run(&f.runner, f.jobs, JOBS, &f.outcomes, &error), RP_EUNSUPPORTED);
    assert_int_equal(f.batches, 0);
    assert_int_equal(f.outcomes.count, 0);
}

static void a_party_that_is_out_makes_no_run_and_the_others_do(void **state)
{
    (void)state;
    static const struct rp_deaths deaths = {.outs = 1, .out = {[2] = {.count = 2}}};
    struct rp_error error;
    f.runner.deaths = &deaths;
    f.runner.party = 2;
    assert_int_equal(rp_runner_run(&f.runner, f.jobs, JOBS, &f.outcomes, &error), RP_EUNSUPPORTED);
    assert_int_equal(f.batches, 0);
    f.runner.party = 1;
    assert_kinds("RRRRRR");
}

/* The first run of the item counts, also where it is known to be dead and only answered. */
static void a_runner_marks_whose_runs_they_are_and_where_they_begin(void **state)
{
    (void)state;
    static const struct rp_deaths deaths = {.death = {{.run = 100}}, .count = 1};
    static struct rp_party_marks marks;
    f.run_counter = 100;
    f.runner.deaths = &deaths;
    f.runner.marks = &marks;
    f.runner.party = 3;
    assert_kinds("DRRRRR");
    assert_int_equal(marks.at_work, 3);
    assert_int_equal(marks.begun, 1 << 3);
    assert_int_equal(marks.first[3], 100);
    rp_party_begin(&marks, 1, 106);
    rp_party_begin(&marks, 3, 107);
    assert_int_equal(marks.first[3], 100);
    assert_int_equal(marks.first[1], 106);
    assert_int_equal(marks.at_work, 3);
}

static int failing_run(void *instance, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
                       struct rp_error *error)
{
    (void)instance, (void)jobs, (void)count, (void)outcomes;
    return rp_error_set(error, RP_EENVIRONMENT, "nothing can run");
}

static void what_the_executor_fails_with_is_passed_on(void **state)
{
    (void)state;
    struct rp_error error;
    counting_executor.run = failing_run;
    assert_int_equal(rp_runner_run(&f.runner, f.jobs, JOBS, &f.outcomes, &error), RP_EENVIRONMENT);
    assert_string_equal(error.line, "nothing can run");
    assert_int_equal(f.runner.runs, 0);
}

static void a_recording_is_played(void **state)
{
    (void)state;
    static struct fake_record recording[] = {
        {.encoding = {{2}, 1},
         .outcome = {.kind = RP_OUTCOME_TRAPPED, .vector = 13, .count = 1},
         .change = {{7, 9}}},
        {.prestate = 9, .encoding = {{3}, 1}, .outcome = {.kind = RP_OUTCOME_RETIRED}},
        {.encoding = {.length = 0}},
    };
    fake_executor_set(fake_play, recording);
    void *instance;
    uint32_t first;
    static struct rp_prestate prestate;
    assert_int_equal(fake_executor.open(NULL, &instance, NULL), RP_OK);
    assert_int_equal(fake_executor.prepare(instance, &prestate, 1, &first, NULL), RP_OK);
    assert_int_equal(fake_executor.run(instance, f.jobs + 2, 2, &f.outcomes, NULL), RP_OK);
    assert_int_equal(f.outcomes.outcome[0].vector, 13);
    assert_int_equal(f.outcomes.change[f.outcomes.outcome[0].first].value, 9);
    assert_int_equal(f.outcomes.outcome[1].kind, RP_OUTCOME_UNSUPPORTED); /* another pre-state's */
    fake_executor.close(instance);
}

#define behaviour(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        behaviour(a_batch_without_deaths_goes_to_the_executor_as_it_is),
        behaviour(dead_runs_are_answered_in_their_place),
        behaviour(ordinals_count_from_the_beginning_of_the_item),
        behaviour(an_answer_is_sealed_and_has_its_executors_provenance),
        behaviour(only_so_many_deaths_count_as_are_there),
        behaviour(without_a_counter_no_run_is_known_dead),
        behaviour(a_party_that_is_out_makes_no_run_and_the_others_do),
        behaviour(a_runner_marks_whose_runs_they_are_and_where_they_begin),
        behaviour(exhausted_deaths_allow_no_run),
        behaviour(what_the_executor_fails_with_is_passed_on),
        behaviour(a_recording_is_played),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
