/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See clock.h. */
#include "base/clock.h"

static uint64_t nanoseconds(const struct timespec *time)
{
    return (uint64_t)time->tv_sec * UINT64_C(1000000000) + (uint64_t)time->tv_nsec;
}

uint64_t rp_clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return nanoseconds(&now);
}

uint64_t rp_clock_used(pid_t pid)
{
    clockid_t clock;
    struct timespec used;
    return clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &used) ? 0 : nanoseconds(&used);
}

double rp_clock_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}
