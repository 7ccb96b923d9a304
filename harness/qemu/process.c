/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's words and memory; see process.h. */
#include "qemu/process.h"

#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { RAM, KERNEL }; /* files of the child */

static const struct rp_guest_program program = {
    .name = "qemu",
    .missing = "there is no '" RP_QEMU_PROGRAM "'; install qemu-system-x86",
    .stuck_used = 400 * RP_CLOCK_MILLISECOND,
    .stuck_waited = 2000 * RP_CLOCK_MILLISECOND,
};

_Static_assert(RP_GUEST_MEMORY == 112 << 20, "-m and -object below");

/* No firmware of option cards, no network, no display; ports 3F8h and the timer are all that is needed. A
 * triple fault ends it. */
static char *const arguments[] = {RP_QEMU_PROGRAM,
                                  "-accel",
                                  "tcg",
                                  "-nodefaults",
                                  "-no-user-config",
                                  "-no-reboot",
                                  "-display",
                                  "none",
                                  "-vga",
                                  "none",
                                  "-machine",
                                  "pc,memory-backend=ram,usb=off,vmport=off",
                                  "-m",
                                  "112M",
                                  "-object",
                                  "memory-backend-file,id=ram,share=on,size=112M,mem-path=/proc/self/fd/3",
                                  "-kernel",
                                  "/proc/self/fd/4",
                                  "-chardev",
                                  "stdio,id=bell,signal=off",
                                  "-serial",
                                  "chardev:bell",
                                  "-cpu"};
enum { ARGUMENTS = sizeof arguments / sizeof arguments[0] };

static int make_memory(struct rp_qemu_process *process, struct rp_error *error)
{
    const struct rp_guest_image *image = &process->image;
    int result = rp_guest_child_file(&process->child, RAM, NULL, RP_GUEST_MEMORY, error);
    if (result == RP_OK)
        result = rp_guest_child_file(&process->child, KERNEL, image->bytes, image->size, error);
    if (result)
        return result;
    void *at = mmap(NULL, RP_GUEST_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, process->child.file[RAM], 0);
    if (at == MAP_FAILED)
        return rp_error_system(error, errno, "qemu can't be opened: no address space");
    process->memory = at;
    process->shared = (struct rp_guest_shared *)(void *)(process->memory + RP_GUEST_SHARED);
    return RP_OK;
}

/* The doorbell: what it says does not matter. */
static ssize_t hear(const struct rp_qemu_process *process)
{
    char bytes[64];
    return rp_guest_child_hear(&process->child, bytes, sizeof bytes);
}

static int greet(struct rp_qemu_process *process, struct rp_error *error)
{
    struct rp_guest_standstill begun = rp_guest_child_stands(&process->child, 0);
    while (process->shared->ready != RP_GUEST_VERSION) {
        if (hear(process) == 0)
            return rp_guest_child_refuse(&process->child, RP_GUEST_HAS_ENDED, error);
        if (rp_guest_child_is_late(&begun))
            return rp_guest_child_refuse(&process->child, RP_GUEST_IS_LATE, error);
    }
    return RP_OK;
}

int rp_qemu_process_restart(void *opaque, struct rp_error *error)
{
    struct rp_qemu_process *process = opaque;
    struct rp_guest_shared *shared = process->shared;
    char *words[ARGUMENTS + 2];
    rp_guest_child_end(&process->child);
    shared->ready = 0;
    shared->unchecked = true; /* tests/conformance/deviations-qemu.tsv */
    shared->ordered = shared->answered = 0;
    memset(shared->panic, 0, sizeof shared->panic);
    /* What the last test left in memory is no machine that firmware expects. */
    if (madvise(process->memory, RP_GUEST_SHARED, MADV_REMOVE))
        return rp_error_system(error, errno, "qemu can't be opened: its memory can't be emptied");
    memcpy(words, arguments, sizeof arguments);
    words[ARGUMENTS] = process->model;
    words[ARGUMENTS + 1] = NULL;
    int result = rp_guest_child_start(&process->child, words, error);
    return result == RP_OK ? greet(process, error) : result;
}

int rp_qemu_process_open(void *opaque, enum rp_guest_kind kind, const char *model, struct rp_error *error)
{
    struct rp_qemu_process *process = opaque;
    *process = (struct rp_qemu_process){.image = rp_guest_image(kind)};
    snprintf(process->model, sizeof process->model, "%s", model);
    int result = rp_guest_child_open(&process->child, &program, error);
    if (result == RP_OK)
        result = make_memory(process, error);
    if (result == RP_OK)
        result = rp_qemu_process_restart(process, error);
    if (result)
        rp_qemu_process_close(process);
    return result;
}

void rp_qemu_process_close(void *opaque)
{
    struct rp_qemu_process *process = opaque;
    rp_guest_child_close(&process->child);
    if (process->memory)
        munmap(process->memory, RP_GUEST_MEMORY);
    process->memory = NULL;
    process->shared = NULL;
}

enum rp_guest_end rp_qemu_process_order(void *opaque, int *signal)
{
    struct rp_qemu_process *process = opaque;
    struct rp_guest_shared *shared = process->shared;
    struct rp_guest_standstill still = rp_guest_child_stands(&process->child, shared->beat);
    shared->done = shared->current = shared->first;
    shared->ordered++;
    rp_guest_child_say(&process->child, "", 1);
    while (shared->answered != shared->ordered) {
        if (hear(process) == 0) {
            *signal = rp_guest_child_died(&process->child);
            return RP_GUEST_DIED;
        }
        if (shared->panic[0] || rp_guest_child_is_stuck(&process->child, &still, shared->beat)) {
            rp_guest_child_end(&process->child);
            *signal = shared->panic[0] ? 0 : SIGKILL;
            /* The image may have failed, by what the test did to it. */
            return shared->panic[0] ? RP_GUEST_DIED : RP_GUEST_STUCK;
        }
    }
    return RP_GUEST_ANSWERED;
}

bool rp_qemu_process_intact(void *opaque)
{
    const struct rp_qemu_process *process = opaque;
    return rp_guest_intact(&process->image, process->memory + RP_GUEST_IMAGE);
}
