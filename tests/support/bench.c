/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What benches share; see bench.h. */
#include "support/bench.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void bench_give_up(const char *what)
{
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
    exit(1);
}

double bench_seconds(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time))
        bench_give_up("no clock");
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void bench_pin(unsigned cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
    return values[count / 2];
}
