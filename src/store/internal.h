/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this room share: the connection, its statements, its errors. Private to src/store. */
#ifndef RP_STORE_INTERNAL_H
#define RP_STORE_INTERNAL_H

#include "store/row.h"
#include "store/schema.h"
#include "store/store.h"

#include <sqlite3.h>
#include <time.h>

/* A behaviour as it was read: the verdict that its encodings have alike. */
struct rp_stored_behaviour {
    sqlite3_int64 digest;
    struct rp_verdict verdict; /* without divergences, which an encoding has of its own: so many */
    uint8_t divergences;
};

struct rp_store {
    char *path;
    sqlite3 *db; /* NULL while the file is still to be made */
    bool writes, complete;
    unsigned converted;         /* the earlier version of the file that it reads a copy of; or 0 */
    unsigned machine;           /* of those in the file, the one that is read or written */
    bool chosen;                /* it was asked for */
    struct rp_results *results; /* of the scan that writes */
    bool in_transaction;
    struct timespec since;   /* when it began */
    struct rp_error failure; /* of a tick; code 0: none */
    sqlite3_stmt *insert[RP_TABLE_COUNT], *select[RP_TABLE_COUNT], *known, *put_range, *put_line;
    struct rp_stored_behaviour *behaviour; /* by digest */
    size_t behaviours;
    char **string; /* that a configuration points at */
    size_t strings;
};

/* Turns what SQLite returned, or what is in its connection, into a line and a code. */
int rp_store_fail(const struct rp_store *store, int code, struct rp_error *error);

/* Runs SQL that answers nothing. */
int rp_store_run(const struct rp_store *store, const char *sql, struct rp_error *error);
int rp_store_prepare(const struct rp_store *store, const char *sql, sqlite3_stmt **statement,
                     struct rp_error *error);
/* Steps a statement that answers nothing, and makes it ready for the next time. */
int rp_store_step(const struct rp_store *store, sqlite3_stmt *statement, struct rp_error *error);
/* Steps to the next row; *there is false at the end, where the statement is reset. */
int rp_store_next(const struct rp_store *store, sqlite3_stmt *statement, bool *there, struct rp_error *error);
/* A single number. */
int rp_store_number(const struct rp_store *store, const char *sql, uint64_t *number, struct rp_error *error);

/* The number by which tables know a mode of the store's machine. */
#define RP_PARTS_A_MACHINE 16
static inline uint64_t rp_store_part(const struct rp_store *store, enum rp_mode mode)
{
    return (uint64_t)store->machine * RP_PARTS_A_MACHINE + mode;
}

/* Verdicts of encodings of the wide space stand at these places: behind those of all forms, by form. */
#define RP_PLACE_WIDE (UINT64_C(1) << 40)
static inline uint64_t rp_place_wide(uint64_t place, uint32_t number)
{
    return RP_PLACE_WIDE | place << 20 | number;
}

/* Keeps a verdict, within a transaction that is open. */
int rp_store_put_verdict(struct rp_store *store, uint64_t place, const struct rp_verdict *verdict);

/* What failed in a call that could not tell; a failure stays. */
int rp_store_tell(const struct rp_store *store, struct rp_error *error);

/* Begins a transaction unless one is open; fails with what failed before. */
int rp_store_transaction(struct rp_store *store, struct rp_error *error);

/* Closes the file; what strings it gave stay until rp_store_close. */
void rp_store_let_go(struct rp_store *store);

/* A copy that lives as long as the store; NULL without memory. */
const char *rp_store_keep(struct rp_store *store, const char *string);

int rp_store_memory(struct rp_error *error);

/* file.c: makes a campaign with the configuration in it, lets `fill` (NULL: nobody) write the rest, and gives
 * it its name; and opens one, looks whether it is a campaign of a version that is known, and, for writing,
 * locks it. One of an earlier version is not touched: a copy is opened, which is `converted`. */
typedef int rp_store_filler(struct rp_store *store, void *context, struct rp_error *error);
int rp_store_make_file(struct rp_store *store, const struct rp_configuration *configuration,
                       rp_store_filler *fill, void *context, struct rp_error *error);
int rp_store_open_file(struct rp_store *store, struct rp_error *error);
int rp_store_connect(struct rp_store *store, const char *path, int flags, struct rp_error *error);
int rp_store_disconnect(struct rp_store *store, struct rp_error *error);
/* Gives a file its name unless there is one of that name, and keeps its folder: a name survives a power
 * failure when its folder is on disk. Both return errno's number. */
int rp_store_publish(const char *temporary, const char *path);
int rp_store_keep_folder(const char *path);
/* What link() fails with where there are no links. */
bool rp_store_has_no_links(int failure);

/* upgrade.c: fills the file `path` ("": one that nobody else sees and that goes with the connection) with
 * what the campaign becomes in this version, and leaves it open. */
int rp_store_convert(struct rp_store *store, const char *path, struct rp_error *error);
/* Of a store that is `converted`: makes the file one of this version, keeps what it was beside it, and opens
 * it anew. */
int rp_store_upgrade(struct rp_store *store, struct rp_error *error);

/* settings.c: writes a configuration, compares another with what is there, reads it. */
int rp_settings_write(struct rp_store *store, const struct rp_configuration *configuration,
                      struct rp_error *error);
int rp_settings_compare(struct rp_store *store, const struct rp_configuration *configuration,
                        struct rp_error *error);
int rp_settings_read(struct rp_store *store, struct rp_configuration *configuration, struct rp_error *error);

/* load.c: appends the stored verdicts of a mode to `results`; places as in rp_store_begin_mode, NULL: any. */
int rp_load_verdicts(struct rp_store *store, enum rp_mode mode, const size_t *place, size_t places,
                     struct rp_results *results, struct rp_error *error);
/* A statement that gives the mode's verdicts, and one of them from its row, to be freed whatever is returned.
 */
int rp_load_begin(struct rp_store *store, enum rp_mode mode, sqlite3_stmt **statement,
                  struct rp_error *error);
int rp_load_verdict(struct rp_store *store, struct rp_row *row, uint64_t *place, struct rp_verdict *verdict,
                    struct rp_error *error);
/* What a row said that cannot be, or is not known here. */
int rp_load_check(const struct rp_store *store, const struct rp_row *row, struct rp_error *error);
void rp_load_forget(struct rp_store *store);

/* range.c: adds up what is known of the wide space of a mode. */
int rp_load_ranges(struct rp_store *store, enum rp_mode mode, struct rp_results *results,
                   struct rp_error *error);

/* modes.c: what is known of a mode but its verdicts; *there: it was begun. And what the campaign has cost. */
int rp_load_mode(struct rp_store *store, enum rp_mode mode, struct rp_mode_results *results, bool *there,
                 bool *complete, struct rp_error *error);
int rp_load_effort(struct rp_store *store, struct rp_results *results, struct rp_error *error);

#endif
