/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of a pre-state as an executor would have it: the mode's base with the pre-state's words on top.
 */
#ifndef RP_TESTS_STATE_IMAGE_H
#define RP_TESTS_STATE_IMAGE_H

#include "state/prestate.h"

struct image {
    unsigned char code[RP_ARENA_CODE_SIZE], data[RP_ARENA_DATA_SIZE], stack[RP_ARENA_STACK_SIZE];
    unsigned char system[RP_ARENA_SYSTEM_SIZE];
};

/* The base of `mode`, and of `words` (NULL: none) on top of it. Static storage: one image at a time. A write
 * outside of the arena's regions fails the test. */
const struct image *image_make(enum rp_mode mode, const struct rp_memory *words);

/* `length` bytes at a physical address, which must lie in the arena. */
const unsigned char *image_at(const struct image *image, uint64_t address, size_t length);

/* The little-endian number of `bytes` (up to 8) there. */
uint64_t image_read(const struct image *image, uint64_t address, unsigned bytes);

#endif
