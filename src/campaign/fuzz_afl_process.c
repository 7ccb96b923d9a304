/* SPDX-License-Identifier: GPL-2.0-or-later */
/* afl-fuzz as a process; see fuzz_afl_process.h. */
#include "campaign/fuzz_afl_process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG_MAX  ((off_t)1 << 20) /* afl-fuzz says a line for each input that it mutates */
#define SAID_MAX 8192

/* Settings of afl-fuzz that a campaign can't do without, in the words of its docs/env_variables.md. */
static const char *const settings[][2] = {
    {"AFL_NO_UI", "1"},
    {"AFL_SKIP_CPUFREQ", "1"},                      /* nobody owns the governor of a container's host */
    {"AFL_NO_AFFINITY", "1"},                       /* or its cores */
    {"AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "1"}, /* or its core_pattern */
    {"AFL_FAST_CAL", "1"},                          /* three runs tell whether an input behaves the same */
    {"AFL_DISABLE_TRIM", "1"},                      /* inputs are minimised by who knows encodings */
    {"AFL_SKIP_CRASHES", "1"},                      /* of inputs that a campaign began with */
    {"AFL_AUTORESUME", "1"},
    {"AFL_NO_AUTODICT", "1"},
    {"AFL_NO_CRASH_README", "1"},
    {"AFL_IGNORE_PROBLEMS", "1"},
    {"AFL_IGNORE_UNKNOWN_ENVS", "1"},
    {"AFL_SYNC_TIME", "1"}, /* minutes between looks at what other instances found */
};

static void set_number(const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    setenv(name, text, 1);
}

static unsigned timeout(const struct rp_afl_options *options)
{
    return options->milliseconds ? options->milliseconds : RP_POOL_HANG_MILLISECONDS;
}

/* What the user set for other campaigns: a map size or a preloaded library would be afl-fuzz's end, others
 * change what is found. */
static void unset_foreign(void)
{
    char **at = environ;
    while (at != NULL && *at != NULL) { /* those behind it move up */
        size_t length = strcspn(*at, "=");
        char *name = strncmp(*at, "AFL_", 4) == 0 && (*at)[length] ? strndup(*at, length) : NULL;
        if (!name || unsetenv(name))
            at++;
        free(name);
    }
}

static void set_environment(const struct rp_afl_options *options, int board, int news)
{
    unset_foreign();
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        setenv(settings[i][0], settings[i][1], 1);
    set_number("AFL_HANG_TMOUT", timeout(options)); /* what hung once is not asked a second time */
    if (options->mutator) {
        setenv("AFL_CUSTOM_MUTATOR_LIBRARY", options->mutator, 1);
        setenv("AFL_CUSTOM_MUTATOR_ONLY", "1", 1);
    }
    set_number("RINGPROBE_AFL_BOARD", (uint64_t)board);
    set_number("RINGPROBE_AFL_NEWS", (uint64_t)news);
    set_number("RINGPROBE_AFL_DERIVED", options->derived);
    set_number("RINGPROBE_AFL_TIMEOUT", timeout(options));
    set_number("RINGPROBE_AFL_MODES", options->modes);
}

_Noreturn static void become(const struct rp_afl_options *options, const char *folder, int board, int news,
                             unsigned number, struct rp_afl_process *process, pid_t parent)
{
    char seeds[PATH_MAX], output[PATH_MAX], milliseconds[16], seed[24], seconds[24];
    char *argv[64] = {"afl-fuzz",   "-i", seeds,  "-o", output, number ? "-S" : "-M", process->name, "-t",
                      milliseconds, "-m", "none", "-s", seed};
    size_t at = 0;
    snprintf(seeds, sizeof seeds, "%s/afl.seeds", folder);
    snprintf(output, sizeof output, "%s/afl", folder);
    snprintf(milliseconds, sizeof milliseconds, "%u", timeout(options));
    snprintf(seed, sizeof seed, "%" PRIu64, (options->seed + number) & INT32_MAX);
    while (argv[at])
        at++;
    if (options->seconds) {
        snprintf(seconds, sizeof seconds, "%" PRIu64, options->seconds);
        argv[at++] = "-V";
        argv[at++] = seconds;
    }
    argv[at++] = "--";
    for (char *const *word = options->target; *word && at < 63; word++)
        argv[at++] = *word;
    int nothing = open("/dev/null", O_RDONLY);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    if (getppid() != parent || nothing < 0 || dup2(nothing, 0) < 0 || dup2(process->log, 1) < 0 ||
        dup2(process->log, 2) < 0 || fcntl(news, F_SETFD, 0) || fcntl(board, F_SETFD, 0))
        _exit(127);
    set_environment(options, board, news);
    execvp(argv[0], argv);
    dprintf(2, "PROGRAM ABORT : %s\n", strerror(errno));
    _exit(127);
}

int rp_afl_start(const struct rp_afl_options *options, const char *folder, int board, int news,
                 unsigned number, struct rp_afl_process *process, struct rp_error *error)
{
    char path[PATH_MAX];
    pid_t parent = getpid();
    if (number)
        snprintf(process->name, sizeof process->name, "s%u", number);
    else
        snprintf(process->name, sizeof process->name, "main");
    snprintf(path, sizeof path, "%s/afl.%s.log", folder, process->name);
    process->log = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    if (process->log < 0)
        return rp_error_system(error, errno, "cannot write '%.300s'", path);
    pid_t pid = fork();
    if (pid == 0)
        become(options, folder, board, news, number, process, parent);
    if (pid < 0) {
        int failure = errno;
        close(process->log);
        return rp_error_system(error, failure, "cannot start afl-fuzz");
    }
    process->pid = pid;
    return RP_OK;
}

/* What stands behind the last "PROGRAM ABORT : " or "SYSTEM ERROR : " of the log, without its colours. */
static void find_complaint(int log, char *line, size_t size)
{
    static char said[SAID_MAX + 1];
    off_t end = lseek(log, 0, SEEK_END);
    ssize_t got = pread(log, said, SAID_MAX, end > SAID_MAX ? end - SAID_MAX : 0);
    const char *at = NULL;
    size_t used = 0;
    said[got > 0 ? got : 0] = '\0';
    for (const char *next = said; (next = strstr(next, " : ")); next += 3)
        if ((size_t)(next - said) >= 13 &&
            (memcmp(next - 13, "PROGRAM ABORT", 13) == 0 || memcmp(next - 12, "SYSTEM ERROR", 12) == 0))
            at = next + 3;
    for (; at && *at && *at != '\n' && used + 1 < size; at++) {
        if (*at == '\33') {
            at += strcspn(at, "m\n");
            if (*at != 'm')
                break;
        } else {
            line[used++] = *at;
        }
    }
    line[used] = '\0';
}

bool rp_afl_runs(struct rp_afl_process *process, struct rp_error *error)
{
    int status = 0;
    char line[200];
    if (!process->pid)
        return false;
    pid_t ended = waitpid(process->pid, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) {
        if (lseek(process->log, 0, SEEK_END) > LOG_MAX && ftruncate(process->log, 0))
            return true; /* a long log is no reason to stop */
        return true;
    }
    int failure = ended < 0 ? errno : 0;
    process->pid = 0;
    find_complaint(process->log, line, sizeof line);
    close(process->log);
    if (failure) {
        rp_error_system(error, failure, "cannot wait for afl-fuzz (%s)", process->name);
        return false;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return false; /* its time is over */
    if (WIFEXITED(status))
        rp_error_set(error, RP_EENVIRONMENT, "afl-fuzz (%s) has ended with %d: %s", process->name,
                     WEXITSTATUS(status), *line ? line : "it does not say why");
    else
        rp_error_set(error, RP_EENVIRONMENT, "afl-fuzz (%s) was killed by signal %d", process->name,
                     WTERMSIG(status));
    return false;
}

void rp_afl_stop(struct rp_afl_process *process, bool kindly)
{
    if (process->pid > 0)
        kill(process->pid, kindly ? SIGINT : SIGKILL);
}

static int complain(struct rp_error *error)
{
    return rp_error_set(error, RP_EENVIRONMENT,
                        "no afl-fuzz: install the package afl++, or leave out --engine afl");
}

/* "afl-fuzz++4.04c" on the first line of its help, between colours; AFL without ++ has "afl-fuzz 2.52b". */
static int judge_version(const char *said, unsigned *version, struct rp_error *error)
{
    static const char name[] = "afl-fuzz++";
    const char *at = strstr(said, name);
    char *point = NULL, *end;
    unsigned long major = at ? strtoul(at + sizeof name - 1, &point, 10) : 0, minor = 0;
    if (point && *point == '.')
        minor = strtoul(point + 1, &end, 10);
    if (major < 100 && minor < 100)
        *version = (unsigned)(100 * major + minor);
    if (*version >= RP_AFL_OLDEST)
        return RP_OK;
    return at ? rp_error_set(
                    error, RP_EENVIRONMENT,
                    "afl-fuzz is AFL++ %lu.%02lu; 4.00 or later is needed: install the package afl++, or "
                    "leave out --engine afl",
                    major, minor)
              : rp_error_set(error, RP_EENVIRONMENT,
                             "the afl-fuzz in PATH is no AFL++: install the package afl++, or leave out "
                             "--engine afl");
}

int rp_afl_find(unsigned *version, struct rp_error *error)
{
    char said[4096];
    size_t length = 0;
    int ends[2], status;
    ssize_t got;
    *version = 0;
    if (pipe2(ends, O_CLOEXEC))
        return rp_error_system(error, errno, "cannot make a pipe");
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(ends[1], 1) >= 0 && dup2(ends[1], 2) >= 0)
            execlp("afl-fuzz", "afl-fuzz", "-h", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while (pid > 0 && length < sizeof said - 1 &&
           (got = read(ends[0], said + length, sizeof said - 1 - length)) > 0)
        length += (size_t)got;
    close(ends[0]);
    said[length] = '\0';
    if (pid < 0)
        return rp_error_system(error, errno, "cannot start afl-fuzz");
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? complain(error)
                                                           : judge_version(said, version, error);
}
