/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts as they were put; see internal.h. Behaviours are read once and kept, because thousands of
 * encodings share one. */
#include "store/internal.h"

#include "store/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rp_load_forget(struct rp_store *store)
{
    for (size_t i = 0; i < store->behaviours; i++)
        rp_verdict_free(&store->behaviour[i].verdict);
    free(store->behaviour);
    store->behaviour = NULL;
    store->behaviours = 0;
}

static int damaged(const struct rp_store *store, const char *what, struct rp_error *error)
{
    return rp_error_set(error, RP_EINPUT, "the campaign '%s' is damaged: %s", store->path, what);
}

int rp_load_check(const struct rp_store *store, const struct rp_row *row, struct rp_error *error)
{
    if (row->out_of_memory)
        return rp_store_memory(error);
    if (row->unknown[0])
        return rp_error_set(error, RP_EINPUT,
                            "the campaign '%s' has '%s', which this ringprobe does not know", store->path,
                            row->unknown);
    return RP_OK;
}

static int prepare(struct rp_store *store, struct rp_error *error)
{
    char sql[128];
    int result = RP_OK;
    for (unsigned i = 0; i < RP_TABLE_COUNT && result == RP_OK; i++) {
        if (store->select[i])
            continue;
        snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE %s", rp_tables[i].name, rp_tables[i].where);
        result = rp_store_prepare(store, sql, &store->select[i], error);
    }
    return result;
}

/* The next row of a table's lookup; *there is false behind the last. */
static int next(struct rp_store *store, enum rp_table table, struct rp_row *row, bool *there,
                struct rp_error *error)
{
    *row = (struct rp_row){.way = RP_ROW_READ, .statement = store->select[table]};
    return rp_store_next(store, row->statement, there, error);
}

static sqlite3_stmt *look_up(struct rp_store *store, enum rp_table table, uint64_t first)
{
    sqlite3_reset(store->select[table]); /* else nothing would be bound */
    sqlite3_bind_int64(store->select[table], 1, (sqlite3_int64)first);
    return store->select[table];
}

static int read_opinions(struct rp_store *store, uint64_t digest, struct rp_verdict *v,
                         struct rp_error *error)
{
    struct rp_row row;
    bool there = true;
    unsigned wanted = v->opinions, count = 0;
    if (wanted > RP_OPINIONS_MAX)
        return damaged(store, "too many opinions", error);
    int result = rp_verdict_opinions(v, wanted, error);
    if (result)
        return result;
    look_up(store, RP_TABLE_OPINION, digest);
    result = next(store, RP_TABLE_OPINION, &row, &there, error);
    for (; there && result == RP_OK && count < wanted; count++) {
        uint64_t number = 0;
        rp_record_opinion(&row, &digest, &number, &v->opinion[count]);
        result = rp_load_check(store, &row, error);
        if (result == RP_OK)
            result = next(store, RP_TABLE_OPINION, &row, &there, error);
    }
    sqlite3_reset(store->select[RP_TABLE_OPINION]);
    return result == RP_OK && count != wanted ? damaged(store, "an opinion is missing", error) : result;
}

static int read_closers(struct rp_store *store, uint64_t digest, struct rp_verdict *v, struct rp_error *error)
{
    struct rp_row row;
    bool there = true;
    unsigned count = 0;
    if (v->closers > RP_CLOSERS_MAX)
        return damaged(store, "too many closing conditions", error);
    look_up(store, RP_TABLE_CLOSER, digest);
    int result = next(store, RP_TABLE_CLOSER, &row, &there, error);
    for (; there && result == RP_OK && count < v->closers; count++) {
        uint64_t number = 0;
        rp_record_closer(&row, &digest, &number, &v->closer[count]);
        result = rp_load_check(store, &row, error);
        if (result == RP_OK)
            result = next(store, RP_TABLE_CLOSER, &row, &there, error);
    }
    sqlite3_reset(store->select[RP_TABLE_CLOSER]);
    return result == RP_OK && count != v->closers ? damaged(store, "a closing condition is missing", error)
                                                  : result;
}

static int read_behaviour(struct rp_store *store, struct rp_row *row, struct rp_error *error)
{
    struct rp_stored_behaviour *behaviour = &store->behaviour[store->behaviours];
    uint64_t digest = 0;
    *behaviour = (struct rp_stored_behaviour){0};
    rp_record_behaviour(row, &digest, &behaviour->verdict);
    behaviour->digest = (sqlite3_int64)digest;
    behaviour->divergences = behaviour->verdict.divergences;
    behaviour->verdict.divergences = 0;
    behaviour->verdict.resource = behaviour->verdict.field = RP_RESOURCE_NONE;
    store->behaviours++;
    int result = rp_load_check(store, row, error);
    if (result == RP_OK && behaviour->verdict.opinions)
        result = read_opinions(store, digest, &behaviour->verdict, error);
    return result == RP_OK ? read_closers(store, digest, &behaviour->verdict, error) : result;
}

static int read_behaviours(struct rp_store *store, struct rp_error *error)
{
    uint64_t count = 0;
    bool there = true;
    struct rp_row row;
    rp_load_forget(store);
    int result = rp_store_number(store, "SELECT count(*) FROM behaviour", &count, error);
    if (result)
        return result;
    store->behaviour = malloc((count + 1) * sizeof *store->behaviour);
    if (!store->behaviour)
        return rp_store_memory(error);
    look_up(store, RP_TABLE_BEHAVIOUR, 1);
    result = next(store, RP_TABLE_BEHAVIOUR, &row, &there, error);
    while (there && result == RP_OK && store->behaviours < count) {
        result = read_behaviour(store, &row, error);
        if (result == RP_OK)
            result = next(store, RP_TABLE_BEHAVIOUR, &row, &there, error);
    }
    sqlite3_reset(store->select[RP_TABLE_BEHAVIOUR]);
    return result;
}

static int by_digest(const void *a, const void *b)
{
    sqlite3_int64 x = ((const struct rp_stored_behaviour *)a)->digest;
    sqlite3_int64 y = ((const struct rp_stored_behaviour *)b)->digest;
    return x < y ? -1 : x > y;
}

/* The verdict of a row, without what it owns. */
static int start_verdict(struct rp_store *store, struct rp_row *row, struct rp_record_key *key,
                         unsigned *divergences, struct rp_verdict *v, struct rp_error *error)
{
    struct rp_verdict own = {0};
    rp_record_verdict(row, key, &own);
    const struct rp_stored_behaviour wanted = {.digest = (sqlite3_int64)key->behaviour},
                                     *found = bsearch(&wanted, store->behaviour, store->behaviours,
                                                      sizeof wanted, by_digest);
    *v = (struct rp_verdict){0};
    if (!found)
        return damaged(store, "a behaviour is missing", error);
    *v = found->verdict;
    v->mode = (enum rp_mode)(key->mode % RP_PARTS_A_MACHINE);
    v->encoding = own.encoding;
    v->form = own.form;
    memcpy(v->mnemonic, own.mnemonic, sizeof v->mnemonic);
    memcpy(v->name, own.name, sizeof v->name);
    v->decoded = own.decoded;
    v->runs = own.runs;
    *divergences = found->divergences;
    v->opinion = NULL; /* what is owned is its own */
    v->opinions = 0;
    int result = found->verdict.opinions ? rp_verdict_opinions(v, found->verdict.opinions, error) : RP_OK;
    if (result)
        return result;
    if (v->opinions)
        memcpy(v->opinion, found->verdict.opinion, v->opinions * sizeof *v->opinion);
    return rp_load_check(store, row, error);
}

static int read_witness(struct rp_store *store, struct rp_record_key *key, struct rp_verdict *v,
                        struct rp_error *error)
{
    struct rp_row row;
    bool there = false;
    sqlite3_bind_int64(look_up(store, RP_TABLE_WITNESS, key->mode), 2, (sqlite3_int64)key->place);
    int result = next(store, RP_TABLE_WITNESS, &row, &there, error);
    if (result == RP_OK && !there)
        return damaged(store, "a witness is missing", error);
    if (there) {
        rp_record_witness(&row, key, v);
        result = rp_load_check(store, &row, error);
    }
    sqlite3_reset(store->select[RP_TABLE_WITNESS]);
    return result;
}

static int read_answers(struct rp_store *store, struct rp_record_key *key, struct rp_verdict *v,
                        struct rp_error *error)
{
    struct rp_row row;
    bool there = false;
    sqlite3_bind_int64(look_up(store, RP_TABLE_ANSWER, key->mode), 2, (sqlite3_int64)key->place);
    int result = next(store, RP_TABLE_ANSWER, &row, &there, error);
    while (there && result == RP_OK) {
        uint64_t number = (uint64_t)sqlite3_column_int64(row.statement, 2);
        uint64_t place = (uint64_t)sqlite3_column_int64(row.statement, 3);
        if (number >= v->divergences || place >= v->divergence[number].answers)
            result = damaged(store, "an answer without its divergence", error);
        else
            rp_record_answer(&row, key, &number, &place, &v->divergence[number].answer[place]);
        if (result == RP_OK)
            result = rp_load_check(store, &row, error);
        if (result == RP_OK)
            result = next(store, RP_TABLE_ANSWER, &row, &there, error);
    }
    sqlite3_reset(store->select[RP_TABLE_ANSWER]);
    return result;
}

static int read_divergences(struct rp_store *store, struct rp_record_key *key, unsigned wanted,
                            struct rp_verdict *v, struct rp_error *error)
{
    struct rp_row row;
    bool there = false;
    v->divergence = calloc(wanted, sizeof *v->divergence);
    if (!v->divergence)
        return rp_store_memory(error);
    sqlite3_bind_int64(look_up(store, RP_TABLE_DIVERGENCE, key->mode), 2, (sqlite3_int64)key->place);
    int result = next(store, RP_TABLE_DIVERGENCE, &row, &there, error);
    while (there && result == RP_OK && v->divergences < wanted) {
        uint64_t number = 0;
        struct rp_divergence *divergence = &v->divergence[v->divergences++];
        rp_record_divergence(&row, key, &number, divergence);
        result = divergence->answers > RP_ANSWERS_MAX ? damaged(store, "too many answers", error)
                                                      : rp_load_check(store, &row, error);
        if (result == RP_OK)
            result = next(store, RP_TABLE_DIVERGENCE, &row, &there, error);
    }
    sqlite3_reset(store->select[RP_TABLE_DIVERGENCE]);
    if (result == RP_OK && v->divergences != wanted)
        return damaged(store, "a divergence is missing", error);
    return result == RP_OK ? read_answers(store, key, v, error) : result;
}

/* Places as in rp_store_begin_mode. */
struct expected {
    const size_t *place;
    size_t places, seen;
};

static int check_place(const struct rp_store *store, struct expected *expected, uint64_t place,
                       struct rp_error *error)
{
    if (place >= RP_PLACE_WIDE) /* resumed by its range */
        return RP_OK;
    bool fits =
        !expected->place || (expected->seen < expected->places && expected->place[expected->seen] == place);
    expected->seen++;
    return fits ? RP_OK : damaged(store, "its verdicts are not the first of this scan", error);
}

int rp_load_verdict(struct rp_store *store, struct rp_row *row, uint64_t *place, struct rp_verdict *v,
                    struct rp_error *error)
{
    struct rp_record_key key = {0};
    unsigned divergences = 0;
    int result = start_verdict(store, row, &key, &divergences, v, error);
    *place = key.place;
    if (result == RP_OK && v->has_witness)
        result = read_witness(store, &key, v, error);
    if (result == RP_OK && divergences)
        result = read_divergences(store, &key, divergences, v, error);
    return result;
}

/* One that stays in the file is looked at, and let go. */
static int read_verdict(struct rp_store *store, struct rp_row *row, struct expected *expected,
                        struct rp_results *results, struct rp_error *error)
{
    struct rp_verdict seen = {.mode = RP_MODE_COUNT};
    struct rp_verdict *v = results->stream ? &seen : &results->verdict[results->count];
    uint64_t place = 0;
    int result = rp_load_verdict(store, row, &place, v, error);
    results->count++;
    results->mode[v->mode].count++;
    results->mode[v->mode].exceptions += place >= RP_PLACE_WIDE;
    results->runs += v->runs;
    if (result == RP_OK)
        result = check_place(store, expected, place, error);
    if (results->stream)
        rp_verdict_free(v);
    return result;
}

int rp_load_begin(struct rp_store *store, enum rp_mode mode, sqlite3_stmt **statement, struct rp_error *error)
{
    int result = prepare(store, error);
    if (result == RP_OK && !store->behaviour)
        result = read_behaviours(store, error);
    if (result == RP_OK)
        *statement = look_up(store, RP_TABLE_VERDICT, rp_store_part(store, mode));
    return result;
}

int rp_load_verdicts(struct rp_store *store, enum rp_mode mode, const size_t *place, size_t places,
                     struct rp_results *results, struct rp_error *error)
{
    struct expected expected = {place, places, 0};
    struct rp_row row;
    sqlite3_stmt *statement = NULL;
    char sql[64];
    uint64_t count = 0;
    bool there = false;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM verdict WHERE mode = %d",
             (int)rp_store_part(store, mode));
    int result = rp_load_begin(store, mode, &statement, error);
    if (result == RP_OK)
        result = rp_store_number(store, sql, &count, error);
    if (result == RP_OK && !results->stream)
        result = rp_results_reserve(results, count, error);
    if (result)
        return result;
    result = next(store, RP_TABLE_VERDICT, &row, &there, error);
    while (there && result == RP_OK) {
        result = read_verdict(store, &row, &expected, results, error);
        if (result == RP_OK)
            result = next(store, RP_TABLE_VERDICT, &row, &there, error);
    }
    sqlite3_reset(statement);
    return result == RP_OK ? rp_load_ranges(store, mode, results, error) : result;
}
