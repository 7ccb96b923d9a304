/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a Bochs is told and what it says; see debugger.h. */
#include "bochs/debugger.h"

#include <string.h>

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

int rp_bochs_start(struct rp_bochs_debugger *debugger, struct rp_error *error)
{
    debugger->length = 0;
    int result = rp_guest_child_start(&debugger->child, words, error);
    if (result == RP_OK)
        rp_guest_child_say(&debugger->child, QUIET, strlen(QUIET));
    return result;
}

void rp_bochs_go(struct rp_bochs_debugger *debugger)
{
    debugger->length = 0;
    rp_guest_child_say(&debugger->child, CONTINUE, strlen(CONTINUE));
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

enum rp_bochs_stop rp_bochs_await(struct rp_bochs_debugger *debugger)
{
    char bytes[RP_BOCHS_WORDS_MAX / 2 - 1];
    for (;;) {
        ssize_t got = rp_guest_child_hear(&debugger->child, bytes, sizeof bytes);
        if (got <= 0)
            return got < 0 ? RP_BOCHS_NOTHING : RP_BOCHS_ENDED;
        add(debugger, bytes, (size_t)got);
        enum rp_bochs_stop stop = told_by(debugger->words, debugger->length);
        if (stop != RP_BOCHS_NOTHING)
            return stop;
    }
}
