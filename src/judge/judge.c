/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an encoding to its verdict; see judge.h. The steps are in inquiry.c (screen, confirm), attribute.c,
 * flips.c, close.c and find_witness.c; here they are put in order and their results are named. What is asked
 * with, plans, is in ask.c and kept_plans.c; replaying a witness in replay.c. */
#include "executor/registry.h"
#include "judge/decide.h"
#include "judge/inquiry.h"
#include "x86/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rp_judge_open(const struct rp_judge_options *options, struct rp_judge **judge, struct rp_error *error)
{
    struct rp_judge *j = calloc(1, sizeof *j);
    if (!j)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a judge");
    j->options = *options;
    j->mode = RP_MODE_COUNT;
    j->runner = (struct rp_runner){.executor = options->executor,
                                   .run_counter = options->run_counter,
                                   .marks = options->marks,
                                   .party = options->party};
    struct rp_executor_options executor_options = {.run_counter = options->run_counter,
                                                   .model = rp_executor_model(options->executor_name)};
    int result = rp_seeds_load(&j->seeds, error);
    if (result == RP_OK)
        result = rp_limits_open(options->executor->name, &j->limits, error);
    if (result == RP_OK)
        result = options->executor->open(&executor_options, &j->runner.instance, error);
    if (result) {
        rp_judge_close(j);
        return result;
    }
    j->can = options->executor->capabilities(j->runner.instance);
    *judge = j;
    return RP_OK;
}

void rp_judge_close(struct rp_judge *judge)
{
    if (!judge)
        return;
    if (judge->runner.instance) {
        rp_judge_forget(judge);
        judge->options.executor->close(judge->runner.instance);
    }
    rp_limits_close(judge->limits);
    rp_seeds_free(&judge->seeds);
    rp_outcomes_free(&judge->outcomes);
    rp_outcomes_free(&judge->extra);
    rp_memo_free(&judge->memo);
    free(judge);
}

bool rp_judge_honours(const struct rp_judge *judge, enum rp_mode mode, enum rp_resource control)
{
    return judge->can->resource[control] && !rp_limits_ignores(judge->limits, control, mode);
}

void rp_judge_honoured(const struct rp_judge *judge, enum rp_mode mode, struct rp_resource_set *controls)
{
    *controls = (struct rp_resource_set){0};
    for (unsigned c = 0; c < RP_RESOURCE_COUNT; c++)
        if (rp_resource_info((enum rp_resource)c)->traps != RP_TRAPS_NOTHING &&
            rp_judge_honours(judge, mode, (enum rp_resource)c))
            rp_resource_set_add(controls, (enum rp_resource)c);
}

static bool differ(const struct rp_resource_set *a, const struct rp_resource_set *b)
{
    return memcmp(a, b, sizeof *a) != 0;
}

/* Screens with the plan as it is, up to where something in B hides what the others would show: that is added
 * to `aside`. The first seeds mostly tell already. */
static int screen_once(struct rp_inquiry *inquiry, struct rp_resource_set *aside, struct rp_error *error)
{
    const struct rp_resource_set before = *aside;
    bool enough;
    int result = rp_inquiry_screen_first(inquiry, &enough, error);
    if (result || inquiry->shortly)
        return result;
    result = rp_inquiry_split(inquiry, aside, error);
    if (result || enough || differ(aside, &before))
        return result;
    result = rp_inquiry_screen_rest(inquiry, error);
    return result ? result : rp_inquiry_split(inquiry, aside, error);
}

/* METHOD, "Screen": as long as something in B makes ring 3 trap, it is set aside. */
static int screen(struct rp_inquiry *inquiry, enum rp_policy policy, struct rp_error *error)
{
    struct rp_resource_set aside = {0}, before;
    int result;
    do {
        before = aside;
        result = screen_once(inquiry, &aside, error);
        if (result == RP_OK && differ(&aside, &before))
            result = rp_memo_keep(inquiry, error);
        if (result == RP_OK && differ(&aside, &before))
            result = rp_inquiry_own_plan(inquiry, policy, &aside, error);
    } while (result == RP_OK && differ(&aside, &before));
    return result;
}

/* Screens and confirms under one policy, on the judge's executor. */
static int examine(struct rp_inquiry *inquiry, enum rp_policy policy, struct rp_error *error)
{
    int result = rp_inquiry_begin(inquiry, policy, error);
    if (result == RP_OK)
        result = screen(inquiry, policy, error);
    if (result == RP_OK)
        result = rp_inquiry_confirm(inquiry, error);
    if (result == RP_OK)
        result = rp_memo_keep(inquiry, error);
    return result;
}

/* METHOD, "Who decides": under a policy that sets a control which the executor ignores and which hides what
 * this encoding shows, nothing is answered. */
static bool policy_unanswered(const struct rp_verdict *verdict, enum rp_mode mode, enum rp_policy policy)
{
    for (unsigned c = rp_resource_set_next(&verdict->not_testable, 0); c < RP_RESOURCE_COUNT;
         c = rp_resource_set_next(&verdict->not_testable, c + 1))
        if (rp_resource_default((enum rp_resource)c, mode, policy) ==
            rp_resource_info((enum rp_resource)c)->trap)
            return true;
    return false;
}

/* CPUID, where it shows CR4.OSXSAVE and no more: seen by flipping trap controls, under other policies as
 * well. */
static bool shows_controls_alone(const struct rp_inquiry *inquiry)
{
    bool any = false;
    for (unsigned i = 0; i < inquiry->count; i++) {
        const struct rp_evidence *e = &inquiry->found[i].evidence;
        if (e->hole && !(e->flipped && e->state == RP_FLIP_CONTROL))
            return false;
        any |= e->hole;
    }
    return any;
}

static int answer_policy(const struct rp_inquiry *base, enum rp_policy policy, struct rp_verdict *verdict,
                         struct rp_error *error)
{
    static const enum rp_policy_answer answers[RP_VERDICT_COUNT] = {
        [RP_VERDICT_UNKNOWN] = RP_ANSWER_UNKNOWN,
        [RP_VERDICT_PRIVILEGED] = RP_ANSWER_PRIVILEGED,
        [RP_VERDICT_INNOCUOUS] = RP_ANSWER_INNOCUOUS,
        [RP_VERDICT_HOLE] = RP_ANSWER_HOLE,
    };
    static _Thread_local struct rp_inquiry inquiry;
    rp_inquiry_ask(&inquiry, base->judge, base->mode, &base->encoding);
    int result = examine(&inquiry, policy, error);
    if (result == RP_OK) /* M-IMPLICIT is left out here as well */
        result = rp_inquiry_attribute(&inquiry, error);
    if (result == RP_OK && shows_controls_alone(base))
        result = rp_inquiry_flip_controls(&inquiry, error);
    if (result == RP_OK)
        verdict->by_policy[policy] =
            policy_unanswered(verdict, base->mode, policy) ? RP_ANSWER_UNKNOWN : answers[rp_decide(&inquiry)];
    rp_inquiry_end(&inquiry);
    return result;
}

static int answer_policies(struct rp_inquiry *inquiry, struct rp_verdict *verdict, struct rp_error *error)
{
    int result = RP_OK;
    bool worth = verdict->judgement == RP_VERDICT_HOLE || verdict->judgement == RP_VERDICT_PRIVILEGED;
    for (unsigned policy = 0; policy < RP_POLICY_AS_FOUND && worth && result == RP_OK; policy++)
        if (inquiry->judge->options.other_policies >> policy & 1 && policy != inquiry->judge->options.policy)
            result = answer_policy(inquiry, (enum rp_policy)policy, verdict, error);
    return result;
}

static void describe(struct rp_inquiry *inquiry, struct rp_verdict *verdict)
{
    const struct rp_judge *judge = inquiry->judge;
    char cell[RP_OPCODE_CELL_MAX];
    verdict->encoding = inquiry->encoding;
    verdict->mode = inquiry->mode;
    verdict->policy = judge->options.policy;
    verdict->decoded = inquiry->decoded;
    verdict->resource = verdict->field = RP_RESOURCE_NONE;
    if (inquiry->decoded) {
        snprintf(verdict->mnemonic, sizeof verdict->mnemonic, "%s", inquiry->instruction.mnemonic);
        snprintf(verdict->name, sizeof verdict->name, "%s", inquiry->instruction.name);
        return;
    }
    rp_opcode_cell(inquiry->mode, inquiry->encoding.bytes, inquiry->encoding.length, cell, sizeof cell);
    snprintf(verdict->mnemonic, sizeof verdict->mnemonic, "%.23s", cell);
    snprintf(verdict->name, sizeof verdict->name, "%.23s", cell);
}

/* What the runs show, traced to resources, and the witness. Without `attribute`, as the screening left it. */
static int gather(struct rp_inquiry *inquiry, bool attribute, struct rp_verdict *verdict,
                  struct rp_error *error)
{
    int result = RP_OK;
    if (attribute)
        result = rp_inquiry_attribute(inquiry, error);
    if (attribute && result == RP_OK)
        result = rp_inquiry_flip_controls(inquiry, error);
    if (attribute && result == RP_OK && rp_decide(inquiry) == RP_VERDICT_PRIVILEGED)
        result = rp_inquiry_search(inquiry, error);
    if (attribute && result == RP_OK)
        result = rp_inquiry_absent(inquiry, verdict, error);
    return result ? result : rp_inquiry_witness(inquiry, verdict, error);
}

/* The executor's own verdict, then the overall one: its own if it decides (METHOD, "Who decides"). */
static int settle(struct rp_inquiry *inquiry, const struct rp_limit *known, struct rp_verdict *verdict,
                  struct rp_error *error)
{
    const char *limit = known ? known->reason : NULL;
    /* An emulator that runs what no manual describes shows its own decoder, not the architecture. */
    if (!inquiry->decoded && inquiry->ring0_retired &&
        inquiry->judge->options.executor->provenance == RP_PROVENANCE_EMULATED)
        limit = RP_LIMIT_UNDECODED;
    if (!limit)
        limit = rp_decide_provenance_limit(inquiry);
    int result = gather(inquiry, limit == NULL, verdict, error);
    if (result)
        return result;
    rp_decide_opinion(inquiry, limit, &verdict->opinion[0]);
    rp_decide_verdict(inquiry, verdict);
    /* That a control closes ring 3 is there to be seen without ring 0, whatever the instruction then is. */
    struct rp_opinion *opinion = &verdict->opinion[0];
    bool true_traps = known && known->traps_are_true && limit == known->reason;
    opinion->closes = true_traps || (!limit && (verdict->judgement == RP_VERDICT_HOLE || opinion->one_ring));
    if (opinion->closes)
        return rp_inquiry_close(inquiry, verdict, error);
    bool privileged = !limit && verdict->judgement == RP_VERDICT_PRIVILEGED;
    return privileged ? rp_inquiry_keep(inquiry, verdict, error) : RP_OK;
}

/* The verdict of an executor that makes no more runs of the encoding. */
static void give_up(const struct rp_inquiry *inquiry, const struct rp_deaths *deaths,
                    struct rp_verdict *verdict)
{
    const struct rp_party_out *out = &deaths->out[inquiry->judge->runner.party];
    struct rp_deaths own = *deaths;
    if (out->count) {
        own.count = out->count;
        own.death[own.count - 1] = out->last;
    }
    rp_decide_dead(inquiry, &own, verdict);
    struct rp_opinion *opinion = &verdict->opinion[0];
    snprintf(opinion->limit, sizeof opinion->limit, "%s",
             strchr(verdict->unknown_reason, ' ') + 1); /* behind the name */
}

int rp_judge_encoding(struct rp_judge *judge, enum rp_mode mode, const struct rp_encoding *encoding,
                      const struct rp_deaths *deaths, struct rp_verdict *verdict, struct rp_error *error)
{
    static _Thread_local struct rp_inquiry inquiry;
    memset(verdict, 0, sizeof *verdict);
    int result = rp_verdict_opinions(verdict, 1, error);
    if (result)
        return result;
    rp_inquiry_ask(&inquiry, judge, mode, encoding);
    verdict->form = rp_form_id(mode, encoding);
    describe(&inquiry, verdict);
    if (deaths && (deaths->exhausted || deaths->out[judge->runner.party].count)) {
        give_up(&inquiry, deaths, verdict);
        return RP_OK;
    }
    uint64_t runs = judge->runner.runs;
    judge->runner.deaths = deaths;
    rp_memo_forget(&judge->memo); /* runs are numbered by encoding, whatever came before it */
    const struct rp_limit *limit =
        inquiry.decoded ? rp_limits_find(judge->limits, mode, &inquiry.instruction) : NULL;
    inquiry.shortly =
        limit || (!inquiry.decoded && judge->options.executor->provenance == RP_PROVENANCE_EMULATED);
    rp_judge_enter(judge, mode);
    result = examine(&inquiry, judge->options.policy, error);
    if (result == RP_OK)
        result = settle(&inquiry, limit, verdict, error);
    rp_inquiry_end(&inquiry); /* its own plan goes before other policies' common ones come */
    if (result == RP_OK)
        result = answer_policies(&inquiry, verdict, error);
    verdict->runs = (uint32_t)(judge->runner.runs - runs);
    judge->runner.deaths = NULL;
    if (result)
        rp_verdict_free(verdict);
    return result;
}
