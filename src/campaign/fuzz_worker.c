/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workers of a fuzz campaign; see fuzz_campaign.h. */
#include "campaign/fuzz_campaign.h"

#include <stdlib.h>

struct worker {
    struct rp_fuzz_loop loop;
    uint64_t first; /* slice: items are numbered from it */
};

int rp_fuzz_worker_open(void *campaign, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    const struct rp_fuzz_campaign *c = campaign;
    const struct rp_campaign_options *o = &c->options->campaign;
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a worker");
    w->first = c->first;
    w->loop = (struct rp_fuzz_loop){.facts = c->facts,
                                    .board = c->board,
                                    .seed = (const struct rp_fuzz_input *)(const void *)c->seeds.data,
                                    .seeds = c->seeds.length / sizeof(struct rp_fuzz_input),
                                    .strategy = c->options->strategy,
                                    .random_seed = o->random_seed};
    int result = rp_fuzz_lab_rig(o, c->facts, run_counter, &w->loop.rig, error);
    if (result)
        free(w);
    else
        *worker = w;
    return result;
}

void rp_fuzz_worker_close(void *worker)
{
    struct worker *w = worker;
    rp_fuzz_rig_close(w->loop.rig);
    free(w);
}

int rp_fuzz_worker_run(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                       struct rp_error *error)
{
    static struct rp_text inputs, suspicions, records;
    struct worker *w = worker;
    struct rp_fuzz_slice slice;
    inputs.length = suspicions.length = records.length = 0;
    int code =
        rp_fuzz_loop_run(&w->loop, w->first + item, deaths, &slice, &inputs, &suspicions, &records, error);
    if (code)
        return code;
    rp_text_add_bytes(result, (const char *)&slice, sizeof slice);
    rp_text_add_bytes(result, rp_text_string(&inputs), inputs.length);
    rp_text_add_bytes(result, rp_text_string(&suspicions), suspicions.length);
    rp_text_add_bytes(result, rp_text_string(&records), records.length);
    return RP_OK;
}
