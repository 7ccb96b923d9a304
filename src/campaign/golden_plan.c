/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans of recordings; see golden_plan.h. */
#include "campaign/golden_plan.h"

#include "base/random.h"
#include "x86/form.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTHS 3 /* of operands that decide about frames: 16, 32, 64 */

/* The first seeds are those that show values of most instructions, then random ones, in which a wrong bit has
 * most to show in; then the rest of corpus/seeds.tsv, and further random ones. */
static const char *const first_seeds[] = {"plain", "numbers", "flags", "float"};
#define FIRST        (sizeof first_seeds / sizeof first_seeds[0])
#define RANDOM_EARLY 4

/* A form space on its way into a plan. */
struct planner {
    const struct rp_golden_space *space;
    struct rp_golden_plan *plan;
    enum rp_mode mode;
    struct rp_form_space *forms;
    struct rp_seeds corpus;
    struct rp_seed *seed; /* space->seeds of them; the random ones' text is ours */
    uint32_t *common;     /* [WIDTHS][seeds]: the state of encodings that need no fitting, + 1 */
    uint32_t *states;     /* of one encoding */
};

static uint64_t bits_of(struct rp_random *random, bool wide)
{
    uint64_t value = rp_random_next(random);
    return wide ? value : value & UINT32_MAX;
}

/* A random state, in the notation of corpus/seeds.tsv: registers that are no pointers by themselves, four
 * vector registers, two numbers of the x87, flags, memory at the operand. Short enough for a witness line. */
static char *random_state(const struct planner *p, uint32_t number)
{
    struct rp_random random = rp_random_make(p->space->random_seed, (uint64_t)p->mode << 32 | number);
    bool wide = p->mode == RP_MODE_LONG64;
    struct rp_text text = {0};
    rp_text_add(&text, "rax=%" PRIx64 " rdx=%" PRIx64 " rcx=%" PRIx64, bits_of(&random, wide),
                bits_of(&random, wide), rp_random_below(&random, 0x40));
    for (unsigned r = 8; r < 16 && wide; r++)
        rp_text_add(&text, " r%u=%" PRIx64, r, bits_of(&random, true));
    rp_text_add(&text, " rflags=%" PRIx64, rp_random_next(&random) & RP_FLAGS_STATUS & ~RP_FLAG_DF);
    for (unsigned z = 0; z < 4; z++)
        for (unsigned word = 0; word < 4; word++)
            rp_text_add(&text, " zmm%u.%u=%" PRIx64, z, word, rp_random_next(&random));
    rp_text_add(&text, " st0.mantissa=%" PRIx64 " st0.exponent=%" PRIx64,
                rp_random_next(&random) | UINT64_C(1) << 63, 0x3fe0 + rp_random_below(&random, 0x40));
    rp_text_add(&text, " st1.mantissa=%" PRIx64 " st1.exponent=%" PRIx64 " ftw=f",
                rp_random_next(&random) | UINT64_C(1) << 63, 0x3fe0 + rp_random_below(&random, 0x40));
    rp_text_add(&text, " mem=");
    for (unsigned i = 0; i < 4; i++)
        rp_text_add(&text, "%sq:%" PRIx64, i ? "," : "", rp_random_next(&random));
    return text.failed ? NULL : text.data;
}

static bool is_first(const struct rp_seed *seed)
{
    for (size_t i = 0; i < FIRST; i++)
        if (strcmp(seed->name, first_seeds[i]) == 0)
            return true;
    return false;
}

static const struct rp_seed *find_seed(const struct planner *p, const char *name)
{
    for (size_t i = 0; i < p->corpus.count; i++)
        if (strcmp(p->corpus.seed[i].name, name) == 0 && p->corpus.seed[i].modes >> p->mode & 1)
            return &p->corpus.seed[i];
    return NULL;
}

static int add_random(struct planner *p, uint32_t *count, uint32_t *number, uint32_t more,
                      struct rp_error *error)
{
    for (uint32_t i = 0; i < more && *count < p->space->seeds; i++) {
        char *state = random_state(p, (*number)++);
        if (!state)
            return rp_error_set(error, RP_EENVIRONMENT, "out of memory for user states");
        p->seed[(*count)++] =
            (struct rp_seed){.state = state, .modes = (uint8_t)(1u << p->mode), .probe = RP_PROBE_COUNT};
    }
    return RP_OK;
}

static void free_seeds(struct planner *p)
{
    for (uint32_t i = 0; i < p->space->seeds; i++)
        if (!p->seed[i].name) /* a random one */
            free(p->seed[i].state);
    memset(p->seed, 0, p->space->seeds * sizeof *p->seed);
}

static int choose_seeds(struct planner *p, struct rp_error *error)
{
    uint32_t count = 0, number = 0;
    free_seeds(p);
    for (size_t i = 0; i < FIRST && count < p->space->seeds; i++) {
        const struct rp_seed *seed = find_seed(p, first_seeds[i]);
        if (seed)
            p->seed[count++] = *seed;
    }
    int result = add_random(p, &count, &number, RANDOM_EARLY, error);
    for (size_t i = 0; i < p->corpus.count && count < p->space->seeds && result == RP_OK; i++)
        if (p->corpus.seed[i].modes >> p->mode & 1 && !is_first(&p->corpus.seed[i]))
            p->seed[count++] = p->corpus.seed[i];
    return result ? result : add_random(p, &count, &number, UINT32_MAX, error);
}

static int make_state(struct planner *p, uint32_t s, unsigned bits, const struct rp_instruction *instruction,
                      uint32_t *number, struct rp_error *error)
{
    static struct rp_recipe recipe; /* some 10 KB */
    struct rp_text user = {0}, machine = {0};
    unsigned ring = rp_mode_info(p->mode)->has_ring3 ? 3 : 0;
    int result = rp_seed_build_without(&p->seed[s], p->mode, p->space->policy, bits, instruction,
                                       p->space->can->lacks, &recipe, error);
    if (result)
        return result;
    rp_user_print(&recipe.user, p->mode, &user);
    rp_machine_print(&recipe.machine, ring, p->mode, p->space->policy, &machine);
    result = user.failed || machine.failed
                 ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for user states")
                 : rp_golden_plan_state(p->plan, (uint8_t)p->mode, rp_text_string(&user),
                                        rp_text_string(&machine), number, error);
    rp_text_free(&user);
    rp_text_free(&machine);
    return result;
}

static unsigned width_of(const struct planner *p, const struct rp_instruction *instruction)
{
    unsigned bits = instruction ? instruction->operand_bits : 0, code = rp_mode_info(p->mode)->code_bits;
    return bits == 16 || bits == 32 || bits == 64 ? bits : code == 64 ? 32 : code;
}

/* The states that an encoding is run from: p->states. */
static int make_states(struct planner *p, const struct rp_encoding *encoding, struct rp_error *error)
{
    struct rp_instruction instruction;
    bool decoded = rp_decode(p->mode, encoding->bytes, encoding->length, &instruction, NULL) == RP_OK;
    bool fits = !decoded || !rp_recipe_needs_fit(p->mode, &instruction);
    unsigned bits = width_of(p, decoded ? &instruction : NULL);
    uint32_t *common = p->common + (size_t)(bits / 32) * p->space->seeds;
    int result = RP_OK;
    for (uint32_t s = 0; s < p->space->seeds && result == RP_OK; s++) {
        if (fits && common[s]) {
            p->states[s] = common[s] - 1;
            continue;
        }
        result = make_state(p, s, bits, fits ? NULL : &instruction, &p->states[s], error);
        common[s] = fits ? p->states[s] + 1 : common[s];
    }
    return result;
}

static int add_block(struct planner *p, size_t first, size_t count, struct rp_error *error)
{
    const uint32_t seeds = p->space->seeds;
    struct rp_golden_block *block;
    int result = rp_golden_plan_block(p->plan, (uint8_t)p->mode, (uint32_t)count, (uint32_t)count * seeds,
                                      &block, error);
    for (size_t i = 0; i < count && result == RP_OK; i++) {
        struct rp_form form;
        rp_form_space_get(p->forms, first + i, &form);
        block->encoding[i] = form.encoding;
        result = make_states(p, &form.encoding, error);
        memcpy(block->state + i * seeds, p->states, seeds * sizeof *p->states);
        block->first[i + 1] = (uint32_t)(i + 1) * seeds;
    }
    return result;
}

static int plan_mode(struct planner *p, struct rp_error *error)
{
    const struct rp_golden_space *space = p->space;
    size_t each = space->block_runs / space->seeds;
    memset(p->common, 0, (size_t)WIDTHS * space->seeds * sizeof *p->common);
    int result = choose_seeds(p, error);
    if (result == RP_OK)
        result = rp_form_space_open(p->mode, &p->forms, error);
    if (result)
        return result;
    size_t all = rp_form_space_encodings(p->forms);
    all = space->limit && space->limit < all ? space->limit : all;
    each = each ? each : 1;
    for (size_t i = 0; i < all && result == RP_OK; i += each)
        result = add_block(p, i, all - i < each ? all - i : each, error);
    rp_form_space_close(p->forms);
    return result;
}

int rp_golden_plan_make(const struct rp_golden_space *space, struct rp_golden_plan *plan,
                        struct rp_error *error)
{
    struct planner p = {.space = space,
                        .plan = plan,
                        .seed = calloc(space->seeds, sizeof *p.seed),
                        .common = calloc((size_t)WIDTHS * space->seeds, sizeof *p.common),
                        .states = calloc(space->seeds, sizeof *p.states)};
    int result = p.seed && p.common && p.states
                     ? rp_seeds_load(&p.corpus, error)
                     : rp_error_set(error, RP_EENVIRONMENT, "out of memory for user states");
    for (unsigned m = 0; m < RP_MODE_COUNT && result == RP_OK; m++) {
        p.mode = (enum rp_mode)m;
        if (space->modes >> m & 1)
            result = plan_mode(&p, error);
    }
    if (p.seed)
        free_seeds(&p);
    free(p.seed);
    free(p.common);
    free(p.states);
    rp_seeds_free(&p.corpus);
    return result;
}
