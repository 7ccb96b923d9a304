/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz campaigns; see fuzz.h. The parent's side: takes slices in, looks closer now and then, commits. */
#include "campaign/fuzz.h"

#include "base/clock.h"
#include "base/corpus.h"
#include "base/json.h"
#include "campaign/fuzz_directory.h"
#include "campaign/fuzz_examine.h"
#include "campaign/fuzz_sealed.h"
#include "campaign/work.h"
#include "fuzz/seed_corpus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COMMIT  UINT64_C(4096)                              /* executions: some tenths of a second */
#define GIVEN   ((size_t)RP_FUZZ_PLANS / 4 * RP_FUZZ_SLICE) /* inputs that are taken from others at a time */
#define RECYCLE UINT64_C(4000000) /* runs, after which a worker is replaced: Unicorn grows by each block */

struct campaign {
    const struct rp_fuzz_options *options;
    struct rp_fuzz_status *status;
    struct rp_fuzz_facts *facts;
    struct rp_fuzz_board *board;
    struct rp_fuzz_directory *directory; /* NULL: nothing is kept */
    struct rp_fuzz_position position;
    struct rp_hunt_ids ids, sharers; /* of findings; numbers of rp_fuzz_sharer */
    struct rp_leads *leads;
    struct rp_cpu *cpu;
    struct rp_text seeds;              /* struct rp_fuzz_input: what the loop begins with */
    struct rp_text corpus, behaviours; /* since the last commit */
    struct rp_text suspicions;         /* those that nobody looked at yet, and `looked` others before them */
    size_t looked;
    uint64_t first, uncommitted;   /* slice of this sitting; executions */
    double committed;              /* seconds since the start */
    struct rp_campaign_options to; /* the options, with the deadline */
    struct timespec start;
    unsigned deaths, hangs; /* of pools before this one */
};

struct worker {
    struct rp_fuzz_loop loop;
    uint64_t first; /* slice: items are numbered from it */
};

static int open_worker(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    const struct campaign *c = context;
    const struct rp_campaign_options *o = &c->options->campaign;
    struct rp_fuzz_rig_options rig = {
        .facts = c->facts, .members = o->executors, .policy = o->policy, .run_counter = run_counter};
    for (unsigned i = 0; i < o->executors; i++) {
        rig.member[i].executor = o->executor[i].entry->executor;
        rig.member[i].name = o->executor[i].name;
    }
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
    int result = rp_fuzz_rig_open(&rig, &w->loop.rig, error);
    if (result)
        free(w);
    else
        *worker = w;
    return result;
}

static void close_worker(void *worker)
{
    struct worker *w = worker;
    rp_fuzz_rig_close(w->loop.rig);
    free(w);
}

static int run_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
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

static void tell(void *context)
{
    struct campaign *c = context;
    struct rp_fuzz_status *s = c->status;
    s->coarse = c->board->coarse.count;
    s->behaviours = c->board->whole.count;
    s->inputs = c->board->stock < RP_FUZZ_STOCK_MAX ? c->board->stock : RP_FUZZ_STOCK_MAX;
    s->cells = c->board->cells;
    s->seconds = rp_clock_since(&c->start);
    if (c->options->progress)
        c->options->progress(c->options->progress_context, s);
}

static int add_sharer(void *context, uint64_t sharer, struct rp_error *error)
{
    struct campaign *c = context;
    char id[RP_FINDING_ID_SIZE];
    snprintf(id, sizeof id, "rp-%016" PRIx64, sharer);
    int added = rp_hunt_ids_add(&c->sharers, id);
    if (added < 0)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for findings");
    return added && c->options->share ? c->options->share(c->options->take_context, sharer, error) : RP_OK;
}

/* Goes to disk with the commit that takes its suspicion from those that are open. */
static int take_shared(void *context, const struct rp_fuzz_finding *finding, struct rp_error *error)
{
    struct campaign *c = context;
    size_t known = c->sharers.count;
    int result = add_sharer(c, rp_fuzz_sharer(finding), error);
    if (result == RP_OK && c->directory && c->sharers.count > known)
        rp_fuzz_record(&c->behaviours, 'm', rp_fuzz_sharer(finding));
    return result;
}

static int take_finding(void *context, const struct rp_fuzz_finding *finding, struct rp_error *error)
{
    struct campaign *c = context;
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

static bool is_spent(const struct campaign *c)
{
    const struct rp_fuzz_options *o = c->options;
    return (o->runs && c->status->sitting_runs >= o->runs) ||
           (o->executions && c->status->sitting_executions >= o->executions) ||
           (o->seconds && rp_clock_since(&c->start) >= (double)o->seconds);
}

static const struct rp_fuzz_suspicion *open_suspicions(const struct campaign *c)
{
    return (const struct rp_fuzz_suspicion *)(const void *)c->suspicions.data + c->looked;
}

static bool is_overdue(const struct campaign *c)
{
    return rp_clock_since(&c->start) - c->committed >= 1;
}

/* What was met and what is still to be looked at goes to disk. */
static int commit(struct campaign *c, struct rp_error *error)
{
    struct rp_text pending = {0};
    int result = RP_OK;
    if (c->directory) {
        rp_fuzz_suspicions_write(c->facts, open_suspicions(c), c->status->pending, &pending);
        result = pending.failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for suspicions")
                                : rp_fuzz_directory_commit(c->directory, &c->corpus, &c->behaviours, &pending,
                                                           &c->position, error);
    }
    c->corpus.length = c->behaviours.length = 0;
    c->uncommitted = 0;
    c->committed = rp_clock_since(&c->start);
    rp_text_free(&pending);
    return result;
}

/* An examination may take minutes; it is committed as it goes, so that a kill costs a second of it. */
static int take_look(void *context, enum rp_fuzz_look look, struct rp_error *error)
{
    struct campaign *c = context;
    c->looked++;
    c->status->pending--;
    c->status->looks[look]++;
    return is_overdue(c) ? commit(c, error) : RP_OK;
}

/* Commits first, so that nothing is lost however long the look at what is suspicious takes. */
static int settle(struct campaign *c, struct rp_error *error)
{
    struct rp_fuzz_examiner examiner = {.options = &c->to,
                                        .facts = c->facts,
                                        .leads = c->leads,
                                        .cpu = c->cpu,
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

static void take_inputs(struct campaign *c, const char *bytes, uint32_t count)
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
    struct campaign *c = context;
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
    struct campaign *c = context;
    c->status->deaths = c->deaths + pool->deaths;
    c->status->hangs = c->hangs + pool->hangs;
    c->status->workers = pool->workers;
    tell(c);
}

static void write_head(const struct campaign *c, struct rp_text *text)
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
    if (c->cpu)
        rp_cpu_print(c->cpu, &cpu);
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
    struct campaign *c = context;
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
    struct campaign *c = context;
    (void)ring0, (void)ring3;
    rp_text_add_bytes(&c->seeds, (const char *)input, sizeof *input);
    return c->seeds.failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for the seed corpus")
                           : RP_OK;
}

static int open_campaign(struct campaign *c, struct rp_error *error)
{
    const struct rp_campaign_options *o = &c->options->campaign;
    struct rp_text head = {0};
    bool here = false;
    int result = rp_fuzz_behaviour_load(error);
    if (result == RP_OK)
        result = rp_leads_open(&c->leads, error);
    for (unsigned i = 0; i < o->executors; i++)
        here |= o->executor[i].entry->executor->provenance == RP_PROVENANCE_SILICON;
    if (result == RP_OK && here) {
        c->cpu = calloc(1, sizeof *c->cpu);
        result = c->cpu ? rp_cpu_read(c->cpu, error) : rp_error_set(error, RP_EENVIRONMENT, "out of memory");
    }
    if (result == RP_OK)
        result = rp_fuzz_facts_open(c->options->modes, &c->facts, error);
    if (result == RP_OK)
        result = rp_fuzz_board_open(&c->board, error);
    if (result == RP_OK && c->options->strategy == RP_FUZZ_NOVELTY && !c->options->feed)
        result = rp_fuzz_seed_corpus_read(c->facts, add_seed, c, error);
    if (result == RP_OK && c->options->directory) {
        write_head(c, &head);
        result =
            rp_fuzz_directory_open(c->options->directory, &head, c->facts, c->board, &c->position,
                                   &c->suspicions, &c->ids, take_old, add_sharer, c, &c->directory, error);
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

static void close_campaign(struct campaign *c)
{
    rp_fuzz_directory_close(c->directory);
    rp_fuzz_board_close(c->board);
    rp_fuzz_facts_close(c->facts);
    rp_leads_close(c->leads);
    free(c->cpu);
    free(c->ids.slot);
    free(c->sharers.slot);
    rp_text_free(&c->seeds);
    rp_text_free(&c->corpus);
    rp_text_free(&c->behaviours);
    rp_text_free(&c->suspicions);
}

static void name_item(void *context, size_t item, char *text, size_t size)
{
    const struct campaign *c = context;
    snprintf(text, size, "slice %zu", (size_t)c->first + item);
}

static int run_slices(struct campaign *c, size_t slices, struct rp_error *error)
{
    const struct rp_campaign_options *o = &c->options->campaign;
    struct rp_pool_work work = {.items = slices,
                                .context = c,
                                .open = open_worker,
                                .item = run_item,
                                .close = close_worker,
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
static size_t plan_given(struct campaign *c, const struct rp_fuzz_fed *fed)
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
}

static int run_given(struct campaign *c, struct rp_error *error)
{
    const struct rp_fuzz_feed *feed = c->options->feed;
    const volatile sig_atomic_t *stop = c->options->campaign.stop;
    struct rp_fuzz_fed fed = {.max = GIVEN, .input = calloc(GIVEN, sizeof *fed.input)};
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
static int finish(struct campaign *c, struct rp_error *error)
{
    if (c->directory)
        return RP_OK;
    c->to.deadline = 0;
    return settle(c, error);
}

int rp_fuzz(const struct rp_fuzz_options *options, struct rp_fuzz_status *status, struct rp_error *error)
{
    static struct campaign c; /* some 130 KB */
    c = (struct campaign){.options = options, .status = status};
    const struct rp_campaign_options *o = &options->campaign;
    *status = (struct rp_fuzz_status){0};
    clock_gettime(CLOCK_MONOTONIC, &c.start);
    c.to = *o;
    if (options->seconds && !options->feed)
        c.to.deadline =
            ((uint64_t)c.start.tv_sec + options->seconds) * 1000000000u + (uint64_t)c.start.tv_nsec;
    int result = open_campaign(&c, error);
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
    close_campaign(&c);
    return result;
}
