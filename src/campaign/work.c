/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Workers, and questions that one of them answers; see work.h. */
#include "campaign/work.h"

#include "base/hex.h"
#include "campaign/shrink.h"
#include "x86/cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool under_hypervisor(void)
{
    static struct rp_cpu cpu;
    return rp_cpu_read(&cpu, NULL) == RP_OK && cpu.hypervisor[0];
}

struct rp_pool_options rp_pool_of(const struct rp_campaign_options *options)
{
    return (struct rp_pool_options){.workers = options->workers,
                                    .hang_milliseconds = options->hang_milliseconds,
                                    .stop = options->stop,
                                    .deadline = options->deadline,
                                    .log_descriptor = options->log_descriptor};
}

int rp_worker_open(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    const struct rp_worker_setup *setup = context;
    const struct rp_campaign_options *o = setup->options;
    struct rp_panel_options options = {.members = o->executors,
                                       .policy = o->policy,
                                       .other_policies = o->other_policies,
                                       .random_seed = o->random_seed,
                                       .run_counter = run_counter,
                                       .marks = rp_pool_marks()};
    for (unsigned i = 0; i < o->executors; i++) {
        options.member[i] = (struct rp_panel_member){o->executor[i].entry->executor, o->executor[i].name};
        if (options.member[i].executor->provenance == RP_PROVENANCE_SILICON)
            options.under_hypervisor = under_hypervisor();
    }
    struct rp_worker *w = calloc(1, sizeof *w);
    if (!w)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a worker");
    w->setup = setup;
    int result = rp_panel_open(&options, &w->panel, error);
    if (result) {
        free(w);
        return result;
    }
    *worker = w;
    return RP_OK;
}

void rp_worker_close(void *worker)
{
    struct rp_worker *w = worker;
    rp_panel_close(w->panel);
    free(w);
}

void rp_worker_party(void *context, unsigned party, char *text, size_t size)
{
    const struct rp_worker_setup *setup = context;
    const struct rp_campaign_executor *executor = &setup->options->executor[party];
    bool named = party < setup->options->executors;
    const char *name = !named           ? "a model that stands in"
                       : executor->name ? executor->name
                                        : executor->entry->name;
    snprintf(text, size, "%s", name);
}

void rp_encoding_name(enum rp_mode mode, const struct rp_encoding *encoding, char *text, size_t size)
{
    char hex[2 * RP_ENCODING_MAX + 1];
    snprintf(text, size, "%s %s", rp_mode_info(mode)->name,
             rp_hex_print(hex, encoding->bytes, encoding->length));
}

/* A question whose answer is a block of bytes. */
struct question {
    struct rp_worker_setup setup;
    int (*ask)(struct rp_panel *panel, const void *about, void *answer, struct rp_error *error);
    const void *about;
    void *answer;
    size_t size;
    /* Answers what the executor died of; NULL, or false: that is a failure. */
    bool (*died)(const void *about, const struct rp_death *death, void *answer);
    bool answered;
};

static int ask_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                    struct rp_error *error)
{
    struct rp_worker *w = worker;
    const struct question *q = (const struct question *)w->setup;
    (void)item;
    memset(q->answer, 0, q->size);
    if (deaths->count) {
        const struct rp_death *death = &deaths->death[0];
        if (q->died && q->died(q->about, death, q->answer)) {
            rp_text_add_bytes(result, q->answer, q->size);
            return RP_OK;
        }
        const char *how = death->hung ? "it hangs" : death->signal ? strsignal(death->signal) : "it exits";
        return rp_error_set(error, RP_EENVIRONMENT, "the executor dies of this run: %s", how);
    }
    int code = q->ask(w->panel, q->about, q->answer, error);
    if (code == RP_OK)
        rp_text_add_bytes(result, q->answer, q->size);
    return code;
}

static int take_answer(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct question *q = context;
    (void)item;
    if (length != q->size)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    memcpy(q->answer, bytes, length);
    q->answered = true;
    return RP_OK;
}

/* Lets one worker answer; what dies there dies there. */
static int ask(struct question *q, struct rp_error *error)
{
    struct rp_pool_work work = {.items = 1,
                                .context = q,
                                .open = rp_worker_open,
                                .item = ask_item,
                                .close = rp_worker_close,
                                .done = take_answer};
    struct rp_pool_options options = {.workers = 1,
                                      .stop = q->setup.options->stop,
                                      .deadline = q->setup.options->deadline,
                                      .hang_milliseconds = q->setup.options->hang_milliseconds};
    struct rp_pool_status status = {0};
    return rp_pool_run(&work, &options, &status, error);
}

static int ask_mode(struct rp_panel *panel, const void *about, void *answer, struct rp_error *error)
{
    const enum rp_mode *mode = about;
    return rp_panel_implicit(panel, *mode, answer, error);
}

int rp_ask_implicit(const struct rp_campaign_options *options, enum rp_mode mode,
                    struct rp_implicit kinds[RP_IMPLICIT_KINDS], struct rp_error *error)
{
    struct question q = {.setup = {options},
                         .ask = ask_mode,
                         .about = &mode,
                         .answer = kinds,
                         .size = RP_IMPLICIT_KINDS * sizeof *kinds};
    return ask(&q, error);
}

static int ask_replay(struct rp_panel *panel, const void *about, void *answer, struct rp_error *error)
{
    return rp_panel_replay(panel, about, answer, error);
}

/* Of a finding that is what there is to show. */
static bool replay_died(const void *about, const struct rp_death *death, void *answer)
{
    const struct rp_witness *witness = about;
    const struct rp_shown shown = {.present = true,
                                   .kind = death->hung ? RP_OUTCOME_HUNG : RP_OUTCOME_DIED,
                                   .vector = (uint8_t)death->signal};
    if (witness->kind == RP_KIND_FINDING)
        rp_judge_replay_end(witness, &shown, answer);
    return witness->kind == RP_KIND_FINDING;
}

int rp_replay_witness(const struct rp_campaign_options *options, const struct rp_witness *witness,
                      struct rp_replay *replay, struct rp_error *error)
{
    struct question q = {.setup = {options},
                         .ask = ask_replay,
                         .about = witness,
                         .answer = replay,
                         .size = sizeof *replay,
                         .died = replay_died};
    return ask(&q, error);
}

static int ask_minimize(struct rp_panel *panel, const void *about, void *answer, struct rp_error *error)
{
    memcpy(answer, about, sizeof(struct rp_witness));
    return rp_panel_minimize(panel, answer, rp_shrink_encoding, error);
}

int rp_minimize_witness(const struct rp_campaign_options *options, struct rp_witness *witness,
                        struct rp_error *error)
{
    static struct rp_witness smaller; /* some 60 KB */
    struct question q = {.setup = {options},
                         .ask = ask_minimize,
                         .about = witness,
                         .answer = &smaller,
                         .size = sizeof smaller};
    int result = ask(&q, error);
    if (result == RP_OK)
        *witness = smaller;
    return result;
}
