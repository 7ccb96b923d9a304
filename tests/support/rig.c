/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One instruction on one executor; see rig.h. */
#include "support/rig.h"

#include "base/hex.h"
#include "state/recipe.h"
#include "support/outcome.h"

#include <stdio.h>
#include <string.h>

static const struct rp_executor *executor;
static void *instance;
static struct rp_outcomes outcomes;
static char last[200]; /* what was run, for complaints */

int rig_open_executor(const char *name)
{
    const struct rp_executor_entry *entry = rp_executor_find(name);
    struct rp_error error;
    assert_non_null(entry);
    executor = entry->executor;
    int code = executor ? executor->open(NULL, &instance, &error)
                        : rp_error_set(&error, RP_EENVIRONMENT, "%s", entry->missing);
    if (code != RP_OK)
        print_error("%s\n", error.line);
    return code;
}

int rig_close(void **state)
{
    (void)state;
    if (executor)
        executor->close(instance);
    instance = NULL;
    rp_outcomes_free(&outcomes);
    return 0;
}

void *rig_instance(void)
{
    return instance;
}

static void succeed(int code, const struct rp_error *error)
{
    if (code != RP_OK)
        fail_msg("%s: %s", last, error->line);
}

const struct rp_prestate *rig_build(enum rp_mode mode, const char *machine, const char *user)
{
    return rig_build_under(executor->as_found ? RP_POLICY_LINUX : RP_POLICY_LEGACY, mode, machine, user);
}

const struct rp_prestate *rig_build_under(enum rp_policy policy, enum rp_mode mode, const char *machine,
                                          const char *user)
{
    static struct rp_recipe recipe;
    static struct rp_prestate prestate;
    struct rp_error error;
    unsigned ring;
    snprintf(last, sizeof last, "%s %s %s", rp_mode_info(mode)->name, machine, user);
    rp_recipe_init(&recipe, mode, policy);
    succeed(rp_machine_parse(machine, mode, policy, &recipe.machine, &ring, &error), &error);
    succeed(rp_user_parse(user, mode, &recipe.user, &error), &error);
    succeed(rp_prestate_build(&prestate, mode, ring, &recipe.user, &recipe.machine, &error), &error);
    return &prestate;
}

uint32_t rig_prepare(enum rp_mode mode, const char *machine, const char *user)
{
    struct rp_error error;
    uint32_t first;
    succeed(executor->prepare(instance, rig_build(mode, machine, user), 1, &first, &error), &error);
    return first;
}

void rig_forget(uint32_t first)
{
    executor->forget(instance, first);
}

const struct rp_outcome *rig_run_job(const struct rp_job *job)
{
    struct rp_error error;
    rp_outcomes_clear(&outcomes);
    succeed(executor->run(instance, job, 1, &outcomes, &error), &error);
    return &outcomes.outcome[0];
}

const struct rp_outcome *rig_run(enum rp_mode mode, const char *machine, const char *user, const char *hex)
{
    struct rp_error error;
    size_t length;
    struct rp_job job = {.prestate = rig_prepare(mode, machine, user)};
    snprintf(last, sizeof last, "%s %s %s %s", rp_mode_info(mode)->name, machine, user, hex);
    succeed(rp_hex_parse(hex, job.encoding.bytes, RP_ENCODING_MAX, &length, &error), &error);
    job.encoding.length = (uint8_t)length;
    const struct rp_outcome *outcome = rig_run_job(&job);
    rig_forget(job.prestate);
    return outcome;
}

struct rp_sequence rig_sequence(const char *code)
{
    struct rp_sequence sequence = {0};
    char hex[2 * RP_ENCODING_MAX + 1];
    for (; *code; code += *code == ' ') {
        struct rp_encoding *encoding = &sequence.encoding[sequence.count++];
        size_t digits = strcspn(code, " "), length;
        snprintf(hex, sizeof hex, "%.*s", (int)digits, code);
        assert_int_equal(rp_hex_parse(hex, encoding->bytes, RP_ENCODING_MAX, &length, NULL), RP_OK);
        encoding->length = (uint8_t)length;
        code += digits;
    }
    return sequence;
}

const struct rp_outcome *rig_run_sequence(enum rp_mode mode, const char *machine, const char *user,
                                          const char *code)
{
    struct rp_sequence sequence = rig_sequence(code);
    struct rp_job job = {.prestate = rig_prepare(mode, machine, user), .sequence = &sequence};
    snprintf(last, sizeof last, "%s %s %s %s", rp_mode_info(mode)->name, machine, user, code);
    const struct rp_outcome *outcome = rig_run_job(&job);
    rig_forget(job.prestate);
    return outcome;
}

bool rig_changed(const char *component, uint64_t *value)
{
    return outcome_changed(&outcomes, last, component, value);
}

void rig_expect_kind(enum rp_outcome_kind kind, unsigned vector)
{
    outcome_expect_kind(&outcomes, last, kind, vector);
}

void rig_expect(const char *changes)
{
    outcome_expect(&outcomes, last, changes);
}

static void run_canary(const struct rp_canary *canary)
{
    char hex[2 * RP_ENCODING_MAX + 1];
    rp_hex_print(hex, canary->encoding.bytes, canary->encoding.length);
    rig_run(canary->mode, canary->machine, canary->user, hex);
}

void rig_expect_canaries(const struct rp_limits *limits)
{
    for (size_t i = 0; i < rp_limits_count(limits); i++) {
        const struct rp_limit *limit = rp_limits_at(limits, i);
        const struct rp_canary *canary = &limit->canary;
        print_message("%s\n", limit->id);
        run_canary(canary);
        rig_expect_kind(canary->kind, canary->vector);
        if (canary->kind == RP_OUTCOME_RETIRED)
            rig_expect(canary->changes);
    }
}

void rig_expect_canaries_apply(const struct rp_limits *limits)
{
    for (size_t i = 0; i < rp_limits_count(limits); i++) {
        const struct rp_limit *limit = rp_limits_at(limits, i);
        const struct rp_canary *canary = &limit->canary;
        struct rp_instruction instruction;
        struct rp_error error;
        if (!(limit->modes >> canary->mode & 1))
            fail_msg("%s: the canary's mode is not among its modes", limit->id);
        if (limit->effect != RP_LIMIT_UNDECIDED)
            continue;
        if (rp_decode(canary->mode, canary->encoding.bytes, canary->encoding.length, &instruction, &error) !=
            RP_OK)
            fail_msg("%s: %s", limit->id, error.line);
        if (rp_limits_find(limits, canary->mode, &instruction) != limit)
            fail_msg("%s: does not apply to its own canary, '%s'", limit->id, instruction.mnemonic);
    }
}
