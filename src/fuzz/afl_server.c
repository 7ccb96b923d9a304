/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AFL++'s fork server; see afl_server.h. For each test case afl-fuzz writes four bytes and gets the pid of
 * who runs it and then its wait status, four bytes each. Here the process that serves answers by itself, so
 * that a test case costs two switches between processes and no signal; the one that watches answers for it
 * when it is gone. */
#include "fuzz/afl_server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* AFL++'s include/config.h and include/types.h: the pipes, and the first word that a target says. */
#define CONTROL    198
#define STATUS     199
#define ENABLED    0x80000001u
#define MAP_SIZED  0x40000000u
#define SHARED_MEM 0x01000000u
#define CASE_MAX   1048576u /* MAX_FILE */

/* By this afl-fuzz knows a target that stays, and shows it as one. */
__attribute__((used)) static const char signature[] = "##SIG_AFL_PERSISTENT##";

enum phase {
    IDLE,
    ASKED,   /* afl-fuzz waits for the pid, or will once its question is taken */
    RUNNING, /* for the status */
    ANSWERS, /* which is being written */
    AUTOPSY,
};

enum { GONE = 3, FAILED }; /* exit statuses of the process that serves: afl-fuzz is gone; see `failure` */

/* Between the process that serves and the one that watches. */
struct shared {
    volatile uint32_t phase;
    struct rp_error failure;
    int result;
};

struct server {
    const struct rp_afl_service *service;
    uint8_t *map;
    const uint32_t *test_case; /* its length, then its bytes */
    struct shared *shared;
};

static bool put(uint32_t word)
{
    return write(STATUS, &word, sizeof word) == sizeof word;
}

static bool get(uint32_t *word)
{
    ssize_t got;
    do
        got = read(CONTROL, word, sizeof *word);
    while (got < 0 && errno == EINTR);
    return got == sizeof *word;
}

static void *attach(const char *id)
{
    char *end;
    long number = id ? strtol(id, &end, 10) : -1;
    void *memory = id && end != id && !*end ? shmat((int)number, NULL, 0) : MAP_FAILED;
    return memory == MAP_FAILED ? NULL : memory; /* shmat and mmap fail alike */
}

static void fail(struct server *s, int result, const struct rp_error *error)
{
    s->shared->failure = *error;
    s->shared->result = result;
    _exit(FAILED);
}

static void find_killer(struct server *s, void *worker)
{
    struct shared *h = s->shared;
    struct rp_error error = {0};
    const long milliseconds = s->service->milliseconds;
    struct itimerval limit = {.it_value = {milliseconds / 1000, milliseconds % 1000 * 1000}};
    signal(SIGALRM, SIG_DFL);
    setitimer(ITIMER_REAL, &limit, NULL);
    s->service->autopsy(worker, &error);
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    h->phase = IDLE;
}

static bool is_asked(int milliseconds)
{
    struct pollfd control = {.fd = CONTROL, .events = POLLIN};
    int count;
    do
        count = poll(&control, 1, milliseconds);
    while (count < 0 && errno == EINTR);
    return count > 0;
}

/* Waits for a question, unless one is owed an answer: who was killed with it in hand has left the phase so,
 * which therefore changes before the question is taken. See answer_for. */
static bool hear(struct shared *h)
{
    uint32_t word;
    if (h->phase == ASKED)
        return true;
    if (!is_asked(-1))
        return false;
    h->phase = ASKED;
    return get(&word);
}

/* Serves one test case; false: afl-fuzz is gone. */
static bool serve_one(struct server *s, void *worker)
{
    struct shared *h = s->shared;
    struct rp_error error = {0};
    uint32_t length;
    if (!hear(h))
        return false;
    length = *s->test_case < CASE_MAX ? *s->test_case : CASE_MAX;
    h->phase = RUNNING;
    if (!put((uint32_t)getpid()))
        return false;
    int result = s->service->run(worker, (const uint8_t *)(s->test_case + 1), length, s->map, &error);
    if (result)
        fail(s, result, &error);
    h->phase = ANSWERS;
    bool heard = put(0);
    h->phase = IDLE;
    return heard;
}

static void serve(struct server *s, pid_t watcher)
{
    struct rp_error error = {0};
    void *worker;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != watcher)
        _exit(GONE);
    int result = s->service->open(s->service->context, &worker, &error);
    if (result)
        fail(s, result, &error);
    if (s->shared->phase == AUTOPSY)
        find_killer(s, worker);
    for (unsigned i = 0; i < s->service->cases; i++)
        if (!serve_one(s, worker))
            _exit(GONE);
    _exit(0);
}

/* Killed while it wrote the status: has afl-fuzz got it? It reads one even behind a time-out of its own, and
 * then asks again. */
static bool was_heard(void)
{
    int unread = 0;
    return (ioctl(STATUS, FIONREAD, &unread) == 0 && unread > 0) || is_asked(1000);
}

/* Answers for a process that is gone; false: afl-fuzz is gone too. */
static bool answer_for(struct server *s, int status)
{
    struct shared *h = s->shared;
    uint32_t phase = h->phase;
    bool heard = true;
    if (phase == AUTOPSY)
        s->service->bury(s->service->context);
    h->phase = phase == ASKED && !is_asked(0) ? ASKED : IDLE; /* it has taken the question along */
    if (WIFEXITED(status)) /* an executor that left: to afl-fuzz a crash too */
        status = SIGABRT;
    if (phase == RUNNING || (phase == ANSWERS && !was_heard()))
        heard = put((uint32_t)status);
    if (phase == RUNNING)
        h->phase = AUTOPSY;
    return heard;
}

static int watch(struct server *s, struct rp_error *error)
{
    for (;;) {
        int status;
        pid_t watcher = getpid(), pid = fork();
        if (pid < 0)
            return rp_error_system(error, errno, "cannot start a process for test cases");
        if (pid == 0)
            serve(s, watcher);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        if (WIFEXITED(status) && WEXITSTATUS(status) == FAILED) {
            *error = s->shared->failure;
            return s->shared->result;
        }
        if ((WIFEXITED(status) && WEXITSTATUS(status) == GONE) || !answer_for(s, status))
            return RP_OK;
    }
}

int rp_afl_serve(const struct rp_afl_service *service, const char *map, const char *test_case,
                 struct rp_error *error)
{
    struct server s = {.service = service, .map = attach(map), .test_case = attach(test_case)};
    uint32_t word;
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    s.shared = mmap(NULL, sizeof *s.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!s.map || !s.test_case || s.shared == MAP_FAILED)
        return rp_error_set(error, RP_EENVIRONMENT, "cannot attach the shared memory of afl-fuzz");
    if (!put(ENABLED | MAP_SIZED | SHARED_MEM | (uint32_t)(service->map_size - 1) << 1) || !get(&word))
        return rp_error_set(error, RP_EENVIRONMENT, "%s is set, but no afl-fuzz is there: unset it",
                            RP_AFL_MAP_VARIABLE);
    int result = watch(&s, error);
    munmap(s.shared, sizeof *s.shared);
    return result;
}
