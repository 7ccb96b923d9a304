/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runs of inputs need; see fuzz_lab.h. */
#include "campaign/fuzz_lab.h"

#include "fuzz/behaviour.h"

#include <stdlib.h>

int rp_fuzz_lab_open(const struct rp_campaign_options *options, struct rp_fuzz_lab *lab,
                     struct rp_error *error)
{
    bool here = false;
    *lab = (struct rp_fuzz_lab){0};
    for (unsigned i = 0; i < options->executors; i++)
        here |= options->executor[i].entry->executor->provenance == RP_PROVENANCE_SILICON;
    int result = rp_fuzz_behaviour_load(error);
    if (result == RP_OK)
        result = rp_leads_open(&lab->leads, error);
    if (result || !here)
        return result;
    lab->cpu = calloc(1, sizeof *lab->cpu);
    return lab->cpu ? rp_cpu_read(lab->cpu, error) : rp_error_set(error, RP_EENVIRONMENT, "out of memory");
}

void rp_fuzz_lab_close(struct rp_fuzz_lab *lab)
{
    rp_leads_close(lab->leads);
    free(lab->cpu);
    *lab = (struct rp_fuzz_lab){0};
}

int rp_fuzz_lab_rig(const struct rp_campaign_options *options, const struct rp_fuzz_facts *facts,
                    volatile uint64_t *run_counter, struct rp_fuzz_rig **rig, struct rp_error *error)
{
    struct rp_fuzz_rig_options what = {
        .facts = facts, .members = options->executors, .policy = options->policy, .run_counter = run_counter};
    for (unsigned i = 0; i < options->executors; i++) {
        what.member[i].executor = options->executor[i].entry->executor;
        what.member[i].name = options->executor[i].name;
    }
    return rp_fuzz_rig_open(&what, rig, error);
}
