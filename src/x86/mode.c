/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of modes; see mode.h. */
#include "x86/mode.h"

#include <assert.h>
#include <string.h>

static const struct rp_mode_info modes[] = {
    [RP_MODE_LONG64] = {"long64", 64, 64, true, true, true, true},
    [RP_MODE_COMPAT32] = {"compat32", 32, 32, true, true, true, true},
    [RP_MODE_COMPAT16] = {"compat16", 16, 32, true, true, true, true},
    [RP_MODE_PROT32] = {"prot32", 32, 32, false, true, true, true},
    [RP_MODE_PROT16] = {"prot16", 16, 16, false, true, true, true},
    [RP_MODE_VM86] = {"vm86", 16, 16, false, false, false, true},
    [RP_MODE_REAL16] = {"real16", 16, 16, false, false, true, false},
};
static_assert(sizeof modes / sizeof modes[0] == RP_MODE_COUNT, "one row a mode");

const struct rp_mode_info *rp_mode_info(enum rp_mode mode)
{
    assert(mode < RP_MODE_COUNT);
    return &modes[mode];
}

bool rp_mode_find(const char *name, enum rp_mode *mode)
{
    for (unsigned i = 0; i < RP_MODE_COUNT; i++) {
        if (strcmp(modes[i].name, name) == 0) {
            *mode = (enum rp_mode)i;
            return true;
        }
    }
    return false;
}
