/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans by shape: encodings whose operands lie alike share one plan, fitted to the first of them. What
 * fitting looks at is where the memory operand is and, of few instructions, a number or a selector; that
 * makes some ten shapes a mode and operand size where an own plan for each encoding would be millions.
 * Nothing is flipped on them, so that the judge may close them whenever it closes its common ones. */
#include "judge/inquiry.h"

#include <stdlib.h>
#include <string.h>

/* Of all sizes of operand, the largest that fitting looks at. */
#define OPERAND_BYTES 64

static void shape_of(const struct rp_inquiry *inquiry, unsigned operand_bits, struct rp_shape *shape)
{
    const struct rp_instruction *i = &inquiry->instruction;
    memset(shape, 0, sizeof *shape); /* compared as bytes */
    shape->operand_bits = (uint8_t)operand_bits;
    shape->address_bits = i->address_bits;
    if (i->memory.present) {
        shape->memory = 1;
        shape->base = i->memory.base;
        shape->index = i->memory.vector_index ? RP_REGISTER_NONE : i->memory.index;
        shape->scale = i->memory.scale;
        shape->segment = i->memory.segment;
        shape->displacement = i->memory.displacement;
        return;
    }
    shape->map = i->prefixes.map;
    shape->opcode = i->prefixes.opcode;
    shape->modrm = i->prefixes.has_modrm ? i->prefixes.modrm : 0;
    shape->rex = i->prefixes.rex;
    shape->selector = i->far_pointer.selector;
    shape->displacement = (int64_t)i->immediate[0].value;
}

static struct rp_plan *find(struct rp_judge *judge, const struct rp_shape *shape)
{
    for (unsigned n = 0; n < judge->shapes; n++)
        if (memcmp(&judge->shape[n].shape, shape, sizeof *shape) == 0)
            return &judge->shape[n].plan;
    return NULL;
}

int rp_judge_shaped(struct rp_judge *judge, const struct rp_inquiry *inquiry, enum rp_policy policy,
                    unsigned operand_bits, struct rp_plan **plan, struct rp_error *error)
{
    struct rp_instruction instruction = inquiry->instruction;
    struct rp_shape shape;
    /* [rbx] is a shape as well, though it need not be fitted: some seeds move RBX out of memory, which
     * fitting mends for every register but would not be done for that one. */
    if (!inquiry->decoded ||
        !(instruction.memory.present || rp_recipe_needs_fit(inquiry->mode, &instruction)))
        return rp_judge_plan(judge, policy, operand_bits, plan, error);
    shape_of(inquiry, operand_bits, &shape);
    *plan = find(judge, &shape);
    if (*plan)
        return RP_OK;
    if (judge->shapes == RP_SHAPES_MAX)
        rp_judge_forget(judge);
    instruction.memory.size = OPERAND_BYTES;
    struct rp_plan_options options = {.seeds = &judge->seeds,
                                      .mode = inquiry->mode,
                                      .policy = policy,
                                      .operand_bits = operand_bits,
                                      .instruction = &instruction,
                                      .random_seed = judge->options.random_seed};
    struct rp_shaped_plan *slot = &judge->shape[judge->shapes];
    int result = rp_plan_open(&slot->plan, &options, &judge->runner, error);
    if (result)
        return result;
    slot->shape = shape;
    *plan = &slot->plan;
    judge->shapes++;
    return RP_OK;
}
