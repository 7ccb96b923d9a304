/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is put comes back as it was, in one configuration, to one writer, and what was not committed does not.
 */
#include "report/json.h"
#include "store/campaign.h"
#include "store/digest.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static struct rp_store *load(const struct campaign *campaign, struct rp_results *results)
{
    struct rp_store *store;
    struct rp_error error = {0};
    *results = (struct rp_results){0};
    if (rp_store_open(campaign->path, false, &store, &error) || rp_store_load(store, results, &error)) {
        fail_msg("%s", error.line);
        abort(); /* never: fail_msg does not return, which analyzers do not know */
    }
    return store;
}

static void assert_same_verdict(const struct rp_verdict *a, const struct rp_verdict *b)
{
    struct rp_text text[2] = {{0}};
    rp_json_verdict_line(a, &text[0]);
    rp_json_verdict_line(b, &text[1]);
    assert_string_equal(rp_text_string(&text[0]), rp_text_string(&text[1]));
    assert_int_equal(a->form, b->form);
    assert_true(rp_verdict_digest(a) == rp_verdict_digest(b));
    for (unsigned i = 0; i < 2; i++)
        rp_text_free(&text[i]);
}

static void every_verdict_comes_back_as_it_was_put(void **state)
{
    struct campaign *campaign = *state;
    const struct rp_results *all = &campaign->made.results;
    struct rp_results results;
    campaign_write(campaign);
    struct rp_store *store = load(campaign, &results);
    assert_int_equal(results.count, all->count);
    assert_int_equal(results.runs, all->runs);
    for (size_t i = 0; i < results.count; i++)
        assert_same_verdict(&results.verdict[i], &all->verdict[i]);
    assert_true(rp_store_complete(store));
    rp_results_free(&results);
    rp_store_close(store);
}

static void counts_of_the_wide_space_come_back_with_their_exceptions(void **state)
{
    struct campaign *campaign = *state;
    struct rp_results results;
    campaign_widen(campaign);
    campaign_write(campaign);
    struct rp_store *store = load(campaign, &results);
    const struct rp_mode_results *mode = &results.mode[RP_MODE_PROT32];
    assert_true(results.configuration.wide);
    assert_int_equal(mode->wide, 7);
    assert_int_equal(mode->compared, 7);
    assert_int_equal(mode->otherwise, 3);
    assert_int_equal(mode->exceptions, 1);
    assert_same_verdict(&results.verdict[results.count - 1],
                        &campaign->made.results.verdict[campaign->made.results.count - 1]);
    rp_results_free(&results);
    rp_store_close(store);
}

static void every_report_is_that_of_the_results_themselves(void **state)
{
    struct campaign *campaign = *state;
    struct made loaded = {0};
    campaign_write(campaign);
    struct rp_store *store = load(campaign, &loaded.results);
    for (size_t i = 0; i < rp_format_count; i++) {
        char *first = made_report(&campaign->made, rp_formats[i].name, 100);
        char *second = made_report(&loaded, rp_formats[i].name, 100);
        assert_string_equal(first, second);
        free(first);
        free(second);
    }
    rp_results_free(&loaded.results);
    rp_store_close(store);
}

static void a_scan_goes_on_behind_what_is_stored(void **state)
{
    struct campaign *campaign = *state;
    const struct rp_results *all = &campaign->made.results;
    const size_t place[] = {0, 1, 2, 7};
    struct rp_results results = campaign_results(campaign);
    bool complete;
    struct rp_store *store = campaign_begin(campaign, &results);
    assert_int_equal(rp_store_begin_mode(store, RP_MODE_LONG64, place, 4, &complete, NULL), RP_OK);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(rp_store_put(store, place[i], &all->verdict[i], NULL), RP_OK);
    results.seconds = 4.5;
    assert_int_equal(rp_store_commit(store, NULL), RP_OK);
    rp_store_put(store, place[2], &all->verdict[2], NULL);
    rp_store_close(store); /* without a commit */

    struct rp_results more = campaign_results(campaign);
    more.seconds = 0;
    more.configuration.date = "later";
    store = campaign_begin(campaign, &more);
    assert_string_equal(more.configuration.date, all->configuration.date);
    assert_true(more.seconds == 4.5);
    assert_int_equal(rp_store_begin_mode(store, RP_MODE_LONG64, place, 4, &complete, NULL), RP_OK);
    assert_false(complete);
    assert_int_equal(more.count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_same_verdict(&more.verdict[i], &all->verdict[i]);
    assert_false(rp_store_complete(store));
    rp_results_free(&more);
    rp_store_close(store);
}

static void places_that_a_scan_would_not_judge_are_refused(void **state)
{
    struct campaign *campaign = *state;
    const size_t place[] = {0, 5, 6};
    struct rp_results results = campaign_results(campaign);
    struct rp_error error = {0};
    bool complete;
    campaign_write(campaign);
    struct rp_store *store = campaign_begin(campaign, &results);
    assert_int_equal(rp_store_begin_mode(store, RP_MODE_LONG64, place, 3, &complete, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "not the first of this scan"));
    results.mode[RP_MODE_PROT32].encodings++;
    assert_int_equal(rp_store_begin_mode(store, RP_MODE_PROT32, NULL, 0, &complete, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "another form space of prot32"));
    rp_results_free(&results);
    rp_store_close(store);
}

/* Begins with another configuration, which must be refused by these words; the file stays as it is. */
static void assert_refused(struct campaign *campaign, const struct rp_configuration *other, const char *words)
{
    struct rp_results results = campaign_results(campaign);
    struct rp_store *store;
    struct rp_error error = {0};
    results.configuration = *other;
    assert_int_equal(rp_store_open(campaign->path, true, &store, NULL), RP_OK);
    assert_int_equal(rp_store_begin(store, &results, &error), RP_EINPUT);
    if (!strstr(error.line, words))
        fail_msg("no '%s' in: %s", words, error.line);
    rp_store_close(store);
}

static void another_configuration_is_refused_by_its_name(void **state)
{
    struct campaign *campaign = *state;
    const struct rp_configuration same = campaign->made.results.configuration;
    struct rp_configuration c = same;
    campaign_write(campaign);
#define OTHER(member, value, words)                                                                          \
    c = same;                                                                                                \
    c.member = value;                                                                                        \
    assert_refused(campaign, &c, words)
    OTHER(random_seed, 8, "another --seed: seed '7', here '8'");
    OTHER(modes, 1, "another --mode: modes 'long64,prot32', here 'long64'");
    OTHER(executors, "fake 2", "another --executor");
    OTHER(policy, RP_POLICY_HARDENED, "another --policy");
    OTHER(other_policies, 0, "another --policy");
    OTHER(shard, 1, "another --shard");
    OTHER(shards, 2, "another --shard");
    OTHER(limit, 9, "another --limit");
    OTHER(version, "9", "another ringprobe: '0.0', here '9'");
    OTHER(corpus, "0", "another corpus");
    OTHER(cpu, "a newer CPU", "another CPU");
    OTHER(hypervisor, "kvm", "another hypervisor");
    OTHER(kernel, "Linux 1", "another kernel");
    OTHER(seeds, 1, "another user states");
    OTHER(resources, 1, "another resources");
    OTHER(beyond, (struct rp_resource_set){{0}}, "other resources");
#undef OTHER
    c = same; /* what decides nothing */
    c.date = "another";
    c.command = "another";
    struct rp_results results = campaign_results(campaign);
    results.configuration = c;
    rp_store_close(campaign_begin(campaign, &results));
}

static void there_is_one_writer(void **state)
{
    struct campaign *campaign = *state;
    struct rp_results results = campaign_results(campaign), none = {0};
    struct rp_store *store = campaign_begin(campaign, &results), *second;
    struct rp_error error = {0};
    assert_int_equal(rp_store_open(campaign->path, true, &second, &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, "is in use"));
    rp_store_close(second);
    error = (struct rp_error){0};
    int result = rp_store_open(campaign->path, false, &second, &error);
    assert_int_equal(result ? result : rp_store_load(second, &none, &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, "is in use"));
    rp_store_close(second);
    rp_store_close(store);
    assert_int_equal(rp_store_open(campaign->path, true, &second, NULL), RP_OK);
    rp_store_close(second);
    assert_int_equal(scratch_count(&campaign->scratch), 1); /* no journal, no temporary file */
}

/* A digest that misses a column would call different verdicts equal, and store one behaviour for two. */
struct original {
    struct rp_verdict *hole, copy;
    struct rp_opinion opinion;
    struct rp_divergence divergence;
    uint64_t digest;
};

static struct original remember(const struct campaign *campaign)
{
    struct rp_verdict *hole = campaign->made.results.verdict + 1;
    return (struct original){hole, *hole, hole->opinion[1], hole->divergence[0], rp_verdict_digest(hole)};
}

static void assert_other_digest(const struct original *original)
{
    struct rp_verdict *hole = original->hole;
    assert_true(rp_verdict_digest(hole) != original->digest);
    *hole = original->copy;
    hole->opinion[1] = original->opinion;
    hole->divergence[0] = original->divergence;
    assert_true(rp_verdict_digest(hole) == original->digest);
}

#define CHANGES(change)                                                                                      \
    change;                                                                                                  \
    assert_other_digest(&original)

static void the_digest_covers_the_verdict_but_the_number_of_runs(void **state)
{
    struct campaign *campaign = *state;
    const struct original original = remember(campaign);
    struct rp_verdict *hole = original.hole;
    CHANGES(hole->encoding.bytes[2]++);
    CHANGES(hole->encoding.length++);
    CHANGES(hole->form++);
    CHANGES(hole->mnemonic[0] = 'x');
    CHANGES(hole->name[0] = 'x');
    CHANGES(hole->decoded = false);
    CHANGES(hole->policy = RP_POLICY_LINUX);
    CHANGES(hole->judgement = RP_VERDICT_UNKNOWN);
    CHANGES(hole->sensitivity |= RP_SENSITIVE_MODE);
    CHANGES(rp_resource_set_add(&hole->resources, RP_RESOURCE_CR0_TS));
    CHANGES(hole->owner = RP_OWNER_DELEGATED);
    CHANGES(hole->user_sensitive = false);
    CHANGES(rp_resource_set_add(&hole->not_testable, RP_RESOURCE_CR0_TS));
    CHANGES(hole->by_policy[RP_POLICY_HARDENED] = RP_ANSWER_UNKNOWN);
    CHANGES(hole->unknown_reason[0] = 'x');
    CHANGES(hole->disagreement = false);
    CHANGES(hole->closer[0].control[0] = RP_RESOURCE_CR0_TS);
    CHANGES(hole->closer[0].control[1] = RP_RESOURCE_CR0_TS);
    CHANGES(hole->closer[0].value[0] = 0);
    CHANGES(hole->closer[0].all = false);
    CHANGES(hole->closer[0].showed = 2);
    CHANGES(hole->closers = 0);
    hole->runs++;
    assert_true(rp_verdict_digest(hole) == original.digest);
}

static void the_digest_covers_opinions(void **state)
{
    struct campaign *campaign = *state;
    const struct original original = remember(campaign);
    struct rp_verdict *hole = original.hole;
    CHANGES(hole->opinions = 1);
    CHANGES(hole->opinion[1].executor[0] = 'x');
    CHANGES(hole->opinion[1].provenance = RP_PROVENANCE_PVM);
    CHANGES(hole->opinion[1].decides ^= true);
    CHANGES(hole->opinion[1].limit[0] = 'x');
    CHANGES(hole->opinion[1].judgement = RP_VERDICT_PRIVILEGED);
    CHANGES(hole->opinion[1].one_ring ^= true);
    CHANGES(hole->opinion[1].as_found ^= true);
    CHANGES(hole->opinion[1].closes ^= true);
    CHANGES(hole->opinion[1].virtualised ^= true);
    CHANGES(hole->opinion[1].ring[1].present = false);
    CHANGES(hole->opinion[1].ring[1].kind = RP_OUTCOME_HUNG);
    CHANGES(hole->opinion[1].ring[1].vector++);
    CHANGES(hole->opinion[1].ring[1].length++);
    CHANGES(hole->opinion[1].ring[1].gate = RP_GATE_SYSCALL);
    CHANGES(hole->opinion[1].ring[1].has_error_code = false);
    CHANGES(hole->opinion[1].ring[1].error_code++);
    CHANGES(hole->opinion[1].ring[1].cr2++);
    CHANGES(hole->opinion[1].ring[1].kernel_emulated = true);
}

static void the_digest_covers_witness_and_divergences(void **state)
{
    struct campaign *campaign = *state;
    const struct original original = remember(campaign);
    struct rp_verdict *hole = original.hole;
    CHANGES(hole->has_witness = false);
    CHANGES(hole->witness_kind = RP_SENSITIVE_CONTROL);
    CHANGES(hole->witness_executor[0] = 'x');
    CHANGES(hole->component++);
    CHANGES(hole->field = RP_RESOURCE_CR0_TS);
    CHANGES(hole->resource = RP_RESOURCE_CR0_TS);
    CHANGES(hole->a.ring++);
    CHANGES(hole->b.value++);
    CHANGES(hole->divergences = 1);
    CHANGES(hole->divergence[0].executor[1][0] = 'x');
    CHANGES(hole->divergence[0].cell++);
    CHANGES(hole->divergence[0].bits++);
    CHANGES(hole->divergence[0].known[0] = 'x');
    CHANGES(hole->divergence[0].answer[1].executors++);
    CHANGES(hole->divergence[0].answer[1].value++);
    CHANGES(hole->divergence[0].answer[0].shown.present ^= true);
}
#undef CHANGES

int main(void)
{

    const struct CMUnitTest tests[] = {
        TEST(every_verdict_comes_back_as_it_was_put),
        TEST(counts_of_the_wide_space_come_back_with_their_exceptions),
        TEST(every_report_is_that_of_the_results_themselves),
        TEST(a_scan_goes_on_behind_what_is_stored),
        TEST(places_that_a_scan_would_not_judge_are_refused),
        TEST(another_configuration_is_refused_by_its_name),
        TEST(there_is_one_writer),
        TEST(the_digest_covers_the_verdict_but_the_number_of_runs),
        TEST(the_digest_covers_opinions),
        TEST(the_digest_covers_witness_and_divergences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
