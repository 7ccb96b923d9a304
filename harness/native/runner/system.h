/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls of the runner's set-up. Behind the filter none of these instructions gets anywhere. */
#ifndef RP_NATIVE_RUNNER_SYSTEM_H
#define RP_NATIVE_RUNNER_SYSTEM_H

#include <asm/unistd_64.h>

/* Makes a system call; returns what the kernel does: a negative errno where it failed. */
static inline long system_call6(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static inline long system_call(long number, long a, long b, long c)
{
    return system_call6(number, a, b, c, 0, 0, 0);
}

/* entry.S: the same through the 32-bit table, for what only that has; `pointer` must lie below 4 GiB. -ENOSYS
 * where the kernel has no such table. */
long rp_native_system_call_32(long number, const void *pointer);

#endif
