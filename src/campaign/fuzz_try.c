/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trying inputs; see fuzz_try.h. */
#include "campaign/fuzz_try.h"

#include "campaign/fuzz_examine.h"
#include "campaign/fuzz_lab.h"
#include "campaign/work.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 512 /* inputs: what is known of them is kept until all of them were looked at */

/* What a worker says of an input, and suspicions behind it. */
struct ran {
    struct rp_shown shown[RP_FUZZ_SIDES];
    uint32_t suspicions;
};

struct trying {
    struct rp_fuzz_examiner examiner;
    const struct rp_fuzz_input *input; /* of this chunk */
    size_t count;
    struct ran ran[CHUNK];
    struct rp_text suspicions, findings; /* of this chunk; of the input that is told next */
    struct rp_fuzz_tried tried;
    size_t next; /* the input that is told next */
    int (*each)(void *context, const struct rp_fuzz_tried *tried, struct rp_error *error);
    void *context;
};

static const char *const look_names[] = {"finding", "explained", "known", "not reproduced",
                                         "killed its examiner"};
_Static_assert(sizeof look_names / sizeof look_names[0] == RP_FUZZ_LOOKS, "one name a look");

const char *rp_fuzz_look_name(enum rp_fuzz_look look)
{
    return look_names[look];
}

struct worker {
    const struct trying *trying;
    struct rp_fuzz_rig *rig;
};

static int open_worker(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    const struct trying *t = context;
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a worker");
    w->trying = t;
    int result = rp_fuzz_lab_rig(t->examiner.options, t->examiner.facts, run_counter, &w->rig, error);
    if (result)
        free(w);
    else
        *worker = w;
    return result;
}

static void close_worker(void *worker)
{
    struct worker *w = worker;
    rp_fuzz_rig_close(w->rig);
    free(w);
}

/* The second run of one that is not declared has to come out like the first. */
static int repeat(struct worker *w, const struct rp_fuzz_input *input, uint64_t name,
                  const uint64_t hash[RP_FUZZ_SIDES], struct rp_fuzz_suspicion *suspicion, struct ran *ran,
                  struct rp_error *error)
{
    static struct rp_fuzz_shot shot;
    int result = rp_fuzz_rig_run(w->rig, input, 1, NULL, &shot, error);
    for (unsigned side = 0; side < RP_FUZZ_SIDES && result == RP_OK; side++) {
        const struct rp_outcome *o = shot.view[side].outcome;
        if (!o || o->hash == hash[side] || (shot.decoded && rp_fuzz_nondeterministic(&shot.instruction)))
            continue;
        rp_fuzz_suspect_noise(input, name, side, suspicion);
        ran->suspicions = 1;
        break;
    }
    return result;
}

/* Too many of its runs kill: what is known of that is all there is. */
static void give_up(const struct worker *w, const struct rp_fuzz_shot *shot, const struct rp_deaths *deaths,
                    struct rp_fuzz_suspicion *suspicion, struct ran *ran)
{
    for (unsigned i = 0; i < deaths->count; i++) {
        size_t input;
        enum rp_fuzz_side side;
        if (rp_fuzz_rig_blame(w->rig, deaths->death[i].run, &input, &side))
            rp_fuzz_suspect_death(shot, side, &deaths->death[i], &suspicion[ran->suspicions++]);
    }
}

static int run_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                    struct rp_error *error)
{
    static struct rp_fuzz_shot shot;
    struct rp_fuzz_suspicion suspicion[RP_FUZZ_SUSPICIONS_MAX];
    struct worker *w = worker;
    const struct rp_fuzz_input *input = &w->trying->input[item];
    const struct rp_capabilities *const can[2] = {rp_fuzz_rig_can(w->rig, 0), rp_fuzz_rig_can(w->rig, 1)};
    struct ran ran = {0};
    struct rp_fuzz_behaviour behaviour;
    uint64_t hash[RP_FUZZ_SIDES] = {0};
    int code = rp_fuzz_rig_run(w->rig, input, 1, deaths, &shot, error);
    if (code == RP_EUNSUPPORTED && deaths && deaths->exhausted) {
        give_up(w, &shot, deaths, suspicion, &ran);
        code = RP_OK;
    } else if (code == RP_OK) {
        rp_fuzz_behave(&shot, can, &behaviour);
        ran.suspicions = rp_fuzz_suspect(&shot, &behaviour, can,
                                         rp_fuzz_input_is_open(w->trying->examiner.facts, input), suspicion);
        for (unsigned side = 0; side < RP_FUZZ_SIDES; side++)
            if (shot.view[side].outcome) {
                ran.shown[side] = rp_outcome_shown(shot.view[side].outcome);
                hash[side] = shot.view[side].outcome->hash;
            }
        if (!deaths || !deaths->count)
            code = repeat(w, input, behaviour.name, hash, suspicion, &ran, error);
    }
    rp_text_add_bytes(result, (const char *)&ran, sizeof ran);
    rp_text_add_bytes(result, (const char *)suspicion, ran.suspicions * sizeof suspicion[0]);
    return code;
}

static int take_run(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct trying *t = context;
    struct ran *ran = &t->ran[item];
    if (length < sizeof *ran)
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    memcpy(ran, bytes, sizeof *ran);
    if (length != sizeof *ran + ran->suspicions * sizeof(struct rp_fuzz_suspicion))
        return rp_error_set(error, RP_EENVIRONMENT, "a worker's answer was cut short");
    rp_text_add_bytes(&t->suspicions, bytes + sizeof *ran, length - sizeof *ran);
    return t->suspicions.failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for suspicions")
                                : RP_OK;
}

static void name_item(void *context, size_t item, char *text, size_t size)
{
    const struct trying *t = context;
    rp_encoding_name((enum rp_mode)t->input[item].mode, &t->input[item].encoding, text, size);
}

/* Tells the inputs of which everything is known. */
static int tell(struct trying *t, struct rp_error *error)
{
    int result = RP_OK;
    while (result == RP_OK && t->next < t->count && t->tried.looks == t->ran[t->next].suspicions) {
        t->tried.input = &t->input[t->next];
        memcpy(t->tried.shown, t->ran[t->next].shown, sizeof t->tried.shown);
        result = t->findings.failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for a finding")
                                    : t->each(t->context, &t->tried, error);
        t->next++;
        t->tried.looks = 0;
        rp_text_free(&t->findings);
    }
    return result;
}

static int take_finding(void *context, const struct rp_fuzz_finding *finding, struct rp_error *error)
{
    struct trying *t = context;
    (void)error;
    rp_fuzz_finding_line(finding, &t->findings);
    return RP_OK;
}

/* Looks come in the order of suspicions, which is that of inputs. */
static int take_look(void *context, enum rp_fuzz_look look, struct rp_error *error)
{
    struct trying *t = context;
    const struct rp_fuzz_suspicion *s = t->examiner.suspicion++;
    t->tried.look[t->tried.looks].oracle = s->oracle;
    t->tried.look[t->tried.looks].look = (uint8_t)look;
    t->tried.looks++;
    return tell(t, error);
}

static int try_chunk(struct trying *t, struct rp_error *error)
{
    const struct rp_campaign_options *o = t->examiner.options;
    struct rp_pool_work work = {.items = t->count,
                                .context = t,
                                .open = open_worker,
                                .item = run_item,
                                .close = close_worker,
                                .done = take_run,
                                .name = name_item};
    const struct rp_pool_options pool = rp_pool_of(o);
    struct rp_pool_status status = {0};
    t->suspicions.length = 0;
    t->next = 0;
    int result = rp_pool_run(&work, &pool, &status, error);
    if (result == RP_OK)
        result = tell(t, error); /* those that nothing is suspicious about, up to the first that is */
    struct rp_fuzz_examiner examiner = t->examiner;
    examiner.suspicion = t->examiner.suspicion =
        (const struct rp_fuzz_suspicion *)(const void *)t->suspicions.data;
    examiner.count = t->suspicions.length / sizeof(struct rp_fuzz_suspicion);
    return result || !examiner.count ? result : rp_fuzz_examine(&examiner, error);
}

int rp_fuzz_try(const struct rp_campaign_options *options, const struct rp_fuzz_facts *facts,
                const struct rp_fuzz_input *inputs, size_t count,
                int (*each)(void *context, const struct rp_fuzz_tried *tried, struct rp_error *error),
                void *context, struct rp_error *error)
{
    static struct trying t;
    const struct rp_hunt_ids known = {0};
    struct rp_fuzz_lab lab;
    t = (struct trying){.each = each, .context = context, .tried = {.facts = facts, .findings = &t.findings}};
    int result = rp_fuzz_lab_open(options, &lab, error);
    t.examiner = (struct rp_fuzz_examiner){.options = options,
                                           .facts = facts,
                                           .leads = lab.leads,
                                           .cpu = lab.cpu,
                                           .known = &known,
                                           .take = take_finding,
                                           .looked = take_look,
                                           .context = &t};
    for (size_t at = 0; at < count && result == RP_OK; at += t.count) {
        t.input = inputs + at;
        t.count = count - at < CHUNK ? count - at : CHUNK;
        result = try_chunk(&t, error);
    }
    rp_fuzz_lab_close(&lab);
    rp_text_free(&t.suspicions);
    rp_text_free(&t.findings);
    return result;
}
