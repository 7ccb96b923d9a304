/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signatures of inputs; see signature.h. */
#include "fuzz/signature.h"

#include "executor/registry.h"
#include "judge/divergence.h"
#include "report/words.h"
#include "x86/prefix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

struct work {
    const struct rp_fuzz_facts *facts;
    const struct rp_fuzz_input *input;
    void (*each)(void *context, size_t number, const struct seen *seen);
    void *context;
};

struct worker {
    const struct work *work;
    struct rp_fuzz_rig *rig;
};

static int open_worker(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    const struct work *work = context;
    struct rp_fuzz_rig_options options = {
        .facts = work->facts, .members = 1, .policy = RP_POLICY_LEGACY, .run_counter = run_counter};
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory");
    options.member[0].executor = rp_executor_find("unicorn")->executor;
    options.member[0].name = "unicorn";
    w->work = work;
    *worker = w;
    return rp_fuzz_rig_open(&options, &w->rig, error);
}

static void close_worker(void *worker)
{
    struct worker *w = worker;
    rp_fuzz_rig_close(w->rig);
    free(w);
}

/* Legacy, VEX, XOP, EVEX and 3DNow! have maps of their own; so has what no decoder knows of each. */
static uint64_t map_of(const struct rp_fuzz_input *input, bool decoded)
{
    struct rp_prefix_scan scan;
    rp_prefix_scan(input->mode, input->encoding.bytes, input->encoding.length, &scan);
    return (uint64_t)decoded << 16 | (uint64_t)scan.class << 8 | scan.map;
}

static uint64_t classes_of(const struct rp_view *view)
{
    uint64_t set = 0;
    for (uint32_t i = 0; i < view->outcome->count; i++) {
        const char *class = rp_divergence_class(view->changes[i].component);
        set |= UINT64_C(1) << XXH64(class, strlen(class), 0) % 64;
    }
    return set;
}

static void see(const struct rp_fuzz_shot *shot, struct seen *seen)
{
    uint64_t parts[5] = {map_of(shot->input, shot->decoded)};
    bool kills = false;
    for (unsigned ring = 0; ring < 2; ring++) {
        const struct rp_view *view = &shot->view[ring];
        struct rp_text words = {0};
        snprintf(seen->ring[ring], sizeof seen->ring[ring], "-");
        if (!view->outcome)
            continue;
        const struct rp_shown shown = rp_outcome_shown(view->outcome);
        rp_words_shown(&shown, &words);
        snprintf(seen->ring[ring], sizeof seen->ring[ring], "%s", rp_text_string(&words));
        rp_text_free(&words);
        kills |= view->outcome->kind == RP_OUTCOME_DIED || view->outcome->kind == RP_OUTCOME_HUNG;
        parts[1 + ring] = 1 + ((uint64_t)view->outcome->kind << 8 |
                               (view->outcome->kind == RP_OUTCOME_RETIRED ? 0 : view->outcome->vector));
        parts[3 + ring] = classes_of(view);
    }
    seen->signature = kills ? 0 : XXH64(parts, sizeof parts, 0) | 1;
}

static int run_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                    struct rp_error *error)
{
    static struct rp_fuzz_shot shot;
    struct worker *w = worker;
    struct seen seen = {0};
    int code =
        deaths->count ? RP_OK : rp_fuzz_rig_run(w->rig, &w->work->input[item], 1, deaths, &shot, error);
    if (code == RP_OK && !deaths->count)
        see(&shot, &seen);
    rp_text_add_bytes(result, (const char *)&seen, sizeof seen);
    return code;
}

static int take_item(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    const struct work *work = context;
    struct seen seen;
    if (length != sizeof seen)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    memcpy(&seen, bytes, sizeof seen);
    work->each(work->context, item, &seen);
    return RP_OK;
}

int signature_run(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *inputs, size_t count,
                  unsigned workers, void (*each)(void *context, size_t number, const struct seen *seen),
                  void *context, struct rp_error *error)
{
    struct work work = {facts, inputs, each, context};
    const struct rp_pool_work pool = {.items = count,
                                      .context = &work,
                                      .open = open_worker,
                                      .item = run_item,
                                      .close = close_worker,
                                      .done = take_item};
    const struct rp_pool_options options = {.workers = workers, .recycle_runs = UINT64_C(4000000)};
    struct rp_pool_status status = {0};
    return rp_pool_run(&pool, &options, &status, error);
}
