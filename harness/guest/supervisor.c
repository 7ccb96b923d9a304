/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See supervisor.h. */
#include "guest/supervisor.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NO_PROGRAM   127 /* env(1) says so too */
#define POLL_MILLISECONDS 50
#define START_SECONDS     20
enum { FD_LOG = 2, FD_FILE, FDS = FD_FILE + RP_GUEST_FILES_MAX };

static int fail(const struct rp_guest_child *child, const char *what, int cause, struct rp_error *error)
{
    char line[100];
    snprintf(line, sizeof line, "%s can't be opened: %s", child->program->name, what);
    return rp_error_system(error, cause, "%s", line);
}

static void close_file(int *file)
{
    int cause = errno;
    if (*file >= 0)
        close(*file);
    *file = -1;
    errno = cause;
}

/* A copy above what the child is given. */
static int above(int file)
{
    int copy = file < 0 ? -1 : fcntl(file, F_DUPFD_CLOEXEC, FDS);
    close_file(&file);
    return copy;
}

/* "ringprobe-QEMU" is what a list of open files shows. */
static int make_file(const struct rp_guest_child *child, const void *bytes, size_t size,
                     struct rp_error *error)
{
    char name[32];
    snprintf(name, sizeof name, "ringprobe-%s", child->program->name);
    int file = above(memfd_create(name, MFD_CLOEXEC));
    if (file >= 0 && ftruncate(file, (off_t)size) == 0 &&
        (!bytes || pwrite(file, bytes, size, 0) == (ssize_t)size))
        return file;
    close_file(&file);
    return fail(child, "no memory file", errno, error);
}

int rp_guest_child_open(struct rp_guest_child *child, const struct rp_guest_program *program,
                        struct rp_error *error)
{
    *child = (struct rp_guest_child){.program = program, .input = -1, .output = -1, .heard = -1};
    for (unsigned i = 0; i < RP_GUEST_FILES_MAX; i++)
        child->file[i] = -1;
    child->log = make_file(child, NULL, 0, error);
    return child->log < 0 ? child->log : RP_OK;
}

int rp_guest_child_file(struct rp_guest_child *child, unsigned number, const void *bytes, size_t size,
                        struct rp_error *error)
{
    child->file[number] = make_file(child, bytes, size, error);
    return child->file[number] < 0 ? child->file[number] : RP_OK;
}

void rp_guest_child_close(struct rp_guest_child *child)
{
    if (!child->program)
        return;
    rp_guest_child_end(child);
    close_file(&child->log);
    for (unsigned i = 0; i < RP_GUEST_FILES_MAX; i++)
        close_file(&child->file[i]);
}

/* Between fork and exec: only system calls. */
_Noreturn static void become(const struct rp_guest_child *child, int output, char *const *words, pid_t parent)
{
    bool ok = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && setpgid(0, 0) == 0 &&
              dup2(child->heard, 0) == 0 && dup2(output, 1) == 1 && dup2(child->log, FD_LOG) == FD_LOG;
    for (int i = 0; i < RP_GUEST_FILES_MAX && ok; i++)
        ok = child->file[i] < 0 || dup2(child->file[i], FD_FILE + i) == FD_FILE + i;
    if (ok)
        execvp(words[0], words);
    _exit(EXIT_NO_PROGRAM);
}

/* A pipe whose ends are above the descriptors that the child is given. */
static bool make_pipe(int *reader, int *writer)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return false;
    *reader = above(ends[0]);
    *writer = above(ends[1]);
    return *reader >= 0 && *writer >= 0;
}

int rp_guest_child_start(struct rp_guest_child *child, char *const *words, struct rp_error *error)
{
    int theirs = -1;
    rp_guest_child_end(child);
    bool made = ftruncate(child->log, 0) == 0 && lseek(child->log, 0, SEEK_SET) == 0 &&
                make_pipe(&child->heard, &child->input) && make_pipe(&child->output, &theirs) &&
                fcntl(child->input, F_SETFL, O_NONBLOCK) == 0;
    pid_t parent = getpid();
    fflush(NULL);
    child->pid = made ? fork() : -1;
    if (child->pid == 0)
        become(child, theirs, words, parent);
    close_file(&theirs);
    if (child->pid > 0)
        return RP_OK;
    int cause = errno;
    rp_guest_child_end(child);
    return fail(child, made ? "no process" : "no pipe", cause, error);
}

/* One that has ended is not killed: its end of the pipe closes before it has an exit status. */
static int reap(struct rp_guest_child *child, bool has_ended)
{
    int status = 0;
    if (child->pid > 0 && !has_ended)
        kill(child->pid, SIGKILL);
    while (child->pid > 0 && waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    child->pid = 0;
    close_file(&child->input);
    close_file(&child->output);
    close_file(&child->heard);
    return status;
}

void rp_guest_child_end(struct rp_guest_child *child)
{
    reap(child, false);
}

int rp_guest_child_died(struct rp_guest_child *child)
{
    int status = reap(child, true);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void rp_guest_child_say(const struct rp_guest_child *child, const char *words, size_t length)
{
    ssize_t written = write(child->input, words, length);
    (void)written;
}

ssize_t rp_guest_child_hear(const struct rp_guest_child *child, char *bytes, size_t size)
{
    struct pollfd output = {.fd = child->output, .events = POLLIN};
    if (poll(&output, 1, POLL_MILLISECONDS) <= 0)
        return -1;
    ssize_t got = read(child->output, bytes, size);
    return got < 0 && errno != EINTR ? 0 : got;
}

struct rp_guest_standstill rp_guest_child_stands(const struct rp_guest_child *child, uint64_t beat)
{
    return (struct rp_guest_standstill){beat, rp_clock_now(), rp_clock_used(child->pid)};
}

bool rp_guest_child_is_stuck(const struct rp_guest_child *child, struct rp_guest_standstill *still,
                             uint64_t beat)
{
    if (still->beat != beat)
        *still = rp_guest_child_stands(child, beat);
    return rp_clock_now() - still->since >= child->program->stuck_waited ||
           rp_clock_used(child->pid) - still->used >= child->program->stuck_used;
}

bool rp_guest_child_is_late(const struct rp_guest_standstill *still)
{
    return rp_clock_now() - still->since >= (uint64_t)START_SECONDS * 1000 * RP_CLOCK_MILLISECOND;
}

/* What it complained with. */
static void read_log(const struct rp_guest_child *child, char *line, size_t size)
{
    char text[16384];
    const char *mark = child->program->mark;
    ssize_t got = pread(child->log, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    const char *marked = mark ? strstr(text, mark) : NULL;
    char *end = text + strlen(text);
    while (!marked && end > text && end[-1] == '\n')
        *--end = '\0';
    const char *last = strrchr(text, '\n');
    const char *from = marked ? marked + strlen(mark) : last ? last + 1 : text;
    snprintf(line, size, "%.*s", (int)strcspn(from, "\n"), from);
}

int rp_guest_child_refuse(struct rp_guest_child *child, enum rp_guest_refusal refusal, struct rp_error *error)
{
    char line[200];
    const struct rp_guest_program *program = child->program;
    int status = reap(child, refusal == RP_GUEST_HAS_ENDED);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_PROGRAM)
        return rp_error_set(error, RP_EENVIRONMENT, "%s can't be opened: %s", program->name,
                            program->missing);
    if (refusal == RP_GUEST_IS_LATE)
        return rp_error_set(error, RP_EENVIRONMENT, "%s can't be opened: its guest did not start within %d s",
                            program->name, START_SECONDS);
    read_log(child, line, sizeof line);
    return rp_error_set(error, RP_EENVIRONMENT, "%s can't be opened: its guest did not start (status %x)%s%s",
                        program->name, (unsigned)status, *line ? ": " : "", line);
}
