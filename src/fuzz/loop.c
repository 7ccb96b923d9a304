/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The novelty loop; see loop.h. */
#include "fuzz/loop.h"

#include "fuzz/propose.h"

#include <string.h>

void rp_fuzz_plan_give(struct rp_fuzz_plan *plan, uint64_t number, const struct rp_fuzz_input *inputs,
                       uint32_t count)
{
    plan->count = count;
    memset(plan->source, RP_FUZZ_SOURCES, sizeof plan->source);
    memcpy(plan->input, inputs, count * sizeof plan->input[0]);
    plan->slice = number + 1;
}

static struct rp_fuzz_plan *plan_slice(const struct rp_fuzz_loop *loop, uint64_t number)
{
    struct rp_random random = rp_random_make(loop->random_seed, number);
    const struct rp_fuzz_proposer proposer = {loop->facts, loop->board, loop->strategy};
    struct rp_fuzz_plan *plan = &loop->board->plan[number % RP_FUZZ_PLANS];
    if (plan->slice == number + 1)
        return plan;
    const uint64_t at = number * RP_FUZZ_SLICE, left = at < loop->seeds ? loop->seeds - at : 0;
    uint32_t given = (uint32_t)(left < RP_FUZZ_SLICE ? left : RP_FUZZ_SLICE);
    if (given)
        rp_fuzz_plan_give(plan, number, loop->seed + at, given);
    plan->slice = 0; /* until all of it is there */
    for (uint32_t i = given; i < RP_FUZZ_SLICE; i++)
        plan->source[i] = (uint8_t)rp_fuzz_choose(&proposer, &random, NULL, NULL, &plan->input[i]);
    plan->count = RP_FUZZ_SLICE;
    plan->slice = number + 1;
    return plan;
}

void rp_fuzz_record(struct rp_text *text, char kind, uint64_t number)
{
    char record[RP_FUZZ_RECORD_BYTES] = {kind};
    memcpy(record + 1, &number, sizeof number);
    rp_text_add_bytes(text, record, sizeof record);
}

bool rp_fuzz_board_restore(struct rp_fuzz_board *board, const char record[RP_FUZZ_RECORD_BYTES])
{
    uint64_t number;
    memcpy(&number, record + 1, sizeof number);
    switch (record[0]) {
    case 'c':
        rp_fuzz_set_add(&board->coarse, number);
        return true;
    case 'w':
        rp_fuzz_set_add(&board->whole, number);
        return true;
    case 's':
        rp_fuzz_set_add(&board->suspects, number);
        return true;
    case 'd':
        if (board->deadly < RP_FUZZ_DEADLY_MAX)
            board->deadly_key[board->deadly++] = number;
        return true;
    default:
        return false;
    }
}

/* What is known of an input's runs once they are gone. */
struct trace {
    struct rp_fuzz_behaviour behaviour;
    uint64_t hash[RP_FUZZ_SIDES];
    bool fresh;  /* its behaviour was not known */
    bool stable; /* the second run came out like the first */
    bool declared;
    bool live; /* a run that was not #UD */
    unsigned suspicions;
    struct rp_fuzz_suspicion suspicion[RP_FUZZ_SUSPICIONS_MAX];
};

/* What goes out of a slice. */
struct yield {
    struct rp_fuzz_slice *slice;
    struct rp_text *inputs, *suspicions, *records;
};

static bool learn(struct rp_fuzz_set *set, char kind, uint64_t number, struct yield *yield)
{
    bool is_new = rp_fuzz_set_add(set, number);
    if (is_new)
        rp_fuzz_record(yield->records, kind, number);
    return is_new;
}

static void hash_runs(const struct rp_fuzz_shot *shot, uint64_t hash[RP_FUZZ_SIDES])
{
    for (unsigned side = 0; side < RP_FUZZ_SIDES; side++)
        hash[side] = shot->view[side].outcome ? shot->view[side].outcome->hash : 0;
}

static void look(const struct rp_fuzz_loop *loop, const struct rp_fuzz_shot *shot, struct trace *trace)
{
    const struct rp_capabilities *const can[2] = {rp_fuzz_rig_can(loop->rig, 0),
                                                  rp_fuzz_rig_can(loop->rig, 1)};
    rp_fuzz_behave(shot, can, &trace->behaviour);
    trace->live = rp_fuzz_shot_is_live(shot);
    trace->fresh = !rp_fuzz_set_has(&loop->board->whole, trace->behaviour.whole);
    trace->stable = true;
    trace->suspicions = 0;
    if (!trace->fresh)
        return;
    trace->declared = shot->decoded && rp_fuzz_nondeterministic(&shot->instruction);
    hash_runs(shot, trace->hash);
    trace->suspicions = rp_fuzz_suspect(shot, &trace->behaviour, can,
                                        rp_fuzz_input_is_open(loop->facts, shot->input), trace->suspicion);
}

/* Runs what is new again: news that does not come twice is none. */
static int repeat(struct rp_fuzz_loop *loop, const struct rp_fuzz_plan *plan, struct trace *traces,
                  const struct rp_deaths *deaths, struct rp_error *error)
{
    static struct rp_fuzz_input again[RP_FUZZ_SLICE];
    static struct rp_fuzz_shot shots[RP_FUZZ_SLICE];
    unsigned number[RP_FUZZ_SLICE], count = 0;
    for (unsigned i = 0; i < plan->count; i++) {
        if (!traces[i].fresh)
            continue;
        number[count] = i;
        again[count++] = plan->input[i];
    }
    int result = count ? rp_fuzz_rig_run(loop->rig, again, count, deaths, shots, error) : RP_OK;
    for (unsigned i = 0; i < count && result == RP_OK; i++) {
        struct trace *trace = &traces[number[i]];
        uint64_t hash[RP_FUZZ_SIDES];
        hash_runs(&shots[i], hash);
        for (unsigned side = 0; side < RP_FUZZ_SIDES; side++) {
            if (hash[side] == trace->hash[side] || trace->declared)
                continue;
            trace->stable = false;
            trace->suspicions = 1;
            rp_fuzz_suspect_noise(&plan->input[number[i]], trace->behaviour.name, side, &trace->suspicion[0]);
        }
    }
    return result;
}

/* Returns the number in the stock; -1: it was not kept. */
static int64_t hand_on(struct rp_fuzz_loop *loop, const struct rp_fuzz_input *input,
                       const struct trace *trace, struct yield *yield)
{
    struct rp_fuzz_board *board = loop->board;
    struct rp_fuzz_input kept = *input;
    kept.cell = rp_fuzz_cell_of(input);
    for (unsigned i = 0; i < trace->suspicions; i++) {
        const struct rp_fuzz_suspicion *s = &trace->suspicion[i];
        if (s->oracle == RP_FUZZ_DIED || s->oracle == RP_FUZZ_HUNG)
            rp_fuzz_board_kills(board, kept.cell, input->mode);
        if (!learn(&board->suspects, 's', s->key, yield))
            continue;
        rp_text_add_bytes(yield->suspicions, (const char *)s, sizeof *s);
        yield->slice->suspicions++;
    }
    if (!trace->stable || !learn(&board->whole, 'w', trace->behaviour.whole, yield))
        return -1;
    yield->slice->news++;
    int64_t number = rp_fuzz_board_stock(board, &kept);
    if (number < 0)
        return -1;
    rp_text_add_bytes(yield->inputs, (const char *)&kept, sizeof kept);
    yield->slice->inputs++;
    return number;
}

/* What an input came to: its source gains, its name is counted, and it may become a donor. */
static void take_stock(struct rp_fuzz_loop *loop, const struct rp_fuzz_plan *plan, unsigned i,
                       const struct trace *trace, struct yield *yield)
{
    struct rp_fuzz_board *board = loop->board;
    const uint32_t slot = rp_fuzz_cell_slot(rp_fuzz_cell_of(&plan->input[i]));
    bool met = board->runs_of[slot], gains = learn(&board->coarse, 'c', trace->behaviour.coarse, yield);
    const unsigned source = plan->source[i];
    if (source != RP_FUZZ_SOURCES)
        rp_fuzz_schedule_gain(&board->schedule, source, gains);
    yield->slice->cell[i] = slot | (trace->live ? RP_FUZZ_SLICE_LIVE : 0);
    rp_fuzz_count_cell(board->runs_of, slot, trace->live);
    int64_t number = trace->fresh ? hand_on(loop, &plan->input[i], trace, yield) : -1;
    if (gains && met && number >= 0 && (source < RP_FUZZ_ARMS || source == RP_FUZZ_SOURCES))
        rp_fuzz_schedule_donate(&board->schedule, (uint32_t)number, board->cells);
}

/* Too many of its runs kill: what is known of that is all there is. */
static void give_up(struct rp_fuzz_loop *loop, const struct rp_fuzz_shot *shots, uint32_t count,
                    const struct rp_deaths *deaths, struct yield *yield)
{
    for (unsigned i = 0; i < deaths->count; i++) {
        struct rp_fuzz_suspicion s;
        size_t input;
        enum rp_fuzz_side side;
        if (!rp_fuzz_rig_blame(loop->rig, deaths->death[i].run, &input, &side))
            continue;
        rp_fuzz_suspect_death(&shots[input], side, &deaths->death[i], &s);
        rp_fuzz_board_kills(loop->board, rp_fuzz_cell_of(shots[input].input), shots[input].input->mode);
        if (!learn(&loop->board->suspects, 's', s.key, yield))
            continue;
        rp_text_add_bytes(yield->suspicions, (const char *)&s, sizeof s);
        yield->slice->suspicions++;
    }
    yield->slice->given_up = count;
}

int rp_fuzz_loop_run(struct rp_fuzz_loop *loop, uint64_t number, const struct rp_deaths *deaths,
                     struct rp_fuzz_slice *slice, struct rp_text *inputs, struct rp_text *suspicions,
                     struct rp_text *records, struct rp_error *error)
{
    static struct rp_fuzz_shot shots[RP_FUZZ_SLICE];
    static struct trace traces[RP_FUZZ_SLICE];
    struct yield yield = {slice, inputs, suspicions, records};
    uint64_t deadly = loop->board->deadly, runs = rp_fuzz_rig_runs(loop->rig);
    *slice = (struct rp_fuzz_slice){0};
    const struct rp_fuzz_plan *plan = plan_slice(loop, number);
    int result = rp_fuzz_rig_run(loop->rig, plan->input, plan->count, deaths, shots, error);
    if (result == RP_EUNSUPPORTED && deaths && deaths->exhausted) {
        give_up(loop, shots, plan->count, deaths, &yield);
        result = RP_OK;
    } else if (result == RP_OK) {
        for (unsigned i = 0; i < plan->count; i++)
            look(loop, &shots[i], &traces[i]);
        if (!deaths || !deaths->count)
            result = repeat(loop, plan, traces, deaths, error);
        slice->executions = plan->count;
        for (unsigned i = 0; i < plan->count && result == RP_OK; i++)
            take_stock(loop, plan, i, &traces[i], &yield);
    }
    for (uint64_t i = deadly; i < loop->board->deadly && i < RP_FUZZ_DEADLY_MAX; i++)
        rp_fuzz_record(records, 'd', loop->board->deadly_key[i]);
    slice->schedule = loop->board->schedule;
    slice->runs = (uint32_t)(rp_fuzz_rig_runs(loop->rig) - runs);
    slice->records = (uint32_t)(records->length / RP_FUZZ_RECORD_BYTES);
    return result;
}
