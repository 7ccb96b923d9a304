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

/* Those that have every control bit that pre-states set (CR4.PKE, CR4.UMIP, XCR0 ...): with the others each
 * run would be `unsupported`. The first is what `bochs` alone means. */
static const char *const capable[] = {"tigerlake", "corei7_icelake_u", "corei3_cnl"};

static int check_capable(const char *model, struct rp_error *error)
{
    for (size_t i = 0; i < sizeof capable / sizeof capable[0]; i++)
        if (strcmp(model, capable[i]) == 0)
            return RP_OK;
    return rp_error_set(error, RP_EINPUT,
                        "'%s' of bochs lacks control bits that pre-states set, choose among %s %s %s", model,
                        capable[0], capable[1], capable[2]);
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
            return check_capable(model, error);
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, " %.*s", length, line);
        line += length;
        if (!*line)
            break;
    }
    return rp_error_set(error, RP_EINPUT, "'%s' is no CPU model of bochs, choose among%s", model, list);
}
