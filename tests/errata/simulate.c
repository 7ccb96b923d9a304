/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Simulated CPUs; see simulate.h. */
#include "errata/simulate.h"

#include "support/suite.h"

#include <stdio.h>
#include <string.h>

struct rp_executor simulated;

static struct plan {
    const struct rp_expectation *usual, *exception;
    uint64_t exception_at, runs;
} plan;

/* The value that a component must have, beginning with what it had. */
static uint64_t wanted(const struct rp_expectation *expectation, uint32_t component, uint64_t value)
{
    for (unsigned i = 0; i < expectation->conditions; i++) {
        const struct rp_condition *c = &expectation->condition[i];
        if (c->component == component && !c->differs)
            value = (value & ~c->mask) | c->value;
    }
    for (unsigned i = 0; i < expectation->conditions; i++) {
        const struct rp_condition *c = &expectation->condition[i];
        if (c->component == component && c->differs && (value & c->mask) == c->value)
            value ^= c->mask & -c->mask;
    }
    return value;
}

static void add_change(struct rp_outcomes *outcomes, const struct rp_view *before,
                       const struct rp_expectation *expectation, uint32_t component)
{
    uint64_t old = rp_view_value(before, component), value = wanted(expectation, component, old);
    if (value != old)
        outcomes->change[outcomes->change_count++] = (struct rp_change){component, value};
}

void simulate_outcome(const struct rp_expectation *expectation, const struct rp_prestate *prestate,
                      struct rp_outcomes *outcomes)
{
    const struct rp_outcome nothing = {0};
    const struct rp_view before = {prestate->mode, prestate, &nothing, NULL, false};
    struct rp_outcome outcome = {.kind = RP_OUTCOME_RETIRED};
    struct rp_error error = {0};
    assert_int_equal(rp_outcomes_reserve(outcomes, 1, RP_CONDITIONS_MAX, &error), RP_OK);
    size_t first = outcomes->change_count;
    if (expectation->end >= 0) {
        outcome.kind = RP_OUTCOME_TRAPPED;
        outcome.vector = (uint8_t)expectation->end;
    }
    for (uint32_t last = 0;;) { /* ascending, each component once */
        uint32_t next = UINT32_MAX;
        for (unsigned i = 0; i < expectation->conditions; i++) {
            uint32_t component = expectation->condition[i].component;
            if (component == RP_EXPECT_LENGTH)
                outcome.length = (uint8_t)expectation->condition[i].value;
            else if (component >= last && component < next)
                next = component;
        }
        if (next == UINT32_MAX)
            break;
        add_change(outcomes, &before, expectation, next);
        last = next + 1;
    }
    rp_outcome_seal(outcomes, &outcome, first);
    outcomes->outcome[outcomes->count++] = outcome;
}

static void answer(void *context, const struct rp_prestate *prestate, uint32_t index,
                   const struct rp_encoding *encoding, struct rp_outcomes *outcomes)
{
    struct plan *p = context;
    (void)index, (void)encoding;
    bool exceptional = p->exception && p->runs == p->exception_at;
    p->runs++;
    simulate_outcome(exceptional ? p->exception : p->usual, prestate, outcomes);
}

void simulate(const struct rp_expectation *expectation, const struct rp_expectation *exception,
              uint64_t exception_at)
{
    plan = (struct plan){expectation, exception, exception_at, 0};
    simulated = fake_executor;
    simulated.provenance = RP_PROVENANCE_SILICON;
    simulated.sequences = true;
    fake_executor_set(answer, &plan);
}

struct rp_cpu *simulated_cpu(const char *vendor, unsigned family, unsigned model, unsigned stepping,
                             uint32_t microcode)
{
    static struct rp_cpu cpu;
    cpu = (struct rp_cpu){.family = family, .model = model, .stepping = stepping, .microcode = microcode};
    snprintf(cpu.vendor, sizeof cpu.vendor, "%s", vendor);
    snprintf(cpu.flags, sizeof cpu.flags, "avx avx2 bmi1 f16c lahf_lm lm rdrand rdseed rtm sep tsc");
    return &cpu;
}

struct rp_experiment simulate_experiment(const struct rp_erratum *erratum)
{
    const char *vendor = erratum->vendors ? erratum->vendor[0] : "GenuineIntel";
    const struct rp_errata_options options = {.executor = &simulated,
                                              .cpu = simulated_cpu(vendor, 6, 1, 0, 0)};
    struct rp_experiment experiment;
    struct rp_error error = {0};
    void *instance = NULL;
    assert_int_equal(simulated.open(NULL, &instance, &error), RP_OK);
    if (rp_errata_experiment(erratum, &options, instance, &experiment, &error))
        fail_msg("%s: %s", erratum->id, error.line);
    simulated.close(instance);
    return experiment;
}
