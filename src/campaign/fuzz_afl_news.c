/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of news; see fuzz_afl_news.h. */
#include "campaign/fuzz_afl_news.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#define TRIES 100 /* a tenth of a second each: targets end with their afl-fuzz */

uint64_t rp_afl_hash(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input,
                     uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX], size_t *length)
{
    *length = rp_fuzz_input_write(facts, input, bytes);
    return XXH64(bytes, *length, 0);
}

/* Writes the file anew, where it has what was taken or is damaged. */
static int compact(const char *path, const struct rp_fuzz_facts *facts, const struct rp_fuzz_set *taken,
                   struct rp_error *error)
{
    struct rp_text was = {0}, is = {0};
    struct rp_fuzz_input input;
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
    size_t at = 0, length;
    int result = rp_text_read(&was, path, error);
    while (result == RP_OK &&
           rp_fuzz_news_next(facts, (const uint8_t *)was.data, was.length, true, &at, &input))
        if (!rp_fuzz_set_has(taken, rp_afl_hash(facts, &input, bytes, &length)))
            rp_text_add_bytes(&is, (const char *)bytes, length);
    if (result == RP_OK && (is.length != was.length || is.failed))
        result = rp_text_publish(&is, path, error);
    rp_text_free(&was);
    rp_text_free(&is);
    return result;
}

/* Opens the file and locks it; targets inherit the lock with the descriptor. Those of an earlier sitting that
 * was killed may still hold theirs, and would append to a file that nobody reads any more. */
static int open_file(const char *path, int lock, int *descriptor, struct rp_error *error)
{
    const struct timespec rest = {.tv_nsec = 100000000};
    *descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (*descriptor < 0)
        return rp_error_system(error, errno, "cannot open '%.300s'", path);
    for (unsigned tries = 0; flock(*descriptor, lock | LOCK_NB); tries++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return rp_error_system(error, errno, "cannot lock '%.300s'", path);
        if (tries == TRIES)
            return rp_error_set(error, RP_EENVIRONMENT,
                                "targets of an earlier sitting still write to '%.300s'; end them", path);
        nanosleep(&rest, NULL);
    }
    return RP_OK;
}

int rp_afl_news_open(struct rp_afl_news *news, const char *folder, const struct rp_fuzz_facts *facts,
                     const struct rp_fuzz_set *taken, struct rp_error *error)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/afl.met", folder);
    *news = (struct rp_afl_news){.descriptor = -1};
    int old, result = open_file(path, LOCK_EX, &old, error);
    if (result == RP_OK)
        result = compact(path, facts, taken, error);
    if (old >= 0)
        close(old);
    return result ? result : open_file(path, LOCK_SH, &news->descriptor, error);
}

/* Reads on, behind what is left of the last time. */
static bool read_on(struct rp_afl_news *news)
{
    char block[65536];
    ssize_t got = news->descriptor < 0 ? 0 : pread(news->descriptor, block, sizeof block, news->read);
    if (got <= 0)
        return false;
    if (news->at) {
        news->bytes.length -= news->at;
        memmove(news->bytes.data, news->bytes.data + news->at, news->bytes.length);
        news->at = 0;
    }
    rp_text_add_bytes(&news->bytes, block, (size_t)got);
    news->read += got;
    return !news->bytes.failed;
}

bool rp_afl_news_take(struct rp_afl_news *news, const struct rp_fuzz_facts *facts, bool is_last,
                      struct rp_fuzz_input *input)
{
    do
        if (rp_fuzz_news_next(facts, (const uint8_t *)news->bytes.data, news->bytes.length, false, &news->at,
                              input))
            return true;
    while (read_on(news));
    return is_last && rp_fuzz_news_next(facts, (const uint8_t *)news->bytes.data, news->bytes.length, true,
                                        &news->at, input);
}

void rp_afl_news_close(struct rp_afl_news *news)
{
    if (news->descriptor >= 0)
        close(news->descriptor);
    news->descriptor = -1;
    rp_text_free(&news->bytes);
}
