/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See models.h. */
#include "bochs/models.h"

#include "bochs/process.h"
#include "guest/ask.h"

#include <stdio.h>
#include <string.h>

#define SAYS    "Bochs x86 Emulator "
#define HEADING "Supported CPU models:\n\n"

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

/* The names stand one a line, between this heading and an empty line. */
static const char *list(void)
{
    const char *text = strstr(help(), HEADING);
    return text ? text + strlen(HEADING) : "";
}

/* "a b c" of the list's lines. */
static void join(const char *names, char *line, size_t size)
{
    size_t length = 0;
    for (line[0] = '\0'; *names && *names != '\n' && length < size; names += strcspn(names, "\n") + 1)
        length += (size_t)snprintf(line + length, size - length, "%s%.*s", length ? " " : "",
                                   (int)strcspn(names, "\n"), names);
}

static bool has(const char *names, const char *model)
{
    size_t length = strlen(model);
    for (; *names && *names != '\n'; names += strcspn(names, "\n") + 1)
        if (strcspn(names, "\n") == length && strncmp(names, model, length) == 0)
            return true;
    return false;
}

int rp_bochs_check_model(const char *model, struct rp_error *error)
{
    char known[1024];
    if (!help()[0])
        return rp_error_set(error, RP_EENVIRONMENT, "bochs can't be opened: " RP_BOCHS_MISSING);
    if (*model && has(list(), model))
        return RP_OK;
    join(list(), known, sizeof known);
    return rp_error_set(error, RP_EINPUT, "'%s' is no CPU model of bochs, choose among %s", model, known);
}
