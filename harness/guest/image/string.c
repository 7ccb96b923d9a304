/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions that a compiler takes for granted, and those that shared code calls. By words: an emulator
 * takes as long for a byte. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef unsigned long __attribute__((may_alias, aligned(1))) word;

#undef memcpy

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    unsigned char *a = to;
    const unsigned char *b = from;
    for (; count >= 4 * sizeof(word); count -= 4 * sizeof(word), a += 4 * sizeof(word), b += 4 * sizeof(word))
#pragma GCC unroll 4
        for (unsigned i = 0; i < 4; i++)
            ((word *)a)[i] = ((const word *)b)[i];
    for (; count >= sizeof(word); count -= sizeof(word), a += sizeof(word), b += sizeof(word))
        *(word *)a = *(const word *)b;
    for (; count > 0; count--)
        *a++ = *b++;
    return to;
}

void *memset(void *to, int value, size_t count)
{
    unsigned char *a = to;
    unsigned long fill = (unsigned char)value * (~0UL / 0xff);
    for (; count >= sizeof(word); count -= sizeof(word), a += sizeof(word))
        *(word *)a = fill;
    for (; count > 0; count--)
        *a++ = (unsigned char)value;
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    unsigned char *a = to;
    const unsigned char *b = from;
    if ((uintptr_t)to <= (uintptr_t)from)
        return memcpy(to, from, count);
    while (count-- > 0)
        a[count] = b[count];
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const unsigned char *x = a, *y = b;
    for (; count >= sizeof(word) && *(const word *)x == *(const word *)y; count -= sizeof(word)) {
        x += sizeof(word);
        y += sizeof(word);
    }
    for (; count > 0; count--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

int strcmp(const char *a, const char *b)
{
    for (; *a && *a == *b; a++, b++)
        ;
    return (unsigned char)*a - (unsigned char)*b;
}
