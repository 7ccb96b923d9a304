/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the shared sources want of the C library in the guest image; image/string.c has what is used. Own
 * headers, because those of the system do not serve -m32 without its 32-bit half. */
#ifndef RP_HARNESS_GUEST_LIBC_STRING_H
#define RP_HARNESS_GUEST_LIBC_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);
int strcmp(const char *a, const char *b);

/* Of a size that is known they are no calls. */
#define memcpy __builtin_memcpy

/* Declared for functions of the shared sources that the image does not link. */
size_t strlen(const char *text);
int strncmp(const char *a, const char *b, size_t count);
char *strchr(const char *text, int character);

#endif
