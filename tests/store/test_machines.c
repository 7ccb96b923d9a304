/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Campaigns of several machines in one file: each is there as it was by itself, in an order that is not that
 * of the files, and nobody takes one for the whole. */
#include "report/format.h"
#include "store/campaign.h"
#include "store/merge.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct files {
    char a[PATH_MAX], b[PATH_MAX], out[PATH_MAX];
};

static void write_one(struct campaign *campaign, const char *cpu, uint64_t seed, const char *path)
{
    campaign->made.results.configuration.cpu = cpu;
    campaign->made.results.configuration.random_seed = seed;
    campaign_write(campaign);
    assert_int_equal(rename(campaign->path, path), 0);
}

/* Of the wide space, so that counts have to be kept apart as well. */
static struct files make_files(struct campaign *campaign)
{
    struct files files;
    snprintf(files.a, sizeof files.a, "%s", scratch_path(&campaign->scratch, "a.db"));
    snprintf(files.b, sizeof files.b, "%s", scratch_path(&campaign->scratch, "b.db"));
    snprintf(files.out, sizeof files.out, "%s", scratch_path(&campaign->scratch, "out.db"));
    campaign_widen(campaign);
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        struct rp_mode_results *mode = &campaign->made.results.mode[m];
        mode->encodings = mode->count - mode->exceptions;
    }
    write_one(campaign, "Xeon", 7, files.a);
    write_one(campaign, "EPYC", 7, files.b);
    return files;
}

static int merge(const struct files *files, const char *order, bool by_machine, struct rp_merged *merged,
                 struct rp_error *error)
{
    char *file[4];
    size_t count = 0;
    for (; order[count]; count++)
        file[count] = (char *)(order[count] == 'a' ? files->a : files->b);
    *error = (struct rp_error){0};
    return rp_store_merge(files->out, file, count, by_machine, NULL, merged, error);
}

static char *canonical(const char *path, unsigned machine)
{
    struct rp_results results = {0};
    struct rp_text text = {0};
    struct rp_store *store;
    struct rp_error error = {0};
    if (rp_store_open(path, false, &store, &error))
        fail_msg("%s", error.line);
    rp_store_choose(store, machine);
    if (rp_store_load(store, &results, &error))
        fail_msg("%s", error.line);
    assert_int_equal(results.mode[RP_MODE_PROT32].compared, 7);
    rp_format_find("canonical")->report(&results, NULL, &text);
    rp_results_free(&results);
    rp_store_close(store);
    return text.data;
}

static void assert_same_campaign(const char *merged, unsigned machine, const char *path)
{
    char *one = canonical(merged, machine), *other = canonical(path, 0);
    assert_string_equal(one, other);
    free(one);
    free(other);
}

static void each_machine_is_there_as_it_was_by_itself(void **state)
{
    struct campaign *campaign = *state;
    struct files files = make_files(campaign);
    struct rp_merged merged;
    struct rp_error error;
    if (merge(&files, "ab", true, &merged, &error))
        fail_msg("%s", error.line);
    assert_int_equal(merged.machines, 2);
    assert_same_campaign(files.out, 0, files.b); /* EPYC before Xeon */
    assert_same_campaign(files.out, 1, files.a);
}

/* As a report reads them: one behind the other, by one opening of the file. */
static void what_stays_in_the_file_is_each_machines_own(void **state)
{
    struct campaign *campaign = *state;
    struct files files = make_files(campaign);
    struct rp_merged merged;
    struct rp_store *store;
    struct rp_error error = {0};
    char *by_itself[2];
    if (merge(&files, "ab", true, &merged, &error))
        fail_msg("%s", error.line);
    for (unsigned machine = 0; machine < 2; machine++)
        by_itself[machine] = canonical(files.out, machine);
    if (rp_store_open(files.out, false, &store, &error))
        fail_msg("%s", error.line);
    for (unsigned i = 0; i < 4; i++) {
        struct rp_results results = {0};
        struct rp_text text = {0};
        rp_store_choose(store, i % 2);
        if (rp_store_stream(store, &results, &error))
            fail_msg("%s", error.line);
        if (i < 2)
            rp_format_find("canonical")->report(&results, NULL, &text);
        if (i < 2)
            assert_string_equal(rp_text_string(&text), by_itself[i]);
        else /* left in the middle */
            assert_true(rp_results_at(&results, 0)->name[0] != '\0');
        assert_int_equal(rp_results_told(&results, &error), RP_OK);
        rp_text_free(&text);
        rp_results_free(&results);
    }
    rp_store_close(store);
    for (unsigned machine = 0; machine < 2; machine++)
        free(by_itself[machine]);
}

static void the_order_of_files_decides_nothing_and_again_changes_nothing(void **state)
{
    struct campaign *campaign = *state;
    struct files files = make_files(campaign);
    struct rp_merged merged;
    struct rp_error error;
    static const char *const orders[] = {"ab", "ba", "baab"}, *const again[] = {"ab", "b", "a"};
    char *first = NULL;
    for (size_t i = 0; i < 3; i++) {
        if (merge(&files, orders[i], true, &merged, &error))
            fail_msg("%s", error.line);
        assert_int_equal(merged.twice, strlen(orders[i]) - 2);
        char *now = canonical(files.out, 1);
        first = first ? first : canonical(files.out, 1);
        assert_string_equal(now, first);
        free(now);
        for (size_t k = 0; k < 3; k++) {
            if (merge(&files, again[k], true, &merged, &error))
                fail_msg("%s: %s", again[k], error.line);
            assert_true(merged.nothing_new);
        }
        assert_int_equal(remove(files.out), 0);
    }
    free(first);
}

static void machines_are_mixed_only_where_that_is_asked_for(void **state)
{
    struct campaign *campaign = *state;
    struct files files = make_files(campaign);
    struct rp_merged merged;
    struct rp_error error;
    assert_int_equal(merge(&files, "ab", false, &merged, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "CPU 'Xeon' of the first, 'EPYC' of the second"));
    assert_non_null(strstr(error.line, "--by-machine"));
    remove(files.b);
    write_one(campaign, "EPYC", 8, files.b);
    assert_int_equal(merge(&files, "ab", true, &merged, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "seed '7' of the first, '8' of the second"));
    assert_int_equal(scratch_count(&campaign->scratch), 2);
}

/* Into a file that is there another machine does not come, with --by-machine or without. */
static void of_a_file_that_is_there_no_option_is_proposed(void **state)
{
    struct campaign *campaign = *state;
    struct files files = make_files(campaign);
    struct rp_merged merged;
    struct rp_error error;
    for (unsigned by_machine = 0; by_machine < 2; by_machine++) {
        static const char end[] = "of the second; give another file";
        assert_int_equal(merge(&files, "a", by_machine, &merged, &error), RP_OK);
        assert_int_equal(merge(&files, "b", by_machine, &merged, &error), RP_EINPUT);
        assert_non_null(strstr(error.line, "' and the merged shards are not of one campaign: CPU 'Xeon'"));
        assert_true(strlen(error.line) > strlen(end));
        assert_string_equal(error.line + strlen(error.line) - strlen(end), end);
        assert_int_equal(remove(files.out), 0);
    }
}

static void nobody_takes_one_machine_for_the_whole(void **state)
{
    struct campaign *campaign = *state;
    struct files files = make_files(campaign);
    struct rp_merged merged;
    struct rp_error error;
    struct rp_results results = {0};
    struct rp_store *store;
    assert_int_equal(merge(&files, "ab", true, &merged, &error), RP_OK);
    assert_int_equal(rp_store_open(files.out, false, &store, NULL), RP_OK);
    assert_int_equal(rp_store_load(store, &results, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "keeps 2 machines apart"));
    rp_store_close(store);
    results = campaign_results(campaign);
    assert_int_equal(rp_store_open(files.out, true, &store, NULL), RP_OK);
    assert_int_equal(rp_store_begin(store, &results, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "no scan goes on with it"));
    rp_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_machine_is_there_as_it_was_by_itself),
        TEST(what_stays_in_the_file_is_each_machines_own),
        TEST(the_order_of_files_decides_nothing_and_again_changes_nothing),
        TEST(machines_are_mixed_only_where_that_is_asked_for),
        TEST(of_a_file_that_is_there_no_option_is_proposed),
        TEST(nobody_takes_one_machine_for_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
