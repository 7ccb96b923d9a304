/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Declared differences; see golden_declared.h. On the same CPU under the same system nothing is declared:
 * what no manual defines is still the same there each time, and a fault may show in nothing else. */
#include "campaign/golden_declared.h"

#include "executor/registry.h"
#include "judge/explain.h"
#include "judge/fidelity.h"

#include <stdio.h>
#include <string.h>

#define CELLS_MAX 64

static int open_limits(const struct rp_golden_identity *identity, struct rp_limits **limits,
                       struct rp_error *error)
{
    char name[sizeof identity->executor]; /* without its model */
    snprintf(name, sizeof name, "%.*s", (int)strcspn(identity->executor, ":"), identity->executor);
    return rp_limits_open(name, limits, error);
}

int rp_golden_sides_open(struct rp_golden_sides *sides, const struct rp_golden_identity *recorded,
                         const struct rp_golden_identity *here, const struct rp_capabilities *can,
                         enum rp_policy policy, struct rp_error *error)
{
    *sides = (struct rp_golden_sides){.identity = {recorded, here}, .policy = policy};
    rp_golden_identity_capabilities(recorded, &sides->can[0]);
    sides->can[1] = *can;
    sides->same_executor = strcmp(recorded->executor, here->executor) == 0;
    sides->same_cpu = sides->same_executor && rp_golden_identity_same_cpu(recorded, here);
    sides->same_system = strcmp(recorded->kernel, here->kernel) == 0 &&
                         strcmp(recorded->cpu.hypervisor, here->cpu.hypervisor) == 0;
    int result = rp_divergence_load(error);
    if (result == RP_OK)
        result = rp_leads_open(&sides->leads, error);
    if (result == RP_OK)
        result = open_limits(recorded, &sides->limits[0], error);
    if (result == RP_OK)
        result = open_limits(here, &sides->limits[1], error);
    return result;
}

void rp_golden_sides_close(struct rp_golden_sides *sides)
{
    rp_leads_close(sides->leads);
    rp_limits_close(sides->limits[0]);
    rp_limits_close(sides->limits[1]);
    *sides = (struct rp_golden_sides){0};
}

static bool both_silicon(const struct rp_golden_sides *sides)
{
    const char *silicon = rp_provenance_name(RP_PROVENANCE_SILICON);
    return strcmp(sides->identity[0]->provenance, silicon) == 0 &&
           strcmp(sides->identity[1]->provenance, silicon) == 0;
}

/* The flag that one of the CPUs has alone and the instruction needs. */
static const char *lone_feature(const struct rp_golden_sides *sides, const struct rp_instruction *instruction,
                                bool here_lacks)
{
    const char *flag = both_silicon(sides) ? rp_leads_feature(sides->leads, instruction) : NULL;
    if (!flag)
        return NULL;
    bool has[2] = {rp_cpu_has(&sides->identity[0]->cpu, flag), rp_cpu_has(&sides->identity[1]->cpu, flag)};
    return has[0] && !has[1] ? flag : !has[0] && has[1] && !here_lacks ? flag : NULL;
}

const char *rp_golden_missing(const struct rp_golden_sides *sides, enum rp_mode mode,
                              const struct rp_encoding *encoding)
{
    struct rp_instruction instruction;
    if (rp_decode(mode, encoding->bytes, encoding->length, &instruction, NULL))
        return NULL;
    return lone_feature(sides, &instruction, true);
}

static void set(struct rp_golden_difference *difference, enum rp_golden_declared declared, const char *why)
{
    difference->declared = (uint8_t)declared;
    snprintf(difference->why, sizeof difference->why, "%s", why ? why : "");
}

static void keep_cells(struct rp_golden_difference *difference, const struct rp_cell_difference *cells,
                       size_t count)
{
    size_t shown = count < RP_GOLDEN_CELLS_MAX ? count : RP_GOLDEN_CELLS_MAX;
    difference->cells = (uint32_t)count;
    memcpy(difference->cell, cells, shown * sizeof cells[0]);
}

/* What an executor's own limit or the system answers for. */
static bool is_others(const struct rp_golden_sides *sides, enum rp_mode mode,
                      const struct rp_instruction *instruction, struct rp_golden_difference *difference)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct rp_limit *limit = rp_limits_find(sides->limits[side], mode, instruction);
        if (!limit || (sides->same_executor && sides->same_system))
            continue;
        set(difference, sides->same_executor ? RP_GOLDEN_ENVIRONMENT : RP_GOLDEN_LIMIT, limit->reason);
        return true;
    }
    if (sides->same_system || !rp_fidelity_virtualised(instruction->mnemonic))
        return false;
    set(difference, RP_GOLDEN_ENVIRONMENT, NULL);
    return true;
}

/* Between executors METHOD's rules hold: what they leave out is declared, what they leave in is the
 * difference. A run that took its executor with it is one. */
static void declare_executors(const struct rp_golden_sides *sides, const struct rp_view view[2],
                              const struct rp_instruction *instruction,
                              struct rp_golden_difference *difference)
{
    static const enum rp_golden_declared of[] = {[RP_SILENCE_KERNEL] = RP_GOLDEN_KERNEL,
                                                 [RP_SILENCE_REPEATS] = RP_GOLDEN_STRING,
                                                 [RP_SILENCE_MEMORY] = RP_GOLDEN_MEMORY};
    const struct rp_capabilities *const can[2] = {&sides->can[0], &sides->can[1]};
    struct rp_cell_difference cells[CELLS_MAX];
    enum rp_silence silence = rp_divergence_silence(view, instruction);
    if (silence == RP_SILENCE_LOST)
        return;
    if (silence != RP_SILENCE_NONE) {
        set(difference, of[silence], NULL);
        return;
    }
    size_t count = rp_divergence_cells(view, can, instruction, cells, CELLS_MAX);
    if (count) {
        keep_cells(difference, cells, count < CELLS_MAX ? count : CELLS_MAX);
        return;
    }
    bool end = difference->cells && difference->cell[0].cell >= RP_CELL_OUTCOME;
    set(difference,
        end                                                 ? RP_GOLDEN_ENVIRONMENT
        : instruction && rp_fidelity_ends_only(instruction) ? RP_GOLDEN_MACHINE
                                                            : RP_GOLDEN_UNDEFINED,
        NULL);
}

/* Between CPUs one executor runs the same state in the same memory: how runs end has to be the same, and of
 * what they leave all that a manual defines. */
static void declare_cpus(const struct rp_golden_sides *sides, const struct rp_view view[2],
                         const struct rp_instruction *instruction, struct rp_golden_difference *difference)
{
    const struct rp_capabilities *const can[2] = {&sides->can[0], &sides->can[1]};
    struct rp_cell_difference cells[CELLS_MAX];
    if (difference->cells && difference->cell[0].cell >= RP_CELL_OUTCOME)
        return;
    if (instruction && rp_fidelity_ends_only(instruction)) {
        set(difference, RP_GOLDEN_MACHINE, NULL);
        return;
    }
    size_t count = rp_divergence_components(view, can, instruction, cells, CELLS_MAX);
    if (count)
        keep_cells(difference, cells, count < CELLS_MAX ? count : CELLS_MAX);
    else
        set(difference, RP_GOLDEN_UNDEFINED, NULL);
}

/* What a kernel did in the CPU's stead, or where it leads an interrupt, is another kernel's business. */
static bool is_kernels(const struct rp_golden_sides *sides, const struct rp_view view[2],
                       struct rp_golden_difference *difference)
{
    if (sides->same_system)
        return false;
    if (view[0].outcome->kernel_emulated || view[1].outcome->kernel_emulated)
        set(difference, RP_GOLDEN_KERNEL, NULL);
    else if (difference->cells && difference->cell[0].cell == RP_GOLDEN_CELL_GATE)
        set(difference, RP_GOLDEN_ENVIRONMENT, NULL);
    return difference->declared != RP_GOLDEN_UNDECLARED;
}

/* Between executors: what the state sets both have to honour, and what its selectors point at both have to
 * have; else they began from two states. */
static bool both_hold(const struct rp_golden_sides *sides, const struct rp_view view[2],
                      const struct rp_machine *machine, const struct rp_instruction *instruction)
{
    const struct rp_capabilities *const can[2] = {&sides->can[0], &sides->can[1]};
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (machine->value[r] != rp_resource_default((enum rp_resource)r, view[0].mode, sides->policy) &&
            !(can[0]->resource[r] && can[1]->resource[r]))
            return false;
    return rp_divergence_held(can, instruction, view[0].prestate);
}

void rp_golden_declare(const struct rp_golden_sides *sides, const struct rp_view view[2],
                       const struct rp_machine *machine, const struct rp_golden_mask *masks, size_t count,
                       struct rp_golden_difference *difference)
{
    struct rp_cell_difference cells[CELLS_MAX];
    struct rp_instruction decoded;
    const struct rp_encoding *encoding = &difference->encoding;
    enum rp_mode mode = (enum rp_mode)difference->mode;
    size_t found = rp_golden_cells(view, masks, count, cells, CELLS_MAX);
    bool decodes = rp_decode(mode, encoding->bytes, encoding->length, &decoded, NULL) == RP_OK;
    const struct rp_instruction *instruction = decodes ? &decoded : NULL;
    keep_cells(difference, cells, found < CELLS_MAX ? found : CELLS_MAX);
    set(difference, RP_GOLDEN_UNDECLARED, NULL);
    if (decodes)
        snprintf(difference->mnemonic, sizeof difference->mnemonic, "%.*s", RP_OPCODE_CELL_MAX - 1,
                 decoded.mnemonic);
    else
        rp_opcode_cell(mode, encoding->bytes, encoding->length, difference->mnemonic,
                       sizeof difference->mnemonic);
    /* What this very executor held on this very CPU it has to hold again. */
    bool refused = view[1].outcome->kind == RP_OUTCOME_UNSUPPORTED && !sides->same_cpu;
    if (refused || (!sides->same_executor && !both_hold(sides, view, machine, instruction))) {
        set(difference, RP_GOLDEN_UNHELD, NULL);
        return;
    }
    const char *flag = decodes && !sides->same_cpu ? lone_feature(sides, instruction, false) : NULL;
    if (flag)
        set(difference, RP_GOLDEN_FEATURE, flag);
    else if ((decodes && is_others(sides, mode, instruction, difference)) ||
             is_kernels(sides, view, difference))
        return;
    else if (!sides->same_executor)
        declare_executors(sides, view, instruction, difference);
    else if (!sides->same_cpu)
        declare_cpus(sides, view, instruction, difference);
}
