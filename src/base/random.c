/* SPDX-License-Identifier: GPL-2.0-or-later */
/* splitmix64; see random.h. */
#include "base/random.h"

#include <assert.h>

struct rp_random rp_random_make(uint64_t seed, uint64_t stream)
{
    struct rp_random random = {.state = seed};
    random.state = rp_random_next(&random) ^ (stream * UINT64_C(0xd1342543de82ef95));
    return random;
}

uint64_t rp_random_next(struct rp_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t rp_random_below(struct rp_random *random, uint64_t bound)
{
    assert(bound > 0);
    return rp_random_next(random) % bound;
}
