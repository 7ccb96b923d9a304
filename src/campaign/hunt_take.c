/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the workers of a hunt answer, and what of it is written when; see hunt_open.h. */
#include "campaign/hunt_open.h"

#include "base/clock.h"
#include "campaign/work.h"

#include <assert.h>
#include <string.h>

static int hand_on(const struct rp_hunt *h, struct rp_text *line, bool is_finding, struct rp_error *error)
{
    int result = line->failed
                     ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for a line")
                     : h->options.take(h->options.take_context, line->data, line->length, is_finding, error);
    rp_text_free(line);
    return result;
}

int rp_hunt_record_position(struct rp_hunt *h, struct rp_error *error)
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

static bool is_spent(const struct rp_hunt *h)
{
    const struct rp_hunt_options *o = &h->options;
    return (o->runs && h->sitting_runs >= o->runs) ||
           (o->seconds && rp_clock_since(&h->start) >= (double)o->seconds);
}

static int take_turn(struct rp_hunt *h, unsigned head, const struct rp_tunnel *tunnel, struct rp_error *error)
{
    struct rp_text line = {0};
    h->state.tunnel[h->state.mode][head] = *tunnel;
    if (tunnel->done)
        return RP_OK;
    h->state.turns[h->state.mode][head]++;
    rp_hunt_head_line(&h->state, head, &line);
    return hand_on(h, &line, false, error);
}

static int take_turns(struct rp_hunt *h, size_t item, const char *bytes, uint32_t count,
                      struct rp_error *error)
{
    const uint32_t *head = h->task.entry + item * h->task.block;
    struct rp_tunnel tunnel;
    int result = RP_OK;
    for (uint32_t i = 0; i < count && result == RP_OK; i++) {
        memcpy(&tunnel, bytes + i * sizeof tunnel, sizeof tunnel);
        result = take_turn(h, head[i], &tunnel, error);
    }
    return result;
}

static int take_findings(struct rp_hunt *h, const char *bytes, uint32_t count, struct rp_error *error)
{
    struct rp_finding finding;
    int result = RP_OK;
    for (uint32_t i = 0; i < count && result == RP_OK; i++) {
        memcpy(&finding, bytes + i * sizeof finding, sizeof finding);
        result = take_finding(h, &finding, error);
    }
    return result;
}

static void count(struct rp_hunt *h, const struct rp_hunt_slice *slice)
{
    struct rp_hunt_state *state = &h->state;
    state->next += slice->entries;
    state->tried[state->mode] += slice->encodings;
    state->totals.encodings += slice->encodings;
    state->totals.runs += slice->runs;
    state->totals.given_up += slice->given_up;
    h->sitting_runs += slice->runs;
    h->sitting.unsettled += slice->unsettled;
    h->unrecorded += slice->runs;
}

bool rp_hunt_is_limited(const struct rp_hunt *h, enum rp_mode mode)
{
    return h->options.limit && h->state.tried[mode] >= h->options.limit;
}

static int take_item(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct rp_hunt *h = context;
    bool walks = h->state.search == RP_HUNT_TUNNEL;
    struct rp_hunt_slice slice;
    if (length < sizeof slice)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    memcpy(&slice, bytes, sizeof slice);
    bytes += sizeof slice;
    size_t turns = walks ? slice.entries * sizeof(struct rp_tunnel) : 0;
    assert(length == sizeof slice + turns + slice.findings * sizeof(struct rp_finding));
    int result = take_findings(h, bytes + turns, slice.findings, error);
    if (result == RP_OK && walks)
        result = take_turns(h, item, bytes, slice.entries, error);
    count(h, &slice);
    if (result == RP_OK && h->unrecorded >= h->options.position_runs)
        result = rp_hunt_record_position(h, error);
    if (result)
        return result;
    return rp_hunt_is_limited(h, h->state.mode) || is_spent(h)
               ? rp_error_set(error, RP_EINTERRUPTED, "the budget is spent")
               : RP_OK;
}

static void report_progress(void *context, const struct rp_pool_status *status)
{
    const struct rp_hunt *h = context;
    const struct rp_hunt_options *o = &h->options;
    if (o->progress)
        o->progress(o->progress_context, h->state.mode, h->state.search, status, h->state.totals.encodings,
                    h->state.ids.count);
    if (o->idle)
        o->idle(o->take_context);
}

int rp_hunt_run_entries(struct rp_hunt *h, struct rp_error *error)
{
    const struct rp_campaign_options *campaign = &h->options.campaign;
    if (h->state.next > h->entries)
        return rp_error_set(error, RP_EINPUT, "the position is behind the end of its search");
    h->task.mode = h->state.mode;
    h->task.search = h->state.search;
    h->task.entry = h->entry + h->state.next;
    h->task.entries = h->entries - h->state.next;
    h->task.tunnel = h->state.tunnel[h->state.mode];
    struct rp_pool_work work = {.items = (h->task.entries + h->task.block - 1) / h->task.block,
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
    if (work.items == 0 || rp_hunt_is_limited(h, h->state.mode))
        return RP_OK;
    int result = rp_pool_run(&work, &pool, &h->status, error);
    if (h->status.peak_pss > h->sitting.peak_pss)
        h->sitting.peak_pss = h->status.peak_pss;
    h->sitting.deaths += h->status.deaths;
    h->sitting.hangs += h->status.hangs;
    return result == RP_EINTERRUPTED && rp_hunt_is_limited(h, h->state.mode) && !is_spent(h) ? RP_OK : result;
}
