/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does anything differ? Asked of 16 KiB of memory and 2.5 KiB of registers behind every run, so by the widest
 * words that the CPU has; what differs is then looked for by the one differ. Gain: tests/bench/native_rate.
 */
#include "native/runner/runner.h"

#include <immintrin.h>

#define CHUNK 64

static bool differ_by_8(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    uint64_t difference = 0;
    for (size_t at = 0; at < bytes; at += 8)
        difference |= *(const uint64_t *)(a + at) ^ *(const uint64_t *)(b + at);
    return difference != 0;
}

__attribute__((target("avx2"))) static bool differ_by_32(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    __m256i even = _mm256_setzero_si256(), odd = even;
    for (size_t at = 0; at < bytes; at += CHUNK) {
        even = _mm256_or_si256(even, _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(a + at)),
                                                      _mm256_loadu_si256((const __m256i *)(b + at))));
        odd = _mm256_or_si256(odd, _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(a + at + 32)),
                                                    _mm256_loadu_si256((const __m256i *)(b + at + 32))));
    }
    even = _mm256_or_si256(even, odd);
    return !_mm256_testz_si256(even, even);
}

/* d | (a ^ b), as VPTERNLOG takes it. Two sums, so that no load waits for the one before. */
#define OR_XOR(d, a, b) _mm512_ternarylogic_epi64(d, a, b, 0xf6)

__attribute__((target("avx512f"))) static bool differ_by_64(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    __m512i even = _mm512_setzero_si512(), odd = even;
    size_t at = 0;
    for (; at + CHUNK < bytes; at += 2 * CHUNK) {
        even = OR_XOR(even, _mm512_loadu_si512(a + at), _mm512_loadu_si512(b + at));
        odd = OR_XOR(odd, _mm512_loadu_si512(a + at + CHUNK), _mm512_loadu_si512(b + at + CHUNK));
    }
    if (at < bytes)
        even = OR_XOR(even, _mm512_loadu_si512(a + at), _mm512_loadu_si512(b + at));
    even = _mm512_or_si512(even, odd);
    return _mm512_test_epi64_mask(even, even) != 0;
}

bool rp_native_differ(const void *a, const void *b, size_t bytes)
{
    switch (rp_native_shared->layout.compare) {
    case 64:
        return differ_by_64(a, b, bytes);
    case 32:
        return differ_by_32(a, b, bytes);
    default:
        return differ_by_8(a, b, bytes);
    }
}

static bool is_not_by_8(const uint8_t *a, uint64_t value, size_t bytes)
{
    uint64_t difference = 0;
    for (size_t at = 0; at < bytes; at += 8)
        difference |= *(const uint64_t *)(a + at) ^ value;
    return difference != 0;
}

__attribute__((target("avx512f"))) static bool is_not_by_64(const uint8_t *a, uint64_t value, size_t bytes)
{
    __m512i all = _mm512_set1_epi64((long long)value), even = _mm512_setzero_si512(), odd = even;
    for (size_t at = 0; at < bytes; at += 4 * CHUNK) {
        even = OR_XOR(even, _mm512_loadu_si512(a + at), all);
        odd = OR_XOR(odd, _mm512_loadu_si512(a + at + CHUNK), all);
        even = OR_XOR(even, _mm512_loadu_si512(a + at + 2 * CHUNK), all);
        odd = OR_XOR(odd, _mm512_loadu_si512(a + at + 3 * CHUNK), all);
    }
    even = _mm512_or_si512(even, odd);
    return _mm512_test_epi64_mask(even, even) != 0;
}

bool rp_native_is_not(const void *a, uint64_t value, size_t bytes)
{
    if (rp_native_shared->layout.compare == 64)
        return is_not_by_64(a, value, bytes);
    return is_not_by_8(a, value, bytes);
}

static uint64_t part(const uint8_t *a, const uint8_t *b, uint32_t at, uint32_t size, uint64_t bit)
{
    return at && rp_native_differ(a + at, b + at, size) ? bit : 0;
}

static uint64_t word(const uint8_t *from)
{
    return *(const uint64_t *)from;
}

#define CONTROL_AND_TAGS                                                                                     \
    UINT64_C(0x0000ffffffffffff) /* FCW, FSW, FTW; behind them FOP, which nobody judges by */
#define MXCSR UINT64_C(0x00000000ffffffff)

/* SDM Vol. 1 table 10-2. XSAVE writes components that are in their initial state too (13.7), so headers say
 * nothing. MXCSR counts as SSE. */
uint64_t rp_native_areas_differ(const uint8_t *a, const uint8_t *b)
{
    const struct rp_native_layout *layout = &rp_native_shared->layout;
    uint64_t bits =
        part(a, b, 32, 128, RP_NATIVE_X87) | part(a, b, 160, 256, RP_NATIVE_SSE) |
        part(a, b, layout->avx, 256, RP_NATIVE_AVX) | part(a, b, layout->opmask, 64, RP_NATIVE_OPMASK) |
        part(a, b, layout->upper, 512, RP_NATIVE_UPPER) | part(a, b, layout->high, 1024, RP_NATIVE_HIGH);
    if ((word(a) ^ word(b)) & CONTROL_AND_TAGS)
        bits |= RP_NATIVE_X87;
    if ((word(a + 24) ^ word(b + 24)) & MXCSR)
        bits |= RP_NATIVE_SSE;
    if (layout->pkru && (uint32_t)word(a + layout->pkru) != (uint32_t)word(b + layout->pkru))
        bits |= RP_NATIVE_PKRU;
    return bits;
}
