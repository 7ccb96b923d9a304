/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans, and blocks and outcomes as bytes; see record.h. */
#include "golden/record.h"

#include "golden/pack.h"
#include "state/component.h"

#include <stdlib.h>
#include <string.h>

#define RUNS_MAX (UINT32_C(1) << 20) /* of a block */

static const char *const skips[] = {"compared", "not_held", "varies", "deadly", "by_kernel"};
_Static_assert(sizeof skips / sizeof skips[0] == RP_GOLDEN_SKIP_COUNT, "one name a reason");

const char *rp_golden_skip_name(enum rp_golden_skip skip)
{
    return skips[skip];
}

static int no_memory(struct rp_error *error)
{
    return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the plan of a record");
}

int rp_golden_plan_state(struct rp_golden_plan *plan, uint8_t mode, const char *user, const char *machine,
                         uint32_t *number, struct rp_error *error)
{
    for (*number = 0; *number < plan->states; ++*number) {
        const struct rp_golden_state *state = &plan->state[*number];
        if (state->mode == mode && strcmp(state->user, user) == 0 && strcmp(state->machine, machine) == 0)
            return RP_OK;
    }
    struct rp_golden_state *grown = realloc(plan->state, (plan->states + (size_t)1) * sizeof *grown);
    if (!grown)
        return no_memory(error);
    plan->state = grown;
    struct rp_golden_state *state = &grown[plan->states];
    *state = (struct rp_golden_state){mode, strdup(user), strdup(machine)};
    plan->states++;
    return state->user && state->machine ? RP_OK : no_memory(error);
}

static void free_block(struct rp_golden_block *block)
{
    free(block->encoding);
    free(block->first);
    free(block->state);
    free(block->skip);
    free(block->run_hash);
    free(block->mask);
}

int rp_golden_plan_block(struct rp_golden_plan *plan, uint8_t mode, uint32_t encodings, uint32_t runs,
                         struct rp_golden_block **block, struct rp_error *error)
{
    struct rp_golden_block *grown = realloc(plan->block, (plan->blocks + (size_t)1) * sizeof *grown);
    if (!grown)
        return no_memory(error);
    plan->block = grown;
    struct rp_golden_block *b = &grown[plan->blocks++];
    *b = (struct rp_golden_block){.mode = mode,
                                  .encodings = encodings,
                                  .runs = runs,
                                  .encoding = calloc(encodings + (size_t)1, sizeof *b->encoding),
                                  .first = calloc(encodings + (size_t)1, sizeof *b->first),
                                  .state = calloc(runs + (size_t)1, sizeof *b->state),
                                  .skip = calloc(runs + (size_t)1, sizeof *b->skip),
                                  .run_hash = calloc(runs + (size_t)1, sizeof *b->run_hash)};
    *block = b;
    return b->encoding && b->first && b->state && b->skip && b->run_hash ? RP_OK : no_memory(error);
}

void rp_golden_plan_free(struct rp_golden_plan *plan)
{
    for (uint32_t i = 0; i < plan->states; i++) {
        free(plan->state[i].user);
        free(plan->state[i].machine);
    }
    for (uint32_t i = 0; i < plan->blocks; i++)
        free_block(&plan->block[i]);
    free(plan->state);
    free(plan->block);
    *plan = (struct rp_golden_plan){0};
}

void rp_golden_block_pack(const struct rp_golden_block *block, struct rp_text *result)
{
    rp_text_add_bytes(result, (const char *)block->skip, block->runs);
    for (uint32_t i = 0; i < block->runs; i++)
        if (rp_golden_is_compared(block->skip[i]))
            rp_pack_fixed(result, block->run_hash[i], 4);
    rp_pack_number(result, block->masks);
    for (uint32_t i = 0; i < block->masks; i++) {
        rp_pack_number(result, block->mask[i].run);
        rp_pack_number(result, block->mask[i].component);
    }
    rp_pack_fixed(result, block->hash, 8);
}

static bool unpack_masks(struct rp_golden_block *block, struct rp_unpack *from)
{
    /* Each takes two bytes at least. */
    uint32_t count = (uint32_t)rp_unpack_below(from, (uint64_t)(from->end - from->at) / 2);
    block->mask = calloc(count + (size_t)1, sizeof *block->mask);
    if (!block->mask)
        return false;
    block->masks = count;
    for (uint32_t i = 0; i < count; i++) {
        struct rp_golden_mask *mask = &block->mask[i];
        mask->run = (uint32_t)rp_unpack_below(from, block->runs - 1);
        mask->component = (uint32_t)rp_unpack_below(from, UINT32_MAX);
        if (i && (mask->run < mask[-1].run ||
                  (mask->run == mask[-1].run && mask->component <= mask[-1].component)))
            return false;
    }
    return !from->failed;
}

bool rp_golden_block_unpack(struct rp_golden_block *block, const uint8_t *bytes, size_t length)
{
    struct rp_unpack from = {bytes, bytes + length, false};
    if (length < block->runs)
        return false;
    memcpy(block->skip, bytes, block->runs);
    from.at += block->runs;
    for (uint32_t i = 0; i < block->runs; i++) {
        if (block->skip[i] >= RP_GOLDEN_SKIP_COUNT)
            return false;
        block->run_hash[i] = rp_golden_is_compared(block->skip[i]) ? (uint32_t)rp_unpack_fixed(&from, 4) : 0;
    }
    free(block->mask);
    block->mask = NULL;
    block->masks = 0;
    if (!unpack_masks(block, &from))
        return false;
    block->hash = rp_unpack_fixed(&from, 8);
    return !from.failed && from.at == from.end;
}

/* What of an outcome is there, in the byte in front of it. */
enum { HAS_ERROR_CODE = 1, HAS_CR2 = 2, KERNEL_EMULATED = 4, HAS_LENGTH = 8, HAS_GATE = 16 };

void rp_golden_outcomes_pack(const struct rp_outcomes *outcomes, struct rp_text *text)
{
    rp_pack_number(text, outcomes->count);
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct rp_outcome *o = &outcomes->outcome[i];
        const struct rp_change *change = outcomes->change + o->first;
        uint8_t head[4] = {o->kind, o->vector,
                           (uint8_t)((o->has_error_code ? HAS_ERROR_CODE : 0) | (o->cr2 ? HAS_CR2 : 0) |
                                     (o->kernel_emulated ? KERNEL_EMULATED : 0) |
                                     (o->length ? HAS_LENGTH : 0) | (o->gate ? HAS_GATE : 0)),
                           o->provenance};
        rp_text_add_bytes(text, (const char *)head, sizeof head);
        if (o->has_error_code)
            rp_pack_number(text, o->error_code);
        if (o->cr2)
            rp_pack_number(text, o->cr2);
        if (o->length)
            rp_pack_number(text, o->length);
        if (o->gate)
            rp_pack_number(text, o->gate);
        rp_pack_number(text, o->count);
        for (uint32_t k = 0, last = 0; k < o->count; k++) {
            rp_pack_number(text, change[k].component - last);
            rp_pack_number(text, change[k].value);
            last = change[k].component;
        }
    }
}

/* A component that there is: names and windows of others are asked for by nobody. */
static bool is_component(uint32_t component)
{
    return component < RP_REG_COUNT ||
           (component >= RP_COMPONENT_VECTOR && component < RP_COMPONENT_VECTOR + RP_VECTOR_WORDS) ||
           (component >= RP_COMPONENT_MEMORY && component < RP_COMPONENT_MEMORY + RP_IMAGE_WORDS);
}

static bool unpack_changes(struct rp_unpack *from, struct rp_outcomes *outcomes, uint64_t count)
{
    uint64_t component = 0;
    for (uint64_t k = 0; k < count; k++) {
        uint64_t step = rp_unpack_below(from, UINT32_MAX);
        component += step;
        if (from->failed || !is_component((uint32_t)component) || component > UINT32_MAX || (k && !step))
            return false;
        outcomes->change[outcomes->change_count++] =
            (struct rp_change){(uint32_t)component, rp_unpack_number(from)};
    }
    return !from->failed;
}

static bool unpack_outcome(struct rp_unpack *from, struct rp_outcomes *outcomes, struct rp_error *error)
{
    if (from->end - from->at < 4)
        return false;
    struct rp_outcome outcome = {.kind = from->at[0], .vector = from->at[1], .provenance = from->at[3]};
    uint8_t has = from->at[2];
    from->at += 4;
    outcome.has_error_code = has & HAS_ERROR_CODE;
    outcome.kernel_emulated = has & KERNEL_EMULATED;
    outcome.error_code = has & HAS_ERROR_CODE ? (uint32_t)rp_unpack_below(from, UINT32_MAX) : 0;
    outcome.cr2 = has & HAS_CR2 ? rp_unpack_number(from) : 0;
    outcome.length = has & HAS_LENGTH ? (uint8_t)rp_unpack_below(from, UINT8_MAX) : 0;
    outcome.gate = has & HAS_GATE ? (uint8_t)rp_unpack_below(from, RP_GATE_COUNT - 1) : 0;
    uint64_t count = rp_unpack_below(from, (uint64_t)(from->end - from->at) / 2);
    if (from->failed || outcome.kind >= RP_OUTCOME_COUNT || outcome.provenance >= RP_PROVENANCE_COUNT ||
        rp_outcomes_reserve(outcomes, 1, count, error))
        return false;
    size_t first = outcomes->change_count;
    if (!unpack_changes(from, outcomes, count))
        return false;
    rp_outcome_seal(outcomes, &outcome, first);
    outcomes->outcome[outcomes->count++] = outcome;
    return true;
}

int rp_golden_outcomes_unpack(const uint8_t *bytes, size_t length, struct rp_outcomes *outcomes,
                              struct rp_error *error)
{
    struct rp_unpack from = {bytes, bytes + length, false};
    uint64_t count = rp_unpack_below(&from, RUNS_MAX);
    bool good = !from.failed;
    rp_outcomes_clear(outcomes);
    for (uint64_t i = 0; i < count && good; i++)
        good = unpack_outcome(&from, outcomes, error);
    return good && from.at == from.end
               ? RP_OK
               : rp_error_set(error, RP_EINPUT, "the outcomes of a block are damaged");
}

void rp_golden_block_count(const struct rp_golden_block *block, uint64_t count[RP_GOLDEN_SKIP_COUNT])
{
    for (uint32_t i = 0; i < block->runs; i++) {
        count[block->skip[i]]++;
        count[RP_GOLDEN_COMPARED] += block->skip[i] == RP_GOLDEN_BY_KERNEL;
    }
}
