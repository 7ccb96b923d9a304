/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor's face: pre-states into slots, jobs into orders, results into outcomes; who takes QEMU with it
 * is named and QEMU started again. See qemu.h. */
#include "qemu/qemu.h"

#include "qemu/process.h"

#include <stdlib.h>
#include <string.h>

struct instance {
    volatile uint64_t *run_counter;
    uint64_t own_counter;
    struct rp_qemu_process process[RP_GUEST_KIND_COUNT]; /* open with the first pre-state that needs it */
    uint8_t kind[RP_GUEST_SLOTS];                        /* of pre-states; RP_GUEST_KIND_COUNT: not held */
    uint32_t count, serial;
    bool suspected; /* the job at which the last order ended has had its second chance */
    struct rp_capabilities capabilities;
};

/* No counters, no CPUID faulting, no FFXSR, no way to set the time-stamp counter, VIF or VIP; a guest does
 * not see its own interrupt shadow. */
static const uint8_t not_held[] = {
    RP_RESOURCE_PMC,        RP_RESOURCE_MISC_FEATURES_CPUID_FAULT,
    RP_RESOURCE_TSC,        RP_RESOURCE_RFLAGS_VIF,
    RP_RESOURCE_RFLAGS_VIP, RP_RESOURCE_SHADOW,
    RP_RESOURCE_EFER_FFXSR,
};

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
    table.vector_words = 4;
    memset(table.descriptor, true, sizeof table.descriptor);
    return table;
}

static const struct rp_capabilities *capabilities(void *opaque)
{
    return &((struct instance *)opaque)->capabilities;
}

static void close_instance(void *opaque)
{
    struct instance *instance = opaque;
    for (unsigned kind = 0; instance && kind < RP_GUEST_KIND_COUNT; kind++)
        if (instance->process[kind].memory)
            rp_qemu_process_close(&instance->process[kind]);
    free(instance);
}

static int need(struct instance *instance, enum rp_guest_kind kind, struct rp_error *error)
{
    if (instance->process[kind].memory)
        return RP_OK;
    return rp_qemu_process_open(&instance->process[kind], kind, RP_QEMU_MODEL, error);
}

static int open_instance(const struct rp_executor_options *options, void **opaque, struct rp_error *error)
{
    struct instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for qemu");
    instance->run_counter = options && options->run_counter ? options->run_counter : &instance->own_counter;
    instance->capabilities = make_capabilities();
    int result = need(instance, RP_GUEST_KIND_LONG, error);
    if (result) {
        close_instance(instance);
        return result;
    }
    *opaque = instance;
    return RP_OK;
}

static int prepare_one(struct instance *instance, const struct rp_prestate *prestate, struct rp_error *error)
{
    enum rp_guest_kind kind = rp_guest_kind_of(prestate->mode);
    bool runs = instance->capabilities.ring[prestate->mode][prestate->ring];
    instance->kind[instance->count] = runs ? (uint8_t)kind : RP_GUEST_KIND_COUNT;
    int result = runs ? need(instance, kind, error) : RP_OK;
    if (result)
        return result;
    if (runs) {
        struct rp_guest_slot *slot = &instance->process[kind].shared->slot[instance->count];
        slot->prestate = *prestate;
        slot->serial = ++instance->serial;
    }
    instance->count++;
    return RP_OK;
}

static int prepare(void *opaque, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                   struct rp_error *error)
{
    struct instance *instance = opaque;
    uint32_t start = *first = instance->count;
    int result = RP_OK;
    if (count > RP_GUEST_SLOTS - instance->count)
        return rp_error_set(error, RP_EENVIRONMENT, "qemu holds at most %d pre-states", RP_GUEST_SLOTS);
    for (size_t i = 0; i < count && result == RP_OK; i++)
        result = prepare_one(instance, &prestates[i], error);
    if (result)
        instance->count = start;
    return result;
}

static void forget(void *opaque, uint32_t first)
{
    struct instance *instance = opaque;
    if (first < instance->count)
        instance->count = first;
}

static int append_unsupported(struct rp_outcomes *outcomes, struct rp_error *error)
{
    struct rp_outcome outcome = {.kind = RP_OUTCOME_UNSUPPORTED, .provenance = RP_PROVENANCE_EMULATED};
    int result = rp_outcomes_reserve(outcomes, 1, 0, error);
    if (result)
        return result;
    rp_outcome_seal(outcomes, &outcome, outcomes->change_count);
    outcomes->outcome[outcomes->count++] = outcome;
    return RP_OK;
}

/* Hands on the results of jobs [*at, end) of the order. */
static int collect(struct instance *instance, const struct rp_guest_shared *shared, uint32_t *at,
                   uint32_t end, struct rp_outcomes *outcomes, struct rp_error *error)
{
    int result = RP_OK;
    for (; *at < end && result == RP_OK; ++*at) {
        ++*instance->run_counter;
        result = rp_guest_append(shared, *at, RP_PROVENANCE_EMULATED, outcomes, error);
    }
    return result;
}

/* QEMU ended in job `at`. A guest that shuts down does so by its test; a signal may have come from anybody,
 * so that the job is made once more by a fresh QEMU. True if it is the culprit: its result then says so. */
static bool blame(struct instance *instance, struct rp_guest_result *result, enum rp_qemu_end end, int signal)
{
    if (end == RP_QEMU_DIED && signal && !instance->suspected) {
        instance->suspected = true;
        return false;
    }
    instance->suspected = false;
    bool hung = end == RP_QEMU_STUCK;
    *result = (struct rp_guest_result){.kind = hung ? RP_OUTCOME_HUNG : RP_OUTCOME_DIED,
                                       .vector = hung ? 0 : (uint8_t)signal};
    return true;
}

/* Orders jobs from *at on and collects what comes back; *at moves on. `end` is where the order ends. */
static int order_once(struct instance *instance, struct rp_qemu_process *process, uint32_t *at, uint32_t end,
                      struct rp_outcomes *outcomes, struct rp_error *error)
{
    struct rp_guest_shared *shared = process->shared;
    uint32_t first = *at;
    int signal = 0;
    shared->first = *at;
    shared->count = end;
    enum rp_qemu_end how = rp_qemu_process_order(process, &signal);
    bool intact = rp_guest_intact(&process->image, process->memory);
    intact = intact && shared->done >= first && shared->done <= end;
    if (!intact && end - *at > 1) { /* nothing of it can be trusted: one by one, from the start */
        int result = rp_qemu_process_restart(process, error);
        for (uint32_t next = *at; next < end && result == RP_OK; next = *at)
            result = order_once(instance, process, at, next + 1, outcomes, error);
        return result;
    }
    int result = intact ? collect(instance, shared, at, shared->done, outcomes, error) : RP_OK;
    if (result || (intact && how == RP_QEMU_ANSWERED)) {
        instance->suspected = instance->suspected && *at == first;
        return result;
    }
    if (*at > first)
        instance->suspected = false;
    if (*at == end && intact) /* all of it is there: it ended between orders */
        return rp_qemu_process_restart(process, error);
    bool guilty = blame(instance, &shared->result[*at], intact ? how : RP_QEMU_DIED, signal);
    result = rp_qemu_process_restart(process, error);
    if (result == RP_OK && guilty)
        result = collect(instance, shared, at, *at + 1, outcomes, error);
    return result;
}

/* Jobs of one kind that follow each other. */
static int run_stretch(struct instance *instance, const struct rp_job *jobs, size_t count,
                       struct rp_outcomes *outcomes, struct rp_error *error)
{
    struct rp_qemu_process *process = &instance->process[instance->kind[jobs[0].prestate]];
    for (size_t i = 0; i < count; i++)
        process->shared->job[i] =
            (struct rp_guest_job){.encoding = jobs[i].encoding, .slot = jobs[i].prestate};
    int result = RP_OK;
    instance->suspected = false;
    for (uint32_t at = 0; at < count && result == RP_OK;)
        result = order_once(instance, process, &at, (uint32_t)count, outcomes, error);
    return result;
}

static int run(void *opaque, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
               struct rp_error *error)
{
    struct instance *instance = opaque;
    int result = RP_OK;
    for (size_t i = 0; i < count && result == RP_OK;) {
        uint8_t kind = instance->kind[jobs[i].prestate];
        if (kind == RP_GUEST_KIND_COUNT) {
            ++*instance->run_counter;
            result = append_unsupported(outcomes, error);
            i++;
            continue;
        }
        size_t stretch = 1;
        while (i + stretch < count && stretch < RP_GUEST_JOBS &&
               instance->kind[jobs[i + stretch].prestate] == kind)
            stretch++;
        result = run_stretch(instance, jobs + i, stretch, outcomes, error);
        i += stretch;
    }
    return result;
}

const struct rp_executor rp_executor_qemu = {
    .name = "qemu",
    .provenance = RP_PROVENANCE_EMULATED,
    .version = rp_qemu_version,
    .open = open_instance,
    .close = close_instance,
    .capabilities = capabilities,
    .prepare = prepare,
    .forget = forget,
    .run = run,
};
