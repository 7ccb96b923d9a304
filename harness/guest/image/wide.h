/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparing and copying by vector registers: an emulator takes as long for 32 bytes as for 8. The registers
 * are the test's, so none of this may be called between rp_guest_vector_load() and rp_guest_vector_save(). */
#ifndef RP_HARNESS_GUEST_IMAGE_WIDE_H
#define RP_HARNESS_GUEST_IMAGE_WIDE_H

#include "guest/contract.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RP_GUEST_WIDE_BYTES 128
#define RP_GUEST_WIDE_WORDS 32 /* of 8 bytes, that one mask speaks of */

/* The same for one width of vectors; sizes are multiples of RP_GUEST_WIDE_BYTES. */
struct rp_guest_wide {
    bool (*same)(const void *a, const void *b, size_t size);
    /* Bit i is set if word i of the RP_GUEST_WIDE_WORDS at `a` and `b` is another one. */
    uint32_t (*differences)(const uint64_t *a, const uint64_t *b);
    /* All words of 8 bytes, OR. */
    uint64_t (*any)(const void *from, size_t size);
    void (*copy)(void *to, const void *from, size_t size);
    /* Words [at, end) of a pre-state, into the arena and at their offsets into `expected`; put_back: what
     * stands at their offsets in `base` instead. */
    void (*put)(const struct rp_guest_word *at, const struct rp_guest_word *end, unsigned char *expected);
    void (*put_back)(const struct rp_guest_word *at, const struct rp_guest_word *end, unsigned char *expected,
                     const unsigned char *base);
    /* The same for at[i] where bit i of `which` is set. */
    void (*put_back_some)(const struct rp_guest_word *at, uint32_t which, unsigned char *expected,
                          const unsigned char *base);
};

/* By SSE2, by AVX2; and what this CPU can do, as rp_guest_vector_find() has chosen. */
extern const struct rp_guest_wide rp_guest_wide_16, rp_guest_wide_32;
extern struct rp_guest_wide rp_guest_wide;

#endif
