/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See process.h. */
#include "bochs/process.h"

#include "base/clock.h"
#include "bochs/models.h"
#include "bochs/rom.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HEADER offsetof(struct rp_guest_shared, job)

extern const unsigned char rp_bochs_rom[], rp_bochs_rom_end[];

enum { CONFIGURATION, ROM }; /* files of the child */

/* No run takes longer than RP_GUEST_TICKS_HUNG ticks of the guest's own clock. */
static const struct rp_guest_program program = {
    .name = "bochs",
    .missing = RP_BOCHS_MISSING,
    .mark = ">>PANIC<< ",
    .stuck_used = 2000 * RP_CLOCK_MILLISECOND,
    .stuck_waited = 10000 * RP_CLOCK_MILLISECOND,
};

_Static_assert(RP_GUEST_MEMORY == 112 << 20, "megs below");

/* The clock counts instructions (`sync=none`), so that a busy machine is no other one: a tick of the guard is
 * 80,000 of them. The ROM serves as VGA ROM too, which has to be there and is never run. */
static const char configuration[] = "display_library: term\n"
                                    "config_interface: textconfig\n"
                                    "romimage: file=/proc/self/fd/4, address=0xffff0000\n"
                                    "vgaromimage: file=/proc/self/fd/4\n"
                                    "megs: 112\n"
                                    "cpu: model=%s, count=1, ips=20000000, reset_on_triple_fault=1\n"
                                    "clock: sync=none\n"
                                    "magic_break: enabled=1\n"
                                    "panic: action=fatal\n"
                                    "error: action=ignore\n"
                                    "info: action=ignore\n"
                                    "debug: action=ignore\n"
                                    "speaker: enabled=0\n";

static int make_files(struct rp_bochs_process *process, const char *model, struct rp_error *error)
{
    char text[sizeof configuration + RP_BOCHS_MODEL_MAX];
    struct rp_guest_child *child = &process->debugger.child;
    int length = snprintf(text, sizeof text, configuration, model);
    int result = rp_guest_child_file(child, CONFIGURATION, text, (size_t)length, error);
    if (result == RP_OK)
        result = rp_guest_child_file(child, ROM, rp_bochs_rom,
                                     (uintptr_t)rp_bochs_rom_end - (uintptr_t)rp_bochs_rom, error);
    return result;
}

static int make_mirror(struct rp_bochs_process *process, struct rp_error *error)
{
    void *at = mmap(NULL, sizeof *process->shared, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return rp_error_system(error, errno, "bochs can't be opened: no address space");
    process->shared = at;
    process->copy = malloc(process->image.constant);
    return process->copy ? RP_OK : rp_error_set(error, RP_EENVIRONMENT, "out of memory for bochs");
}

static void end(struct rp_bochs_process *process)
{
    rp_bochs_memory_close(&process->memory);
    rp_guest_child_end(&process->debugger.child);
    process->reset = false;
}

/* It is not as it has to be: why, and its end. */
static int refuse(struct rp_bochs_process *process, enum rp_guest_refusal refusal, struct rp_error *error)
{
    rp_bochs_memory_close(&process->memory);
    return rp_guest_child_refuse(&process->debugger.child, refusal, error);
}

static int expect(struct rp_bochs_process *process, enum rp_bochs_stop wanted, struct rp_error *error)
{
    struct rp_guest_standstill begun = rp_guest_child_stands(&process->debugger.child, 0);
    enum rp_bochs_stop stop = RP_BOCHS_NOTHING;
    while (stop == RP_BOCHS_NOTHING && !rp_guest_child_is_late(&begun))
        stop = rp_bochs_await(&process->debugger);
    if (stop == wanted)
        return RP_OK;
    if (stop != RP_BOCHS_RESET)
        return refuse(process,
                      stop == RP_BOCHS_ENDED     ? RP_GUEST_HAS_ENDED
                      : stop == RP_BOCHS_NOTHING ? RP_GUEST_IS_LATE
                                                 : RP_GUEST_IS_WRONG,
                      error);
    end(process);
    return rp_error_set(error, RP_EENVIRONMENT, /* a triple fault resets it */
                        "bochs can't be opened: its CPU model has no long mode or no FXSAVE, which the "
                        "guest needs; choose another one");
}

static bool zero(const struct rp_bochs_process *process, uint32_t from, uint32_t to)
{
    static const unsigned char zeroes[0x10000];
    bool ok = true;
    for (uint32_t at = from, part; at < to && ok; at += part) {
        part = to - at < sizeof zeroes ? to - at : sizeof zeroes;
        ok = rp_bochs_memory_write(&process->memory, at, zeroes, part);
    }
    return ok;
}

/* Lays the image, with zeroes where it has them; the last test's arena must not be the next one's. The image
 * or the ROM would take ten times as long. */
static bool lay(const struct rp_bochs_process *process)
{
    const struct rp_guest_image *image = &process->image;
    return zero(process, 0, RP_BOCHS_HOLE) && zero(process, RP_BOCHS_HOLE_END, RP_GUEST_LOW_SIZE) &&
           rp_bochs_memory_write(&process->memory, RP_GUEST_IMAGE, image->bytes, image->size) &&
           zero(process, (uint32_t)(RP_GUEST_IMAGE + image->size),
                (uint32_t)(RP_GUEST_IMAGE + image->memory));
}

/* The ROM has stopped: the image is laid, and starts. */
static int greet(struct rp_bochs_process *process, struct rp_error *error)
{
    struct rp_guest_shared *shared = process->shared;
    const struct rp_bochs_memory *memory = &process->memory;
    shared->ready = 0;
    shared->unchecked = false;
    shared->bell = RP_GUEST_BELL_BREAK;
    shared->ordered = shared->answered = 0;
    memset(shared->panic, 0, sizeof shared->panic);
    memset(process->written, 0, sizeof process->written);
    bool laid = lay(process) && rp_bochs_memory_write(memory, RP_GUEST_SHARED, shared, HEADER);
    if (!laid)
        return refuse(process, RP_GUEST_IS_WRONG, error);
    rp_bochs_go(&process->debugger);
    int result = expect(process, RP_BOCHS_BREAK, error);
    if (result)
        return result;
    if (!rp_bochs_memory_read(memory, RP_GUEST_SHARED, shared, HEADER) || shared->ready != RP_GUEST_VERSION)
        return refuse(process, RP_GUEST_IS_WRONG, error);
    memcpy(process->copy, process->image.bytes, process->image.constant);
    process->constant = shared->constant;
    process->after_size = shared->after_size;
    if (process->constant.size > sizeof process->entries ||
        !rp_bochs_memory_read(memory, process->constant.address, process->entries, process->constant.size))
        return refuse(process, RP_GUEST_IS_WRONG, error);
    return RP_OK;
}

/* From where the ROM is to run, to where the image waits for an order. */
static int boot(struct rp_bochs_process *process, bool anew, struct rp_error *error)
{
    rp_bochs_go(&process->debugger);
    int result = expect(process, RP_BOCHS_BREAK, error);
    if (result == RP_OK && anew)
        result = rp_bochs_memory_open(&process->memory, process->debugger.child.pid, error);
    return result == RP_OK ? greet(process, error) : result;
}

int rp_bochs_process_restart(void *opaque, struct rp_error *error)
{
    struct rp_bochs_process *process = opaque;
    struct rp_error no_matter;
    bool reset = process->reset;
    process->reset = process->lost = false;
    /* A test may have left a device so that Bochs gives up behind the reset ("internal keyboard buffer
     * full"). */
    if (reset && boot(process, false, &no_matter) == RP_OK)
        return RP_OK;
    end(process);
    int result = rp_bochs_start(&process->debugger, error);
    if (result == RP_OK)
        result = expect(process, RP_BOCHS_RESET, error);
    return result == RP_OK ? boot(process, true, error) : result;
}

int rp_bochs_process_open(void *opaque, enum rp_guest_kind kind, const char *model, struct rp_error *error)
{
    struct rp_bochs_process *process = opaque;
    *process = (struct rp_bochs_process){.image = rp_guest_image(kind)};
    int result = rp_bochs_check_model(model, error);
    if (result == RP_OK)
        result = rp_guest_child_open(&process->debugger.child, &program, error);
    if (result == RP_OK)
        result = make_files(process, model, error);
    if (result == RP_OK)
        result = make_mirror(process, error);
    if (result == RP_OK)
        result = rp_bochs_process_restart(process, error);
    if (result)
        rp_bochs_process_close(process);
    return result;
}

void rp_bochs_process_close(void *opaque)
{
    struct rp_bochs_process *process = opaque;
    end(process);
    if (process->shared)
        munmap(process->shared, sizeof *process->shared);
    free(process->copy);
    process->shared = NULL;
    process->copy = NULL;
    rp_guest_child_close(&process->debugger.child);
}

static uint32_t address_of(size_t offset)
{
    return (uint32_t)(RP_GUEST_SHARED + offset);
}

/* Part of the mirror. */
static void add(struct rp_bochs_process *process, size_t at, size_t size)
{
    rp_bochs_parts_add(&process->parts, &process->memory, address_of(at),
                       (unsigned char *)process->shared + at, size);
}

/* Slots that the guest has not got as they are, jobs, and the order itself. */
static bool push(struct rp_bochs_process *process)
{
    const struct rp_guest_shared *shared = process->shared;
    uint32_t first = shared->first;
    bool ok = true;
    rp_bochs_parts_begin(&process->parts);
    add(process, 0, HEADER);
    add(process, offsetof(struct rp_guest_shared, job) + first * sizeof shared->job[0],
        (shared->count - first) * sizeof shared->job[0]);
    for (uint32_t i = first; i < shared->count && ok; i++) {
        uint32_t number = shared->job[i].slot;
        const struct rp_guest_slot *slot = &shared->slot[number];
        if (process->written[number] == slot->serial)
            continue;
        if (process->parts.count == RP_BOCHS_PARTS)
            ok = rp_bochs_parts_write(&process->parts, &process->memory);
        if (!ok)
            break;
        add(process, offsetof(struct rp_guest_shared, slot) + number * sizeof *slot,
            rp_guest_slot_size(slot));
        process->written[number] = slot->serial;
    }
    return ok && rp_bochs_parts_write(&process->parts, &process->memory);
}

static bool pull_header(struct rp_bochs_process *process)
{
    return rp_bochs_memory_read(&process->memory, RP_GUEST_SHARED, process->shared, HEADER);
}

/* Few runs change more than some words of memory. */
static size_t changes_expected(uint32_t first, uint32_t count)
{
    return 64 + 4 * (size_t)(count - first);
}

/* All that an order of jobs [first, count) leaves, whether it has come to its end or not: the header,
 * results, the first of the changes, and what tells whether the image's constant part is what it was. */
static bool pull(struct rp_bochs_process *process, uint32_t first, uint32_t count)
{
    const struct rp_guest_kept *constant = &process->constant;
    add(process, 0, HEADER);
    add(process, offsetof(struct rp_guest_shared, result) + first * sizeof process->shared->result[0],
        (count - first) * sizeof process->shared->result[0]);
    add(process, offsetof(struct rp_guest_shared, change),
        changes_expected(first, count) * sizeof process->shared->change[0]);
    add(process, offsetof(struct rp_guest_shared, after) + (size_t)first * process->after_size,
        (size_t)(count - first) * process->after_size);
    rp_bochs_parts_add(&process->parts, &process->memory, constant->address, process->now, constant->size);
    return rp_bochs_parts_read(&process->parts, &process->memory);
}

/* True if the header is one that an order of jobs [first, count) can leave; and the rest of the changes, and
 * of the image's constant part if a page of it is dirty: copying that takes as long as a run per order. */
static bool pull_rest(struct rp_bochs_process *process, uint32_t first, uint32_t count)
{
    struct rp_guest_shared *shared = process->shared;
    uint32_t done = shared->done;
    size_t expected = changes_expected(first, count), changes = 0;
    if (done < first || done > count || shared->after_size != process->after_size)
        return false;
    if (done > first)
        changes = (size_t)shared->result[done - 1].first + shared->result[done - 1].count;
    if (changes > RP_GUEST_CHANGES)
        return false;
    if (changes > expected)
        add(process, offsetof(struct rp_guest_shared, change) + expected * sizeof shared->change[0],
            (changes - expected) * sizeof shared->change[0]);
    if (memcmp(process->now, process->entries, process->constant.size) != 0)
        rp_bochs_parts_add(&process->parts, &process->memory, RP_GUEST_IMAGE, process->copy,
                           process->image.constant);
    return rp_bochs_parts_read(&process->parts, &process->memory);
}

static enum rp_guest_end died(struct rp_bochs_process *process, int *signal)
{
    rp_bochs_memory_close(&process->memory);
    *signal = rp_guest_child_died(&process->debugger.child);
    process->lost = true;
    return RP_GUEST_DIED;
}

static bool is_stuck(struct rp_bochs_process *process, struct rp_guest_standstill *still)
{
    const struct rp_guest_shared *shared = process->shared;
    return pull_header(process) &&
           (shared->panic[0] || rp_guest_child_is_stuck(&process->debugger.child, still, shared->beat));
}

/* Waits until it stops or has to be stopped, RP_BOCHS_NOTHING. */
static enum rp_bochs_stop watch(struct rp_bochs_process *process)
{
    struct rp_guest_standstill still = rp_guest_child_stands(&process->debugger.child, process->shared->beat);
    for (;;) {
        enum rp_bochs_stop stop = rp_bochs_await(&process->debugger);
        if (stop != RP_BOCHS_NOTHING || is_stuck(process, &still))
            return stop;
    }
}

enum rp_guest_end rp_bochs_process_order(void *opaque, int *signal)
{
    struct rp_bochs_process *process = opaque;
    struct rp_guest_shared *shared = process->shared;
    uint32_t first = shared->first, count = shared->count;
    enum rp_bochs_stop stop = RP_BOCHS_BREAK;
    shared->done = shared->current = first;
    uint32_t order = ++shared->ordered;
    if (!push(process))
        return died(process, signal);
    /* XCHG BX, BX in a test stops it too. */
    for (shared->answered = order - 1; stop == RP_BOCHS_BREAK && shared->answered != order;) {
        rp_bochs_go(&process->debugger);
        stop = watch(process);
        if (stop == RP_BOCHS_ENDED || !pull(process, first, count))
            return died(process, signal);
    }
    process->lost = !pull_rest(process, first, count);
    *signal = 0;
    if (stop == RP_BOCHS_BREAK)
        return RP_GUEST_ANSWERED;
    process->reset = stop == RP_BOCHS_RESET;
    if (process->reset)
        return RP_GUEST_DIED;
    end(process);
    if (shared->panic[0]) /* the image has failed, by what the test did to it */
        return RP_GUEST_DIED;
    *signal = SIGKILL;
    return RP_GUEST_STUCK;
}

bool rp_bochs_process_intact(void *opaque)
{
    const struct rp_bochs_process *process = opaque;
    return !process->lost && rp_guest_intact(&process->image, process->copy);
}
