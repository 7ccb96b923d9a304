/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does anything differ, and where? Asked of 16 KiB of memory and 2.5 KiB of registers behind every run, so by
 * the widest words that the CPU has; what differs is then named by the one differ. Gain:
 * tests/bench/native_rate. */
#include "native/runner/runner.h"

#include <immintrin.h>

#define CHUNK       64
#define BLOCKS_DATA (RP_ARENA_DATA_SIZE / 8 / RP_NATIVE_BLOCK)
_Static_assert((RP_ARENA_DATA_SIZE + RP_ARENA_STACK_SIZE) / 8 / RP_NATIVE_BLOCK == 32, "a bit a block");

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

static uint64_t words_by_8(const uint64_t *a, const uint64_t *b, size_t count)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++)
        bits |= (uint64_t)(a[i] != b[i]) << i;
    return bits;
}

__attribute__((target("avx512f"))) static uint64_t words_by_64(const uint64_t *a, const uint64_t *b,
                                                               size_t count)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i += 8) {
        __mmask8 there = (__mmask8)(count - i >= 8 ? 0xff : (1u << (count - i)) - 1);
        bits |= (uint64_t)_mm512_mask_cmpneq_epi64_mask(there, _mm512_maskz_loadu_epi64(there, a + i),
                                                        _mm512_maskz_loadu_epi64(there, b + i))
                << i;
    }
    return bits;
}

uint64_t rp_native_words_differ(const uint64_t *a, const uint64_t *b, size_t count)
{
    return rp_native_shared->layout.compare == 64 ? words_by_64(a, b, count) : words_by_8(a, b, count);
}

/* Where a block of data and stack stands, by its number. */
static const uint64_t *block_at(unsigned block)
{
    uintptr_t data = RP_ARENA_DATA, stack = RP_ARENA_STACK;
    return block < BLOCKS_DATA ? (const uint64_t *)data + (size_t)block * RP_NATIVE_BLOCK
                               : (const uint64_t *)stack + (size_t)(block - BLOCKS_DATA) * RP_NATIVE_BLOCK;
}

static bool is_not_by_8(const uint64_t *a, uint64_t value)
{
    uint64_t difference = 0;
    for (size_t at = 0; at < RP_NATIVE_BLOCK; at++)
        difference |= a[at] ^ value;
    return difference != 0;
}

/* Four sums of what differs from `all`, each of two of the eight lines of a block. */
struct sums {
    __m512i sum[4];
};

__attribute__((target("avx512f"), always_inline)) static inline void add_block(struct sums *s, __m512i all,
                                                                               const uint64_t *block)
{
    s->sum[0] = OR_XOR(s->sum[0], all, _mm512_load_si512(block));
    s->sum[1] = OR_XOR(s->sum[1], all, _mm512_load_si512(block + 8));
    s->sum[2] = OR_XOR(s->sum[2], all, _mm512_load_si512(block + 16));
    s->sum[3] = OR_XOR(s->sum[3], all, _mm512_load_si512(block + 24));
    s->sum[0] = OR_XOR(s->sum[0], all, _mm512_load_si512(block + 32));
    s->sum[1] = OR_XOR(s->sum[1], all, _mm512_load_si512(block + 40));
    s->sum[2] = OR_XOR(s->sum[2], all, _mm512_load_si512(block + 48));
    s->sum[3] = OR_XOR(s->sum[3], all, _mm512_load_si512(block + 56));
}

__attribute__((target("avx512f"))) static bool any(const struct sums *s)
{
    __m512i all =
        _mm512_or_si512(_mm512_or_si512(s->sum[0], s->sum[1]), _mm512_or_si512(s->sum[2], s->sum[3]));
    return _mm512_test_epi64_mask(all, all) != 0;
}

__attribute__((target("avx512f"))) static bool is_not_by_64(const uint64_t *a, uint64_t value)
{
    __m512i zero = _mm512_setzero_si512();
    struct sums s = {{zero, zero, zero, zero}};
    add_block(&s, _mm512_set1_epi64((long long)value), a);
    return any(&s);
}

/* One sum over several blocks, nearly always of nothing. */
__attribute__((target("avx512f"))) static bool any_is_not(uint64_t value, uint32_t blocks)
{
    __m512i all = _mm512_set1_epi64((long long)value), zero = _mm512_setzero_si512();
    struct sums s = {{zero, zero, zero, zero}};
    for (; blocks; blocks &= blocks - 1)
        add_block(&s, all, block_at((unsigned)__builtin_ctz(blocks)));
    return any(&s);
}

static uint32_t find_changed(uint32_t blocks, bool wide)
{
    uint32_t changed = 0;
    for (; blocks; blocks &= blocks - 1) {
        const uint64_t *block = block_at((unsigned)__builtin_ctz(blocks));
        if (wide ? is_not_by_64(block, RP_MEMORY_FILL) : is_not_by_8(block, RP_MEMORY_FILL))
            changed |= blocks & -blocks;
    }
    return changed;
}

uint32_t rp_native_blocks_changed(const uint64_t *expected, uint32_t special)
{
    bool wide = rp_native_shared->layout.compare == 64;
    uint32_t changed = 0;
    for (uint32_t blocks = special; blocks; blocks &= blocks - 1) {
        unsigned block = (unsigned)__builtin_ctz(blocks);
        if (rp_native_differ(expected + (size_t)block * RP_NATIVE_BLOCK, block_at(block),
                             RP_NATIVE_BLOCK * 8))
            changed |= UINT32_C(1) << block;
    }
    for (uint32_t group = 0xf; group; group <<= 4)
        if (!wide || any_is_not(RP_MEMORY_FILL, group & ~special))
            changed |= find_changed(group & ~special, wide);
    return changed;
}

/* A component of an XSAVE area, or what of it are registers. */
struct part {
    uint32_t at, size; /* `at` 0: this CPU has none */
    uint64_t bit;
};
#define PARTS 6

/* One sum over all parts, most often of nothing. */
__attribute__((target("avx512f"))) static bool any_part_differs(const uint8_t *a, const uint8_t *b,
                                                                const struct part part[PARTS])
{
    __m512i even = _mm512_setzero_si512(), odd = even;
    for (unsigned i = 0; i < PARTS; i++) {
        uint32_t at = part[i].at, end = at ? at + part[i].size : 0;
        for (; at + CHUNK < end; at += 2 * CHUNK) {
            even = OR_XOR(even, _mm512_loadu_si512(a + at), _mm512_loadu_si512(b + at));
            odd = OR_XOR(odd, _mm512_loadu_si512(a + at + CHUNK), _mm512_loadu_si512(b + at + CHUNK));
        }
        if (at < end)
            even = OR_XOR(even, _mm512_loadu_si512(a + at), _mm512_loadu_si512(b + at));
    }
    even = _mm512_or_si512(even, odd);
    return _mm512_test_epi64_mask(even, even) != 0;
}

static uint64_t find_parts(const uint8_t *a, const uint8_t *b, const struct part part[PARTS])
{
    uint64_t bits = 0;
    if (rp_native_shared->layout.compare == 64 && !any_part_differs(a, b, part))
        return 0;
    for (unsigned i = 0; i < PARTS; i++)
        if (part[i].at && rp_native_differ(a + part[i].at, b + part[i].at, part[i].size))
            bits |= part[i].bit;
    return bits;
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
    const struct part parts[PARTS] = {{32, 128, RP_NATIVE_X87},
                                      {160, 256, RP_NATIVE_SSE},
                                      {layout->avx, 256, RP_NATIVE_AVX},
                                      {layout->opmask, 64, RP_NATIVE_OPMASK},
                                      {layout->upper, 512, RP_NATIVE_UPPER},
                                      {layout->high, 1024, RP_NATIVE_HIGH}};
    uint64_t bits = find_parts(a, b, parts);
    if ((word(a) ^ word(b)) & CONTROL_AND_TAGS)
        bits |= RP_NATIVE_X87;
    if ((word(a + 24) ^ word(b + 24)) & MXCSR)
        bits |= RP_NATIVE_SSE;
    if (layout->pkru && (uint32_t)word(a + layout->pkru) != (uint32_t)word(b + layout->pkru))
        bits |= RP_NATIVE_PKRU;
    return bits;
}
