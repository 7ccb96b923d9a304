/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker: makes itself a process that nobody need fear, then takes orders until it is told to leave. It
 * ends by _exit, so that nothing of its parent's (buffers, handlers) happens twice. */
#include "executor/worker.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define GATHER_TIME                                                                                          \
    UINT64_C(5000000) /* nanoseconds that a result waits at most, unless an item takes longer */

static struct rp_party_marks *own_marks; /* of this process */

struct rp_party_marks *rp_pool_marks(void)
{
    return own_marks;
}

/* Writes all of it; a parent that does not read any more kills this process anyway. */
static void write_all(int descriptor, const char *bytes, size_t length)
{
    while (length) {
        ssize_t written = write(descriptor, bytes, length);
        if (written < 0 && errno != EINTR)
            _exit(1);
        bytes += written < 0 ? 0 : written;
        length -= written < 0 ? 0 : (size_t)written;
    }
}

static void flush(const struct rp_worker_kit *kit)
{
    write_all(kit->results, kit->board->outbox, kit->board->filled);
    kit->board->filled = 0;
}

static char nothing[] = "";

/* `bytes` end with a NUL. `filled` grows when the message is whole: a parent that reads the board of a dead
 * worker sees no other. */
static void send_frame(const struct rp_worker_kit *kit, enum rp_frame_kind kind, uint64_t item,
                       const char *bytes, size_t length)
{
    struct rp_board *board = kit->board;
    struct rp_frame frame = {.item = item, .runs = board->runs, .kind = kind, .length = (uint32_t)length};
    size_t size = sizeof frame + length + 1;
    if (size > RP_OUTBOX_SIZE - board->filled)
        flush(kit);
    if (size > RP_OUTBOX_SIZE) {
        write_all(kit->results, (const char *)&frame, sizeof frame);
        write_all(kit->results, bytes, length + 1);
        return;
    }
    memcpy(board->outbox + board->filled, &frame, sizeof frame);
    memcpy(board->outbox + board->filled + sizeof frame, bytes, length + 1);
    atomic_thread_fence(memory_order_release);
    board->filled += (uint32_t)size;
}

static void send_failure(const struct rp_worker_kit *kit, uint64_t item, int code, struct rp_error *error)
{
    char bytes[sizeof *error + 1] = {0};
    error->code = code;
    memcpy(bytes, error, sizeof *error);
    send_frame(kit, RP_FRAME_FAILED, item, bytes, sizeof *error);
    flush(kit);
}

/* Handlers of the front end mean the front end. What is ignored stays so (nohup), but for SIGINT, which a
 * terminal sends to every process: the parent decides what becomes of it. */
static void reset_signals(void)
{
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            signal(number, SIG_DFL);
    }
    signal(SIGINT, SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A limit of 1 byte, not 0: where core_pattern is a pipe, the kernel ignores every limit but this one, and
 * each death would wait for a crash handler (core(5); fs/coredump.c). Not PR_SET_DUMPABLE, which hides
 * smaps_rollup. */
static void forbid_cores(void)
{
    const struct rlimit one = {1, 1}, none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &one))
        setrlimit(RLIMIT_CORE, &none);
}

static int redirect(const struct rp_worker_kit *kit, struct rp_error *error)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0)
        return rp_error_system(error, errno, "cannot open '/dev/null' for a worker");
    if (dup2(kit->words, STDOUT_FILENO) < 0 || dup2(kit->words, STDERR_FILENO) < 0 ||
        dup2(null, STDIN_FILENO) < 0)
        return rp_error_system(error, errno, "cannot redirect a worker's standard streams");
    if (null > STDERR_FILENO)
        close(null);
    close(kit->words);
    return RP_OK;
}

static void become_worker(const struct rp_worker_kit *kit)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != kit->parent)
        _exit(0); /* it died before the line above */
    reset_signals();
    forbid_cores();
}

/* Does one item; false after a failure, which has been sent. */
static bool do_item(const struct rp_worker_kit *kit, void *worker, uint64_t item,
                    const struct rp_deaths *deaths, struct rp_text *result)
{
    struct rp_board *board = kit->board;
    struct rp_error error = {0};
    result->length = 0;
    board->runs = 0;
    board->marks.begun = 0;
    board->item = item;
    board->phase = RP_PHASE_RUNNING;
    int code = kit->work->item(worker, item, deaths, result, &error);
    board->phase = RP_PHASE_SENDING;
    if (code == RP_OK && (result->failed || result->length > UINT32_MAX - 1))
        code = rp_error_set(&error, RP_EENVIRONMENT, "out of memory for a worker's result of %zu bytes",
                            result->length);
    if (code == RP_OK)
        send_frame(kit, RP_FRAME_RESULT, item, result->length ? result->data : nothing, result->length);
    else
        send_failure(kit, item, code, &error);
    return code == RP_OK;
}

/* Waits for the next order; false if it is to leave. */
static bool next_order(const struct rp_worker_kit *kit, struct rp_order *order)
{
    kit->board->phase = RP_PHASE_WAITING;
    ssize_t length;
    do
        length = read(kit->orders, order, sizeof *order);
    while (length < 0 && errno == EINTR);
    return length == (ssize_t)sizeof *order && order->first < order->end;
}

static void work_on(const struct rp_worker_kit *kit, void *worker)
{
    struct rp_text result = {0};
    struct rp_order order;
    uint64_t runs = 0, flushed = rp_clock_now();
    while (next_order(kit, &order)) {
        for (uint64_t item = order.first; item < order.end; item++) {
            if (!do_item(kit, worker, item, &order.deaths, &result))
                return;
            order.deaths = (struct rp_deaths){0};
            runs += kit->board->runs;
            if (rp_clock_now() - flushed >= GATHER_TIME) {
                flush(kit);
                flushed = rp_clock_now();
            }
            if (kit->recycle_runs && runs >= kit->recycle_runs)
                return; /* its parent knows which orders are left */
        }
        flush(kit);
    }
}

_Noreturn void rp_worker_main(const struct rp_worker_kit *kit)
{
    struct rp_error error = {0};
    void *worker = NULL;
    own_marks = &kit->board->marks;
    become_worker(kit);
    int code = redirect(kit, &error);
    if (code == RP_OK)
        code = kit->work->open(kit->work->context, &kit->board->runs, &worker, &error);
    if (code == RP_OK) {
        work_on(kit, worker);
        flush(kit);
        kit->board->phase = RP_PHASE_CLOSING;
        if (kit->work->close)
            kit->work->close(worker);
    } else {
        send_failure(kit, RP_NO_ITEM, code, &error);
    }
    kit->board->phase = RP_PHASE_CLOSING;
    _exit(0);
}
