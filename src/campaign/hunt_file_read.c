/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands in the file of a hunt that goes on: whose it is, and where the search was; see
 * hunt_file_open.h. */
#include "campaign/hunt_file_open.h"

#include "report/finding.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int rp_hunt_file_complain(const struct rp_hunt_file *file, const char *what, struct rp_error *error)
{
    return rp_error_system(error, errno, "cannot %s '%s'", what, file->path);
}

bool rp_hunt_file_is_finding(const char *line, size_t length)
{
    char schema[32];
    return rp_line_field(line, length, "schema", schema, sizeof schema) &&
           strcmp(schema, "ringprobe.hunt/1") == 0;
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

static int refuse_line(const struct rp_hunt_file *file, unsigned number, const struct rp_error *why,
                       struct rp_error *error)
{
    if (file->fd < 0)
        return rp_error_set(error, RP_EINPUT, "the campaign '%s' is damaged: its line %u: %.200s", file->path,
                            number, why->line);
    return rp_error_set(error, RP_EINPUT, "%s:%u: %.200s; cut the file before that line, or name another",
                        file->path, number, why->line);
}

int rp_hunt_file_replay(struct rp_hunt_file *file, const char *text, size_t length, struct rp_error *error)
{
    const char *end = text + length, *last = text;
    unsigned number = 1;
    int result = compare_head(file, text, rp_hunt_file_line_length(text, end), error);
    for (const char *at = text; at < end; at += rp_hunt_file_line_length(at, end) + 1)
        if (memmem(at, rp_hunt_file_line_length(at, end), "\"ringprobe.hunt-position/1\"", 27))
            last = at;
    const char *at = text + rp_hunt_file_line_length(text, end) + 1;
    for (; result == RP_OK && at <= last && at < end; at += rp_hunt_file_line_length(at, end) + 1) {
        struct rp_error why = {0};
        bool is_position;
        size_t span = rp_hunt_file_line_length(at, end);
        number++;
        if (rp_hunt_replay(file->hunt, at, span, &is_position, &why))
            result = refuse_line(file, number, &why, error);
        else if (rp_hunt_file_is_finding(at, span))
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
            return n ? rp_hunt_file_complain(file, "read", error)
                     : rp_error_set(error, RP_EENVIRONMENT, "'%s' became shorter while it was read",
                                    file->path);
        got += (size_t)n;
    }
    return RP_OK;
}

int rp_hunt_file_take_up(struct rp_hunt_file *file, size_t size, struct rp_text *lines,
                         struct rp_error *error)
{
    char *text = malloc(size + 1);
    if (!text)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", file->path);
    int result = read_all(file, text, size, error);
    const char *feed = result == RP_OK ? memrchr(text, '\n', size) : NULL;
    size_t whole = feed ? (size_t)(feed - text) + 1 : 0;
    file->end = (off_t)whole;
    if (result == RP_OK && whole)
        result = rp_hunt_file_replay(file, text, whole, error);
    if (lines) {
        rp_text_add_bytes(lines, text, whole);
        free(text);
        return result;
    }
    /* Only now: a file of somebody else's stays as it is. */
    if (result == RP_OK && whole < size && ftruncate(file->fd, (off_t)whole))
        result = rp_hunt_file_complain(file, "cut", error);
    free(text);
    return result;
}
