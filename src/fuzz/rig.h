/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rig: runs inputs on one or two executors. Each input is run in both rings on the first, the lead, and
 * in ring 3 on the second, as far as they have these rings in its mode. Pre-states are kept, since many
 * inputs differ in their encodings alone. */
#ifndef RP_FUZZ_RIG_H
#define RP_FUZZ_RIG_H

#include "executor/runner.h"
#include "fuzz/input.h"
#include "judge/compare.h"

#define RP_FUZZ_BATCH_MAX 128

enum rp_fuzz_side {
    RP_FUZZ_LEAD0, /* ring 0 on the lead */
    RP_FUZZ_LEAD3,
    RP_FUZZ_SECOND3, /* ring 3 on the second */
    RP_FUZZ_SIDES,
};

struct rp_fuzz_rig_options {
    const struct rp_fuzz_facts *facts;
    struct {
        const struct rp_executor *executor;
        const char *name;
    } member[2];
    unsigned members;      /* 1 or 2 */
    enum rp_policy policy; /* of those that can set controls; the others answer as-found */
    volatile uint64_t *run_counter;
};

/* What the runs of one input came to; valid until the next batch. A side that was not run has no outcome. */
struct rp_fuzz_shot {
    const struct rp_fuzz_input *input;
    bool decoded;
    struct rp_instruction instruction; /* if decoded */
    struct rp_view view[RP_FUZZ_SIDES];
};

struct rp_fuzz_rig;

/* RP_EENVIRONMENT: an executor does not open; RP_EINPUT: a fact file. */
int rp_fuzz_rig_open(const struct rp_fuzz_rig_options *options, struct rp_fuzz_rig **rig,
                     struct rp_error *error);
void rp_fuzz_rig_close(struct rp_fuzz_rig *rig); /* NULL is fine */

/* Runs `count` inputs, RP_FUZZ_BATCH_MAX at most; `deaths` as in pool.h, NULL: none. The same inputs and
 * deaths make the same runs in the same order. RP_EUNSUPPORTED: too many deaths; then shot->input is set,
 * *blamed says which of them died, and nothing was run. */
int rp_fuzz_rig_run(struct rp_fuzz_rig *rig, const struct rp_fuzz_input *inputs, size_t count,
                    const struct rp_deaths *deaths, struct rp_fuzz_shot *shots, struct rp_error *error);

/* The input and the side of run `run` of the last batch, counted as deaths are; false: it has none. */
bool rp_fuzz_rig_blame(const struct rp_fuzz_rig *rig, uint64_t run, size_t *input, enum rp_fuzz_side *side);

/* Of the lead (0) and the second (1); the second's are NULL where there is none. */
const struct rp_capabilities *rp_fuzz_rig_can(const struct rp_fuzz_rig *rig, unsigned member);

/* Runs made, all members together. */
uint64_t rp_fuzz_rig_runs(const struct rp_fuzz_rig *rig);

#endif
