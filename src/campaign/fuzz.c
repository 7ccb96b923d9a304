/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz campaigns; see fuzz.h. The parent's side: takes slices in, looks closer now and then, commits. */
#include "campaign/fuzz.h"

#include "base/clock.h"
#include "campaign/fuzz_campaign.h"
#include "campaign/fuzz_examine.h"
#include "campaign/fuzz_sealed.h"
#include "campaign/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COMMIT  UINT64_C(4096)                              /* executions: some tenths of a second */
#define GIVEN   ((size_t)RP_FUZZ_PLANS / 4 * RP_FUZZ_SLICE) /* inputs that are taken from others at a time */
#define RECYCLE UINT64_C(4000000) /* runs, after which a worker is replaced: Unicorn grows by each block */

static void tell(void *context)
{
    struct rp_fuzz_campaign *c = context;
    struct rp_fuzz_status *s = c->status;
    s->coarse = c->board->coarse.count;
    s->behaviours = c->board->whole.count;
    s->inputs = c->board->stock < RP_FUZZ_STOCK_MAX ? c->board->stock : RP_FUZZ_STOCK_MAX;
    s->cells = c->board->cells;
    s->seconds = rp_clock_since(&c->start);
    s->full |= rp_fuzz_board_is_full(c->board);
    if (c->options->progress)
        c->options->progress(c->options->progress_context, s);
}

/* Goes to disk with the commit that takes its suspicion from those that are open. */
static int take_shared(void *context, const struct rp_fuzz_finding *finding, struct rp_error *error)
{
    struct rp_fuzz_campaign *c = context;
    size_t known = c->sharers.count;
    int result = rp_fuzz_campaign_share(c, rp_fuzz_sharer(finding), error);
    if (result == RP_OK && c->directory && c->sharers.count > known)
        rp_fuzz_record(&c->behaviours, 'm', rp_fuzz_sharer(finding));
    return result;
}

static int take_finding(void *context, const struct rp_fuzz_finding *finding, struct rp_error *error)
{
    struct rp_fuzz_campaign *c = context;
    char id[RP_FINDING_ID_SIZE];
    struct rp_text line = {0};
    int result = RP_OK;
    if (rp_hunt_ids_add(&c->ids, rp_fuzz_finding_id(finding, id)) < 0)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for findings");
    rp_fuzz_finding_line(finding, &line);
    if (line.failed)
        result = rp_error_set(error, RP_EENVIRONMENT, "out of memory for a finding");
    if (result == RP_OK && c->directory)
        result = rp_fuzz_directory_find(c->directory, line.data, line.length, error);
    c->status->findings++;
    c->status->last_finding = rp_clock_since(&c->start);
    if (result == RP_OK && c->options->take)
        result = c->options->take(c->options->take_context, line.data, line.length, false, error);
    rp_text_free(&line);
    if (result == RP_OK && finding->cause[0])
        result = take_shared(c, finding, error);
    tell(c);
    return result;
}

static bool is_spent(const struct rp_fuzz_campaign *c)
{
    const struct rp_fuzz_options *o = c->options;
    return (o->runs && c->status->sitting_runs >= o->runs) ||
           (o->executions && c->status->sitting_executions >= o->executions) ||
           (o->seconds && rp_clock_since(&c->start) >= (double)o->seconds);
}

static const struct rp_fuzz_suspicion *open_suspicions(const struct rp_fuzz_campaign *c)
{
    return (const struct rp_fuzz_suspicion *)(const void *)c->suspicions.data + c->looked;
}

static bool is_overdue(const struct rp_fuzz_campaign *c)
{
    return rp_clock_since(&c->start) - c->committed >= 1;
}

static void tell_when_full(struct rp_fuzz_campaign *c)
{
    if (c->full || !c->status->full)
        return;
    c->full = true;
    if (c->options->campaign.log_descriptor > 0)
        dprintf(
            c->options->campaign.log_descriptor,
            "22 million behaviours, suspicions or inputs are known, and no more can be: some of what is new "
            "does not count from now on; begin another campaign\n");
}

/* What was met and what is still to be looked at goes to disk. */
static int commit(struct rp_fuzz_campaign *c, struct rp_error *error)
{
    struct rp_text pending = {0};
    int result = RP_OK;
    if (c->directory) {
        rp_fuzz_suspicions_write(c->facts, open_suspicions(c), c->status->pending, &pending);
        result = pending.failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for suspicions")
                                : rp_fuzz_directory_commit(c->directory, &c->corpus, &c->behaviours, &pending,
                                                           &c->position, error);
    }
    tell_when_full(c);
    c->corpus.length = c->behaviours.length = 0;
    c->uncommitted = 0;
    c->committed = rp_clock_since(&c->start);
    rp_text_free(&pending);
    return result;
}

/* An examination may take minutes; it is committed as it goes, so that a kill costs a second of it. */
static int take_look(void *context, enum rp_fuzz_look look, struct rp_error *error)
{
    struct rp_fuzz_campaign *c = context;
    c->looked++;
    c->status->pending--;
    c->status->looks[look]++;
    return is_overdue(c) ? commit(c, error) : RP_OK;
}

/* Commits first, so that nothing is lost however long the look at what is suspicious takes. */
static int settle(struct rp_fuzz_campaign *c, struct rp_error *error)
{
    struct rp_fuzz_examiner examiner = {.options = &c->to,
                                        .facts = c->facts,
                                        .leads = c->lab.leads,
                                        .cpu = c->lab.cpu,
                                        .known = &c->ids,
                                        .suspicion = open_suspicions(c),
                                        .count = c->status->pending,
                                        .take = take_finding,
                                        .shared = take_shared,
                                        .looked = take_look,
                                        .progress = tell,
                                        .context = c};
    int result = commit(c, error);
    if (result || c->options->suspicions_only || !examiner.count)
        return result;
    c->status->examining = true;
    result = rp_fuzz_examine(&examiner, error);
    c->status->examining = false;
    if (result)
        return result;
    c->looked = c->suspicions.length = 0;
    return commit(c, error);
}

static void take_inputs(struct rp_fuzz_campaign *c, const char *bytes, uint32_t count)
{
    uint8_t serial[RP_FUZZ_INPUT_BYTES_MAX];
    struct rp_fuzz_input input;
    for (uint32_t i = 0; i < count && c->directory; i++) {
        memcpy(&input, bytes + i * sizeof input, sizeof input);
        rp_text_add_bytes(&c->corpus, (const char *)serial, rp_fuzz_input_write(c->facts, &input, serial));
    }
}

static int take_item(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct rp_fuzz_campaign *c = context;
    struct rp_fuzz_slice slice;
    if (length < sizeof slice)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    memcpy(&slice, bytes, sizeof slice);
    bytes += sizeof slice;
    size_t inputs = slice.inputs * sizeof(struct rp_fuzz_input),
           suspicions = slice.suspicions * sizeof(struct rp_fuzz_suspicion),
           records = slice.records * (size_t)RP_FUZZ_RECORD_BYTES;
    if (length != sizeof slice + inputs + suspicions + records)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    take_inputs(c, bytes, slice.inputs);
    if (!c->options->suspicions_only) {
        rp_text_add_bytes(&c->suspicions, bytes + inputs, suspicions);
        c->status->pending += slice.suspicions;
    }
    if (c->directory)
        rp_text_add_bytes(&c->behaviours, bytes + inputs + suspicions, records);
    if (c->corpus.failed || c->suspicions.failed || c->behaviours.failed)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for what was found");
    struct rp_fuzz_status *s = c->status;
    s->suspicions += slice.suspicions;
    s->given_up += slice.given_up;
    s->executions += slice.executions;
    s->sitting_executions += slice.executions;
    s->runs += slice.runs;
    s->sitting_runs += slice.runs;
    if (slice.news)
        s->last_news = rp_clock_since(&c->start);
    c->position.slice = c->first + item + 1;
    c->position.executions = s->executions;
    c->position.counts.schedule = slice.schedule;
    for (uint32_t i = 0; i < slice.executions; i++)
        rp_fuzz_count_cell(c->position.counts.runs_of, slice.cell[i] & ~RP_FUZZ_SLICE_LIVE,
                           slice.cell[i] & RP_FUZZ_SLICE_LIVE);
    c->position.runs = s->runs;
    c->uncommitted += slice.executions;
    uint64_t enough = c->options->commit ? c->options->commit : COMMIT;
    bool spent = !c->options->feed && is_spent(c);
    int result = spent || c->uncommitted >= enough ? settle(c, error)
                 : is_overdue(c)                   ? commit(c, error)
                                                   : RP_OK;
    return result || !spent ? result : rp_error_set(error, RP_EINTERRUPTED, "the budget is spent");
}

static void report_progress(void *context, const struct rp_pool_status *pool)
{
    struct rp_fuzz_campaign *c = context;
    c->status->deaths = c->deaths + pool->deaths;
    c->status->hangs = c->hangs + pool->hangs;
    c->status->workers = pool->workers;
    tell(c);
}

static void name_item(void *context, size_t item, char *text, size_t size)
{
    const struct rp_fuzz_campaign *c = context;
    snprintf(text, size, "slice %zu", (size_t)c->first + item);
}

static int run_slices(struct rp_fuzz_campaign *c, size_t slices, struct rp_error *error)
{
    const struct rp_campaign_options *o = &c->options->campaign;
    struct rp_pool_work work = {.items = slices,
                                .context = c,
                                .open = rp_fuzz_worker_open,
                                .item = rp_fuzz_worker_run,
                                .close = rp_fuzz_worker_close,
                                .done = take_item,
                                .name = name_item};
    struct rp_pool_options pool = rp_pool_of(o);
    pool.deadline = c->to.deadline;
    pool.recycle_runs = RECYCLE;
    pool.progress = report_progress;
    pool.progress_context = c;
    struct rp_pool_status status = {0};
    c->first = c->position.slice;
    int result = rp_pool_run(&work, &pool, &status, error);
    c->deaths += status.deaths;
    c->hangs += status.hangs;
    return result;
}

/* Given inputs become the plans of the next slices. */
static size_t plan_given(struct rp_fuzz_campaign *c, const struct rp_fuzz_fed *fed)
{
    size_t slices = 0;
    for (size_t at = 0; at < fed->count; slices++) {
        uint64_t number = c->position.slice + slices;
        struct rp_fuzz_plan *plan = &c->board->plan[number % RP_FUZZ_PLANS];
        size_t left = fed->count - at;
        rp_fuzz_plan_give(plan, number, fed->input + at,
                          (uint32_t)(left < RP_FUZZ_SLICE ? left : RP_FUZZ_SLICE));
        at += plan->count;
    }
    return slices;
}

static void count_elsewhere(struct rp_fuzz_status *s, const struct rp_fuzz_fed *fed)
{
    s->executions += fed->executions;
    s->sitting_executions += fed->executions;
    s->runs += fed->runs;
    s->sitting_runs += fed->runs;
    s->lost = fed->lost;
    s->full |= fed->full;
}

static int run_given(struct rp_fuzz_campaign *c, struct rp_error *error)
{
    const struct rp_fuzz_feed *feed = c->options->feed;
    const volatile sig_atomic_t *stop = c->options->campaign.stop;
    struct rp_fuzz_fed fed = {.max = GIVEN, .input = calloc(GIVEN, sizeof *fed.input), .known = c->board};
    int result = fed.input ? settle(c, error) : rp_error_set(error, RP_EENVIRONMENT, "out of memory");
    while (result == RP_OK && !fed.ended) {
        fed.count = 0;
        fed.executions = fed.runs = 0;
        fed.enough = is_spent(c);
        result = feed->next(feed->context, c->facts, &fed, error);
        count_elsewhere(c->status, &fed);
        if (result == RP_OK && fed.count)
            result = run_slices(c, plan_given(c, &fed), error);
        if (result == RP_OK && fed.count)
            result = settle(c, error);
        if (result == RP_OK && stop && *stop)
            result = rp_error_set(error, RP_EINTERRUPTED, "interrupted");
        tell(c);
    }
    free(fed.input);
    return result;
}

/* No later sitting looks at what is suspicious where nothing is kept. */
static int finish(struct rp_fuzz_campaign *c, struct rp_error *error)
{
    if (c->directory)
        return RP_OK;
    c->to.deadline = 0;
    return settle(c, error);
}

int rp_fuzz(const struct rp_fuzz_options *options, struct rp_fuzz_status *status, struct rp_error *error)
{
    static struct rp_fuzz_campaign c; /* some 130 KB */
    c = (struct rp_fuzz_campaign){.options = options, .status = status};
    const struct rp_campaign_options *o = &options->campaign;
    *status = (struct rp_fuzz_status){0};
    clock_gettime(CLOCK_MONOTONIC, &c.start);
    c.to = *o;
    if (options->seconds && !options->feed)
        c.to.deadline =
            ((uint64_t)c.start.tv_sec + options->seconds) * 1000000000u + (uint64_t)c.start.tv_nsec;
    int result = rp_fuzz_campaign_open(&c, error);
    if (result == RP_OK) {
        result = options->feed ? run_given(&c, error) : run_slices(&c, UINT32_MAX, error);
        tell(&c);
        if (result == RP_EINTERRUPTED) {
            struct rp_error inner;
            int code = commit(&c, &inner);
            if (code)
                result = rp_error_set(error, code, "%s", inner.line);
        }
        if (result == RP_EINTERRUPTED && !options->feed && is_spent(&c) && !(o->stop && *o->stop))
            result = finish(&c, error);
    }
    rp_fuzz_campaign_close(&c);
    return result;
}
