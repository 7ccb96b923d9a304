/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs that are made together: each needs a runner with some settings, those with the same ones are a group,
 * and outcomes come back in the order of jobs; see instance.h. */
#include "native/instance.h"

#include "x86/decode.h"

#include <string.h>

const struct rp_native_known *rp_native_look_up(struct rp_native_instance *instance, enum rp_mode mode,
                                                const struct rp_encoding *encoding)
{
    struct rp_native_known *known = &instance->known;
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

/* The group of runs with that configuration; RP_NATIVE_NO_GROUP: there is no room for another one. */
static uint8_t find_group(struct rp_native_chunk *chunk, const struct rp_native_configuration *configuration)
{
    unsigned group = 0;
    while (group < chunk->groups &&
           memcmp(&chunk->configuration[group], configuration, sizeof *configuration) != 0)
        group++;
    if (group == RP_NATIVE_GROUPS)
        return RP_NATIVE_NO_GROUP;
    if (group == chunk->groups)
        chunk->configuration[chunk->groups++] = *configuration;
    return (uint8_t)group;
}

/* Of a sequence nobody knows what it looks at: it is given what it can be given. */
static const struct rp_native_needs *needs_of(struct rp_native_instance *instance, const struct rp_job *job,
                                              enum rp_mode mode)
{
    static struct rp_native_needs all;
    if (!job->sequence)
        return &rp_native_look_up(instance, mode, &job->encoding)->needs;
    rp_native_needs_find(NULL, &all);
    return &all;
}

/* False: it can't be had. What a brief job is asked for, no setting changes. */
static bool find_configuration(struct rp_native_instance *instance, const struct rp_job *job,
                               enum rp_mode mode, struct rp_native_configuration *configuration)
{
    const struct rp_native_shared *shared = rp_native_first_of(instance)->shared;
    *configuration = rp_native_nothing_set;
    return job->brief ||
           rp_native_configuration_find(&instance->wish[job->prestate],
                                        &shared->slot[RP_NATIVE_SLOTS_OWN + job->prestate],
                                        needs_of(instance, job, mode), &shared->offer, configuration);
}

/* An order has one sequence at most. */
static bool goes_together(const struct rp_job *first, const struct rp_job *job)
{
    return !first->sequence == !job->sequence &&
           (!job->sequence || memcmp(first->sequence, job->sequence, sizeof *job->sequence) == 0);
}

void rp_native_chunk_fill(struct rp_native_instance *instance, const struct rp_job *jobs, size_t first,
                          size_t count)
{
    struct rp_native_chunk *chunk = &instance->chunk;
    bool unheld = false;
    chunk->first = first;
    chunk->count = chunk->groups = 0;
    for (; first + chunk->count < count && chunk->count < RP_NATIVE_CHUNK; chunk->count++) {
        const struct rp_job *job = &jobs[first + chunk->count];
        enum rp_mode mode = (enum rp_mode)instance->mode[job->prestate];
        struct rp_native_configuration configuration;
        uint8_t group = RP_NATIVE_NO_GROUP;
        if (!goes_together(&jobs[first], job))
            break;
        if (mode != RP_MODE_COUNT && find_configuration(instance, job, mode, &configuration)) {
            group = find_group(chunk, &configuration);
            if (group == RP_NATIVE_NO_GROUP)
                break;
        }
        chunk->group[chunk->count] = group;
        unheld = unheld || group == RP_NATIVE_NO_GROUP;
    }
    chunk->whole = chunk->groups == 1 && !unheld;
}

void rp_native_chunk_order(struct rp_native_instance *instance, const struct rp_job *jobs, uint8_t group,
                           struct rp_native_shared *shared)
{
    const struct rp_native_chunk *chunk = &instance->chunk;
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
                                   .slot = RP_NATIVE_SLOTS_OWN + job->prestate};
    }
}

void rp_native_chunk_give_up(struct rp_native_chunk *chunk, uint8_t group)
{
    chunk->whole = false;
    for (size_t i = 0; i < chunk->count; i++)
        if (chunk->group[i] == group)
            chunk->group[i] = RP_NATIVE_NO_GROUP;
}

static int append_unsupported(struct rp_outcomes *outcomes, struct rp_error *error)
{
    struct rp_outcome outcome = {.kind = RP_OUTCOME_UNSUPPORTED, .provenance = RP_PROVENANCE_SILICON};
    return rp_outcomes_add(outcomes, &outcome, NULL, 0, error);
}

int rp_native_chunk_join(struct rp_native_instance *instance, struct rp_outcomes *outcomes,
                         struct rp_error *error)
{
    const struct rp_native_chunk *chunk = &instance->chunk;
    const struct rp_outcomes *parts = &instance->parts;
    int result = RP_OK;
    for (size_t i = 0; i < chunk->count && result == RP_OK; i++) {
        ++*instance->run_counter;
        if (chunk->group[i] == RP_NATIVE_NO_GROUP) {
            result = append_unsupported(outcomes, error);
            continue;
        }
        struct rp_outcome outcome = parts->outcome[instance->place[i]];
        result = rp_outcomes_add(outcomes, &outcome, parts->change + outcome.first, outcome.count, error);
    }
    return result;
}
