/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long something has taken, and what a process has used. No time of day: results must not depend on it.
 */
#ifndef RP_BASE_CLOCK_H
#define RP_BASE_CLOCK_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define RP_CLOCK_MILLISECOND UINT64_C(1000000) /* nanoseconds */

/* Nanoseconds on a clock that is never set. */
uint64_t rp_clock_now(void);

/* Nanoseconds of processor time that process `pid` has used; 0 where that can't be had. */
uint64_t rp_clock_used(pid_t pid);

/* Seconds since CLOCK_MONOTONIC showed `start`. */
double rp_clock_since(const struct timespec *start);

#endif
