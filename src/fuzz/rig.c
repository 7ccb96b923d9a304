/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running inputs; see rig.h. */
#include "fuzz/rig.h"

#include "executor/registry.h"
#include "judge/witness.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define STATES  1024 /* pre-states that are kept, of each side; 18 KB each */
#define BUCKETS 4096

struct state {
    uint64_t key;
    struct rp_prestate prestate[RP_FUZZ_SIDES];
    uint32_t index[RP_FUZZ_SIDES];
};

/* What inputs of one seed have in common, made when the first of them comes. */
struct base {
    struct rp_seed_draft draft;
    struct rp_recipe plain; /* the draft, finished for no instruction */
    bool has[RP_FUZZ_SIDES];
    struct rp_prestate prestate[RP_FUZZ_SIDES]; /* without tweaks, of encodings that need no fitting */
};

#define WIDTHS 3 /* of operands */
#define BASES  ((size_t)2 * RP_MODE_COUNT * RP_FUZZ_SEEDS_MAX * WIDTHS)

struct rp_fuzz_rig {
    struct rp_fuzz_rig_options options;
    struct rp_runner runner[2];
    const struct rp_capabilities *can[2];
    struct rp_outcomes outcomes[2];
    struct state *state;
    unsigned states;
    uint16_t bucket[BUCKETS]; /* number of a state and one; 0: free */
    /* The last batch. */
    const struct state *used[RP_FUZZ_BATCH_MAX];
    struct rp_job job[2][2 * RP_FUZZ_BATCH_MAX];
    uint8_t job_input[2][2 * RP_FUZZ_BATCH_MAX], job_side[2][2 * RP_FUZZ_BATCH_MAX];
    size_t jobs[2];
    struct rp_recipe recipe; /* some 8 KB */
    /* By whether the policy is as-found. */
    struct base *base[2][RP_MODE_COUNT][RP_FUZZ_SEEDS_MAX][WIDTHS];
};

static unsigned member_of(unsigned side)
{
    return side == RP_FUZZ_SECOND3;
}

static bool runs_side(const struct rp_fuzz_rig *rig, enum rp_mode mode, unsigned side)
{
    unsigned ring = side == RP_FUZZ_LEAD0 ? 0 : 3, member = member_of(side);
    const struct rp_mode_info *info = rp_mode_info(mode);
    return member < rig->options.members &&
           (ring ? info->has_ring3 : info->has_ring0 || mode == RP_MODE_VM86) &&
           rig->can[member]->ring[rp_ring_mode(mode, ring)][ring];
}

static enum rp_policy policy_of(const struct rp_fuzz_rig *rig, unsigned side)
{
    return rig->runner[member_of(side)].executor->as_found ? RP_POLICY_AS_FOUND : rig->options.policy;
}

int rp_fuzz_rig_open(const struct rp_fuzz_rig_options *options, struct rp_fuzz_rig **rig,
                     struct rp_error *error)
{
    struct rp_fuzz_rig *r = calloc(1, sizeof *r);
    if (!r)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for running inputs");
    r->options = *options;
    r->state = calloc(STATES, sizeof *r->state);
    int result = r->state ? RP_OK : rp_error_set(error, RP_EENVIRONMENT, "out of memory for pre-states");
    for (unsigned i = 0; i < options->members && result == RP_OK; i++) {
        const struct rp_executor *executor = options->member[i].executor;
        const struct rp_executor_options open = {.run_counter = options->run_counter,
                                                 .model = rp_executor_model(options->member[i].name)};
        r->runner[i] = (struct rp_runner){.run_counter = options->run_counter};
        result = executor->open(&open, &r->runner[i].instance, error);
        if (result == RP_OK)
            r->runner[i].executor = executor;
        if (result == RP_OK)
            r->can[i] = executor->capabilities(r->runner[i].instance);
    }
    if (result) {
        rp_fuzz_rig_close(r);
        return result;
    }
    *rig = r;
    return RP_OK;
}

void rp_fuzz_rig_close(struct rp_fuzz_rig *rig)
{
    if (!rig)
        return;
    for (unsigned i = 0; i < 2; i++) {
        if (rig->runner[i].executor)
            rig->runner[i].executor->close(rig->runner[i].instance);
        rp_outcomes_free(&rig->outcomes[i]);
    }
    for (size_t i = 0; i < BASES; i++)
        free((&rig->base[0][0][0][0])[i]);
    free(rig->state);
    free(rig);
}

const struct rp_capabilities *rp_fuzz_rig_can(const struct rp_fuzz_rig *rig, unsigned member)
{
    return rig->can[member];
}

uint64_t rp_fuzz_rig_runs(const struct rp_fuzz_rig *rig)
{
    return rig->runner[0].runs + rig->runner[1].runs;
}

/* A seed that sets every register is fitted to operands that are usual as well, [rbx]; all of these get the
 * same state, as far as they are addressed alike. */
static uint64_t mix_operand(uint64_t key, const struct rp_instruction *i)
{
    const struct rp_memory_operand *m = &i->memory;
    const uint64_t parts[] = {m->present, m->vector_index, m->segment,      m->base,        m->index,
                              m->scale,   m->size,         i->address_bits, m->address_only};
    return m->present ? XXH64(parts, sizeof parts, key) : key;
}

/* Of its memory what there is. */
static void copy_prestate(struct rp_prestate *to, const struct rp_prestate *from)
{
    to->mode = from->mode;
    to->ring = from->ring;
    to->state = from->state;
    to->memory.count = from->memory.count;
    memcpy(to->memory.word, from->memory.word, from->memory.count * sizeof from->memory.word[0]);
}

/* What decides the pre-state: an encoding that has to be fitted is part of it. */
static uint64_t key_of(const struct rp_fuzz_input *input, const struct rp_fuzz_shot *shot)
{
    const struct rp_instruction *i = shot->decoded ? &shot->instruction : NULL;
    uint64_t key =
        XXH64(input->tweak, input->tweaks * sizeof input->tweak[0],
              (uint64_t)input->mode << 16 | (uint64_t)input->seed << 8 | rp_fuzz_operand_bits(input, i));
    if (i && rp_recipe_needs_fit(input->mode, i))
        return XXH64(input->encoding.bytes, input->encoding.length, key);
    return i ? mix_operand(key, i) : key;
}

static int find_base(struct rp_fuzz_rig *rig, const struct rp_fuzz_shot *shot, enum rp_policy policy,
                     struct base **found, struct rp_error *error)
{
    static const uint64_t nothing[RP_REG_COUNT];
    const struct rp_fuzz_input *input = shot->input;
    unsigned bits = rp_fuzz_operand_bits(input, shot->decoded ? &shot->instruction : NULL);
    struct base **base =
        &rig->base[policy == RP_POLICY_AS_FOUND][input->mode][input->seed][bits / 32]; /* 16, 32, 64 */
    int result = RP_OK;
    if (!*base) {
        *base = calloc(1, sizeof **base);
        if (!*base)
            return rp_error_set(error, RP_EENVIRONMENT, "out of memory for seeds");
        result = rp_seed_draft(&rig->options.facts->seeds.seed[input->seed], (enum rp_mode)input->mode,
                               policy, bits, nothing, &(*base)->draft, error);
        if (result == RP_OK)
            result = rp_seed_finish(&(*base)->draft, NULL, &(*base)->plain, error);
    }
    if (result) {
        free(*base);
        *base = NULL;
    }
    *found = *base;
    return result;
}

static int build(const struct rp_fuzz_rig *rig, const struct rp_recipe *recipe, enum rp_mode mode,
                 unsigned side, struct rp_prestate *prestate, struct rp_error *error)
{
    unsigned ring = side == RP_FUZZ_LEAD0 ? 0 : 3;
    int result =
        rp_prestate_build(prestate, rp_ring_mode(mode, ring), ring, &recipe->user, &recipe->machine, error);
    rp_prestate_reduce(prestate, rig->can[member_of(side)]->lacks);
    return result;
}

static bool sets_machine(const struct rp_fuzz_input *input)
{
    for (unsigned i = 0; i < input->tweaks; i++)
        if (input->tweak[i].place == RP_FUZZ_RESOURCE)
            return true;
    return false;
}

/* Sets the general registers that fitting the seed to the operand moves. False: it does more than that. */
static bool fit(const struct rp_fuzz_shot *shot, const struct base *base, struct rp_prestate *prestate)
{
    static struct rp_recipe fitted;
    const struct rp_user *user = &fitted.user, *plain = &base->plain.user;
    if (!shot->decoded || !shot->instruction.memory.present)
        return true;
    if (rp_seed_finish(&base->draft, &shot->instruction, &fitted, NULL) ||
        user->memory.count != plain->memory.count ||
        memcmp(user->memory.word, plain->memory.word, user->memory.count * sizeof user->memory.word[0]) != 0)
        return false;
    for (unsigned i = RP_REG_RAX; i <= RP_REG_R15; i++) {
        uint64_t mask = rp_register_user_mask((enum rp_reg)i, prestate->mode);
        if (user->state.reg[i] != plain->state.reg[i])
            prestate->state.reg[i] = (prestate->state.reg[i] & ~mask) | (user->state.reg[i] & mask);
    }
    return true;
}

/* A copy of what the seed's inputs have in common, with operand and tweaks put in place: a fifth of the time
 * that building takes. False: it has to be built. */
static bool patch(struct rp_fuzz_rig *rig, const struct rp_fuzz_shot *shot, struct base *base, unsigned side,
                  struct rp_prestate *prestate)
{
    const enum rp_mode mode = (enum rp_mode)shot->input->mode;
    if (sets_machine(shot->input) || (shot->decoded && rp_recipe_needs_fit(mode, &shot->instruction)))
        return false;
    if (!base->has[side]) {
        if (build(rig, &base->plain, mode, side, &base->prestate[side], NULL))
            return false;
        base->has[side] = true;
    }
    copy_prestate(prestate, &base->prestate[side]);
    if (!fit(shot, base, prestate) || !rp_fuzz_input_patch(rig->options.facts, shot->input, prestate))
        return false;
    rp_prestate_reduce(prestate, rig->can[member_of(side)]->lacks);
    return true;
}

static int make_side(struct rp_fuzz_rig *rig, const struct rp_fuzz_shot *shot, unsigned side,
                     enum rp_policy *made, struct state *state, struct rp_error *error)
{
    const struct rp_runner *runner = &rig->runner[member_of(side)];
    enum rp_policy policy = policy_of(rig, side);
    struct base *base;
    int result = find_base(rig, shot, policy, &base, error);
    if (result == RP_OK && !patch(rig, shot, base, side, &state->prestate[side])) {
        if (policy != *made) {
            result =
                rp_seed_finish(&base->draft, shot->decoded ? &shot->instruction : NULL, &rig->recipe, error);
            if (result == RP_OK)
                result = rp_fuzz_input_apply(rig->options.facts, shot->input, &rig->recipe, error);
            *made = policy;
        }
        if (result == RP_OK)
            result = build(rig, &rig->recipe, (enum rp_mode)shot->input->mode, side, &state->prestate[side],
                           error);
    }
    return result ? result
                  : runner->executor->prepare(runner->instance, &state->prestate[side], 1,
                                              &state->index[side], error);
}

static int make_state(struct rp_fuzz_rig *rig, const struct rp_fuzz_shot *shot, struct state *state,
                      struct rp_error *error)
{
    enum rp_policy made = RP_POLICY_COUNT;
    int result = RP_OK;
    memset(state->index, 0xff, sizeof state->index);
    for (unsigned side = 0; side < RP_FUZZ_SIDES && result == RP_OK; side++)
        if (runs_side(rig, (enum rp_mode)shot->input->mode, side))
            result = make_side(rig, shot, side, &made, state, error);
    /* A seed with a large image, and tweaks behind it: more memory than a pre-state holds. It is not run. */
    return result == RP_EINPUT ? RP_OK : result;
}

static void forget_all(struct rp_fuzz_rig *rig)
{
    for (unsigned side = 0; side < RP_FUZZ_SIDES; side++) {
        const struct rp_runner *runner = &rig->runner[member_of(side)];
        for (unsigned i = 0; i < rig->states; i++) {
            if (rig->state[i].index[side] == UINT32_MAX)
                continue;
            runner->executor->forget(runner->instance, rig->state[i].index[side]);
            break;
        }
    }
    memset(rig->bucket, 0, sizeof rig->bucket);
    rig->states = 0;
}

static int find_state(struct rp_fuzz_rig *rig, const struct rp_fuzz_shot *shot, const struct state **found,
                      struct rp_error *error)
{
    uint64_t key = key_of(shot->input, shot);
    size_t at = key % BUCKETS;
    for (; rig->bucket[at]; at = (at + 1) % BUCKETS) {
        *found = &rig->state[rig->bucket[at] - 1];
        if ((*found)->key == key)
            return RP_OK;
    }
    struct state *state = &rig->state[rig->states++];
    state->key = key;
    rig->bucket[at] = (uint16_t)rig->states;
    *found = state;
    return make_state(rig, shot, state, error);
}

static void add_jobs(struct rp_fuzz_rig *rig, const struct rp_fuzz_input *input, size_t number)
{
    const struct state *state = rig->used[number];
    for (unsigned side = 0; side < RP_FUZZ_SIDES; side++) {
        unsigned member = member_of(side);
        if (state->index[side] == UINT32_MAX)
            continue;
        size_t at = rig->jobs[member]++;
        rig->job[member][at] = (struct rp_job){.encoding = input->encoding, .prestate = state->index[side]};
        rig->job_input[member][at] = (uint8_t)number;
        rig->job_side[member][at] = (uint8_t)side;
    }
}

static void show(const struct rp_fuzz_rig *rig, unsigned member, struct rp_fuzz_shot *shots)
{
    const struct rp_outcomes *outcomes = &rig->outcomes[member];
    for (size_t i = 0; i < rig->jobs[member]; i++) {
        struct rp_fuzz_shot *shot = &shots[rig->job_input[member][i]];
        unsigned side = rig->job_side[member][i];
        const struct rp_outcome *outcome = &outcomes->outcome[i];
        shot->view[side] =
            (struct rp_view){.mode = (enum rp_mode)shot->input->mode,
                             .prestate = &rig->used[rig->job_input[member][i]]->prestate[side],
                             .outcome = outcome,
                             .changes = outcomes->change + outcome->first,
                             .names_memory = shot->decoded && shot->instruction.memory.present};
    }
}

/* States, from which the jobs follow. */
static int arrange(struct rp_fuzz_rig *rig, const struct rp_fuzz_input *inputs, size_t count,
                   struct rp_fuzz_shot *shots, struct rp_error *error)
{
    int result = RP_OK;
    if (rig->states + count > STATES)
        forget_all(rig);
    rig->jobs[0] = rig->jobs[1] = 0;
    for (size_t i = 0; i < count && result == RP_OK; i++) {
        const struct rp_fuzz_input *input = &inputs[i];
        shots[i].input = input;
        memset(shots[i].view, 0, sizeof shots[i].view);
        shots[i].decoded = rp_decode(input->mode, input->encoding.bytes, input->encoding.length,
                                     &shots[i].instruction, NULL) == RP_OK;
        result = find_state(rig, &shots[i], &rig->used[i], error);
        if (result == RP_OK)
            add_jobs(rig, input, i);
    }
    return result;
}

int rp_fuzz_rig_run(struct rp_fuzz_rig *rig, const struct rp_fuzz_input *inputs, size_t count,
                    const struct rp_deaths *deaths, struct rp_fuzz_shot *shots, struct rp_error *error)
{
    int result = arrange(rig, inputs, count, shots, error);
    for (unsigned member = 0; member < rig->options.members && result == RP_OK; member++) {
        rp_outcomes_clear(&rig->outcomes[member]);
        rig->runner[member].deaths = deaths;
        if (rig->jobs[member])
            result = rp_runner_run(&rig->runner[member], rig->job[member], rig->jobs[member],
                                   &rig->outcomes[member], error);
        rig->runner[member].deaths = NULL;
        if (result == RP_OK)
            show(rig, member, shots);
    }
    return result;
}

bool rp_fuzz_rig_blame(const struct rp_fuzz_rig *rig, uint64_t run, size_t *input, enum rp_fuzz_side *side)
{
    unsigned member = run >= rig->jobs[0];
    uint64_t at = member ? run - rig->jobs[0] : run;
    if (at >= rig->jobs[member])
        return false;
    *input = rig->job_input[member][at];
    *side = rig->job_side[member][at];
    return true;
}
