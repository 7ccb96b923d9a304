/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hazards to a CPU do not run under KVM, whose ring 0 may be the CPU itself; whoever asks, in any mode and
 * ring. Ports lead to nobody there. */
#include "kvm/rig.h"

#include "support/hazards.h"

#include "kvm/kvm.h"

#include <string.h>

static const struct rp_outcome *run(enum rp_mode mode, unsigned ring, const struct rp_encoding *encoding)
{
    struct rp_job job = {.prestate = rig_prepare(mode, ring ? "ring=3" : "ring=0", "-"),
                         .encoding = *encoding};
    const struct rp_outcome *outcome = rig_run_job(&job);
    rig_forget(job.prestate);
    return outcome;
}

static void expect(const struct hazard *hazard, bool refused)
{
    const struct rp_capabilities *can = rp_executor_kvm.capabilities(rig_instance());
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        for (unsigned ring = 0; ring <= 3; ring += 3) {
            if (!(hazard->modes >> mode & 1) || !can->ring[mode][ring])
                continue;
            const struct rp_outcome *outcome = run((enum rp_mode)mode, ring, &hazard->encoding);
            if ((outcome->kind == RP_OUTCOME_UNSUPPORTED) != refused)
                fail_msg("%s in %s, ring %u: %s", hazard->what, rp_mode_info((enum rp_mode)mode)->name, ring,
                         rp_outcome_kind_name((enum rp_outcome_kind)outcome->kind));
        }
    }
}

static void hazards_of_the_cpu_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < hazards_count; i++)
        expect(&hazards[i], true);
}

/* Refusing is no more than that: the same place then holds what comes next. */
static void what_only_looks_alike_is_run(void **state)
{
    (void)state;
    expect(&hazard_of_port, false);
    for (size_t i = 0; i < hazards_alike_count; i++) {
        expect(&hazards[0], true);
        expect(&hazards_alike[i], false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hazards_of_the_cpu_are_refused),
        cmocka_unit_test(what_only_looks_alike_is_run),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
