/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a program with a guest in it is started, heard, watched over and ended: by a shell in its place. */
#include "guest/supervisor.h"
#include "support/suite.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEVER UINT64_MAX

static struct rp_guest_program program;
static struct rp_guest_child child;
static struct rp_error error;

static int set_up(void **state)
{
    (void)state;
    program = (struct rp_guest_program){
        .name = "shell", .missing = "install one", .stuck_used = NEVER, .stuck_waited = NEVER};
    return rp_guest_child_open(&child, &program, &error);
}

static int tear_down(void **state)
{
    (void)state;
    rp_guest_child_close(&child);
    return 0;
}

static void start(char *script)
{
    char *words[] = {"sh", "-c", script, NULL};
    assert_int_equal(rp_guest_child_start(&child, words, &error), RP_OK);
}

/* Its next words, "" if it has ended. */
static const char *hear(void)
{
    static char words[200];
    ssize_t got;
    do
        got = rp_guest_child_hear(&child, words, sizeof words - 1);
    while (got < 0);
    words[got] = '\0';
    return words;
}

static void what_it_is_told_and_given_it_can_read(void **state)
{
    (void)state;
    assert_int_equal(rp_guest_child_file(&child, 0, "here", 4, &error), RP_OK);
    assert_int_equal(rp_guest_child_file(&child, 1, NULL, 7, &error), RP_OK);
    start("read word; echo $word $(cat /proc/self/fd/3) $(wc -c </proc/self/fd/4)");
    rp_guest_child_say(&child, "told\n", 5);
    assert_string_equal(hear(), "told here 7\n");
    assert_string_equal(hear(), "");
}

static void an_end_of_its_own_is_told_from_a_signal_and_saying_more_is_no_harm(void **state)
{
    (void)state;
    start("exit 3");
    assert_string_equal(hear(), "");
    rp_guest_child_say(&child, "?", 1);
    assert_int_equal(rp_guest_child_died(&child), 0);
    start("kill -SEGV $$");
    assert_string_equal(hear(), "");
    assert_int_equal(rp_guest_child_died(&child), SIGSEGV);
    assert_int_equal(child.pid, 0);
}

/* Closing standard output is not the end yet. */
static void one_that_ends_slowly_is_not_killed(void **state)
{
    (void)state;
    start("exec >&-; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 0");
    assert_string_equal(hear(), "");
    assert_int_equal(rp_guest_child_died(&child), 0);
}

static void a_program_that_is_not_there_is_named(void **state)
{
    (void)state;
    char *words[] = {"no-such-program-of-ringprobe", NULL};
    assert_int_equal(rp_guest_child_start(&child, words, &error), RP_OK);
    assert_string_equal(hear(), "");
    assert_int_equal(rp_guest_child_refuse(&child, RP_GUEST_HAS_ENDED, &error), RP_EENVIRONMENT);
    assert_string_equal(error.line, "shell can't be opened: install one");
}

static void its_last_complaint_is_passed_on_or_the_marked_one(void **state)
{
    (void)state;
    char script[] = "printf 'warning\\nPANIC why\\nPANIC too\\nlast\\n\\n' >&2; exit 2";
    start(script);
    assert_string_equal(hear(), "");
    rp_guest_child_refuse(&child, RP_GUEST_HAS_ENDED, &error);
    assert_string_equal(error.line, "shell can't be opened: its guest did not start (status 200): last");
    program.mark = "PANIC ";
    start(script);
    assert_string_equal(hear(), "");
    rp_guest_child_refuse(&child, RP_GUEST_HAS_ENDED, &error);
    assert_string_equal(error.line, "shell can't be opened: its guest did not start (status 200): why");
}

static void an_earlier_ones_complaint_is_not_the_next_ones(void **state)
{
    (void)state;
    start("echo old >&2");
    assert_string_equal(hear(), "");
    start("exit 2");
    assert_string_equal(hear(), "");
    rp_guest_child_refuse(&child, RP_GUEST_HAS_ENDED, &error);
    assert_string_equal(error.line, "shell can't be opened: its guest did not start (status 200)");
}

static void one_that_works_without_an_end_is_stuck_by_its_own_time(void **state)
{
    (void)state;
    program.stuck_used = 30000000;
    start("while :; do :; done");
    struct rp_guest_standstill still = rp_guest_child_stands(&child, 1);
    while (!rp_guest_child_is_stuck(&child, &still, 1))
        ;
    uint64_t used = still.used;
    assert_false(rp_guest_child_is_stuck(&child, &still, 2)); /* it has moved */
    assert_true(still.used - used >= program.stuck_used);
}

static void one_that_sleeps_is_stuck_by_anybodys_time_only(void **state)
{
    (void)state;
    program.stuck_used = 1000000000;
    start("echo up; exec sleep 1000");
    assert_string_equal(hear(), "up\n");
    struct rp_guest_standstill still = rp_guest_child_stands(&child, 1);
    assert_false(rp_guest_child_is_stuck(&child, &still, 1));
    program.stuck_waited = 0;
    assert_true(rp_guest_child_is_stuck(&child, &still, 1));
}

/* An interrupt from the keyboard goes to a process group. */
static void it_is_in_a_group_of_its_own(void **state)
{
    (void)state;
    start("echo up; exec sleep 1000");
    assert_string_equal(hear(), "up\n");
    assert_int_equal(getpgid(child.pid), child.pid);
}

/* A driver that is killed can't end it. */
static void it_dies_with_its_parent(void **state)
{
    (void)state;
    int ends[2], status;
    pid_t orphan;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    assert_int_equal(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0) {
        start("echo up; exec sleep 1000");
        hear();
        if (write(ends[1], &child.pid, sizeof child.pid) > 0)
            kill(getpid(), SIGKILL);
        _exit(1);
    }
    assert_int_equal(read(ends[0], &orphan, sizeof orphan), sizeof orphan);
    assert_int_equal(waitpid(parent, &status, 0), parent);
    assert_int_equal(waitpid(orphan, &status, 0), orphan);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(ends[0]);
    close(ends[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_it_is_told_and_given_it_can_read),
        TEST(an_end_of_its_own_is_told_from_a_signal_and_saying_more_is_no_harm),
        TEST(one_that_ends_slowly_is_not_killed),
        TEST(a_program_that_is_not_there_is_named),
        TEST(its_last_complaint_is_passed_on_or_the_marked_one),
        TEST(an_earlier_ones_complaint_is_not_the_next_ones),
        TEST(one_that_works_without_an_end_is_stuck_by_its_own_time),
        TEST(one_that_sleeps_is_stuck_by_anybodys_time_only),
        TEST(it_is_in_a_group_of_its_own),
        TEST(it_dies_with_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
