/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What workers share: who proposes next, and what kills. */
#include "fuzz/board.h"
#include "fuzz/mutate.h"
#include "support/suite.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define DRAWS 6000

/* How many of DRAWS turns `source` gets. */
static unsigned turns_of(const struct rp_fuzz_schedule *schedule, unsigned source, uint64_t cells)
{
    struct rp_random random = rp_random_make(1, 1);
    unsigned turns = 0;
    for (unsigned i = 0; i < DRAWS; i++)
        turns += rp_fuzz_schedule_draw(schedule, cells, rp_random_next(&random)) == source;
    return turns;
}

static void try_often(struct rp_fuzz_schedule *schedule, unsigned source, unsigned one_in)
{
    for (unsigned i = 0; i < 200; i++)
        rp_fuzz_schedule_gain(schedule, source, i % one_in == 0);
}

static void what_pays_gets_its_turn_and_nobody_starves(void **state)
{
    struct rp_fuzz_schedule schedule = {0};
    (void)state;
    for (unsigned arm = 0; arm < RP_FUZZ_ARMS; arm++)
        try_often(&schedule, arm, arm == 2 ? 2 : 20);
    assert_in_range(turns_of(&schedule, 2, 100), DRAWS / 2, DRAWS);
    for (unsigned arm = 0; arm < RP_FUZZ_ARMS; arm++)
        assert_in_range(turns_of(&schedule, arm, 100), DRAWS / 100, DRAWS);
}

/* However well another source does. */
static void the_round_gets_its_share(void **state)
{
    struct rp_fuzz_schedule schedule = {0};
    (void)state;
    for (unsigned arm = 0; arm < RP_FUZZ_ARMS; arm++)
        try_often(&schedule, arm, arm == 0 ? 1 : 200);
    assert_in_range(turns_of(&schedule, RP_FUZZ_ROUND, 100), DRAWS / 20, DRAWS / 5);
}

static void a_donor_takes_over_until_it_has_all_cells_behind_it(void **state)
{
    struct rp_fuzz_schedule schedule = {0};
    const unsigned source = RP_FUZZ_ARMS + RP_FUZZ_LIVE; /* of the first donor */
    (void)state;
    for (unsigned arm = 0; arm < RP_FUZZ_ARMS; arm++)
        try_often(&schedule, arm, 10);
    rp_fuzz_schedule_donate(&schedule, 7, 100);
    assert_int_equal(schedule.donor[0].input, 8);
    for (unsigned kind = 0; kind < RP_FUZZ_KINDS; kind++)
        try_often(&schedule, RP_FUZZ_ARMS + kind, kind == RP_FUZZ_LIVE ? 2 : 200);
    assert_in_range(turns_of(&schedule, source, 100), DRAWS / 2, DRAWS);
    schedule.donor[0].cursor[RP_FUZZ_LIVE] = 100;
    assert_int_equal(turns_of(&schedule, source, 100), 0);
}

static void a_donor_that_pays_keeps_its_place(void **state)
{
    struct rp_fuzz_schedule schedule = {0};
    (void)state;
    for (uint32_t i = 0; i < RP_FUZZ_DONORS; i++) {
        rp_fuzz_schedule_donate(&schedule, i, 100);
        for (unsigned kind = 0; kind < RP_FUZZ_KINDS; kind++)
            try_often(&schedule, RP_FUZZ_ARMS + i * RP_FUZZ_KINDS + kind, i == 5 ? 100 : 3);
    }
    rp_fuzz_schedule_donate(&schedule, 1000, 100);
    for (uint32_t i = 0; i < RP_FUZZ_DONORS; i++)
        assert_int_equal(schedule.donor[i].input, i == 5 ? 1001 : i + 1);
    for (unsigned kind = 0; kind < RP_FUZZ_KINDS; kind++)
        try_often(&schedule, RP_FUZZ_ARMS + 5 * RP_FUZZ_KINDS + kind, 3);
    rp_fuzz_schedule_donate(&schedule, 2000, 100);
    assert_int_equal(schedule.donor[5].input, 1001);
}

static void what_kills_in_two_modes_kills_in_all(void **state)
{
    static struct rp_fuzz_board *board;
    struct rp_error error;
    const uint64_t cell = UINT64_C(0x123456789abcdef7);
    (void)state;
    assert_int_equal(rp_fuzz_board_open(&board, &error), RP_OK);
    rp_fuzz_board_kills(board, cell, RP_MODE_PROT32);
    rp_fuzz_board_kills(board, cell, RP_MODE_PROT32);
    assert_int_equal(board->deadly, 1);
    assert_true(rp_fuzz_board_is_deadly(board, cell, RP_MODE_PROT32));
    assert_false(rp_fuzz_board_is_deadly(board, cell, RP_MODE_LONG64));
    assert_false(rp_fuzz_board_is_deadly(board, cell ^ 1, RP_MODE_PROT32)); /* what no decoder knows of it */
    rp_fuzz_board_kills(board, cell, RP_MODE_LONG64);
    assert_true(rp_fuzz_board_is_deadly(board, cell, RP_MODE_REAL16));
    rp_fuzz_board_close(board);
}

/* The clothes stay, what wears them is another: LOCK ADD [rbx], ecx with rbx moved becomes LOCK SUB. */
static void a_transplant_keeps_state_prefixes_and_operands(void **state)
{
    struct rp_fuzz_input donor = {.mode = RP_MODE_LONG64,
                                  .encoding = {{0xf0, 0x01, 0x0b}, 3},
                                  .tweaks = 1,
                                  .tweak = {{.place = RP_FUZZ_REGISTER, .index = RP_REG_RBX, .value = 1}}};
    const struct rp_fuzz_input sub = {.mode = RP_MODE_PROT32, .encoding = {{0x29, 0xd8}, 2}},
                               paddb = {.mode = RP_MODE_LONG64, .encoding = {{0x66, 0x0f, 0xfc, 0xc1}, 4}};
    struct rp_fuzz_input input = donor;
    (void)state;
    assert_true(rp_fuzz_transplant(&sub, &input));
    assert_int_equal(input.encoding.length, 3);
    assert_memory_equal(input.encoding.bytes, "\xf0\x29\x1b", 3); /* its own ModRM.reg */
    assert_int_equal(input.mode, RP_MODE_LONG64);
    assert_memory_equal(input.tweak, donor.tweak, sizeof donor.tweak);
    assert_int_equal(input.cell, rp_fuzz_cell(RP_MODE_LONG64, &input.encoding, true));
    input = donor;
    assert_true(rp_fuzz_transplant(&paddb, &input)); /* 66 selects it, so it comes along */
    assert_memory_equal(input.encoding.bytes, "\xf0\x66\x0f\xfc\x03", 5);
}

/* What does not fit the first part of a set goes into the next one, and no number counts twice. */
static void a_set_grows_and_says_when_it_is_full(void **state)
{
    const uint64_t numbers = RP_FUZZ_SET_SLOTS / 8 * 7, odd = UINT64_C(0x9e3779b97f4a7c15);
    struct rp_error error;
    struct rp_fuzz_board *board;
    unsigned lost = 0, twice = 0;
    (void)state;
    assert_int_equal(rp_fuzz_board_open(&board, &error), RP_OK);
    struct rp_fuzz_set *set = &board->whole;
    for (uint64_t i = 0; i < numbers; i++)
        lost += !rp_fuzz_set_add(set, i * odd);
    for (uint64_t i = 0; i < numbers; i++) {
        lost += !rp_fuzz_set_has(set, i * odd);
        twice += rp_fuzz_set_add(set, i * odd);
    }
    assert_int_equal(lost, 0);
    assert_int_equal(twice, 0);
    assert_int_equal(set->count, numbers);
    assert_false(rp_fuzz_set_has(set, numbers * odd));
    assert_false(rp_fuzz_set_is_full(set));
    assert_false(rp_fuzz_board_is_full(board));
    set->count = UINT64_C(23000000);
    assert_true(rp_fuzz_set_is_full(set));
    assert_true(rp_fuzz_board_is_full(board));
    assert_false(rp_fuzz_set_add(set, numbers * odd));
    assert_true(rp_fuzz_set_has(set, odd));
    rp_fuzz_board_close(board);
}

/* Of a set that has grown too; what the other has no place for is no memory here. */
static void a_board_adopts_what_another_knows(void **state)
{
    const uint64_t numbers = RP_FUZZ_SET_SLOTS / 8 * 7, odd = UINT64_C(0x9e3779b97f4a7c15);
    const struct rp_fuzz_input nop = {.mode = RP_MODE_LONG64, .encoding = {{0x90}, 1}},
                               cli = {.mode = RP_MODE_PROT32, .encoding = {{0xfa}, 1}};
    struct rp_error error;
    struct rp_fuzz_board *old, *board;
    unsigned lost = 0;
    (void)state;
    assert_int_equal(rp_fuzz_board_open(&old, &error), RP_OK);
    assert_int_equal(rp_fuzz_board_open(&board, &error), RP_OK);
    for (uint64_t i = 0; i < numbers; i++)
        rp_fuzz_set_add(&old->whole, i * odd);
    rp_fuzz_set_add(&old->coarse, 7);
    rp_fuzz_board_stock(old, &nop);
    rp_fuzz_board_stock(old, &cli);
    old->input[0].encoding.length = 0; /* whose worker was killed */
    old->runs_of[rp_fuzz_cell_slot(rp_fuzz_cell_of(&cli))] = 5;
    rp_fuzz_board_kills(old, rp_fuzz_cell_of(&nop), RP_MODE_LONG64);
    rp_fuzz_board_adopt(board, old);
    for (uint64_t i = 0; i < numbers; i++)
        lost += !rp_fuzz_set_has(&board->whole, i * odd) || rp_fuzz_set_add(&board->whole, i * odd);
    assert_int_equal(lost, 0);
    assert_int_equal(board->whole.count, numbers);
    assert_true(rp_fuzz_set_add(&board->whole, numbers * odd));
    assert_false(rp_fuzz_set_add(&board->coarse, 7));
    assert_int_equal(board->stock, 1);
    assert_int_equal(board->cells, 1);
    assert_int_equal(board->input[board->first_of[0] - 1].encoding.bytes[0], 0xfa);
    assert_int_equal(board->runs_of[rp_fuzz_cell_slot(rp_fuzz_cell_of(&cli))], 5);
    assert_true(rp_fuzz_board_is_deadly(board, rp_fuzz_cell_of(&nop), RP_MODE_LONG64));
    rp_fuzz_board_close(old);
    rp_fuzz_board_close(board);
}

/* Its last part begins behind three quarters of the two before it; that they are not as full as their count
 * says does not matter to it. */
static void a_set_grows_into_its_last_part(void **state)
{
    const uint64_t before = RP_FUZZ_SET_SLOTS * 3 / 4 * 3, numbers = 1000, odd = UINT64_C(0x9e3779b97f4a7c15);
    const size_t last = RP_FUZZ_SET_SLOTS * 3;
    struct rp_error error;
    struct rp_fuzz_board *board;
    unsigned lost = 0, twice = 0, there = 0;
    (void)state;
    assert_int_equal(rp_fuzz_board_open(&board, &error), RP_OK);
    struct rp_fuzz_set *set = &board->whole;
    set->count = before - 1;
    for (uint64_t i = 0; i < numbers; i++)
        lost += !rp_fuzz_set_add(set, i * odd);
    for (uint64_t i = 0; i < numbers; i++) {
        lost += !rp_fuzz_set_has(set, i * odd);
        twice += rp_fuzz_set_add(set, i * odd);
    }
    for (uint64_t i = 1; i < numbers; i++) /* the first had room before it */
        there += set->slot[last + (i * odd & (RP_FUZZ_SET_SLOTS * 4 - 1))] == i * odd;
    assert_int_equal(lost, 0);
    assert_int_equal(twice, 0);
    assert_int_equal(there, numbers - 1);
    assert_int_equal(set->count, before - 1 + numbers);
    assert_false(rp_fuzz_set_has(set, numbers * odd));
    rp_fuzz_board_close(board);
}

/* Emulators are executed by targets, and have no use for it. */
static void a_board_that_is_handed_on_is_closed_in_other_programs(void **state)
{
    struct rp_fuzz_board *made, *attached;
    struct rp_error error;
    int descriptor;
    (void)state;
    assert_int_equal(rp_fuzz_board_make(&descriptor, &made, &error), RP_OK);
    assert_int_equal(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    assert_int_equal(rp_fuzz_board_attach(descriptor, &attached, &error), RP_OK);
    made->runs = 5;
    assert_int_equal(attached->runs, 5);
    rp_fuzz_board_close(attached);
    rp_fuzz_board_close(made);
    close(descriptor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_pays_gets_its_turn_and_nobody_starves),
        cmocka_unit_test(the_round_gets_its_share),
        cmocka_unit_test(a_donor_takes_over_until_it_has_all_cells_behind_it),
        cmocka_unit_test(a_donor_that_pays_keeps_its_place),
        cmocka_unit_test(what_kills_in_two_modes_kills_in_all),
        cmocka_unit_test(a_board_adopts_what_another_knows),
        cmocka_unit_test(a_set_grows_and_says_when_it_is_full),
        cmocka_unit_test(a_set_grows_into_its_last_part),
        cmocka_unit_test(a_board_that_is_handed_on_is_closed_in_other_programs),
        cmocka_unit_test(a_transplant_keeps_state_prefixes_and_operands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
