/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of answers; see answer.h. */
#include "golden/answer.h"

#include "judge/witness.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name, *words;
} declared_names[] = {
    {"none", "a difference"},
    {"feature", "one of the CPUs lacks the instruction"},
    {"undefined", "no manual defines it"},
    {"machine", "every machine has its own answer"},
    {"environment", "kernel or hypervisor are others"},
    {"limit", "an executor is known not to show it"},
    {"unheld", "the executor cannot hold the state here"},
    {"kernel", "a kernel did the CPU's work"},
    {"memory", "outside of the program each executor has its own memory"},
    {"repeats", "executors stop a repeated string instruction where they like"},
};
_Static_assert(sizeof declared_names / sizeof declared_names[0] == RP_GOLDEN_DECLARED_COUNT, "one each");

static const char *const constancies[] = {"lasting", "transient", "unsteady"};
_Static_assert(sizeof constancies / sizeof constancies[0] == RP_GOLDEN_CONSTANCY_COUNT, "one each");

const char *rp_golden_declared_name(enum rp_golden_declared declared)
{
    return declared_names[declared].name;
}

const char *rp_golden_declared_words(enum rp_golden_declared declared)
{
    return declared_names[declared].words;
}

const char *rp_golden_constancy_name(enum rp_golden_constancy constancy)
{
    return constancies[constancy];
}

bool rp_golden_is_incomparable(enum rp_golden_declared declared)
{
    return declared == RP_GOLDEN_UNHELD || declared == RP_GOLDEN_FEATURE;
}

uint64_t rp_golden_summary_wanted(const struct rp_golden_summary *summary)
{
    return summary->compared * summary->cpus;
}

enum rp_golden_verdict rp_golden_summary_verdict(const struct rp_golden_summary *summary)
{
    if (summary->declared[RP_GOLDEN_UNDECLARED] || summary->given_up)
        return RP_GOLDEN_DIFFERS;
    if (summary->held == 0)
        return RP_GOLDEN_NOTHING;
    return summary->passes && summary->held == rp_golden_summary_wanted(summary) ? RP_GOLDEN_SAME
                                                                                 : RP_GOLDEN_PART;
}

void rp_golden_summary_free(struct rp_golden_summary *summary)
{
    free(summary->cpu);
    summary->cpu = NULL;
}

char *rp_golden_cell_name(uint32_t cell, char name[RP_COMPONENT_NAME_MAX])
{
    if (cell == RP_GOLDEN_CELL_CR2 || cell == RP_GOLDEN_CELL_GATE) {
        snprintf(name, RP_COMPONENT_NAME_MAX, "%s", cell == RP_GOLDEN_CELL_CR2 ? "cr2" : "gate");
        return name;
    }
    return rp_witness_component_name(cell, RP_RESOURCE_NONE, name);
}
