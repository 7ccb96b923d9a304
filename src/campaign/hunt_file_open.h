/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An open file of a hunt: what hunt_file.c, which writes it, and hunt_file_read.c, which goes on with what
 * stands in it, share. Private to both. */
#ifndef RP_CAMPAIGN_HUNT_FILE_OPEN_H
#define RP_CAMPAIGN_HUNT_FILE_OPEN_H

#include "campaign/hunt_file.h"

#include <string.h>
#include <sys/types.h>

struct rp_hunt_file {
    const char *path;
    int fd; /* of JSON lines; -1: there is a campaign */
    struct rp_hunt_campaign campaign;
    double seconds; /* of earlier sittings, as what follows */
    unsigned deaths, hangs;
    off_t end; /* bytes that stand */
    struct rp_hunt *hunt;
    rp_hunt_finding *finding;
    void *context;
    /* What stands behind the last position: it is met again, line by line, up to `met`. */
    char *tail;
    size_t tail_length, met;
};

/* Goes on with what is there, `size` bytes; the whole lines of it are added to `lines` unless that is NULL.
 */
int rp_hunt_file_take_up(struct rp_hunt_file *file, size_t size, struct rp_text *lines,
                         struct rp_error *error);

/* Replays what stands before the last position of `text`, keeps the rest as the tail. */
int rp_hunt_file_replay(struct rp_hunt_file *file, const char *text, size_t length, struct rp_error *error);

/* "cannot WHAT 'PATH'", with errno's reason. */
int rp_hunt_file_complain(const struct rp_hunt_file *file, const char *what, struct rp_error *error);

/* The length of the line at `at`, without its line feed. */
static inline size_t rp_hunt_file_line_length(const char *at, const char *end)
{
    const char *feed = memchr(at, '\n', (size_t)(end - at));
    return (size_t)((feed ? feed : end) - at);
}

/* True of the line of a finding. */
bool rp_hunt_file_is_finding(const char *line, size_t length);

#endif
