/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Declared for functions of the shared sources that the guest image does not link; see string.h. */
#ifndef RP_HARNESS_GUEST_LIBC_STDIO_H
#define RP_HARNESS_GUEST_LIBC_STDIO_H

#include <stddef.h>

int snprintf(char *restrict text, size_t size, const char *restrict format, ...);

#endif
