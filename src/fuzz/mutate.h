/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mutator: it knows encodings and states. A pure function of its input and of random numbers, so that the
 * novelty loop, AFL++ and libFuzzer can share it. What the hazards of corpus/hazards.tsv name for a CPU is
 * never made: no executor runs it. */
#ifndef RP_FUZZ_MUTATE_H
#define RP_FUZZ_MUTATE_H

#include "base/random.h"
#include "fuzz/input.h"

/* Makes an input from nothing, by the grammar of encodings. */
void rp_fuzz_generate(const struct rp_fuzz_facts *facts, struct rp_random *random,
                      struct rp_fuzz_input *input);

/* What a mutation is about. Which of them pays changes while a campaign runs. */
enum rp_fuzz_change {
    RP_FUZZ_CHANGE_ENCODING,
    RP_FUZZ_CHANGE_STATE,
    RP_FUZZ_CHANGE_ANY,      /* and the mode */
    RP_FUZZ_CHANGE_OPERANDS, /* several registers at once to numbers at which results change */
    RP_FUZZ_CHANGE_COUNT,
};

/* Changes one to a few things: a part of the encoding, the seed, a tweak, the mode. `other` gives parts;
 * NULL: there is none. */
void rp_fuzz_mutate(const struct rp_fuzz_facts *facts, struct rp_random *random, enum rp_fuzz_change change,
                    const struct rp_fuzz_input *other, struct rp_fuzz_input *input);

/* True if the hazards name its encoding for a CPU. */
bool rp_fuzz_is_hazard(const struct rp_fuzz_input *input);

/* Puts the opcode of `target`, and what belongs to it, in place of `input`'s; state, other prefixes and
 * operands stay. False: one of the two is cut short, or it would be a hazard. */
bool rp_fuzz_transplant(const struct rp_fuzz_input *target, struct rp_fuzz_input *input);

/* Gives `input`, of which the state stays, the encoding of `target` in one of the shapes that an instruction
 * may have: a register as operand, memory, another prefix; a shape that it can't have is left out. Numbers go
 * round: RP_FUZZ_SHAPES of them are all. False: it is cut short, or it would be a hazard. */
#define RP_FUZZ_SHAPES 33
bool rp_fuzz_shape(struct rp_random *random, const struct rp_fuzz_input *target, unsigned number,
                   struct rp_fuzz_input *input);

/* mutate_state.c: changes the state alone; a tweak that the input's mode can't have is dropped. */
void rp_fuzz_mutate_state(const struct rp_fuzz_facts *facts, struct rp_random *random,
                          const struct rp_fuzz_input *other, struct rp_fuzz_input *input);
void rp_fuzz_mutate_operands(const struct rp_fuzz_facts *facts, struct rp_random *random,
                             struct rp_fuzz_input *input);
void rp_fuzz_add_tweak(const struct rp_fuzz_facts *facts, struct rp_random *random,
                       struct rp_fuzz_input *input);
/* A mode, a seed and some tweaks, from nothing; the rest of the input is 0. */
void rp_fuzz_draw_state(const struct rp_fuzz_facts *facts, struct rp_random *random,
                        struct rp_fuzz_input *input);
void rp_fuzz_fit_state(const struct rp_fuzz_facts *facts, struct rp_random *random,
                       struct rp_fuzz_input *input);

#endif
