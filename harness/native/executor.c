/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor's face: pre-states by index, orders to runners, and who is to blame where one ends; see
 * native.h. */
#include "native/native.h"

#include "native/instance.h"
#include "native/load.h"
#include "state/looks.h"
#include "x86/vector.h"

#include <stdlib.h>

struct rp_native_crew *rp_native_crew_of(void *instance)
{
    return &((struct rp_native_instance *)instance)->crew;
}

static const struct rp_capabilities *capabilities(void *opaque)
{
    return &((struct rp_native_instance *)opaque)->capabilities;
}

static void close_instance(void *opaque)
{
    struct rp_native_instance *instance = opaque;
    if (!instance)
        return;
    rp_native_crew_close(&instance->crew);
    rp_outcomes_free(&instance->parts);
    free(instance);
}

static int open_instance(const struct rp_executor_options *options, void **opaque, struct rp_error *error)
{
    struct rp_native_instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for native");
    instance->run_counter = options && options->run_counter ? options->run_counter : &instance->own_counter;
    int result = rp_looks_load(error);
    if (result == RP_OK)
        result = rp_native_crew_open(&instance->crew, error);
    if (result) {
        free(instance);
        return result;
    }
    instance->known.mode = RP_MODE_COUNT;
    instance->capabilities = rp_native_capabilities(rp_native_first_of(instance)->shared);
    *opaque = instance;
    return RP_OK;
}

static void forget(void *opaque, uint32_t first)
{
    struct rp_native_instance *instance = opaque;
    if (instance->count > first)
        instance->count = first;
}

static int prepare(void *opaque, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                   struct rp_error *error)
{
    struct rp_native_instance *instance = opaque;
    struct rp_native_shared *shared = rp_native_first_of(instance)->shared;
    if (count > RP_NATIVE_SLOTS_TO_USE - instance->count)
        return rp_error_set(error, RP_EENVIRONMENT, "native holds %d pre-states, asked for '%zu'",
                            RP_NATIVE_SLOTS_TO_USE, instance->count + count);
    *first = instance->count;
    for (size_t i = 0; i < count; i++) {
        const struct rp_prestate *prestate = &prestates[i];
        uint32_t number = instance->count++;
        bool held = instance->capabilities.ring[prestate->mode][prestate->ring] &&
                    rp_native_load(prestate, &shared->layout, &shared->slot[prestate->mode],
                                   &shared->slot[RP_NATIVE_SLOTS_OWN + number]);
        instance->mode[number] = held ? (uint8_t)prestate->mode : RP_MODE_COUNT;
        if (held)
            rp_native_wish_find(prestate, &instance->wish[number]);
    }
    return RP_OK;
}

static int append_result(const struct rp_native_shared *shared, uint32_t number, struct rp_outcomes *outcomes,
                         struct rp_error *error)
{
    const struct rp_native_result *from = &shared->result[number];
    struct rp_outcome outcome = {.kind = from->kind,
                                 .vector = from->vector,
                                 .length = from->length,
                                 .gate = from->gate,
                                 .provenance = RP_PROVENANCE_SILICON,
                                 .cr2 = from->cr2};
    const struct rp_vector_info *info = rp_vector_info(from->vector);
    outcome.has_error_code = outcome.kind == RP_OUTCOME_TRAPPED && info && info->has_error_code;
    outcome.error_code = outcome.has_error_code ? from->error_code : 0;
    return rp_outcomes_add(outcomes, &outcome, &shared->change[from->first], from->count, error);
}

/* Hands on the results of jobs [*at, end) of the order; `counter` NULL: they are counted later. */
static int collect(const struct rp_native_shared *shared, uint32_t *at, uint32_t end,
                   volatile uint64_t *counter, struct rp_outcomes *outcomes, struct rp_error *error)
{
    int result = RP_OK;
    for (; *at < end && result == RP_OK; ++*at) {
        if (counter)
            ++*counter;
        result = append_result(shared, *at, outcomes, error);
    }
    return result;
}

/* The runner ended in job `at`. That is the job's doing if it happens again to a fresh runner. */
static int blame(struct rp_native_instance *instance, struct rp_native_process *process, uint32_t at,
                 enum rp_native_end end, int signal, struct rp_error *error)
{
    struct rp_native_result *result = &process->shared->result[at];
    bool again = instance->blamed;
    instance->blamed = !again;
    if (again)
        *result = (struct rp_native_result){.kind = end == RP_NATIVE_DIED ? RP_OUTCOME_DIED : RP_OUTCOME_HUNG,
                                            .vector = end == RP_NATIVE_DIED ? (uint8_t)signal : 0};
    return rp_native_process_restart(process, error);
}

/* Gives the order to its runner again and again, until all of it has results: it stops where its room for
 * changes ends, and it may die. */
static int carry_out(struct rp_native_instance *instance, struct rp_native_process *process,
                     volatile uint64_t *counter, struct rp_outcomes *outcomes, struct rp_error *error)
{
    struct rp_native_shared *shared = process->shared;
    uint32_t at = 0;
    int result = RP_OK, signal = 0;
    instance->blamed = false;
    while (at < shared->count && result == RP_OK) {
        uint32_t first = shared->first = at;
        enum rp_native_end end = rp_native_process_order(process, NULL, NULL, &signal);
        result = collect(shared, &at, shared->done, counter, outcomes, error);
        if (at > first)
            instance->blamed = false;
        if (result || end == RP_NATIVE_ANSWERED)
            continue;
        result = blame(instance, process, at, end, signal, error);
        if (result == RP_OK && at < shared->count && !instance->blamed)
            result = collect(shared, &at, at + 1, counter, outcomes, error);
    }
    return result;
}

static int run_group(struct rp_native_instance *instance, const struct rp_job *jobs, uint8_t group,
                     struct rp_outcomes *outcomes, struct rp_error *error)
{
    struct rp_native_chunk *chunk = &instance->chunk;
    struct rp_native_process *process = rp_native_crew_ask(&instance->crew, &chunk->configuration[group]);
    if (!process) {
        rp_native_chunk_give_up(chunk, group);
        return RP_OK;
    }
    rp_native_chunk_order(instance, jobs, group, process->shared);
    if (chunk->whole)
        return carry_out(instance, process, instance->run_counter, outcomes, error);
    return carry_out(instance, process, NULL, &instance->parts, error);
}

static int run(void *opaque, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
               struct rp_error *error)
{
    struct rp_native_instance *instance = opaque;
    struct rp_native_chunk *chunk = &instance->chunk;
    int result = RP_OK;
    for (size_t next = 0; next < count && result == RP_OK; next += chunk->count) {
        size_t first = outcomes->count;
        rp_native_chunk_fill(instance, jobs, next, count);
        rp_outcomes_clear(&instance->parts);
        for (unsigned group = 0; group < chunk->groups && result == RP_OK; group++)
            result = run_group(instance, jobs, (uint8_t)group, outcomes, error);
        if (!chunk->whole && result == RP_OK)
            result = rp_native_chunk_join(instance, outcomes, error);
        if (result == RP_OK)
            result = rp_native_mark_emulated(instance, jobs, outcomes, first, error);
    }
    return result;
}

const struct rp_executor rp_executor_native = {
    .name = "native",
    .provenance = RP_PROVENANCE_SILICON,
    .as_found = true,
    .sequences = true,
    .version = rp_native_version,
    .open = open_instance,
    .close = close_instance,
    .capabilities = capabilities,
    .prepare = prepare,
    .forget = forget,
    .run = run,
};
