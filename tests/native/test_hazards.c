/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hazards are refused by the runner itself: asked directly, in any way, with any prefixes around them. */
#include "native/raw.h"
#include "support/hazards.h"

static void expect_refused(const struct hazard *hazard, enum rp_mode mode)
{
    static const enum rp_native_way ways[] = {RP_NATIVE_JUMP, RP_NATIVE_STEP, RP_NATIVE_CANARY,
                                              RP_NATIVE_BRIEF};
    for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct rp_native_result *result =
            raw_run(mode, "-", (const char *)hazard->encoding.bytes, hazard->encoding.length, ways[i]);
        if (result->kind != RP_OUTCOME_UNSUPPORTED || result->hazard == 0)
            fail_msg("%s in %s: %s", hazard->what, rp_mode_info(mode)->name,
                     rp_outcome_kind_name((enum rp_outcome_kind)result->kind));
    }
}

static bool is_there(const struct hazard *hazard, unsigned mode)
{
    return hazard->modes >> mode & 1 && !raw_process()->shared->missing[mode][0];
}

static void each_hazard_is_refused_in_each_mode_and_way(void **state)
{
    (void)state;
    for (unsigned mode = 0; mode < RP_NATIVE_MODES; mode++) {
        for (unsigned i = 0; i < hazards_count; i++)
            if (is_there(&hazards[i], mode))
                expect_refused(&hazards[i], (enum rp_mode)mode);
        if (is_there(&hazard_of_port, mode))
            expect_refused(&hazard_of_port, (enum rp_mode)mode);
    }
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
    (void)state;
    for (unsigned i = 0; i < hazards_alike_count; i++) {
        for (unsigned mode = 0; mode < RP_NATIVE_MODES; mode++) {
            const struct hazard *alike = &hazards_alike[i];
            if (!is_there(alike, mode))
                continue;
            const struct rp_native_result *result =
                raw_run((enum rp_mode)mode, "-", (const char *)alike->encoding.bytes, alike->encoding.length,
                        RP_NATIVE_JUMP);
            if (result->kind != RP_OUTCOME_RETIRED)
                fail_msg("%s: %s", alike->what, rp_outcome_kind_name((enum rp_outcome_kind)result->kind));
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
