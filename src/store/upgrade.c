/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A campaign of an earlier version: what it becomes in this one, and how that takes its place. At no time is
 * there no whole campaign by its name, and a step that was not finished is made again. */
#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

int rp_store_convert(struct rp_store *store, const char *path, struct rp_error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = rp_store_disconnect(store, error);
    if (result == RP_OK)
        result = rp_store_connect(store, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
    if (result == RP_OK)
        result = rp_store_run(store, rp_schema, error);
    if (result == RP_OK)
        result = rp_store_prepare(store, "ATTACH ? AS old", &statement, error);
    if (result == RP_OK) {
        sqlite3_bind_text(statement, 1, store->path, -1, SQLITE_STATIC);
        result = rp_store_step(store, statement, error);
    }
    sqlite3_finalize(statement);
    if (result == RP_OK)
        result = rp_store_run(store, "BEGIN", error);
    if (result == RP_OK)
        result = rp_store_run(store, rp_schema_upgrade, error);
    if (result == RP_OK)
        result = rp_store_run(store, rp_schema_upgrades[store->converted - 1], error);
    return result == RP_OK ? rp_store_run(store, "COMMIT; DETACH old", error) : result;
}

/* With the permissions of `like`; `path` must not be there. */
static int make_like(const char *path, const struct stat *like)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && fchmod(fd, like->st_mode & 07777)) {
        close(fd);
        unlink(path);
        return -1;
    }
    return fd;
}

static int copy(const char *from, const char *to, const struct stat *status)
{
    int in = open(from, O_RDONLY | O_CLOEXEC), out = in < 0 ? -1 : make_like(to, status);
    int failure = out < 0 ? errno : 0;
    ssize_t done = 0;
    for (off_t left = status->st_size; left > 0 && !failure; left -= done) {
        done = sendfile(out, in, NULL, (size_t)left);
        failure = done < 0 ? errno : done == 0 ? EIO : 0;
    }
    if (!failure && fsync(out))
        failure = errno;
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return failure;
}

static bool same_bytes(const char *path, const char *other)
{
    FILE *a = fopen(path, "rbe"), *b = fopen(other, "rbe");
    bool same = a && b;
    for (int byte = 0; same && byte != EOF;)
        same = (byte = getc_unlocked(a)) == getc_unlocked(b);
    if (a)
        fclose(a);
    if (b)
        fclose(b);
    return same;
}

/* Gives the file a second name, or where there are no links a copy. That it is there already may be the work
 * of somebody who died before the next step. */
static int keep_beside(const char *path, const char *old, const char *temporary, const struct stat *status)
{
    struct stat there;
    int failure = link(path, old) ? errno : 0;
    if (!failure)
        return 0;
    if (stat(old, &there) == 0) {
        bool same = there.st_dev == status->st_dev && there.st_ino == status->st_ino;
        return same || (there.st_size == status->st_size && same_bytes(path, old)) ? 0 : EEXIST;
    }
    if (!rp_store_has_no_links(failure))
        return failure;
    failure = copy(path, temporary, status);
    return failure ? failure : rp_store_publish(temporary, old);
}

/* What a campaign of an earlier version becomes, and the names of the file behind symbolic links. */
struct succession {
    char *path;
    struct stat status;
    struct rp_text old, temporary;
};

/* What the campaign becomes takes its place, and it stays beside it. */
static int replace(const struct rp_store *store, const struct succession *files, struct rp_error *error)
{
    struct rp_text spare = {0};
    rp_text_add(&spare, "%s.%ld.tmp", files->old.data, (long)getpid());
    if (spare.failed)
        return rp_store_memory(error);
    unlink(spare.data); /* as in rp_store_make_file */
    int failure = keep_beside(files->path, files->old.data, spare.data, &files->status);
    if (!failure && rename(files->temporary.data, files->path)) {
        failure = errno;
        unlink(files->old.data);
    }
    unlink(spare.data);
    rp_text_free(&spare);
    failure = failure ? failure : rp_store_keep_folder(files->path);
    return failure ? rp_error_system(error, failure,
                                     "cannot keep the campaign '%s' as '%s' before it is made one of this "
                                     "version",
                                     store->path, files->old.data)
                   : RP_OK;
}

static int succeed(struct rp_store *store, const struct succession *files, struct rp_error *error)
{
    unlink(files->temporary.data); /* as in rp_store_make_file */
    int fd = make_like(files->temporary.data, &files->status);
    if (fd < 0)
        return rp_error_system(error, errno, "cannot write beside the campaign '%s'", store->path);
    close(fd);
    int result = rp_store_convert(store, files->temporary.data, error);
    int closed = rp_store_disconnect(store, result ? NULL : error);
    result = result ? result : closed;
    if (result == RP_OK)
        result = replace(store, files, error);
    if (result)
        unlink(files->temporary.data);
    return result;
}

int rp_store_upgrade(struct rp_store *store, struct rp_error *error)
{
    struct succession files = {.path = realpath(store->path, NULL)};
    int result;
    if (!files.path || stat(files.path, &files.status)) {
        result = rp_error_system(error, errno, "cannot open the campaign '%s'", store->path);
    } else {
        rp_text_add(&files.old, "%s.v%u", files.path, store->converted);
        rp_text_add(&files.temporary, "%s.%ld.tmp", files.path, (long)getpid());
        bool failed = files.old.failed || files.temporary.failed;
        result = failed ? rp_store_memory(error) : succeed(store, &files, error);
    }
    rp_text_free(&files.old);
    rp_text_free(&files.temporary);
    free(files.path);
    store->converted = 0;
    return result ? result : rp_store_open_file(store, error);
}
