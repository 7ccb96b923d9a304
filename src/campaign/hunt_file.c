/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a hunt; see hunt_file.h. */
#include "campaign/hunt_file.h"

#include "report/finding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct rp_hunt_file {
    const char *path;
    int fd;
    off_t end; /* bytes that stand */
    struct rp_hunt *hunt;
    rp_hunt_finding *finding;
    void *context;
    /* What stands behind the last position: it is met again, line by line, up to `met`. */
    char *tail;
    size_t tail_length, met;
};

static int complain(const struct rp_hunt_file *file, const char *what, struct rp_error *error)
{
    return rp_error_system(error, errno, "cannot %s '%s'", what, file->path);
}

static int append(struct rp_hunt_file *file, const char *bytes, size_t length, struct rp_error *error)
{
    while (length > 0) {
        ssize_t n = pwrite(file->fd, bytes, length, file->end);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return complain(file, "write", error);
        bytes += n;
        length -= (size_t)n;
        file->end += n;
    }
    return RP_OK;
}

/* Devices and fifos have nothing to synchronise. */
static int settle(struct rp_hunt_file *file, struct rp_error *error)
{
    if (fdatasync(file->fd) && errno != EINVAL && errno != EROFS)
        return complain(file, "write", error);
    return RP_OK;
}

static bool is_finding(const char *line, size_t length)
{
    char schema[32];
    return rp_line_field(line, length, "schema", schema, sizeof schema) &&
           strcmp(schema, "ringprobe.hunt/1") == 0;
}

/* The length of the line at `at`, without its line feed. */
static size_t line_length(const char *at, const char *end)
{
    const char *feed = memchr(at, '\n', (size_t)(end - at));
    return (size_t)((feed ? feed : end) - at);
}

static int compare_head(const struct rp_hunt_file *file, const char *line, size_t length,
                        struct rp_error *error)
{
    static const char *const keys[] = {"executor", "version", "cpu",    "policy",  "seed",
                                       "limit",    "shard",   "shards", "decoder", "corpus"};
    struct rp_text head = {0};
    char was[128], is[128];
    rp_hunt_head(file->hunt, &head);
    bool same = head.length == length + 1 && memcmp(head.data, line, length) == 0;
    int result = RP_OK;
    if (!same && (length < 2 || !memmem(line, length, "\"ringprobe.hunt-start/1\"", 24)))
        result = rp_error_set(error, RP_EINPUT, "'%s' is no file of a hunt; name another with --output",
                              file->path);
    for (size_t i = 0; !same && result == RP_OK && i < sizeof keys / sizeof keys[0]; i++)
        if (!rp_line_field(line, length, keys[i], was, sizeof was) ||
            !rp_line_field(rp_text_string(&head), head.length, keys[i], is, sizeof is) ||
            strcmp(was, is) != 0)
            result = rp_error_set(error, RP_EINPUT,
                                  "'%s' is of another hunt, its %s is not the same; give the options that "
                                  "it was begun with, or name another file with --output",
                                  file->path, keys[i]);
    if (!same && result == RP_OK)
        result = rp_error_set(error, RP_EINPUT,
                              "'%s' is of another hunt, its modes or searches are not the same; give the "
                              "options that it was begun with, or name another file with --output",
                              file->path);
    rp_text_free(&head);
    return result;
}

/* Replays what stands before the last position, keeps the rest as the tail. */
static int replay(struct rp_hunt_file *file, char *text, size_t length, struct rp_error *error)
{
    const char *end = text + length, *last = text;
    unsigned number = 1;
    int result = compare_head(file, text, line_length(text, end), error);
    for (const char *at = text; at < end; at += line_length(at, end) + 1)
        if (memmem(at, line_length(at, end), "\"ringprobe.hunt-position/1\"", 27))
            last = at;
    const char *at = text + line_length(text, end) + 1;
    for (; result == RP_OK && at <= last && at < end; at += line_length(at, end) + 1) {
        struct rp_error why = {0};
        bool is_position;
        size_t span = line_length(at, end);
        number++;
        if (rp_hunt_replay(file->hunt, at, span, &is_position, &why))
            result = rp_error_set(error, RP_EINPUT,
                                  "%s:%u: %.200s; cut the file before that line, or name another", file->path,
                                  number, why.line);
        else if (is_finding(at, span))
            file->finding(file->context, at, span);
    }
    if (result == RP_OK && at < end) {
        file->tail_length = (size_t)(end - at);
        file->tail = malloc(file->tail_length);
        if (!file->tail)
            return rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", file->path);
        memcpy(file->tail, at, file->tail_length);
        file->end = at - text;
    }
    return result;
}

static int read_all(struct rp_hunt_file *file, char *text, size_t size, struct rp_error *error)
{
    for (size_t got = 0; got < size;) {
        ssize_t n = pread(file->fd, text + got, size - got, (off_t)got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? complain(file, "read", error)
                     : rp_error_set(error, RP_EENVIRONMENT, "'%s' became shorter while it was read",
                                    file->path);
        got += (size_t)n;
    }
    return RP_OK;
}

/* Goes on with what is there. */
static int take_up(struct rp_hunt_file *file, size_t size, struct rp_error *error)
{
    char *text = malloc(size);
    if (!text)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", file->path);
    int result = read_all(file, text, size, error);
    const char *feed = result == RP_OK ? memrchr(text, '\n', size) : NULL;
    size_t whole = feed ? (size_t)(feed - text) + 1 : 0;
    file->end = (off_t)whole;
    if (result == RP_OK && whole)
        result = replay(file, text, whole, error);
    /* Only now: a file of somebody else's stays as it is. */
    if (result == RP_OK && whole < size && ftruncate(file->fd, (off_t)whole))
        result = complain(file, "cut", error);
    free(text);
    return result;
}

static int begin(struct rp_hunt_file *file, bool resume, struct rp_error *error)
{
    /* The process's own: workers that outlive it for a moment hold none. */
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat status;
    struct rp_text head = {0};
    if (fstat(file->fd, &status))
        return complain(file, "read", error);
    if (!S_ISREG(status.st_mode))
        return rp_error_set(error, RP_EINPUT, "'%s' is no regular file, and a hunt is kept in one",
                            file->path);
    if (fcntl(file->fd, F_SETLK, &lock))
        return errno == EAGAIN || errno == EACCES
                   ? rp_error_set(error, RP_EENVIRONMENT, "another hunt writes to '%s'", file->path)
                   : complain(file, "lock", error);
    if (status.st_size && !resume)
        return rp_error_set(error, RP_EINPUT,
                            "'%s' is there already; --resume goes on with it, or name another file",
                            file->path);
    int result = status.st_size ? take_up(file, (size_t)status.st_size, error) : RP_OK;
    if (result == RP_OK && file->end == 0 && !file->tail) {
        rp_hunt_head(file->hunt, &head);
        result = append(file, rp_text_string(&head), head.length, error);
        rp_text_free(&head);
    }
    return result;
}

int rp_hunt_file_open(const char *path, bool resume, struct rp_hunt *hunt, rp_hunt_finding *finding,
                      void *context, struct rp_hunt_file **file, struct rp_error *error)
{
    struct rp_hunt_file *f = malloc(sizeof *f);
    if (!f)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", path);
    *f = (struct rp_hunt_file){.path = path,
                               .fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666),
                               .hunt = hunt,
                               .finding = finding,
                               .context = context};
    int result =
        f->fd < 0 ? rp_error_system(error, errno, "cannot write '%s'", path) : begin(f, resume, error);
    if (result) {
        rp_hunt_file_close(f, NULL);
        return result;
    }
    *file = f;
    return RP_OK;
}

int rp_hunt_file_close(struct rp_hunt_file *file, struct rp_error *error)
{
    int result = RP_OK;
    if (!file)
        return RP_OK;
    if (file->fd >= 0) {
        result = settle(file, error);
        close(file->fd);
    }
    free(file->tail);
    free(file);
    return result;
}

/* The executor answers otherwise than before: what it found then stays, the bookkeeping goes. */
static int give_up_tail(struct rp_hunt_file *file, const char *line, size_t line_size, struct rp_error *error)
{
    char id[RP_FINDING_ID_SIZE], now[RP_FINDING_ID_SIZE] = "";
    const char *at = file->tail + file->met, *end = file->tail + file->tail_length;
    struct rp_text kept = {0};
    rp_line_field(line, line_size, "id", now, sizeof now);
    for (; at < end; at += line_length(at, end) + 1) {
        bool is_position;
        size_t length = line_length(at, end);
        if (!is_finding(at, length) || !rp_line_field(at, length, "id", id, sizeof id) ||
            strcmp(id, now) == 0 || rp_hunt_replay(file->hunt, at, length, &is_position, NULL))
            continue;
        rp_text_add_bytes(&kept, at, length + 1);
        file->finding(file->context, at, length);
    }
    file->met = file->tail_length;
    int result = kept.failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", file->path)
                             : append(file, rp_text_string(&kept), kept.length, error);
    rp_text_free(&kept);
    if (result == RP_OK && ftruncate(file->fd, file->end))
        result = complain(file, "cut", error);
    return result;
}

int rp_hunt_file_take(void *context, const char *line, size_t length, bool is_found, struct rp_error *error)
{
    struct rp_hunt_file *file = context;
    size_t left = file->tail_length - file->met;
    int result = RP_OK;
    if (is_found)
        file->finding(file->context, line, length - 1);
    if (left >= length && memcmp(file->tail + file->met, line, length) == 0) {
        file->met += length;
        file->end += (off_t)length;
        return RP_OK;
    }
    if (left)
        result = give_up_tail(file, line, length, error);
    if (result == RP_OK)
        result = append(file, line, length, error);
    if (result == RP_OK && (is_found || memmem(line, length, "hunt-position", 13)))
        result = settle(file, error);
    return result;
}
