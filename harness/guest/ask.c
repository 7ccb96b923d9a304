/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See ask.h. */
#include "guest/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between fork and exec: only system calls. */
_Noreturn static void become(char *const *words, int output)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(output, STDERR_FILENO) >= 0)
        execvp(words[0], words);
    _exit(1);
}

/* Reads to the end; what has no place is dropped. */
static size_t drain(int file, char *answer, size_t size)
{
    char rest[1024] = "";
    size_t length = 0;
    for (;;) {
        bool room = length + 1 < size;
        ssize_t got = read(file, room ? answer + length : rest, room ? size - 1 - length : sizeof rest);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += room ? (size_t)got : 0;
    }
    answer[length] = '\0';
    return length;
}

bool rp_guest_ask(char *const *words, char *answer, size_t size)
{
    int end[2], status = 0;
    if (pipe2(end, O_CLOEXEC))
        return false;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        become(words, end[1]);
    close(end[1]);
    size_t length = drain(end[0], answer, size);
    close(end[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return length > 0;
}
