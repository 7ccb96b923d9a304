/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of records: numbers and strings one behind the other, and chunks of them with a checksum. Private
 * to src/golden. What is read may be damaged or made to harm: each step knows how much there is left. */
#ifndef RP_GOLDEN_PACK_H
#define RP_GOLDEN_PACK_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Appends a number, 7 bits a byte, the lowest first (LEB128). */
void rp_pack_number(struct rp_text *text, uint64_t value);
/* Appends the length and the bytes. */
void rp_pack_bytes(struct rp_text *text, const void *bytes, size_t length);
/* Appends 4 or 8 bytes, the lowest first. */
void rp_pack_fixed(struct rp_text *text, uint64_t value, unsigned bytes);

/* What is left to read. Once `failed`, everything reads as 0. */
struct rp_unpack {
    const uint8_t *at, *end;
    bool failed;
};

uint64_t rp_unpack_number(struct rp_unpack *from);
/* The same, which fails where it is above `most`: before anybody makes room for so many. */
uint64_t rp_unpack_below(struct rp_unpack *from, uint64_t most);
uint64_t rp_unpack_fixed(struct rp_unpack *from, unsigned bytes);
/* The bytes of a string, which stay where they are; NULL and 0 if it fails. */
const uint8_t *rp_unpack_bytes(struct rp_unpack *from, size_t *length);

/* A chunk: name, lengths, checksum, and its content compressed (FORMAT.md). */
#define RP_CHUNK_NAME 4
#define RP_CHUNK_HEAD (RP_CHUNK_NAME + 4 + 4 + 8)
#define RP_CHUNK_MAX  (UINT32_C(1) << 28) /* bytes of content */

struct rp_chunk {
    char name[RP_CHUNK_NAME + 1];
    uint32_t length, stored; /* bytes of content, and compressed */
    uint64_t checksum;
    const uint8_t *bytes; /* the compressed ones */
};

/* Appends the chunk of `content`; *checksum is then its. RP_EENVIRONMENT: no memory. */
int rp_chunk_write(struct rp_text *file, const char *name, const struct rp_text *content, uint64_t *checksum,
                   struct rp_error *error);

/* The chunk at `from`, which moves behind it. False: there is no whole one, or its checksum is wrong. */
bool rp_chunk_read(struct rp_unpack *from, struct rp_chunk *chunk);

/* Its content, in memory that the caller frees; NULL: it is damaged, or there is no memory. */
uint8_t *rp_chunk_content(const struct rp_chunk *chunk);

#endif
