/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proposing inputs; see propose.h. */
#include "fuzz/propose.h"

#include "fuzz/anatomy.h"
#include "fuzz/lenient.h"
#include "fuzz/mutate.h"

#include <string.h>
#include <xxhash.h>

#define PICKS     4 /* proposals that kill, before one is taken all the same */
#define PROPOSALS 8

uint64_t rp_fuzz_input_name(const struct rp_fuzz_input *input)
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
static unsigned propose(const struct rp_fuzz_proposer *p, struct rp_random *random,
                        const struct rp_fuzz_input *given, const struct rp_fuzz_input *other,
                        struct rp_fuzz_input *input)
{
    const struct rp_fuzz_input *parent = NULL;
    uint64_t stock = __atomic_load_n(&p->board->stock, __ATOMIC_ACQUIRE);
    unsigned arm = 0;
    if (p->strategy == RP_FUZZ_BYTES) {
        draw_bytes(p->facts, random, input);
        return 0;
    }
    if (p->strategy == RP_FUZZ_NOVELTY)
        arm = rp_fuzz_board_arm(p->board, rp_random_next(random));
    if (arm)
        parent = given ? given : pick(p->board, stock, random);
    if (!parent) {
        rp_fuzz_generate(p->facts, random, input);
        return 0;
    }
    *input = *parent;
    rp_fuzz_mutate(p->facts, random, (enum rp_fuzz_change)(arm - 1),
                   other ? other : pick(p->board, stock, random), input);
    return arm;
}

/* A run costs more than a look at many. What kills executors is passed over. */
unsigned rp_fuzz_choose(const struct rp_fuzz_proposer *p, struct rp_random *random,
                        const struct rp_fuzz_input *parent, const struct rp_fuzz_input *other,
                        struct rp_fuzz_input *input)
{
    unsigned proposals = p->strategy == RP_FUZZ_NOVELTY ? PROPOSALS : 1, best_arm = 0;
    uint32_t least = UINT32_MAX;
    for (unsigned i = 0, tries = 0; i < proposals; i++) {
        struct rp_fuzz_input proposed;
        unsigned arm = propose(p, random, parent, other, &proposed);
        uint64_t name = rp_fuzz_input_name(&proposed);
        uint32_t runs = p->board->runs_of[rp_fuzz_name_slot(name)];
        if (rp_fuzz_board_is_deadly(p->board, name, proposed.mode) && ++tries < PICKS) {
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

size_t rp_fuzz_choose_bytes(const struct rp_fuzz_proposer *p, struct rp_random *random, const uint8_t *bytes,
                            size_t length, const uint8_t *other, size_t other_length, uint8_t *out,
                            size_t max, unsigned *arm)
{
    struct rp_fuzz_input parent, second, input = {0};
    uint8_t made[RP_FUZZ_INPUT_BYTES_MAX];
    bool has_parent = rp_fuzz_input_take(p->facts, bytes, length, &parent);
    bool has_second = other && rp_fuzz_input_take(p->facts, other, other_length, &second);
    *arm = rp_fuzz_choose(p, random, has_parent ? &parent : NULL, has_second ? &second : NULL, &input);
    size_t size = rp_fuzz_input_write(p->facts, &input, made);
    for (; size > max && input.tweaks; size = rp_fuzz_input_write(p->facts, &input, made))
        input.tweaks--;
    if (size > max)
        return 0;
    memcpy(out, made, size);
    return size;
}
