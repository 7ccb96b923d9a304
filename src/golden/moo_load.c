/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of MOO files; see moo.h. */
#include "golden/moo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define PIECE ((size_t)1 << 20)

struct buffer {
    unsigned char *bytes;
    size_t length, capacity;
};

/* Room for a piece more; false: there is no memory. */
static bool grow(struct buffer *buffer)
{
    if (buffer->capacity - buffer->length >= PIECE)
        return true;
    size_t capacity = 2 * buffer->capacity + PIECE;
    unsigned char *bytes = realloc(buffer->bytes, capacity);
    if (!bytes)
        return false;
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

static int read_all(const char *path, FILE *file, struct buffer *buffer, struct rp_error *error)
{
    size_t got;
    do {
        if (!grow(buffer))
            return rp_error_system(error, ENOMEM, "cannot read '%s'", path);
        errno = 0;
        got = fread(buffer->bytes + buffer->length, 1, PIECE, file);
        buffer->length += got;
        if (buffer->length > RP_MOO_BYTES_MAX)
            return rp_error_set(error, RP_EINPUT, "'%s' is larger than %zu MiB, which no MOO file is", path,
                                RP_MOO_BYTES_MAX >> 20);
    } while (got);
    return ferror(file) ? rp_error_system(error, errno, "cannot read '%s'", path) : RP_OK;
}

/* Inflates what `stream` has, to the end of a member; Z_STREAM_END there. */
static int inflate_member(z_stream *stream, struct buffer *buffer)
{
    int code = Z_OK;
    while (code == Z_OK && buffer->length <= RP_MOO_BYTES_MAX) {
        if (!grow(buffer))
            return Z_MEM_ERROR;
        stream->next_out = buffer->bytes + buffer->length;
        stream->avail_out = PIECE;
        code = inflate(stream, Z_NO_FLUSH);
        buffer->length += PIECE - stream->avail_out;
    }
    return code;
}

static int complain(const char *label, const z_stream *stream, const struct buffer *buffer, int code,
                    struct rp_error *error)
{
    if (code == Z_MEM_ERROR)
        return rp_error_system(error, ENOMEM, "cannot unpack '%s'", label);
    if (buffer->length > RP_MOO_BYTES_MAX)
        return rp_error_set(error, RP_EINPUT, "'%s' unpacks to more than %zu MiB, which no MOO file does",
                            label, RP_MOO_BYTES_MAX >> 20);
    if (code == Z_BUF_ERROR || code == Z_OK)
        return rp_error_set(error, RP_EINPUT, "'%s' is cut off: its gzip data has no end", label);
    return rp_error_set(error, RP_EINPUT, "'%s' is damaged: gzip: %s", label,
                        stream->msg ? stream->msg : "bad data");
}

int rp_moo_unpack(const char *label, const unsigned char *packed, size_t length, unsigned char **bytes,
                  size_t *unpacked, struct rp_error *error)
{
    struct buffer buffer = {0};
    z_stream stream = {.next_in = (Bytef *)packed, .avail_in = (uInt)length};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) /* the largest window, in a gzip frame */
        return rp_error_system(error, ENOMEM, "cannot unpack '%s'", label);
    int code = inflate_member(&stream, &buffer);
    while (code == Z_STREAM_END && stream.avail_in && inflateReset(&stream) == Z_OK)
        code = inflate_member(&stream, &buffer);
    int result = RP_OK;
    if (code != Z_STREAM_END || buffer.length > RP_MOO_BYTES_MAX)
        result = complain(label, &stream, &buffer, code, error);
    inflateEnd(&stream);
    if (result) {
        free(buffer.bytes);
        return result;
    }
    *bytes = buffer.bytes;
    *unpacked = buffer.length;
    return RP_OK;
}

int rp_moo_load(const char *path, unsigned char **bytes, size_t *length, struct rp_error *error)
{
    struct buffer buffer = {0};
    FILE *file = fopen(path, "rbe");
    if (!file)
        return rp_error_system(error, errno, "cannot read '%s'", path);
    int result = read_all(path, file, &buffer, error);
    fclose(file);
    bool packed = buffer.length >= 2 && buffer.bytes[0] == 0x1f && buffer.bytes[1] == 0x8b;
    if (result == RP_OK && packed)
        result = rp_moo_unpack(path, buffer.bytes, buffer.length, bytes, length, error);
    if (result == RP_OK && !packed) {
        *bytes = buffer.bytes;
        *length = buffer.length;
        return RP_OK;
    }
    free(buffer.bytes);
    return result;
}

int rp_moo_read(const char *path, struct rp_moo_file *file, struct rp_error *error)
{
    unsigned char *bytes;
    size_t length;
    int result = rp_moo_load(path, &bytes, &length, error);
    return result ? result : rp_moo_parse(path, bytes, length, file, error);
}
