/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring: nothing is lost while there is room, what kills has some of its own, and who dies in it holds up
 * nobody for ever. */
#include "fuzz/ring.h"
#include "support/suite.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS 4
#define EACH    100000

static struct rp_fuzz_ring *ring;

static int make(void **state)
{
    (void)state;
    ring =
        mmap(NULL, sizeof *ring, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return ring == MAP_FAILED;
}

static int unmake(void **state)
{
    (void)state;
    return munmap(ring, sizeof *ring);
}

/* A number in both ends of an input: half of one is seen. */
static struct rp_fuzz_input make_input(uint64_t number)
{
    struct rp_fuzz_input input = {.cell = number};
    input.tweak[RP_FUZZ_TWEAKS_MAX - 1].value = number;
    return input;
}

static void places_are_used_again_and_a_full_ring_counts_what_it_loses(void **state)
{
    struct rp_fuzz_input input;
    uint64_t put = 0, taken = 0;
    (void)state;
    for (unsigned lap = 0; lap < 3; lap++) {
        for (size_t i = 0; i < RP_FUZZ_RING_MAX - RP_FUZZ_RING_RESERVE; i++) {
            input = make_input(put++);
            assert_true(rp_fuzz_ring_put(ring, &input, false));
        }
        for (size_t i = 0; i < RP_FUZZ_RING_RESERVE; i++) {
            assert_false(rp_fuzz_ring_put(ring, &input, false));
            input = make_input(put++);
            assert_true(rp_fuzz_ring_put(ring, &input, true));
        }
        assert_false(rp_fuzz_ring_put(ring, &input, true));
        while (taken < put) {
            assert_int_equal(rp_fuzz_ring_take(ring, &input), RP_FUZZ_RING_TAKEN);
            assert_int_equal(input.cell, taken++);
        }
        assert_int_equal(rp_fuzz_ring_take(ring, &input), RP_FUZZ_RING_EMPTY);
        assert_int_equal(ring->lost, (lap + 1) * (RP_FUZZ_RING_RESERVE + 1));
    }
}

/* As a process that was killed between the two steps leaves it. */
static void what_is_being_written_is_waited_for_until_it_is_given_up(void **state)
{
    struct rp_fuzz_input input = make_input(7);
    (void)state;
    ring->put++;
    assert_true(rp_fuzz_ring_put(ring, &input, false));
    assert_int_equal(rp_fuzz_ring_take(ring, &input), RP_FUZZ_RING_BUSY);
    assert_int_equal(rp_fuzz_ring_take(ring, &input), RP_FUZZ_RING_BUSY);
    uint64_t lost = ring->lost;
    rp_fuzz_ring_skip(ring);
    assert_int_equal(ring->lost, lost + 1);
    assert_int_equal(rp_fuzz_ring_take(ring, &input), RP_FUZZ_RING_TAKEN);
    assert_int_equal(input.cell, 7);
}

static void many_writers_lose_nothing(void **state)
{
    uint64_t next[WRITERS] = {0}, lost = ring->lost;
    struct rp_fuzz_input input;
    (void)state;
    for (uint64_t writer = 0; writer < WRITERS; writer++)
        if (fork() == 0) {
            for (uint64_t i = 0; i < EACH; i++) {
                input = make_input(writer << 32 | i);
                while (!rp_fuzz_ring_put(ring, &input, false))
                    sched_yield();
            }
            _exit(0);
        }
    for (unsigned count = 0; count < WRITERS * EACH;) {
        if (rp_fuzz_ring_take(ring, &input) != RP_FUZZ_RING_TAKEN)
            continue;
        assert_int_equal(input.cell, input.tweak[RP_FUZZ_TWEAKS_MAX - 1].value);
        assert_int_equal(input.cell & UINT32_MAX, next[input.cell >> 32]++);
        count++;
    }
    for (unsigned writer = 0; writer < WRITERS; writer++)
        assert_true(wait(NULL) > 0);
    assert_int_equal(rp_fuzz_ring_take(ring, &input), RP_FUZZ_RING_EMPTY);
    assert_true(ring->lost >= lost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_used_again_and_a_full_ring_counts_what_it_loses),
        cmocka_unit_test(what_is_being_written_is_waited_for_until_it_is_given_up),
        cmocka_unit_test(many_writers_lose_nothing),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
