/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scans: the same verdicts in the same order whatever the number of workers, shards that unite to the whole,
 * interruption that leaves a prefix, and deaths that stay where they happen. */
#include "campaign/answers.h"
#include "report/json.h"
#include "support/suite.h"
#include "x86/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rp_results scan(const struct rp_scan_options *options, int wanted)
{
    struct rp_results results = {0};
    struct rp_error error = {0};
    int result = rp_scan(options, &results, &error);
    if (result != wanted)
        fail_msg("%d: %s", result, error.line);
    return results;
}

static struct rp_scan_options small(struct rp_campaign_options campaign, size_t limit)
{
    return (struct rp_scan_options){.campaign = campaign, .modes = 1 << RP_MODE_PROT32, .limit = limit};
}

static void assert_same_verdict(const struct rp_verdict *a, const struct rp_verdict *b)
{
    struct rp_text text[2] = {{0}};
    rp_json_verdict_line(a, &text[0]);
    rp_json_verdict_line(b, &text[1]);
    assert_string_equal(rp_text_string(&text[0]), rp_text_string(&text[1]));
    for (unsigned i = 0; i < 2; i++)
        rp_text_free(&text[i]);
}

static void assert_prefix(const struct rp_results *prefix, const struct rp_results *whole)
{
    assert_true(prefix->count <= whole->count);
    for (size_t i = 0; i < prefix->count; i++)
        assert_same_verdict(&prefix->verdict[i], &whole->verdict[i]);
}

/* Two modes, so that one follows the other. */
static void any_number_of_workers_gives_the_same_verdicts_in_the_same_order(void **state)
{
    (void)state;
    struct rp_scan_options options = small(campaign(answer_some, NULL, 1), 40);
    options.modes |= 1 << RP_MODE_REAL16;
    struct rp_results one = scan(&options, RP_OK);
    assert_int_equal(one.count, 80);
    for (unsigned workers = 2; workers <= 3; workers++) {
        options.campaign.workers = workers;
        struct rp_results many = scan(&options, RP_OK);
        assert_int_equal(many.count, one.count);
        assert_prefix(&many, &one);
        assert_int_equal(many.runs, one.runs);
        rp_results_free(&many);
    }
    rp_results_free(&one);
}

static void unicorn_gives_the_same_verdicts_with_two_workers(void **state)
{
    (void)state;
    struct rp_scan_options options = small(campaign(answer_some, NULL, 1), 60);
    options.campaign.executor[0] = (struct rp_campaign_executor){rp_executor_find("unicorn"), "unicorn"};
    struct rp_results one = scan(&options, RP_OK);
    options.campaign.workers = 2;
    struct rp_results two = scan(&options, RP_OK);
    assert_int_equal(two.count, one.count);
    assert_prefix(&two, &one);
    rp_results_free(&one);
    rp_results_free(&two);
}

static void the_order_is_that_of_mode_and_form(void **state)
{
    (void)state;
    struct rp_scan_options options = small(campaign(answer_ud, NULL, 2), 200);
    options.modes |= 1 << RP_MODE_LONG64;
    struct rp_results results = scan(&options, RP_OK);
    for (unsigned m = RP_MODE_LONG64; m <= RP_MODE_PROT32; m += RP_MODE_PROT32 - RP_MODE_LONG64) {
        const struct rp_mode_results *mode = &results.mode[m];
        struct rp_form_space *space;
        assert_int_equal(rp_form_space_open(m, &space, NULL), RP_OK);
        assert_true(mode->scanned);
        assert_int_equal(mode->count, 200);
        for (size_t i = 0; i < mode->count; i++) {
            struct rp_form form;
            const struct rp_verdict *v = &results.verdict[mode->first + i];
            rp_form_space_get(space, i, &form);
            assert_int_equal(v->mode, m);
            assert_int_equal(v->form, form.id);
            assert_memory_equal(&v->encoding, &form.encoding, sizeof form.encoding);
        }
        rp_form_space_close(space);
    }
    assert_false(results.mode[RP_MODE_VM86].scanned);
    rp_results_free(&results);
}

static int by_encoding(const void *a, const void *b)
{
    const struct rp_verdict *x = a, *y = b;
    return memcmp(&x->encoding, &y->encoding, sizeof x->encoding);
}

/* Shard i of n is a function of the encoding alone. */
static void assert_shards_unite(size_t limit)
{
    struct rp_scan_options options = small(campaign(answer_ud, NULL, 2), limit);
    options.modes = 1 << RP_MODE_VM86;
    struct rp_results whole = scan(&options, RP_OK), shard[3];
    size_t count = 0;
    options.shards = 3;
    struct rp_verdict *all = calloc(whole.count, sizeof *all);
    for (options.shard = 0; options.shard < 3; options.shard++) {
        struct rp_results *part = &shard[options.shard];
        *part = scan(&options, RP_OK);
        assert_true(count + part->count <= whole.count);
        assert_true(part->count > whole.count / 4); /* of about the same size */
        memcpy(all + count, part->verdict, part->count * sizeof *all);
        count += part->count;
    }
    assert_int_equal(count, whole.count);
    qsort(all, count, sizeof *all, by_encoding);
    qsort(whole.verdict, whole.count, sizeof *all, by_encoding);
    for (size_t i = 0; i < count; i++)
        assert_same_verdict(&all[i], &whole.verdict[i]);
    free(all);
    for (unsigned i = 0; i < 3; i++)
        rp_results_free(&shard[i]);
    rp_results_free(&whole);
}

static void shards_unite_to_the_whole(void **state)
{
    (void)state;
    assert_shards_unite(0);
}

static void shards_of_a_limited_scan_unite_to_it(void **state)
{
    (void)state;
    assert_shards_unite(1500);
}

static void a_spent_budget_leaves_a_prefix(void **state)
{
    (void)state;
    struct rp_scan_options options = small(campaign(answer_some, NULL, 2), 100);
    struct rp_results whole = scan(&options, RP_OK);
    options.runs = whole.runs / 3;
    struct rp_results part = scan(&options, RP_EINTERRUPTED);
    assert_true(part.interrupted && !whole.interrupted);
    assert_true(part.count > 0 && part.count < whole.count);
    assert_true(part.runs >= options.runs);
    assert_prefix(&part, &whole);
    rp_results_free(&part);
    rp_results_free(&whole);
}

static volatile sig_atomic_t stop;

static void stop_soon(void *context, enum rp_mode mode, const struct rp_pool_status *status, size_t holes)
{
    (void)context, (void)mode, (void)holes;
    stop = status->done >= 10;
}

static void an_interrupted_scan_holds_a_prefix(void **state)
{
    (void)state;
    struct rp_scan_options options = small(campaign(answer_some, NULL, 2), 400);
    struct rp_results whole = scan(&options, RP_OK);
    struct rp_results results = {0};
    stop = 0;
    options.campaign.stop = &stop;
    options.campaign.progress = stop_soon;
    int result = rp_scan(&options, &results, NULL);
    assert_true(result == RP_EINTERRUPTED || results.count == whole.count); /* it may have been faster */
    assert_int_equal(results.interrupted, result == RP_EINTERRUPTED);
    assert_prefix(&results, &whole);
    rp_results_free(&results);
    rp_results_free(&whole);
}

static void a_scan_that_is_stopped_at_once_is_empty(void **state)
{
    (void)state;
    struct rp_scan_options options = small(campaign(answer_some, NULL, 2), 50);
    stop = 1;
    options.campaign.stop = &stop;
    struct rp_results results = scan(&options, RP_EINTERRUPTED);
    assert_int_equal(results.count, 0);
    rp_results_free(&results);
}

/* Scans with encoding number 20 as the culprit; its verdict is returned, the caller's to free, all others
 * must be as without it. */
static struct rp_verdict scan_with_culprit(fake_answer *answer, unsigned *deaths)
{
    enum { CULPRIT = 20, LIMIT = 40 };
    struct rp_scan_options options = small(campaign(answer_some, NULL, 2), LIMIT);
    struct rp_results clean = scan(&options, RP_OK);
    struct rp_encoding culprit = clean.verdict[CULPRIT].encoding;
    options.campaign = campaign(answer, &culprit, 2);
    struct rp_results results = scan(&options, RP_OK);
    assert_int_equal(results.count, LIMIT);
    for (size_t i = 0; i < LIMIT; i++)
        if (i != CULPRIT)
            assert_same_verdict(&results.verdict[i], &clean.verdict[i]);
    struct rp_verdict verdict = results.verdict[CULPRIT];
    assert_memory_equal(&verdict.encoding, &culprit, sizeof culprit);
    *deaths = results.deaths;
    results.verdict[CULPRIT] = (struct rp_verdict){0};
    rp_results_free(&clean);
    rp_results_free(&results);
    return verdict;
}

static void an_encoding_that_kills_each_run_is_died_and_all_others_as_if_nothing_had_happened(void **state)
{
    (void)state;
    unsigned deaths;
    struct rp_verdict v = scan_with_culprit(answer_or_abort, &deaths);
    assert_int_equal(v.judgement, RP_VERDICT_UNKNOWN);
    assert_string_equal(v.unknown_reason, "fake died in 2 runs");
    assert_int_equal(v.opinion[0].ring[0].kind, RP_OUTCOME_DIED);
    assert_int_equal(v.opinion[0].ring[0].vector, SIGABRT);
    assert_int_equal(deaths, 2);
    rp_verdict_free(&v);
}

static void an_encoding_that_kills_in_ring_3_is_neither_innocuous_nor_privileged(void **state)
{
    (void)state;
    unsigned deaths;
    struct rp_verdict v = scan_with_culprit(answer_or_abort_in_ring_3, &deaths);
    assert_int_equal(v.judgement, RP_VERDICT_UNKNOWN);
    assert_true(deaths > 0);
    rp_verdict_free(&v);
}

/* Encodings that a scan's results have in common, as the first executor alone judged them: one is `died` of
 * the second, all have the first's word. */
static void an_executor_that_kills_its_worker_does_not_cost_the_others_word(void **state)
{
    (void)state;
    enum { CULPRIT = 20, LIMIT = 40 };
    struct rp_scan_options options = small(campaign(answer_some, NULL, 2), LIMIT);
    options.modes = 1 << RP_MODE_LONG64;
    struct rp_results alone = scan(&options, RP_OK);
    static struct rp_encoding culprit;
    culprit = alone.verdict[CULPRIT].encoding;
    for (unsigned first = 0; first < 2; first++) { /* whoever is asked first */
        options.campaign = campaign_of_two(answer_some, answer_or_abort, 2);
        fake_second_set(answer_or_abort, &culprit);
        if (first) {
            struct rp_campaign_executor other = options.campaign.executor[0];
            options.campaign.executor[0] = options.campaign.executor[1];
            options.campaign.executor[1] = other;
        }
        struct rp_results both = scan(&options, RP_OK);
        assert_int_equal(both.count, LIMIT);
        assert_int_equal(both.deaths, 2);
        for (size_t i = 0; i < LIMIT; i++) {
            const struct rp_verdict *v = &both.verdict[i];
            assert_int_equal(v->opinions, 2);
            const struct rp_opinion *theirs = &v->opinion[!first];
            assert_int_equal(v->judgement, alone.verdict[i].judgement);
            assert_string_equal(theirs->executor, "silicon");
            assert_int_equal(theirs->ring[1].kind == RP_OUTCOME_DIED, i == CULPRIT);
            assert_int_equal(v->opinion[first].judgement, alone.verdict[i].opinion[0].judgement);
        }
        assert_string_equal(both.verdict[CULPRIT].opinion[!first].limit, "died in 2 runs");
        rp_results_free(&both);
    }
    rp_results_free(&alone);
}

static void the_configuration_says_what_was_screened(void **state)
{
    (void)state;
    struct rp_scan_options options = small(campaign(answer_ud, NULL, 1), 1);
    struct rp_results results = scan(&options, RP_OK);
    struct rp_seeds seeds;
    assert_int_equal(rp_seeds_load(&seeds, NULL), RP_OK);
    assert_int_equal(results.configuration.seeds, seeds.count);
    rp_seeds_free(&seeds);
    assert_true(results.configuration.resources > 40);
    struct rp_form_space *space;
    assert_int_equal(rp_form_space_open(RP_MODE_PROT32, &space, NULL), RP_OK);
    assert_int_equal(results.mode[RP_MODE_PROT32].encodings, rp_form_space_encodings(space));
    rp_form_space_close(space);
    rp_results_free(&results);
}

/* What two executors come to, divergences with their lines, does not depend on who made it. */
static void two_executors_give_the_same_verdicts_whatever_the_number_of_workers(void **state)
{
    (void)state;
    struct rp_scan_options options = small(campaign_of_two(answer_some, answer_ud, 1), 30);
    options.modes = 1 << RP_MODE_LONG64 | 1 << RP_MODE_PROT32;
    struct rp_results one = scan(&options, RP_OK);
    options.campaign.workers = 2;
    struct rp_results two = scan(&options, RP_OK);
    assert_int_equal(two.count, one.count);
    assert_prefix(&two, &one);
    assert_int_equal(one.verdict[0].opinions, 2);
    assert_int_equal(one.verdict[0].divergences, 1);
    assert_int_equal(one.verdict[one.mode[RP_MODE_PROT32].first].opinions, 1);
    rp_results_free(&one);
    rp_results_free(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_workers_gives_the_same_verdicts_in_the_same_order),
        cmocka_unit_test(unicorn_gives_the_same_verdicts_with_two_workers),
        cmocka_unit_test(the_order_is_that_of_mode_and_form),
        cmocka_unit_test(shards_unite_to_the_whole),
        cmocka_unit_test(shards_of_a_limited_scan_unite_to_it),
        cmocka_unit_test(a_spent_budget_leaves_a_prefix),
        cmocka_unit_test(an_interrupted_scan_holds_a_prefix),
        cmocka_unit_test(a_scan_that_is_stopped_at_once_is_empty),
        cmocka_unit_test(an_encoding_that_kills_each_run_is_died_and_all_others_as_if_nothing_had_happened),
        cmocka_unit_test(an_encoding_that_kills_in_ring_3_is_neither_innocuous_nor_privileged),
        cmocka_unit_test(two_executors_give_the_same_verdicts_whatever_the_number_of_workers),
        cmocka_unit_test(an_executor_that_kills_its_worker_does_not_cost_the_others_word),
        cmocka_unit_test(the_configuration_says_what_was_screened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
