/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mutator: pure, legal, and able to reach what there is. */
#include "fuzz/anatomy.h"
#include "fuzz/mutate.h"
#include "fuzz/propose.h"
#include "support/suite.h"
#include "x86/hazards.h"

#include <string.h>

#define MUTANTS 20000

static struct rp_fuzz_facts *facts;

static int open_facts(void **state)
{
    struct rp_error error;
    (void)state;
    return rp_fuzz_facts_open((1u << RP_MODE_COUNT) - 1, &facts, &error);
}

static int close_facts(void **state)
{
    (void)state;
    rp_fuzz_facts_close(facts);
    return 0;
}

static bool is_legal(const struct rp_fuzz_input *input)
{
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
    struct rp_fuzz_input again;
    struct rp_error error;
    size_t used;
    bool cut;
    return rp_fuzz_input_read(facts, bytes, rp_fuzz_input_write(facts, input, bytes), &again, &used, &cut,
                              &error) == RP_OK;
}

static void the_same_numbers_make_the_same_mutant(void **state)
{
    struct rp_random a = rp_random_make(3, 1), b = rp_random_make(3, 1);
    struct rp_fuzz_input one, two;
    (void)state;
    rp_fuzz_generate(facts, &a, &one);
    rp_fuzz_generate(facts, &b, &two);
    for (unsigned i = 0; i < MUTANTS; i++) {
        rp_fuzz_mutate(facts, &a, RP_FUZZ_CHANGE_ANY, NULL, &one);
        rp_fuzz_mutate(facts, &b, RP_FUZZ_CHANGE_ANY, NULL, &two);
        assert_memory_equal(&one, &two, sizeof one);
    }
}

/* Bytes in, bytes out: what comes out can be read, and what can't be read is made anew. */
static void mutants_are_legal_and_no_hazards(void **state)
{
    struct rp_random random = rp_random_make(4, 1);
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX] = "no input", before[RP_FUZZ_INPUT_BYTES_MAX];
    size_t length = 8;
    struct rp_error none;
    struct rp_fuzz_board *board;
    (void)state;
    assert_int_equal(rp_fuzz_board_open(&board, &none), RP_OK);
    const struct rp_fuzz_proposer proposer = {facts, board, RP_FUZZ_NOVELTY};
    struct rp_fuzz_credit credit = {0};
    for (unsigned i = 0; i < MUTANTS; i++) {
        struct rp_fuzz_input input;
        struct rp_error error;
        const struct rp_hazard *hazard;
        size_t used;
        bool cut;
        length = rp_fuzz_choose_bytes(&proposer, &random, bytes, length, i % 2 ? before : NULL, length, bytes,
                                      sizeof bytes, &credit);
        memcpy(before, bytes, sizeof before);
        assert_int_equal(rp_fuzz_input_read(facts, bytes, length, &input, &used, &cut, &error), RP_OK);
        bool is_hazard =
            rp_hazard_find(input.mode, input.encoding.bytes, input.encoding.length, NULL, &hazard) &&
            hazard->danger == RP_HAZARD_CPU;
        assert_false(is_hazard);
    }
    rp_fuzz_board_close(board);
}

static void every_class_mode_and_place_is_reached(void **state)
{
    struct rp_random random = rp_random_make(5, 1);
    struct rp_fuzz_input input;
    unsigned classes = 0, modes = 0, places = 0, redundant = 0;
    uint64_t opcodes[4] = {0};
    (void)state;
    rp_fuzz_generate(facts, &random, &input);
    for (unsigned i = 0; i < MUTANTS; i++) {
        struct rp_prefix_scan scan;
        if (i % 4 == 0)
            rp_fuzz_generate(facts, &random, &input);
        rp_fuzz_mutate(facts, &random, RP_FUZZ_CHANGE_ANY, NULL, &input);
        assert_true(is_legal(&input));
        modes |= 1u << input.mode;
        for (unsigned t = 0; t < input.tweaks; t++)
            places |= 1u << input.tweak[t].place;
        if (!rp_prefix_scan(input.mode, input.encoding.bytes, input.encoding.length, &scan))
            continue;
        classes |= 1u << scan.class;
        redundant += rp_prefix_redundant(&scan);
        opcodes[scan.opcode / 64] |= UINT64_C(1) << scan.opcode % 64;
    }
    assert_int_equal(modes, (1u << RP_MODE_COUNT) - 1);
    assert_int_equal(classes, (1u << RP_CLASS_COUNT) - 1);
    assert_int_equal(places, (1u << RP_FUZZ_PLACE_COUNT) - 1);
    assert_true(redundant > 100);
    for (unsigned i = 0; i < 4; i++)
        assert_true(opcodes[i] == UINT64_MAX);
}

/* Taking apart and putting together changes nothing. */
static void anatomy_is_the_encoding(void **state)
{
    struct rp_random random = rp_random_make(6, 1);
    unsigned compared = 0;
    (void)state;
    for (unsigned i = 0; i < MUTANTS; i++) {
        struct rp_fuzz_input input;
        struct rp_fuzz_anatomy anatomy;
        struct rp_instruction instruction;
        struct rp_encoding again;
        rp_fuzz_generate(facts, &random, &input);
        if (rp_decode(input.mode, input.encoding.bytes, input.encoding.length, &instruction, NULL) ||
            !rp_fuzz_dissect(input.mode, &input.encoding, &anatomy))
            continue;
        rp_fuzz_assemble(input.mode, &anatomy, &again);
        assert_int_equal(again.length, input.encoding.length);
        assert_memory_equal(again.bytes, input.encoding.bytes, again.length);
        compared++;
    }
    assert_true(compared > MUTANTS / 4);
}

static void a_relative_branch_goes_nowhere(void **state)
{
    const uint8_t bytes[RP_ENCODING_MAX] = {0x2e, 0xe0, 0x17, 0x90};
    struct rp_encoding encoding;
    (void)state;
    rp_fuzz_cut(RP_MODE_PROT32, bytes, &encoding);
    assert_int_equal(encoding.length, 3);
    assert_int_equal(encoding.bytes[2], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_numbers_make_the_same_mutant),
        cmocka_unit_test(mutants_are_legal_and_no_hazards),
        cmocka_unit_test(every_class_mode_and_place_is_reached),
        cmocka_unit_test(anatomy_is_the_encoding),
        cmocka_unit_test(a_relative_branch_goes_nowhere),
    };
    return cmocka_run_group_tests(tests, open_facts, close_facts);
}
