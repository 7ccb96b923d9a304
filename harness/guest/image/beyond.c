/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rest of the 64 KiB that real mode's segments reach: no window, so that nobody is told of it, but the
 * next test must not read what this one wrote. Zeroes. */
#include "guest/image/image.h"
#include "guest/image/wide.h"

#include <string.h>

#define SEGMENT UINT32_C(0x10000)

static const struct {
    uint32_t start, end;
} beyond[RP_GUEST_BEYOND] = {{RP_GUEST_REAL_BASE + RP_GUEST_REAL_END, RP_ARENA_DATA},
                             {RP_ARENA_DATA + RP_ARENA_DATA_SIZE, RP_ARENA_STACK},
                             {RP_ARENA_STACK + RP_ARENA_STACK_SIZE, RP_ARENA_STACK + SEGMENT}};

bool rp_guest_beyond_settle(void)
{
    bool any = false;
    for (unsigned i = 0; i < RP_GUEST_BEYOND; i++) {
        if (!rp_guest_wide.any(rp_guest_low(beyond[i].start), beyond[i].end - beyond[i].start))
            continue;
        memset(rp_guest_low(beyond[i].start), 0, beyond[i].end - beyond[i].start);
        any = true;
    }
    return any;
}

void rp_guest_beyond_kept(struct rp_guest_kept kept[RP_GUEST_BEYOND])
{
    for (unsigned i = 0; i < RP_GUEST_BEYOND; i++)
        kept[i] = (struct rp_guest_kept){beyond[i].start, beyond[i].end - beyond[i].start, 0};
}
