/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an inquiry begins and ends: what is asked about, and the plan that it is asked with, which is the
 * judge's common one unless the operands, or what has to be set aside, ask for one of its own. */
#include "judge/inquiry.h"

#include <stdlib.h>
#include <string.h>

/* Frames and far pointers are as wide as the operand; where it has no such width, as the mode's own. */
unsigned rp_inquiry_frame_bits(const struct rp_inquiry *inquiry)
{
    unsigned bits = inquiry->decoded ? inquiry->instruction.operand_bits : 0;
    unsigned code = rp_mode_info(inquiry->mode)->code_bits;
    return bits == 16 || bits == 32 || bits == 64 ? bits : code == 64 ? 32 : code;
}

int rp_inquiry_own_plan(struct rp_inquiry *inquiry, enum rp_policy policy,
                        const struct rp_resource_set *aside, struct rp_error *error)
{
    struct rp_judge *judge = inquiry->judge;
    struct rp_resource_set honoured;
    rp_judge_honoured(judge, inquiry->mode, &honoured);
    struct rp_plan_options options = {.seeds = &judge->seeds,
                                      .mode = inquiry->mode,
                                      .policy = policy,
                                      .operand_bits = rp_inquiry_frame_bits(inquiry),
                                      .instruction = inquiry->fitted ? &inquiry->instruction : NULL,
                                      .most = inquiry->shortly ? RP_SCREEN_SHORTLY : 0,
                                      .aside = aside,
                                      .honoured = &honoured,
                                      .random_seed = judge->options.random_seed};
    if (inquiry->owns_plan)
        rp_plan_close(&inquiry->own, &judge->runner);
    inquiry->owns_plan = true;
    inquiry->plan = &inquiry->own;
    return rp_plan_open(&inquiry->own, &options, &judge->runner, error);
}

/* True if the memory operand is what the instruction is about, a selector or a far pointer: without the right
 * one there nothing was asked. */
static bool reads_selector(const struct rp_instruction *instruction)
{
    return instruction->memory.present && instruction->memory.read &&
           (instruction->branch == RP_BRANCH_FAR || instruction->segment_register != RP_REGISTER_NONE ||
            strcmp(instruction->category, "system") == 0 || strcmp(instruction->category, "segop") == 0);
}

/* True if no seed can write at the memory operand: an absolute address outside of the arena, the code page.
 */
static bool lies_out_of_reach(const struct rp_inquiry *inquiry)
{
    static _Thread_local struct rp_recipe recipe;
    uint32_t operand = 0;
    rp_recipe_init(&recipe, inquiry->mode, RP_POLICY_LEGACY);
    rp_recipe_fit(&recipe, inquiry->mode, &inquiry->instruction, RP_PROBE_COUNT, &operand);
    return operand == 0;
}

void rp_inquiry_ask(struct rp_inquiry *inquiry, struct rp_judge *judge, enum rp_mode mode,
                    const struct rp_encoding *encoding)
{
    memset(inquiry, 0, sizeof *inquiry);
    inquiry->judge = judge;
    inquiry->mode = mode;
    inquiry->encoding = *encoding;
    inquiry->decoded =
        rp_decode(mode, encoding->bytes, encoding->length, &inquiry->instruction, NULL) == RP_OK;
}

int rp_inquiry_begin(struct rp_inquiry *inquiry, enum rp_policy policy, struct rp_error *error)
{
    inquiry->fitted = inquiry->decoded && rp_recipe_needs_fit(inquiry->mode, &inquiry->instruction);
    inquiry->unplaced =
        inquiry->fitted && reads_selector(&inquiry->instruction) && lies_out_of_reach(inquiry);
    int result = inquiry->fitted ? rp_inquiry_own_plan(inquiry, policy, NULL, error)
                                 : rp_judge_plan(inquiry->judge, policy, rp_inquiry_frame_bits(inquiry),
                                                 &inquiry->plan, error);
    size_t count = result == RP_OK ? inquiry->plan->count : 0;
    inquiry->runs = calloc(count ? count : 1, sizeof *inquiry->runs);
    inquiry->at = calloc(count ? count : 1, sizeof *inquiry->at);
    inquiry->telling = calloc(count ? count : 1, sizeof *inquiry->telling);
    if (result == RP_OK && (!inquiry->runs || !inquiry->at || !inquiry->telling))
        result = rp_error_set(error, RP_EENVIRONMENT, "out of memory for an encoding's runs");
    return result;
}

void rp_inquiry_end(struct rp_inquiry *inquiry)
{
    if (inquiry->owns_plan)
        rp_plan_close(&inquiry->own, &inquiry->judge->runner);
    inquiry->owns_plan = false;
    free(inquiry->runs);
    free(inquiry->at);
    free(inquiry->telling);
    inquiry->runs = NULL;
    inquiry->at = NULL;
    inquiry->telling = NULL;
}
