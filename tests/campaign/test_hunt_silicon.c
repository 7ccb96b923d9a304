/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hunts over a made-up CPU that is taken for silicon: all is #UD but what is planted. Cells are run from
 * every state, what does not end twice in the same way is dropped, and a finding's witness makes its run
 * again. */
#include "campaign/answers.h"
#include "campaign/hunt.h"
#include "report/finding.h"
#include "support/suite.h"
#include "x86/cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Opcodes behind 0F that no decoder knows. */
#define STEADY   0x3f /* retires, 2 bytes */
#define STATEFUL 0x3c /* retires where RBX is 3, which the first state does not have; 5 bytes */
#define FLICKERS 0x3d /* retires every second time */
#define ONCE     0x3e /* retires the first time */
#define DEADLY   0x3b /* takes the process with it, if the context is not NULL */
#define LIMIT    6000

/* PFADD with a register, which the decoder knows and no CPU has since 2011; 4 bytes. No rejected cell has it
 * as a neighbour. */
static bool is_pfadd(const uint8_t *bytes)
{
    return bytes[0] == 0x0f && bytes[1] == 0x0f && bytes[2] >= 0xc0 && bytes[3] == 0x9e;
}

static void answer_cpu(void *context, const struct rp_prestate *prestate, uint32_t index,
                       const struct rp_encoding *encoding, struct rp_outcomes *outcomes)
{
    static struct rp_state after;
    static unsigned runs[256][4]; /* by opcode and state */
    bool pfadd = is_pfadd(encoding->bytes);
    uint8_t opcode = encoding->bytes[1], length = pfadd ? 4 : opcode == STATEFUL ? 5 : 2;
    unsigned before = runs[opcode][index & 3]++;
    bool retires = encoding->bytes[0] == 0x0f &&
                   (opcode == STEADY || (opcode == STATEFUL && prestate->state.reg[RP_REG_RBX] == 3) ||
                    (opcode == FLICKERS && before % 2 == 0) || (opcode == ONCE && before == 0));
    if (context && encoding->bytes[0] == 0x0f && opcode == DEADLY)
        abort();
    if (!retires && !pfadd) {
        fake_trap(outcomes, 6, -1);
        return;
    }
    after = prestate->state;
    after.reg[RP_REG_RIP] += length;
    fake_retire(outcomes, prestate, &after, length);
}

struct found {
    struct rp_text line;
    unsigned count;
};

static int take(void *context, const char *line, size_t length, bool is_finding, struct rp_error *error)
{
    struct found *found = context;
    (void)error;
    if (is_finding) {
        rp_text_add_bytes(&found->line, line, length);
        found->count++;
    }
    return RP_OK;
}

static struct rp_hunt_sitting hunt_some(const struct rp_campaign_options *campaign, size_t limit,
                                        struct found *found)
{
    const struct rp_hunt_options options = {.campaign = *campaign,
                                            .modes = 1 << RP_MODE_LONG64,
                                            .searches = 1 << RP_HUNT_CELLS,
                                            .limit = limit,
                                            .take = take,
                                            .take_context = found};
    struct rp_hunt *hunt;
    struct rp_error error = {0};
    if (rp_hunt_open(&options, &hunt, &error) || rp_hunt_run(hunt, &error))
        fail_msg("%s", error.line);
    struct rp_hunt_sitting sitting = rp_hunt_sitting(hunt);
    rp_hunt_close(hunt);
    return sitting;
}

static struct rp_hunt_sitting hunt(const struct rp_campaign_options *campaign, struct found *found)
{
    return hunt_some(campaign, LIMIT, found);
}

/* The line about a cell; NULL if there is none. */
static const char *line_of(const struct found *found, unsigned opcode)
{
    static char copy[4096];
    char wanted[32];
    snprintf(wanted, sizeof wanted, "\"cell\":\"0f %02x\"", opcode);
    for (const char *at = rp_text_string(&found->line); *at; at += strcspn(at, "\n") + 1) {
        snprintf(copy, sizeof copy, "%.*s", (int)strcspn(at, "\n"), at);
        if (strstr(copy, wanted))
            return copy;
    }
    return NULL;
}

static void what_does_not_end_twice_in_the_same_way_is_dropped(void **state)
{
    (void)state;
    struct found found = {0};
    const struct rp_campaign_options campaign = campaign_of_silicon(answer_cpu, NULL, 1);
    struct rp_hunt_sitting sitting = hunt(&campaign, &found);
    assert_non_null(line_of(&found, STEADY));
    assert_null(line_of(&found, FLICKERS));
    assert_null(line_of(&found, ONCE));
    assert_true(sitting.unsettled > 0); /* what flickers; what retired once is #UD since */
    assert_int_equal(found.count, 2);
    rp_text_free(&found.line);
}

static void what_is_ud_from_one_state_alone_is_found_and_run_whole(void **state)
{
    (void)state;
    struct found found = {0};
    const struct rp_campaign_options campaign = campaign_of_silicon(answer_cpu, NULL, 1);
    hunt(&campaign, &found);
    const char *line = line_of(&found, STATEFUL);
    assert_non_null(line);
    assert_non_null(strstr(line, "\"ring3\":{\"outcome\":\"retired\",\"length\":5}"));
    assert_non_null(strstr(line, "\"encoding\":\"0f3c"));
    rp_text_free(&found.line);
}

static void what_needs_a_feature_that_the_cpu_does_not_tell_is_run(void **state)
{
    (void)state;
    static struct rp_cpu cpu; /* this one, whose features a hunt on silicon goes by */
    struct found found = {0};
    const struct rp_campaign_options campaign = campaign_of_silicon(answer_cpu, NULL, 2);
    if (rp_cpu_read(&cpu, NULL) || rp_cpu_has(&cpu, "3dnow"))
        skip();
    hunt_some(&campaign, 0, &found);
    assert_non_null(
        strstr(rp_text_string(&found.line), "\"reason\":\"feature\",\"decoder\":{\"text\":\"pfadd"));
    assert_non_null(strstr(rp_text_string(&found.line), "\"class\":\"hidden-feature\""));
    rp_text_free(&found.line);
}

static struct rp_witness witness;

static bool replays(const struct rp_campaign_options *campaign)
{
    struct rp_replay replay;
    struct rp_error error = {0};
    if (rp_replay_witness(campaign, &witness, &replay, &error))
        fail_msg("%s", error.line);
    assert_int_equal(replay.reproduced, replay.why[0] == '\0');
    return replay.reproduced;
}

static void read_witness(const struct found *found, unsigned opcode)
{
    char text[RP_WITNESS_LINE_MAX + 1];
    struct rp_error error = {0};
    bool is_finding;
    const char *line = line_of(found, opcode);
    assert_non_null(line);
    if (rp_finding_witness(line, &witness, text, &is_finding, &error))
        fail_msg("%s: %s", line, error.line);
    assert_true(is_finding);
}

static void a_finding_replays_from_the_state_that_showed_it(void **state)
{
    (void)state;
    struct found found = {0};
    const struct rp_campaign_options campaign = campaign_of_silicon(answer_cpu, NULL, 1);
    hunt(&campaign, &found);
    read_witness(&found, STATEFUL);
    assert_int_equal(witness.user.state.reg[RP_REG_RBX], 3);
    assert_true(replays(&campaign));
    witness.user.state.reg[RP_REG_RBX]++; /* another state */
    assert_false(replays(&campaign));
    read_witness(&found, STEADY);
    assert_true(replays(&campaign));
    witness.end.length++;
    assert_false(replays(&campaign));
    witness.end = (struct rp_witness_end){RP_OUTCOME_TRAPPED, 13, 2};
    assert_false(replays(&campaign));
    rp_text_free(&found.line);
}

static void a_finding_that_kills_replays_and_is_told_from_one_that_does_not(void **state)
{
    (void)state;
    struct found found = {0};
    static int deadly;
    struct rp_campaign_options campaign = campaign_of_silicon(answer_cpu, &deadly, 1);
    hunt(&campaign, &found);
    read_witness(&found, DEADLY);
    assert_int_equal(witness.end.kind, RP_OUTCOME_DIED);
    assert_true(replays(&campaign));
    campaign = campaign_of_silicon(answer_cpu, NULL, 1);
    assert_false(replays(&campaign));
    rp_text_free(&found.line);
}

static void a_line_that_says_something_else_than_its_witness_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what, *by, *why;
    } edits[] = {
        {"\"mode\":\"long64\"", "\"mode\":\"prot32\"", "the finding's mode is not that"},
        {"\"executor\":\"silicon\"", "\"executor\":\"native\"", "the finding's executor is not that"},
        {"\"encoding\":\"0f3f", "\"encoding\":\"0f3e", "the finding's encoding is not that"},
        {"\"outcome\":\"retired\"", "\"outcome\":\"trapped\"", "the finding's outcome is not that"},
        {"\"length\":2", "\"length\":4", "the finding's length is not that"},
        {":finding:", ":control:", "does not fit the line"},
        {"rp1:", "rp2:", "no witness version"},
        {"\"witness\"", "\"without\"", "has no witness"},
        {"ringprobe.hunt/1", "ringprobe.x/1", "no line of a hunt"},
        {"\"}", "", "was cut short"},
    };
    struct found found = {0};
    const struct rp_campaign_options campaign = campaign_of_silicon(answer_cpu, NULL, 1);
    hunt(&campaign, &found);
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        char text[RP_WITNESS_LINE_MAX + 1];
        struct rp_text edited = {0};
        struct rp_error error = {0};
        bool is_finding;
        const char *line = line_of(&found, STEADY), *at = strstr(line, edits[i].what);
        assert_non_null(at);
        rp_text_add(&edited, "%.*s%s%s", (int)(at - line), line, edits[i].by, at + strlen(edits[i].what));
        assert_int_equal(rp_finding_witness(rp_text_string(&edited), &witness, text, &is_finding, &error),
                         RP_EINPUT);
        if (!strstr(error.line, edits[i].why))
            fail_msg("no '%s' in: %s", edits[i].why, error.line);
        rp_text_free(&edited);
    }
    rp_text_free(&found.line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_end_twice_in_the_same_way_is_dropped),
        cmocka_unit_test(what_is_ud_from_one_state_alone_is_found_and_run_whole),
        cmocka_unit_test(what_needs_a_feature_that_the_cpu_does_not_tell_is_run),
        cmocka_unit_test(a_finding_replays_from_the_state_that_showed_it),
        cmocka_unit_test(a_finding_that_kills_replays_and_is_told_from_one_that_does_not),
        cmocka_unit_test(a_line_that_says_something_else_than_its_witness_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
