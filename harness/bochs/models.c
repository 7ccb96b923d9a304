/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See models.h. */
#include "bochs/models.h"

#include "guest/ask.h"

#include <stdio.h>
#include <string.h>

#define HEADING "Supported CPU models:\n\n"
#define SAYS    "Bochs x86 Emulator "

/* All that it says, asked once; "" if there is none. */
static const char *help(void)
{
    static char *const words[] = {"bochs", "--help", "cpu", NULL};
    static char answer[8192];
    if (!answer[0] && !rp_guest_ask(words, answer, sizeof answer))
        answer[0] = '\0';
    return answer;
}

const char *rp_bochs_version(void)
{
    static char text[48];
    const char *number = strstr(help(), SAYS);
    number = number ? number + strlen(SAYS) : "";
    snprintf(text, sizeof text, "bochs %.*s", (int)strcspn(number, " \n"), number);
    return text;
}

int rp_bochs_check_model(const char *model, struct rp_error *error)
{
    char list[1024];
    size_t used = 0;
    const char *line = strstr(help(), HEADING);
    if (!line)
        return rp_error_set(error, RP_EENVIRONMENT, "bochs can't be opened: " RP_BOCHS_MISSING);
    list[0] = '\0';
    for (line += strlen(HEADING); *line && *line != '\n'; line++) {
        int length = (int)strcspn(line, "\n");
        if ((size_t)length == strlen(model) && strncmp(line, model, (size_t)length) == 0)
            return RP_OK;
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, " %.*s", length, line);
        line += length;
        if (!*line)
            break;
    }
    return rp_error_set(error, RP_EINPUT, "'%s' is no CPU model of bochs, choose among%s", model, list);
}
