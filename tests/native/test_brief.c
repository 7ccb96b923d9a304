/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a brief run answers is what the run in full answers: the length, and whether it is #UD. */
#include "native/raw.h"

#include "base/hex.h"
#include "base/random.h"

#include <stdio.h>
#include <string.h>

#define ORDERS 20 /* a mode */
#define SEED   11

static struct rp_random source;

/* Random bytes with a guess, right or wrong, of how many of them it is; half of them neighbours of the one
 * before, as a search has them. */
static void draw(const struct rp_encoding *before, struct rp_encoding *encoding)
{
    *encoding = (struct rp_encoding){.length = (uint8_t)(1 + rp_random_below(&source, RP_ENCODING_MAX))};
    for (unsigned i = 0; i < encoding->length; i++)
        encoding->bytes[i] = (uint8_t)rp_random_next(&source);
    if (before && rp_random_below(&source, 2)) {
        *encoding = *before;
        encoding->bytes[encoding->length - 1]++;
    } else if (rp_random_below(&source, 3) == 0) {
        encoding->bytes[0] = 0x0f;
    }
}

static void run_order(unsigned way)
{
    struct rp_native_shared *shared = raw_process()->shared;
    int signal = 0;
    for (unsigned i = 0; i < RP_NATIVE_JOBS; i++)
        shared->job[i].way = (uint8_t)way;
    shared->count = RP_NATIVE_JOBS;
    for (shared->first = 0; shared->first < RP_NATIVE_JOBS; shared->first = shared->done)
        assert_int_equal(rp_native_process_order(raw_process(), NULL, NULL, &signal), RP_NATIVE_ANSWERED);
}

static bool is_ud(const struct rp_native_result *result)
{
    return result->kind == RP_OUTCOME_TRAPPED && result->vector == 6;
}

/* True if the answers agree, so far as both have one: what hangs or enters the kernel may do so in one of the
 * two places alone. */
static bool agree(const struct rp_native_result *brief, const struct rp_native_result *full)
{
    bool both = (brief->kind == RP_OUTCOME_RETIRED || brief->kind == RP_OUTCOME_TRAPPED) &&
                (full->kind == RP_OUTCOME_RETIRED || full->kind == RP_OUTCOME_TRAPPED);
    return !both || (is_ud(brief) == is_ud(full) && brief->length == full->length);
}

static unsigned compare_order(enum rp_mode mode, unsigned *faulted)
{
    static struct rp_native_result brief[RP_NATIVE_JOBS];
    struct rp_native_shared *shared = raw_process()->shared;
    unsigned wrong = 0;
    raw_run(mode, "-", "\x90", 1, RP_NATIVE_JUMP); /* its slot is what we are after */
    for (unsigned i = 0; i < RP_NATIVE_JOBS; i++) {
        shared->job[i].slot = shared->job[0].slot;
        draw(i ? &shared->job[i - 1].encoding : NULL, &shared->job[i].encoding);
    }
    run_order(RP_NATIVE_BRIEF);
    memcpy(brief, shared->result, sizeof brief);
    assert_int_equal(rp_native_process_restart(raw_process(), NULL), RP_OK); /* it has found lengths */
    run_order(RP_NATIVE_JUMP);
    for (unsigned i = 0; i < RP_NATIVE_JOBS; i++) {
        const struct rp_native_result *full = &shared->result[i];
        char hex[2 * RP_ENCODING_MAX + 1];
        *faulted += full->kind == RP_OUTCOME_TRAPPED && !is_ud(full);
        if (agree(&brief[i], full))
            continue;
        rp_hex_print(hex, shared->job[i].encoding.bytes, shared->job[i].encoding.length);
        print_error("%s %s: brief %u %u length %u, in full %u %u length %u\n", rp_mode_info(mode)->name, hex,
                    brief[i].kind, brief[i].vector, brief[i].length, full->kind, full->vector, full->length);
        wrong++;
    }
    return wrong;
}

static void brief_answers_are_those_in_full(void **state)
{
    (void)state;
    source = rp_random_make(SEED, 0);
    for (unsigned mode = 0; mode < RP_NATIVE_MODES; mode++) {
        unsigned wrong = 0, faulted = 0;
        if (raw_process()->shared->missing[mode][0])
            continue;
        for (unsigned i = 0; i < ORDERS; i++)
            wrong += compare_order((enum rp_mode)mode, &faulted);
        assert_int_equal(wrong, 0);
        assert_true(faulted > ORDERS * RP_NATIVE_JOBS / 20); /* what is tried at the end of the page */
    }
    raw_expect_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brief_answers_are_those_in_full),
    };
    return cmocka_run_group_tests(tests, raw_open, raw_close);
}
