/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target; see target.h. */
#include "fuzz/target.h"

#include "fuzz/lenient.h"
#include "fuzz/news.h"
#include "fuzz/propose.h"
#include "fuzz/suspect.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUTS (RP_FUZZ_DERIVED_MAX + 1)

struct rp_fuzz_target {
    struct rp_fuzz_target_options options;
    struct rp_fuzz_rig *rig;
    struct rp_random random;
    struct rp_fuzz_shot shot[INPUTS];
    /* What the last test case came to. afl-fuzz runs one that is new four times, to see whether it behaves
     * the same; the campaign that is fed with it asks that too, of more of its state. */
    struct rp_fuzz_behaviour behaviour[INPUTS];
    uint8_t mode[INPUTS];
    unsigned behaviours;
    unsigned source[INPUTS]; /* of those that are derived; RP_FUZZ_SOURCES: afl-fuzz gave it */
    bool suspicious;
    uint8_t last[RP_FUZZ_INPUT_BYTES_MAX];
    size_t last_length; /* 0: there is none, or it was too long */
};

int rp_fuzz_target_open(const struct rp_fuzz_target_options *options, struct rp_fuzz_target **target,
                        struct rp_error *error)
{
    struct rp_fuzz_target *t = calloc(1, sizeof *t);
    if (!t)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a target");
    t->options = *options;
    t->options.sample += !options->sample;
    t->random = rp_random_make(options->random_seed, options->board->executions);
    int result = rp_fuzz_behaviour_load(error);
    if (result == RP_OK)
        result = rp_fuzz_rig_open(&options->rig, &t->rig, error);
    if (result)
        free(t);
    else
        *target = t;
    return result;
}

void rp_fuzz_target_close(struct rp_fuzz_target *target)
{
    if (!target)
        return;
    rp_fuzz_rig_close(target->rig);
    free(target);
}

static bool is_deadly(const struct rp_fuzz_target *t, const struct rp_fuzz_input *input)
{
    return t->options.board->deadly &&
           rp_fuzz_board_is_deadly(t->options.board, rp_fuzz_cell_of(input), input->mode);
}

/* Those that are known to kill are left out. */
static unsigned find_inputs(struct rp_fuzz_target *t, const uint8_t *bytes, size_t length,
                            struct rp_fuzz_input *input)
{
    struct rp_fuzz_board *board = t->options.board;
    const struct rp_fuzz_proposer proposer = {t->options.rig.facts, board, RP_FUZZ_NOVELTY};
    struct rp_fuzz_input given;
    unsigned count = 0;
    if (board->most_runs && __atomic_load_n(&board->runs, __ATOMIC_RELAXED) >= board->most_runs)
        return 0;
    if (!rp_fuzz_input_take(t->options.rig.facts, bytes, length, &given))
        return 0;
    if (!is_deadly(t, &given)) {
        t->source[count] = RP_FUZZ_SOURCES;
        input[count++] = given;
    }
    for (unsigned i = 0; i < t->options.derived; i++) {
        t->source[count] = rp_fuzz_choose(&proposer, &t->random, i % 2 ? NULL : &given, NULL, &input[count]);
        count += !is_deadly(t, &input[count]);
    }
    return count;
}

static void suspect(struct rp_fuzz_target *t, const struct rp_fuzz_shot *shot,
                    const struct rp_fuzz_behaviour *behaviour, const struct rp_capabilities *const can[2])
{
    struct rp_fuzz_suspicion suspicions[RP_FUZZ_SUSPICIONS_MAX];
    unsigned count = rp_fuzz_suspect(shot, behaviour, can,
                                     rp_fuzz_input_is_open(t->options.rig.facts, shot->input), suspicions);
    for (unsigned i = 0; i < count; i++)
        t->suspicious |= rp_fuzz_set_add(&t->options.board->suspects, suspicions[i].key);
}

bool rp_fuzz_target_is_suspicious(const struct rp_fuzz_target *t)
{
    return t->suspicious;
}

static void tell(const struct rp_fuzz_target_options *options, const struct rp_fuzz_input *input)
{
    if (options->news && !rp_fuzz_news_tell(options->rig.facts, options->news, input))
        __atomic_fetch_add(&options->board->lost, 1, __ATOMIC_RELAXED);
}

/* Of an instruction with several cells, VEX's and EVEX's for one, the first may show all that each does: the
 * round goes over the others too. */
static void stock_cell(struct rp_fuzz_board *board, const struct rp_fuzz_input *input)
{
    if (!rp_fuzz_set_has(&board->met, rp_fuzz_cell_of(input)))
        rp_fuzz_board_stock(board, input);
}

static void learn(struct rp_fuzz_target *t, const struct rp_fuzz_shot *shot, unsigned source)
{
    const struct rp_capabilities *const can[2] = {rp_fuzz_rig_can(t->rig, 0), rp_fuzz_rig_can(t->rig, 1)};
    struct rp_fuzz_board *board = t->options.board;
    struct rp_fuzz_behaviour *behaviour = &t->behaviour[t->behaviours];
    t->mode[t->behaviours++] = shot->input->mode;
    rp_fuzz_behave(shot, can, behaviour);
    bool gains = rp_fuzz_set_add(&board->coarse, behaviour->coarse);
    if (source < RP_FUZZ_SOURCES)
        rp_fuzz_schedule_gain(&board->schedule, source, gains);
    rp_fuzz_count_cell(board->runs_of, rp_fuzz_cell_slot(rp_fuzz_cell_of(shot->input)),
                       rp_fuzz_shot_is_live(shot));
    if (rp_fuzz_set_has(&board->whole, behaviour->whole)) {
        stock_cell(board, shot->input);
        return;
    }
    if (rp_fuzz_set_is_full(&board->whole)) /* what can't be remembered would be told at each execution */
        return;
    tell(&t->options, shot->input); /* and then remember: who is killed in between leaves nothing untold */
    if (!rp_fuzz_set_add(&board->whole, behaviour->whole))
        return;
    rp_fuzz_board_stock(board, shot->input); /* a full stock is enough to choose from */
    if (t->options.suspects)
        suspect(t, shot, behaviour, can);
}

static int run(struct rp_fuzz_target *t, const uint8_t *bytes, size_t length, uint8_t *map,
               struct rp_error *error)
{
    struct rp_fuzz_flight *flight = t->options.flight;
    uint64_t runs = rp_fuzz_rig_runs(t->rig);
    int result = RP_OK;
    t->behaviours = 0;
    t->suspicious = false;
    flight->count = find_inputs(t, bytes, length, flight->input);
    for (unsigned i = 0; i < flight->count && map; i++)
        rp_fuzz_mark_name(map, t->options.map_size, rp_fuzz_input_number(&flight->input[i]),
                          flight->input[i].mode);
    if (flight->count)
        result = rp_fuzz_rig_run(t->rig, flight->input, flight->count, NULL, t->shot, error);
    for (unsigned i = 0; i < flight->count && result == RP_OK; i++)
        learn(t, &t->shot[i], t->source[i]);
    __atomic_fetch_add(&t->options.board->executions, flight->count, __ATOMIC_RELAXED);
    __atomic_fetch_add(&t->options.board->runs, rp_fuzz_rig_runs(t->rig) - runs, __ATOMIC_RELAXED);
    return result;
}

int rp_fuzz_target_run(struct rp_fuzz_target *t, const uint8_t *bytes, size_t length, uint8_t *map,
                       struct rp_error *error)
{
    bool known = length && length == t->last_length && memcmp(bytes, t->last, length) == 0;
    int result = known ? RP_OK : run(t, bytes, length, map, error);
    if (map)
        map[t->options.map_size - 1] |= 1; /* afl-fuzz gives up on a target that marks nothing */
    for (unsigned i = 0; i < t->behaviours && map && result == RP_OK; i++)
        rp_fuzz_mark(map, t->options.map_size, t->options.sample, &t->behaviour[i], t->mode[i]);
    t->last_length = result == RP_OK && length <= sizeof t->last ? length : 0;
    memcpy(t->last, bytes, t->last_length);
    return result;
}

int rp_fuzz_target_autopsy(struct rp_fuzz_target *t, struct rp_error *error)
{
    struct rp_fuzz_flight *flight = t->options.flight;
    int result = RP_OK;
    for (uint32_t i = 0; i < flight->count && result == RP_OK; i++) {
        __atomic_store_n(&flight->victim, i + 1, __ATOMIC_RELEASE);
        result = rp_fuzz_rig_run(t->rig, &flight->input[i], 1, NULL, t->shot, error);
    }
    __atomic_store_n(&flight->victim, 0, __ATOMIC_RELEASE);
    return result;
}

void rp_fuzz_target_bury(const struct rp_fuzz_target_options *options)
{
    struct rp_fuzz_flight *flight = options->flight;
    if (flight->victim && flight->victim <= RP_FUZZ_DERIVED_MAX + 1) {
        const struct rp_fuzz_input *input = &flight->input[flight->victim - 1];
        tell(options, input);
        rp_fuzz_board_stock(options->board, input);
        rp_fuzz_board_kills(options->board, rp_fuzz_cell_of(input), input->mode);
    }
    flight->victim = 0;
}
