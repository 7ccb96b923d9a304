/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See wide.h. Made twice, with RP_GUEST_WIDE the bytes of a vector (guest/image.cmake). */
#include "guest/image/wide.h"

#include "guest/image/image.h"

#define WORDS  (RP_GUEST_WIDE / 8) /* of a vector */
#define UNROLL (RP_GUEST_WIDE_BYTES / RP_GUEST_WIDE)

typedef uint64_t vector __attribute__((vector_size(RP_GUEST_WIDE), aligned(8), may_alias));

/* True if a bit is set. */
static inline bool is_any(vector v)
{
#if RP_GUEST_WIDE == 32
    typedef long long words __attribute__((vector_size(32)));
    return !__builtin_ia32_ptestz256((words)v, (words)v);
#else
    typedef int halves __attribute__((vector_size(16)));
    typedef char bytes __attribute__((vector_size(16)));
    return __builtin_ia32_pmovmskb128((bytes)((halves)v == (halves){0})) != 0xffff;
#endif
}

/* A bit for each word that is another one. */
static inline uint32_t mask_of(vector a, vector b)
{
    typedef double doubles __attribute__((vector_size(RP_GUEST_WIDE)));
#if RP_GUEST_WIDE == 32
    return (uint32_t)__builtin_ia32_movmskpd256((doubles)(a == b)) ^ 0xf;
#else
    return (uint32_t)__builtin_ia32_movmskpd((doubles)(a == b)) ^ 3;
#endif
}

static bool same(const void *left, const void *right, size_t size)
{
    const vector *a = left, *b = right, *end = a + size / sizeof *a;
    vector difference = {0};
    for (; a != end; a += UNROLL, b += UNROLL)
#pragma GCC unroll 8
        for (unsigned i = 0; i < UNROLL; i++)
            difference |= a[i] ^ b[i];
    return !is_any(difference);
}

static uint32_t differences(const uint64_t *left, const uint64_t *right)
{
    const vector *a = (const vector *)left, *b = (const vector *)right;
    vector difference = {0};
    uint32_t mask = 0;
#pragma GCC unroll 16
    for (unsigned i = 0; i < RP_GUEST_WIDE_WORDS / WORDS; i++)
        difference |= a[i] ^ b[i];
    if (!is_any(difference))
        return 0;
#pragma GCC unroll 16
    for (unsigned i = 0; i < RP_GUEST_WIDE_WORDS / WORDS; i++)
        mask |= mask_of(a[i], b[i]) << (i * WORDS);
    return mask;
}

static uint64_t any(const void *from, size_t size)
{
    const vector *a = from, *end = a + size / sizeof *a;
    vector all = {0};
    uint64_t result = 0;
    for (; a != end; a += UNROLL)
#pragma GCC unroll 8
        for (unsigned i = 0; i < UNROLL; i++)
            all |= a[i];
    for (unsigned i = 0; i < WORDS; i++)
        result |= all[i];
    return result;
}

static void copy(void *to, const void *from, size_t size)
{
    const vector *a = from, *end = a + size / sizeof *a;
    for (vector *b = to; a != end; a += UNROLL, b += UNROLL)
#pragma GCC unroll 8
        for (unsigned i = 0; i < UNROLL; i++)
            b[i] = a[i];
}

/* 32-bit code would take twice as many instructions by general registers. */
static inline void put_word(const struct rp_guest_word *at, const void *value, unsigned char *expected)
{
    __asm__ volatile("movq %2, %%xmm0\n\tmovq %%xmm0, %0\n\tmovq %%xmm0, %1"
                     : "=m"(*(uint64_t *)(void *)(expected + at->offset)),
                       "=m"(*(uint64_t *)rp_guest_low(at->address))
                     : "m"(*(const uint64_t *)value)
                     : "xmm0");
}

static void put(const struct rp_guest_word *at, const struct rp_guest_word *end, unsigned char *expected)
{
#pragma GCC unroll 4
    for (; at != end; at++)
        put_word(at, &at->value, expected);
}

static void put_back(const struct rp_guest_word *at, const struct rp_guest_word *end, unsigned char *expected,
                     const unsigned char *base)
{
#pragma GCC unroll 4
    for (; at != end; at++)
        put_word(at, base + at->offset, expected);
}

static void put_back_some(const struct rp_guest_word *at, uint32_t which, unsigned char *expected,
                          const unsigned char *base)
{
    for (; which; which &= which - 1) {
        const struct rp_guest_word *word = at + __builtin_ctz(which);
        put_word(word, base + word->offset, expected);
    }
}

#define NAME(width)  NAME_(width)
#define NAME_(width) rp_guest_wide_##width
const struct rp_guest_wide NAME(RP_GUEST_WIDE) = {same, differences, any, copy, put, put_back, put_back_some};
