/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Behaviours as a map of bytes; see feedback.h. */
#include "fuzz/feedback.h"

/* Parts of the map, in this order; what whole behaviours have is the rest. */
static size_t names_of(size_t size)
{
    return size / 8;
}

static size_t coarse_of(size_t size)
{
    return names_of(size) * 5;
}

/* One of each class of hits that AFL++ (afl-fuzz's count_class_lookup8) and libFuzzer (CounterToFeature) tell
 * apart: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, 128 and more. */
static const uint8_t classes[8] = {1, 2, 3, 4, 8, 16, 32, 128};

static void mark(uint8_t *map, size_t size, uint64_t number)
{
    number ^= number >> 32;
    map[(number >> 3) % size] = classes[number & 7];
}

/* Of a crash afl-fuzz sees which bytes are not 0, and no more. */
void rp_fuzz_mark_name(uint8_t *map, size_t size, uint64_t name, unsigned mode)
{
    map[((name ^ name >> 32) + (uint64_t)mode * 0x9e37u) % names_of(size)] = 1;
}

static bool is_in(unsigned sample, uint64_t number)
{
    return (number >> 32) % sample == 0;
}

void rp_fuzz_mark(uint8_t *map, size_t size, unsigned sample, const struct rp_fuzz_behaviour *behaviour,
                  unsigned mode)
{
    const size_t names = names_of(size), coarse = coarse_of(size);
    rp_fuzz_mark_name(map, size, behaviour->name, mode);
    if (is_in(sample, behaviour->coarse))
        mark(map + names, coarse, behaviour->coarse);
    if (is_in(sample, behaviour->whole))
        mark(map + names + coarse, size - names - coarse, behaviour->whole);
}
