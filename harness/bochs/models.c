/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See models.h. */
#include "bochs/models.h"

#include "bochs/process.h"
#include "guest/ask.h"

#include <stdbool.h>
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

/* Models of CPUs that had no long mode (Bochs 2.7, cpu/cpudb, whose names these are), without which there is
 * no guest. One that is not here and has none is refused when it is started. */
static const char *const without_long_mode[] = {
    "pentium",   "pentium_mmx",   "amd_k6_2_chomper",     "p2_klamath",
    "p3_katmai", "p4_willamette", "core_duo_t2400_yonah", "atom_n270",
};

static bool has_long_mode(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof without_long_mode / sizeof without_long_mode[0]; i++)
        if (strlen(without_long_mode[i]) == length && strncmp(without_long_mode[i], name, length) == 0)
            return false;
    return true;
}

/* "a b c" of those of the list's lines that can be used. */
static void join(const char *names, char *line, size_t size)
{
    size_t length = 0;
    line[0] = '\0';
    for (int span; *names && *names != '\n' && length < size; names += span + 1) {
        span = (int)strcspn(names, "\n");
        if (has_long_mode(names, (size_t)span))
            length +=
                (size_t)snprintf(line + length, size - length, "%s%.*s", length ? " " : "", span, names);
    }
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
