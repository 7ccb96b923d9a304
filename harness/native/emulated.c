/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether it was the CPU that did an instruction's work, or the kernel in its stead; see instance.h. Who
 * answered is found out by layers.h, for what retired. */
#include "native/instance.h"

#include "x86/vector.h"

#include <string.h>

#define NO_SUSPECT UINT16_MAX

/* The encodings of the chunk that retired somewhere, with a run each that did; returns how many. */
static size_t find_suspects(struct rp_native_instance *instance, const struct rp_job *jobs,
                            const struct rp_outcome *outcome)
{
    const struct rp_native_chunk *chunk = &instance->chunk;
    const struct rp_job *last = NULL;
    size_t count = 0;
    for (size_t i = 0; i < chunk->count; i++) {
        const struct rp_job *job = &jobs[chunk->first + i];
        enum rp_mode mode = (enum rp_mode)instance->mode[job->prestate];
        instance->suspect_of[i] = NO_SUSPECT;
        if (outcome[i].kind != RP_OUTCOME_RETIRED || job->brief || job->by_cpu || job->sequence ||
            !rp_native_look_up(instance, mode, &job->encoding)->length)
            continue;
        if (!last || mode != instance->mode[last->prestate] ||
            memcmp(&last->encoding, &job->encoding, sizeof job->encoding) != 0) {
            instance->suspect[count++] = (struct rp_native_suspect){
                .encoding = job->encoding, .slot = RP_NATIVE_SLOTS_OWN + job->prestate};
            last = job;
        }
        instance->suspect_of[i] = (uint16_t)(count - 1);
    }
    return count;
}

/* Who answered is asked once for an encoding, as long as no other comes in between. */
static int ask_layers(struct rp_native_instance *instance, size_t count, struct rp_error *error)
{
    struct rp_native_suspect *suspect = instance->suspect;
    struct rp_native_known *known = &instance->known;
    bool same = count == 1 && known->mode == instance->mode[suspect->slot - RP_NATIVE_SLOTS_OWN] &&
                memcmp(&known->encoding, &suspect->encoding, sizeof known->encoding) == 0;
    if (same && known->asked) {
        suspect->emulated = known->emulated;
        return RP_OK;
    }
    int result = rp_native_tell_layers(rp_native_first_of(instance), suspect, count, error);
    known->asked = same;
    known->emulated = suspect->emulated;
    return result;
}

/* As UMIP makes it trap (SDM Vol. 3A 2.5): #GP(0). What the kernel made of it is no change of the CPU's. */
int rp_native_mark_emulated(struct rp_native_instance *instance, const struct rp_job *jobs,
                            struct rp_outcomes *outcomes, size_t first, struct rp_error *error)
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
