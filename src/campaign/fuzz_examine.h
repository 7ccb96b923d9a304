/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A closer look at suspicions: which are findings. In worker processes a suspicion becomes a witness; a known
 * cause is looked for (the verdict of its form, an executor's limits, what executors do not both hold, the
 * leads of hunts); without one the witness is made small. In fresh processes, three of three, it has to
 * reproduce. Private to src/campaign. */
#ifndef RP_CAMPAIGN_FUZZ_EXAMINE_H
#define RP_CAMPAIGN_FUZZ_EXAMINE_H

#include "campaign/fuzz.h"
#include "campaign/hunt_leads.h"
#include "campaign/hunt_state.h"
#include "fuzz/suspect.h"
#include "report/fuzz_finding.h"

#define RP_FUZZ_CONFIRMATIONS 3

/* What a look needs; set up once. */
struct rp_fuzz_examiner {
    const struct rp_campaign_options *options; /* one or two executors */
    const struct rp_fuzz_facts *facts;
    const struct rp_leads *leads;
    const struct rp_cpu *cpu;        /* of this machine; NULL: nobody runs on it */
    const struct rp_hunt_ids *known; /* findings that need no second look */
    const struct rp_fuzz_suspicion *suspicion;
    size_t count;
    /* A confirmed finding whose id is not known; in the order of suspicions. */
    int (*take)(void *context, const struct rp_fuzz_finding *finding, struct rp_error *error);
    /* One more that has a known finding's cause. NULL: nobody asks. */
    int (*shared)(void *context, const struct rp_fuzz_finding *finding, struct rp_error *error);
    /* What each came to, in the order of suspicions, behind `take`. */
    int (*looked)(void *context, enum rp_fuzz_look look, struct rp_error *error);
    /* Called about ten times a second. NULL: nobody waits. */
    void (*progress)(void *context);
    void *context;
};

/* Looks at all of them. RP_EINTERRUPTED: stopped; what `looked` did not get is to be done again. */
int rp_fuzz_examine(struct rp_fuzz_examiner *examiner, struct rp_error *error);

/* fuzz_witness.c: the witness of a suspicion, as it was met. `members`: the executors' names. RP_EINPUT: its
 * state can't be built. */
int rp_fuzz_witness(const struct rp_fuzz_examiner *examiner, const struct rp_fuzz_suspicion *suspicion,
                    struct rp_judge *const judge[2], struct rp_witness *witness, struct rp_error *error);

/* fuzz_confirm.c: makes the witness's runs in fresh processes. *confirmed: how many of RP_FUZZ_CONFIRMATIONS
 * reproduced before one did not. */
int rp_fuzz_confirm(const struct rp_campaign_options *options, const struct rp_witness *witness,
                    unsigned *confirmed, struct rp_error *error);

#endif
