/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target of AFL++ and libFuzzer: what behaves as nothing did is told, once; what can't be is counted. */
#include "base/random.h"
#include "executor/registry.h"
#include "fuzz/news.h"
#include "fuzz/target.h"
#include "fuzz/with_facts.h"
#include "support/suite.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAP_SIZE   2048
#define BEHAVIOURS 32000
#define SAMPLE     16

static struct rp_fuzz_board *board;
static struct rp_fuzz_flight flight;

static int open_board(void **state)
{
    struct rp_error error;
    (void)state;
    return rp_fuzz_board_open(&board, &error);
}

static int close_board(void **state)
{
    (void)state;
    rp_fuzz_board_close(board);
    return 0;
}

static struct rp_fuzz_target_options tell_behind(int news)
{
    return (struct rp_fuzz_target_options){
        .rig = {.facts = facts,
                .member = {{.executor = rp_executor_find("unicorn")->executor, .name = "unicorn"}},
                .members = 1,
                .policy = RP_POLICY_LEGACY},
        .board = board,
        .flight = &flight,
        .news = news};
}

static void run_codes(int news, const struct rp_encoding *codes, size_t count)
{
    const struct rp_fuzz_target_options options = tell_behind(news);
    struct rp_fuzz_target *target;
    struct rp_error error;
    assert_int_equal(rp_fuzz_target_open(&options, &target, &error), RP_OK);
    for (size_t i = 0; i < count; i++) {
        const struct rp_fuzz_input input = {
            .mode = RP_MODE_LONG64, .seed = facts->mode[RP_MODE_LONG64].seed[0], .encoding = codes[i]};
        uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
        assert_int_equal(
            rp_fuzz_target_run(target, bytes, rp_fuzz_input_write(facts, &input, bytes), NULL, &error),
            RP_OK);
    }
    assert_int_equal(board->executions, count);
    rp_fuzz_target_close(target);
}

/* NOP, then UD2, then NOP again: two behaviours. */
static void run_two(int news)
{
    static const struct rp_encoding codes[] = {
        {.length = 1, .bytes = {0x90}}, {.length = 2, .bytes = {0x0f, 0x0b}}, {.length = 1, .bytes = {0x90}}};
    run_codes(news, codes, sizeof codes / sizeof codes[0]);
}

static int open_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK);
}

static void what_is_new_is_told_once(void **state)
{
    uint8_t told[3 * RP_FUZZ_INPUT_BYTES_MAX];
    struct rp_fuzz_input input;
    size_t at = 0;
    int ends[2];
    (void)state;
    assert_int_equal(open_pipe(ends), 0);
    run_two(ends[1]);
    ssize_t length = read(ends[0], told, sizeof told);
    assert_true(length > 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(rp_fuzz_news_next(facts, told, (size_t)length, true, &at, &input));
        assert_int_equal(input.encoding.bytes[0], i ? 0x0f : 0x90);
    }
    assert_int_equal(at, length);
    assert_int_equal(board->lost, 0);
    close(ends[0]);
    close(ends[1]);
}

/* Each counts once, for it is known from then on. */
static void what_can_t_be_told_is_counted(void **state)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    (void)state;
    assert_true(full >= 0);
    run_two(full);
    assert_int_equal(board->lost, 2);
    close(full);
}

/* It would be told at each execution, without end; what kills is told all the same. */
static void what_a_full_set_can_t_remember_is_not_told(void **state)
{
    struct rp_fuzz_target_options options;
    uint8_t told[RP_FUZZ_INPUT_BYTES_MAX];
    int ends[2];
    (void)state;
    board->whole.count = sizeof board->whole.slot / sizeof board->whole.slot[0];
    assert_int_equal(open_pipe(ends), 0);
    run_two(ends[1]);
    assert_int_equal(read(ends[0], told, sizeof told), -1);
    assert_int_equal(board->stock, 0);
    options = tell_behind(ends[1]);
    flight.victim = 1;
    rp_fuzz_target_bury(&options);
    assert_true(read(ends[0], told, sizeof told) > 0);
    assert_int_equal(board->lost, 0);
    close(ends[0]);
    close(ends[1]);
}

/* 0F 1F /0 and 0F 1E are NOP too: nothing to tell, but places where something may be. */
static void a_cell_is_stocked_that_shows_nothing_new(void **state)
{
    static const struct rp_encoding codes[] = {{.length = 3, .bytes = {0x0f, 0x1f, 0xc0}},
                                               {.length = 3, .bytes = {0x0f, 0x1e, 0xc0}},
                                               {.length = 3, .bytes = {0x0f, 0x1f, 0xc0}}};
    uint8_t told[RP_FUZZ_INPUT_BYTES_MAX];
    int ends[2];
    (void)state;
    assert_int_equal(open_pipe(ends), 0);
    run_codes(ends[1], codes, sizeof codes / sizeof codes[0]);
    assert_int_equal(board->whole.count, 1);
    assert_int_equal(board->stock, 2);
    assert_int_equal(board->cells, 2);
    assert_true(read(ends[0], told, sizeof told) > 0);
    assert_int_equal(read(ends[0], told, sizeof told), -1);
    close(ends[0]);
    close(ends[1]);
}

static unsigned count_marks(const uint8_t *map)
{
    unsigned count = 0;
    for (size_t i = MAP_SIZE / 8; i < MAP_SIZE; i++) /* behind the names */
        count += map[i] != 0;
    return count;
}

/* Of many behaviours one in so many, whoever marks them; the name always. */
static void a_sample_is_always_the_same(void **state)
{
    static uint8_t map[2][MAP_SIZE], all[MAP_SIZE];
    struct rp_random random = rp_random_make(1, 1);
    unsigned marked = 0;
    (void)state;
    for (unsigned i = 0; i < BEHAVIOURS; i++) {
        const struct rp_fuzz_behaviour b = {
            .name = i, .coarse = rp_random_next(&random), .whole = rp_random_next(&random)};
        memset(map, 0, sizeof map);
        memset(all, 0, sizeof all);
        rp_fuzz_mark(map[0], MAP_SIZE, SAMPLE, &b, RP_MODE_LONG64);
        rp_fuzz_mark(map[1], MAP_SIZE, SAMPLE, &b, RP_MODE_LONG64);
        assert_memory_equal(map[0], map[1], MAP_SIZE);
        assert_non_null(memchr(map[0], 1, MAP_SIZE / 8));
        rp_fuzz_mark(all, MAP_SIZE, 1, &b, RP_MODE_LONG64);
        assert_int_equal(count_marks(all), 2);
        marked += count_marks(map[0]);
    }
    assert_in_range(marked, BEHAVIOURS * 2 / SAMPLE * 3 / 4, BEHAVIOURS * 2 / SAMPLE * 5 / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_is_always_the_same),
        cmocka_unit_test_setup_teardown(a_cell_is_stocked_that_shows_nothing_new, open_board, close_board),
        cmocka_unit_test_setup_teardown(what_is_new_is_told_once, open_board, close_board),
        cmocka_unit_test_setup_teardown(what_can_t_be_told_is_counted, open_board, close_board),
        cmocka_unit_test_setup_teardown(what_a_full_set_can_t_remember_is_not_told, open_board, close_board)};
    return cmocka_run_group_tests(tests, open_facts_of_long64, close_facts);
}
