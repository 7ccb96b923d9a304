/* SPDX-License-Identifier: GPL-2.0-or-later */
/* News: what many tell is read, each once and whole; what was cut short costs nothing else. */
#include "fuzz/news.h"
#include "fuzz/with_facts.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS 4
#define EACH    5000

static struct rp_fuzz_input make_input(uint64_t number)
{
    struct rp_fuzz_input input = {.mode = RP_MODE_LONG64, .encoding = {.length = 1 + sizeof number}};
    input.encoding.bytes[0] = 0x90;
    memcpy(input.encoding.bytes + 1, &number, sizeof number);
    return input;
}

static uint64_t number_of(const struct rp_fuzz_input *input)
{
    uint64_t number;
    memcpy(&number, input->encoding.bytes + 1, sizeof number);
    return number;
}

static void many_writers_lose_nothing(void **state)
{
    static uint8_t bytes[(size_t)WRITERS * EACH * RP_FUZZ_INPUT_BYTES_MAX];
    uint64_t next[WRITERS] = {0};
    struct rp_fuzz_input input;
    struct scratch scratch;
    size_t at = 0, length = 0;
    (void)state;
    scratch_init(&scratch);
    int news = open(scratch_path(&scratch, "news"), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    assert_true(news >= 0);
    for (uint64_t writer = 0; writer < WRITERS; writer++)
        if (fork() == 0) {
            bool told = true;
            for (uint64_t i = 0; i < EACH && told; i++) {
                input = make_input(writer << 32 | i);
                told = rp_fuzz_news_tell(facts, news, &input);
            }
            _exit(told ? 0 : 1);
        }
    for (unsigned count = 0; count < WRITERS * EACH;) {
        ssize_t got = pread(news, bytes + length, sizeof bytes - length, (off_t)length);
        assert_true(got >= 0);
        length += (size_t)got;
        while (rp_fuzz_news_next(facts, bytes, length, false, &at, &input)) {
            assert_int_equal(number_of(&input) & UINT32_MAX, next[number_of(&input) >> 32]++);
            count++;
        }
    }
    for (unsigned writer = 0; writer < WRITERS; writer++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(at, length);
    close(news);
    scratch_free(&scratch);
}

static size_t add(uint8_t *bytes, size_t length, uint64_t number)
{
    struct rp_fuzz_input input = make_input(number);
    return length + rp_fuzz_input_write(facts, &input, bytes + length);
}

static void half_a_record_costs_nobody_elses(void **state)
{
    uint8_t bytes[4 * RP_FUZZ_INPUT_BYTES_MAX];
    struct rp_fuzz_input input;
    (void)state;
    const size_t first = add(bytes, 0, 1), whole = add(bytes, first, 2) - first;
    for (size_t cut = 1; cut < whole; cut++) {
        size_t at = 0, end;
        add(bytes, first, 2);
        end = add(bytes, first + cut, 3);
        assert_true(rp_fuzz_news_next(facts, bytes, end, true, &at, &input));
        assert_int_equal(number_of(&input), 1);
        assert_true(rp_fuzz_news_next(facts, bytes, end, true, &at, &input));
        assert_int_equal(number_of(&input), 3);
        assert_false(rp_fuzz_news_next(facts, bytes, end, true, &at, &input));
    }
}

static void what_is_not_whole_yet_is_waited_for(void **state)
{
    uint8_t bytes[2 * RP_FUZZ_INPUT_BYTES_MAX];
    struct rp_fuzz_input input;
    (void)state;
    const size_t first = add(bytes, 0, 1), end = add(bytes, first, 2);
    for (size_t length = first; length < end; length++) {
        size_t at = 0;
        assert_true(rp_fuzz_news_next(facts, bytes, length, false, &at, &input));
        assert_false(rp_fuzz_news_next(facts, bytes, length, false, &at, &input));
        assert_int_equal(at, first);
        assert_true(rp_fuzz_news_next(facts, bytes, end, false, &at, &input));
        assert_int_equal(number_of(&input), 2);
    }
}

static void who_has_no_room_is_told(void **state)
{
    struct rp_fuzz_input input = make_input(1);
    (void)state;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    assert_false(rp_fuzz_news_tell(facts, full, &input));
    assert_int_equal(errno, ENOSPC);
    close(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_writers_lose_nothing),
        cmocka_unit_test(half_a_record_costs_nobody_elses),
        cmocka_unit_test(what_is_not_whole_yet_is_waited_for),
        cmocka_unit_test(who_has_no_room_is_told),
    };
    return cmocka_run_group_tests(tests, open_facts_of_long64, close_facts);
}
