/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which QEMU this is: what it says itself, asked once. */
#include "guest/ask.h"
#include "qemu/process.h"

#include <stdio.h>
#include <string.h>

#define SAYS "QEMU emulator version "

const char *rp_qemu_version(void)
{
    static char *const words[] = {RP_QEMU_PROGRAM, "--version", NULL};
    static char text[48];
    char answer[128];
    if (text[0])
        return text;
    bool known = rp_guest_ask(words, answer, sizeof answer) && strncmp(answer, SAYS, strlen(SAYS)) == 0;
    const char *number = known ? answer + strlen(SAYS) : "";
    snprintf(text, sizeof text, "qemu %.*s, -cpu " RP_QEMU_MODEL, (int)strcspn(number, " \n"), number);
    return text;
}
