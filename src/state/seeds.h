/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User-state seeds: the states from which encodings show themselves. They are rows of corpus/seeds.tsv, whose
 * head explains the notation; each says which signature it is there to raise. */
#ifndef RP_STATE_SEEDS_H
#define RP_STATE_SEEDS_H

#include "state/recipe.h"

struct rp_seed {
    char *name, *state, *raises, *why;
    uint8_t modes;       /* bits of 1 << enum rp_mode */
    enum rp_probe probe; /* what a far pointer's selector is made to point at; RP_PROBE_COUNT: nothing */
    bool flips;          /* from it every trap control is flipped alone */
    unsigned line;       /* in the file */
};

struct rp_seeds {
    struct rp_seed *seed;
    size_t count;
};

/* Reads corpus/seeds.tsv and tries each row in each of its modes. RP_EINPUT with file:line for a doubled
 * name, an unknown mode, symbol, register or resource. Free with rp_seeds_free. */
int rp_seeds_load(struct rp_seeds *seeds, struct rp_error *error);
/* The same from a text that complaints call `label`. */
int rp_seeds_parse(const char *label, const char *text, size_t length, struct rp_seeds *seeds,
                   struct rp_error *error);
void rp_seeds_free(struct rp_seeds *seeds);

/* Makes the recipe of `seed` in `mode`, on the machine of `policy`. Frames and far pointers get the width of
 * `operand_bits` (16, 32 or 64). With `instruction`, the recipe is fitted to its operands. */
int rp_seed_build(const struct rp_seed *seed, enum rp_mode mode, enum rp_policy policy, unsigned operand_bits,
                  const struct rp_instruction *instruction, struct rp_recipe *recipe, struct rp_error *error);
/* The same for a CPU that lacks some bits of registers: what a seed makes of a register's current value
 * (MOV CR4's operand) it makes of the value without them. */
int rp_seed_build_without(const struct rp_seed *seed, enum rp_mode mode, enum rp_policy policy,
                          unsigned operand_bits, const struct rp_instruction *instruction,
                          const uint64_t lacks[RP_REG_COUNT], struct rp_recipe *recipe,
                          struct rp_error *error);

/* The two halves of that, for who builds from one seed again and again: what no instruction has a part in,
 * and the rest. `seed` outlives the draft. */
struct rp_seed_draft {
    enum rp_mode mode;
    enum rp_probe probe;
    unsigned operand_bits;
    struct rp_state standard; /* what a register's name stands for */
    const char *memory;       /* of the seed: what is written where the operand is; NULL: nothing */
    struct rp_recipe recipe;
};
int rp_seed_draft(const struct rp_seed *seed, enum rp_mode mode, enum rp_policy policy, unsigned operand_bits,
                  const uint64_t lacks[RP_REG_COUNT], struct rp_seed_draft *draft, struct rp_error *error);
int rp_seed_finish(const struct rp_seed_draft *draft, const struct rp_instruction *instruction,
                   struct rp_recipe *recipe, struct rp_error *error);

#endif
