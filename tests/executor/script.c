/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work that does what a test tells it; see script.h. */
#include "executor/script.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void script_init(struct script *script, const struct deed *deeds)
{
    *script = (struct script){.deeds = deeds};
    script->book =
        mmap(NULL, sizeof *script->book, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(script->book, MAP_FAILED);
}

void script_free(struct script *script)
{
    munmap(script->book, sizeof *script->book);
}

void script_filter(const int *numbers, int failure)
{
    const unsigned action = failure ? SECCOMP_RET_ERRNO | (unsigned)failure : SECCOMP_RET_KILL_PROCESS;
    struct sock_filter code[32] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    unsigned short length = 1;
    for (; *numbers >= 0; numbers++) {
        code[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)*numbers, 0, 1);
        code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
    }
    code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = {.len = length, .filter = code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0)) {
        fprintf(stderr, "no seccomp filters here: %s\n", strerror(errno));
        _exit(77);
    }
}

static void divide_by_zero(void)
{
#if defined(__x86_64__)
    volatile int zero = 0;
    __asm__ volatile("idivl %0" : : "m"(zero) : "eax", "edx");
#endif
    raise(SIGFPE); /* where division does not trap */
}

static void write_nowhere(void)
{
    void *nowhere = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *(volatile char *)nowhere = 1;
}

/* Does `act`, for good or not. */
static void act_out(struct script *script, size_t item, enum act act)
{
    static const int reading[] = {SYS_read, -1}, writing[] = {SYS_write, -1};
    switch (act) {
    case ACT_ABORT:
        abort();
    case ACT_SEGV:
        write_nowhere();
        break;
    case ACT_FPE:
        divide_by_zero();
        break;
    case ACT_EXIT:
        _exit(3);
    case ACT_SPIN:
        for (volatile int i = 0;; i++)
            continue;
    case ACT_PAUSE:
        alarm(60); /* a pool that does not find it fails the test, and does not block it */
        for (;;)
            pause();
    case ACT_KILL_ONCE:
        if (!script->book->once++)
            raise(SIGKILL);
        break;
    case ACT_RAISE_INT:
        raise(SIGINT);
        break;
    case ACT_DIE_READING:
    case ACT_DIE_WRITING:
        if (!script->book->once++)
            script_filter(act == ACT_DIE_READING ? reading : writing, 0);
        break;
    case ACT_CALL:
        script->call(script, item);
        break;
    case ACT_FAIL:
    case ACT_NOTHING:
        break;
    }
}

/* What the script wants in this run. */
static const struct deed *deed_of(const struct script *script, size_t item, int run)
{
    static const struct deed nothing;
    for (const struct deed *deed = script->deeds; deed && deed->act; deed++)
        if (deed->item == item && deed->run == run)
            return deed;
    return &nothing;
}

static const struct rp_death *death_of(const struct rp_deaths *deaths, int run)
{
    for (unsigned i = 0; i < deaths->count; i++)
        if (deaths->death[i].run == (uint64_t)run)
            return &deaths->death[i];
    return NULL;
}

static int open_worker(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error)
{
    struct script *script = context;
    script->run_counter = run_counter;
    __atomic_add_fetch(&script->book->opened, 1, __ATOMIC_SEQ_CST);
    *worker = script;
    return script->open ? script->open(script, error) : RP_OK;
}

static void close_worker(void *worker)
{
    struct script *script = worker;
    __atomic_add_fetch(&script->book->closed, 1, __ATOMIC_SEQ_CST);
}

static void make_run(struct script *script, size_t item, int run, const struct rp_deaths *deaths,
                     struct rp_text *result)
{
    const unsigned party = script->split && run >= script->split;
    const struct deed *deed = deed_of(script, item, run);
    if (deaths->out[party].count && !deed->always) {
        rp_text_add(result, "-");
        return;
    }
    if (script->split)
        rp_party_begin(rp_pool_marks(), party, *script->run_counter);
    const struct rp_death *death = death_of(deaths, (int)*script->run_counter);
    ++*script->run_counter;
    if (!death || deed->always) {
        script->book->made[item][deaths->count][run]++;
        act_out(script, item, deed->act);
    }
    if (death)
        rp_text_add(result, "%c%d", death->hung ? 'H' : 'D', death->signal);
    else
        rp_text_add(result, "R");
}

static int do_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                   struct rp_error *error)
{
    struct script *script = worker;
    script->book->called[item][deaths->count]++;
    script->book->worker[item] = getpid();
    const struct deed *deed = deed_of(script, item, -1);
    act_out(script, item, deed->act);
    if (deed->act == ACT_FAIL)
        return rp_error_set(error, RP_EINPUT, "item %zu can't be done", item);
    if (deaths->exhausted && !deed_of(script, item, 0)->always) {
        rp_text_add(result, "exhausted");
        return RP_OK;
    }
    for (int run = 0; run < RUNS; run++)
        make_run(script, item, run, deaths, result);
    for (unsigned party = 0; party < 2; party++)
        if (deaths->out[party].count)
            rp_text_add(result, " %u:%ux%c%d", party, deaths->out[party].count,
                        deaths->out[party].last.hung ? 'H' : 'D', deaths->out[party].last.signal);
    if (result->length < script->length)
        rp_text_repeat(result, '.', script->length - result->length);
    return RP_OK;
}

static void name_party(void *context, unsigned party, char *text, size_t size)
{
    (void)context;
    snprintf(text, size, "party %u", party);
}

static int take_result(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    struct script *script = context;
    assert_int_equal(item, script->done_count);
    assert_int_equal(strlen(bytes), length);
    assert_true(length >= script->length);
    if (script->length)
        assert_int_equal(strspn(bytes + RUNS, "."), length - RUNS);
    script->done_count++;
    if (item == script->watched)
        snprintf(script->result, sizeof script->result, "%s", bytes);
    return script->done ? script->done(script, item, error) : RP_OK;
}

int script_run(struct script *script, size_t items, const struct rp_pool_options *options)
{
    static const struct rp_pool_options usual = {.workers = 2};
    const struct rp_pool_work work = {.items = items,
                                      .context = script,
                                      .open = open_worker,
                                      .item = do_item,
                                      .close = close_worker,
                                      .done = take_result,
                                      .name = script->name,
                                      .party = script->split ? name_party : NULL};
    assert_true(items <= ITEMS_MAX);
    memset(script->book, 0, sizeof *script->book);
    script->done_count = 0;
    int code = rp_pool_run(&work, options ? options : &usual, &script->status, &script->error);
    assert_int_equal(script->status.items, items);
    assert_int_equal(script->status.done, script->done_count);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    return code;
}

int script_run_by(struct script *script, size_t items, unsigned workers)
{
    return script_run(
        script, items,
        &(struct rp_pool_options){.workers = workers, .hang_milliseconds = script->hang_milliseconds});
}

void script_assert_calls(const struct script *script, size_t item, unsigned deaths, unsigned dead)
{
    for (unsigned count = 0; count <= RUNS; count++) {
        assert_int_equal(script->book->called[item][count], count <= deaths);
        for (unsigned run = 0; run < RUNS; run++)
            assert_true(script->book->made[item][count][run] <= 1);
    }
    for (unsigned run = 0; run < RUNS; run++)
        assert_int_equal(script->book->made[item][deaths][run], !(dead >> run & 1));
}

void script_in_child(int (*body)(void))
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(body());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}
