/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a fuzz campaign is opened and closed; see fuzz_campaign.h. */
#include "campaign/fuzz_campaign.h"

#include "base/corpus.h"
#include "base/json.h"
#include "fuzz/seed_corpus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rp_fuzz_campaign_share(void *campaign, uint64_t sharer, struct rp_error *error)
{
    struct rp_fuzz_campaign *c = campaign;
    char id[RP_FINDING_ID_SIZE];
    snprintf(id, sizeof id, "rp-%016" PRIx64, sharer);
    int added = rp_hunt_ids_add(&c->sharers, id);
    if (added < 0)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for findings");
    return added && c->options->share ? c->options->share(c->options->take_context, sharer, error) : RP_OK;
}

static void write_head(const struct rp_fuzz_campaign *c, struct rp_text *text)
{
    const struct rp_campaign_options *o = &c->options->campaign;
    char corpus[RP_CORPUS_VERSION_SIZE];
    struct rp_text names = {0}, versions = {0}, modes = {0}, cpu = {0};
    struct rp_json json;
    for (unsigned i = 0; i < o->executors; i++) {
        rp_text_add(&names, "%s%s", i ? "," : "", o->executor[i].name);
        rp_text_add(&versions, "%s%s", i ? "; " : "", o->executor[i].entry->executor->version());
    }
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        if (c->options->modes >> m & 1)
            rp_text_add(&modes, "%s%s", modes.length ? "," : "", rp_mode_info((enum rp_mode)m)->name);
    if (c->lab.cpu)
        rp_cpu_print(c->lab.cpu, &cpu);
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.fuzz-start/1");
    rp_json_string(&json, "executors", rp_text_string(&names));
    rp_json_string(&json, "versions", rp_text_string(&versions));
    rp_json_string(&json, "cpu", rp_text_string(&cpu));
    rp_json_string(&json, "policy", rp_policy_name(o->policy));
    rp_json_string(&json, "modes", rp_text_string(&modes));
    rp_json_hex(&json, "seed", o->random_seed);
    rp_json_number(&json, "strategy", c->options->strategy);
    if (c->options->feed)
        rp_json_string(&json, "engine", c->options->feed->name);
    rp_json_string(&json, "decoder", rp_decoder_version());
    rp_json_string(&json, "corpus", rp_corpus_version(corpus));
    rp_json_end(&json, text);
    rp_text_free(&names);
    rp_text_free(&versions);
    rp_text_free(&modes);
    rp_text_free(&cpu);
}

static int take_old(void *context, const char *line, size_t length, struct rp_error *error)
{
    struct rp_fuzz_campaign *c = context;
    struct rp_text text = {0};
    rp_text_add_bytes(&text, line, length);
    rp_text_add_bytes(&text, "\n", 1);
    c->status->findings++;
    int result = c->options->take ? c->options->take(c->options->take_context, rp_text_string(&text),
                                                     text.length, true, error)
                                  : RP_OK;
    rp_text_free(&text);
    return result;
}

static int add_seed(void *context, const struct rp_fuzz_input *input, const char *ring0, const char *ring3,
                    struct rp_error *error)
{
    struct rp_fuzz_campaign *c = context;
    (void)ring0, (void)ring3;
    rp_text_add_bytes(&c->seeds, (const char *)input, sizeof *input);
    return c->seeds.failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for the seed corpus")
                           : RP_OK;
}

int rp_fuzz_campaign_open(struct rp_fuzz_campaign *c, struct rp_error *error)
{
    struct rp_text head = {0};
    int result = rp_fuzz_lab_open(&c->options->campaign, &c->lab, error);
    if (result == RP_OK)
        result = rp_fuzz_facts_open(c->options->modes, &c->facts, error);
    if (result == RP_OK)
        result = rp_fuzz_board_open(&c->board, error);
    if (result == RP_OK && c->options->strategy == RP_FUZZ_NOVELTY && !c->options->feed)
        result = rp_fuzz_seed_corpus_read(c->facts, add_seed, c, error);
    if (result == RP_OK && c->options->directory) {
        write_head(c, &head);
        result = rp_fuzz_directory_open(c->options->directory, &head, c->facts, c->board, &c->position,
                                        &c->suspicions, &c->ids, take_old, rp_fuzz_campaign_share, c,
                                        &c->directory, error);
    }
    rp_text_free(&head);
    if (result == RP_OK) {
        c->board->schedule = c->position.counts.schedule;
        memcpy(c->board->runs_of, c->position.counts.runs_of, sizeof c->board->runs_of);
    }
    c->status->executions = c->position.executions;
    c->status->runs = c->position.runs;
    c->status->pending = c->suspicions.length / sizeof(struct rp_fuzz_suspicion);
    return result;
}

void rp_fuzz_campaign_close(struct rp_fuzz_campaign *c)
{
    rp_fuzz_directory_close(c->directory);
    rp_fuzz_board_close(c->board);
    rp_fuzz_facts_close(c->facts);
    rp_fuzz_lab_close(&c->lab);
    free(c->ids.slot);
    free(c->sharers.slot);
    rp_text_free(&c->seeds);
    rp_text_free(&c->corpus);
    rp_text_free(&c->behaviours);
    rp_text_free(&c->suspicions);
}
