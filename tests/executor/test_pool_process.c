/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workers as processes: they leave nothing behind, say nothing to the user, and the machine's shortages
 * are told in a line. */
#include "executor/script.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct script script;
static volatile sig_atomic_t stop;
static int channel[2]; /* for tests whose workers report */

static int free_script(void **state)
{
    (void)state;
    script_free(&script);
    return 0;
}

/* The options that most tests need, with a log. */
static struct rp_pool_options logged(unsigned workers, int log)
{
    return (struct rp_pool_options){.workers = workers, .hang_milliseconds = 250, .log_descriptor = log};
}

static int memory_file(void)
{
    int file = memfd_create("log", MFD_CLOEXEC);
    assert_true(file >= 0);
    return file;
}

/* What was written to `file`, which is closed. */
static const char *content_of(int file)
{
    static char content[4096];
    ssize_t length = pread(file, content, sizeof content - 1, 0);
    assert_true(length >= 0);
    content[length] = '\0';
    close(file);
    return content;
}

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static int interrupt_at_ten(struct script *running, size_t item, struct rp_error *error)
{
    (void)running, (void)error;
    if (item == 10)
        raise(SIGINT);
    return RP_OK;
}

static void sigint_ends_the_work_and_leaves_no_process(void **state)
{
    (void)state;
    script_init(&script, NULL);
    script.done = interrupt_at_ten;
    script.length = 2000; /* so that no pipe holds all results */
    signal(SIGINT, on_signal);
    for (unsigned workers = 1; workers <= 7; workers += 3) {
        stop = 0;
        const struct rp_pool_options options = {.workers = workers, .stop = &stop};
        assert_int_equal(script_run(&script, ITEMS_MAX, &options), RP_EINTERRUPTED); /* looks for children */
        assert_true(script.done_count > 10 && script.done_count < ITEMS_MAX);
        assert_non_null(strstr(script.error.line, "interrupted after "));
        if (access("/proc/self/smaps_rollup", R_OK) == 0)
            assert_true(script.status.peak_pss > 0); /* over long before the first second is */
    }
    signal(SIGINT, SIG_DFL);
}

/* A terminal sends SIGINT to the workers too. */
static void workers_do_not_heed_sigint_nor_run_handlers(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{3, 1, ACT_RAISE_INT, false}, {0}};
    script_init(&script, deeds);
    signal(SIGINT, on_signal);
    stop = 0;
    assert_int_equal(script_run(&script, 40, NULL), RP_OK);
    assert_int_equal(script.status.deaths, 0);
    assert_false(stop);
    signal(SIGINT, SIG_DFL);
}

static void raise_user_signal(struct script *running, size_t item)
{
    (void)running, (void)item;
    raise(SIGUSR1);
}

static void handlers_of_the_front_end_and_blocked_signals_are_not_inherited(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{3, 1, ACT_CALL, false}, {0}};
    sigset_t one, before;
    script_init(&script, deeds);
    script.call = raise_user_signal;
    script.watched = 3;
    signal(SIGUSR1, on_signal);
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    sigprocmask(SIG_BLOCK, &one, &before);
    assert_int_equal(script_run(&script, 40, NULL), RP_OK);
    sigprocmask(SIG_SETMASK, &before, NULL);
    signal(SIGUSR1, SIG_DFL);
    char expected[32];
    snprintf(expected, sizeof expected, "RD%dRRRR", SIGUSR1);
    assert_string_equal(script.result, expected);
}

static void speak_and_abort(struct script *running, size_t item)
{
    (void)running, (void)item;
    printf("to standard output\n");
    fflush(stdout);
    for (int i = 0; i < 1000; i++)
        fprintf(stderr, "noise %d\n", i);
    fprintf(stderr, "tcg fatal\nerror\x1b[31m\n");
    abort();
}

static void dying_words_go_to_the_log_with_the_culprit(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{3, 1, ACT_CALL, false}, {0}};
    int log = memory_file(), ours = memory_file(), saved[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    const struct rp_pool_options options = logged(2, log);
    script_init(&script, deeds);
    script.call = speak_and_abort;
    fflush(NULL);
    dup2(ours, STDOUT_FILENO);
    dup2(ours, STDERR_FILENO);
    int code = script_run(&script, 40, &options);
    fflush(NULL);
    dup2(saved[0], STDOUT_FILENO);
    dup2(saved[1], STDERR_FILENO);
    close(saved[0]);
    close(saved[1]);
    assert_int_equal(code, RP_OK);
    assert_string_equal(content_of(ours), "");
    const char *line = content_of(log), *end = "noise 999|tcg fatal|error?[31m\n";
    assert_ptr_equal(strstr(line, "a worker died of SIGABRT in run 1 of item 3; its last words: "), line);
    assert_string_equal(line + strlen(line) - strlen(end), end);
}

static void print_name(void *context, size_t item, char *text, size_t size)
{
    (void)context;
    snprintf(text, size, "ff d8 (%zu)", item);
}

static void lines_call_items_as_people_do(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{3, 1, ACT_EXIT, false}, {5, 0, ACT_SPIN, false}, {0}};
    int log = memory_file();
    const struct rp_pool_options options = logged(1, log);
    script_init(&script, deeds);
    script.name = print_name;
    assert_int_equal(script_run(&script, 40, &options), RP_OK);
    assert_string_equal(content_of(log), "a worker exited with 3 in run 1 of ff d8 (3)\n"
                                         "a worker hung in run 0 of ff d8 (5)\n");
}

static void close_streams(struct script *running, size_t item)
{
    (void)running, (void)item;
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
}

static void a_worker_that_closes_its_streams_goes_on(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{3, 1, ACT_CALL, false}, {5, 1, ACT_ABORT, false}, {0}};
    script_init(&script, deeds);
    script.call = close_streams;
    script.watched = 5;
    assert_int_equal(script_run_by(&script, 40, 1), RP_OK);
    assert_string_equal(script.result, "RD6RRRR");
}

/* Aborts if a worker is not what pool.h says. */
static void look_around(struct script *running, size_t item)
{
    (void)running, (void)item;
    struct rlimit core;
    int parent_death = 0;
    char byte;
    if (read(STDIN_FILENO, &byte, 1) != 0)
        abort();
    if (getrlimit(RLIMIT_CORE, &core) || core.rlim_cur > 1)
        abort();
    if (prctl(PR_GET_PDEATHSIG, &parent_death) || parent_death != SIGKILL)
        abort();
}

static void a_worker_reads_nothing_and_dumps_no_core(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{0, 0, ACT_CALL, false}, {0}};
    script_init(&script, deeds);
    script.call = look_around;
    assert_int_equal(script_run(&script, 40, NULL), RP_OK);
    assert_string_equal(script.result, "RRRRRR");
}

static int without_streams(void)
{
    for (int stream = 0; stream <= 2; stream++)
        close(stream);
    if (script_run(&script, 40, NULL) != RP_OK || script.done_count != 40)
        return 1;
    return fcntl(0, F_GETFD) >= 0; /* the pool left none open */
}

static void a_parent_without_standard_streams_will_do(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{3, 1, ACT_ABORT, false}, {0}};
    script_init(&script, deeds);
    script_in_child(without_streams);
}

static void report_and_pause(struct script *running, size_t item)
{
    (void)running;
    alarm(60); /* a worker that lives on fails the test, and does not block it */
    if (write(channel[1], &item, sizeof item) == (ssize_t)sizeof item)
        pause();
}

static int pool_of_three(void)
{
    const struct rp_pool_options options = {.workers = 3, .hang_milliseconds = 1000000};
    return script_run(&script, 40, &options);
}

static void workers_die_with_a_parent_that_is_killed(void **state)
{
    (void)state;
    static const struct deed deeds[] = {
        {0, 0, ACT_CALL, false}, {1, 0, ACT_CALL, false}, {2, 0, ACT_CALL, false}, {0}};
    script_init(&script, deeds);
    script.call = report_and_pause;
    assert_int_equal(pipe2(channel, O_CLOEXEC), 0);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* orphans become ours */
    pid_t parent = fork();
    if (parent == 0)
        _exit(pool_of_three());
    for (size_t item, i = 0; i < 3; i++)
        assert_int_equal(read(channel[0], &item, sizeof item), sizeof item);
    kill(parent, SIGKILL);
    for (int status, i = 0; i < 4; i++) {
        assert_true(waitpid(-1, &status, 0) > 0);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    assert_int_equal(waitpid(-1, NULL, 0), -1);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
    close(channel[0]);
    close(channel[1]);
}

/* What test bytes may do: a process of theirs keeps the worker's end of every pipe. */
static void leave_a_child(struct script *running, size_t item)
{
    (void)running, (void)item;
    pid_t pid = fork();
    if (pid == 0) {
        alarm(60); /* in case the test fails before it kills this */
        pause();
        _exit(0);
    }
    if (write(channel[1], &pid, sizeof pid) == (ssize_t)sizeof pid)
        abort();
}

static void a_process_that_a_worker_left_behind_does_not_hold_the_pool_up(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{3, 1, ACT_CALL, false}, {0}};
    pid_t left = 0;
    script_init(&script, deeds);
    script.call = leave_a_child;
    script.watched = 3;
    assert_int_equal(pipe2(channel, O_CLOEXEC), 0);
    int code = script_run(&script, 40, NULL);
    assert_int_equal(read(channel[0], &left, sizeof left), sizeof left);
    kill(left, SIGKILL);
    close(channel[0]);
    close(channel[1]);
    assert_int_equal(code, RP_OK);
    assert_string_equal(script.result, "RD6RRRR");
}

static const int forking[] = {
    SYS_clone, SYS_clone3,
#ifdef SYS_fork
    SYS_fork,  SYS_vfork,
#endif
    -1,
};

static int cannot_fork(void)
{
    script_filter(forking, EAGAIN);
    return script_run(&script, 40, NULL) != RP_EENVIRONMENT ||
           strncmp(script.error.line, "cannot start a worker process (", 31) != 0;
}

static int forbid_forks_at_once(struct script *running, size_t item, struct rp_error *error)
{
    (void)running, (void)error;
    if (item == 0)
        script_filter(forking, EAGAIN);
    return RP_OK;
}

static int loses_one_of_two(void)
{
    return script_run(&script, 1000, NULL) != RP_OK || script.done_count != 1000 ||
           script.status.deaths != 1 || strcmp(script.result, "RD6RRRR") != 0;
}

static int loses_one_of_one(void)
{
    return script_run_by(&script, 1000, 1) != RP_EENVIRONMENT || script.done_count >= 1000 ||
           strncmp(script.error.line, "cannot start a worker process (", 31) != 0;
}

static void without_processes_the_work_fails_in_a_line(void **state)
{
    (void)state;
    script_init(&script, NULL);
    script_in_child(cannot_fork);
}

static void with_a_worker_left_the_work_goes_on(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{900, 1, ACT_ABORT, false}, {0}};
    script_init(&script, deeds);
    script.watched = 900;
    script.done = forbid_forks_at_once;
    script_in_child(loses_one_of_two);
    script_in_child(loses_one_of_one);
}

/* Room for `count` more descriptors than the standard streams. */
static void leave_descriptors(unsigned count)
{
    const struct rlimit limit = {3 + count, 3 + count};
    close_range(3, ~0U, 0);
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int descriptors_for_none(void)
{
    leave_descriptors(4);
    return script_run(&script, 40, NULL) != RP_EENVIRONMENT ||
           strstr(script.error.line, "'ulimit -n'): Too many open files") == NULL;
}

static int descriptors_for_one(void)
{
    leave_descriptors(7);
    return script_run(&script, 40, NULL) != RP_OK || script.done_count != 40 || script.book->opened != 1;
}

static void too_few_descriptors_are_told_in_a_line(void **state)
{
    (void)state;
    script_init(&script, NULL);
    script_in_child(descriptors_for_none);
    script_in_child(descriptors_for_one);
}

#define OWN_MEMORY ((size_t)8 << 20)

/* Both workers have it before the first item, or one might have done all before the other is there. */
static int use_memory(struct script *running, struct rp_error *error)
{
    (void)error;
    char *memory = mmap(NULL, OWN_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    memset(memory, 1, OWN_MEMORY);
    __atomic_add_fetch(&running->book->once, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&running->book->once, __ATOMIC_SEQ_CST) < 2)
        sched_yield();
    return RP_OK;
}

static int refuse_the_tenth(struct script *running, size_t item, struct rp_error *error)
{
    (void)running;
    return item == 10 ? rp_error_set(error, RP_EINTERRUPTED, "the budget is spent") : RP_OK;
}

static void memory_is_told_however_soon_it_ends(void **state)
{
    (void)state;
    if (access("/proc/self/smaps_rollup", R_OK))
        skip();
    script_init(&script, NULL);
    script.done = refuse_the_tenth;
    assert_int_equal(script_run(&script, 40, NULL), RP_EINTERRUPTED);
    assert_true(script.status.peak_pss > 0);
}

static void memory_is_the_sum_of_all_processes(void **state)
{
    (void)state;
    script_init(&script, NULL);
    assert_int_equal(script_run(&script, 40, NULL), RP_OK);
    uint64_t without = script.status.peak_pss;
    if (access("/proc/self/smaps_rollup", R_OK))
        skip(); /* the kernel was built without it */
    script.open = use_memory;
    assert_int_equal(script_run(&script, 40, NULL), RP_OK);
    assert_true(without > 0);
    assert_true(script.status.peak_pss >= 2 * OWN_MEMORY);
    assert_true(script.status.peak_pss < without + 3 * OWN_MEMORY);
}

static void count_call(void *context, const struct rp_pool_status *status)
{
    assert_true(status->done <= status->items);
    *(size_t *)context = status->done;
}

static void progress_is_told_at_the_end_at_the_latest(void **state)
{
    (void)state;
    size_t told = 0;
    const struct rp_pool_options options = {.workers = 2, .progress = count_call, .progress_context = &told};
    script_init(&script, NULL);
    assert_int_equal(script_run(&script, 40, &options), RP_OK);
    assert_int_equal(told, 40);
    assert_int_equal(script.status.workers, 0);
}

#ifdef __SANITIZE_ADDRESS__
static void write_behind_the_end(struct script *running, size_t item)
{
    char *memory = malloc(1);
    volatile char *byte = memory;
    (void)running;
    byte[item] = 1;
    free(memory);
}

static void a_sanitizers_report_is_no_outcome(void **state)
{
    (void)state;
    static const struct deed deeds[] = {{3, 1, ACT_CALL, false}, {0}};
    script_init(&script, deeds);
    script.call = write_behind_the_end;
    assert_int_equal(script_run(&script, 40, NULL), RP_EENVIRONMENT);
    assert_non_null(
        strstr(script.error.line, "in run 1 of item 3, which no run can be blamed for; its last words: "));
    assert_true(
        strstr(script.error.line, "SUMMARY: AddressSanitizer: heap-buffer-overflow") ||
        strstr(script.error.line, "runtime error: store to address")); /* the first of the two to see it */
}
#endif

#define behaviour(name) cmocka_unit_test_teardown(name, free_script)

int main(void)
{
    const struct CMUnitTest tests[] = {
        behaviour(sigint_ends_the_work_and_leaves_no_process),
        behaviour(workers_do_not_heed_sigint_nor_run_handlers),
        behaviour(handlers_of_the_front_end_and_blocked_signals_are_not_inherited),
        behaviour(dying_words_go_to_the_log_with_the_culprit),
        behaviour(lines_call_items_as_people_do),
        behaviour(a_worker_that_closes_its_streams_goes_on),
        behaviour(a_worker_reads_nothing_and_dumps_no_core),
        behaviour(a_parent_without_standard_streams_will_do),
        behaviour(workers_die_with_a_parent_that_is_killed),
        behaviour(a_process_that_a_worker_left_behind_does_not_hold_the_pool_up),
        behaviour(without_processes_the_work_fails_in_a_line),
        behaviour(with_a_worker_left_the_work_goes_on),
        behaviour(too_few_descriptors_are_told_in_a_line),
        behaviour(memory_is_the_sum_of_all_processes),
        behaviour(memory_is_told_however_soon_it_ends),
        behaviour(progress_is_told_at_the_end_at_the_latest),
#ifdef __SANITIZE_ADDRESS__
        behaviour(a_sanitizers_report_is_no_outcome),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
