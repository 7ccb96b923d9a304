/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images of memory; see image.h. */
#include "state/image.h"

#include "support/suite.h"

#include <string.h>

/* Where the bytes stand, from the start of the image. */
static size_t find(uint64_t address, size_t length)
{
    const struct {
        uint64_t address;
        size_t size;
        size_t start;
    } regions[] = {{RP_ARENA_CODE, sizeof((struct image *)0)->code, offsetof(struct image, code)},
                   {RP_ARENA_DATA, sizeof((struct image *)0)->data, offsetof(struct image, data)},
                   {RP_ARENA_STACK, sizeof((struct image *)0)->stack, offsetof(struct image, stack)},
                   {RP_ARENA_SYSTEM, sizeof((struct image *)0)->system, offsetof(struct image, system)}};
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++)
        if (address >= regions[i].address && address + length <= regions[i].address + regions[i].size)
            return regions[i].start + (size_t)(address - regions[i].address);
    fail_msg("%zu bytes at %lx do not lie in the arena", length, (unsigned long)address);
    return 0;
}

static void put(void *context, uint32_t address, const void *bytes, size_t length)
{
    memcpy((unsigned char *)context + find(address, length), bytes, length);
}

const struct image *image_make(enum rp_mode mode, const struct rp_memory *words)
{
    static struct image image;
    memset(&image, 0, sizeof image);
    rp_prestate_base(mode, put, &image);
    for (uint32_t i = 0; words && i < words->count; i++)
        put(&image, words->word[i].address, &words->word[i].value, 8);
    return &image;
}

const unsigned char *image_at(const struct image *image, uint64_t address, size_t length)
{
    return (const unsigned char *)image + find(address, length);
}

uint64_t image_read(const struct image *image, uint64_t address, unsigned bytes)
{
    uint64_t value = 0;
    memcpy(&value, image_at(image, address, bytes), bytes);
    return value;
}
