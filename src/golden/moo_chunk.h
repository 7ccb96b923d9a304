/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chunks of MOO files. Private to src/golden. */
#ifndef RP_GOLDEN_MOO_CHUNK_H
#define RP_GOLDEN_MOO_CHUNK_H

#include "golden/moo.h"

#include <string.h>

struct rp_moo_chunk {
    char name[5];
    const unsigned char *bytes;
    size_t length;
};

struct rp_moo_cursor {
    const unsigned char *at;
    size_t left;
    bool cut; /* the last chunk is longer than what is left */
};

static inline uint32_t rp_moo_number(const unsigned char *bytes, size_t length)
{
    uint32_t number = 0;
    for (size_t i = 0; i < length; i++)
        number |= (uint32_t)bytes[i] << 8 * i;
    return number;
}

/* The next chunk; false at the end, and where there is less than it says. */
static inline bool rp_moo_next(struct rp_moo_cursor *cursor, struct rp_moo_chunk *chunk)
{
    cursor->cut = cursor->left != 0 && cursor->left < 8;
    if (cursor->left < 8)
        return false;
    memcpy(chunk->name, cursor->at, 4);
    chunk->name[4] = '\0';
    chunk->length = rp_moo_number(cursor->at + 4, 4);
    chunk->bytes = cursor->at + 8;
    cursor->cut = chunk->length > cursor->left - 8;
    if (cursor->cut)
        return false;
    cursor->at += 8 + chunk->length;
    cursor->left -= 8 + chunk->length;
    return true;
}

static inline bool rp_moo_is(const struct rp_moo_chunk *chunk, const char *name)
{
    return memcmp(chunk->name, name, 4) == 0;
}

/* Registers as REGS, RG32, RMSK and RM32 have them. Writes those that are there to `value`, and their bits to
 * *there, in the order of enum rp_recorded. False: not of the length that its bitmap asks for. */
bool rp_moo_registers(const struct rp_moo_chunk *chunk, bool wide, uint32_t value[RP_RECORDED_REGISTERS],
                      uint32_t *there);

/* REGS and RG32; RMSK and RM32. */
bool rp_moo_is_registers(const struct rp_moo_chunk *chunk, bool *wide);
bool rp_moo_is_masks(const struct rp_moo_chunk *chunk, bool *wide);

/* Takes what `chunk` says is undefined out of `masks`. */
bool rp_moo_take_masks(const struct rp_moo_chunk *chunk, bool wide, struct rp_moo_masks *masks);

#endif
