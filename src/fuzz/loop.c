/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The novelty loop; see loop.h. */
#include "fuzz/loop.h"

#include "fuzz/anatomy.h"
#include "fuzz/mutate.h"

#include <string.h>
#include <xxhash.h>

#define PICKS     4 /* proposals that kill, before one is taken all the same */
#define PROPOSALS 8

static uint64_t name_of(const struct rp_fuzz_input *input)
{
    static _Thread_local struct rp_fuzz_shot shot;
    char name[RP_OPCODE_CELL_MAX];
    shot.input = input;
    shot.decoded = rp_decode(input->mode, input->encoding.bytes, input->encoding.length, &shot.instruction,
                             NULL) == RP_OK;
    rp_fuzz_shot_name(&shot, name);
    return XXH64(name, strlen(name), 0);
}

/* One of the stock, the newer half as often as all of it; NULL: it is empty, or this place is. */
static const struct rp_fuzz_input *pick(const struct rp_fuzz_board *board, uint64_t stock,
                                        struct rp_random *random)
{
    uint64_t count = stock < RP_FUZZ_STOCK_MAX ? stock : RP_FUZZ_STOCK_MAX;
    if (!count)
        return NULL;
    uint64_t newer = rp_random_below(random, 2) ? count / 2 : 0;
    const struct rp_fuzz_input *input = &board->input[newer + rp_random_below(random, count - newer)];
    return __atomic_load_n(&input->encoding.length, __ATOMIC_ACQUIRE) ? input : NULL;
}

static void draw_bytes(const struct rp_fuzz_facts *facts, struct rp_random *random,
                       struct rp_fuzz_input *input)
{
    uint8_t bytes[RP_ENCODING_MAX];
    memset(input, 0, sizeof *input);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)rp_random_next(random);
    input->mode = facts->modes[rp_random_below(random, facts->mode_count)];
    const struct rp_fuzz_mode *mode = &facts->mode[input->mode];
    input->seed = mode->seed[rp_random_below(random, mode->seeds)];
    rp_fuzz_cut(input->mode, bytes, &input->encoding);
}

/* Returns the arm that proposed it; 0: from nothing. */
static unsigned propose(const struct rp_fuzz_loop *loop, struct rp_random *random,
                        struct rp_fuzz_input *input)
{
    const struct rp_fuzz_board *board = loop->board;
    const struct rp_fuzz_input *parent = NULL;
    uint64_t stock = __atomic_load_n(&board->stock, __ATOMIC_ACQUIRE);
    unsigned arm = 0;
    if (loop->strategy == RP_FUZZ_BYTES) {
        draw_bytes(loop->facts, random, input);
        return 0;
    }
    if (loop->strategy == RP_FUZZ_NOVELTY)
        arm = rp_fuzz_board_arm(board, rp_random_next(random));
    if (arm)
        parent = pick(board, stock, random);
    if (!parent) {
        rp_fuzz_generate(loop->facts, random, input);
        return 0;
    }
    *input = *parent;
    rp_fuzz_mutate(loop->facts, random, (enum rp_fuzz_change)(arm - 1), pick(board, stock, random), input);
    return arm;
}

/* Of a few proposals the one whose instruction was run least: a run costs more than a look at many. What
 * kills executors is passed over. */
static unsigned choose(const struct rp_fuzz_loop *loop, struct rp_random *random, struct rp_fuzz_input *input)
{
    unsigned proposals = loop->strategy == RP_FUZZ_NOVELTY ? PROPOSALS : 1, best_arm = 0;
    uint32_t least = UINT32_MAX;
    for (unsigned i = 0, tries = 0; i < proposals; i++) {
        struct rp_fuzz_input proposed;
        unsigned arm = propose(loop, random, &proposed);
        uint64_t name = name_of(&proposed);
        uint32_t runs = loop->board->runs_of[rp_fuzz_name_slot(name)];
        if (rp_fuzz_board_is_deadly(loop->board, name, proposed.mode) && ++tries < PICKS) {
            i--;
            continue;
        }
        if (runs < least) {
            least = runs;
            best_arm = arm;
            *input = proposed;
        }
    }
    return best_arm;
}

static struct rp_fuzz_plan *plan_slice(const struct rp_fuzz_loop *loop, uint64_t number)
{
    struct rp_random random = rp_random_make(loop->random_seed, number);
    struct rp_fuzz_plan *plan = &loop->board->plan[number % RP_FUZZ_PLANS];
    if (plan->slice == number + 1)
        return plan;
    plan->slice = 0;
    for (unsigned i = 0; i < RP_FUZZ_SLICE; i++)
        plan->arm[i] = (uint8_t)choose(loop, &random, &plan->input[i]);
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
static int repeat(struct rp_fuzz_loop *loop, const struct rp_fuzz_input *inputs, struct trace *traces,
                  const struct rp_deaths *deaths, struct rp_error *error)
{
    static struct rp_fuzz_input again[RP_FUZZ_SLICE];
    static struct rp_fuzz_shot shots[RP_FUZZ_SLICE];
    unsigned number[RP_FUZZ_SLICE], count = 0;
    for (unsigned i = 0; i < RP_FUZZ_SLICE; i++) {
        if (!traces[i].fresh)
            continue;
        number[count] = i;
        again[count++] = inputs[i];
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
            rp_fuzz_suspect_noise(&inputs[number[i]], trace->behaviour.name, side, &trace->suspicion[0]);
        }
    }
    return result;
}

static void hand_on(struct rp_fuzz_loop *loop, const struct rp_fuzz_input *input, const struct trace *trace,
                    struct yield *yield)
{
    struct rp_fuzz_board *board = loop->board;
    for (unsigned i = 0; i < trace->suspicions; i++) {
        const struct rp_fuzz_suspicion *s = &trace->suspicion[i];
        if (s->oracle == RP_FUZZ_DIED || s->oracle == RP_FUZZ_HUNG)
            rp_fuzz_board_kills(board, trace->behaviour.name, input->mode);
        if (!learn(&board->suspects, 's', s->key, yield))
            continue;
        rp_text_add_bytes(yield->suspicions, (const char *)s, sizeof *s);
        yield->slice->suspicions++;
    }
    if (!trace->stable || !learn(&board->whole, 'w', trace->behaviour.whole, yield))
        return;
    yield->slice->news++;
    if (!rp_fuzz_board_stock(board, input))
        return;
    rp_text_add_bytes(yield->inputs, (const char *)input, sizeof *input);
    yield->slice->inputs++;
}

/* Too many of its runs kill: what is known of that is all there is. */
static void give_up(struct rp_fuzz_loop *loop, const struct rp_fuzz_shot *shots,
                    const struct rp_deaths *deaths, struct yield *yield)
{
    for (unsigned i = 0; i < deaths->count; i++) {
        struct rp_fuzz_suspicion s;
        size_t input;
        enum rp_fuzz_side side;
        if (!rp_fuzz_rig_blame(loop->rig, deaths->death[i].run, &input, &side))
            continue;
        rp_fuzz_suspect_death(&shots[input], side, &deaths->death[i], &s);
        rp_fuzz_board_kills(loop->board, name_of(shots[input].input), shots[input].input->mode);
        if (!learn(&loop->board->suspects, 's', s.key, yield))
            continue;
        rp_text_add_bytes(yield->suspicions, (const char *)&s, sizeof s);
        yield->slice->suspicions++;
    }
    yield->slice->given_up = RP_FUZZ_SLICE;
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
    const struct rp_fuzz_input *proposed = plan->input;
    int result = rp_fuzz_rig_run(loop->rig, proposed, RP_FUZZ_SLICE, deaths, shots, error);
    if (result == RP_EUNSUPPORTED && deaths && deaths->exhausted) {
        give_up(loop, shots, deaths, &yield);
        result = RP_OK;
    } else if (result == RP_OK) {
        for (unsigned i = 0; i < RP_FUZZ_SLICE; i++)
            look(loop, &shots[i], &traces[i]);
        if (!deaths || !deaths->count)
            result = repeat(loop, proposed, traces, deaths, error);
        slice->executions = RP_FUZZ_SLICE;
        for (unsigned i = 0; i < RP_FUZZ_SLICE && result == RP_OK; i++) {
            bool gains = learn(&loop->board->coarse, 'c', traces[i].behaviour.coarse, &yield);
            rp_fuzz_board_gain(loop->board, plan->arm[i], 1, gains);
            slice->name[i] = rp_fuzz_name_slot(traces[i].behaviour.name);
            rp_fuzz_count_name(loop->board->runs_of, slice->name[i]);
            if (traces[i].fresh)
                hand_on(loop, &proposed[i], &traces[i], &yield);
        }
    }
    for (uint64_t i = deadly; i < loop->board->deadly && i < RP_FUZZ_DEADLY_MAX; i++)
        rp_fuzz_record(records, 'd', loop->board->deadly_key[i]);
    memcpy(slice->arm, loop->board->arm, sizeof slice->arm);
    slice->runs = (uint32_t)(rp_fuzz_rig_runs(loop->rig) - runs);
    slice->records = (uint32_t)(records->length / RP_FUZZ_RECORD_BYTES);
    return result;
}
