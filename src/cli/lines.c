/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded, unhurried reading of lines; see lines.h. */
#include "cli/lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Reads once. RP_LINE_READY: the buffer has more, or at_end is set. */
static int fill(struct rp_lines *lines, bool wait, struct rp_error *error)
{
    struct pollfd input = {.fd = lines->fd, .events = POLLIN};
    if (lines->start > 0) {
        memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
        lines->end -= lines->start;
        lines->start = 0;
    }
    if (!wait && poll(&input, 1, 0) == 0)
        return RP_LINE_LATER;
    ssize_t got = read(lines->fd, lines->buffer + lines->end, sizeof lines->buffer - lines->end);
    if (got < 0 && errno == EINTR)
        return lines->stop && *lines->stop ? RP_LINE_END : RP_LINE_READY;
    if (got < 0)
        return rp_error_system(error, errno, "cannot read %s", lines->name ? lines->name : "standard input");
    lines->at_end = got == 0;
    lines->end += (size_t)got;
    return RP_LINE_READY;
}

/* Takes `length` bytes off as a line; `eaten` with the line feed. */
static void take(struct rp_lines *lines, size_t length, size_t eaten, struct rp_line *line)
{
    const char *from = lines->buffer + lines->start;
    line->cut = length > RP_LINE_MAX;
    line->length = line->cut ? RP_LINE_MAX : length;
    memcpy(line->bytes, from, line->length);
    if (!line->cut && line->length && line->bytes[line->length - 1] == '\r')
        line->length--;
    line->bytes[line->length] = '\0';
    lines->start += eaten;
    lines->number++;
}

int rp_lines_next(struct rp_lines *lines, bool wait, struct rp_line *line, struct rp_error *error)
{
    for (;;) {
        size_t held = lines->end - lines->start;
        const char *feed = memchr(lines->buffer + lines->start, '\n', held);
        size_t length = feed ? (size_t)(feed - lines->buffer) - lines->start : held;
        bool whole = feed || (lines->at_end && held > 0), full = held > RP_LINE_MAX;
        if (lines->skipping && (feed || full || lines->at_end)) { /* the rest of one that was too long */
            lines->skipping = !feed && !lines->at_end;
            lines->start += length + (feed != NULL);
            continue;
        }
        if (whole || full) {
            lines->skipping = !whole;
            take(lines, length, length + (feed != NULL), line);
            return RP_LINE_READY;
        }
        if (lines->at_end)
            return RP_LINE_END;
        int state = fill(lines, wait, error);
        if (state != RP_LINE_READY)
            return state;
    }
}
