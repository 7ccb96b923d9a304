/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Likeness on a model: a seed that tells nothing of the form's representative hides nothing of an encoding.
 */
#include "judge/inquiry.h"
#include "judge/likeness.h"
#include "judge/model.h"
#include "support/fake_executor.h"
#include "support/suite.h"
#include "x86/vector.h"

#include <string.h>

#define SEEDS 3

static struct rp_user hidden; /* of the seed that cannot be held, or shows GDTR */
static enum conduct { NOT_HELD, PLAIN, SHOWS, FAULTS, FAULTS_BUT_SHOWS } how;

static void by_the_seed(const struct rp_prestate *p, struct rp_outcomes *o)
{
    bool it = memcmp(p->state.reg, hidden.state.reg, RP_REG_RIP * sizeof p->state.reg[0]) == 0;
    if (it && how == NOT_HELD)
        fake_other(o, RP_OUTCOME_UNSUPPORTED);
    else if (how == FAULTS || (how == FAULTS_BUT_SHOWS && !it))
        fake_trap(o, RP_VECTOR_PF, 0);
    else if (it && how >= SHOWS)
        model_set(p, o, RP_REG_RAX, p->state.reg[RP_REG_GDTR_BASE]);
    else
        model_retire(p, o, model_after(p));
}

static const struct rp_encoding encoding = {.bytes = {0x90}, .length = 1};

/* A judge over the model, with the seed that conducts are about found. */
static struct rp_judge *judge_with_seeds(size_t seeds, size_t it)
{
    struct rp_judge *judge = model_judge(by_the_seed, seeds, RP_POLICY_LEGACY);
    struct rp_plan *plan;
    rp_judge_enter(judge, RP_MODE_LONG64);
    assert_int_equal(rp_judge_plan(judge, RP_POLICY_LEGACY, 32, &plan, NULL), RP_OK);
    assert_int_equal(plan->count, seeds);
    hidden = plan->seed[it].user;
    return judge;
}

static struct rp_judge *judge_of_the_model(void)
{
    return judge_with_seeds(SEEDS, 1); /* one that is always run */
}

static void portray(struct rp_judge *judge, enum conduct conduct, struct rp_portrait *portrait)
{
    struct rp_error error = {0};
    memset(portrait, 0, sizeof *portrait);
    portrait->judges = 1;
    how = conduct;
    if (rp_likeness_portray(&judge, RP_POLICY_LEGACY, RP_MODE_LONG64, &encoding, portrait, &error))
        fail_msg("%s", error.line);
}

static unsigned compare(struct rp_judge *judge, enum conduct conduct, const struct rp_portrait *portrait,
                        unsigned count, struct rp_portrait *own)
{
    struct rp_error error = {0};
    unsigned which = count;
    how = conduct;
    if (rp_likeness_compare(&judge, RP_POLICY_LEGACY, RP_MODE_LONG64, &encoding, portrait, count, &which, own,
                            &error))
        fail_msg("%s", error.line);
    return which;
}

/* Whether the model that acts as `compared` is like what acted as `form`. */
static bool alike(enum conduct form, enum conduct compared)
{
    static struct rp_portrait portrait, own;
    struct rp_judge *judge = judge_of_the_model();
    portray(judge, form, &portrait);
    return compare(judge, compared, &portrait, 1, &own) == 0;
}

static void what_a_seed_shows_counts_where_the_form_tells_nothing(void **state)
{
    (void)state;
    assert_false(alike(NOT_HELD, SHOWS));
    assert_false(alike(PLAIN, SHOWS));
}

static void what_other_seeds_show_of_the_form_is_alike(void **state)
{
    (void)state;
    assert_true(alike(NOT_HELD, PLAIN));
    assert_true(alike(NOT_HELD, NOT_HELD));
    assert_true(alike(PLAIN, NOT_HELD));
    assert_true(alike(SHOWS, SHOWS));
}

static void an_encoding_is_counted_with_the_first_that_it_is_alike_to(void **state)
{
    (void)state;
    static struct rp_portrait portrait[3], own;
    struct rp_judge *judge = judge_of_the_model();
    portray(judge, PLAIN, &portrait[0]);
    assert_int_equal(compare(judge, SHOWS, portrait, 1, &portrait[1]), 1); /* it is portrayed itself */
    assert_int_equal(compare(judge, SHOWS, portrait, 2, &own), 1);
    assert_int_equal(compare(judge, PLAIN, portrait, 2, &own), 0);
    portrait[2] = portrait[1];
    assert_int_equal(compare(judge, SHOWS, portrait, 3, &own), 1);
}

/* Of the seeds behind the first, the encoding's bytes draw one at most. */
static void that_the_seeds_tried_tell_nothing_is_no_likeness(void **state)
{
    (void)state;
    static struct rp_portrait portrait, own;
    for (size_t it = 0; it < 5; it++) {
        struct rp_judge *judge = judge_with_seeds(5, it);
        portray(judge, FAULTS, &portrait);
        assert_int_equal(portrait.signs, 0);
        assert_int_equal(compare(judge, FAULTS_BUT_SHOWS, &portrait, 1, &own), 1);
        assert_true(own.signs > 0);
        assert_int_equal(compare(judge, FAULTS, &portrait, 1, &own), 0); /* all seeds say so */
        model_free(NULL);
    }
}

/* What was compared and alike to nothing has the portrait that it would be given by itself. */
static void comparing_portrays_what_is_alike_to_nothing(void **state)
{
    (void)state;
    static struct rp_portrait form, own, itself;
    struct rp_judge *judge = judge_of_the_model();
    portray(judge, PLAIN, &form);
    portray(judge, SHOWS, &itself);
    memset(&own, 0, sizeof own);
    assert_int_equal(compare(judge, SHOWS, &form, 1, &own), 1);
    assert_memory_equal(&own, &itself, sizeof own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_a_seed_shows_counts_where_the_form_tells_nothing, model_free),
        cmocka_unit_test_teardown(what_other_seeds_show_of_the_form_is_alike, model_free),
        cmocka_unit_test_teardown(an_encoding_is_counted_with_the_first_that_it_is_alike_to, model_free),
        cmocka_unit_test_teardown(that_the_seeds_tried_tell_nothing_is_no_likeness, model_free),
        cmocka_unit_test_teardown(comparing_portrays_what_is_alike_to_nothing, model_free)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
