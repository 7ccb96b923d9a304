/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proposing inputs by what a board knows: which ways of making them paid of late, which instructions were run
 * least, what kills. The novelty loop and AFL++'s mutator choose by it alike. */
#ifndef RP_FUZZ_PROPOSE_H
#define RP_FUZZ_PROPOSE_H

#include "base/random.h"
#include "fuzz/board.h"

/* How inputs are proposed. The last two are what the loop is measured against. */
enum rp_fuzz_strategy {
    RP_FUZZ_NOVELTY,    /* mutants of what was new */
    RP_FUZZ_STRUCTURED, /* each from nothing, by the grammar of encodings */
    RP_FUZZ_BYTES,      /* random bytes from a random seed */
    RP_FUZZ_STRATEGY_COUNT,
};

struct rp_fuzz_proposer {
    const struct rp_fuzz_facts *facts;
    struct rp_fuzz_board *board;
    enum rp_fuzz_strategy strategy;
};

/* Proposes an input; returns its source, to which rp_fuzz_schedule_gain gives the credit. `parent` is what
 * mutants are made of, `other` gives them parts; NULL: one of the board's stock. */
unsigned rp_fuzz_choose(const struct rp_fuzz_proposer *proposer, struct rp_random *random,
                        const struct rp_fuzz_input *parent, const struct rp_fuzz_input *other,
                        struct rp_fuzz_input *input);

/* The last input that a fuzzer of others was given, until it is known what came of it: such a fuzzer tells
 * nobody, but the next time that it asks, the board has learnt. Zero: there was none. */
struct rp_fuzz_credit {
    unsigned source; /* and one; 0: none */
    bool met;        /* its cell was run before */
    uint64_t coarse, stock;
};

/* The same from bytes, of whatever kind (fuzz/lenient.h), to at most `max` bytes; returns their length, 0
 * where no input is so short. `other` NULL: there is none. What the board learnt since the last call with
 * this credit is taken to be the work of that one's source. */
size_t rp_fuzz_choose_bytes(const struct rp_fuzz_proposer *proposer, struct rp_random *random,
                            const uint8_t *bytes, size_t length, const uint8_t *other, size_t other_length,
                            uint8_t *out, size_t max, struct rp_fuzz_credit *credit);

#endif
