/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nothing that a test byte can do reaches the outside: system calls by every way in, in every mode, end at
 * the filter, and the runner has nothing to do harm with. */
#include "native/raw.h"

#include "native/rig.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FALSE_ANSWERS         200
#define NOWHERE               "0000000001000000" /* little endian, as memory is written */
#define PATIENCE_MILLISECONDS 10000              /* of a failing test only */
#define LOOKS_LATE            50                 /* more than process.c has for one that sleeps */

static volatile sig_atomic_t kills;

static void count_kill(int signal)
{
    (void)signal;
    kills = kills + 1;
}

static int open_both(void **state)
{
    signal(SIGUSR1, count_kill);
    return raw_open(state) || rig_open(state);
}

static int close_both(void **state)
{
    rig_close(state);
    return raw_close(state);
}

/* write(1, data, 8), kill(us, SIGUSR1), exit(7), prctl(PR_SET_NAME, ...), as both tables number them. */
static const struct {
    unsigned number64, number32;
    unsigned first, third;
    bool ours; /* the first argument is our process */
} calls[] = {{1, 4, 1, 8, false}, {62, 37, 0, 0, true}, {60, 1, 7, 0, false}, {157, 172, 15, 0, false}};

static void describe(char *text, size_t size, unsigned call, bool table64)
{
    unsigned first = calls[call].ours ? (unsigned)getpid() : calls[call].first;
    unsigned second = calls[call].ours ? SIGUSR1 : 0x20400;
    if (table64)
        snprintf(text, size, "rax=%x,rdi=%x,rsi=%x,rdx=%x", calls[call].number64, first, second,
                 calls[call].third);
    else
        snprintf(text, size, "rax=%x,rbx=%x,rcx=%x,rdx=%x", calls[call].number32, first, second,
                 calls[call].third);
}

/* Where a CPU has the instruction it enters the kernel; where it has not (SYSENTER on AMD, SYSCALL in 32-bit
 * code on Intel), it is #UD. */
static void expect_entered(const struct rp_native_result *result, const char *what)
{
    bool is_ud = result->kind == RP_OUTCOME_TRAPPED && result->vector == 6;
    if (result->kind != RP_OUTCOME_ENTERED && !is_ud)
        fail_msg("%s: %s %u", what, rp_outcome_kind_name((enum rp_outcome_kind)result->kind), result->vector);
}

static void no_way_into_the_kernel_does_anything(void **state)
{
    static const struct {
        const char *name, *bytes;
        bool always; /* every CPU has it */
        enum rp_gate gate;
    } ways[] = {{"syscall", "\x0f\x05", false, RP_GATE_SYSCALL},
                {"sysenter", "\x0f\x34", false, RP_GATE_SYSENTER},
                {"int 80h", "\xcd\x80", true, RP_GATE_VECTOR}};
    uint64_t started = raw_process()->started;
    char user[100], what[140];
    (void)state;
    for (unsigned mode = 0; mode < RP_NATIVE_MODES; mode++) {
        for (unsigned i = 0; i < sizeof calls / sizeof calls[0] * 6; i++) {
            unsigned way = i / 2 % 3;
            if (raw_process()->shared->missing[mode][0])
                continue;
            describe(user, sizeof user, i / 6, i % 2);
            snprintf(what, sizeof what, "%s, %s, %s", rp_mode_info((enum rp_mode)mode)->name, ways[way].name,
                     user);
            const struct rp_native_result *result =
                raw_run((enum rp_mode)mode, user, ways[way].bytes, 2, RP_NATIVE_JUMP);
            expect_entered(result, what);
            if (ways[way].always)
                assert_int_equal(result->vector, 0x80);
            if (result->kind == RP_OUTCOME_ENTERED)
                assert_int_equal(result->gate, ways[way].gate);
            raw_expect_sound();
        }
    }
    assert_int_equal(kills, 0);
    assert_int_equal(raw_process()->started, started);
}

static void syscall_in_64_bit_code_is_entered_with_its_registers(void **state)
{
    uint64_t value;
    (void)state;
    const struct rp_outcome *outcome = rig_run(RP_MODE_LONG64, "ring=3", "rax=27", "0f05");
    assert_int_equal(outcome->kind, RP_OUTCOME_ENTERED);
    assert_int_equal(outcome->gate, RP_GATE_SYSCALL);
    assert_true(rig_changed("rcx", &value) && value == 0x10402);
    assert_true(rig_changed("r11", &value) && value == 0x202);
    assert_false(rig_changed("rax", &value));
}

/* CALL to gettimeofday in the page of vsyscalls, which no program can unmap: the call itself has retired. */
static void a_call_into_the_vsyscall_page_reads_no_clock(void **state)
{
    uint64_t value;
    (void)state;
    const struct rp_outcome *outcome =
        rig_run(RP_MODE_LONG64, "ring=3", "rax=ffffffffff600000,rdi=20400,rsi=20800", "ffd0");
    assert_int_equal(outcome->kind, RP_OUTCOME_RETIRED);
    assert_true(rig_changed("rip", &value) && value == UINT64_C(0xffffffffff600000));
    assert_false(rig_changed("data+400", &value));
    assert_false(rig_changed("data+800", &value));
    rig_run(RP_MODE_LONG64, "ring=3", "-", "90");
    rig_expect("rip=10401 rsp rax");
}

static void jump_to(uint64_t address, unsigned call)
{
    char user[160], more[100];
    uint64_t rip = 0;
    describe(more, sizeof more, call, true);
    snprintf(user, sizeof user, "%s,rbx=%llx", more, (unsigned long long)address);
    const struct rp_native_result *result = raw_run(RP_MODE_LONG64, user, "\xff\xe3", 2, RP_NATIVE_JUMP);
    assert_int_equal(result->kind, RP_OUTCOME_RETIRED);
    for (uint32_t i = 0; i < result->count; i++)
        if (raw_process()->shared->change[result->first + i].component == RP_REG_RIP)
            rip = raw_process()->shared->change[result->first + i].value;
    assert_int_equal(rip, address);
}

/* JMP to the instruction that may make one system call, with the registers for another. */
static void a_jump_onto_the_runners_own_system_calls_makes_no_other(void **state)
{
    uint64_t started = raw_process()->started;
    (void)state;
    for (unsigned site = 0; site < 4; site++) {
        for (unsigned call = 0; call < sizeof calls / sizeof calls[0]; call++) {
            jump_to(raw_process()->shared->site[site] - 2, call);
            raw_expect_sound();
        }
    }
    assert_int_equal(kills, 0);
    assert_int_equal(raw_process()->started, started);
}

/* Where the runner loads the arguments of a call that passes: entry.S, so many bytes before the address
 * behind it. */
enum { READ, WRITE, TIMER, LEAVE };
static const uint8_t lead[] = {[READ] = 24, [WRITE] = 24, [TIMER] = 31, [LEAVE] = 12};

/* Jumps there; the call's RET finds an address on the stack where nothing is mapped. */
static enum rp_native_end call_as_the_runner_does(unsigned site)
{
    struct rp_native_shared *shared = raw_process()->shared;
    char user[120];
    int signal = -1;
    snprintf(user, sizeof user, "rbx=%llx,stack+1000=" NOWHERE,
             (unsigned long long)shared->site[site] - lead[site]);
    raw_place(RP_MODE_LONG64, user, "\xff\xe3", 2, RP_NATIVE_JUMP);
    enum rp_native_end end = rp_native_process_order(raw_process(), NULL, NULL, &signal);
    if (end == RP_NATIVE_DIED)
        assert_int_equal(signal, 0);
    return end;
}

static void come_again(void)
{
    struct rp_error error;
    assert_int_equal(rp_native_process_restart(raw_process(), &error), RP_OK);
    raw_expect_sound();
}

/* Who waits takes no processor time and meets no tick: the other side kills it. */
static void a_jump_to_where_the_runner_waits_for_orders_takes_none(void **state)
{
    (void)state;
    assert_int_equal(call_as_the_runner_does(READ), RP_NATIVE_STUCK);
    assert_int_equal(raw_process()->shared->done, 0);
    come_again();
}

/* Its byte comes before the answer, or behind it. */
static void a_jump_to_where_the_runner_answers_is_no_answer(void **state)
{
    struct rp_native_shared *shared = raw_process()->shared;
    (void)state;
    for (unsigned i = 0; i < FALSE_ANSWERS; i++) {
        assert_int_equal(call_as_the_runner_does(WRITE), RP_NATIVE_ANSWERED);
        assert_int_equal(shared->done, 1);
        assert_int_equal(shared->result[0].kind, RP_OUTCOME_RETIRED);
        shared->result[0].kind = RP_OUTCOME_COUNT;
    }
    raw_expect_sound();
}

static void a_jump_to_where_the_runner_sets_its_timer_ends(void **state)
{
    (void)state;
    assert_int_equal(call_as_the_runner_does(TIMER), RP_NATIVE_ANSWERED);
    assert_int_equal(raw_process()->shared->result[0].kind, RP_OUTCOME_RETIRED);
    raw_expect_sound();
}

static void a_jump_to_where_the_runner_leaves_is_a_death(void **state)
{
    (void)state;
    assert_int_equal(call_as_the_runner_does(LEAVE), RP_NATIVE_DIED);
    come_again();
}

/* RET far, popping address and selector 33h. */
static void a_far_return_into_the_runner_is_a_far_return(void **state)
{
    char user[100];
    (void)state;
    uint64_t address = __builtin_bswap64(raw_process()->shared->site[1] - 2);
    snprintf(user, sizeof user, "rax=3c,stack+1000=%016llx3300000000000000", (unsigned long long)address);
    const struct rp_native_result *result = raw_run(RP_MODE_LONG64, user, "\x48\xcb", 2, RP_NATIVE_JUMP);
    assert_int_equal(result->kind, RP_OUTCOME_RETIRED);
    raw_expect_sound();
}

/* A line of /proc/PID/status: true if what follows `key` is `value`. */
static bool status_is(pid_t pid, const char *key, const char *value)
{
    char path[64], line[256];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (!found && fgets(line, sizeof line, file))
        found = strncmp(line, key, strlen(key)) == 0 && strstr(line, value) != NULL;
    fclose(file);
    return found;
}

static void the_runner_has_no_rights(void **state)
{
    pid_t pid = raw_process()->pid;
    (void)state;
    assert_true(status_is(pid, "CapEff:", "0000000000000000"));
    assert_true(status_is(pid, "CapPrm:", "0000000000000000"));
    assert_true(status_is(pid, "NoNewPrivs:", "1"));
    assert_true(status_is(pid, "Seccomp:", "2"));
    if (geteuid() == 0)
        assert_true(status_is(pid, "Uid:", "65534\t65534\t65534\t65534"));
}

/* Only root may look: the runner is not dumpable. */
static void the_runner_has_two_descriptors_and_no_page_of_the_kernels(void **state)
{
    char command[300];
    (void)state;
    if (geteuid() != 0)
        skip();
    long pid = (long)raw_process()->pid;
    snprintf(command, sizeof command,
             "test \"$(ls /proc/%ld/fd | xargs)\" = '0 1' && ! grep -qE 'vdso|vvar' /proc/%ld/maps && "
             "grep -qE '^Max core file size +0 +0 ' /proc/%ld/limits && "
             "grep -qE '^Max processes +0 +0 ' /proc/%ld/limits",
             pid, pid, pid, pid);
    assert_int_equal(system(command), 0);
}

static void a_killed_runner_is_a_death_and_another_one_comes(void **state)
{
    struct rp_native_process *process = raw_process();
    int signal = 0;
    (void)state;
    kill(process->pid, SIGKILL);
    process->shared->first = process->shared->count = 0;
    assert_int_equal(rp_native_process_order(process, NULL, NULL, &signal), RP_NATIVE_DIED);
    assert_int_equal(signal, SIGKILL);
    come_again();
}

static void let_go_on(void *context)
{
    unsigned *looks = context;
    if (++*looks == LOOKS_LATE)
        kill(raw_process()->pid, SIGCONT);
}

/* As good as one that gets no processor: it does not move, and does not sleep. */
static void a_runner_that_is_stopped_is_waited_for(void **state)
{
    unsigned looks = 0;
    int signal = 0;
    (void)state;
    uint64_t started = raw_process()->started;
    raw_place(RP_MODE_LONG64, "-", "\x90", 1, RP_NATIVE_JUMP);
    kill(raw_process()->pid, SIGSTOP);
    assert_int_equal(rp_native_process_order(raw_process(), let_go_on, &looks, &signal), RP_NATIVE_ANSWERED);
    assert_true(looks >= LOOKS_LATE);
    assert_int_equal(raw_process()->shared->result[0].kind, RP_OUTCOME_RETIRED);
    assert_int_equal(raw_process()->started, started);
}

/* A process that opens one and is killed; the runner's number comes through a pipe. */
static void the_runner_dies_with_its_parent(void **state)
{
    int pipes[2];
    pid_t runner = 0;
    (void)state;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        static struct rp_native_process process;
        if (rp_native_process_open(&process, NULL) == RP_OK)
            runner = process.pid;
        if (write(pipes[1], &runner, sizeof runner) == sizeof runner)
            pause();
        _exit(1);
    }
    assert_int_equal(read(pipes[0], &runner, sizeof runner), sizeof runner);
    assert_true(runner > 0);
    struct pollfd watched = {.fd = (int)syscall(SYS_pidfd_open, runner, 0), .events = POLLIN};
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    if (watched.fd >= 0)
        assert_int_equal(poll(&watched, 1, PATIENCE_MILLISECONDS), 1);
    close(watched.fd);
    close(pipes[0]);
    close(pipes[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_way_into_the_kernel_does_anything),
        cmocka_unit_test(syscall_in_64_bit_code_is_entered_with_its_registers),
        cmocka_unit_test(a_call_into_the_vsyscall_page_reads_no_clock),
        cmocka_unit_test(a_jump_onto_the_runners_own_system_calls_makes_no_other),
        cmocka_unit_test(a_jump_to_where_the_runner_waits_for_orders_takes_none),
        cmocka_unit_test(a_jump_to_where_the_runner_answers_is_no_answer),
        cmocka_unit_test(a_jump_to_where_the_runner_sets_its_timer_ends),
        cmocka_unit_test(a_jump_to_where_the_runner_leaves_is_a_death),
        cmocka_unit_test(a_far_return_into_the_runner_is_a_far_return),
        cmocka_unit_test(the_runner_has_no_rights),
        cmocka_unit_test(the_runner_has_two_descriptors_and_no_page_of_the_kernels),
        cmocka_unit_test(a_killed_runner_is_a_death_and_another_one_comes),
        cmocka_unit_test(a_runner_that_is_stopped_is_waited_for),
        cmocka_unit_test(the_runner_dies_with_its_parent),
    };
    return cmocka_run_group_tests(tests, open_both, close_both);
}
