/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hunts; see hunt.h. The parent's side: which items there are, and in which order. */
#include "campaign/hunt_open.h"

#include "base/clock.h"
#include "base/corpus.h"
#include "base/json.h"
#include "campaign/work.h"

#include <stdlib.h>

#define POSITION_RUNS UINT64_C(65536) /* between two positions: seconds of an emulator */
#define TURN_RUNS     UINT64_C(512)   /* of a head's first turn; doubled five times */
#define TURN_DOUBLE   5u

static uint8_t usable_modes(const struct rp_hunt_options *options, struct rp_error *error, int *result)
{
    static struct rp_executor_report report;
    const struct rp_campaign_executor *executor = &options->campaign.executor[0];
    uint8_t modes = 0;
    *result = rp_executor_need(executor->entry, executor->name, &report, error);
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        if (options->modes >> m & 1 && report.capabilities.ring[m][3])
            modes |= (uint8_t)(1u << m);
    if (*result == RP_OK && !modes)
        *result = rp_error_set(error, RP_EINPUT, "executor '%s' runs ring 3 in none of these modes",
                               options->campaign.executor[0].name);
    return modes;
}

/* The first search from `search` on that is asked for; RP_HUNT_SEARCH_COUNT if there is none. */
static enum rp_hunt_search find_search(const struct rp_hunt_options *options, unsigned search)
{
    while (search < RP_HUNT_SEARCH_COUNT && !(options->searches >> search & 1))
        search++;
    return (enum rp_hunt_search)search;
}

int rp_hunt_open(const struct rp_hunt_options *options, struct rp_hunt **hunt, struct rp_error *error)
{
    int result;
    struct rp_hunt *h = calloc(1, sizeof *h);
    if (!h)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a hunt");
    h->options = *options;
    if (!options->position_runs)
        h->options.position_runs = POSITION_RUNS;
    h->options.modes = usable_modes(options, error, &result);
    if (result == RP_OK)
        result = rp_leads_open(&h->leads, error);
    if (result == RP_OK &&
        options->campaign.executor[0].entry->executor->provenance == RP_PROVENANCE_SILICON) {
        h->cpu = calloc(1, sizeof *h->cpu);
        result = h->cpu ? rp_cpu_read(h->cpu, error)
                        : rp_error_set(error, RP_EENVIRONMENT, "out of memory for a hunt");
    }
    if (result == RP_OK)
        result = rp_hunt_state_init(&h->state, h->options.modes, find_search(&h->options, 0), error);
    h->task = (struct rp_hunt_task){.options = &h->options.campaign, .leads = h->leads, .cpu = h->cpu};
    if (result)
        rp_hunt_close(h);
    else
        *hunt = h;
    return result;
}

void rp_hunt_close(struct rp_hunt *hunt)
{
    if (!hunt)
        return;
    rp_hunt_state_free(&hunt->state);
    rp_leads_close(hunt->leads);
    free(hunt->cpu);
    free(hunt->entry);
    free(hunt);
}

struct rp_hunt_totals rp_hunt_totals(const struct rp_hunt *hunt)
{
    return hunt->state.totals;
}

struct rp_hunt_sitting rp_hunt_sitting(const struct rp_hunt *hunt)
{
    return hunt->sitting;
}

static unsigned shards_of(const struct rp_hunt *hunt)
{
    return hunt->options.shards ? hunt->options.shards : 1;
}

void rp_hunt_head(const struct rp_hunt *hunt, struct rp_text *text)
{
    const struct rp_campaign_options *campaign = &hunt->options.campaign;
    const struct rp_executor *executor = campaign->executor[0].entry->executor;
    char corpus[RP_CORPUS_VERSION_SIZE];
    struct rp_text cpu = {0};
    struct rp_json json;
    if (hunt->cpu)
        rp_cpu_print(hunt->cpu, &cpu);
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.hunt-start/1");
    rp_json_string(&json, "executor", campaign->executor[0].name);
    rp_json_string(&json, "version", executor->version());
    rp_json_string(&json, "cpu", hunt->cpu ? rp_text_string(&cpu) : NULL);
    rp_json_string(&json, "policy", rp_policy_name(campaign->policy));
    rp_json_open_array(&json, "modes");
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        if (hunt->options.modes >> m & 1)
            rp_json_string(&json, NULL, rp_mode_info((enum rp_mode)m)->name);
    rp_json_close(&json);
    rp_json_open_array(&json, "searches");
    for (unsigned s = 0; s < RP_HUNT_SEARCH_COUNT; s++)
        if (hunt->options.searches >> s & 1)
            rp_json_string(&json, NULL, rp_hunt_search_name((enum rp_hunt_search)s));
    rp_json_close(&json);
    rp_json_hex(&json, "seed", campaign->random_seed);
    rp_json_number(&json, "limit", (int64_t)hunt->options.limit);
    rp_json_number(&json, "shard", hunt->options.shard);
    rp_json_number(&json, "shards", shards_of(hunt));
    rp_json_string(&json, "decoder", rp_decoder_version());
    rp_json_string(&json, "corpus", rp_corpus_version(corpus));
    rp_json_end(&json, text);
    rp_text_free(&cpu);
}

int rp_hunt_replay(struct rp_hunt *hunt, const char *line, size_t length, bool *is_position,
                   struct rp_error *error)
{
    int result = rp_hunt_state_replay(&hunt->state, line, length, is_position, error);
    enum rp_hunt_search search = hunt->state.search;
    bool ours = search == RP_HUNT_SEARCH_COUNT || hunt->options.searches >> search & 1;
    hunt->placed |= *is_position;
    if (result == RP_OK && !ours)
        return rp_error_set(error, RP_EINPUT, "it stands where this hunt never comes");
    return result;
}

static int make_room(struct rp_hunt *h, size_t most, struct rp_error *error)
{
    uint32_t *entry = realloc(h->entry, (most ? most : 1) * sizeof *entry);
    if (!entry)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a search");
    h->entry = entry;
    h->entries = 0;
    return RP_OK;
}

static bool is_silicon(const struct rp_hunt *h)
{
    return h->options.campaign.executor[0].entry->executor->provenance == RP_PROVENANCE_SILICON;
}

/* True if the CPU does not tell a feature that the form needs: should it run, that is news. */
static bool is_untold(const struct rp_hunt *h, const struct rp_form *form)
{
    struct rp_instruction instruction;
    if (!h->cpu || rp_decode(h->state.mode, form->encoding.bytes, form->encoding.length, &instruction, NULL))
        return false;
    const char *flag = rp_leads_feature(h->leads, &instruction);
    return flag && !rp_cpu_has(h->cpu, flag);
}

/* Those of this shard, by the cell's id, as a scan has it: what the decoder rejects, which stands last in the
 * space, and what it knows of CPUs that have more than this one. */
static void add_cells(struct rp_hunt *h, const struct rp_form_space *space)
{
    size_t all = rp_form_space_encodings(space), known = all - rp_form_space_undocumented(space);
    struct rp_form form;
    for (size_t n = 0; n < all; n++) {
        size_t i = (known + n) % all;
        rp_form_space_get(space, i, &form);
        if (rp_form_shard(form.id, shards_of(h)) == h->options.shard && (i >= known || is_untold(h, &form)))
            h->entry[h->entries++] = (uint32_t)i;
    }
}

static int search_cells(struct rp_hunt *h, struct rp_error *error)
{
    struct rp_form_space *space;
    int result = rp_form_space_open(h->state.mode, &space, error);
    if (result)
        return result;
    result = make_room(h, rp_form_space_encodings(space), error);
    if (result == RP_OK)
        add_cells(h, space);
    h->task.space = space;
    h->task.block = is_silicon(h) ? RP_HUNT_BLOCK_MAX : 1;
    if (result == RP_OK)
        result = rp_hunt_run_entries(h, error);
    h->task.space = NULL;
    rp_form_space_close(space);
    return result;
}

/* Its first bytes decide the shard that a head is in. */
static bool is_live(const struct rp_hunt *h, enum rp_mode mode, unsigned head)
{
    return h->state.turns[mode][head] >= h->state.round && head % shards_of(h) == h->options.shard;
}

static size_t add_heads(const struct rp_hunt *h, enum rp_mode mode, uint32_t *entry)
{
    unsigned last = h->options.last_head ? h->options.last_head : RP_TUNNEL_HEADS - 1;
    size_t count = 0;
    for (unsigned head = h->options.first_head; head <= last && !rp_hunt_is_limited(h, mode); head++) {
        if (!is_live(h, mode, head))
            continue;
        if (entry)
            entry[count] = head;
        count++;
    }
    return count;
}

/* One turn of each head that is still in. Turns become longer and blocks smaller: an item stays what can be
 * lost when a hunt is killed. */
static int search_round(struct rp_hunt *h, struct rp_error *error)
{
    unsigned doubled = h->state.round < TURN_DOUBLE ? h->state.round : TURN_DOUBLE;
    int result = make_room(h, RP_TUNNEL_HEADS, error);
    if (result)
        return result;
    h->entries = rp_hunt_is_limited(h, h->state.mode) ? h->state.next : add_heads(h, h->state.mode, h->entry);
    h->task.turn = TURN_RUNS << doubled;
    h->task.block = is_silicon(h) ? (unsigned)RP_HUNT_BLOCK_MAX >> doubled : 1u;
    return rp_hunt_run_entries(h, error);
}

static bool has_heads(const struct rp_hunt *h)
{
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        if (h->options.modes >> mode & 1 && add_heads(h, (enum rp_mode)mode, NULL))
            return true;
    return false;
}

/* Each mode has its turn before a search or round is over, so that a hunt on a budget sees all of them. */
static void go_on(struct rp_hunt *h)
{
    struct rp_hunt_state *state = &h->state;
    if (rp_hunt_state_next_mode(state))
        return;
    state->round++;
    if (state->search == RP_HUNT_TUNNEL && has_heads(h))
        return;
    rp_hunt_state_enter(state, find_search(&h->options, state->search + 1u));
}

int rp_hunt_run(struct rp_hunt *hunt, struct rp_error *error)
{
    int result = RP_OK;
    clock_gettime(CLOCK_MONOTONIC, &hunt->start);
    if (!hunt->placed)
        result = rp_hunt_record_position(hunt, error);
    while (result == RP_OK && hunt->state.search != RP_HUNT_SEARCH_COUNT) {
        result = hunt->state.search == RP_HUNT_CELLS ? search_cells(hunt, error) : search_round(hunt, error);
        if (result)
            break;
        go_on(hunt);
        result = rp_hunt_record_position(hunt, error);
    }
    hunt->sitting.seconds = rp_clock_since(&hunt->start);
    hunt->sitting.runs = hunt->sitting_runs;
    return result;
}
