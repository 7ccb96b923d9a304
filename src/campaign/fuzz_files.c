/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a fuzz campaign's directory; see fuzz_files.h. */
#include "campaign/fuzz_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const part_names[RP_FUZZ_PARTS] = {"campaign", "corpus", "behaviours", "findings.jsonl"};

const char *rp_fuzz_part_name(enum rp_fuzz_part part)
{
    return part_names[part];
}

int rp_fuzz_files_complain(const struct rp_fuzz_files *files, const char *what, const char *name,
                           struct rp_error *error)
{
    return rp_error_system(error, errno, "cannot %s '%.150s/%s'", what, files->path, name);
}

int rp_fuzz_files_damaged(const struct rp_fuzz_files *files, const char *name, uint64_t at, const char *why,
                          struct rp_error *error)
{
    return rp_error_set(error, RP_EINPUT,
                        "'%.120s/%s' is damaged at byte %" PRIu64
                        " (%.60s); restore it, or name another directory",
                        files->path, name, at, why);
}

/* The whole file. */
int rp_fuzz_files_read(const struct rp_fuzz_files *files, enum rp_fuzz_part part, struct rp_text *text,
                       struct rp_error *error)
{
    char block[65536];
    ssize_t n;
    off_t at = 0;
    while ((n = pread(files->fd[part], block, sizeof block, at)) > 0) {
        rp_text_add_bytes(text, block, (size_t)n);
        at += n;
    }
    if (n < 0)
        return rp_fuzz_files_complain(files, "read", part_names[part], error);
    return text->failed ? rp_error_set(error, RP_EENVIRONMENT, "out of memory for '%.200s'", files->path)
                        : RP_OK;
}

int rp_fuzz_files_write(const struct rp_fuzz_files *files, enum rp_fuzz_part part, const char *bytes,
                        size_t length, uint64_t at, struct rp_error *error)
{
    while (length > 0) {
        ssize_t n = pwrite(files->fd[part], bytes, length, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return rp_fuzz_files_complain(files, "write", part_names[part], error);
        bytes += n;
        length -= (size_t)n;
        at += (uint64_t)n;
    }
    return RP_OK;
}

static bool is_empty(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    bool empty = folder != NULL;
    while (empty && (entry = readdir(folder)))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (folder)
        closedir(folder);
    return empty;
}

int rp_fuzz_files_open(struct rp_fuzz_files *files, const char *path, struct rp_error *error)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    *files = (struct rp_fuzz_files){.path = strdup(path), .folder = -1};
    for (unsigned part = 0; part < RP_FUZZ_PARTS; part++)
        files->fd[part] = -1;
    if (!files->path)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a directory");
    if (mkdir(files->path, 0777) && errno != EEXIST)
        return rp_error_system(error, errno, "cannot make the directory '%.200s'", files->path);
    files->folder = open(files->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files->folder < 0)
        return rp_error_system(error, errno, "cannot open the directory '%.200s'", files->path);
    bool is_new = faccessat(files->folder, part_names[RP_FUZZ_HEAD], F_OK, 0) != 0;
    if (is_new && !is_empty(files->path))
        return rp_error_set(
            error, RP_EINPUT,
            "'%.180s' is not empty and no directory of a fuzz campaign; name another with --output",
            files->path);
    files->fd[RP_FUZZ_HEAD] =
        openat(files->folder, part_names[RP_FUZZ_HEAD], O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (files->fd[RP_FUZZ_HEAD] < 0)
        return rp_fuzz_files_complain(files, "write", part_names[RP_FUZZ_HEAD], error);
    if (fcntl(files->fd[RP_FUZZ_HEAD], F_SETLK, &lock))
        return rp_error_set(error, RP_EENVIRONMENT, "another campaign has '%.200s' open", files->path);
    return RP_OK;
}

int rp_fuzz_files_open_parts(struct rp_fuzz_files *files, bool is_new, struct rp_error *error)
{
    for (unsigned part = RP_FUZZ_HEAD + 1; part < RP_FUZZ_PARTS; part++) {
        files->fd[part] =
            openat(files->folder, part_names[part], O_RDWR | O_CLOEXEC | (is_new ? O_CREAT : 0), 0666);
        if (files->fd[part] < 0 && errno == ENOENT && !is_new)
            return rp_fuzz_files_damaged(files, part_names[part], 0, "it is not there", error);
        if (files->fd[part] < 0)
            return rp_fuzz_files_complain(files, "write", part_names[part], error);
    }
    return RP_OK;
}

void rp_fuzz_files_close(struct rp_fuzz_files *files)
{
    for (unsigned part = 0; part < RP_FUZZ_PARTS; part++)
        if (files->fd[part] >= 0)
            close(files->fd[part]);
    if (files->folder >= 0)
        close(files->folder);
    free(files->path);
}

int rp_fuzz_files_settle(const struct rp_fuzz_files *files, enum rp_fuzz_part part, struct rp_error *error)
{
    return fdatasync(files->fd[part]) ? rp_fuzz_files_complain(files, "write", part_names[part], error)
                                      : RP_OK;
}

int rp_fuzz_files_cut(const struct rp_fuzz_files *files, enum rp_fuzz_part part, uint64_t length,
                      struct rp_error *error)
{
    return ftruncate(files->fd[part], (off_t)length)
               ? rp_fuzz_files_complain(files, "write", part_names[part], error)
               : RP_OK;
}

bool rp_fuzz_files_is_empty(const struct rp_fuzz_files *files, enum rp_fuzz_part part)
{
    struct stat status;
    return fstatat(files->folder, part_names[part], &status, 0) ? errno == ENOENT : status.st_size == 0;
}
