/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fork server, spoken to as afl-fuzz speaks (its src/afl-forkserver.c): the first word, test cases in
 * shared memory, deaths, time-outs, and the end. */
#include "fuzz/afl_server.h"
#include "support/suite.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAP_SIZE 8192

/* What the service did, in memory that all processes share. */
static struct {
    unsigned opened, autopsies, buried;
} * seen;

static struct {
    int map, test_case, control, status;
    uint8_t *marks;
    uint32_t *bytes; /* the length comes first */
    pid_t pid;
} fuzzer;

static int open_service(void *context, void **worker, struct rp_error *error)
{
    (void)context, (void)error;
    seen->opened++;
    *worker = NULL;
    return RP_OK;
}

/* 'd' dies, 'h' hangs, 'x' exits; others are marked. */
static int run_service(void *worker, const uint8_t *bytes, size_t length, uint8_t *map,
                       struct rp_error *error)
{
    (void)worker;
    if (length && bytes[0] == 'd')
        raise(SIGSEGV);
    if (length && bytes[0] == 'x')
        _exit(0);
    while (length && bytes[0] == 'h')
        pause();
    if (length && bytes[0] == 'f')
        return rp_error_set(error, RP_EENVIRONMENT, "no room");
    map[length] = 1;
    return RP_OK;
}

static int examine(void *worker, struct rp_error *error)
{
    (void)worker, (void)error;
    if (++seen->autopsies == 2)
        for (;;)
            pause(); /* ended by its limit */
    raise(SIGSEGV);
    return RP_OK;
}

static void bury(void *context)
{
    (void)context;
    seen->buried++;
}

static uint32_t get(void)
{
    uint32_t word;
    assert_int_equal(read(fuzzer.status, &word, sizeof word), sizeof word);
    return word;
}

static void put(uint32_t word)
{
    assert_int_equal(write(fuzzer.control, &word, sizeof word), sizeof word);
}

_Noreturn static void serve(int control, int status)
{
    char map[16], test_case[16];
    struct rp_error error = {0};
    const struct rp_afl_service service = {.open = open_service,
                                           .run = run_service,
                                           .autopsy = examine,
                                           .bury = bury,
                                           .map_size = MAP_SIZE,
                                           .cases = 5,
                                           .milliseconds = 50};
    signal(SIGSEGV, SIG_DFL); /* cmocka has a handler */
    dup2(control, 198);
    dup2(status, 199);
    close(fuzzer.control);
    close(fuzzer.status);
    snprintf(map, sizeof map, "%d", fuzzer.map);
    snprintf(test_case, sizeof test_case, "%d", fuzzer.test_case);
    int result = rp_afl_serve(&service, map, test_case, &error);
    _exit(result == RP_OK ? 0 : strcmp(error.line, "no room") == 0 ? 7 : 1);
}

static int begin(void **state)
{
    int control[2], status[2];
    (void)state;
    seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fuzzer.map = shmget(IPC_PRIVATE, MAP_SIZE, IPC_CREAT | 0600);
    fuzzer.test_case = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    fuzzer.marks = shmat(fuzzer.map, NULL, 0);
    fuzzer.bytes = shmat(fuzzer.test_case, NULL, 0);
    assert_int_equal(pipe(control) | pipe(status), 0);
    fuzzer.control = control[1];
    fuzzer.status = status[0];
    fuzzer.pid = fork();
    if (fuzzer.pid == 0)
        serve(control[0], status[1]);
    close(control[0]);
    close(status[1]);
    /* Alive, with a map of its own size and test cases in memory. */
    assert_int_equal(get(), 0x80000001u | 0x40000000u | 0x01000000u | (MAP_SIZE - 1) << 1);
    put(0x80000001u | 0x01000000u);
    return 0;
}

/* Its pid; the status comes behind it. */
static pid_t ask(const char *bytes)
{
    fuzzer.bytes[0] = (uint32_t)strlen(bytes);
    memcpy(fuzzer.bytes + 1, bytes, strlen(bytes));
    put(0);
    return (pid_t)get();
}

/* The pipe is closed: nobody is left. */
static int finish(void)
{
    int status;
    uint32_t word;
    close(fuzzer.control);
    assert_int_equal(read(fuzzer.status, &word, sizeof word), 0);
    close(fuzzer.status);
    assert_int_equal(waitpid(fuzzer.pid, &status, 0), fuzzer.pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int end(void **state)
{
    (void)state;
    shmctl(fuzzer.map, IPC_RMID, NULL);
    shmctl(fuzzer.test_case, IPC_RMID, NULL);
    return munmap(seen, sizeof *seen);
}

static void one_process_serves_many_test_cases_and_is_replaced(void **state)
{
    pid_t pid = 0;
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        char bytes[16];
        memset(bytes, 'a', sizeof bytes);
        bytes[i] = '\0';
        pid_t now = ask(bytes);
        assert_true(now > 0 && now != fuzzer.pid);
        assert_true(i % 5 == 0 ? now != pid : now == pid);
        pid = now;
        assert_int_equal(get(), 0);
        assert_int_equal(fuzzer.marks[i], 1);
    }
    assert_int_equal(finish(), 0);
    assert_int_equal(seen->autopsies, 0);
}

static void deaths_are_told_and_looked_into(void **state)
{
    (void)state;
    ask("dies");
    assert_int_equal(WTERMSIG(get()), SIGSEGV);
    ask("lives"); /* behind an autopsy that died too */
    assert_int_equal(get(), 0);
    assert_int_equal(seen->buried, 1);
    ask("xits");
    assert_int_equal(WTERMSIG(get()), SIGABRT); /* who leaves is a crash, or afl-fuzz would not save it */
    ask("lives");                               /* behind an autopsy that hung */
    assert_int_equal(get(), 0);
    assert_int_equal(seen->autopsies, 2);
    assert_int_equal(seen->buried, 2);
    assert_int_equal(finish(), 0);
}

static void what_hangs_is_killed_by_its_pid(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        pid_t pid = ask("hangs");
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(WTERMSIG(get()), SIGKILL);
    }
    ask("lives");
    assert_int_equal(get(), 0);
    assert_int_equal(finish(), 0);
}

static void a_kill_between_test_cases_is_nobody_s_death(void **state)
{
    (void)state;
    pid_t pid = ask("lives");
    assert_int_equal(get(), 0);
    kill(pid, SIGKILL); /* afl-fuzz's clock ran out a moment too late */
    assert_int_not_equal(ask("lives"), pid);
    assert_int_equal(get(), 0);
    assert_int_equal(seen->autopsies, 0);
    assert_int_equal(finish(), 0);
}

static void failures_come_out(void **state)
{
    (void)state;
    ask("fails");
    assert_int_equal(finish(), 7);
}

static void without_afl_fuzz_there_is_nothing_to_serve(void **state)
{
    struct rp_error error;
    const struct rp_afl_service service = {.map_size = MAP_SIZE};
    (void)state;
    assert_int_equal(rp_afl_serve(&service, "none", NULL, &error), RP_EENVIRONMENT);
    assert_string_equal(error.line, "cannot attach the shared memory of afl-fuzz");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_process_serves_many_test_cases_and_is_replaced, begin, end),
        cmocka_unit_test_setup_teardown(deaths_are_told_and_looked_into, begin, end),
        cmocka_unit_test_setup_teardown(what_hangs_is_killed_by_its_pid, begin, end),
        cmocka_unit_test_setup_teardown(a_kill_between_test_cases_is_nobody_s_death, begin, end),
        cmocka_unit_test_setup_teardown(failures_come_out, begin, end),
        cmocka_unit_test(without_afl_fuzz_there_is_nothing_to_serve)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
