/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who executes is found out and said: what the canaries decide stands on each outcome, instructions that a
 * hypervisor answers are never the CPU's, and capabilities are what KVM really holds. */
#include "kvm/canaries.h"
#include "kvm/guard.h"
#include "kvm/rig.h"

#include "base/hex.h"
#include "executor/limits.h"
#include "kvm/kvm.h"
#include "x86/vector.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct rp_capabilities *can(void)
{
    return rp_executor_kvm.capabilities(rig_instance());
}

/* SDM Vol. 3A 2.5; a CPU whose guest has what it asks for. */
static bool is_the_cpus(enum rp_mode mode, const char *ring)
{
    char machine[40];
    bool good = rig_run(mode, ring, "-", "d9e8")->kind == RP_OUTCOME_RETIRED;
    good = rig_run(mode, ring, "-", "660f38dcc1")->kind == RP_OUTCOME_RETIRED && good;
    if (strcmp(ring, "ring=0") == 0)
        return good;
    snprintf(machine, sizeof machine, "%s,cr4.tsd=1", ring);
    good = rig_run(mode, machine, "-", "0f31")->vector == RP_VECTOR_GP && good;
    snprintf(machine, sizeof machine, "%s,cr0.ts=1", ring);
    return rig_run(mode, machine, "-", "d9e8")->vector == RP_VECTOR_NM && good;
}

static void nothing_is_silicon_that_does_not_behave_like_it(void **state)
{
    unsigned checked = 0;
    (void)state;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        for (unsigned ring = 0; ring <= 3; ring += 3) {
            const char *machine = ring ? "ring=3" : "ring=0";
            if (!can()->ring[mode][ring])
                continue;
            bool silicon =
                rig_run((enum rp_mode)mode, machine, "-", "90")->provenance == RP_PROVENANCE_SILICON;
            if (silicon && !is_the_cpus((enum rp_mode)mode, machine))
                fail_msg("%s %s passes for silicon", rp_mode_info((enum rp_mode)mode)->name, machine);
            checked++;
        }
    }
    assert_true(checked > 0);
    assert_true(can()->remark[0] != '\0');
}

static void what_a_hypervisor_answers_is_never_silicon(void **state)
{
    struct rp_limits *limits;
    struct rp_error error;
    char hex[2 * RP_ENCODING_MAX + 1];
    (void)state;
    assert_int_equal(rp_limits_open("kvm", &limits, &error), RP_OK);
    assert_true(rp_limits_count(limits) > 0);
    for (size_t i = 0; i < rp_limits_count(limits); i++) {
        const struct rp_canary *canary = &rp_limits_at(limits, i)->canary;
        const struct rp_outcome *outcome =
            rig_run(canary->mode, canary->machine, canary->user,
                    rp_hex_print(hex, canary->encoding.bytes, canary->encoding.length));
        assert_int_not_equal(outcome->provenance, RP_PROVENANCE_SILICON);
        rig_expect_kind(canary->kind, canary->vector);
        if (canary->changes[0])
            rig_expect(canary->changes);
    }
    rp_limits_close(limits);
}

/* Runs NOP with one resource at another value than the default. */
static bool runs_with(enum rp_resource resource, enum rp_mode mode, uint64_t value)
{
    char machine[80];
    unsigned ring = rp_mode_info(mode)->has_ring0 ? 0 : 3;
    snprintf(machine, sizeof machine, "ring=%u,%s=%" PRIx64, ring, rp_resource_info(resource)->name, value);
    return rig_run(mode, machine, "-", "90")->kind != RP_OUTCOME_UNSUPPORTED;
}

static void what_is_claimed_is_held_and_more_is_unsupported(void **state)
{
    unsigned held = 0;
    (void)state;
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        const struct rp_resource_info *info = rp_resource_info((enum rp_resource)r);
        enum rp_mode mode = RP_MODE_LONG64;
        if (info->place.kind != RP_PLACE_BITS || !info->perturb.count ||
            !rp_resource_in_mode((enum rp_resource)r, mode))
            continue;
        bool runs =
            runs_with((enum rp_resource)r, mode, rp_resource_perturbation((enum rp_resource)r, mode, 0));
        if (runs != can()->resource[r])
            fail_msg("%s: claimed %d, runs %d", info->name, can()->resource[r], runs);
        held += runs;
    }
    assert_true(held > 20);
    assert_false(can()->resource[RP_RESOURCE_PMC]);
    assert_false(runs_with(RP_RESOURCE_PMC, RP_MODE_LONG64, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_silicon_that_does_not_behave_like_it),
        cmocka_unit_test(what_a_hypervisor_answers_is_never_silicon),
        cmocka_unit_test(what_is_claimed_is_held_and_more_is_unsupported),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
