/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor's face: pre-states by index, jobs in order, outcomes out; see native.h. */
#include "native/native.h"

#include "native/configuration.h"
#include "native/crew.h"
#include "native/layers.h"
#include "native/load.h"
#include "state/looks.h"
#include "x86/decode.h"
#include "x86/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first slots are those of the trial runs. */
#define SLOTS_OWN    RP_NATIVE_MODES
#define SLOTS_TO_USE (RP_NATIVE_SLOTS - SLOTS_OWN)

#define CHUNK      RP_NATIVE_JOBS
#define GROUPS     32
#define NO_GROUP   UINT8_MAX
#define NO_SUSPECT UINT16_MAX

/* The encoding that was looked at last. */
struct known {
    struct rp_encoding encoding;
    enum rp_mode mode;
    bool length;          /* the decoder finds all of it to be one instruction */
    bool asked, emulated; /* whether the kernel does its work */
    struct rp_native_needs needs;
};

/* Jobs that are made together: which runner makes each, and where its outcome stands behind that. */
struct chunk {
    size_t first, count; /* of the caller's jobs */
    uint8_t group[CHUNK];
    struct rp_native_configuration configuration[GROUPS];
    unsigned groups;
    bool whole; /* one group has them all */
};

struct instance {
    volatile uint64_t *run_counter;
    uint64_t own_counter;
    struct rp_native_crew crew;
    struct rp_capabilities capabilities;
    uint32_t count;             /* pre-states */
    uint8_t mode[SLOTS_TO_USE]; /* of each; RP_MODE_COUNT: it can't be held */
    struct rp_native_wish wish[SLOTS_TO_USE];
    struct known known;
    bool blamed; /* the first job of the order has ended one runner already */
    struct chunk chunk;
    struct rp_outcomes parts;                /* of a chunk, group by group */
    size_t place[CHUNK];                     /* of each job there */
    struct rp_native_suspect suspect[CHUNK]; /* encodings of a chunk */
    uint16_t suspect_of[CHUNK];              /* of each job */
};

struct rp_native_crew *rp_native_crew_of(void *instance)
{
    return &((struct instance *)instance)->crew;
}

static struct rp_native_process *first_of(struct instance *instance)
{
    return &instance->crew.member[0];
}

static void allow(struct rp_capabilities *table, bool can, const uint8_t *resource, size_t count)
{
    for (size_t i = 0; i < count; i++)
        table->resource[resource[i]] = can;
}

/* Of the privileged state what a program is lent, and what Linux lets it choose: its data selectors and,
 * where the kernel lets it, FS and GS base; PKRU where the CPU has it; what a runner can be given. */
static void allow_resources(const struct rp_native_shared *shared, struct rp_capabilities *table)
{
    static const uint8_t own[] = {RP_RESOURCE_RFLAGS_TF, RP_RESOURCE_RFLAGS_NT, RP_RESOURCE_RFLAGS_AC,
                                  RP_RESOURCE_RFLAGS_ID};
    static const uint8_t bases[] = {RP_RESOURCE_FS_BASE, RP_RESOURCE_GS_BASE};
    static const uint8_t ldt[] = {RP_RESOURCE_PROBE_LDT_DATA_P,     RP_RESOURCE_PROBE_LDT_DATA_TYPE,
                                  RP_RESOURCE_PROBE_LDT_DATA_AVL,   RP_RESOURCE_PROBE_LDT_DATA_BASE,
                                  RP_RESOURCE_PROBE_LDT_DATA_LIMIT, RP_RESOURCE_PROBE_LDT_CODE_P,
                                  RP_RESOURCE_PROBE_LDT_CODE_TYPE,  RP_RESOURCE_PROBE_LDT_CODE_AVL,
                                  RP_RESOURCE_PROBE_LDT_CODE_BASE,  RP_RESOURCE_PROBE_LDT_CODE_LIMIT};
    /* Their twins stand there. */
    static const uint8_t selectors[] = {RP_RESOURCE_ES_SELECTOR, RP_RESOURCE_DS_SELECTOR,
                                        RP_RESOURCE_FS_SELECTOR, RP_RESOURCE_GS_SELECTOR};
    const struct rp_native_offer *offer = &shared->offer;
    allow(table, true, own, sizeof own);
    allow(table, shared->layout.fsgsbase, bases, sizeof bases);
    allow(table, offer->ldt, ldt, sizeof ldt);
    allow(table, offer->ldt, selectors, sizeof selectors);
    table->resource[RP_RESOURCE_PKRU] = shared->layout.pkru != 0;
    table->resource[RP_RESOURCE_TSC_AUX] = offer->cpu[0] && offer->cpu[1];
    table->resource[RP_RESOURCE_CR4_TSD] = offer->tsd;
    table->resource[RP_RESOURCE_MISC_FEATURES_CPUID_FAULT] = offer->cpuid_fault;
    table->found_trapping[RP_RESOURCE_CR4_TSD] = offer->tsd_found;
    table->found_trapping[RP_RESOURCE_MISC_FEATURES_CPUID_FAULT] = offer->cpuid_fault_found;
}

/* The GDT is Linux' own; what stands there as in the arena is what programs' segments are loaded from. Of the
 * LDT a pre-state's own descriptors are held, the entry of 16-bit code is the runner's. */
static void allow_descriptors(const struct rp_native_shared *shared, struct rp_capabilities *table)
{
    static const uint16_t global[] = {RP_NATIVE_CS32, RP_NATIVE_DATA, RP_NATIVE_CS64};
    static const uint16_t of_threads[] = {RP_NATIVE_DATA16, RP_NATIVE_STACK16};
    for (size_t i = 0; i < sizeof global / sizeof global[0]; i++)
        table->descriptor[0][global[i] >> 3] = true;
    for (size_t i = 0; i < sizeof of_threads / sizeof of_threads[0]; i++)
        table->descriptor[0][of_threads[i] >> 3] = !shared->missing[RP_MODE_COMPAT16][0];
    for (unsigned i = 0; i < RP_DESCRIPTORS; i++)
        table->descriptor[1][i] = shared->offer.ldt && i != RP_NATIVE_CS16 >> 3;
}

static struct rp_capabilities make_capabilities(const struct rp_native_shared *shared)
{
    const struct rp_native_layout *layout = &shared->layout;
    struct rp_capabilities table = {.slots = SLOTS_TO_USE,
                                    .vector_registers = layout->high ? 32 : 16,
                                    .vector_words = layout->upper ? 8
                                                    : layout->avx ? 4
                                                                  : 2,
                                    .vector_masks = layout->opmask != 0};
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        table.missing[mode] = mode < RP_NATIVE_MODES && shared->missing[mode][0];
        table.ring[mode][3] = mode < RP_NATIVE_MODES && !table.missing[mode];
        if (!table.ring[mode][3])
            snprintf(table.refused[mode], sizeof table.refused[mode], "%s",
                     table.missing[mode] ? shared->missing[mode]
                                         : "a program runs in long64, compat32 and compat16 alone");
    }
    allow_resources(shared, &table);
    allow_descriptors(shared, &table);
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
    rp_native_crew_close(&instance->crew);
    rp_outcomes_free(&instance->parts);
    free(instance);
}

static int open_instance(const struct rp_executor_options *options, void **opaque, struct rp_error *error)
{
    struct instance *instance = calloc(1, sizeof *instance);
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
    instance->capabilities = make_capabilities(first_of(instance)->shared);
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
    struct rp_native_shared *shared = first_of(instance)->shared;
    if (count > SLOTS_TO_USE - instance->count)
        return rp_error_set(error, RP_EENVIRONMENT, "native holds %d pre-states, asked for '%zu'",
                            SLOTS_TO_USE, instance->count + count);
    *first = instance->count;
    for (size_t i = 0; i < count; i++) {
        const struct rp_prestate *prestate = &prestates[i];
        uint32_t number = instance->count++;
        bool held = instance->capabilities.ring[prestate->mode][prestate->ring] &&
                    rp_native_load(prestate, &shared->layout, &shared->slot[prestate->mode],
                                   &shared->slot[SLOTS_OWN + number]);
        instance->mode[number] = held ? (uint8_t)prestate->mode : RP_MODE_COUNT;
        if (held)
            rp_native_wish_find(prestate, &instance->wish[number]);
    }
    return RP_OK;
}

static const struct known *look_up(struct instance *instance, enum rp_mode mode,
                                   const struct rp_encoding *encoding)
{
    struct known *known = &instance->known;
    struct rp_instruction instruction;
    if (known->mode == mode && memcmp(&known->encoding, encoding, sizeof *encoding) == 0)
        return known;
    known->encoding = *encoding;
    known->mode = mode;
    known->asked = false;
    bool decoded = rp_decode(mode, encoding->bytes, encoding->length, &instruction, NULL) == RP_OK;
    known->length = decoded && instruction.length == encoding->length;
    rp_native_needs_find(decoded ? &instruction : NULL, &known->needs);
    return known;
}

/* The group of runs with that configuration; NO_GROUP: there is no room for another one. */
static uint8_t find_group(struct chunk *chunk, const struct rp_native_configuration *configuration)
{
    unsigned group = 0;
    while (group < chunk->groups &&
           memcmp(&chunk->configuration[group], configuration, sizeof *configuration) != 0)
        group++;
    if (group == GROUPS)
        return NO_GROUP;
    if (group == chunk->groups)
        chunk->configuration[chunk->groups++] = *configuration;
    return (uint8_t)group;
}

/* Of a sequence nobody knows what it looks at: it is given what it can be given. */
static const struct rp_native_needs *needs_of(struct instance *instance, const struct rp_job *job,
                                              enum rp_mode mode)
{
    static struct rp_native_needs all;
    if (!job->sequence)
        return &look_up(instance, mode, &job->encoding)->needs;
    rp_native_needs_find(NULL, &all);
    return &all;
}

/* False: it can't be had. What a brief job is asked for, no setting changes. */
static bool find_configuration(struct instance *instance, const struct rp_job *job, enum rp_mode mode,
                               struct rp_native_configuration *configuration)
{
    const struct rp_native_shared *shared = first_of(instance)->shared;
    *configuration = rp_native_nothing_set;
    return job->brief || rp_native_configuration_find(
                             &instance->wish[job->prestate], &shared->slot[SLOTS_OWN + job->prestate],
                             needs_of(instance, job, mode), &shared->offer, configuration);
}

/* An order has one sequence at most. */
static bool goes_together(const struct rp_job *first, const struct rp_job *job)
{
    return !first->sequence == !job->sequence &&
           (!job->sequence || memcmp(first->sequence, job->sequence, sizeof *job->sequence) == 0);
}

/* Takes jobs from `first` on, as many as go together. */
static void fill_chunk(struct instance *instance, const struct rp_job *jobs, size_t first, size_t count)
{
    struct chunk *chunk = &instance->chunk;
    bool unheld = false;
    chunk->first = first;
    chunk->count = chunk->groups = 0;
    for (; first + chunk->count < count && chunk->count < CHUNK; chunk->count++) {
        const struct rp_job *job = &jobs[first + chunk->count];
        enum rp_mode mode = (enum rp_mode)instance->mode[job->prestate];
        struct rp_native_configuration configuration;
        uint8_t group = NO_GROUP;
        if (!goes_together(&jobs[first], job))
            break;
        if (mode != RP_MODE_COUNT && find_configuration(instance, job, mode, &configuration)) {
            group = find_group(chunk, &configuration);
            if (group == NO_GROUP)
                break;
        }
        chunk->group[chunk->count] = group;
        unheld = unheld || group == NO_GROUP;
    }
    chunk->whole = chunk->groups == 1 && !unheld;
}

/* Fills the order with the jobs of a group. */
static void fill_order(struct instance *instance, const struct rp_job *jobs, uint8_t group,
                       struct rp_native_shared *shared)
{
    const struct chunk *chunk = &instance->chunk;
    shared->first = shared->count = 0;
    for (size_t i = 0; i < chunk->count; i++) {
        const struct rp_job *job = &jobs[chunk->first + i];
        if (chunk->group[i] != group)
            continue;
        instance->place[i] = instance->parts.count + shared->count;
        if (job->sequence)
            shared->sequence = *job->sequence;
        shared->job[shared->count++] =
            (struct rp_native_job){.encoding = job->encoding,
                                   .way = job->brief ? RP_NATIVE_BRIEF : RP_NATIVE_JUMP,
                                   .is_sequence = job->sequence != NULL,
                                   .slot = SLOTS_OWN + job->prestate};
    }
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
    return append(outcomes, &outcome, &shared->change[from->first], from->count, error);
}

static int append_unsupported(struct rp_outcomes *outcomes, struct rp_error *error)
{
    struct rp_outcome outcome = {.kind = RP_OUTCOME_UNSUPPORTED, .provenance = RP_PROVENANCE_SILICON};
    return append(outcomes, &outcome, NULL, 0, error);
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
static int blame(struct instance *instance, struct rp_native_process *process, uint32_t at,
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
static int carry_out(struct instance *instance, struct rp_native_process *process, volatile uint64_t *counter,
                     struct rp_outcomes *outcomes, struct rp_error *error)
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

/* What no runner can be given is not run. */
static void give_up(struct chunk *chunk, uint8_t group)
{
    chunk->whole = false;
    for (size_t i = 0; i < chunk->count; i++)
        if (chunk->group[i] == group)
            chunk->group[i] = NO_GROUP;
}

static int run_group(struct instance *instance, const struct rp_job *jobs, uint8_t group,
                     struct rp_outcomes *outcomes, struct rp_error *error)
{
    struct chunk *chunk = &instance->chunk;
    struct rp_native_process *process = rp_native_crew_ask(&instance->crew, &chunk->configuration[group]);
    if (!process) {
        give_up(chunk, group);
        return RP_OK;
    }
    fill_order(instance, jobs, group, process->shared);
    if (chunk->whole)
        return carry_out(instance, process, instance->run_counter, outcomes, error);
    return carry_out(instance, process, NULL, &instance->parts, error);
}

/* Brings the outcomes of the groups into the order of their jobs. */
static int join(struct instance *instance, struct rp_outcomes *outcomes, struct rp_error *error)
{
    const struct chunk *chunk = &instance->chunk;
    const struct rp_outcomes *parts = &instance->parts;
    int result = RP_OK;
    for (size_t i = 0; i < chunk->count && result == RP_OK; i++) {
        ++*instance->run_counter;
        if (chunk->group[i] == NO_GROUP) {
            result = append_unsupported(outcomes, error);
            continue;
        }
        struct rp_outcome outcome = parts->outcome[instance->place[i]];
        result = append(outcomes, &outcome, parts->change + outcome.first, outcome.count, error);
    }
    return result;
}

/* The encodings of the chunk that retired somewhere, with a run each that did; returns how many. */
static size_t find_suspects(struct instance *instance, const struct rp_job *jobs,
                            const struct rp_outcome *outcome)
{
    const struct chunk *chunk = &instance->chunk;
    const struct rp_job *last = NULL;
    size_t count = 0;
    for (size_t i = 0; i < chunk->count; i++) {
        const struct rp_job *job = &jobs[chunk->first + i];
        enum rp_mode mode = (enum rp_mode)instance->mode[job->prestate];
        instance->suspect_of[i] = NO_SUSPECT;
        if (outcome[i].kind != RP_OUTCOME_RETIRED || job->brief || job->by_cpu || job->sequence ||
            !look_up(instance, mode, &job->encoding)->length)
            continue;
        if (!last || mode != instance->mode[last->prestate] ||
            memcmp(&last->encoding, &job->encoding, sizeof job->encoding) != 0) {
            instance->suspect[count++] =
                (struct rp_native_suspect){.encoding = job->encoding, .slot = SLOTS_OWN + job->prestate};
            last = job;
        }
        instance->suspect_of[i] = (uint16_t)(count - 1);
    }
    return count;
}

/* Who answered is asked once for an encoding, as long as no other comes in between. */
static int ask_layers(struct instance *instance, size_t count, struct rp_error *error)
{
    struct rp_native_suspect *suspect = instance->suspect;
    struct known *known = &instance->known;
    bool same = count == 1 && known->mode == instance->mode[suspect->slot - SLOTS_OWN] &&
                memcmp(&known->encoding, &suspect->encoding, sizeof known->encoding) == 0;
    if (same && known->asked) {
        suspect->emulated = known->emulated;
        return RP_OK;
    }
    int result = rp_native_tell_layers(first_of(instance), suspect, count, error);
    known->asked = same;
    known->emulated = suspect->emulated;
    return result;
}

/* METHOD, "More than one executor": where the kernel did an instruction's work the CPU trapped, as UMIP makes
 * it (SDM Vol. 3A 2.5): #GP(0). What the kernel made of it is no change of the CPU's. */
static int mark_emulated(struct instance *instance, const struct rp_job *jobs, struct rp_outcomes *outcomes,
                         size_t first, struct rp_error *error)
{
    struct rp_outcome *outcome = outcomes->outcome + first;
    size_t count = find_suspects(instance, jobs, outcome);
    int result = count ? ask_layers(instance, count, error) : RP_OK;
    for (size_t i = 0; i < instance->chunk.count && result == RP_OK; i++) {
        if (instance->suspect_of[i] == NO_SUSPECT || !instance->suspect[instance->suspect_of[i]].emulated)
            continue;
        outcome[i] = (struct rp_outcome){.kind = RP_OUTCOME_TRAPPED,
                                         .vector = RP_VECTOR_GP,
                                         .has_error_code = true,
                                         .length = outcome[i].length,
                                         .provenance = outcome[i].provenance,
                                         .kernel_emulated = true};
        rp_outcome_seal(outcomes, &outcome[i], outcomes->change_count);
    }
    return result;
}

static int run(void *opaque, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
               struct rp_error *error)
{
    struct instance *instance = opaque;
    struct chunk *chunk = &instance->chunk;
    int result = RP_OK;
    for (size_t next = 0; next < count && result == RP_OK; next += chunk->count) {
        size_t first = outcomes->count;
        fill_chunk(instance, jobs, next, count);
        rp_outcomes_clear(&instance->parts);
        for (unsigned group = 0; group < chunk->groups && result == RP_OK; group++)
            result = run_group(instance, jobs, (uint8_t)group, outcomes, error);
        if (!chunk->whole && result == RP_OK)
            result = join(instance, outcomes, error);
        if (result == RP_OK)
            result = mark_emulated(instance, jobs, outcomes, first, error);
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
