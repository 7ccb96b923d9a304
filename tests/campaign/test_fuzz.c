/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz campaigns find what was planted, once each, and make it small. */
#include "base/text.h"
#include "campaign/fuzz_held.h"
#include "campaign/planting.h"
#include "fuzz/seed_corpus.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define EXECUTIONS 40000

static void ids_are_different(const struct found *found)
{
    for (const char *a = rp_text_string(&found->lines); *a; a = strchr(a, '\n') + 1) {
        char one[RP_FINDING_ID_SIZE], two[RP_FINDING_ID_SIZE];
        assert_true(rp_line_field(a, strcspn(a, "\n"), "id", one, sizeof one));
        for (const char *b = strchr(a, '\n') + 1; *b; b = strchr(b, '\n') + 1) {
            assert_true(rp_line_field(b, strcspn(b, "\n"), "id", two, sizeof two));
            assert_string_not_equal(one, two);
        }
    }
}

static void planted_bugs_are_found_once_and_made_small(void **state)
{
    struct found found = {0};
    struct rp_fuzz_options options = planting_options(2, EXECUTIONS, &found);
    struct rp_fuzz_status status;
    struct rp_error error = {0};
    char encoding[32] = "";
    (void)state;
    planted_bugs = PLANTED_UMIP | PLANTED_CLI | PLANTED_HANG; /* the others take longer: slow_fuzz_rare */
    assert_int_equal(rp_fuzz(&options, &status, &error), RP_OK);
    ids_are_different(&found);
    assert_in_range(planting_count(&found, "rings", "cli", encoding), 1, 2);
    assert_string_equal(encoding, "f3fa");
    assert_in_range(planting_count(&found, "hung", "getsec", encoding), 1, 2);
    assert_string_equal(encoding, "0f37");
    assert_in_range(planting_count(&found, "divergence", "sgdt", encoding) +
                        planting_count(&found, "divergence", "sidt", encoding) +
                        planting_count(&found, "divergence", "smsw", encoding) +
                        planting_count(&found, "divergence", "sldt", encoding) +
                        planting_count(&found, "divergence", "str", encoding),
                    1, 10);
    rp_text_free(&found.lines);
}

/* Nothing planted, nothing found: two that are the same never disagree. */
static void without_planted_bugs_there_is_no_divergence(void **state)
{
    struct found found = {0};
    struct rp_fuzz_options options = planting_options(2, EXECUTIONS, &found);
    struct rp_fuzz_status status;
    struct rp_error error = {0};
    char encoding[32];
    (void)state;
    planted_bugs = 0;
    options.campaign.policy = RP_POLICY_LEGACY;
    options.executions = EXECUTIONS / 8;
    assert_int_equal(rp_fuzz(&options, &status, &error), RP_OK);
    for (const char *line = rp_text_string(&found.lines); *line; line = strchr(line, '\n') + 1) {
        char oracle[32];
        assert_true(rp_line_field(line, strcspn(line, "\n"), "oracle", oracle, sizeof oracle));
        assert_string_not_equal(oracle, "hung");
        assert_string_not_equal(oracle, "nondeterminism");
    }
    assert_int_equal(planting_count(&found, "rings", "cli", encoding), 0);
    assert_true(status.behaviours > 1000);
    rp_text_free(&found.lines);
}

static void one_worker_and_one_seed_are_one_campaign(void **state)
{
    struct rp_fuzz_status status[2];
    struct found found[2] = {{{0}, 0}, {{0}, 0}};
    struct rp_error error = {0};
    (void)state;
    planted_bugs = PLANTED_CLI;
    for (unsigned i = 0; i < 2; i++) {
        struct rp_fuzz_options options = planting_options(1, EXECUTIONS / 10, &found[i]);
        assert_int_equal(rp_fuzz(&options, &status[i], &error), RP_OK);
    }
    assert_int_equal(status[0].runs, status[1].runs);
    assert_string_equal(rp_text_string(&found[0].lines), rp_text_string(&found[1].lines));
    for (unsigned i = 0; i < 2; i++)
        rp_text_free(&found[i].lines);
}

struct beginning {
    const struct rp_fuzz_facts *facts;
    uint8_t bytes[4096];
    size_t length;
};

static int write_seed(void *context, const struct rp_fuzz_input *input, const char *ring0, const char *ring3,
                      struct rp_error *error)
{
    struct beginning *b = context;
    (void)ring0, (void)ring3, (void)error;
    if (b->length + RP_FUZZ_INPUT_BYTES_MAX <= sizeof b->bytes)
        b->length += rp_fuzz_input_write(b->facts, input, b->bytes + b->length);
    return RP_OK;
}

/* In its order; those that behave as one before them are left out of what is kept, the first is not. */
static void the_loop_begins_with_the_seed_corpus(void **state)
{
    static struct beginning seeds;
    struct found found = {0};
    struct scratch scratch;
    struct rp_text corpus = {0};
    struct rp_fuzz_facts *facts;
    struct rp_fuzz_status status;
    struct rp_error error = {0};
    char path[300];
    (void)state;
    planted_bugs = 0;
    for (unsigned s = 0; s < RP_FUZZ_STRATEGY_COUNT; s++) {
        struct rp_fuzz_options options = planting_options(1, RP_FUZZ_SLICE, &found);
        scratch_init(&scratch);
        options.directory = scratch_path(&scratch, "campaign");
        options.strategy = (enum rp_fuzz_strategy)s;
        options.suspicions_only = true;
        assert_int_equal(rp_fuzz(&options, &status, &error), RP_OK);
        assert_int_equal(rp_fuzz_facts_open(options.modes, &facts, &error), RP_OK);
        seeds = (struct beginning){.facts = facts};
        assert_int_equal(rp_fuzz_seed_corpus_read(facts, write_seed, &seeds, &error), RP_OK);
        snprintf(path, sizeof path, "%s/corpus", options.directory);
        assert_int_equal(rp_text_read(&corpus, path, &error), RP_OK);
        assert_in_range(corpus.length, RP_FUZZ_INPUT_BYTES_MAX, sizeof seeds.bytes);
        size_t same = 0;
        while (same < corpus.length && (uint8_t)corpus.data[same] == seeds.bytes[same])
            same++;
        if (s == RP_FUZZ_NOVELTY)
            assert_in_range(same, 24, sizeof seeds.bytes); /* the first input, at least */
        else
            assert_in_range(same, 0, 23);
        corpus.length = 0;
        rp_fuzz_facts_close(facts);
        scratch_free(&scratch);
    }
    rp_text_free(&corpus);
    rp_text_free(&found.lines);
}

static int feed_nothing(void *context, const struct rp_fuzz_facts *those, struct rp_fuzz_fed *fed,
                        struct rp_error *error)
{
    const struct rp_fuzz_fed *told = context;
    (void)those, (void)error;
    fed->lost = told->lost;
    fed->full = told->full;
    fed->ended = true;
    return RP_OK;
}

static void what_a_feed_lost_or_cannot_know_is_in_the_status(void **state)
{
    struct found found = {0};
    struct rp_fuzz_options options = planting_options(1, 1, &found);
    struct rp_fuzz_fed told = {0};
    const struct rp_fuzz_feed feed = {.next = feed_nothing, .context = &told, .name = "nothing"};
    struct rp_fuzz_status status;
    struct rp_error error = {0};
    (void)state;
    options.feed = &feed;
    assert_int_equal(rp_fuzz(&options, &status, &error), RP_OK);
    assert_false(status.full);
    assert_int_equal(status.lost, 0);
    told.lost = 3;
    told.full = true;
    assert_int_equal(rp_fuzz(&options, &status, &error), RP_OK);
    assert_true(status.full);
    assert_int_equal(status.lost, 3);
}

static volatile sig_atomic_t stop;

static int take_and_stop(void *context, const char *line, size_t length, bool old, struct rp_error *error)
{
    struct found *found = context;
    (void)error;
    if (old)
        return RP_OK;
    rp_text_add_bytes(&found->lines, line, length);
    found->count++;
    stop = 1;
    return RP_OK;
}

/* Each sitting ends in the middle of an examination, and still all come nearer to the same end. */
static void a_stop_in_an_examination_costs_nothing(void **state)
{
    static struct rp_fuzz_held held;
    struct found whole = {0}, parts = {0};
    struct scratch scratch;
    struct rp_fuzz_status status;
    struct rp_error error = {0};
    const uint64_t executions = EXECUTIONS / 2;
    uint64_t most = 0;
    unsigned sittings = 0;
    (void)state;
    planted_bugs = PLANTED_CLI | PLANTED_UMIP;
    scratch_init(&scratch);
    struct rp_fuzz_options options = planting_options(2, executions, &whole);
    options.commit = executions / 2;
    assert_int_equal(rp_fuzz(&options, &status, &error), RP_OK);
    assert_int_equal(status.pending, 0);
    assert_in_range(whole.count, 2, 1000);
    options.directory = scratch_path(&scratch, "campaign");
    options.campaign.stop = &stop;
    options.take = take_and_stop;
    options.take_context = &parts;
    do {
        stop = 0;
        int result = rp_fuzz(&options, &status, &error);
        assert_int_equal(result, stop ? RP_EINTERRUPTED : RP_OK);
        assert_true(status.executions > 0 && status.executions % RP_FUZZ_SLICE == 0);
        most = status.pending > most ? status.pending : most;
        assert_int_equal(rp_fuzz_held_read(options.directory, &held, &error), RP_OK);
        assert_int_equal(held.summary.pending, status.pending);
        rp_fuzz_held_free(&held);
        options.executions = status.executions < executions ? executions - status.executions : 1;
        assert_in_range(++sittings, 1, 3 * whole.count);
    } while (status.executions < executions || status.pending);
    assert_in_range(most, 1, 1000000);
    assert_in_range(sittings, 2, 1000);
    ids_are_different(&parts);
    assert_in_range(parts.lines.length, whole.lines.length, 100000000);
    assert_memory_equal(parts.lines.data, whole.lines.data, whole.lines.length);
    scratch_free(&scratch);
    rp_text_free(&whole.lines);
    rp_text_free(&parts.lines);
}

/* Nobody comes later to what is suspicious when the time is over, unless there is a directory. */
static void without_a_directory_all_is_examined_when_time_is_over(void **state)
{
    struct found found = {0};
    struct scratch scratch;
    struct rp_fuzz_status status;
    struct rp_error error = {0};
    (void)state;
    planted_bugs = PLANTED_CLI | PLANTED_UMIP;
    scratch_init(&scratch);
    struct rp_fuzz_options options = planting_options(2, 0, &found);
    options.seconds = 1;
    options.commit = UINT64_MAX; /* nothing is examined before */
    assert_int_equal(rp_fuzz(&options, &status, &error), RP_OK);
    assert_true(status.suspicions > 0);
    assert_int_equal(status.pending, 0);
    options.directory = scratch_path(&scratch, "campaign");
    assert_int_equal(rp_fuzz(&options, &status, &error), RP_OK);
    assert_true(status.pending > 0);
    scratch_free(&scratch);
    rp_text_free(&found.lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_bugs_are_found_once_and_made_small),
        cmocka_unit_test(without_planted_bugs_there_is_no_divergence),
        cmocka_unit_test(one_worker_and_one_seed_are_one_campaign),
        cmocka_unit_test(the_loop_begins_with_the_seed_corpus),
        cmocka_unit_test(what_a_feed_lost_or_cannot_know_is_in_the_status),
        cmocka_unit_test(a_stop_in_an_examination_costs_nothing),
        cmocka_unit_test(without_a_directory_all_is_examined_when_time_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
