/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the targets of AFL++ told and no sitting has taken is there for the next one, each once, and then is
 * not. */
#include "campaign/fuzz_afl_news.h"
#include "fuzz/mutate.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define INPUTS 3000 /* more than are read at a time */
#define TAKEN  1000
#define HOLE   (3 << 20) /* bytes */
#define LEFT   300

/* A campaign's folder, and what its sittings share. */
static struct {
    struct scratch scratch;
    const char *folder;
    struct rp_fuzz_facts *facts;
    struct rp_fuzz_set *taken;
    struct rp_random random;
} of;

static int make_campaign(void **state)
{
    struct rp_error error;
    (void)state;
    of.random = rp_random_make(1, 1);
    of.taken = calloc(1, sizeof *of.taken);
    scratch_init(&of.scratch);
    of.folder = scratch_path(&of.scratch, ".");
    return of.taken ? rp_fuzz_facts_open(1u << RP_MODE_LONG64, &of.facts, &error) : -1;
}

static int end_campaign(void **state)
{
    (void)state;
    rp_fuzz_facts_close(of.facts);
    free(of.taken);
    scratch_free(&of.scratch);
    return 0;
}

static void open_news(struct rp_afl_news *news)
{
    struct rp_error error;
    assert_int_equal(rp_afl_news_open(news, of.folder, of.facts, of.taken, &error), RP_OK);
}

static unsigned take_all(struct rp_afl_news *news, bool is_last, unsigned most)
{
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
    struct rp_fuzz_input input;
    size_t length;
    unsigned count = 0;
    for (; count < most && rp_afl_news_take(news, of.facts, is_last, &input); count++)
        assert_true(rp_fuzz_set_add(of.taken, rp_afl_hash(of.facts, &input, bytes, &length)));
    return count;
}

static void what_was_not_taken_is_left_for_the_next_sitting(void **state)
{
    struct rp_fuzz_input input;
    struct rp_afl_news news;
    struct stat status;
    (void)state;

    /* Some are taken while they are told; one at the end is cut short. */
    open_news(&news);
    assert_false(rp_afl_news_take(&news, of.facts, false, &input));
    for (unsigned i = 0; i < INPUTS; i++) {
        rp_fuzz_generate(of.facts, &of.random, &input);
        assert_true(rp_fuzz_news_tell(of.facts, news.descriptor, &input));
    }
    assert_int_equal(write(news.descriptor, "rpf1\0\3\1", 7), 7);
    assert_int_equal(take_all(&news, false, TAKEN), TAKEN);
    rp_afl_news_close(&news);

    /* As one that was killed there; the next sees the others, and what is told behind them. */
    open_news(&news);
    rp_fuzz_generate(of.facts, &of.random, &input);
    assert_true(rp_fuzz_news_tell(of.facts, news.descriptor, &input));
    assert_int_equal(take_all(&news, true, INPUTS), INPUTS - TAKEN + 1);
    rp_afl_news_close(&news);

    /* What was taken needs no room any more. */
    open_news(&news);
    assert_false(rp_afl_news_take(&news, of.facts, true, &input));
    assert_int_equal(fstat(news.descriptor, &status), 0);
    assert_int_equal(status.st_size, 0);
    rp_afl_news_close(&news);
}

static void what_was_taken_needs_no_room_in_this_sitting(void **state)
{
    struct rp_fuzz_input input, last;
    struct rp_afl_news news;
    unsigned told = 0, found = 0;
    (void)state;
    open_news(&news);
    if (fallocate(news.descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1))
        skip(); /* no holes here */
    for (; lseek(news.descriptor, 0, SEEK_END) < HOLE; told++) {
        rp_fuzz_generate(of.facts, &of.random, &input);
        assert_true(rp_fuzz_news_tell(of.facts, news.descriptor, &input));
    }
    for (unsigned i = 0; i + LEFT < told; i++)
        assert_true(rp_afl_news_take(&news, of.facts, false, &input));
    assert_int_equal(lseek(news.descriptor, 0, SEEK_DATA), 0);
    rp_afl_news_forget(&news);
    assert_in_range(lseek(news.descriptor, 0, SEEK_DATA), HOLE / 2, HOLE);

    /* Targets go on behind it, and the next sitting finds what they tell. */
    rp_fuzz_generate(of.facts, &of.random, &last);
    assert_true(rp_fuzz_news_tell(of.facts, news.descriptor, &last));
    rp_afl_news_close(&news);
    open_news(&news);
    assert_in_range(lseek(news.descriptor, 0, SEEK_END), 1, HOLE / 2);
    while (rp_afl_news_take(&news, of.facts, true, &input))
        found++;
    assert_in_range(found, LEFT + 1, LEFT + 1 + 4096 / 24); /* and what shares a block with them */
    assert_memory_equal(input.encoding.bytes, last.encoding.bytes, last.encoding.length);
    rp_afl_news_close(&news);
}

static bool sleeps(pid_t pid)
{
    char path[40], stat[200] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool does = file >= 0 && read(file, stat, sizeof stat - 1) > 0 && strstr(stat, ") S ");
    close(file);
    return does;
}

/* A target outlives a sitting that is killed, and tells more while the next one waits for it. */
static void targets_of_an_earlier_sitting_are_waited_for(void **state)
{
    struct rp_fuzz_input input, last;
    struct rp_afl_news news;
    int status;
    (void)state;
    rp_fuzz_generate(of.facts, &of.random, &last);
    open_news(&news);
    assert_int_equal(write(news.descriptor, "rpf1", 4), 4); /* so that it is written anew */
    pid_t sitting = getpid(), target = fork();
    if (target == 0) {
        while (getppid() == sitting && !sleeps(sitting))
            sched_yield();
        _exit(rp_fuzz_news_tell(of.facts, news.descriptor, &last) ? 0 : 1);
    }
    rp_afl_news_close(&news);
    open_news(&news);
    assert_true(rp_afl_news_take(&news, of.facts, true, &input));
    assert_memory_equal(input.encoding.bytes, last.encoding.bytes, last.encoding.length);
    assert_int_equal(waitpid(target, &status, 0), target);
    assert_int_equal(status, 0);
    rp_afl_news_close(&news);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_not_taken_is_left_for_the_next_sitting, make_campaign,
                                        end_campaign),
        cmocka_unit_test_setup_teardown(what_was_taken_needs_no_room_in_this_sitting, make_campaign,
                                        end_campaign),
        cmocka_unit_test_setup_teardown(targets_of_an_earlier_sitting_are_waited_for, make_campaign,
                                        end_campaign)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
