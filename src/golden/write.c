/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing a record; see write.h. */
#include "golden/write.h"

#include "golden/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct rp_golden_writer {
    char *path, *part;
    int fd;
    uint64_t size, chain;
};

void rp_golden_writer_close(struct rp_golden_writer *writer)
{
    if (!writer)
        return;
    if (writer->fd >= 0)
        close(writer->fd); /* the lock with it */
    free(writer->path);
    free(writer->part);
    free(writer);
}

static int append(struct rp_golden_writer *writer, const struct rp_text *text, struct rp_error *error)
{
    const char *at = rp_text_string(text);
    size_t left = text->length;
    if (text->failed)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", writer->part);
    while (left > 0) {
        ssize_t n = pwrite(writer->fd, at, left, (off_t)writer->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return rp_error_system(error, errno, "cannot write '%s'", writer->part);
        at += n;
        left -= (size_t)n;
        writer->size += (uint64_t)n;
    }
    return RP_OK;
}

static int open_part(struct rp_golden_writer *writer, struct rp_error *error)
{
    struct stat status;
    if (stat(writer->path, &status) == 0)
        return rp_error_set(error, RP_EINPUT,
                            "'%s' is there; name another file, or remove it to record again", writer->path);
    writer->fd = open(writer->part, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (writer->fd < 0)
        return rp_error_system(error, errno, "cannot write '%s'", writer->part);
    if (flock(writer->fd, LOCK_EX | LOCK_NB))
        return rp_error_set(error, RP_EENVIRONMENT, "'%s' is being written by another recording",
                            writer->part);
    return RP_OK;
}

/* A block that stands there whole. */
static bool take_block(struct rp_unpack *from, struct rp_golden_block *block, uint64_t *chain)
{
    struct rp_chunk result, outcomes;
    if (!rp_chunk_read(from, &result) || strcmp(result.name, RP_CHUNK_RESULT) != 0 ||
        !rp_chunk_read(from, &outcomes) || strcmp(outcomes.name, RP_CHUNK_OUTCOMES) != 0)
        return false;
    uint8_t *bytes = rp_chunk_content(&result);
    bool good = bytes && rp_golden_block_unpack(block, bytes, result.length);
    free(bytes);
    if (good)
        *chain = rp_golden_chain(rp_golden_chain(*chain, result.checksum), outcomes.checksum);
    return good;
}

/* What stands in the part behind the same head goes on; a part that is no more than a beginning of it begins
 * anew. */
static int resume(struct rp_golden_writer *writer, const struct rp_text *head, struct rp_golden_plan *plan,
                  uint32_t *done, struct rp_error *error)
{
    uint8_t *bytes;
    size_t size;
    int result = rp_golden_file_read(writer->fd, writer->part, &bytes, &size, error);
    size_t same = size < head->length ? size : head->length;
    if (result == RP_OK && same && memcmp(bytes, head->data, same) != 0)
        result = rp_error_set(error, RP_EINPUT,
                              "'%s' was begun with other options, on another machine or by another version; "
                              "give the same ones, or remove it",
                              writer->part);
    struct rp_unpack from = {bytes, bytes + size, false};
    if (result == RP_OK && same == head->length) {
        from.at += same;
        while (*done < plan->blocks && take_block(&from, &plan->block[*done], &writer->chain)) {
            ++*done;
            writer->size = (uint64_t)(from.at - bytes);
        }
        if (*done == 0)
            writer->size = same;
    }
    free(bytes);
    return result;
}

int rp_golden_writer_open(const char *path, const struct rp_golden_identity *identity,
                          struct rp_golden_plan *plan, uint32_t *done, struct rp_golden_writer **writer,
                          struct rp_error *error)
{
    struct rp_text head = {0}, part = {0};
    struct rp_golden_writer *w = calloc(1, sizeof *w);
    rp_text_add(&part, "%s.part", path);
    if (!w || part.failed || !(w->path = strdup(path))) {
        free(w);
        rp_text_free(&part);
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", path);
    }
    w->part = part.data;
    w->fd = -1;
    *done = 0;
    int result = open_part(w, error);
    if (result == RP_OK)
        result = rp_golden_head_write(identity, plan, &head, &w->chain, error);
    if (result == RP_OK)
        result = resume(w, &head, plan, done, error);
    if (result == RP_OK && w->size == 0)
        result = append(w, &head, error);
    if (result == RP_OK && ftruncate(w->fd, (off_t)w->size))
        result = rp_error_system(error, errno, "cannot write '%s'", w->part);
    rp_text_free(&head);
    if (result)
        rp_golden_writer_close(w);
    else
        *writer = w;
    return result;
}

int rp_golden_writer_put(struct rp_golden_writer *writer, const struct rp_text *result,
                         const struct rp_text *outcomes, struct rp_error *error)
{
    struct rp_text both = {0};
    uint64_t checksum[2];
    int code = rp_chunk_write(&both, RP_CHUNK_RESULT, result, &checksum[0], error);
    if (code == RP_OK)
        code = rp_chunk_write(&both, RP_CHUNK_OUTCOMES, outcomes, &checksum[1], error);
    if (code == RP_OK)
        code = append(writer, &both, error);
    if (code == RP_OK)
        writer->chain = rp_golden_chain(rp_golden_chain(writer->chain, checksum[0]), checksum[1]);
    rp_text_free(&both);
    return code;
}

int rp_golden_writer_finish(struct rp_golden_writer *writer, uint64_t *size, struct rp_error *error)
{
    struct rp_text content = {0}, chunk = {0};
    uint64_t checksum;
    rp_pack_fixed(&content, writer->chain, 8);
    int result = rp_chunk_write(&chunk, RP_CHUNK_END, &content, &checksum, error);
    if (result == RP_OK)
        result = append(writer, &chunk, error);
    if (result == RP_OK && fsync(writer->fd) && errno != EINVAL && errno != EROFS)
        result = rp_error_system(error, errno, "cannot write '%s'", writer->part);
    if (result == RP_OK && rename(writer->part, writer->path))
        result = rp_error_system(error, errno, "cannot name '%s'", writer->path);
    *size = writer->size;
    rp_text_free(&content);
    rp_text_free(&chunk);
    rp_golden_writer_close(writer);
    return result;
}
