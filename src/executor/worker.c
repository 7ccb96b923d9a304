/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker: makes itself a process that nobody need fear, then takes orders until it is told to leave. It
 * ends by _exit, so that nothing of its parent's (buffers, handlers) happens twice. */
#include "executor/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

/* Writes both parts whole; a parent that does not read any more kills this process anyway. */
static bool write_all(int descriptor, struct iovec part[2])
{
    size_t index = 0;
    while (index < 2) {
        ssize_t written = writev(descriptor, part + index, 2 - (int)index);
        if (written < 0 && errno != EINTR)
            return false;
        for (size_t rest = written < 0 ? 0 : (size_t)written; index < 2; index++) {
            size_t step = rest < part[index].iov_len ? rest : part[index].iov_len;
            part[index].iov_base = (char *)part[index].iov_base + step;
            part[index].iov_len -= step;
            rest -= step;
            if (part[index].iov_len)
                break;
        }
    }
    return true;
}

static char nothing[] = "";

/* `bytes` end with a NUL. */
static void send_frame(const struct rp_worker_kit *kit, enum rp_frame_kind kind, uint64_t item, char *bytes,
                       size_t length)
{
    struct rp_frame frame = {
        .item = item, .runs = kit->board->runs, .kind = kind, .length = (uint32_t)length};
    struct iovec part[2] = {{&frame, sizeof frame}, {bytes, length + 1}};
    if (!write_all(kit->results, part))
        _exit(1);
}

static void send_failure(const struct rp_worker_kit *kit, uint64_t item, int code, struct rp_error *error)
{
    char bytes[sizeof *error + 1] = {0};
    error->code = code;
    memcpy(bytes, error, sizeof *error);
    send_frame(kit, RP_FRAME_FAILED, item, bytes, sizeof *error);
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
    uint64_t runs = 0;
    while (next_order(kit, &order)) {
        for (uint64_t item = order.first; item < order.end; item++) {
            if (!do_item(kit, worker, item, &order.deaths, &result))
                return;
            order.deaths = (struct rp_deaths){0};
            runs += kit->board->runs;
            if (kit->recycle_runs && runs >= kit->recycle_runs)
                return; /* its parent knows which orders are left */
        }
    }
}

_Noreturn void rp_worker_main(const struct rp_worker_kit *kit)
{
    struct rp_error error = {0};
    void *worker = NULL;
    become_worker(kit);
    int code = redirect(kit, &error);
    if (code == RP_OK)
        code = kit->work->open(kit->work->context, &kit->board->runs, &worker, &error);
    if (code == RP_OK) {
        work_on(kit, worker);
        kit->board->phase = RP_PHASE_CLOSING;
        if (kit->work->close)
            kit->work->close(worker);
    } else {
        send_failure(kit, RP_NO_ITEM, code, &error);
    }
    kit->board->phase = RP_PHASE_CLOSING;
    _exit(0);
}
