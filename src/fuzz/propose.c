/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proposing inputs; see propose.h. */
#include "fuzz/propose.h"

#include "fuzz/anatomy.h"
#include "fuzz/lenient.h"
#include "fuzz/mutate.h"

#include <string.h>

#define PROPOSALS 4   /* of which the one is taken whose cell was run least */
#define PICKS     4   /* proposals that kill, before one is taken all the same */
#define STEPS     256 /* cells that a donor may pass over at a time */

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
    input->cell = rp_fuzz_cut(input->mode, bytes, &input->encoding);
}

/* Of the general arms. */
static void propose(const struct rp_fuzz_proposer *p, struct rp_random *random, unsigned arm,
                    const struct rp_fuzz_input *parent, const struct rp_fuzz_input *other,
                    struct rp_fuzz_input *input)
{
    const struct rp_fuzz_board *board = p->board;
    uint64_t stock = __atomic_load_n(&board->stock, __ATOMIC_ACQUIRE);
    if (!arm || !parent)
        parent = arm ? pick(board, stock, random) : NULL;
    if (!parent || (arm == 1 + RP_FUZZ_CHANGE_OPERANDS && rp_random_below(random, 2))) {
        rp_fuzz_generate(p->facts, random, input);
        if (arm != 1 + RP_FUZZ_CHANGE_OPERANDS)
            return;
    } else {
        *input = *parent;
    }
    rp_fuzz_mutate(p->facts, random, (enum rp_fuzz_change)(arm - 1),
                   other ? other : pick(board, stock, random), input);
}

static bool is_deadly(const struct rp_fuzz_proposer *p, const struct rp_fuzz_input *input)
{
    return rp_fuzz_board_is_deadly(p->board, rp_fuzz_cell_of(input), input->mode);
}

/* Of a few proposals the one whose cell was run least: a run costs more than a look at many. What
 * kills executors is passed over. */
static void choose(const struct rp_fuzz_proposer *p, struct rp_random *random, unsigned arm,
                   const struct rp_fuzz_input *parent, const struct rp_fuzz_input *other,
                   struct rp_fuzz_input *input)
{
    uint32_t least = UINT32_MAX;
    const unsigned proposals = arm == 1 + RP_FUZZ_CHANGE_OPERANDS ? 1 : PROPOSALS; /* its cells are known */
    for (unsigned i = 0, tries = 0; i < proposals && least; i++) {
        struct rp_fuzz_input proposed;
        propose(p, random, arm, parent, other, &proposed);
        uint32_t runs =
            p->board->runs_of[rp_fuzz_cell_slot(rp_fuzz_cell_of(&proposed))] & (RP_FUZZ_IS_LIVE - 1);
        if (is_deadly(p, &proposed) && ++tries < PICKS) {
            i--;
            continue;
        }
        if (runs < least) {
            least = runs;
            *input = proposed;
        }
    }
}

static enum rp_fuzz_kind kind_of(const struct rp_fuzz_board *board, uint64_t cell)
{
    if (cell & 1)
        return RP_FUZZ_DECODED;
    return board->runs_of[rp_fuzz_cell_slot(cell)] & RP_FUZZ_IS_LIVE ? RP_FUZZ_LIVE : RP_FUZZ_DEAD;
}

/* The donor's next cell in its clothes; false: there is none for now. */
static bool dress(const struct rp_fuzz_proposer *p, unsigned source, struct rp_fuzz_input *input)
{
    struct rp_fuzz_board *board = p->board;
    struct rp_fuzz_donor *donor = &board->schedule.donor[(source - RP_FUZZ_ARMS) / RP_FUZZ_KINDS];
    enum rp_fuzz_kind kind = (enum rp_fuzz_kind)((source - RP_FUZZ_ARMS) % RP_FUZZ_KINDS);
    uint64_t cells = __atomic_load_n(&board->cells, __ATOMIC_ACQUIRE);
    uint32_t from = donor->input;
    for (unsigned i = 0; i < STEPS && from && donor->cursor[kind] < cells; i++) {
        uint32_t first = __atomic_load_n(&board->first_of[donor->cursor[kind]++], __ATOMIC_ACQUIRE);
        if (!first)
            continue;
        const struct rp_fuzz_input *target = &board->input[first - 1];
        if (kind_of(board, target->cell) != kind)
            continue;
        *input = board->input[from - 1];
        if (input->encoding.length && rp_fuzz_transplant(target, input) && !is_deadly(p, input))
            return true;
    }
    return false;
}

/* A state that showed something of another; one from nothing; or one with operands at which results change.
 */
static void dress_round(const struct rp_fuzz_proposer *p, struct rp_random *random,
                        struct rp_fuzz_input *input)
{
    const uint64_t draw = rp_random_below(random, 3);
    const struct rp_fuzz_input *state =
        draw == 0 ? pick(p->board, __atomic_load_n(&p->board->stock, __ATOMIC_ACQUIRE), random) : NULL;
    if (state)
        *input = *state;
    else
        rp_fuzz_draw_state(p->facts, random, input);
    if (draw == 1)
        rp_fuzz_mutate_operands(p->facts, random, input);
}

/* The first input of the round's next cell; NULL: this one is none. */
static const struct rp_fuzz_input *next_of_round(struct rp_fuzz_board *board, uint64_t cells)
{
    struct rp_fuzz_round round = board->schedule.round;
    if (round.cell >= round.end) {
        round.number += round.end != 0;
        round.cell = 0;
        round.end = (uint32_t)cells;
    }
    uint32_t first = __atomic_load_n(&board->first_of[round.cell++], __ATOMIC_ACQUIRE);
    board->schedule.round = round;
    const struct rp_fuzz_input *input = first ? &board->input[first - 1] : NULL;
    return input && kind_of(board, input->cell) != RP_FUZZ_DEAD ? input : NULL;
}

/* The next cell of the round, in the shape whose turn it is; false: there is none for now. */
static bool go_round(const struct rp_fuzz_proposer *p, struct rp_random *random, struct rp_fuzz_input *input)
{
    const uint64_t cells = __atomic_load_n(&p->board->cells, __ATOMIC_ACQUIRE);
    dress_round(p, random, input);
    for (unsigned i = 0; i < STEPS && cells; i++) {
        const struct rp_fuzz_input *target = next_of_round(p->board, cells);
        if (target &&
            rp_fuzz_shape(random, target, p->board->schedule.round.number % RP_FUZZ_SHAPES, input) &&
            !is_deadly(p, input))
            return true;
    }
    return false;
}

/* What the loop is measured against passes over what kills as well. */
static void draw_blindly(const struct rp_fuzz_proposer *p, struct rp_random *random,
                         struct rp_fuzz_input *input)
{
    for (unsigned i = 0; i < PICKS; i++) {
        if (p->strategy == RP_FUZZ_BYTES)
            draw_bytes(p->facts, random, input);
        else
            rp_fuzz_generate(p->facts, random, input);
        if (!is_deadly(p, input))
            return;
    }
}

unsigned rp_fuzz_choose(const struct rp_fuzz_proposer *p, struct rp_random *random,
                        const struct rp_fuzz_input *parent, const struct rp_fuzz_input *other,
                        struct rp_fuzz_input *input)
{
    const struct rp_fuzz_board *board = p->board;
    if (p->strategy != RP_FUZZ_NOVELTY) {
        draw_blindly(p, random, input);
        return 0;
    }
    unsigned source = rp_fuzz_schedule_draw(
        &board->schedule, __atomic_load_n(&board->cells, __ATOMIC_ACQUIRE), rp_random_next(random));
    if (source >= RP_FUZZ_ROUND) {
        if (source == RP_FUZZ_ROUND ? go_round(p, random, input) : dress(p, source, input))
            return source;
        source = 1 + RP_FUZZ_CHANGE_ANY;
    }
    choose(p, random, source, parent, other, input);
    return source;
}

/* Gives the last one its due, and begins another. */
static void settle(struct rp_fuzz_board *board, struct rp_fuzz_credit *credit)
{
    uint64_t coarse = __atomic_load_n(&board->coarse.count, __ATOMIC_RELAXED);
    uint64_t stock = __atomic_load_n(&board->stock, __ATOMIC_ACQUIRE);
    bool gains = coarse > credit->coarse;
    if (credit->source) {
        rp_fuzz_schedule_gain(&board->schedule, credit->source - 1, gains);
        if (gains && credit->met && credit->source <= RP_FUZZ_ARMS && stock > credit->stock)
            rp_fuzz_schedule_donate(&board->schedule, (uint32_t)stock - 1, board->cells);
    }
    *credit = (struct rp_fuzz_credit){.coarse = coarse, .stock = stock};
}

size_t rp_fuzz_choose_bytes(const struct rp_fuzz_proposer *p, struct rp_random *random, const uint8_t *bytes,
                            size_t length, const uint8_t *other, size_t other_length, uint8_t *out,
                            size_t max, struct rp_fuzz_credit *credit)
{
    struct rp_fuzz_input parent, second, input = {0};
    uint8_t made[RP_FUZZ_INPUT_BYTES_MAX];
    bool has_parent = rp_fuzz_input_take(p->facts, bytes, length, &parent);
    bool has_second = other && rp_fuzz_input_take(p->facts, other, other_length, &second);
    settle(p->board, credit);
    unsigned source =
        rp_fuzz_choose(p, random, has_parent ? &parent : NULL, has_second ? &second : NULL, &input);
    size_t size = rp_fuzz_input_write(p->facts, &input, made);
    for (; size > max && input.tweaks; size = rp_fuzz_input_write(p->facts, &input, made))
        input.tweaks--;
    if (size > max)
        return 0;
    credit->source = source + 1;
    credit->met = p->board->runs_of[rp_fuzz_cell_slot(rp_fuzz_cell_of(&input))] != 0;
    memcpy(out, made, size);
    return size;
}
