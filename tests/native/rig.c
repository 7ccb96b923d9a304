/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rig of tests/support with the CPU in it; see rig.h. */
#include "native/rig.h"

#include "native/native.h"

#include <stdio.h>
#include <unistd.h>

#define EXIT_SKIPPED 77 /* as ctest is told */

static void skip_without(int code)
{
    fflush(NULL);
    if (code == RP_EENVIRONMENT)
        _exit(EXIT_SKIPPED);
}

int rig_open(void **state)
{
    (void)state;
    int code = rig_open_executor("native");
    skip_without(code);
    return code;
}

void rig_skip_without(int code, const struct rp_error *error)
{
    if (code != RP_OK)
        print_error("%s\n", error->line);
    skip_without(code);
}

uint32_t rig_prepare_on(void *on, enum rp_mode mode, const char *machine, const char *user)
{
    struct rp_error error;
    uint32_t first;
    if (rp_executor_native.prepare(on, rig_build_under(RP_POLICY_LINUX, mode, machine, user), 1, &first,
                                   &error) != RP_OK)
        fail_msg("%s %s: %s", machine, user, error.line);
    return first;
}
