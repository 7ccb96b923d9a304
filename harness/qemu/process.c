/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting, asking and ending a QEMU; see process.h. */
#include "qemu/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_NO_PROGRAM   127
#define POLL_MILLISECONDS 50
/* Of no run at all, where one takes RP_GUEST_TICKS_HUNG ticks at most: of QEMU's own time, which a busy
 * machine does not lengthen, and of anybody's, for a guest that waits for what never comes. */
#define STUCK_CPU_MILLISECONDS 400
#define STUCK_MILLISECONDS     2000
#define START_MILLISECONDS     20000
enum { FD_LOG = 2, FD_RAM, FD_KERNEL, FDS };

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

static uint64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A memory file above the descriptors that QEMU is given. */
static int make_file(const char *name, size_t size, struct rp_error *error)
{
    int file = memfd_create(name, MFD_CLOEXEC), copy = -1;
    if (file >= 0 && ftruncate(file, (off_t)size) == 0)
        copy = fcntl(file, F_DUPFD_CLOEXEC, FDS);
    int cause = errno;
    if (file >= 0)
        close(file);
    return copy >= 0 ? copy : rp_error_system(error, cause, "qemu can't be opened: no memory file");
}

static int make_kernel(struct rp_qemu_process *process, struct rp_error *error)
{
    const struct rp_guest_image *image = &process->image;
    process->kernel = make_file("ringprobe-guest", image->size, error);
    if (process->kernel < 0)
        return RP_EENVIRONMENT;
    if (pwrite(process->kernel, image->bytes, image->size, 0) != (ssize_t)image->size)
        return rp_error_system(error, errno, "qemu can't be opened: its guest can't be written");
    return RP_OK;
}

static int make_memory(struct rp_qemu_process *process, struct rp_error *error)
{
    process->ram = make_file("ringprobe-ram", RP_GUEST_MEMORY, error);
    process->log = make_file("ringprobe-log", 0, error);
    if (process->ram < 0 || process->log < 0)
        return RP_EENVIRONMENT;
    void *at = mmap(NULL, RP_GUEST_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, process->ram, 0);
    if (at == MAP_FAILED)
        return rp_error_system(error, errno, "qemu can't be opened: no address space");
    process->memory = at;
    process->shared = (struct rp_guest_shared *)(void *)(process->memory + RP_GUEST_SHARED);
    return RP_OK;
}

/* Between fork and exec: only system calls. */
_Noreturn static void become_qemu(const struct rp_qemu_process *process, int bell, char **words, pid_t parent)
{
    bool ok = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && dup2(bell, 0) == 0 &&
              dup2(bell, 1) == 1 && dup2(process->log, FD_LOG) == FD_LOG &&
              dup2(process->ram, FD_RAM) == FD_RAM && dup2(process->kernel, FD_KERNEL) == FD_KERNEL;
    if (ok)
        execvp(RP_QEMU_PROGRAM, words);
    _exit(EXIT_NO_PROGRAM);
}

static void reap(struct rp_qemu_process *process, int *status)
{
    *status = 0;
    while (process->pid > 0 && waitpid(process->pid, status, 0) < 0 && errno == EINTR)
        ;
    process->pid = 0;
    if (process->bell >= 0)
        close(process->bell);
    process->bell = -1;
}

static void end(struct rp_qemu_process *process)
{
    int status;
    if (process->pid > 0)
        kill(process->pid, SIGKILL);
    reap(process, &status);
}

/* Waits for a byte: 1, 0 if QEMU has ended, -1 if nothing came within `wait` milliseconds. */
static int await(const struct rp_qemu_process *process, int wait)
{
    struct pollfd bell = {.fd = process->bell, .events = POLLIN};
    char bytes[64];
    if (poll(&bell, 1, wait) <= 0)
        return -1;
    ssize_t got = read(process->bell, bytes, sizeof bytes);
    return got > 0 ? 1 : got < 0 && errno == EINTR ? -1 : 0;
}

/* The first line that QEMU complained with. */
static void read_log(const struct rp_qemu_process *process, char *line, size_t size)
{
    ssize_t got = pread(process->log, line, size - 1, 0);
    line[got > 0 ? got : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
}

static int refuse(struct rp_qemu_process *process, bool hung, struct rp_error *error)
{
    int status;
    char line[200];
    if (hung)
        kill(process->pid, SIGKILL);
    reap(process, &status);
    read_log(process, line, sizeof line);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_PROGRAM)
        return rp_error_set(error, RP_EENVIRONMENT,
                            "qemu can't be opened: there is no '" RP_QEMU_PROGRAM
                            "'; install qemu-system-x86");
    if (hung)
        return rp_error_set(error, RP_EENVIRONMENT,
                            "qemu can't be opened: its guest did not start within %d s",
                            START_MILLISECONDS / 1000);
    return rp_error_set(error, RP_EENVIRONMENT, "qemu can't be opened: it ended at once (status %x)%s%s",
                        (unsigned)status, *line ? ": " : "", line);
}

static int greet(struct rp_qemu_process *process, struct rp_error *error)
{
    uint64_t begun = milliseconds();
    while (process->shared->ready != RP_GUEST_VERSION) {
        int came = await(process, POLL_MILLISECONDS);
        bool hung = milliseconds() - begun > START_MILLISECONDS;
        if (came == 0 || hung)
            return refuse(process, hung, error);
    }
    return RP_OK;
}

int rp_qemu_process_restart(void *opaque, struct rp_error *error)
{
    struct rp_qemu_process *process = opaque;
    int bell[2];
    char *words[ARGUMENTS + 2];
    char model[64];
    end(process);
    process->shared->ready = 0;
    process->shared->unchecked = true; /* tests/conformance/deviations-qemu.tsv */
    process->shared->ordered = process->shared->answered = 0;
    memset(process->shared->panic, 0, sizeof process->shared->panic);
    /* What the last test left in memory is no machine that firmware expects. */
    if (madvise(process->memory, RP_GUEST_SHARED, MADV_REMOVE))
        return rp_error_system(error, errno, "qemu can't be opened: its memory can't be emptied");
    if (ftruncate(process->log, 0) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, bell))
        return rp_error_system(error, errno, "qemu can't be opened: no socket");
    memcpy(words, arguments, sizeof arguments);
    snprintf(model, sizeof model, "%s", process->model);
    words[ARGUMENTS] = model;
    words[ARGUMENTS + 1] = NULL;
    process->bell = fcntl(bell[0], F_DUPFD_CLOEXEC, FDS);
    int theirs = fcntl(bell[1], F_DUPFD_CLOEXEC, FDS);
    close(bell[0]);
    close(bell[1]);
    pid_t parent = getpid();
    fflush(NULL);
    process->pid = fork();
    if (process->pid == 0)
        become_qemu(process, theirs, words, parent);
    int cause = errno;
    close(theirs);
    if (process->pid < 0)
        return rp_error_system(error, cause, "qemu can't be opened: no process");
    process->started++;
    return greet(process, error);
}

int rp_qemu_process_open(void *opaque, enum rp_guest_kind kind, const char *model, struct rp_error *error)
{
    struct rp_qemu_process *process = opaque;
    *process = (struct rp_qemu_process){
        .image = rp_guest_image(kind), .model = model, .ram = -1, .log = -1, .kernel = -1, .bell = -1};
    int result = make_kernel(process, error);
    if (result == RP_OK)
        result = make_memory(process, error);
    if (result == RP_OK)
        result = rp_qemu_process_restart(process, error);
    if (result)
        rp_qemu_process_close(process);
    return result;
}

static void close_file(int *file)
{
    if (*file >= 0)
        close(*file);
    *file = -1;
}

void rp_qemu_process_close(void *opaque)
{
    struct rp_qemu_process *process = opaque;
    end(process);
    if (process->memory)
        munmap(process->memory, RP_GUEST_MEMORY);
    process->memory = NULL;
    process->shared = NULL;
    close_file(&process->ram);
    close_file(&process->log);
    close_file(&process->kernel);
}

static enum rp_guest_end ended(struct rp_qemu_process *process, int *signal)
{
    int status;
    reap(process, &status);
    *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return RP_GUEST_DIED;
}

/* Since when no run has come to its end. */
struct standstill {
    uint64_t beat, since, cpu_since;
};

static uint64_t cpu_milliseconds(const struct rp_qemu_process *process)
{
    clockid_t clock;
    struct timespec used = {0};
    if (clock_getcpuclockid(process->pid, &clock) == 0)
        clock_gettime(clock, &used);
    return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

static struct standstill begin_standstill(const struct rp_qemu_process *process)
{
    return (struct standstill){process->shared->beat, milliseconds(), cpu_milliseconds(process)};
}

static bool is_stuck(const struct rp_qemu_process *process, struct standstill *still)
{
    if (still->beat != process->shared->beat)
        *still = begin_standstill(process);
    return process->shared->panic[0] || milliseconds() - still->since >= STUCK_MILLISECONDS ||
           cpu_milliseconds(process) - still->cpu_since >= STUCK_CPU_MILLISECONDS;
}

enum rp_guest_end rp_qemu_process_order(void *opaque, int *signal)
{
    struct rp_qemu_process *process = opaque;
    struct rp_guest_shared *shared = process->shared;
    struct standstill still = begin_standstill(process);
    shared->done = shared->current = shared->first;
    shared->ordered++;
    /* One that does not fit stands behind others that have not been heard yet. */
    if (send(process->bell, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1 && errno != EAGAIN)
        return ended(process, signal);
    while (shared->answered != shared->ordered) {
        int came = await(process, POLL_MILLISECONDS);
        if (came == 0)
            return ended(process, signal);
        if (is_stuck(process, &still)) {
            end(process);
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
