/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing text and its publication; see text.h. */
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool reserve(struct rp_text *text, size_t more)
{
    if (text->failed)
        return false;
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
    } else if (length >= 0 && reserve(text, (size_t)length)) {
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

static int publish_stdout(const struct rp_text *text, struct rp_error *error)
{
    int failure = write_all(STDOUT_FILENO, rp_text_string(text), text->length);
    if (failure && failure != EPIPE)
        return rp_error_system(error, failure, "cannot write to standard output");
    return RP_OK;
}

static int write_and_close(int fd, const struct rp_text *text)
{
    int failure = write_all(fd, rp_text_string(text), text->length);
    if (!failure && fsync(fd) && errno != EINVAL && errno != EROFS)
        failure = errno;
    if (close(fd) && !failure)
        failure = errno;
    return failure;
}

int rp_text_publish(const struct rp_text *text, const char *path, struct rp_error *error)
{
    if (text->failed)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory while writing '%s'", path ? path : "-");
    if (!path || strcmp(path, "-") == 0)
        return publish_stdout(text, error);
    struct stat target;
    if (stat(path, &target) == 0 &&
        !S_ISREG(target.st_mode)) { /* /dev/full, a fifo: nothing to rename over */
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        int failure = fd < 0 ? errno : write_and_close(fd, text);
        return failure ? rp_error_system(error, failure, "cannot write '%s'", path) : RP_OK;
    }
    struct rp_text temporary = {0};
    rp_text_add(&temporary, "%s.XXXXXX", path);
    int fd = temporary.failed ? -1 : mkstemp(temporary.data);
    int failure = fd < 0 ? errno : 0;
    if (fd >= 0) {
        fchmod(fd, 0644);
        failure = write_and_close(fd, text);
        if (!failure && rename(temporary.data, path))
            failure = errno;
        if (failure)
            unlink(temporary.data);
    }
    rp_text_free(&temporary);
    return failure ? rp_error_system(error, failure, "cannot write '%s'", path) : RP_OK;
}
