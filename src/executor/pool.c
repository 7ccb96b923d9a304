/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pool: hands items out in small orders, takes results in, replaces workers that end; see pool.h. It
 * polls, and nothing else blocks it; between two looks at the clock lies a tick. */
#include "executor/pool.h"

#include "base/clock.h"
#include "executor/delivery.h"
#include "executor/pss.h"
#include "executor/slot.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MILLISECOND  UINT64_C(1000000)
#define TICK_MAX     (50 * MILLISECOND)
#define TELL_EVERY   (100 * MILLISECOND)
#define SAMPLE_EVERY (1000 * MILLISECOND)
#define ORDER_TIME   (100 * MILLISECOND) /* a person sees progress, and SIGINT loses no more work */
#define ORDER_MAX    8192
#define ORDER_BYTES  (1 << 20)
#define DESCRIPTORS  ((size_t)2) /* of each worker that are polled */

struct pool {
    const struct rp_pool_work *work;
    const struct rp_pool_options *options;
    struct rp_pool_status *status;
    struct rp_board *boards;
    struct rp_slot *slot;
    struct pollfd *polled;
    unsigned slots;
    struct rp_order *returned; /* of slots that were given up; with room for all that slots can owe */
    unsigned returned_count;
    struct rp_delivery delivery;
    uint64_t next, end;       /* items that nobody was given yet; the end comes nearer when an item fails */
    uint64_t received, bytes; /* results so far, to find the size of orders */
    uint64_t size;            /* items of an order, as far as nothing speaks against it */
    uint64_t hang;            /* nanoseconds */
    uint64_t started, ticked, told, sampled;
    bool leaving; /* everything is done, workers may go */
};

static bool stopped(const struct pool *pool)
{
    const struct rp_pool_options *o = pool->options;
    return (o->stop && *o->stop) || (o->deadline && rp_clock_now() >= o->deadline);
}

static unsigned alive(const struct pool *pool)
{
    unsigned count = 0;
    for (unsigned i = 0; i < pool->slots; i++)
        count += pool->slot[i].pid != 0;
    return count;
}

static void log_line(const struct pool *pool, const struct rp_error *line)
{
    if (pool->options->log_descriptor > 0)
        dprintf(pool->options->log_descriptor, "%s\n", line->line);
}

/* Items of the next order: `size` grows until no worker runs dry, but an order shall not take longer than
 * ORDER_TIME, nor bring more bytes than ORDER_BYTES, nor more than an even share of what is left, so that all
 * end together. */
static uint64_t order_size(const struct pool *pool)
{
    uint64_t size = pool->size, elapsed = rp_clock_now() - pool->started + 1;
    uint64_t share = (pool->end - pool->next) / (8 * (uint64_t)pool->slots) + 1;
    uint64_t in_time = pool->received * ORDER_TIME / elapsed / pool->slots + 1;
    uint64_t fitting = ORDER_BYTES / (pool->bytes / (pool->received + 1) + 1) + 1;
    size = size < share ? size : share;
    size = size < in_time ? size : in_time;
    return size < fitting ? size : fitting;
}

static bool next_order(struct pool *pool, struct rp_order *order)
{
    if (pool->returned_count) {
        *order = pool->returned[--pool->returned_count];
        return true;
    }
    if (pool->next >= pool->end)
        return false;
    *order = (struct rp_order){.first = pool->next, .end = pool->next + order_size(pool)};
    if (!rp_delivery_room(&pool->delivery, order->end))
        return false;
    pool->next = order->end;
    return true;
}

/* One order a worker and round, so that the first does not get all of a short list. */
static void hand_out(struct pool *pool)
{
    struct rp_order order;
    bool dry = false;
    for (unsigned owed = 0; owed < RP_SLOT_ORDERS; owed++) {
        for (unsigned i = 0; i < pool->slots; i++) {
            struct rp_slot *slot = &pool->slot[i];
            if (!slot->pid || slot->order_count != owed || !next_order(pool, &order))
                continue;
            rp_slot_give(slot, order);
            dry = dry || owed == 0;
        }
    }
    if (dry && pool->received && pool->size < ORDER_MAX)
        pool->size *= 2;
}

/* Others do what the slot owes. Fails with the code of `error` if there are no others. */
static int give_up(struct pool *pool, struct rp_slot *slot, const struct rp_error *error)
{
    log_line(pool, error);
    while (slot->order_count)
        pool->returned[pool->returned_count++] = slot->order[--slot->order_count];
    return alive(pool) ? RP_OK : error->code;
}

static int start(struct pool *pool, struct rp_slot *slot, struct rp_error *error)
{
    struct rp_error refusal;
    if (rp_slot_start(slot, pool->options->recycle_runs, &refusal) == RP_OK)
        return RP_OK;
    if (error)
        *error = refusal;
    return give_up(pool, slot, &refusal);
}

/* Takes one message in. */
static int take(void *context, struct rp_slot *slot, const struct rp_frame *frame, const char *bytes,
                struct rp_error *error)
{
    struct pool *pool = context;
    bool failed = frame->kind == RP_FRAME_FAILED;
    if (frame->item == RP_NO_ITEM) {
        memcpy(&slot->failure, bytes, sizeof slot->failure);
        return RP_OK;
    }
    assert(slot->order_count && frame->item == slot->order[0].first);
    rp_slot_advance(slot);
    if (failed) { /* nobody needs what lies behind it, least of all from this worker, which leaves */
        pool->end = frame->item + 1;
        slot->order_count = 0;
    }
    pool->received++;
    pool->bytes += frame->length;
    pool->status->runs += frame->runs;
    int code = rp_delivery_take(&pool->delivery, frame->item, failed, bytes, frame->length, error);
    pool->status->done = (size_t)pool->delivery.next;
    return code;
}

/* Takes in all that a worker has sent and said; it sends no more, or not before it is read. */
static int drain(struct pool *pool, struct rp_slot *slot, struct rp_error *error)
{
    ssize_t length;
    int code;
    do
        code = rp_slot_read(slot, take, pool, &length, error);
    while (code == RP_OK && length > 0);
    if (code == RP_OK && (length == 0 || rp_slot_gone(slot)))
        code = rp_slot_read_board(slot, take, pool, error);
    bool more = true;
    while (more)
        more = rp_slot_listen(slot);
    return code;
}

/* True if a new worker in this slot would have something to do. */
static bool needed(const struct pool *pool, const struct rp_slot *slot)
{
    return !pool->leaving && (slot->order_count || pool->returned_count || pool->next < pool->end);
}

/* A worker that could not open: the others go on without it if the machine is short of something. */
static int refused(struct pool *pool, struct rp_slot *slot, struct rp_error *error)
{
    struct rp_error refusal = slot->failure;
    rp_slot_reap(slot);
    rp_error_set(error, refusal.code, "%s", refusal.line);
    return refusal.code == RP_EENVIRONMENT ? give_up(pool, slot, &refusal) : refusal.code;
}

/* A worker has ended: whose fault is it, and who goes on? */
static int replace(struct pool *pool, struct rp_slot *slot, struct rp_error *error)
{
    int code = drain(pool, slot, error);
    if (code != RP_OK)
        return code;
    if (slot->failure.code)
        return refused(pool, slot, error);
    struct rp_error line;
    int status = rp_slot_reap(slot);
    enum rp_end end = rp_slot_judge(slot, status, &line);
    if (end != RP_END_LEFT || status) {
        log_line(pool, &line);
        pool->status->hangs += slot->watch.killed;
        pool->status->deaths += !slot->watch.killed;
    }
    if (end == RP_END_TOOL)
        return rp_error_set(error, line.code, "%s", line.line);
    if (!needed(pool, slot))
        return RP_OK;
    pool->status->restarts++;
    return start(pool, slot, error);
}

static int serve(struct pool *pool, struct rp_slot *slot, const struct pollfd polled[DESCRIPTORS],
                 struct rp_error *error)
{
    ssize_t length = -1;
    if (polled[1].revents)
        rp_slot_listen(slot);
    if (!polled[0].revents)
        return RP_OK;
    int code = rp_slot_read(slot, take, pool, &length, error);
    return code == RP_OK && length == 0 ? replace(pool, slot, error) : code;
}

static void sample(struct pool *pool)
{
    uint64_t sum = rp_pss_of(getpid());
    for (unsigned i = 0; i < pool->slots; i++)
        if (pool->slot[i].pid)
            sum += rp_pss_of(pool->slot[i].pid);
    if (sum > pool->status->peak_pss)
        pool->status->peak_pss = sum;
    pool->sampled = pool->ticked;
}

static void tell(struct pool *pool)
{
    pool->status->workers = alive(pool);
    if (pool->options->progress)
        pool->options->progress(pool->options->progress_context, pool->status);
    pool->told = pool->ticked;
}

/* Looks after a worker that may have nothing to say. */
static int check(struct pool *pool, struct rp_slot *slot, uint64_t elapsed, struct rp_error *error)
{
    if (rp_slot_gone(slot))
        return replace(pool, slot, error);
    if (rp_slot_hangs(slot, elapsed, pool->hang)) {
        slot->watch.killed = true;
        kill(slot->pid, SIGKILL);
    }
    return RP_OK;
}

static uint64_t tick_length(const struct pool *pool)
{
    uint64_t eighth = pool->hang / 8 + 1;
    return eighth < TICK_MAX ? eighth : TICK_MAX;
}

/* What a tick takes beyond two is not the workers' time: `done` was slow, or the job was stopped. */
static int tick(struct pool *pool, struct rp_error *error)
{
    uint64_t time = rp_clock_now(), length = tick_length(pool), elapsed = time - pool->ticked;
    if (elapsed < length)
        return RP_OK;
    pool->ticked = time;
    int code = RP_OK;
    for (unsigned i = 0; i < pool->slots && code == RP_OK; i++)
        if (pool->slot[i].pid)
            code = check(pool, &pool->slot[i], elapsed < 2 * length ? elapsed : 2 * length, error);
    if (time - pool->sampled >= SAMPLE_EVERY)
        sample(pool);
    if (time - pool->told >= TELL_EVERY)
        tell(pool);
    return code;
}

static int look_round(struct pool *pool, struct rp_error *error)
{
    for (unsigned i = 0; i < pool->slots; i++) {
        const struct rp_slot *slot = &pool->slot[i];
        pool->polled[DESCRIPTORS * i] = (struct pollfd){slot->pid ? slot->results : -1, POLLIN, 0};
        pool->polled[DESCRIPTORS * i + 1] = (struct pollfd){slot->pid ? slot->words : -1, POLLIN, 0};
    }
    int ready = poll(pool->polled, DESCRIPTORS * pool->slots, (int)(tick_length(pool) / MILLISECOND) + 1);
    int code = RP_OK;
    for (unsigned i = 0; i < pool->slots && ready > 0 && code == RP_OK; i++)
        code = serve(pool, &pool->slot[i], &pool->polled[DESCRIPTORS * i], error);
    return code == RP_OK ? tick(pool, error) : code;
}

/* Kills first, so that there is an end to what comes in; what came in before is done as far as it is in
 * order. */
static int interrupt(struct pool *pool, struct rp_error *error)
{
    int code = RP_OK;
    sample(pool);
    for (unsigned i = 0; i < pool->slots; i++)
        if (pool->slot[i].pid)
            kill(pool->slot[i].pid, SIGKILL);
    for (unsigned i = 0; i < pool->slots && code == RP_OK; i++)
        if (pool->slot[i].pid)
            code = drain(pool, &pool->slot[i], error);
    if (code != RP_OK || pool->delivery.next == pool->work->items)
        return code;
    return rp_error_set(error, RP_EINTERRUPTED, "interrupted after %zu of %zu items", pool->status->done,
                        pool->status->items);
}

static int do_items(struct pool *pool, struct rp_error *error)
{
    int code = RP_OK;
    while (code == RP_OK && pool->delivery.next < pool->work->items) {
        if (stopped(pool))
            return interrupt(pool, error);
        hand_out(pool);
        code = look_round(pool, error);
    }
    return code;
}

static int let_go(struct pool *pool, struct rp_error *error)
{
    int code = RP_OK;
    pool->leaving = true;
    for (unsigned i = 0; i < pool->slots; i++)
        if (pool->slot[i].pid)
            rp_slot_dismiss(&pool->slot[i]);
    while (code == RP_OK && alive(pool))
        code = look_round(pool, error);
    return code;
}

static int allocate(struct pool *pool, struct rp_error *error)
{
    pool->slot = calloc(pool->slots, sizeof *pool->slot);
    pool->polled = calloc(DESCRIPTORS * pool->slots, sizeof *pool->polled);
    pool->returned = calloc((size_t)RP_SLOT_ORDERS * pool->slots, sizeof *pool->returned);
    pool->boards = mmap(NULL, pool->slots * sizeof *pool->boards, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!pool->slot || !pool->polled || !pool->returned || pool->boards == MAP_FAILED)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for %u workers", pool->slots);
    return rp_delivery_init(&pool->delivery, pool->work, error);
}

static void release(struct pool *pool)
{
    for (unsigned i = 0; pool->slot && i < pool->slots; i++)
        rp_slot_free(&pool->slot[i]);
    rp_delivery_free(&pool->delivery);
    if (pool->boards != MAP_FAILED)
        munmap(pool->boards, pool->slots * sizeof *pool->boards);
    free(pool->returned);
    free(pool->polled);
    free(pool->slot);
    pool->slots = 0;
}

static int run(struct pool *pool, struct rp_error *error)
{
    int code = allocate(pool, error);
    for (unsigned i = 0; i < pool->slots && code == RP_OK; i++) {
        pool->slot[i].work = pool->work;
        pool->slot[i].board = &pool->boards[i];
        code = start(pool, &pool->slot[i], error);
    }
    if (code == RP_OK)
        code = do_items(pool, error);
    sample(pool); /* the one of a run that was shorter than what is between two */
    return code == RP_OK ? let_go(pool, error) : code;
}

int rp_pool_run(const struct rp_pool_work *work, const struct rp_pool_options *options,
                struct rp_pool_status *status, struct rp_error *error)
{
    unsigned workers = options->workers ? options->workers : 1;
    unsigned hang = options->hang_milliseconds ? options->hang_milliseconds : RP_POOL_HANG_MILLISECONDS;
    uint64_t time = rp_clock_now();
    *status = (struct rp_pool_status){.items = work->items};
    struct pool pool = {.work = work,
                        .options = options,
                        .status = status,
                        .boards = MAP_FAILED,
                        .slots = workers < work->items ? workers : (unsigned)work->items,
                        .end = work->items,
                        .size = 1,
                        .hang = hang * MILLISECOND,
                        .started = time,
                        .ticked = time,
                        .told = time,
                        .sampled = time};
    int code = work->items ? run(&pool, error) : RP_OK;
    release(&pool);
    tell(&pool);
    return code;
}
