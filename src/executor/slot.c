/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parent's side of one worker; see slot.h. What its end means is in slot_judge.c. */
#include "executor/slot.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define INBOX_SIZE ((size_t)64 << 10) /* grows to the longest result */
#define PIPE_SIZE  (256 << 10)        /* of results: what a worker can be ahead of its parent */

/* Ends for parent [0] and worker [1]. */
struct channels {
    int orders[2], results[2], words[2];
};

/* Descriptors 0 to 2 are what a worker redirects, so none of its own may be among them. */
static bool lift(int end[2])
{
    for (int i = 0; i < 2; i++) {
        if (end[i] > STDERR_FILENO)
            continue;
        int lifted = fcntl(end[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (lifted < 0)
            return false;
        close(end[i]);
        end[i] = lifted;
    }
    return true;
}

static void close_end(int *end)
{
    if (*end >= 0)
        close(*end);
    *end = -1;
}

static void close_channels(struct channels *channels, int side)
{
    close_end(&channels->orders[side]);
    close_end(&channels->results[side]);
    close_end(&channels->words[side]);
}

static bool open_pipe(int end[2])
{
    return !pipe2(end, O_CLOEXEC) && lift(end) && !fcntl(end[0], F_SETFL, O_NONBLOCK);
}

/* Orders go by a socket because a write to one whose reader died raises no SIGPIPE if told so. */
static int open_channels(struct channels *channels, struct rp_error *error)
{
    *channels = (struct channels){{-1, -1}, {-1, -1}, {-1, -1}};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels->orders) || !lift(channels->orders) ||
        !open_pipe(channels->results) || !open_pipe(channels->words)) {
        int cause = errno;
        close_channels(channels, 0);
        close_channels(channels, 1);
        return rp_error_system(error, cause,
                               "cannot open pipes to a worker (fewer -j, or a higher 'ulimit -n')");
    }
    fcntl(channels->results[0], F_SETPIPE_SZ, PIPE_SIZE); /* a user's pages may be spent: slower, no worse */
    return RP_OK;
}

static void reset(struct rp_slot *slot, const struct channels *channels, pid_t pid)
{
    slot->pid = pid;
    slot->orders = channels->orders[0];
    slot->results = channels->results[0];
    slot->words = channels->words[0];
    slot->failure = (struct rp_error){0};
    slot->taken = slot->filled = slot->word_count = 0;
    slot->watch = (struct rp_watch){.item = RP_NO_ITEM};
}

static void tell(const struct rp_slot *slot, struct rp_order order)
{
    /* Both orders and the farewell fit into the socket; a worker that died is noticed elsewhere. */
    send(slot->orders, &order, sizeof order, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int rp_slot_start(struct rp_slot *slot, uint64_t recycle_runs, struct rp_error *error)
{
    struct channels channels;
    int code = open_channels(&channels, error);
    if (code != RP_OK)
        return code;
    slot->board->runs = 0;
    slot->board->item = RP_NO_ITEM;
    slot->board->phase = RP_PHASE_OPENING;
    slot->board->filled = 0;
    const struct rp_worker_kit kit = {.work = slot->work,
                                      .board = slot->board,
                                      .recycle_runs = recycle_runs,
                                      .parent = getpid(),
                                      .orders = channels.orders[1],
                                      .results = channels.results[1],
                                      .words = channels.words[1]};
    pid_t pid = fork();
    if (pid == 0)
        rp_worker_main(&kit);
    int cause = errno;
    close_channels(&channels, 1);
    if (pid < 0) {
        close_channels(&channels, 0);
        return rp_error_system(error, cause,
                               "cannot start a worker process (fewer -j, or a higher 'ulimit -u')");
    }
    reset(slot, &channels, pid);
    for (unsigned i = 0; i < slot->order_count; i++)
        tell(slot, slot->order[i]);
    return RP_OK;
}

void rp_slot_give(struct rp_slot *slot, struct rp_order order)
{
    slot->order[slot->order_count++] = order;
    tell(slot, order);
}

void rp_slot_dismiss(struct rp_slot *slot)
{
    tell(slot, (struct rp_order){0});
}

void rp_slot_advance(struct rp_slot *slot)
{
    slot->order[0].deaths = (struct rp_deaths){0};
    slot->spared = false;
    slot->futile = 0;
    if (++slot->order[0].first < slot->order[0].end)
        return;
    slot->order_count--;
    for (unsigned i = 0; i < slot->order_count; i++)
        slot->order[i] = slot->order[i + 1];
}

/* Makes room for a message of `need` bytes, whose beginning moves to the front. */
static int make_room(struct rp_slot *slot, size_t need, struct rp_error *error)
{
    if (slot->taken)
        memmove(slot->inbox, slot->inbox + slot->taken, slot->filled - slot->taken);
    slot->filled -= slot->taken;
    slot->taken = 0;
    if (need <= slot->capacity)
        return RP_OK;
    char *grown = realloc(slot->inbox, need);
    if (!grown)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a result of %zu bytes", need);
    slot->inbox = grown;
    slot->capacity = need;
    return RP_OK;
}

/* Bytes of the first message in the inbox; 0 as long as not even its frame is there. */
static size_t message_size(const struct rp_slot *slot, struct rp_frame *frame)
{
    if (slot->filled - slot->taken < sizeof *frame)
        return 0;
    memcpy(frame, slot->inbox + slot->taken, sizeof *frame);
    return sizeof *frame + frame->length + 1;
}

int rp_slot_read(struct rp_slot *slot, rp_slot_take *take, void *context, ssize_t *length,
                 struct rp_error *error)
{
    struct rp_frame frame;
    size_t size = message_size(slot, &frame);
    int code = make_room(slot, size > INBOX_SIZE ? size : INBOX_SIZE, error);
    if (code != RP_OK)
        return code;
    *length = read(slot->results, slot->inbox + slot->filled, slot->capacity - slot->filled);
    slot->filled += *length > 0 ? (size_t)*length : 0;
    while (code == RP_OK && (size = message_size(slot, &frame)) && size <= slot->filled - slot->taken) {
        const char *bytes = slot->inbox + slot->taken + sizeof frame;
        slot->taken += size;
        code = take(context, slot, &frame, bytes, error);
    }
    return code;
}

int rp_slot_read_board(struct rp_slot *slot, rp_slot_take *take, void *context, struct rp_error *error)
{
    const char *next = slot->board->outbox, *end = next + slot->board->filled;
    int code = RP_OK;
    atomic_thread_fence(memory_order_acquire);
    while (code == RP_OK && next < end) {
        struct rp_frame frame;
        memcpy(&frame, next, sizeof frame);
        bool owed = slot->order_count && frame.item == slot->order[0].first;
        if (owed) /* else it came through the pipe before */
            code = take(context, slot, &frame, next + sizeof frame, error);
        next += sizeof frame + frame.length + 1;
    }
    slot->board->filled = 0;
    return code;
}

bool rp_slot_listen(struct rp_slot *slot)
{
    char heard[4096];
    ssize_t length = read(slot->words, heard, sizeof heard);
    if (length == 0)
        close_end(&slot->words); /* the worker closed it; poll would report that for ever */
    if (length <= 0)
        return false;
    size_t fresh = (size_t)length < RP_SLOT_WORDS ? (size_t)length : RP_SLOT_WORDS;
    size_t kept = slot->word_count < RP_SLOT_WORDS - fresh ? slot->word_count : RP_SLOT_WORDS - fresh;
    memmove(slot->word, slot->word + slot->word_count - kept, kept);
    memcpy(slot->word + kept, heard + length - fresh, fresh);
    slot->word_count = kept + fresh;
    return true;
}

bool rp_slot_hangs(struct rp_slot *slot, uint64_t elapsed, uint64_t limit)
{
    const struct rp_board *board = slot->board;
    struct rp_watch *watch = &slot->watch;
    uint32_t phase = board->phase;
    bool waits = phase == RP_PHASE_WAITING || phase == RP_PHASE_SENDING; /* for its parent */
    uint64_t used = rp_clock_used(slot->pid);
    if (waits || watch->item != board->item || watch->runs != board->runs || watch->phase != phase) {
        *watch = (struct rp_watch){.item = board->item, .runs = board->runs, .phase = phase, .used = used};
        return false;
    }
    uint64_t fresh = used > watch->used ? used - watch->used : 0;
    watch->used = used;
    watch->worked += fresh < elapsed ? fresh : elapsed; /* a guest that its host stops is charged with that */
    watch->waited += elapsed;
    if (phase == RP_PHASE_OPENING)
        limit *= 10; /* loading and calibrating are work */
    return watch->worked >= limit || watch->waited / 10 >= limit;
}

bool rp_slot_gone(const struct rp_slot *slot)
{
    siginfo_t information = {0};
    if (waitid(P_PID, (id_t)slot->pid, &information, WEXITED | WNOHANG | WNOWAIT))
        return errno == ECHILD;
    return information.si_pid != 0;
}

int rp_slot_reap(struct rp_slot *slot)
{
    int status = 0;
    kill(slot->pid, SIGKILL); /* changes nothing about one that is on its way out */
    pid_t reaped;
    do
        reaped = waitpid(slot->pid, &status, 0);
    while (reaped < 0 && errno == EINTR);
    close_end(&slot->orders);
    close_end(&slot->results);
    close_end(&slot->words);
    slot->pid = 0;
    return status;
}

void rp_slot_free(struct rp_slot *slot)
{
    if (slot->pid)
        rp_slot_reap(slot);
    free(slot->inbox);
    slot->inbox = NULL;
}
