/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seeded random numbers: every random choice of the program comes from here, so that a printed seed gives
 * the same result again. splitmix64 (Steele, Lea, Flood, OOPSLA 2014); not for secrets. */
#ifndef RP_BASE_RANDOM_H
#define RP_BASE_RANDOM_H

#include <stdint.h>

struct rp_random {
    uint64_t state;
};

/* A generator for `seed` and a stream number: two streams of one seed draw independently of each other. A
 * value type; a copy goes on as the original would have. */
struct rp_random rp_random_make(uint64_t seed, uint64_t stream);

/* The next 64 random bits. */
uint64_t rp_random_next(struct rp_random *random);

/* A number below `bound` (> 0). A bound below 2^32 has a bias below 2^-32, which is accepted. */
uint64_t rp_random_below(struct rp_random *random, uint64_t bound);

#endif
