/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One instruction on the KVM executor; see rig.h. */
#include "kvm/rig.h"

#include "base/hex.h"
#include "kvm/kvm.h"
#include "state/recipe.h"
#include "support/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_SKIPPED 77 /* as ctest is told */

static void *instance;
static struct rp_outcomes outcomes;
static char last[200]; /* what was run, for complaints */

int rig_open(void **state)
{
    (void)state;
    struct rp_error error;
    int code = rp_executor_kvm.open(NULL, &instance, &error);
    if (code == RP_OK)
        return 0;
    print_error("%s\n", error.line);
    fflush(NULL);
    if (code == RP_EENVIRONMENT)
        _exit(EXIT_SKIPPED);
    return code;
}

int rig_close(void **state)
{
    (void)state;
    rp_executor_kvm.close(instance);
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

static const struct rp_prestate *build(enum rp_mode mode, const char *machine, const char *user)
{
    static struct rp_recipe recipe;
    static struct rp_prestate prestate;
    struct rp_error error;
    unsigned ring;
    snprintf(last, sizeof last, "%s %s %s", rp_mode_info(mode)->name, machine, user);
    rp_recipe_init(&recipe, mode, RP_POLICY_LEGACY);
    succeed(rp_machine_parse(machine, mode, RP_POLICY_LEGACY, &recipe.machine, &ring, &error), &error);
    succeed(rp_user_parse(user, mode, &recipe.user, &error), &error);
    succeed(rp_prestate_build(&prestate, mode, ring, &recipe.user, &recipe.machine, &error), &error);
    return &prestate;
}

uint32_t rig_prepare(enum rp_mode mode, const char *machine, const char *user)
{
    struct rp_error error;
    uint32_t first;
    succeed(rp_executor_kvm.prepare(instance, build(mode, machine, user), 1, &first, &error), &error);
    return first;
}

void rig_prepare_on(struct rp_kvm_machine *machine, unsigned ring, const char *user,
                    struct rp_kvm_prepared *prepared)
{
    struct rp_error error;
    struct rp_prestate prestate = *build(machine->mode, ring ? "ring=3" : "ring=0", user);
    if (machine->vcpu.unpaged)
        prestate.state.reg[RP_REG_CR0] &= ~UINT64_C(0x80000000);
    succeed(rp_kvm_machine_prepare(machine, &prestate, prepared, &error), &error);
}

void rig_forget(uint32_t first)
{
    rp_executor_kvm.forget(instance, first);
}

const struct rp_outcome *rig_run_job(const struct rp_job *job)
{
    struct rp_error error;
    rp_outcomes_clear(&outcomes);
    succeed(rp_executor_kvm.run(instance, job, 1, &outcomes, &error), &error);
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
