/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What everybody who runs inputs of fuzz campaigns needs, set up once. Private to src/campaign. */
#ifndef RP_CAMPAIGN_FUZZ_LAB_H
#define RP_CAMPAIGN_FUZZ_LAB_H

#include "campaign/hunt_leads.h"
#include "campaign/scan.h"
#include "fuzz/rig.h"

struct rp_fuzz_lab {
    struct rp_leads *leads;
    struct rp_cpu *cpu; /* of this machine; NULL: nobody runs on it */
};

/* Also loads what tells behaviours apart. rp_fuzz_lab_close in any case. */
int rp_fuzz_lab_open(const struct rp_campaign_options *options, struct rp_fuzz_lab *lab,
                     struct rp_error *error);
void rp_fuzz_lab_close(struct rp_fuzz_lab *lab);

/* In a worker: a rig of the options' executors. */
int rp_fuzz_lab_rig(const struct rp_campaign_options *options, const struct rp_fuzz_facts *facts,
                    volatile uint64_t *run_counter, struct rp_fuzz_rig **rig, struct rp_error *error);

#endif
