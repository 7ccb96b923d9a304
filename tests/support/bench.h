/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What benches share: a clock, a pinned core, medians, and giving up. */
#ifndef RP_TEST_SUPPORT_BENCH_H
#define RP_TEST_SUPPORT_BENCH_H

#include <stddef.h>
#include <time.h>

/* Says why on standard error, behind the program's name, and exits with 1. */
_Noreturn void bench_give_up(const char *what);

/* What `clock` shows, in seconds; gives up where it can't be read. */
double bench_seconds(clockid_t clock);

/* Keeps this process on one CPU, if the machine lets it: a sandbox may refuse. */
void bench_pin(unsigned cpu);

/* Of `count` values, one at least, which are sorted; of an even number the upper one. */
double bench_median(double *values, size_t count);

#endif
