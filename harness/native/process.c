/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting, asking and ending a runner; see process.h. */
#include "native/process.h"

#include "base/clock.h"
#include "native/configuration.h"
#include "native/layout.h"
#include "native/load.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_MILLISECONDS  50
#define STUCK              (2000 * RP_CLOCK_MILLISECOND) /* of no run at all: is_stuck() */
#define START_MILLISECONDS 30000
#define SEAL_TRIALS        20 /* the kernel waits some 0.1 s in each */
#define FD_SHARED          3
#define FD_SLOTS           4

/* image.S: the runner. */
extern const unsigned char rp_native_image[];
extern const uint64_t rp_native_image_size;

static int write_all(int file, const unsigned char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written <= 0)
            return -1;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

/* While the kernel moves one of the file's pages (compaction), it takes it for in use and refuses: EBUSY. */
static int seal(int file)
{
    int result = -1;
    for (unsigned i = 0; i < SEAL_TRIALS && result; i++) {
        result = fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
        if (result && errno != EBUSY)
            break;
    }
    return result;
}

/* The runner in a memory file that nobody can change any more. */
static int make_image(struct rp_error *error)
{
    int file = memfd_create("ringprobe-runner", MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x10u /* MFD_EXEC */);
    if (file < 0 && errno == EINVAL) /* before Linux 6.3 */
        file = memfd_create("ringprobe-runner", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0)
        return rp_error_system(error, errno, "native can't be opened: no memory file");
    if (write_all(file, rp_native_image, rp_native_image_size) || seal(file)) {
        int result = rp_error_system(error, errno, "native can't be opened: its runner can't be written");
        close(file);
        return result;
    }
    return file;
}

/* Between fork and exec: only system calls. All descriptors are above FD_SLOTS. */
_Noreturn static void become_runner(int orders, int answers, const struct rp_native_process *process,
                                    int image)
{
    char *const none[] = {NULL};
    int ok = dup2(orders, 0) == 0 && dup2(answers, 1) == 1 && dup2(process->memory, FD_SHARED) == FD_SHARED &&
             dup2(process->slots, FD_SLOTS) == FD_SLOTS;
    if (ok)
        fexecve(image, none, none);
    _exit(RP_NATIVE_EXIT_SETUP);
}

/* A copy above what become_runner replaces. */
static int above(int file)
{
    int copy = fcntl(file, F_DUPFD_CLOEXEC, FD_SLOTS + 1);
    close(file);
    return copy;
}

static int make_pipes(int orders[2], int answers[2], struct rp_error *error)
{
    /* Orders by a socket, so that writing to a dead runner is an error and no SIGPIPE. */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, orders))
        return rp_error_system(error, errno, "native can't be opened: no socket");
    if (pipe2(answers, O_CLOEXEC)) {
        close(orders[0]);
        close(orders[1]);
        return rp_error_system(error, errno, "native can't be opened: no pipe");
    }
    for (unsigned i = 0; i < 2; i++) {
        orders[i] = above(orders[i]);
        answers[i] = above(answers[i]);
    }
    return RP_OK;
}

static void reap(struct rp_native_process *process, int *status)
{
    *status = 0;
    while (waitpid(process->pid, status, 0) < 0 && errno == EINTR)
        ;
    close(process->orders);
    close(process->answers);
    process->orders = process->answers = -1;
    process->pid = 0;
}

static void end(struct rp_native_process *process)
{
    int status;
    if (process->pid > 0) {
        kill(process->pid, SIGKILL);
        reap(process, &status);
    }
}

/* Waits for the answer's byte: 1, 0 if the runner has ended, -1 if nothing came within `milliseconds`. */
static int await(const struct rp_native_process *process, int milliseconds)
{
    struct pollfd answer = {.fd = process->answers, .events = POLLIN};
    char byte;
    int ready = poll(&answer, 1, milliseconds);
    if (ready <= 0)
        return -1;
    ssize_t got = read(process->answers, &byte, 1);
    return got == 1 ? 1 : got < 0 && errno == EINTR ? -1 : 0;
}

static int greet(struct rp_native_process *process, struct rp_error *error)
{
    int came = await(process, START_MILLISECONDS), status;
    if (came == 1 && process->shared->ready)
        return RP_OK;
    if (came < 0)
        kill(process->pid, SIGKILL);
    reap(process, &status);
    if (process->shared->refused[0])
        return rp_error_set(error, RP_EENVIRONMENT, "native can't run here: %.159s",
                            process->shared->refused);
    if (WIFSIGNALED(status))
        return rp_error_set(error, RP_EENVIRONMENT,
                            "native can't run here: its runner is killed by '%s' at start",
                            strsignal(WTERMSIG(status)));
    return rp_error_set(error, RP_EENVIRONMENT,
                        "native can't run here: its runner can't be executed from a memory file; "
                        "allow that (vm.memfd_noexec, a sandbox, Valgrind)");
}

int rp_native_process_restart(struct rp_native_process *process, struct rp_error *error)
{
    int orders[2], answers[2];
    process->shared->ready = 0;
    process->shared->refused[0] = '\0';
    process->shared->parent = getpid();
    memset(process->shared->missing, 0, sizeof process->shared->missing);
    int image = make_image(error);
    if (image < 0)
        return image;
    image = above(image);
    int result = make_pipes(orders, answers, error);
    if (result) {
        close(image);
        return result;
    }
    fflush(NULL);
    process->pid = fork();
    if (process->pid == 0)
        become_runner(orders[1], answers[1], process, image);
    close(orders[1]);
    close(answers[1]);
    close(image);
    process->orders = orders[0];
    process->answers = answers[0];
    if (process->pid < 0) {
        close(orders[0]);
        close(answers[0]);
        return rp_error_system(error, errno, "native can't be opened: no process");
    }
    process->started++;
    return greet(process, error);
}

/* Memory of `size` bytes that a runner can be given; negative: there is none. */
static int make_memory(const char *name, size_t size, struct rp_error *error)
{
    int memory = memfd_create(name, MFD_CLOEXEC);
    if (memory >= 0 && ftruncate(memory, (off_t)size) == 0)
        return above(memory);
    int result = rp_error_system(error, errno, "native can't be opened: no memory file");
    if (memory >= 0)
        close(memory);
    return result;
}

static bool map_at(void *at, size_t size, int memory)
{
    return mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory, 0) != MAP_FAILED;
}

/* The slots behind the rest. */
static int map(struct rp_native_process *process, struct rp_error *error)
{
    size_t size = RP_NATIVE_CONTROL_SIZE + RP_NATIVE_SLOTS_SIZE;
    void *at = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return rp_error_system(error, errno, "native can't be opened: no address space");
    process->shared = at;
    if (map_at(at, RP_NATIVE_CONTROL_SIZE, process->memory) &&
        map_at((char *)at + RP_NATIVE_CONTROL_SIZE, RP_NATIVE_SLOTS_SIZE, process->slots))
        return RP_OK;
    return rp_error_system(error, errno, "native can't be opened: no address space");
}

int rp_native_process_open(struct rp_native_process *process, struct rp_error *error)
{
    *process = (struct rp_native_process){.orders = -1, .answers = -1, .memory = -1, .slots = -1};
    int result = process->memory = make_memory("ringprobe-shared", RP_NATIVE_CONTROL_SIZE, error);
    if (result >= 0)
        result = process->slots = make_memory("ringprobe-slots", RP_NATIVE_SLOTS_SIZE, error);
    if (result >= 0)
        result = map(process, error);
    if (result == RP_OK)
        process->shared->configuration = rp_native_nothing_set;
    if (result == RP_OK)
        result = rp_native_layout_find(&process->shared->layout, error);
    for (unsigned mode = 0; mode < RP_NATIVE_MODES && result == RP_OK; mode++)
        result = rp_native_load_default((enum rp_mode)mode, &process->shared->layout,
                                        &process->shared->slot[mode], error);
    if (result == RP_OK)
        result = rp_native_process_restart(process, error);
    if (result)
        rp_native_process_close(process);
    return result;
}

int rp_native_process_open_like(struct rp_native_process *process, const struct rp_native_process *first,
                                const struct rp_native_configuration *configuration, struct rp_error *error)
{
    *process = (struct rp_native_process){
        .orders = -1, .answers = -1, .memory = -1, .slots = first->slots, .borrowed = true};
    int result = process->memory = make_memory("ringprobe-shared", RP_NATIVE_CONTROL_SIZE, error);
    if (result >= 0)
        result = map(process, error);
    if (result == RP_OK) {
        process->shared->layout = first->shared->layout;
        process->shared->configuration = *configuration;
        result = rp_native_process_restart(process, error);
    }
    if (result)
        rp_native_process_close(process);
    return result;
}

void rp_native_process_close(struct rp_native_process *process)
{
    end(process);
    if (process->shared)
        munmap(process->shared, RP_NATIVE_CONTROL_SIZE + RP_NATIVE_SLOTS_SIZE);
    if (process->memory >= 0)
        close(process->memory);
    if (process->slots >= 0 && !process->borrowed)
        close(process->slots);
    *process = (struct rp_native_process){.orders = -1, .answers = -1, .memory = -1, .slots = -1};
}

static enum rp_native_end ended(struct rp_native_process *process, int *signal)
{
    int status;
    reap(process, &status);
    *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return RP_NATIVE_DIED;
}

/* When the runner was last seen to move: by the world's clock, and by its own, which counts processor time.
 */
struct progress {
    uint64_t beat, seen, spent;
};

static void look(const struct rp_native_process *process, struct progress *progress)
{
    uint64_t beat = process->shared->beat;
    if (beat == progress->beat && progress->seen)
        return;
    progress->beat = beat;
    progress->seen = rp_clock_now();
    progress->spent = rp_clock_used(process->pid);
}

/* It sleeps in the kernel, instead of being kept from a processor or stopped. So it is said to where that
 * can't be read (hidepid): proc(5), the third field, behind a name in parentheses. */
static bool sleeps(pid_t pid)
{
    char path[32], text[128];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    text[length > 0 ? length : 0] = '\0';
    const char *name_end = strrchr(text, ')');
    return !name_end || strncmp(name_end, ") S", 3) == 0;
}

/* What takes processor time meets ticks, unless it has lost them; what sleeps meets none; and what merely
 * waits for a processor is not at fault. */
static bool is_stuck(const struct rp_native_process *process, const struct progress *progress)
{
    return rp_clock_now() - progress->seen >= STUCK &&
           (rp_clock_used(process->pid) - progress->spent >= STUCK || sleeps(process->pid));
}

enum rp_native_end rp_native_process_order(struct rp_native_process *process, void (*wait)(void *context),
                                           void *context, int *signal)
{
    const struct rp_native_shared *shared = process->shared;
    struct progress progress = {0};
    process->shared->done = process->shared->current = shared->first;
    process->shared->ordered++;
    if (send(process->orders, "", 1, MSG_NOSIGNAL) != 1)
        return ended(process, signal);
    for (;;) {
        int came = await(process, POLL_MILLISECONDS);
        if (came == 1 && shared->answered == shared->ordered)
            return RP_NATIVE_ANSWERED;
        if (came == 0)
            return ended(process, signal);
        if (wait)
            wait(context);
        look(process, &progress);
        if (is_stuck(process, &progress)) {
            end(process);
            *signal = SIGKILL;
            return RP_NATIVE_STUCK;
        }
    }
}
