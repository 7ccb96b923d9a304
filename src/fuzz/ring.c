/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring; see ring.h. After D. Vyukov's bounded queue: a slot's turn says whose it is. */
#include "fuzz/ring.h"

static uint64_t free_turn(uint64_t at)
{
    return at / RP_FUZZ_RING_MAX * 2;
}

static bool lose(struct rp_fuzz_ring *ring)
{
    __atomic_fetch_add(&ring->lost, 1, __ATOMIC_RELAXED);
    return false;
}

bool rp_fuzz_ring_put(struct rp_fuzz_ring *ring, const struct rp_fuzz_input *input, bool vital)
{
    const uint64_t most = vital ? RP_FUZZ_RING_MAX : RP_FUZZ_RING_MAX - RP_FUZZ_RING_RESERVE;
    uint64_t at = __atomic_load_n(&ring->put, __ATOMIC_RELAXED);
    do {
        if (at - __atomic_load_n(&ring->taken, __ATOMIC_ACQUIRE) >= most)
            return lose(ring);
    } while (
        !__atomic_compare_exchange_n(&ring->put, &at, at + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    uint64_t turn = free_turn(at);
    ring->slot[at % RP_FUZZ_RING_MAX].input = *input;
    /* Who was stopped so long that it was skipped comes too late. */
    return __atomic_compare_exchange_n(&ring->slot[at % RP_FUZZ_RING_MAX].turn, &turn, turn + 1, false,
                                       __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/* The place is free before others are told that there is one. */
static void pass(struct rp_fuzz_ring *ring)
{
    uint64_t at = ring->taken;
    __atomic_store_n(&ring->slot[at % RP_FUZZ_RING_MAX].turn, free_turn(at) + 2, __ATOMIC_RELEASE);
    __atomic_store_n(&ring->taken, at + 1, __ATOMIC_RELEASE);
}

enum rp_fuzz_ring_state rp_fuzz_ring_take(struct rp_fuzz_ring *ring, struct rp_fuzz_input *input)
{
    uint64_t at = ring->taken;
    if (at == __atomic_load_n(&ring->put, __ATOMIC_ACQUIRE))
        return RP_FUZZ_RING_EMPTY;
    if (__atomic_load_n(&ring->slot[at % RP_FUZZ_RING_MAX].turn, __ATOMIC_ACQUIRE) == free_turn(at))
        return RP_FUZZ_RING_BUSY;
    *input = ring->slot[at % RP_FUZZ_RING_MAX].input;
    pass(ring);
    return RP_FUZZ_RING_TAKEN;
}

void rp_fuzz_ring_skip(struct rp_fuzz_ring *ring)
{
    lose(ring);
    pass(ring);
}
