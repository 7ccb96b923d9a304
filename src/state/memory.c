/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorted lists of memory words; see prestate.h. */
#include "state/prestate.h"

#include <string.h>

/* The index of the first word at or behind `address`. */
static uint32_t position(const struct rp_memory *memory, uint32_t address)
{
    uint32_t low = 0, high = memory->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (memory->word[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint64_t fill(uint32_t address)
{
    return address < RP_ARENA_SYSTEM ? RP_MEMORY_FILL : 0;
}

uint64_t rp_memory_get(const struct rp_memory *memory, uint32_t address)
{
    address &= ~UINT32_C(7);
    uint32_t at = position(memory, address);
    if (at < memory->count && memory->word[at].address == address)
        return memory->word[at].value;
    return fill(address);
}

int rp_memory_set(struct rp_memory *memory, uint32_t address, uint64_t value, struct rp_error *error)
{
    address &= ~UINT32_C(7);
    uint32_t at = position(memory, address);
    if (at == memory->count || memory->word[at].address != address) {
        if (memory->count == RP_MEMORY_WORDS_MAX)
            return rp_error_set(error, RP_EINPUT, "too much memory is set: at most %d words of 8 bytes",
                                RP_MEMORY_WORDS_MAX);
        memmove(&memory->word[at + 1], &memory->word[at], (memory->count - at) * sizeof memory->word[0]);
        memory->count++;
    }
    memory->word[at] = (struct rp_memory_word){address, value};
    return RP_OK;
}

int rp_memory_write(struct rp_memory *memory, uint32_t address, const void *bytes, size_t length,
                    struct rp_error *error)
{
    const unsigned char *from = bytes;
    int result = RP_OK;
    while (length > 0 && result == RP_OK) {
        uint32_t offset = address & 7;
        size_t part = length < 8 - offset ? length : 8 - offset;
        uint64_t word = rp_memory_get(memory, address);
        memcpy((unsigned char *)&word + offset, from, part);
        result = rp_memory_set(memory, address, word, error);
        address += (uint32_t)part;
        from += part;
        length -= part;
    }
    return result;
}
