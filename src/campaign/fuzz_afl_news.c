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

#define BLOCK  4096 /* what a hole begins and ends with */
#define FORGET ((off_t)1 << 20)
#define TRIES  100 /* a tenth of a second each: targets end with their afl-fuzz */

uint64_t rp_afl_hash(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *input,
                     uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX], size_t *length)
{
    *length = rp_fuzz_input_write(facts, input, bytes);
    return XXH64(bytes, *length, 0);
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

/* Targets append behind it. Where a file system makes no holes, the next sitting makes room. */
void rp_afl_news_forget(struct rp_afl_news *news)
{
    off_t taken = news->read - (off_t)(news->bytes.length - news->at);
    taken -= taken % BLOCK;
    if (taken - news->forgotten < FORGET)
        return;
    fallocate(news->descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, news->forgotten,
              taken - news->forgotten);
    news->forgotten = taken;
}

/* Writes the file anew, where it has what was taken or is damaged. It may begin with a hole. */
static int compact(int descriptor, const char *path, const struct rp_fuzz_facts *facts,
                   const struct rp_fuzz_set *taken, struct rp_error *error)
{
    const off_t end = lseek(descriptor, 0, SEEK_END), begin = lseek(descriptor, 0, SEEK_DATA);
    struct rp_afl_news old = {.descriptor = descriptor, .read = begin < 0 ? end : begin};
    struct rp_text left = {0};
    struct rp_fuzz_input input;
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
    size_t length;
    int result = RP_OK;
    while (rp_afl_news_take(&old, facts, true, &input))
        if (!rp_fuzz_set_has(taken, rp_afl_hash(facts, &input, bytes, &length)))
            rp_text_add_bytes(&left, (const char *)bytes, length);
    if (old.read != end || old.bytes.failed)
        result = rp_error_system(error, errno, "cannot read '%.300s'", path);
    else if ((off_t)left.length != end || left.failed)
        result = rp_text_publish(&left, path, error);
    rp_text_free(&old.bytes);
    rp_text_free(&left);
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
        result = compact(old, path, facts, taken, error);
    if (old >= 0)
        close(old);
    return result ? result : open_file(path, LOCK_SH, &news->descriptor, error);
}

void rp_afl_news_close(struct rp_afl_news *news)
{
    if (news->descriptor >= 0)
        close(news->descriptor);
    news->descriptor = -1;
    rp_text_free(&news->bytes);
}
