/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a campaign: how it comes to be, who may open it, and what SQLite's errors mean to a person.
 * SCHEMA.md, "What is not lost", says why journal and locks are as they are. */
#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int rp_store_memory(struct rp_error *error)
{
    return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a campaign");
}

int rp_store_fail(const struct rp_store *store, int code, struct rp_error *error)
{
    const char *reason = store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(code);
    int system = store->db ? sqlite3_system_errno(store->db) : 0;
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return rp_store_memory(error);
    case SQLITE_BUSY:
        return rp_error_set(error, RP_EENVIRONMENT,
                            "the campaign '%s' is in use: a scan or a hunt writes to it, or a report reads "
                            "it; wait for its end",
                            store->path);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return rp_error_set(error, RP_EINPUT, "'%s' is no campaign, or a damaged one: %s", store->path,
                            reason);
    case SQLITE_FULL:
        return rp_error_set(error, RP_EENVIRONMENT,
                            "cannot write the campaign '%s': the disk is full; what it has is safe, make "
                            "room and give the same command again",
                            store->path);
    default:
        break;
    }
    if (system)
        return rp_error_system(error, system, "cannot %s the campaign '%s'", store->writes ? "write" : "read",
                               store->path);
    return rp_error_set(error, RP_EENVIRONMENT, "cannot %s the campaign '%s': %s",
                        store->writes ? "write" : "read", store->path, reason);
}

int rp_store_run(const struct rp_store *store, const char *sql, struct rp_error *error)
{
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    return code ? rp_store_fail(store, code, error) : RP_OK;
}

int rp_store_prepare(const struct rp_store *store, const char *sql, sqlite3_stmt **statement,
                     struct rp_error *error)
{
    int code = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    return code ? rp_store_fail(store, code, error) : RP_OK;
}

int rp_store_next(const struct rp_store *store, sqlite3_stmt *statement, bool *there, struct rp_error *error)
{
    int code = sqlite3_step(statement);
    *there = code == SQLITE_ROW;
    if (*there)
        return RP_OK;
    int result = code == SQLITE_DONE ? RP_OK : rp_store_fail(store, code, error);
    sqlite3_reset(statement);
    return result;
}

int rp_store_step(const struct rp_store *store, sqlite3_stmt *statement, struct rp_error *error)
{
    bool there;
    int result = rp_store_next(store, statement, &there, error);
    sqlite3_reset(statement);
    return result;
}

int rp_store_number(const struct rp_store *store, const char *sql, uint64_t *number, struct rp_error *error)
{
    sqlite3_stmt *statement;
    bool there = false;
    int result = rp_store_prepare(store, sql, &statement, error);
    if (result == RP_OK)
        result = rp_store_next(store, statement, &there, error);
    if (there)
        *number = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return result;
}

/* One process writes and keeps the lock; a rollback journal, which works wherever locks do; a commit is on
 * disk, journal and folder too, when it returns. A damaged file shall be an error, not a wrong answer. */
static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE;"
                               "PRAGMA synchronous = EXTRA; PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;";

int rp_store_connect(struct rp_store *store, const char *path, int flags, struct rp_error *error)
{
    int code =
        sqlite3_open_v2(path, &store->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
    return code ? rp_store_fail(store, code, error) : RP_OK;
}

int rp_store_disconnect(struct rp_store *store, struct rp_error *error)
{
    int code = sqlite3_close(store->db);
    if (code == SQLITE_OK)
        store->db = NULL;
    return code ? rp_store_fail(store, code, error) : RP_OK;
}

/* What everybody has to write first. */
struct content {
    const struct rp_configuration *configuration;
    rp_store_filler *fill;
    void *context;
};

static int write_content(struct rp_store *store, const char *temporary, const struct content *content,
                         struct rp_error *error)
{
    int result = rp_store_connect(store, temporary, SQLITE_OPEN_READWRITE, error);
    if (result == RP_OK)
        result = rp_store_run(store, settings, error);
    if (result == RP_OK)
        result = rp_store_run(store, "BEGIN", error);
    if (result == RP_OK)
        result = rp_store_run(store, rp_schema, error);
    if (result == RP_OK)
        result = rp_settings_write(store, content->configuration, error);
    if (result == RP_OK)
        result = rp_store_run(store, "COMMIT", error);
    if (result == RP_OK && content->fill)
        result = content->fill(store, content->context, error);
    int closed = rp_store_disconnect(store, result ? NULL : error);
    return result ? result : closed;
}

int rp_store_keep_folder(const char *path)
{
    char *copy = strdup(path);
    int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int failure = fd < 0 ? errno : 0;
    if (fd >= 0 && fsync(fd) && errno != EINVAL && errno != EROFS)
        failure = errno;
    if (fd >= 0)
        close(fd);
    free(copy);
    return failure;
}

bool rp_store_has_no_links(int failure)
{
    return failure == EPERM || failure == EOPNOTSUPP || failure == ENOSYS;
}

/* By link and not by rename, which would replace the campaign of somebody who was faster. Where there are no
 * links, rename it is. */
int rp_store_publish(const char *temporary, const char *path)
{
    int failure = link(temporary, path) ? errno : 0;
    if (rp_store_has_no_links(failure))
        return rename(temporary, path) ? errno : rp_store_keep_folder(path);
    unlink(temporary);
    return failure ? failure : rp_store_keep_folder(path);
}

int rp_store_make_file(struct rp_store *store, const struct rp_configuration *configuration,
                       rp_store_filler *fill, void *context, struct rp_error *error)
{
    const struct content content = {configuration, fill, context};
    struct rp_text temporary = {0};
    rp_text_add(&temporary, "%s.%ld.tmp", store->path, (long)getpid());
    if (temporary.failed)
        return rp_store_memory(error);
    unlink(temporary.data); /* of a process that died and had our number */
    int fd = open(temporary.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), result;
    if (fd < 0) {
        result = rp_error_system(error, errno, "cannot make the campaign '%s'", store->path);
    } else {
        close(fd);
        result = write_content(store, temporary.data, &content, error);
        int failure = result ? 0 : rp_store_publish(temporary.data, store->path);
        if (failure)
            result = rp_error_system(error, failure, "cannot make the campaign '%s'", store->path);
        if (result)
            unlink(temporary.data);
    }
    rp_text_free(&temporary);
    return result;
}

static int check_version(const struct rp_store *store, unsigned *earlier, struct rp_error *error)
{
    uint64_t application = 0, version = 0;
    int result = rp_store_number(store, "PRAGMA application_id", &application, error);
    if (result == RP_OK)
        result = rp_store_number(store, "PRAGMA user_version", &version, error);
    if (result)
        return result;
    if (application != RP_STORE_APPLICATION)
        return rp_error_set(error, RP_EINPUT, "'%s' is no campaign of ringprobe", store->path);
    *earlier = version < RP_STORE_VERSION ? (unsigned)version : 0;
    if (version != RP_STORE_VERSION && !*earlier)
        return rp_error_set(
            error, RP_EINPUT, "the campaign '%s' has schema %d and this ringprobe knows %d: take a %s one",
            store->path, (int)version, RP_STORE_VERSION, version > RP_STORE_VERSION ? "newer" : "fresh");
    return RP_OK;
}

static int check_file(const struct rp_store *store, struct rp_error *error)
{
    struct stat status;
    if (stat(store->path, &status))
        return rp_error_system(error, errno, "cannot open the campaign '%s'", store->path);
    if (!S_ISREG(status.st_mode))
        return rp_error_set(error, RP_EINPUT, "'%s' is no campaign: a campaign is a file", store->path);
    if (status.st_size == 0)
        return rp_error_set(error, RP_EINPUT, "'%s' is no campaign: it is empty", store->path);
    return RP_OK;
}

/* SQLite reads zeros where the last page is cut short. What a killed scan left was rolled back by now. */
static int check_length(const struct rp_store *store, struct rp_error *error)
{
    struct stat status;
    uint64_t bytes = 0;
    int result = rp_store_number(
        store, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", &bytes, error);
    if (result || (stat(store->path, &status) == 0 && (uint64_t)status.st_size >= bytes))
        return result;
    return rp_error_set(error, RP_EINPUT, "'%s' is no campaign, or a damaged one: it is cut short",
                        store->path);
}

/* Also to read it is opened for writing, if that may be: what a killed scan left half-written in the file is
 * rolled back first. */
int rp_store_open_file(struct rp_store *store, struct rp_error *error)
{
    unsigned earlier = 0;
    int result = check_file(store, error);
    if (result == RP_OK)
        result = rp_store_connect(store, store->path, SQLITE_OPEN_READWRITE, error);
    if (result == RP_OK && store->writes && sqlite3_db_readonly(store->db, "main"))
        result = rp_error_system(error, EACCES, "cannot write the campaign '%s'", store->path);
    if (result == RP_OK)
        result = check_version(store, &earlier, error);
    if (result == RP_OK)
        result = check_length(store, error);
    if (result || earlier) {
        store->converted = result == RP_OK ? earlier : 0;
        return result ? result : rp_store_convert(store, "", error);
    }
    if (store->writes)
        result = rp_store_run(store, settings, error);
    if (result == RP_OK && store->writes)
        result = rp_store_run(store, "BEGIN EXCLUSIVE; COMMIT", error);
    return result;
}
