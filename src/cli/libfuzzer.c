/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entry for libFuzzer, and with it for OSS-Fuzz and ClusterFuzzLite: the target of fuzz/target.h with our
 * mutator, whose behaviours libFuzzer takes for counters. What is suspicious is looked at as `ringprobe fuzz`
 * looks at it; a finding is printed, and ends the process as a crash does.
 *
 * Environment: RINGPROBE_FUZZ_EXECUTORS (unicorn; unicorn,native), RINGPROBE_FUZZ_MODES (bits of 1 << enum
 * rp_mode; all), RINGPROBE_FUZZ_BASELINE (a file: findings whose id stands in it are none),
 * RINGPROBE_FUZZ_FINDINGS (0: nothing is looked at, deaths and hangs alone count). */
#include "campaign/fuzz.h"
#include "cli/values.h"
#include "fuzz/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t max_length, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_length, const uint8_t *two, size_t two_length,
                                 uint8_t *out, size_t max_length, unsigned seed);

#define MAP_SIZE 65536u /* bytes */

/* libFuzzer takes in what stands in this section as it does its own counters, and zeroes it before each run.
 */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t counters[MAP_SIZE];

static struct {
    struct rp_options choice; /* of executors */
    struct rp_campaign_executor executor[2];
    unsigned executors;
    uint8_t modes;
    bool looks;
    struct rp_text baseline;
    struct rp_fuzz_target_options options;
    struct rp_fuzz_flight flight;
    struct rp_fuzz_target *target;
} fuzz;

/* Of what is no finding. libFuzzer takes exit() within a run for a crash, and saves the input as one. */
_Noreturn static void give_up(const char *line)
{
    fprintf(stderr, "ringprobe: %s\n", line);
    fflush(NULL);
    _exit(2);
}

/* As -x takes them. */
static void choose_executors(void)
{
    const char *given = getenv("RINGPROBE_FUZZ_EXECUTORS");
    struct rp_text notes = {0};
    struct rp_error error;
    if (rp_value_executors(given ? given : "unicorn", &fuzz.choice, &notes, &error))
        give_up(error.line);
    if (fuzz.choice.executor_count > sizeof fuzz.executor / sizeof fuzz.executor[0])
        give_up("RINGPROBE_FUZZ_EXECUTORS names more than two, which is as many as are compared");
    rp_text_free(&notes);
    fuzz.executors = fuzz.choice.executor_count;
    for (unsigned i = 0; i < fuzz.executors; i++) {
        fuzz.executor[i] =
            (struct rp_campaign_executor){&fuzz.choice.executor[i].entry, fuzz.choice.executor[i].name};
        fuzz.options.rig.member[i].executor = fuzz.choice.executor[i].entry.executor;
        fuzz.options.rig.member[i].name = fuzz.choice.executor[i].name;
    }
    fuzz.options.rig.members = fuzz.executors;
}

static void choose_modes(void)
{
    const char *given = getenv("RINGPROBE_FUZZ_MODES");
    const unsigned long all = (1ul << RP_MODE_COUNT) - 1;
    char *end;
    unsigned long modes = given ? strtoul(given, &end, 10) : all;
    if (!modes || modes > all)
        give_up("RINGPROBE_FUZZ_MODES is no set of modes");
    fuzz.modes = (uint8_t)modes;
}

static void read_baseline(void)
{
    const char *path = getenv("RINGPROBE_FUZZ_BASELINE");
    struct rp_error error;
    if (path && rp_text_read(&fuzz.baseline, path, &error))
        give_up(error.line);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *findings = getenv("RINGPROBE_FUZZ_FINDINGS");
    struct rp_fuzz_facts *facts;
    struct rp_error error;
    (void)argc, (void)argv;
    choose_executors();
    choose_modes();
    read_baseline();
    fuzz.looks = !findings || strcmp(findings, "0") != 0;
    fuzz.options.map_size = sizeof counters;
    fuzz.options.suspects = fuzz.looks;
    fuzz.options.flight = &fuzz.flight;
    fuzz.options.rig.policy = RP_POLICY_LEGACY;
    if (rp_fuzz_facts_open(fuzz.modes, &facts, &error))
        give_up(error.line);
    fuzz.options.rig.facts = facts;
    if (rp_fuzz_board_open(&fuzz.options.board, &error) ||
        rp_fuzz_target_open(&fuzz.options, &fuzz.target, &error))
        give_up(error.line);
    return 0;
}

/* A campaign of one input. */
static int give(void *context, const struct rp_fuzz_facts *facts, struct rp_fuzz_fed *fed,
                struct rp_error *error)
{
    const struct rp_fuzz_input **input = context;
    (void)facts, (void)error;
    fed->ended = !*input;
    if (*input)
        fed->input[fed->count++] = **input;
    *input = NULL;
    return RP_OK;
}

static int take(void *context, const char *line, size_t length, bool old, struct rp_error *error)
{
    char id[64];
    (void)context, (void)old, (void)error;
    if (rp_line_field(line, length, "id", id, sizeof id) && strstr(rp_text_string(&fuzz.baseline), id))
        return RP_OK;
    fprintf(stderr, "ringprobe: a finding, which `ringprobe replay` takes:\n%.*s", (int)length, line);
    abort();
}

static void look_closer(void)
{
    const struct rp_fuzz_input *input = fuzz.flight.input;
    const struct rp_fuzz_feed feed = {give, &input, "libfuzzer"};
    struct rp_fuzz_options options = {
        .campaign = {.executors = fuzz.executors, .policy = RP_POLICY_LEGACY, .random_seed = 1, .workers = 1},
        .modes = fuzz.modes,
        .feed = &feed,
        .take = take};
    struct rp_fuzz_status status;
    struct rp_error error;
    memcpy(options.campaign.executor, fuzz.executor, sizeof fuzz.executor);
    if (rp_fuzz(&options, &status, &error))
        give_up(error.line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct rp_error error;
    if (rp_fuzz_target_run(fuzz.target, bytes, length, counters, &error))
        give_up(error.line);
    if (fuzz.looks && rp_fuzz_target_is_suspicious(fuzz.target))
        look_closer();
    return 0;
}

static size_t mutate(const uint8_t *bytes, size_t length, const uint8_t *other, size_t other_length,
                     uint8_t *out, size_t max_length, unsigned seed)
{
    const struct rp_fuzz_proposer proposer = {fuzz.options.rig.facts, fuzz.options.board, RP_FUZZ_NOVELTY};
    struct rp_random random = rp_random_make(seed, 0);
    static struct rp_fuzz_credit credit;
    return rp_fuzz_choose_bytes(&proposer, &random, bytes, length, other, other_length, out, max_length,
                                &credit);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t max_length, unsigned seed)
{
    return mutate(bytes, length, NULL, 0, bytes, max_length, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_length, const uint8_t *two, size_t two_length,
                                 uint8_t *out, size_t max_length, unsigned seed)
{
    return mutate(one, one_length, two, two_length, out, max_length, seed);
}
