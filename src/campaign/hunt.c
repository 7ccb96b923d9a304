/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hunts; see hunt.h. The parent's side: which items there are, in which order, and what is written when. */
#include "campaign/hunt.h"

#include "base/corpus.h"
#include "base/json.h"
#include "campaign/hunt_state.h"
#include "campaign/hunt_worker.h"
#include "campaign/work.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POSITION_RUNS UINT64_C(65536) /* between two positions: seconds of an emulator */
#define SLICE_RUNS    UINT64_C(2048)  /* of a head's first turn; doubled five times */
#define SLICE_DOUBLE  5u

struct rp_hunt {
    struct rp_hunt_task task; /* first: what workers are opened with */
    struct rp_hunt_options options;
    struct rp_hunt_state state;
    struct rp_leads *leads;
    struct rp_cpu *cpu;
    uint32_t *item; /* of the search or round in work */
    size_t items;
    uint64_t unrecorded;   /* runs since the last position */
    uint64_t sitting_runs; /* of this sitting */
    struct timespec start;
    bool placed;  /* it stands where an earlier sitting has recorded it */
    bool limited; /* the search in work has reached its limit */
    struct rp_pool_status status;
};

static uint8_t usable_modes(const struct rp_hunt_options *options, struct rp_error *error, int *result)
{
    static struct rp_executor_report report;
    uint8_t modes = 0;
    *result = rp_executor_ask(options->campaign.executor[0].entry, &report, error);
    if (*result == RP_OK && !report.runs_here)
        *result = rp_error_set(error, RP_EENVIRONMENT, "%s", report.why_not);
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        if (options->modes >> m & 1 && report.capabilities.ring[m][3])
            modes |= (uint8_t)(1u << m);
    if (*result == RP_OK && !modes)
        *result = rp_error_set(error, RP_EINPUT, "executor '%s' runs ring 3 in none of these modes",
                               options->campaign.executor[0].name);
    return modes;
}

/* The first mode and search behind (mode, search), or at it; false if there is none. */
static bool find_next(const struct rp_hunt_options *options, unsigned *mode, unsigned *search)
{
    for (; *mode < RP_MODE_COUNT; ++*mode, *search = 0)
        for (; *search < RP_HUNT_SEARCH_COUNT; ++*search)
            if (options->modes >> *mode & 1 && options->searches >> *search & 1)
                return true;
    return false;
}

int rp_hunt_open(const struct rp_hunt_options *options, struct rp_hunt **hunt, struct rp_error *error)
{
    unsigned mode = 0, search = 0;
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
    if (result == RP_OK && !find_next(&h->options, &mode, &search))
        result = rp_error_set(error, RP_EINPUT, "nothing to search");
    if (result == RP_OK)
        result = rp_hunt_state_init(&h->state, (enum rp_mode)mode, (enum rp_hunt_search)search, error);
    h->task = (struct rp_hunt_task){
        .options = &h->options.campaign, .leads = h->leads, .cpu = h->cpu, .tunnel = h->state.tunnel};
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
    free(hunt->item);
    free(hunt);
}

struct rp_hunt_totals rp_hunt_totals(const struct rp_hunt *hunt)
{
    return hunt->state.totals;
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
    rp_json_string(&json, "decoder", rp_decoder_version());
    rp_json_string(&json, "corpus", rp_corpus_version(corpus));
    rp_json_end(&json, text);
    rp_text_free(&cpu);
}

int rp_hunt_replay(struct rp_hunt *hunt, const char *line, size_t length, bool *is_position,
                   struct rp_error *error)
{
    int result = rp_hunt_state_replay(&hunt->state, line, length, is_position, error);
    bool ours =
        hunt->options.modes >> hunt->state.mode & 1 &&
        (hunt->state.search == RP_HUNT_SEARCH_COUNT || hunt->options.searches >> hunt->state.search & 1);
    hunt->placed |= *is_position;
    if (result == RP_OK && !ours)
        return rp_error_set(error, RP_EINPUT, "it stands where this hunt never comes");
    return result;
}

static int hand_on(const struct rp_hunt *h, struct rp_text *line, bool is_finding, struct rp_error *error)
{
    int result = line->failed
                     ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for a line")
                     : h->options.take(h->options.take_context, line->data, line->length, is_finding, error);
    rp_text_free(line);
    return result;
}

static int record_position(struct rp_hunt *h, struct rp_error *error)
{
    struct rp_text line = {0};
    rp_hunt_position_line(&h->state, &line);
    h->unrecorded = 0;
    return hand_on(h, &line, false, error);
}

static int take_finding(struct rp_hunt *h, const struct rp_finding *finding, struct rp_error *error)
{
    char id[RP_FINDING_ID_SIZE];
    struct rp_text line = {0};
    int added = rp_hunt_ids_add(&h->state.ids, rp_finding_id(finding, id));
    if (added <= 0)
        return added ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for findings") : RP_OK;
    rp_finding_line(finding, &line);
    return hand_on(h, &line, true, error);
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static bool is_spent(const struct rp_hunt *h)
{
    const struct rp_hunt_options *o = &h->options;
    return (o->runs && h->sitting_runs >= o->runs) ||
           (o->seconds && seconds_since(&h->start) >= (double)o->seconds);
}

static int take_turn(struct rp_hunt *h, unsigned head, const struct rp_tunnel *tunnel, struct rp_error *error)
{
    struct rp_text line = {0};
    h->state.tunnel[head] = *tunnel;
    if (tunnel->done)
        return RP_OK;
    h->state.turns[head]++;
    rp_hunt_shard_line(&h->state, head, &line);
    return hand_on(h, &line, false, error);
}

static void count(struct rp_hunt *h, const struct rp_hunt_slice *slice)
{
    struct rp_hunt_state *state = &h->state;
    state->next++;
    state->encodings += slice->encodings;
    state->totals.encodings += slice->encodings;
    state->totals.runs += slice->runs;
    state->totals.given_up += slice->given_up;
    h->sitting_runs += slice->runs;
    h->unrecorded += slice->runs;
}

static int take_item(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct rp_hunt *h = context;
    struct rp_hunt_slice slice;
    struct rp_finding finding;
    int result = RP_OK;
    if (length < sizeof slice)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    memcpy(&slice, bytes, sizeof slice);
    assert(length == sizeof slice + slice.findings * sizeof finding);
    for (uint32_t i = 0; i < slice.findings && result == RP_OK; i++) {
        memcpy(&finding, bytes + sizeof slice + i * sizeof finding, sizeof finding);
        result = take_finding(h, &finding, error);
    }
    if (result == RP_OK && h->state.search == RP_HUNT_TUNNEL)
        result = take_turn(h, h->task.item[item], &slice.tunnel, error);
    count(h, &slice);
    if (result == RP_OK && h->unrecorded >= h->options.position_runs)
        result = record_position(h, error);
    if (result)
        return result;
    h->limited = h->options.limit && h->state.encodings >= h->options.limit;
    return h->limited || is_spent(h) ? rp_error_set(error, RP_EINTERRUPTED, "the budget is spent") : RP_OK;
}

static void report_progress(void *context, const struct rp_pool_status *status)
{
    const struct rp_hunt *h = context;
    const struct rp_hunt_options *o = &h->options;
    if (o->progress)
        o->progress(o->progress_context, h->state.mode, h->state.search, status, h->state.totals.encodings,
                    h->state.ids.count);
}

/* Does the items from state.next on. RP_OK: they are through, or the limit is reached. */
static int run_items(struct rp_hunt *h, struct rp_error *error)
{
    const struct rp_campaign_options *campaign = &h->options.campaign;
    if (h->state.next > h->items)
        return rp_error_set(error, RP_EINPUT, "the position is behind the end of its search");
    h->task.mode = h->state.mode;
    h->task.search = h->state.search;
    h->task.item = h->item + h->state.next;
    struct rp_pool_work work = {.items = h->items - h->state.next,
                                .context = h,
                                .open = rp_hunt_worker_open,
                                .item = rp_hunt_worker_item,
                                .close = rp_hunt_worker_close,
                                .done = take_item,
                                .name = rp_hunt_item_name};
    struct rp_pool_options pool = {.workers = campaign->workers,
                                   .stop = campaign->stop,
                                   .recycle_runs = RP_WORKER_RECYCLE_RUNS,
                                   .progress = report_progress,
                                   .progress_context = h,
                                   .log_descriptor = campaign->log_descriptor};
    h->limited = h->options.limit && h->state.encodings >= h->options.limit;
    if (work.items == 0 || h->limited)
        return RP_OK;
    int result = rp_pool_run(&work, &pool, &h->status, error);
    return h->limited ? RP_OK : result;
}

static int make_items(struct rp_hunt *h, size_t most, struct rp_error *error)
{
    uint32_t *item = realloc(h->item, (most ? most : 1) * sizeof *item);
    if (!item)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a search");
    h->item = item;
    h->items = 0;
    return RP_OK;
}

static int search_cells(struct rp_hunt *h, struct rp_error *error)
{
    struct rp_form_space *space;
    int result = rp_form_space_open(h->state.mode, &space, error);
    if (result)
        return result;
    size_t all = rp_form_space_encodings(space), cells = rp_form_space_undocumented(space);
    result = make_items(h, cells, error);
    for (size_t i = all - cells; i < all && result == RP_OK; i++)
        h->item[h->items++] = (uint32_t)i;
    h->task.space = space;
    if (result == RP_OK)
        result = run_items(h, error);
    h->task.space = NULL;
    rp_form_space_close(space);
    return result;
}

/* One turn of each head that is still in. */
static int search_round(struct rp_hunt *h, struct rp_error *error)
{
    unsigned last = h->options.last_head ? h->options.last_head : RP_TUNNEL_HEADS - 1, round = h->state.round;
    int result = make_items(h, RP_TUNNEL_HEADS, error);
    for (unsigned head = h->options.first_head; head <= last && result == RP_OK; head++)
        if (h->state.turns[head] >= round)
            h->item[h->items++] = head;
    h->task.slice = SLICE_RUNS << (round < SLICE_DOUBLE ? round : SLICE_DOUBLE);
    return result ? result : run_items(h, error);
}

static int search_tunnel(struct rp_hunt *h, struct rp_error *error)
{
    int result = RP_OK;
    do {
        result = search_round(h, error);
        if (result == RP_OK && !h->limited && h->items) {
            h->state.round++;
            h->state.next = 0;
            result = record_position(h, error);
        }
    } while (result == RP_OK && !h->limited && h->items);
    return result;
}

int rp_hunt_run(struct rp_hunt *hunt, struct rp_error *error)
{
    int result = RP_OK;
    clock_gettime(CLOCK_MONOTONIC, &hunt->start);
    if (!hunt->placed)
        result = record_position(hunt, error);
    while (result == RP_OK && hunt->state.search != RP_HUNT_SEARCH_COUNT) {
        result = hunt->state.search == RP_HUNT_CELLS ? search_cells(hunt, error) : search_tunnel(hunt, error);
        if (result)
            break;
        unsigned mode = hunt->state.mode, search = hunt->state.search + 1u;
        bool more = find_next(&hunt->options, &mode, &search);
        rp_hunt_state_enter(&hunt->state, more ? (enum rp_mode)mode : hunt->state.mode,
                            more ? (enum rp_hunt_search)search : RP_HUNT_SEARCH_COUNT);
        result = record_position(hunt, error);
    }
    return result;
}
