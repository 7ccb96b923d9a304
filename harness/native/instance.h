/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An open executor, and what its files hand to each other: jobs are taken by chunks, a runner makes those of
 * one group, and what retired is asked about. Private to harness/native. */
#ifndef RP_HARNESS_NATIVE_INSTANCE_H
#define RP_HARNESS_NATIVE_INSTANCE_H

#include "executor/executor.h"
#include "native/configuration.h"
#include "native/crew.h"
#include "native/layers.h"

/* The first slots are those of the trial runs. */
#define RP_NATIVE_SLOTS_OWN    RP_NATIVE_MODES
#define RP_NATIVE_SLOTS_TO_USE (RP_NATIVE_SLOTS - RP_NATIVE_SLOTS_OWN)

#define RP_NATIVE_CHUNK    RP_NATIVE_JOBS
#define RP_NATIVE_GROUPS   32
#define RP_NATIVE_NO_GROUP UINT8_MAX

/* The encoding that was looked at last. */
struct rp_native_known {
    struct rp_encoding encoding;
    enum rp_mode mode;
    bool length;          /* the decoder finds all of it to be one instruction */
    bool asked, emulated; /* whether the kernel does its work */
    struct rp_native_needs needs;
};

/* Jobs that are made together: which runner makes each, and where its outcome stands behind that. */
struct rp_native_chunk {
    size_t first, count; /* of the caller's jobs */
    uint8_t group[RP_NATIVE_CHUNK];
    struct rp_native_configuration configuration[RP_NATIVE_GROUPS];
    unsigned groups;
    bool whole; /* one group has them all */
};

struct rp_native_instance {
    volatile uint64_t *run_counter;
    uint64_t own_counter;
    struct rp_native_crew crew;
    struct rp_capabilities capabilities;
    uint32_t count;                       /* pre-states */
    uint8_t mode[RP_NATIVE_SLOTS_TO_USE]; /* of each; RP_MODE_COUNT: it can't be held */
    struct rp_native_wish wish[RP_NATIVE_SLOTS_TO_USE];
    struct rp_native_known known;
    bool blamed; /* the first job of the order has ended one runner already */
    struct rp_native_chunk chunk;
    struct rp_outcomes parts;                          /* of a chunk, group by group */
    size_t place[RP_NATIVE_CHUNK];                     /* of each job there */
    struct rp_native_suspect suspect[RP_NATIVE_CHUNK]; /* encodings of a chunk */
    uint16_t suspect_of[RP_NATIVE_CHUNK];              /* of each job */
};

/* The runner that sets nothing, whose memory has all pre-states. */
static inline struct rp_native_process *rp_native_first_of(struct rp_native_instance *instance)
{
    return &instance->crew.member[0];
}

/* What programs can be given on this machine, as the runner found it; capabilities.c. */
struct rp_capabilities rp_native_capabilities(const struct rp_native_shared *shared);

/* What is known of an encoding; until the next one is looked up. */
const struct rp_native_known *rp_native_look_up(struct rp_native_instance *instance, enum rp_mode mode,
                                                const struct rp_encoding *encoding);

/* Takes jobs from `first` on, as many as go together; chunk.c. */
void rp_native_chunk_fill(struct rp_native_instance *instance, const struct rp_job *jobs, size_t first,
                          size_t count);
/* Fills the order with the jobs of a group. */
void rp_native_chunk_order(struct rp_native_instance *instance, const struct rp_job *jobs, uint8_t group,
                           struct rp_native_shared *shared);
/* What no runner can be given is not run. */
void rp_native_chunk_give_up(struct rp_native_chunk *chunk, uint8_t group);
/* Brings the outcomes of the groups into the order of their jobs. */
int rp_native_chunk_join(struct rp_native_instance *instance, struct rp_outcomes *outcomes,
                         struct rp_error *error);

/* METHOD, "More than one executor": where the kernel did an instruction's work the CPU trapped. Asks about
 * the chunk's outcomes, which begin with number `first`; emulated.c. */
int rp_native_mark_emulated(struct rp_native_instance *instance, const struct rp_job *jobs,
                            struct rp_outcomes *outcomes, size_t first, struct rp_error *error);

#endif
