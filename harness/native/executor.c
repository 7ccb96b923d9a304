/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor's face: pre-states by index, jobs in order, outcomes out; see native.h. */
#include "native/native.h"

#include "native/load.h"
#include "native/process.h"
#include "x86/decode.h"
#include "x86/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first slots are those of the trial runs. */
#define SLOTS_OWN    RP_NATIVE_MODES
#define SLOTS_TO_USE (RP_NATIVE_SLOTS - SLOTS_OWN)
#define CANARIES     8

struct instance {
    volatile uint64_t *run_counter;
    uint64_t own_counter;
    struct rp_native_process process;
    struct rp_capabilities capabilities;
    uint32_t count;             /* pre-states */
    uint8_t mode[SLOTS_TO_USE]; /* of each; RP_MODE_COUNT: it can't be held */
    struct rp_encoding known;   /* the last that was decoded, and whether that went well */
    enum rp_mode known_mode;
    bool known_length;
    bool blamed; /* the first job of the order has ended one runner already */
};

/* Of the privileged state a program is lent: its data selectors and, where the kernel lets it, FS and GS
 * base; PKRU where the CPU has it. */
static struct rp_capabilities make_capabilities(const struct rp_native_shared *shared)
{
    struct rp_capabilities table = {0};
    static const uint8_t own[] = {RP_RESOURCE_RFLAGS_TF, RP_RESOURCE_RFLAGS_NT, RP_RESOURCE_RFLAGS_AC,
                                  RP_RESOURCE_RFLAGS_ID};
    for (unsigned i = 0; i < sizeof own; i++)
        table.resource[own[i]] = true;
    table.resource[RP_RESOURCE_FS_BASE] = table.resource[RP_RESOURCE_GS_BASE] = shared->layout.fsgsbase;
    table.resource[RP_RESOURCE_PKRU] = shared->layout.pkru != 0;
    for (unsigned mode = 0; mode < RP_NATIVE_MODES; mode++)
        table.ring[mode][3] = shared->missing[mode][0] == '\0';
    return table;
}

static const struct rp_capabilities *capabilities(void *opaque)
{
    return &((struct instance *)opaque)->capabilities;
}

static void close_instance(void *opaque)
{
    struct instance *instance = opaque;
    if (!instance)
        return;
    rp_native_process_close(&instance->process);
    free(instance);
}

static int open_instance(const struct rp_executor_options *options, void **opaque, struct rp_error *error)
{
    struct instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for native");
    instance->run_counter = options && options->run_counter ? options->run_counter : &instance->own_counter;
    int result = rp_native_process_open(&instance->process, error);
    if (result) {
        free(instance);
        return result;
    }
    instance->capabilities = make_capabilities(instance->process.shared);
    *opaque = instance;
    return RP_OK;
}

static void forget(void *opaque, uint32_t first)
{
    struct instance *instance = opaque;
    if (instance->count > first)
        instance->count = first;
}

static int prepare(void *opaque, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                   struct rp_error *error)
{
    struct instance *instance = opaque;
    struct rp_native_shared *shared = instance->process.shared;
    if (count > SLOTS_TO_USE - instance->count)
        return rp_error_set(error, RP_EENVIRONMENT, "native holds %d pre-states, asked for '%zu'",
                            SLOTS_TO_USE, instance->count + count);
    *first = instance->count;
    for (size_t i = 0; i < count; i++) {
        const struct rp_prestate *prestate = &prestates[i];
        uint32_t number = instance->count++;
        bool held = instance->capabilities.ring[prestate->mode][prestate->ring] &&
                    rp_native_load(prestate, &shared->layout, &shared->slot[SLOTS_OWN + number]);
        instance->mode[number] = held ? (uint8_t)prestate->mode : RP_MODE_COUNT;
    }
    return RP_OK;
}

/* True if the decoder finds the whole encoding to be one instruction. */
static bool length_is_known(struct instance *instance, enum rp_mode mode, const struct rp_encoding *encoding)
{
    struct rp_instruction instruction;
    if (instance->known_mode == mode && memcmp(&instance->known, encoding, sizeof *encoding) == 0 &&
        encoding->length)
        return instance->known_length;
    instance->known = *encoding;
    instance->known_mode = mode;
    instance->known_length =
        rp_decode(mode, encoding->bytes, encoding->length, &instruction, NULL) == RP_OK &&
        instruction.length == encoding->length;
    return instance->known_length;
}

/* Fills the order with jobs from `from` on; those that no slot holds are left out. Returns where it stopped.
 */
static size_t fill_order(struct instance *instance, const struct rp_job *jobs, size_t from, size_t count)
{
    struct rp_native_shared *shared = instance->process.shared;
    shared->first = shared->count = 0;
    while (from < count && shared->count < RP_NATIVE_JOBS) {
        const struct rp_job *job = &jobs[from++];
        uint8_t mode = instance->mode[job->prestate];
        if (mode == RP_MODE_COUNT)
            continue;
        shared->job[shared->count++] = (struct rp_native_job){
            .encoding = job->encoding, .way = RP_NATIVE_JUMP, .slot = SLOTS_OWN + job->prestate};
    }
    return from;
}

static int append(struct rp_outcomes *outcomes, struct rp_outcome *outcome, const struct rp_change *changes,
                  size_t count, struct rp_error *error)
{
    int result = rp_outcomes_reserve(outcomes, 1, count, error);
    if (result)
        return result;
    size_t first = outcomes->change_count;
    if (count)
        memcpy(outcomes->change + first, changes, count * sizeof *changes);
    outcomes->change_count += count;
    rp_outcome_seal(outcomes, outcome, first);
    outcomes->outcome[outcomes->count++] = *outcome;
    return RP_OK;
}

static int append_result(struct instance *instance, uint32_t number, struct rp_outcomes *outcomes,
                         struct rp_error *error)
{
    const struct rp_native_result *from = &instance->process.shared->result[number];
    struct rp_outcome outcome = {.kind = from->kind,
                                 .vector = from->vector,
                                 .length = from->length,
                                 .gate = from->gate,
                                 .provenance = RP_PROVENANCE_SILICON,
                                 .cr2 = from->cr2};
    const struct rp_vector_info *info = rp_vector_info(from->vector);
    outcome.has_error_code = outcome.kind == RP_OUTCOME_TRAPPED && info && info->has_error_code;
    outcome.error_code = outcome.has_error_code ? from->error_code : 0;
    return append(outcomes, &outcome, &instance->process.shared->change[from->first], from->count, error);
}

static int append_bare(struct rp_outcomes *outcomes, enum rp_outcome_kind kind, int signal,
                       struct rp_error *error)
{
    struct rp_outcome outcome = {
        .kind = (uint8_t)kind, .vector = (uint8_t)signal, .provenance = RP_PROVENANCE_SILICON};
    return append(outcomes, &outcome, NULL, 0, error);
}

/* Hands on the results of jobs [*at, end) of the order, with what no slot holds in between. `*next` walks
 * through the caller's jobs. */
static int collect(struct instance *instance, const struct rp_job *jobs, size_t *next, uint32_t *at,
                   uint32_t end, struct rp_outcomes *outcomes, struct rp_error *error)
{
    int result = RP_OK;
    while (*at < end && result == RP_OK) {
        ++*instance->run_counter;
        if (instance->mode[jobs[(*next)++].prestate] == RP_MODE_COUNT)
            result = append_bare(outcomes, RP_OUTCOME_UNSUPPORTED, 0, error);
        else
            result = append_result(instance, (*at)++, outcomes, error);
    }
    return result;
}

/* The runner ended in job `at`. That is the job's doing if it happens again to a fresh runner. */
static int blame(struct instance *instance, uint32_t at, enum rp_native_end end, int signal,
                 struct rp_error *error)
{
    struct rp_native_result *result = &instance->process.shared->result[at];
    bool again = instance->blamed;
    instance->blamed = !again;
    if (again)
        *result = (struct rp_native_result){.kind = end == RP_NATIVE_DIED ? RP_OUTCOME_DIED : RP_OUTCOME_HUNG,
                                            .vector = end == RP_NATIVE_DIED ? (uint8_t)signal : 0};
    return rp_native_process_restart(&instance->process, error);
}

/* Gives the order to the runner again and again, until all of it has results: it stops where its room for
 * changes ends, and it may die. */
static int carry_out(struct instance *instance, const struct rp_job *jobs, size_t *next,
                     struct rp_outcomes *outcomes, struct rp_error *error)
{
    struct rp_native_shared *shared = instance->process.shared;
    uint32_t at = 0;
    int result = RP_OK, signal = 0;
    while (at < shared->count && result == RP_OK) {
        uint32_t first = shared->first = at;
        enum rp_native_end end = rp_native_process_order(&instance->process, NULL, NULL, &signal);
        result = collect(instance, jobs, next, &at, shared->done, outcomes, error);
        if (at > first)
            instance->blamed = false;
        if (result || end == RP_NATIVE_ANSWERED)
            continue;
        result = blame(instance, at, end, signal, error);
        if (result == RP_OK && at < shared->count && !instance->blamed)
            result = collect(instance, jobs, next, &at, at + 1, outcomes, error);
    }
    return result;
}

static int run(void *opaque, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
               struct rp_error *error)
{
    struct instance *instance = opaque;
    size_t next = 0;
    int result = RP_OK;
    while (next < count && result == RP_OK) {
        size_t end = fill_order(instance, jobs, next, count);
        result = carry_out(instance, jobs, &next, outcomes, error);
        for (; next < end && result == RP_OK; next++) { /* behind the last that was run */
            ++*instance->run_counter;
            result = append_bare(outcomes, RP_OUTCOME_UNSUPPORTED, 0, error);
        }
    }
    return result;
}

/* A return from the kernel turns a NULL selector 3 into 0 (SDM Vol. 2A "IRET"), so a GS that was 3 and is 0
 * has seen it. The timer is seen as well, a few times in a thousand: only all runs together say something. */
static int on_behalf(void *opaque, const struct rp_job *job, bool *emulated, struct rp_error *error)
{
    struct instance *instance = opaque;
    struct rp_native_shared *shared = instance->process.shared;
    int signal;
    *emulated = false;
    if (instance->mode[job->prestate] == RP_MODE_COUNT ||
        !length_is_known(instance, (enum rp_mode)instance->mode[job->prestate], &job->encoding))
        return RP_OK;
    shared->first = 0;
    shared->count = CANARIES;
    for (unsigned i = 0; i < CANARIES; i++)
        shared->job[i] = (struct rp_native_job){
            .encoding = job->encoding, .way = RP_NATIVE_CANARY, .slot = SLOTS_OWN + job->prestate};
    if (rp_native_process_order(&instance->process, NULL, NULL, &signal) != RP_NATIVE_ANSWERED)
        return rp_native_process_restart(&instance->process, error);
    unsigned seen = 0;
    for (unsigned i = 0; i < shared->done; i++)
        seen += shared->result[i].kind == RP_OUTCOME_RETIRED && shared->result[i].kernel;
    *emulated = seen == CANARIES;
    return RP_OK;
}

const struct rp_executor rp_executor_native = {
    .name = "native",
    .provenance = RP_PROVENANCE_SILICON,
    .as_found = true,
    .version = rp_native_version,
    .open = open_instance,
    .close = close_instance,
    .capabilities = capabilities,
    .prepare = prepare,
    .forget = forget,
    .run = run,
    .on_behalf = on_behalf,
};
