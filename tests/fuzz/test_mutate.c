/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mutator: pure, legal, and able to reach what there is. */
#include "base/hex.h"
#include "fuzz/anatomy.h"
#include "fuzz/mutate.h"
#include "fuzz/propose.h"
#include "fuzz/with_facts.h"
#include "support/suite.h"
#include "x86/hazards.h"

#include <stdlib.h>
#include <string.h>

#define MUTANTS 20000

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

/* The encoding of `hex` in a shape, as hex. */
static const char *shape(enum rp_mode mode, const char *hex, unsigned number)
{
    static char text[2 * RP_ENCODING_MAX + 1];
    struct rp_random random = rp_random_make(7, number);
    struct rp_fuzz_input target = {.mode = (uint8_t)mode}, input = {.mode = (uint8_t)mode};
    struct rp_error error;
    size_t length;
    assert_int_equal(rp_hex_parse(hex, target.encoding.bytes, RP_ENCODING_MAX, &length, &error), RP_OK);
    target.encoding.length = (uint8_t)length;
    assert_true(rp_fuzz_shape(&random, &target, number, &input));
    rp_hex_print(text, input.encoding.bytes, input.encoding.length);
    return text;
}

static void shapes_are_registers_prefixes_and_memory(void **state)
{
    unsigned prefixes[256] = {0}, count = 0;
    (void)state;
    assert_memory_equal(shape(RP_MODE_LONG64, "c4e3fd000301", 0), "c4e3fd00c", 9); /* VPERMQ: a register */
    assert_string_equal(shape(RP_MODE_LONG64, "c4e3fd00c001", 2), "c4e3fd000301"); /* memory */
    assert_string_equal(shape(RP_MODE_LONG64, "c4e3fd000301", 1), "c4e3fd000301"); /* F3 makes it another */
    assert_string_equal(shape(RP_MODE_LONG64, "8d0b", 0), "8d0b");                 /* LEA has no register */
    assert_memory_equal(shape(RP_MODE_LONG64, "f7e1", 2), "f723", 4);              /* MUL stays MUL */
    for (unsigned i = 0; i < RP_FUZZ_SHAPES; i++) {
        const char *cli = shape(RP_MODE_LONG64, "fa", i);
        if (strlen(cli) == 4)
            count += prefixes[strtoul(cli, NULL, 16) >> 8]++ == 0;
        else
            assert_string_equal(cli, "fa");
    }
    assert_int_equal(count, RP_FUZZ_SHAPES / 3); /* each legacy prefix */
}

/* Whatever is new elsewhere, what is known long since is tried in every shape. */
static void known_cells_come_round(void **state)
{
    static const struct rp_fuzz_input known[] = {
        {.mode = RP_MODE_LONG64, .encoding = {{0xc4, 0xe3, 0xfd, 0x00, 0x03, 0x01}, 6}},
        {.mode = RP_MODE_LONG64, .encoding = {{0xfa}, 1}}};
    const size_t turns = (size_t)40 * RP_FUZZ_SHAPES * sizeof known / sizeof known[0];
    struct rp_random random = rp_random_make(8, 1);
    struct rp_error error;
    struct rp_fuzz_board *board;
    unsigned vpermq = 0, cli = 0;
    (void)state;
    assert_int_equal(rp_fuzz_board_open(&board, &error), RP_OK);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_true(rp_fuzz_board_stock(board, &known[i]) >= 0);
    const struct rp_fuzz_proposer proposer = {facts, board, RP_FUZZ_NOVELTY};
    for (size_t i = 0; i < turns; i++) {
        struct rp_fuzz_input input;
        unsigned source = rp_fuzz_choose(&proposer, &random, NULL, NULL, &input);
        assert_true(is_legal(&input));
        rp_fuzz_schedule_gain(&board->schedule, source, source == 0);
        if (source != RP_FUZZ_ROUND)
            continue;
        vpermq += memcmp(input.encoding.bytes, "\xc4\xe3\xfd\x00", 4) == 0 && input.encoding.bytes[4] >= 0xc0;
        cli += memcmp(input.encoding.bytes, "\xf3\xfa", 2) == 0;
    }
    assert_in_range(vpermq, RP_FUZZ_SHAPES / 3, turns);
    assert_in_range(cli, 1, turns);
    rp_fuzz_board_close(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_numbers_make_the_same_mutant),
        cmocka_unit_test(mutants_are_legal_and_no_hazards),
        cmocka_unit_test(every_class_mode_and_place_is_reached),
        cmocka_unit_test(anatomy_is_the_encoding),
        cmocka_unit_test(a_relative_branch_goes_nowhere),
        cmocka_unit_test(shapes_are_registers_prefixes_and_memory),
        cmocka_unit_test(known_cells_come_round),
    };
    return cmocka_run_group_tests(tests, open_facts, close_facts);
}
