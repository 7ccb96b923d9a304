/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hazards are refused by the runner itself: asked directly, in any way, with any prefixes around them. */
#include "native/raw.h"

#include <string.h>

struct hazard {
    const char *what, *bytes;
    uint8_t length;
    uint8_t modes; /* bits; REX is an instruction outside of long64 */
};
#define EVERYWHERE 7
#define LONG64     (1 << RP_MODE_LONG64)

static const struct hazard hazards[] = {
    {"reptar with REX", "\xf3\x44\xa4", 3, LONG64},
    {"reptar with REX.W", "\xf3\x48\xa4", 3, LONG64},
    {"reptar with a doubled prefix", "\xf3\xf3\xa4", 3, EVERYWHERE},
    {"reptar with prefixes between", "\xf3\x26\x67\x67\xa4", 5, EVERYWHERE},
    {"reptar with REPNE", "\xf2\xf3\xa5", 3, EVERYWHERE},
    {"f00f", "\xf0\x0f\xc7\xc8", 4, EVERYWHERE},
    {"f00f of another register", "\xf0\x0f\xc7\xcf", 4, EVERYWHERE},
    {"f00f with prefixes", "\x66\xf0\x2e\x0f\xc7\xc9", 6, EVERYWHERE},
    {"f00f with REX.W", "\xf0\x48\x0f\xc7\xc8", 5, LONG64},
    {"altinst", "\x0f\x3f", 2, EVERYWHERE},
    {"f00f behind NOP", "\x90\xf0\x0f\xc7\xc8", 5, EVERYWHERE},
    {"f00f behind POP SS, which puts a single step off", "\x17\xf0\x0f\xc7\xc8", 5, EVERYWHERE},
    {"altinst in an immediate that is jumped into", "\xeb\x01\x0f\x3f", 4, EVERYWHERE},
    {"the reset port", "\xe6\x64", 2, EVERYWHERE},
};

static void expect_refused(const struct hazard *hazard, enum rp_mode mode)
{
    static const enum rp_native_way ways[] = {RP_NATIVE_JUMP, RP_NATIVE_STEP, RP_NATIVE_CANARY,
                                              RP_NATIVE_BRIEF};
    for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct rp_native_result *result = raw_run(mode, "-", hazard->bytes, hazard->length, ways[i]);
        if (result->kind != RP_OUTCOME_UNSUPPORTED || result->hazard == 0)
            fail_msg("%s in %s: %s", hazard->what, rp_mode_info(mode)->name,
                     rp_outcome_kind_name((enum rp_outcome_kind)result->kind));
    }
}

static void each_hazard_is_refused_in_each_mode_and_way(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof hazards / sizeof hazards[0]; i++)
        for (unsigned mode = 0; mode < RP_NATIVE_MODES; mode++)
            if (hazards[i].modes >> mode & 1 && !raw_process()->shared->missing[mode][0])
                expect_refused(&hazards[i], (enum rp_mode)mode);
    raw_expect_sound();
}

static void a_port_in_dx_is_a_hazard_by_its_value(void **state)
{
    (void)state;
    const struct rp_native_result *result = raw_run(RP_MODE_LONG64, "rdx=64", "\xee", 1, RP_NATIVE_JUMP);
    assert_int_equal(result->kind, RP_OUTCOME_UNSUPPORTED);
    result = raw_run(RP_MODE_LONG64, "rdx=80", "\xee", 1, RP_NATIVE_BRIEF);
    assert_int_equal(result->kind, RP_OUTCOME_TRAPPED);
    result = raw_run(RP_MODE_LONG64, "rdx=64", "\xee", 1, RP_NATIVE_BRIEF);
    assert_int_equal(result->kind, RP_OUTCOME_UNSUPPORTED);
    result = raw_run(RP_MODE_LONG64, "rdx=80", "\xee", 1, RP_NATIVE_JUMP);
    assert_int_equal(result->kind, RP_OUTCOME_TRAPPED);
    result = raw_run(RP_MODE_LONG64, "rdx=64", "\xee", 1, RP_NATIVE_JUMP);
    assert_int_equal(result->kind, RP_OUTCOME_UNSUPPORTED);
}

static void what_only_looks_alike_is_run(void **state)
{
    static const struct hazard alike[] = {
        {"rep movsb", "\xf3\xa4", 2, EVERYWHERE},
        {"rep movsq", "\xf3\x48\xa5", 3, LONG64},
        {"lock cmpxchg8b of memory", "\xf0\x0f\xc7\x0b", 4, LONG64},
        {"lock xchg", "\xf0\x87\x03", 3, LONG64},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof alike / sizeof alike[0]; i++) {
        for (unsigned mode = 0; mode < RP_NATIVE_MODES; mode++) {
            if (!(alike[i].modes >> mode & 1) || raw_process()->shared->missing[mode][0])
                continue;
            const struct rp_native_result *result =
                raw_run((enum rp_mode)mode, "-", alike[i].bytes, alike[i].length, RP_NATIVE_JUMP);
            if (result->kind != RP_OUTCOME_RETIRED)
                fail_msg("%s: %s", alike[i].what, rp_outcome_kind_name((enum rp_outcome_kind)result->kind));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_hazard_is_refused_in_each_mode_and_way),
        cmocka_unit_test(a_port_in_dx_is_a_hazard_by_its_value),
        cmocka_unit_test(what_only_looks_alike_is_run),
    };
    return cmocka_run_group_tests(tests, raw_open, raw_close);
}
