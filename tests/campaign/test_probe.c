/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Probes, replays and questions to executors: answered by worker processes, in order, and what dies there
 * dies there. */
#include "base/hex.h"
#include "campaign/answers.h"
#include "campaign/wire.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define TARGETS 4

static struct rp_probe_target targets[TARGETS] = {{RP_MODE_PROT32, {{0x9c}, 1}},
                                                  {RP_MODE_LONG64, {{0x90}, 1}},
                                                  {RP_MODE_VM86, {{0x9d}, 1}},
                                                  {RP_MODE_PROT32, {{0xf8}, 1}}};

struct seen {
    size_t count;
    struct rp_verdict verdict[TARGETS]; /* without replay lines */
    char replay[TARGETS][RP_WITNESS_LINE_MAX + 1];
    bool detail[TARGETS];
};

static int note(void *context, size_t number, const struct rp_verdict *verdict,
                const struct rp_detail *detail, struct rp_error *error)
{
    struct seen *seen = context;
    (void)error;
    assert_int_equal(number, seen->count++);
    seen->verdict[number] = *verdict;
    seen->verdict[number].replay = NULL;
    if (verdict->replay)
        memcpy(seen->replay[number], verdict->replay, strlen(verdict->replay) + 1);
    seen->detail[number] = detail != NULL && detail->run[1].present;
    return RP_OK;
}

static struct seen *probe(fake_answer *answer, void *context, unsigned workers, bool with_detail)
{
    static struct seen seen;
    struct rp_error error = {0};
    struct rp_campaign_options options = campaign(answer, context, workers);
    memset(&seen, 0, sizeof seen);
    if (rp_probe_targets(&options, targets, TARGETS, with_detail, note, &seen, &error))
        fail_msg("%s", error.line);
    assert_int_equal(seen.count, TARGETS);
    return &seen;
}

static void targets_are_answered_in_their_order_with_detail(void **state)
{
    (void)state;
    for (unsigned workers = 1; workers <= 2; workers++) {
        const struct seen *seen = probe(answer_some, NULL, workers, true);
        assert_int_equal(seen->verdict[0].judgement, RP_VERDICT_HOLE);
        assert_int_equal(seen->verdict[1].judgement, RP_VERDICT_INNOCUOUS);
        assert_int_equal(seen->verdict[2].judgement, RP_VERDICT_HOLE);
        assert_int_equal(seen->verdict[3].judgement, RP_VERDICT_INNOCUOUS);
        for (unsigned i = 0; i < TARGETS; i++) {
            assert_int_equal(seen->verdict[i].mode, targets[i].mode);
            assert_true(seen->detail[i]);
        }
    }
}

static void without_detail_none_comes(void **state)
{
    (void)state;
    assert_false(probe(answer_some, NULL, 1, false)->detail[0]);
}

static void a_target_that_kills_its_worker_is_answered_without_detail(void **state)
{
    (void)state;
    const struct seen *seen = probe(answer_or_abort, &targets[1].encoding, 1, true);
    assert_int_equal(seen->verdict[1].judgement, RP_VERDICT_UNKNOWN);
    assert_false(seen->detail[1]);
    assert_int_equal(seen->verdict[2].judgement, RP_VERDICT_HOLE);
    assert_true(seen->detail[2]);
}

static int refuse(void *context, size_t number, const struct rp_verdict *verdict,
                  const struct rp_detail *detail, struct rp_error *error)
{
    (void)context, (void)verdict, (void)detail;
    return number == 1 ? rp_error_set(error, RP_EINPUT, "enough") : RP_OK;
}

static void a_reader_that_fails_ends_the_probe(void **state)
{
    (void)state;
    struct rp_error error = {0};
    struct rp_campaign_options options = campaign(answer_some, NULL, 1);
    assert_int_equal(rp_probe_targets(&options, targets, TARGETS, false, refuse, NULL, &error), RP_EINPUT);
    assert_string_equal(error.line, "enough");
}

static void a_witness_replays_in_a_worker(void **state)
{
    (void)state;
    static struct rp_witness witness;
    struct rp_replay replay;
    const struct seen *seen = probe(answer_some, NULL, 1, false);
    struct rp_campaign_options options = campaign(answer_some, NULL, 1);
    assert_int_equal(rp_witness_parse(seen->replay[0], &witness, NULL), RP_OK);
    assert_int_equal(rp_replay_witness(&options, &witness, &replay, NULL), RP_OK);
    assert_true(replay.reproduced);
    options = campaign(answer_ud, NULL, 1);
    assert_int_equal(rp_replay_witness(&options, &witness, &replay, NULL), RP_OK);
    assert_false(replay.reproduced);
}

static void a_replay_that_kills_its_worker_is_an_error_that_says_so(void **state)
{
    (void)state;
    static struct rp_witness witness;
    struct rp_replay replay;
    struct rp_error error = {0};
    const struct seen *seen = probe(answer_some, NULL, 1, false);
    assert_int_equal(rp_witness_parse(seen->replay[0], &witness, NULL), RP_OK);
    struct rp_campaign_options options = campaign(answer_or_abort, &targets[0].encoding, 1);
    assert_int_equal(rp_replay_witness(&options, &witness, &replay, &error), RP_EENVIRONMENT);
    assert_string_equal(error.line, "the executor dies of this run: Aborted");
}

static void an_executor_says_what_it_is(void **state)
{
    (void)state;
    struct rp_executor_report report;
    assert_int_equal(rp_executor_ask(&fake_entry, NULL, &report, NULL), RP_OK);
    assert_true(report.runs_here);
    assert_string_equal(report.version, "makes up its outcomes");
    assert_true(report.capabilities.ring[RP_MODE_LONG64][3]);
}

static void an_executor_that_is_not_built_in_says_why(void **state)
{
    (void)state;
    const struct rp_executor_entry entry = {"bochs", NULL, "bochs is not built in: install it"};
    struct rp_executor_report report;
    assert_int_equal(rp_executor_ask(&entry, NULL, &report, NULL), RP_OK);
    assert_false(report.runs_here);
    assert_string_equal(report.why_not, "bochs is not built in: install it");
}

static void a_verdict_crosses_the_wire_whole_or_not_at_all(void **state)
{
    (void)state;
    static struct rp_detail detail, back;
    char replay[] = "rp1:x";
    struct rp_verdict verdict = {.mode = RP_MODE_VM86, .runs = 9, .replay = replay}, read;
    struct rp_text text = {0};
    bool has_detail;
    detail.run[1].count = 3;
    rp_wire_put(&text, &verdict, &detail);
    assert_int_equal(rp_wire_get(text.data, text.length, &read, &back, &has_detail, NULL), RP_OK);
    assert_int_equal(read.runs, 9);
    assert_string_equal(read.replay, "rp1:x");
    assert_true(has_detail);
    assert_memory_equal(&detail, &back, sizeof detail);
    rp_verdict_free(&read);
    for (size_t length = 0; length < sizeof verdict + 4 + sizeof replay; length += 7)
        assert_int_equal(rp_wire_get(text.data, length, &read, &back, &has_detail, NULL), RP_EENVIRONMENT);
    rp_text_free(&text);
}

static void divergences_cross_the_wire_with_their_lines(void **state)
{
    (void)state;
    char lines[2][6] = {"rp1:a", "rp1:b"};
    struct rp_divergence divergence[2] = {{.cell = 3, .replay = lines[0]}, {.cell = 7, .replay = lines[1]}};
    struct rp_verdict verdict = {.divergence = divergence, .divergences = 2}, read;
    struct rp_text text = {0};
    bool has_detail;
    rp_wire_put(&text, &verdict, NULL);
    assert_int_equal(rp_wire_get(text.data, text.length, &read, NULL, &has_detail, NULL), RP_OK);
    assert_int_equal(read.divergences, 2);
    assert_int_equal(read.divergence[1].cell, 7);
    assert_string_equal(read.divergence[0].replay, "rp1:a");
    assert_string_equal(read.divergence[1].replay, "rp1:b");
    assert_null(read.replay);
    rp_verdict_free(&read);
    for (size_t length = 0; length < text.length; length += 5)
        assert_int_equal(rp_wire_get(text.data, length, &read, NULL, &has_detail, NULL), RP_EENVIRONMENT);
    rp_text_free(&text);
}

static void a_divergence_replays_in_a_worker_on_both(void **state)
{
    (void)state;
    static struct rp_witness witness;
    struct rp_replay replay;
    struct rp_error error = {0};
    struct rp_campaign_options options = campaign_of_two(answer_some, answer_ud, 1);
    assert_int_equal(
        rp_witness_parse("rp1:fake+silicon:legacy:long64:90:divergence:-:ring=3:ring=3:outcome:bdcf3909",
                         &witness, &error),
        RP_OK);
    assert_int_equal(rp_replay_witness(&options, &witness, &replay, &error), RP_OK);
    assert_true(replay.reproduced);
    assert_int_equal(replay.shown[0].kind, RP_OUTCOME_RETIRED);
    assert_int_equal(replay.shown[1].kind, RP_OUTCOME_TRAPPED);
    options = campaign_of_two(answer_some, answer_some, 1);
    assert_int_equal(rp_replay_witness(&options, &witness, &replay, &error), RP_OK);
    assert_false(replay.reproduced);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_answered_in_their_order_with_detail),
        cmocka_unit_test(without_detail_none_comes),
        cmocka_unit_test(a_target_that_kills_its_worker_is_answered_without_detail),
        cmocka_unit_test(a_reader_that_fails_ends_the_probe),
        cmocka_unit_test(a_witness_replays_in_a_worker),
        cmocka_unit_test(a_replay_that_kills_its_worker_is_an_error_that_says_so),
        cmocka_unit_test(an_executor_says_what_it_is),
        cmocka_unit_test(an_executor_that_is_not_built_in_says_why),
        cmocka_unit_test(divergences_cross_the_wire_with_their_lines),
        cmocka_unit_test(a_divergence_replays_in_a_worker_on_both),
        cmocka_unit_test(a_verdict_crosses_the_wire_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
