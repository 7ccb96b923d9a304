/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are no campaigns, or whole no more; disks that are full; writers that are killed at any moment.
 */
#include "base/random.h"
#include "store/campaign.h"
#include "store/schema.h"
#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_bytes(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static char *read_bytes(const char *path, size_t *length)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    *length = (size_t)status.st_size;
    char *bytes = malloc(*length + 1);
    FILE *file = fopen(path, "rb");
    assert_non_null(bytes);
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, *length, file), *length);
    fclose(file);
    return bytes;
}

/* Opens and, to read, loads. */
static int try(const char *path, bool writes, struct rp_error *error)
{
    struct rp_store *store;
    struct rp_results results = {0};
    *error = (struct rp_error){0};
    int result = rp_store_open(path, writes, &store, error);
    if (result == RP_OK && !writes)
        result = rp_store_load(store, &results, error);
    rp_results_free(&results);
    rp_store_close(store);
    return result;
}

/* Refused both ways, with a line that says so, and left as it is. */
static void assert_no_campaign(struct campaign *campaign, const char *bytes, size_t length, const char *words)
{
    write_bytes(campaign->path, bytes, length);
    for (int writes = 0; writes < 2; writes++) {
        struct rp_error error;
        size_t after;
        int result = try(campaign->path, writes, &error);
        if (result != RP_EINPUT || !strstr(error.line, words))
            fail_msg("%zu bytes, %d: %d, %s", length, writes, result, error.line);
        char *there = read_bytes(campaign->path, &after);
        assert_int_equal(after, length);
        assert_memory_equal(there, bytes, length);
        free(there);
    }
    assert_int_equal(scratch_count(&campaign->scratch), 1);
}

static void what_is_no_campaign_is_refused_and_left_alone(void **state)
{
    struct campaign *campaign = *state;
    assert_no_campaign(campaign, "", 0, "is no campaign: it is empty");
    assert_no_campaign(campaign, "hello\n", 6, "is no campaign");
    char bytes[4096] = "SQLite format 3";
    assert_no_campaign(campaign, bytes, sizeof bytes, "is no campaign");
    struct rp_error error;
    assert_int_equal(try(campaign->scratch.folder, true, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "a campaign is a file"));
    assert_int_equal(try("no/such", false, &error), RP_EENVIRONMENT);
    assert_non_null(strstr(error.line, "No such file"));
}

/* A campaign's bytes after some SQL was run on it. */
static char *altered(struct campaign *campaign, const char *sql, size_t *length)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(campaign->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return read_bytes(campaign->path, length);
}

static void other_schemas_and_other_applications_are_refused(void **state)
{
    struct campaign *campaign = *state;
    static const struct {
        const char *sql, *words;
    } rows[] = {{"PRAGMA user_version = 4", "has schema 4 and this ringprobe knows 3: take a newer one"},
                {"PRAGMA user_version = 0", "has schema 0 and this ringprobe knows 3"},
                {"PRAGMA application_id = 7", "is no campaign of ringprobe"}};
    _Static_assert(RP_STORE_VERSION == 3, "the rows above are about version 3");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t length;
        unlink(campaign->path);
        campaign_write(campaign);
        char *bytes = altered(campaign, rows[i].sql, &length);
        assert_no_campaign(campaign, bytes, length, rows[i].words);
        free(bytes);
    }
}

/* Rows that SQLite has no objection to. */
static void contradictions_are_errors_and_no_answers(void **state)
{
    struct campaign *campaign = *state;
    static const struct {
        const char *sql, *words;
    } rows[] = {{"UPDATE behaviour SET verdict = 'perhaps'", "'perhaps', which this ringprobe does not know"},
                {"UPDATE opinion SET ring3_outcome = 'x' WHERE ring3_outcome NOT NULL", "has 'x', which"},
                {"UPDATE witness SET component = 'zmm99'", "has 'zmm99', which"},
                {"UPDATE resource SET name = 'cr9.x' WHERE NOT settable", "the resource 'cr9.x'"},
                {"UPDATE configuration SET value = 'long32' WHERE name = 'modes'", "the modes 'long32'"},
                {"DELETE FROM configuration WHERE name = 'seed'", "does not say its seed"},
                {"UPDATE verdict SET encoding = zeroblob(16)", "an encoding of a wrong length"},
                {"DELETE FROM opinion WHERE number = 1", "an opinion is missing"},
                {"UPDATE behaviour SET opinions = 200", "too many opinions"},
                {"DELETE FROM closer", "a closing condition is missing"},
                {"UPDATE behaviour SET closers = 200", "too many closing conditions"},
                {"DELETE FROM behaviour", "a behaviour is missing"},
                {"DELETE FROM witness", "a witness is missing"},
                {"DELETE FROM divergence WHERE number = 1", "a divergence is missing"},
                {"UPDATE implicit SET closed_in_all_by_two = 'x.y'", "has 'x.y', which"},
                {"UPDATE divergence SET answers = 1", "an answer without its divergence"},
                {"UPDATE divergence SET answers = 99", "too many answers"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t length;
        struct rp_error error;
        unlink(campaign->path);
        campaign_write(campaign);
        free(altered(campaign, rows[i].sql, &length));
        if (try(campaign->path, false, &error) != RP_EINPUT || !strstr(error.line, rows[i].words))
            fail_msg("%s: %s", rows[i].sql, error.line);
    }
}

static void a_truncated_campaign_is_refused_wherever_it_was_cut(void **state)
{
    struct campaign *campaign = *state;
    size_t length;
    campaign_write(campaign);
    char *bytes = read_bytes(campaign->path, &length);
    for (size_t cut = 0; cut < length; cut += cut < 200 ? 1 : 1021)
        assert_no_campaign(campaign, bytes, cut, "is no campaign");
    for (size_t cut = 4096; cut < length; cut += 4096)
        assert_no_campaign(campaign, bytes, cut, "is no campaign");
    free(bytes);
}

/* Whatever a reader makes of it, it ends, and it touches no memory that is not its own. */
static void a_damaged_campaign_is_read_or_refused(void **state)
{
    struct campaign *campaign = *state;
    struct rp_random random = rp_random_make(6, 0);
    size_t length;
    unsigned refused = 0;
    campaign_write(campaign);
    char *bytes = read_bytes(campaign->path, &length), *copy = malloc(length);
    assert_non_null(copy);
    for (unsigned i = 0; i < 600; i++) {
        struct rp_error error;
        memcpy(copy, bytes, length);
        for (unsigned flips = 0; flips <= i % 8; flips++)
            copy[rp_random_below(&random, length)] ^= (char)(1 + rp_random_below(&random, 255));
        write_bytes(campaign->path, copy, length);
        refused += try(campaign->path, false, &error) != RP_OK;
    }
    assert_true(refused > 0);
    free(copy);
    free(bytes);
}

/* In a child: puts one verdict after the other at ever higher places and tells each place when it is
 * committed. */
static void put_until_killed(struct campaign *campaign, int told)
{
    struct rp_results results = campaign_results(campaign);
    struct rp_store *store;
    bool complete;
    if (rp_store_open(campaign->path, true, &store, NULL) || rp_store_begin(store, &results, NULL) ||
        rp_store_begin_mode(store, RP_MODE_LONG64, NULL, 0, &complete, NULL))
        _exit(1);
    for (size_t place = results.count;; place++) {
        if (rp_store_put(store, place, &campaign->made.verdict[place % 3], NULL))
            _exit(2);
        if (place % 3 == 2 && (rp_store_commit(store, NULL) || write(told, &place, sizeof place) < 0))
            _exit(3);
    }
}

/* Kills a writer after `microseconds`; returns how many places it had told of. */
static size_t kill_writer(struct campaign *campaign, unsigned microseconds)
{
    int pipes[2], status;
    size_t place, committed = 0;
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        put_until_killed(campaign, pipes[1]);
    close(pipes[1]);
    usleep(microseconds);
    kill(child, SIGKILL);
    while (read(pipes[0], &place, sizeof place) == sizeof place)
        committed = place + 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(pipes[0]);
    return committed;
}

static void what_was_committed_survives_a_kill_at_any_moment(void **state)
{
    struct campaign *campaign = *state;
    enum { SEED = 1 };
    struct rp_random random = rp_random_make(SEED, 0);
    size_t before = 0, kills = 0;
    printf("seed %d\n", SEED);
    unsigned window = 20000; /* microseconds; longer where the machine is slow to come to a commit */
    for (unsigned i = 0; i < 60; i++) {
        size_t committed = kill_writer(campaign, (unsigned)rp_random_below(&random, window));
        window += committed ? 0 : window / 4;
        struct rp_results results = {0};
        struct rp_store *store;
        struct rp_error error = {0};
        if (access(campaign->path, F_OK)) /* before it was made: then it is not there at all */
            continue;
        kills++;
        if (rp_store_open(campaign->path, false, &store, &error) || rp_store_load(store, &results, &error))
            fail_msg("%s", error.line);
        assert_true(results.count >= committed && results.count >= before);
        assert_int_equal(results.count % 3, 0); /* whole transactions */
        for (size_t v = 0; v < results.count; v++)
            assert_memory_equal(&results.verdict[v].encoding, &campaign->made.verdict[v % 3].encoding,
                                sizeof(struct rp_encoding));
        before = results.count;
        rp_results_free(&results);
        rp_store_close(store);
    }
    assert_true(kills > 20 && before > 0);
}

/* The file may not grow beyond `limit`: writes fail as on a full disk. Returns what the first that failed
 * said, and *committed. */
static int fill_up(struct campaign *campaign, size_t *committed, struct rp_error *error)
{
    struct rp_results results = campaign_results(campaign);
    struct rp_store *store = campaign_begin(campaign, &results);
    bool complete;
    int result = rp_store_begin_mode(store, RP_MODE_LONG64, NULL, 0, &complete, error);
    *committed = results.count;
    for (size_t place = results.count; result == RP_OK && place < 100000; place++) {
        result = rp_store_put(store, place, &campaign->made.verdict[place % 3], error);
        if (result == RP_OK && place % 30 == 29 && (result = rp_store_commit(store, error)) == RP_OK)
            *committed = place + 1;
    }
    if (result) { /* no way around what failed */
        assert_int_equal(rp_store_put(store, 0, &campaign->made.verdict[0], NULL), result);
        assert_int_equal(rp_store_commit(store, NULL), result);
    }
    rp_results_free(&results);
    rp_store_close(store);
    return result;
}

static void a_file_that_cannot_grow_keeps_what_was_committed(void **state)
{
    struct campaign *campaign = *state;
    struct rlimit before;
    struct rp_error error = {0};
    size_t committed;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (rlim_t limit = 160 << 10; limit < 400 << 10; limit += 40961) {
        const struct rlimit small = {limit, before.rlim_max};
        struct rp_results results = {0};
        struct rp_store *store;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        int result = fill_up(campaign, &committed, &error);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(result, RP_EENVIRONMENT);
        assert_non_null(strstr(error.line, "cannot write the campaign"));
        assert_int_equal(rp_store_open(campaign->path, false, &store, NULL), RP_OK);
        assert_int_equal(rp_store_load(store, &results, NULL), RP_OK);
        assert_int_equal(results.count, committed);
        assert_true(committed > 0);
        rp_results_free(&results);
        rp_store_close(store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_campaign_is_refused_and_left_alone),
        TEST(other_schemas_and_other_applications_are_refused),
        TEST(contradictions_are_errors_and_no_answers),
        TEST(a_truncated_campaign_is_refused_wherever_it_was_cut),
        TEST(a_damaged_campaign_is_read_or_refused),
        TEST(what_was_committed_survives_a_kill_at_any_moment),
        TEST(a_file_that_cannot_grow_keeps_what_was_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
