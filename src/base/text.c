/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing text and its publication; see text.h. */
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool reserve(struct rp_text *text, size_t more)
{
    if (text->failed)
        return false;
    if (more > SIZE_MAX / 4 || text->length > SIZE_MAX / 4) {
        text->failed = true;
        return false;
    }
    size_t need = text->length + more + 1;
    if (need <= text->capacity)
        return true;
    size_t capacity = text->capacity ? text->capacity : 256;
    while (capacity < need)
        capacity *= 2;
    char *data = realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void rp_text_add_bytes(struct rp_text *text, const char *bytes, size_t length)
{
    if (!reserve(text, length))
        return;
    if (length) /* `bytes` of nothing may be NULL */
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void rp_text_add(struct rp_text *text, const char *format, ...)
{
    char line[1024];
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(line, sizeof line, format, arguments);
    if (length >= 0 && (size_t)length < sizeof line) {
        rp_text_add_bytes(text, line, (size_t)length);
    } else if (length < 0) { /* no format of ours: an encoding error, or more than INT_MAX bytes */
        text->failed = true;
    } else if (reserve(text, (size_t)length)) {
        vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

void rp_text_repeat(struct rp_text *text, char c, size_t count)
{
    if (!reserve(text, count))
        return;
    memset(text->data + text->length, c, count);
    text->length += count;
    text->data[text->length] = '\0';
}

const char *rp_text_string(const struct rp_text *text)
{
    return text->data ? text->data : "";
}

size_t rp_text_utf8(const char *string, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)string;
    unsigned char first = length ? bytes[0] : 0xff, low = 0x80, high = 0xbf;
    size_t size = first < 0x80   ? 1
                  : first < 0xc2 ? 0
                  : first < 0xe0 ? 2
                  : first < 0xf0 ? 3
                  : first < 0xf5 ? 4
                                 : 0;
    if (size > length)
        return 0;
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    for (size_t i = 1; i < size; i++, low = 0x80, high = 0xbf) {
        if (bytes[i] < low || bytes[i] > high)
            return 0;
    }
    return size;
}

void rp_text_free(struct rp_text *text)
{
    free(text->data);
    *text = (struct rp_text){0};
}

static int write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

/* Returns 0 or an errno value, as the functions below. Devices and fifos have nothing to synchronise. */
static int write_and_close(int fd, const struct rp_text *text)
{
    int failure = write_all(fd, rp_text_string(text), text->length);
    if (!failure && fsync(fd) && errno != EINVAL && errno != EROFS)
        failure = errno;
    if (close(fd) && !failure)
        failure = errno;
    return failure;
}

static int publish_stdout(const struct rp_text *text)
{
    int failure = write_all(STDOUT_FILENO, rp_text_string(text), text->length);
    return failure == EPIPE ? 0 : failure;
}

static int publish_device(const struct rp_text *text, const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? errno : write_and_close(fd, text);
}

/* The temporary file has our process number in its name: one that is there already is the leftover of a
 * process that died, and goes. It gets the mode that a plain open would give. */
static int publish_file(const struct rp_text *text, const char *path)
{
    struct rp_text temporary = {0};
    rp_text_add(&temporary, "%s.%ld.tmp", path, (long)getpid());
    if (temporary.failed)
        return ENOMEM;
    unlink(temporary.data);
    int fd = open(temporary.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int failure = fd < 0 ? errno : write_and_close(fd, text);
    if (!failure && rename(temporary.data, path))
        failure = errno;
    if (failure && fd >= 0)
        unlink(temporary.data);
    rp_text_free(&temporary);
    return failure;
}

/* A symbolic link stays one: the file that it names is replaced. */
static int publish_path(const struct rp_text *text, const char *path)
{
    struct stat status;
    if (stat(path, &status))
        return publish_file(text, path);
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    if (!S_ISREG(status.st_mode))
        return publish_device(text, path);
    char *target = realpath(path, NULL);
    int failure = target ? publish_file(text, target) : errno;
    free(target);
    return failure;
}

int rp_text_publish(const struct rp_text *text, const char *path, struct rp_error *error)
{
    bool to_stdout = !path || strcmp(path, "-") == 0;
    if (text->failed)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory while making '%s'",
                            to_stdout ? "-" : path);
    int failure = to_stdout ? publish_stdout(text) : publish_path(text, path);
    if (failure && to_stdout)
        return rp_error_system(error, failure, "cannot write to standard output");
    if (failure)
        return rp_error_system(error, failure, "cannot write '%s'", path);
    return RP_OK;
}

int rp_text_read(struct rp_text *text, const char *path, struct rp_error *error)
{
    char block[65536];
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (fd >= 0 && (n = read(fd, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        rp_text_add_bytes(text, block, (size_t)n);
    }
    int reason = errno;
    if (fd >= 0)
        close(fd);
    if (n < 0)
        return rp_error_system(error, reason, "cannot read '%.200s'", path);
    return text->failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%.200s'", path) : RP_OK;
}
