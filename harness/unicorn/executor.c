/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor's face: pre-states by index, jobs in order, outcomes out; see unicorn.h. */
#include "unicorn/unicorn.h"

#include "executor/capabilities.h"
#include "unicorn/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct instance {
    volatile uint64_t *run_counter;
    uint64_t own_counter;
    struct rp_uc_machine *machine[RP_MODE_COUNT]; /* NULL until its first pre-state */
    struct rp_uc_prepared **prepared;
    uint32_t count, capacity;
    struct rp_capabilities capabilities;
};

static const char *version(void)
{
    static char text[32];
    unsigned number = uc_version(NULL, NULL);
    snprintf(text, sizeof text, "unicorn %u.%u.%u", number >> 24, number >> 16 & 0xff, number >> 8 & 0xff);
    return text;
}

/* Gates, the bitmaps of the TSS and a port are never looked at; no APIC, no counters, no CPUID faulting. */
static const uint8_t not_held[] = {
    RP_RESOURCE_CR8,
    RP_RESOURCE_PMC,
    RP_RESOURCE_MISC_FEATURES_CPUID_FAULT,
    RP_RESOURCE_IDT_GATE_DPL,
    RP_RESOURCE_IDT_GATE_P,
    RP_RESOURCE_IDT_GATE_OFFSET,
    RP_RESOURCE_IDT_GATE_VECTOR,
    RP_RESOURCE_TSS_IOMAP,
    RP_RESOURCE_TSS_PORT,
    RP_RESOURCE_TSS_REDIRECTION,
};
_Static_assert(RP_RESOURCE_COUNT < 256, "a resource fits a byte");

/* It takes any value of XCR0, but knows no AVX-512: as on a CPU without it. */
static struct rp_capabilities make_capabilities(void)
{
    struct rp_capabilities table = {0};
    for (unsigned i = 0; i < RP_RESOURCE_COUNT; i++)
        table.resource[i] = memchr(not_held, (int)i, sizeof not_held) == NULL;
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        table.ring[mode][0] = rp_mode_info((enum rp_mode)mode)->has_ring0;
        table.ring[mode][3] = rp_mode_info((enum rp_mode)mode)->has_ring3;
    }
    table.vector_registers = 16;
    table.vector_words = 2;
    memset(table.descriptor, true, sizeof table.descriptor);
    rp_capabilities_lack(&table, (const uint64_t[RP_REG_COUNT]){[RP_REG_XCR0] = RP_XCR0_AVX512});
    return table;
}

static const struct rp_capabilities *capabilities(void *opaque)
{
    return &((struct instance *)opaque)->capabilities;
}

static void forget(void *opaque, uint32_t first)
{
    struct instance *instance = opaque;
    while (instance->count > first) {
        struct rp_uc_prepared *prepared = instance->prepared[--instance->count];
        rp_uc_machine_release(instance->machine[prepared->mode], prepared);
        free(prepared);
    }
}

static void close_instance(void *opaque)
{
    struct instance *instance = opaque;
    if (!instance)
        return;
    forget(instance, 0);
    free(instance->prepared);
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        if (instance->machine[mode])
            rp_uc_machine_close(instance->machine[mode]);
        free(instance->machine[mode]);
    }
    free(instance);
}

static int open_machine(struct instance *instance, enum rp_mode mode, struct rp_error *error)
{
    if (instance->machine[mode])
        return RP_OK;
    struct rp_uc_machine *machine = malloc(sizeof *machine);
    if (!machine)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for unicorn's %s machine",
                            rp_mode_info(mode)->name);
    int result = rp_uc_machine_open(machine, mode, error);
    if (result != RP_OK) {
        free(machine);
        return result;
    }
    instance->machine[mode] = machine;
    return RP_OK;
}

/* So that an unknown build or too little address space is told at once; machines come with their first
 * pre-state. */
static int open_instance(const struct rp_executor_options *options, void **opaque, struct rp_error *error)
{
    struct instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for unicorn");
    instance->run_counter = options && options->run_counter ? options->run_counter : &instance->own_counter;
    instance->capabilities = make_capabilities();
    int result = rp_uc_machine_check(error);
    if (result != RP_OK) {
        close_instance(instance);
        return result;
    }
    *opaque = instance;
    return RP_OK;
}

static int grow(struct instance *instance, size_t count, struct rp_error *error)
{
    size_t need = instance->count + count;
    if (need <= instance->capacity)
        return RP_OK;
    size_t capacity = instance->capacity ? 2 * (size_t)instance->capacity : 64;
    while (capacity < need)
        capacity *= 2;
    struct rp_uc_prepared **grown = realloc(instance->prepared, capacity * sizeof(struct rp_uc_prepared *));
    if (!grown)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for %zu pre-states", need);
    instance->prepared = grown;
    instance->capacity = (uint32_t)capacity;
    return RP_OK;
}

static int prepare_one(struct instance *instance, const struct rp_prestate *prestate, struct rp_error *error)
{
    int result = open_machine(instance, prestate->mode, error);
    if (result != RP_OK)
        return result;
    static _Thread_local struct rp_prestate reduced;
    struct rp_uc_prepared *prepared = malloc(sizeof *prepared);
    if (!prepared)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a pre-state");
    reduced = *prestate;
    rp_prestate_reduce(&reduced, instance->capabilities.lacks);
    result = rp_uc_machine_prepare(instance->machine[prestate->mode], &reduced, prepared, error);
    if (result != RP_OK) {
        free(prepared);
        return result;
    }
    if (!instance->capabilities.ring[prestate->mode][prestate->ring])
        prepared->held = false;
    instance->prepared[instance->count++] = prepared;
    return RP_OK;
}

static int prepare(void *opaque, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                   struct rp_error *error)
{
    struct instance *instance = opaque;
    uint32_t start = instance->count;
    int result = grow(instance, count, error);
    for (size_t i = 0; i < count && result == RP_OK; i++)
        result = prepare_one(instance, &prestates[i], error);
    if (result != RP_OK)
        forget(instance, start);
    *first = start;
    return result;
}

static int run(void *opaque, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
               struct rp_error *error)
{
    struct instance *instance = opaque;
    int result = RP_OK;
    for (size_t i = 0; i < count && result == RP_OK; i++) {
        struct rp_uc_prepared *prepared = instance->prepared[jobs[i].prestate];
        struct rp_uc_machine *machine = instance->machine[prepared->mode];
        struct rp_outcome outcome = {.provenance = RP_PROVENANCE_EMULATED};
        size_t changes;
        ++*instance->run_counter;
        if (i + 1 < count)
            rp_uc_prefetch(instance->prepared[jobs[i + 1].prestate]);
        result =
            jobs[i].sequence
                ? rp_uc_machine_run_sequence(machine, prepared, jobs[i].sequence, &outcome, &changes, error)
                : rp_uc_machine_run(machine, prepared, &jobs[i].encoding, &outcome, &changes, error);
        if (result == RP_OK)
            result = rp_outcomes_add(outcomes, &outcome, machine->changes, changes, error);
    }
    return result;
}

const struct rp_executor rp_executor_unicorn = {
    .name = "unicorn",
    .provenance = RP_PROVENANCE_EMULATED,
    .sequences = true,
    .version = version,
    .open = open_instance,
    .close = close_instance,
    .capabilities = capabilities,
    .prepare = prepare,
    .forget = forget,
    .run = run,
};
