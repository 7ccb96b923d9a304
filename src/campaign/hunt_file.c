/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a hunt; see hunt_file.h. */
#include "campaign/hunt_file_open.h"

#include "report/finding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int append_rows(struct rp_hunt_file *file, const char *lines, size_t length, struct rp_error *error)
{
    int result = RP_OK;
    for (const char *at = lines, *end = lines + length; result == RP_OK && at < end;) {
        size_t span = rp_hunt_file_line_length(at, end);
        result = rp_store_hunt_put(file->campaign.store, (uint64_t)file->end, at, span, error);
        file->end += (off_t)span + 1;
        at += span + 1;
    }
    return result;
}

/* Whole lines. Rows are committed when a second has passed, and by settle(). */
static int append(struct rp_hunt_file *file, const char *bytes, size_t length, struct rp_error *error)
{
    if (file->campaign.store)
        return append_rows(file, bytes, length, error);
    while (length > 0) {
        ssize_t n = pwrite(file->fd, bytes, length, file->end);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return rp_hunt_file_complain(file, "write", error);
        bytes += n;
        length -= (size_t)n;
        file->end += n;
    }
    return RP_OK;
}

/* Devices and fifos have nothing to synchronise. */
static int settle(struct rp_hunt_file *file, struct rp_error *error)
{
    if (file->campaign.store)
        return rp_store_commit(file->campaign.store, error);
    if (fdatasync(file->fd) && errno != EINVAL && errno != EROFS)
        return rp_hunt_file_complain(file, "write", error);
    return RP_OK;
}

static int write_head(struct rp_hunt_file *file, struct rp_error *error)
{
    struct rp_text head = {0};
    rp_hunt_head(file->hunt, &head);
    int result = head.failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", file->path)
                             : append(file, rp_text_string(&head), head.length, error);
    rp_text_free(&head);
    return result;
}

/* Takes up the JSON lines that the campaign begins with, and adds them to `lines`. */
static int import(struct rp_hunt_file *file, struct rp_text *lines, struct rp_error *error)
{
    const char *path = file->path;
    struct stat status = {0};
    file->path = file->campaign.import; /* that is the one to complain about */
    file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int result = RP_OK;
    if (file->fd < 0 || fstat(file->fd, &status))
        result = rp_hunt_file_complain(file, "read", error);
    else if (!S_ISREG(status.st_mode))
        result =
            rp_error_set(error, RP_EINPUT, "'%s' is no regular file, and a hunt is kept in one", file->path);
    if (result == RP_OK)
        result = rp_hunt_file_take_up(file, (size_t)status.st_size, lines, error);
    if (result == RP_OK && lines->length == 0)
        result = rp_error_set(error, RP_EINPUT, "'%s' is no file of a hunt; there is nothing to import",
                              file->path);
    if (result == RP_OK && lines->failed)
        result = rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", file->path);
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    file->path = path;
    return result;
}

/* All of it or nothing; `end` is where the search goes on. */
static int write_imported(struct rp_hunt_file *file, const struct rp_text *lines, struct rp_error *error)
{
    off_t end = file->end;
    file->end = 0;
    int result = append(file, lines->data, lines->length, error);
    file->end = end;
    return result == RP_OK ? settle(file, error) : result;
}

static int already_there(const struct rp_hunt_file *file, struct rp_error *error)
{
    return rp_error_set(error, RP_EINPUT,
                        "'%s' is there already; --resume goes on with it, or name another file", file->path);
}

/* Finds out where the search goes on, before anything is written: from the rows that are there, or from what
 * is imported. */
static int place(struct rp_hunt_file *file, struct rp_text *lines, struct rp_text *imported,
                 struct rp_error *error)
{
    const struct rp_hunt_campaign *campaign = &file->campaign;
    int result = rp_store_is_new(campaign->store) ? RP_OK : rp_store_hunt_read(campaign->store, lines, error);
    if (result)
        return result;
    if (lines->length && campaign->import)
        return rp_error_set(error, RP_EINPUT,
                            "'%s' has begun already, and --import is for a new campaign; leave it out, or "
                            "name another file",
                            file->path);
    file->end = (off_t)lines->length;
    return lines->length      ? rp_hunt_file_replay(file, lines->data, lines->length, error)
           : campaign->import ? import(file, imported, error)
                              : RP_OK;
}

/* Begins the sitting. In a new file nothing may be: another hunt may have been faster. */
static int begin_sitting(struct rp_hunt_file *file, bool is_new, struct rp_error *error)
{
    struct rp_text lines = {0};
    struct rp_results *results = file->campaign.results;
    int result = rp_store_begin(file->campaign.store, results, error);
    if (result == RP_OK && is_new)
        result = rp_store_hunt_read(file->campaign.store, &lines, error);
    if (result == RP_OK && lines.length)
        result = already_there(file, error);
    rp_text_free(&lines);
    file->seconds = results->seconds;
    file->deaths = results->deaths;
    file->hangs = results->hangs;
    return result;
}

static int begin_campaign(struct rp_hunt_file *file, bool resume, struct rp_error *error)
{
    struct rp_text lines = {0}, imported = {0};
    bool is_new = rp_store_is_new(file->campaign.store);
    int result = is_new || resume ? place(file, &lines, &imported, error) : already_there(file, error);
    if (result == RP_OK)
        result = begin_sitting(file, is_new, error);
    if (result == RP_OK && imported.length)
        result = write_imported(file, &imported, error);
    else if (result == RP_OK && lines.length == 0)
        result = write_head(file, error);
    rp_text_free(&lines);
    rp_text_free(&imported);
    return result;
}

static int begin_lines(struct rp_hunt_file *file, bool resume, struct rp_error *error)
{
    /* The process's own: workers that outlive it for a moment hold none. */
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat status;
    if (fstat(file->fd, &status))
        return rp_hunt_file_complain(file, "read", error);
    if (!S_ISREG(status.st_mode))
        return rp_error_set(error, RP_EINPUT, "'%s' is no regular file, and a hunt is kept in one",
                            file->path);
    if (fcntl(file->fd, F_SETLK, &lock))
        return errno == EAGAIN || errno == EACCES
                   ? rp_error_set(error, RP_EENVIRONMENT, "another hunt writes to '%s'", file->path)
                   : rp_hunt_file_complain(file, "lock", error);
    if (status.st_size && !resume)
        return already_there(file, error);
    int result = status.st_size ? rp_hunt_file_take_up(file, (size_t)status.st_size, NULL, error) : RP_OK;
    return result == RP_OK && file->end == 0 && !file->tail ? write_head(file, error) : result;
}

int rp_hunt_file_open(const char *path, bool resume, const struct rp_hunt_campaign *campaign,
                      struct rp_hunt *hunt, rp_hunt_finding *finding, void *context,
                      struct rp_hunt_file **file, struct rp_error *error)
{
    struct rp_hunt_file *f = malloc(sizeof *f);
    if (!f)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", path);
    *f = (struct rp_hunt_file){.path = path,
                               .fd = -1,
                               .campaign = campaign ? *campaign : (struct rp_hunt_campaign){0},
                               .hunt = hunt,
                               .finding = finding,
                               .context = context};
    int result = RP_OK;
    if (campaign) {
        result = begin_campaign(f, resume, error);
    } else {
        f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
        result = f->fd < 0 ? rp_error_system(error, errno, "cannot write '%s'", path)
                           : begin_lines(f, resume, error);
    }
    if (result) {
        f->campaign.store = NULL; /* nothing to add to it */
        rp_hunt_file_close(f, NULL);
        return result;
    }
    *file = f;
    return RP_OK;
}

static void add_sitting(const struct rp_hunt_file *file)
{
    const struct rp_hunt_sitting sitting = rp_hunt_sitting(file->hunt);
    struct rp_results *results = file->campaign.results;
    results->seconds = file->seconds + sitting.seconds;
    if (sitting.peak_pss > results->peak_pss)
        results->peak_pss = sitting.peak_pss;
    results->deaths = file->deaths + sitting.deaths;
    results->hangs = file->hangs + sitting.hangs;
}

int rp_hunt_file_close(struct rp_hunt_file *file, struct rp_error *error)
{
    int result = RP_OK;
    if (!file)
        return RP_OK;
    if (file->campaign.store) {
        add_sitting(file);
        result = settle(file, error);
    }
    if (file->fd >= 0) {
        result = settle(file, error);
        close(file->fd);
    }
    free(file->tail);
    free(file);
    return result;
}

static int cut_rows(const struct rp_hunt_file *file, struct rp_error *error)
{
    struct rp_store *store = file->campaign.store;
    return store ? rp_store_hunt_cut(store, (uint64_t)file->end, error) : RP_OK;
}

/* The executor answers otherwise than before: what it found then stays, the bookkeeping goes. */
static int give_up_tail(struct rp_hunt_file *file, const char *line, size_t line_size, struct rp_error *error)
{
    char id[RP_FINDING_ID_SIZE], now[RP_FINDING_ID_SIZE] = "";
    const char *at = file->tail + file->met, *end = file->tail + file->tail_length;
    struct rp_text kept = {0};
    rp_line_field(line, line_size, "id", now, sizeof now);
    for (; at < end; at += rp_hunt_file_line_length(at, end) + 1) {
        bool is_position;
        size_t length = rp_hunt_file_line_length(at, end);
        if (!rp_hunt_file_is_finding(at, length) || !rp_line_field(at, length, "id", id, sizeof id) ||
            strcmp(id, now) == 0 || rp_hunt_replay(file->hunt, at, length, &is_position, NULL))
            continue;
        rp_text_add_bytes(&kept, at, length + 1);
        file->finding(file->context, at, length);
    }
    file->met = file->tail_length;
    int result = kept.failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%s'", file->path)
                             : cut_rows(file, error);
    if (result == RP_OK)
        result = append(file, rp_text_string(&kept), kept.length, error);
    rp_text_free(&kept);
    if (result == RP_OK && file->fd >= 0 && ftruncate(file->fd, file->end))
        result = rp_hunt_file_complain(file, "cut", error);
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
    if (result == RP_OK && file->campaign.store)
        rp_store_tick(file->campaign.store);
    else if (result == RP_OK && (is_found || memmem(line, length, "hunt-position", 13)))
        result = settle(file, error);
    return result;
}

void rp_hunt_file_tick(struct rp_hunt_file *file)
{
    if (file->campaign.store)
        rp_store_tick(file->campaign.store);
}

bool rp_hunt_file_is_settled(const struct rp_hunt_file *file)
{
    return !file->campaign.store || rp_store_is_settled(file->campaign.store);
}
