/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting a Bochs, waiting for its debugger, ending it; see debugger.h. */
#include "bochs/debugger.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_NO_PROGRAM 127
enum { FD_LOG = 2, FD_CONFIGURATION, FD_ROM, FDS };

/* bochs-term wants to know the terminal that it is not shown on. Commands are read as if from a file: at its
 * prompt Bochs edits a line, which takes as long as ten runs. */
static char *const words[] = {"env", "TERM=vt100",      "bochs", "-q", "-f", "/proc/self/fd/3",
                              "-rc", "/proc/self/fd/0", NULL};
/* It does not disassemble where it stops. */
#define QUIET    "set u off\n"
#define CONTINUE "c\n"
/* What it says where it stops, at the beginning of a line. */
#define SAYS_BREAK "(0) Magic breakpoint"
#define SAYS_RESET "(0).[" /* time and place */
#define SAYS_START "(0) ["

int rp_bochs_file(const char *name, const void *bytes, size_t size, struct rp_error *error)
{
    int file = memfd_create(name, MFD_CLOEXEC), copy = -1;
    if (file >= 0 && (size == 0 || pwrite(file, bytes, size, 0) == (ssize_t)size))
        copy = fcntl(file, F_DUPFD_CLOEXEC, FDS);
    int cause = errno;
    if (file >= 0)
        close(file);
    return copy >= 0 ? copy : rp_error_system(error, cause, "bochs can't be opened: no memory file");
}

/* Between fork and exec: only system calls. */
_Noreturn static void become_bochs(const int ends[2], int log, int configuration, int rom, pid_t parent)
{
    bool ok = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && setpgid(0, 0) == 0 &&
              dup2(ends[0], 0) == 0 && dup2(ends[1], 1) == 1 && dup2(log, FD_LOG) == FD_LOG &&
              dup2(configuration, FD_CONFIGURATION) == FD_CONFIGURATION && dup2(rom, FD_ROM) == FD_ROM;
    if (ok)
        execvp(words[0], words);
    _exit(EXIT_NO_PROGRAM);
}

static void close_pipe(const int ends[2])
{
    int cause = errno;
    for (unsigned i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
    errno = cause;
}

/* A pipe whose ends are above the descriptors that Bochs is given. */
static bool make_pipe(int ends[2])
{
    int low[2];
    if (pipe2(low, O_CLOEXEC))
        return false;
    for (unsigned i = 0; i < 2; i++) {
        ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, FDS);
        close(low[i]);
    }
    if (ends[0] >= 0 && ends[1] >= 0)
        return true;
    close_pipe(ends);
    return false;
}

/* A Bochs that has ended is told from its output; who writes to it must not be ended by SIGPIPE. */
static bool say(const struct rp_bochs_debugger *debugger, const char *line)
{
    sigset_t pipe, before, pending;
    struct timespec none = {0};
    ssize_t length = (ssize_t)strlen(line);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    bool written = write(debugger->input, line, (size_t)length) == length;
    if (!written && !sigismember(&pending, SIGPIPE))
        sigtimedwait(&pipe, NULL, &none);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return written;
}

int rp_bochs_start(struct rp_bochs_debugger *debugger, int configuration, int rom, struct rp_error *error)
{
    int in[2], out[2];
    debugger->length = 0;
    bool made = ftruncate(debugger->log, 0) == 0 && make_pipe(in);
    if (made && !make_pipe(out)) {
        close_pipe(in);
        made = false;
    }
    if (!made)
        return rp_error_system(error, errno, "bochs can't be opened: no pipe");
    int theirs[2] = {in[0], out[1]};
    pid_t parent = getpid();
    fflush(NULL);
    debugger->pid = fork();
    if (debugger->pid == 0)
        become_bochs(theirs, debugger->log, configuration, rom, parent);
    int cause = errno;
    close(in[0]);
    close(out[1]);
    debugger->input = in[1];
    debugger->output = out[0];
    if (debugger->pid > 0) {
        say(debugger, QUIET); /* else it has ended, which is seen next */
        return RP_OK;
    }
    rp_bochs_end(debugger);
    return rp_error_system(error, cause, "bochs can't be opened: no process");
}

bool rp_bochs_go(struct rp_bochs_debugger *debugger)
{
    debugger->length = 0;
    return say(debugger, CONTINUE);
}

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* By the last whole line. */
static enum rp_bochs_stop told_by(const char *text, size_t length)
{
    size_t at = length;
    if (at == 0 || text[--at] != '\n')
        return RP_BOCHS_NOTHING;
    while (at > 0 && text[at - 1] != '\n')
        at--;
    if (begins(text + at, SAYS_BREAK))
        return RP_BOCHS_BREAK;
    return begins(text + at, SAYS_RESET) || begins(text + at, SAYS_START) ? RP_BOCHS_RESET : RP_BOCHS_NOTHING;
}

/* Keeps the first half of what is too long, and the end. */
static void add(struct rp_bochs_debugger *debugger, const char *bytes, size_t count)
{
    size_t half = RP_BOCHS_WORDS_MAX / 2;
    if (debugger->length + count >= RP_BOCHS_WORDS_MAX)
        debugger->length = debugger->length < half ? debugger->length : half;
    memcpy(debugger->words + debugger->length, bytes, count);
    debugger->length += count;
    debugger->words[debugger->length] = '\0';
}

enum rp_bochs_stop rp_bochs_await(struct rp_bochs_debugger *debugger, int milliseconds)
{
    struct pollfd output = {.fd = debugger->output, .events = POLLIN};
    char bytes[RP_BOCHS_WORDS_MAX / 2 - 1];
    for (;;) {
        int came = poll(&output, 1, milliseconds);
        if (came < 0 && errno == EINTR)
            continue;
        if (came <= 0)
            return RP_BOCHS_NOTHING;
        ssize_t got = read(debugger->output, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return RP_BOCHS_ENDED;
        add(debugger, bytes, (size_t)got);
        enum rp_bochs_stop stop = told_by(debugger->words, debugger->length);
        if (stop != RP_BOCHS_NOTHING)
            return stop;
    }
}

int rp_bochs_end(struct rp_bochs_debugger *debugger)
{
    int status = 0;
    if (debugger->pid > 0) {
        kill(debugger->pid, SIGKILL);
        while (waitpid(debugger->pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    debugger->pid = 0;
    if (debugger->input >= 0)
        close(debugger->input);
    if (debugger->output >= 0)
        close(debugger->output);
    debugger->input = debugger->output = -1;
    return status;
}

uint64_t rp_bochs_cpu(const struct rp_bochs_debugger *debugger)
{
    clockid_t clock;
    struct timespec used = {0};
    if (clock_getcpuclockid(debugger->pid, &clock) == 0)
        clock_gettime(clock, &used);
    return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

void rp_bochs_complaint(const struct rp_bochs_debugger *debugger, char *line, size_t size)
{
    char text[16384];
    ssize_t got = pread(debugger->log, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    char *panic = strstr(text, ">>PANIC<< ");
    char *end = text + strlen(text);
    while (!panic && end > text && end[-1] == '\n')
        *--end = '\0';
    char *last = strrchr(text, '\n');
    const char *from = panic ? panic + strlen(">>PANIC<< ") : last ? last + 1 : text;
    snprintf(line, size, "%.*s", (int)strcspn(from, "\n"), from);
}
