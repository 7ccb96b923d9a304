/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See models.h. */
#include "bochs/models.h"

#include "bochs/process.h"
#include "guest/ask.h"

#include <stdio.h>
#include <string.h>

#define SAYS "Bochs x86 Emulator "

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
static const char *const models[] = {RP_BOCHS_MODEL, "corei7_icelake_u", "corei3_cnl"};

int rp_bochs_check_model(const char *model, struct rp_error *error)
{
    if (!help()[0])
        return rp_error_set(error, RP_EENVIRONMENT, "bochs can't be opened: " RP_BOCHS_MISSING);
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        if (strcmp(model, models[i]) == 0)
            return RP_OK;
    return rp_error_set(error, RP_EINPUT,
                        "'%s' is no CPU model of bochs that has all control bits of pre-states, choose among "
                        "%s %s %s",
                        model, models[0], models[1], models[2]);
}
