/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proportional set size; see pss.h. */
#include "executor/pss.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t rp_pss_of(pid_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", (long)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    const char *line = strstr(text, "\nPss:");
    return line ? strtoull(line + strlen("\nPss:"), NULL, 10) * 1024 : 0;
}
