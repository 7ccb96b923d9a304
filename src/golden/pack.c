/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes and chunks; see pack.h. */
#include "golden/pack.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zlib.h>

void rp_pack_number(struct rp_text *text, uint64_t value)
{
    char bytes[10];
    size_t length = 0;
    do {
        bytes[length] = (char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
        length++;
    } while (value);
    rp_text_add_bytes(text, bytes, length);
}

void rp_pack_bytes(struct rp_text *text, const void *bytes, size_t length)
{
    rp_pack_number(text, length);
    rp_text_add_bytes(text, bytes, length);
}

void rp_pack_fixed(struct rp_text *text, uint64_t value, unsigned bytes)
{
    char all[8];
    for (unsigned i = 0; i < bytes; i++)
        all[i] = (char)(value >> 8 * i);
    rp_text_add_bytes(text, all, bytes);
}

static uint64_t fail(struct rp_unpack *from)
{
    from->failed = true;
    from->at = from->end;
    return 0;
}

uint64_t rp_unpack_number(struct rp_unpack *from)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && from->at < from->end; shift += 7) {
        uint8_t byte = *from->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    return fail(from);
}

uint64_t rp_unpack_below(struct rp_unpack *from, uint64_t most)
{
    uint64_t value = rp_unpack_number(from);
    return value > most ? fail(from) : value;
}

uint64_t rp_unpack_fixed(struct rp_unpack *from, unsigned bytes)
{
    uint64_t value = 0;
    if ((size_t)(from->end - from->at) < bytes)
        return fail(from);
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)*from->at++ << 8 * i;
    return value;
}

const uint8_t *rp_unpack_bytes(struct rp_unpack *from, size_t *length)
{
    *length = (size_t)rp_unpack_below(from, (uint64_t)(from->end - from->at));
    const uint8_t *bytes = from->at;
    if (from->failed || *length > (size_t)(from->end - from->at)) {
        *length = 0;
        fail(from);
        return NULL;
    }
    from->at += *length;
    return bytes;
}

/* Over all of it but itself. */
static uint64_t checksum_of(const char *name, uint32_t length, uint32_t stored, const uint8_t *bytes)
{
    uint64_t lengths = (uint64_t)stored << 32 | length;
    return XXH64(bytes, stored, XXH64(name, RP_CHUNK_NAME, lengths));
}

int rp_chunk_write(struct rp_text *file, const char *name, const struct rp_text *content, uint64_t *checksum,
                   struct rp_error *error)
{
    uLongf stored = compressBound(content->length);
    uint8_t *bytes = content->failed || content->length > RP_CHUNK_MAX ? NULL : malloc(stored);
    if (!bytes || compress2(bytes, &stored, (const uint8_t *)rp_text_string(content), content->length, 6)) {
        free(bytes);
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a block of the record");
    }
    uint32_t length = (uint32_t)content->length;
    *checksum = checksum_of(name, length, (uint32_t)stored, bytes);
    rp_text_add_bytes(file, name, RP_CHUNK_NAME);
    rp_pack_fixed(file, length, 4);
    rp_pack_fixed(file, stored, 4);
    rp_pack_fixed(file, *checksum, 8);
    rp_text_add_bytes(file, (const char *)bytes, stored);
    free(bytes);
    return file->failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for the record") : RP_OK;
}

bool rp_chunk_read(struct rp_unpack *from, struct rp_chunk *chunk)
{
    *chunk = (struct rp_chunk){0};
    if (from->end - from->at < RP_CHUNK_HEAD)
        return false;
    memcpy(chunk->name, from->at, RP_CHUNK_NAME);
    from->at += RP_CHUNK_NAME;
    chunk->length = (uint32_t)rp_unpack_fixed(from, 4);
    chunk->stored = (uint32_t)rp_unpack_fixed(from, 4);
    chunk->checksum = rp_unpack_fixed(from, 8);
    chunk->bytes = from->at;
    if (chunk->length > RP_CHUNK_MAX || chunk->stored > (size_t)(from->end - from->at) ||
        chunk->checksum != checksum_of(chunk->name, chunk->length, chunk->stored, chunk->bytes))
        return false;
    from->at += chunk->stored;
    return true;
}

uint8_t *rp_chunk_content(const struct rp_chunk *chunk)
{
    uLongf length = chunk->length;
    uint8_t *content = malloc(chunk->length + (size_t)1);
    if (content &&
        (uncompress(content, &length, chunk->bytes, chunk->stored) != Z_OK || length != chunk->length)) {
        free(content);
        return NULL;
    }
    return content;
}
