/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A runner asked directly; see raw.h. */
#include "native/raw.h"

#include "native/load.h"
#include "native/rig.h"
#include "state/recipe.h"

#include <string.h>

static struct rp_native_process process;

int raw_open(void **state)
{
    struct rp_error error;
    (void)state;
    int result = rp_native_process_open(&process, &error);
    rig_skip_without(result, &error);
    return result;
}

int raw_close(void **state)
{
    (void)state;
    rp_native_process_close(&process);
    return 0;
}

struct rp_native_process *raw_process(void)
{
    return &process;
}

void raw_place(enum rp_mode mode, const char *user, const void *bytes, size_t length, unsigned way)
{
    static struct rp_recipe recipe;
    static struct rp_prestate prestate;
    struct rp_native_shared *shared = process.shared;
    struct rp_error error = {0};
    rp_recipe_init(&recipe, mode, RP_POLICY_AS_FOUND);
    if (rp_user_parse(user, mode, &recipe.user, &error) ||
        rp_prestate_build(&prestate, mode, 3, &recipe.user, &recipe.machine, &error))
        fail_msg("%s: %s", user, error.line);
    assert_true(
        rp_native_load(&prestate, &shared->layout, &shared->slot[mode], &shared->slot[RP_NATIVE_MODES]));
    shared->job[0] = (struct rp_native_job){
        .encoding = {.length = (uint8_t)length}, .way = (uint8_t)way, .slot = RP_NATIVE_MODES};
    memcpy(shared->job[0].encoding.bytes, bytes, length);
    shared->first = 0;
    shared->count = 1;
}

const struct rp_native_result *raw_run(enum rp_mode mode, const char *user, const void *bytes, size_t length,
                                       unsigned way)
{
    int signal = 0;
    raw_place(mode, user, bytes, length, way);
    assert_int_equal(rp_native_process_order(&process, NULL, NULL, &signal), RP_NATIVE_ANSWERED);
    return &process.shared->result[0];
}

void raw_expect_sound(void)
{
    for (unsigned mode = 0; mode < RP_NATIVE_MODES; mode++) {
        if (process.shared->missing[mode][0])
            continue;
        const struct rp_native_result *result = raw_run((enum rp_mode)mode, "-", "\x90", 1, RP_NATIVE_JUMP);
        assert_int_equal(result->kind, RP_OUTCOME_RETIRED);
        assert_int_equal(result->length, 1);
        assert_int_equal(result->count, 1);
        assert_int_equal(process.shared->change[result->first].component, RP_REG_RIP);
    }
}
