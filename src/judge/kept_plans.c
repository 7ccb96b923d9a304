/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plans that a judge keeps from one encoding to the next, and the room that they take: an executor holds
 * so many pre-states, and what is in the way of the next plans is forgotten. The common plans are opened
 * here, those by shape in shape.c. */
#include "judge/inquiry.h"

/* Single flips that wait for their next use; some 7 KB each with Unicorn. Beyond that plans are made anew,
 * which takes some 20 ms. */
#define FLIPS_MAX 4000
/* Of the pre-states that an executor holds, the part that one encoding, judged in full, may need: its own
 * plan, other policies' common ones, and its flips. */
#define SLOTS_SHARE 3
#define SLOTS_SPARE 64 /* for a witness, behind plans */

void rp_judge_forget(struct rp_judge *judge)
{
    while (judge->shapes > 0)
        rp_plan_close(&judge->shape[--judge->shapes].plan, &judge->runner);
    for (unsigned policy = RP_POLICY_COUNT; policy-- > 0;) {
        for (unsigned width = RP_PLAN_WIDTHS; width-- > 0;) {
            if (judge->open[policy][width])
                rp_plan_close(&judge->common[policy][width], &judge->runner);
            judge->open[policy][width] = false;
        }
    }
}

/* The pre-states of all plans that the judge keeps, and how many of them are flips. */
static size_t slots_of_plans(const struct rp_judge *judge, size_t *flips)
{
    size_t slots = 0;
    *flips = 0;
    for (unsigned n = 0; n < judge->shapes; n++)
        slots += rp_plan_slots(&judge->shape[n].plan);
    for (unsigned policy = 0; policy < RP_POLICY_COUNT; policy++) {
        for (unsigned width = 0; width < RP_PLAN_WIDTHS; width++) {
            if (!judge->open[policy][width])
                continue;
            slots += rp_plan_slots(&judge->common[policy][width]);
            *flips += judge->common[policy][width].flips;
        }
    }
    return slots;
}

static void make_room(struct rp_judge *judge, enum rp_mode mode, size_t needed)
{
    size_t flips, slots = slots_of_plans(judge, &flips);
    if (judge->mode != mode || flips > FLIPS_MAX || (judge->can->slots && slots + needed > judge->can->slots))
        rp_judge_forget(judge);
    judge->mode = mode;
}

void rp_judge_enter(struct rp_judge *judge, enum rp_mode mode)
{
    make_room(judge, mode, judge->can->slots / SLOTS_SHARE);
}

void rp_judge_enter_for_a_plan(struct rp_judge *judge, enum rp_mode mode)
{
    size_t seeds = 0;
    for (size_t i = 0; i < judge->seeds.count; i++)
        seeds += judge->seeds.seed[i].modes >> mode & 1;
    make_room(judge, mode, seeds * RP_STATE_COUNT * RP_RINGS + SLOTS_SPARE);
}

int rp_judge_plan(struct rp_judge *judge, enum rp_policy policy, unsigned operand_bits, struct rp_plan **plan,
                  struct rp_error *error)
{
    unsigned width = operand_bits == 16 ? 0 : operand_bits == 64 ? 2 : 1;
    *plan = &judge->common[policy][width];
    if (judge->open[policy][width])
        return RP_OK;
    struct rp_resource_set honoured;
    rp_judge_honoured(judge, judge->mode, &honoured);
    struct rp_plan_options options = {.seeds = &judge->seeds,
                                      .mode = judge->mode,
                                      .policy = policy,
                                      .operand_bits = operand_bits,
                                      .honoured = &honoured,
                                      .random_seed = judge->options.random_seed};
    int result = rp_plan_open(*plan, &options, &judge->runner, error);
    judge->open[policy][width] = result == RP_OK;
    return result;
}
