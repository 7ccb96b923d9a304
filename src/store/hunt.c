/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of a hunt; see hunt.h. */
#include "store/hunt.h"

#include "store/internal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool rp_store_is_database(const char *path)
{
    static const char magic[] = "SQLite format 3"; /* with its NUL */
    char first[sizeof magic] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t length = pread(fd, first, sizeof first, 0);
    close(fd);
    return length == sizeof first && memcmp(first, magic, sizeof magic) == 0;
}

bool rp_store_is_new(const struct rp_store *store)
{
    return !store->db;
}

static int take_row(const struct rp_store *store, sqlite3_stmt *statement, size_t start,
                    struct rp_text *lines, struct rp_error *error)
{
    const char *line = (const char *)sqlite3_column_text(statement, 1);
    size_t length = (size_t)sqlite3_column_bytes(statement, 1);
    if (!line || (uint64_t)sqlite3_column_int64(statement, 0) != lines->length - start)
        return rp_error_set(error, RP_EINPUT, "the campaign '%s' is damaged: a line of its hunt is missing",
                            store->path);
    rp_text_add_bytes(lines, line, length);
    rp_text_add_bytes(lines, "\n", 1);
    return lines->failed ? rp_store_memory(error) : RP_OK;
}

int rp_store_is_hunt(struct rp_store *store, bool *hunt, struct rp_error *error)
{
    struct rp_configuration configuration = {0};
    int result = rp_settings_read(store, &configuration, error);
    *hunt = configuration.hunt;
    return result;
}

int rp_store_hunt_configuration(struct rp_store *store, struct rp_configuration *configuration,
                                struct rp_error *error)
{
    return rp_settings_read(store, configuration, error);
}

int rp_store_hunt_read(struct rp_store *store, struct rp_text *lines, struct rp_error *error)
{
    sqlite3_stmt *statement = NULL;
    size_t start = lines->length;
    bool there = false, hunt;
    int result = rp_store_is_hunt(store, &hunt, error);
    if (result == RP_OK && !hunt)
        result = rp_error_set(error, RP_EINPUT, "the campaign '%s' is a scan's, not a hunt's", store->path);
    if (result == RP_OK)
        result = rp_store_prepare(store, "SELECT place, line FROM hunt ORDER BY place", &statement, error);
    if (result == RP_OK)
        result = rp_store_next(store, statement, &there, error);
    while (result == RP_OK && there) {
        result = take_row(store, statement, start, lines, error);
        if (result == RP_OK)
            result = rp_store_next(store, statement, &there, error);
    }
    sqlite3_finalize(statement);
    return result;
}

int rp_store_hunt_put(struct rp_store *store, uint64_t place, const char *line, size_t length,
                      struct rp_error *error)
{
    int result = rp_store_transaction(store, error);
    if (result == RP_OK && !store->put_line)
        result = rp_store_prepare(store, "INSERT INTO hunt VALUES (?, ?)", &store->put_line, &store->failure);
    if (result == RP_OK) {
        sqlite3_bind_int64(store->put_line, 1, (sqlite3_int64)place);
        sqlite3_bind_text(store->put_line, 2, line, (int)length, SQLITE_STATIC);
        rp_store_step(store, store->put_line, &store->failure);
    }
    return rp_store_tell(store, error);
}

int rp_store_hunt_cut(struct rp_store *store, uint64_t place, struct rp_error *error)
{
    char sql[64];
    snprintf(sql, sizeof sql, "DELETE FROM hunt WHERE place >= %" PRIu64, place);
    if (rp_store_transaction(store, error) == RP_OK)
        rp_store_run(store, sql, &store->failure);
    return rp_store_tell(store, error);
}
