/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which QEMU this is: what it says itself, asked once. */
#include "qemu/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAYS "QEMU emulator version "

/* The first bytes that it writes to standard output; false if it can't be had. */
static bool ask(char *answer, size_t size)
{
    int end[2], status = 0;
    if (pipe2(end, O_CLOEXEC))
        return false;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        char *const words[] = {RP_QEMU_PROGRAM, "--version", NULL};
        if (dup2(end[1], STDOUT_FILENO) == STDOUT_FILENO)
            execvp(RP_QEMU_PROGRAM, words);
        _exit(1);
    }
    close(end[1]);
    ssize_t got = pid > 0 ? read(end[0], answer, size - 1) : -1;
    answer[got > 0 ? got : 0] = '\0';
    close(end[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return got > 0;
}

const char *rp_qemu_version(void)
{
    static char text[48];
    char answer[128];
    if (text[0])
        return text;
    bool known = ask(answer, sizeof answer) && strncmp(answer, SAYS, strlen(SAYS)) == 0;
    const char *number = known ? answer + strlen(SAYS) : "";
    snprintf(text, sizeof text, "qemu %.*s, -cpu " RP_QEMU_MODEL, (int)strcspn(number, " \n"), number);
    return text;
}
