/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shards become what the scan of everything is, whatever their order and number; what does not belong
 * together is refused by name, and nothing is left behind. */
#include "store/merge.h"

#include "store/campaign.h"
#include "support/suite.h"
#include "x86/form.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHARDS 3

struct shards {
    char path[SHARDS][PATH_MAX], out[PATH_MAX];
    char *file[2 * SHARDS];
};

/* The part of the made campaign that is a shard; without `ends` it stays unfinished. */
static void write_shard(struct campaign *campaign, const char *path, const struct rp_configuration *c,
                        bool ends)
{
    struct rp_results results = campaign_results(campaign), *all = &campaign->made.results;
    struct rp_store *store;
    char command[64];
    snprintf(command, sizeof command, "ringprobe scan --shard %u/%u --limit 9", c->shard, c->shards);
    results.configuration = *c;
    results.configuration.command = command;
    assert_int_equal(rp_store_open(path, true, &store, NULL), RP_OK);
    assert_int_equal(rp_store_begin(store, &results, NULL), RP_OK);
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        const struct rp_mode_results *mode = &all->mode[m];
        bool complete;
        if (!mode->scanned)
            continue;
        assert_int_equal(rp_store_begin_mode(store, m, NULL, 0, &complete, NULL), RP_OK);
        for (size_t i = 0; i < mode->count; i++) {
            const struct rp_verdict *v = &all->verdict[mode->first + i];
            if (rp_form_shard(v->form, c->shards) == c->shard)
                assert_int_equal(rp_store_put(store, i, v, NULL), RP_OK);
        }
        if (ends)
            assert_int_equal(rp_store_end_mode(store, m, NULL), RP_OK);
    }
    assert_int_equal(rp_store_commit(store, NULL), RP_OK);
    rp_store_close(store);
}

static struct rp_configuration configuration_of(const struct campaign *campaign, unsigned shard)
{
    struct rp_configuration c = campaign->made.results.configuration;
    c.shard = shard;
    c.shards = SHARDS;
    return c;
}

static struct shards make_shards(struct campaign *campaign)
{
    struct shards shards = {0};
    struct rp_results *all = &campaign->made.results;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        all->mode[m].encodings = all->mode[m].count;
    snprintf(shards.out, sizeof shards.out, "%s", scratch_path(&campaign->scratch, "out.db"));
    for (unsigned i = 0; i < SHARDS; i++) {
        char name[] = "s0.db";
        name[1] = (char)('0' + i);
        snprintf(shards.path[i], sizeof shards.path[i], "%s", scratch_path(&campaign->scratch, name));
        const struct rp_configuration c = configuration_of(campaign, i);
        write_shard(campaign, shards.path[i], &c, true);
    }
    return shards;
}

/* Merges the shards of the digits, such as "021". */
static int merge(struct shards *shards, const char *digits, struct rp_merged *merged, struct rp_error *error)
{
    size_t count = strlen(digits);
    *error = (struct rp_error){0};
    for (size_t i = 0; i < count; i++)
        shards->file[i] = shards->path[digits[i] - '0'];
    return rp_store_merge(shards->out, shards->file, count, false, NULL, merged, error);
}

static void assert_merged(struct shards *shards, const char *digits, struct rp_merged *merged)
{
    struct rp_error error;
    if (merge(shards, digits, merged, &error))
        fail_msg("%s: %s", digits, error.line);
}

static void assert_refused(struct campaign *campaign, struct shards *shards, const char *digits,
                           const char *words)
{
    struct rp_merged merged;
    struct rp_error error;
    size_t before = scratch_count(&campaign->scratch);
    int result = merge(shards, digits, &merged, &error);
    if (result != RP_EINPUT || !strstr(error.line, words))
        fail_msg("no '%s' in: %d, %s", words, result, error.line);
    assert_int_equal(scratch_count(&campaign->scratch), before);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Every row of every table, in the order of the file. */
static int add_row(void *text, int columns, char **value, char **name)
{
    (void)name;
    for (int i = 0; i < columns; i++)
        rp_text_add(text, "%s|", value[i] ? value[i] : "");
    rp_text_add(text, "\n");
    return 0;
}

static char *rows_of(const char *path)
{
    static const char *const tables[] = {"configuration", "resource", "effort",     "mode",
                                         "implicit",      "verdict",  "behaviour",  "opinion",
                                         "closer",        "witness",  "divergence", "answer"};
    struct rp_text text = {0};
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT * FROM %s", tables[i]);
        assert_int_equal(sqlite3_exec(db, sql, add_row, &text, NULL), SQLITE_OK);
    }
    sqlite3_close(db);
    return text.data;
}

static char *canonical_of(const char *path)
{
    struct made loaded = {0};
    struct rp_store *store;
    assert_int_equal(rp_store_open(path, false, &store, NULL), RP_OK);
    assert_int_equal(rp_store_load(store, &loaded.results, NULL), RP_OK);
    assert_true(rp_store_complete(store));
    char *report = made_report(&loaded, "canonical", 100);
    rp_results_free(&loaded.results);
    rp_store_close(store);
    return report;
}

static void merged_shards_are_the_whole_in_any_order(void **state)
{
    struct campaign *campaign = *state;
    struct shards shards = make_shards(campaign);
    static const char *const orders[] = {"012", "210", "1022", "201201"};
    char *whole = made_report(&campaign->made, "canonical", 100), *first = NULL;
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct rp_merged merged;
        assert_merged(&shards, orders[i], &merged);
        assert_int_equal(merged.encodings, campaign->made.results.count);
        assert_int_equal(merged.shards, SHARDS);
        assert_int_equal(merged.twice, strlen(orders[i]) - SHARDS);
        assert_false(merged.nothing_new);
        char *report = canonical_of(shards.out), *rows = rows_of(shards.out);
        assert_string_equal(report, whole);
        if (first)
            assert_string_equal(rows, first);
        else
            first = strdup(rows);
        free(report);
        free(rows);
        assert_int_equal(unlink(shards.out), 0);
    }
    assert_non_null(strstr(first, "|ringprobe scan --limit 9|7.5|")); /* 3 times 2.5 s, and no shard */
    free(first);
    free(whole);
}

static void merging_again_changes_nothing(void **state)
{
    struct campaign *campaign = *state;
    struct shards shards = make_shards(campaign);
    struct rp_merged merged;
    assert_merged(&shards, "012", &merged);
    char *before = rows_of(shards.out);
    static const char *const orders[] = {"210", "1", "22"};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        assert_merged(&shards, orders[i], &merged);
        assert_true(merged.nothing_new);
        char *after = rows_of(shards.out);
        assert_string_equal(after, before);
        free(after);
    }
    free(before);
    assert_int_equal(scratch_count(&campaign->scratch), SHARDS + 1);
}

/* A shard that was judged twice has another date and number of runs. */
static void of_two_files_of_one_shard_the_order_decides_nothing(void **state)
{
    struct campaign *campaign = *state;
    struct shards shards = make_shards(campaign);
    const unsigned twice = rp_form_shard(campaign->made.verdict[0].form, SHARDS);
    char later[PATH_MAX], *rows[2];
    struct rp_merged merged;
    struct rp_error error = {0};
    snprintf(later, sizeof later, "%s", scratch_path(&campaign->scratch, "later.db"));
    struct rp_configuration c = configuration_of(campaign, twice);
    c.date = "2027-01-01T00:00:00Z";
    write_shard(campaign, later, &c, true);
    run_sql(later, "UPDATE verdict SET runs = runs + 1");
    char *first[] = {later, shards.path[0], shards.path[1], shards.path[2]};
    char *last[] = {shards.path[0], shards.path[1], shards.path[2], later};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rp_store_merge(shards.out, i ? first : last, 4, false, NULL, &merged, NULL), RP_OK);
        assert_int_equal(merged.twice, 1);
        rows[i] = rows_of(shards.out);
        assert_int_equal(unlink(shards.out), 0);
    }
    assert_string_equal(rows[0], rows[1]);
    free(rows[0]);
    free(rows[1]);
    run_sql(later, "UPDATE verdict SET name = 'other'");
    assert_int_equal(rp_store_merge(shards.out, last, 4, false, NULL, &merged, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "later.db' says something else in its table verdict"));
}

static void shards_of_two_configurations_are_refused_by_the_difference(void **state)
{
    struct campaign *campaign = *state;
    struct shards shards = make_shards(campaign);
    struct rp_configuration c = configuration_of(campaign, 1);
#define OTHER(member, value, words)                                                                          \
    c = configuration_of(campaign, 1);                                                                       \
    c.member = value;                                                                                        \
    unlink(shards.path[1]);                                                                                  \
    write_shard(campaign, shards.path[1], &c, true);                                                         \
    assert_refused(campaign, &shards, "012", words)
    OTHER(kernel, "Linux 1",
          "kernel 'Linux 0' of the first, 'Linux 1' of the second; merge what one machine judged alike, or "
          "--by-machine");
    OTHER(cpu, "a newer CPU", "CPU 'a CPU' of the first");
    OTHER(random_seed, 8, "seed '7' of the first, '8' of the second");
    OTHER(shards, 2, "shards '3' of the first, '2' of the second");
    OTHER(beyond, (struct rp_resource_set){{0}}, "resources beyond the executors 'cr4.umip' of the first");
#undef OTHER
}

static void what_is_missing_is_named_with_the_command_that_makes_it(void **state)
{
    struct campaign *campaign = *state;
    struct shards shards = make_shards(campaign);
    assert_refused(campaign, &shards, "02",
                   "shard 1/3 is missing; make it: ringprobe scan --shard 1/3 --limit 9 -o FILE");
    assert_refused(campaign, &shards, "22", "shard 0/3 is missing, and 1 others");
    assert_int_equal(unlink(shards.path[1]), 0);
    const struct rp_configuration c = configuration_of(campaign, 1);
    write_shard(campaign, shards.path[1], &c, false);
    assert_refused(campaign, &shards, "012", "s1.db' (1/3) is unfinished; go on with it: ringprobe scan");
}

static void damaged_shards_are_refused(void **state)
{
    struct campaign *campaign = *state;
    static const struct {
        const char *sql, *words;
    } rows[] = {{"PRAGMA user_version = 4", "has schema 4"},
                {"PRAGMA application_id = 7", "is no campaign of ringprobe"},
                {"DELETE FROM opinion", "an opinion is missing"},
                {"UPDATE verdict SET form = form + 1", "has verdicts of another shard"},
                {"UPDATE configuration SET value = '9' WHERE name = 'shard'", "it cannot be"},
                {"DELETE FROM effort", "does not say what made it"},
                {"UPDATE mode SET forms = 7", "in its table mode"},
                {"UPDATE implicit SET runs = 0", "in its table implicit"},
                {"UPDATE opinion SET closes = 1 - closes", "in its table opinion"},
                {"DELETE FROM verdict WHERE mode = 0", "not every encoding of long64"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct shards shards = make_shards(campaign);
        const unsigned bad = rp_form_shard(campaign->made.verdict[0].form, SHARDS);
        run_sql(shards.path[bad], rows[i].sql);
        assert_refused(campaign, &shards, "012", rows[i].words);
        for (unsigned k = 0; k < SHARDS; k++)
            unlink(shards.path[k]);
    }
}

static void another_file_in_its_place_is_refused_and_left_alone(void **state)
{
    struct campaign *campaign = *state;
    struct shards shards = make_shards(campaign);
    struct rp_merged merged;
    snprintf(shards.out, sizeof shards.out, "%s", shards.path[1]);
    assert_refused(campaign, &shards, "02", "shards '3' of the first, '0' of the second");
    assert_refused(campaign, &shards, "012", "cannot be both a shard and the campaign");
    snprintf(shards.out, sizeof shards.out, "%s", scratch_path(&campaign->scratch, "out.db"));
    struct rp_configuration c = campaign->made.results.configuration;
    write_shard(campaign, shards.out, &c, false);
    assert_refused(campaign, &shards, "012", "is there and no merge but an unfinished scan");
    assert_int_equal(unlink(shards.out), 0);
    assert_merged(&shards, "012", &merged);
    run_sql(shards.out, "UPDATE verdict SET name = 'other'");
    assert_refused(campaign, &shards, "012", "says something else in its table verdict");
}

static void an_interrupt_leaves_nothing(void **state)
{
    struct campaign *campaign = *state;
    struct shards shards = make_shards(campaign);
    const volatile sig_atomic_t stop = 1;
    struct rp_merged merged;
    for (unsigned i = 0; i < SHARDS; i++)
        shards.file[i] = shards.path[i];
    assert_int_equal(rp_store_merge(shards.out, shards.file, SHARDS, false, &stop, &merged, NULL),
                     RP_EINTERRUPTED);
    assert_int_equal(scratch_count(&campaign->scratch), SHARDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(merged_shards_are_the_whole_in_any_order),
        TEST(merging_again_changes_nothing),
        TEST(of_two_files_of_one_shard_the_order_decides_nothing),
        TEST(shards_of_two_configurations_are_refused_by_the_difference),
        TEST(what_is_missing_is_named_with_the_command_that_makes_it),
        TEST(damaged_shards_are_refused),
        TEST(another_file_in_its_place_is_refused_and_left_alone),
        TEST(an_interrupt_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
