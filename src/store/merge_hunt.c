/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Merging hunts; see merge_hunt.h. A finding that two shards came upon has one id and is there once: the
 * first shard's line stays. */
#include "store/merge_hunt.h"

#include <inttypes.h>
#include <stdio.h>

#define SCHEMA     "json_extract(line, '$.schema')"
#define ID         "json_extract(line, '$.id')"
#define OCTETS     "length(CAST(line AS BLOB))"
#define NEXT_PLACE "(SELECT ifnull(max(place + " OCTETS " + 1), 0) FROM main.hunt)"
/* NOT IN a set that holds NULL is never true. */
#define IS_NEW                                                                                               \
    SCHEMA " = 'ringprobe.hunt/1' AND " ID " NOT IN (SELECT " ID " FROM main.hunt WHERE " SCHEMA             \
           " = 'ringprobe.hunt/1' AND " ID " IS NOT NULL)"
#define LAST " FROM shard.hunt ORDER BY place DESC LIMIT 1"

static const char first_line[] =
    "INSERT INTO main.hunt SELECT 0, json_set(line, '$.shard', 0, '$.shards', 1) "
    "FROM shard.hunt ORDER BY place LIMIT 1";

static const char findings[] =
    "INSERT INTO main.hunt SELECT " NEXT_PLACE " + sum(octets + 1) OVER (ORDER BY place ROWS UNBOUNDED "
    "PRECEDING) - octets - 1, line FROM (SELECT place, line, " OCTETS " AS octets FROM shard.hunt "
    "WHERE " IS_NEW ") ORDER BY place";

/* What positions count, and a hunt adds up. */
static const char *const sums[] = {"encodings", "runs", "given_up"};
#define SUMS (sizeof sums / sizeof sums[0])

/* The first line that no hunt writes, by its number: what is no finding would be left out in silence. */
static const char foreign_line[] =
    "SELECT number FROM (SELECT row_number() OVER (ORDER BY place) AS number, line FROM hunt) "
    "WHERE NOT CASE WHEN NOT json_valid(line) THEN 0 "
    "WHEN number = 1 THEN " SCHEMA " IS 'ringprobe.hunt-start/1' "
    "WHEN " SCHEMA " IN ('ringprobe.hunt-position/1', 'ringprobe.hunt-head/1') THEN 1 "
    "ELSE " SCHEMA " IS 'ringprobe.hunt/1' AND json_type(line, '$.id') IS 'text' AND length(" ID ") = 19 "
    "AND " ID " GLOB 'rp-*' AND substr(" ID ", 4) NOT GLOB '*[^0-9a-f]*' END ORDER BY number LIMIT 1";

static int check_lines(const struct rp_merge_part *part, struct rp_error *error)
{
    uint64_t number = 0;
    int result = rp_store_number(part->store, foreign_line, &number, error);
    if (result || number == 0)
        return result;
    return rp_error_set(error, RP_EINPUT,
                        "the campaign '%s' is damaged: line %" PRIu64
                        " of its hunt is no line of a hunt, or a finding without an id",
                        part->path, number);
}

int rp_merge_hunt_load(struct rp_merge_part *part, struct rp_error *error)
{
    uint64_t unfinished = 1;
    int result = check_lines(part, error);
    if (result == RP_OK)
        result = rp_settings_read(part->store, &part->results.configuration, error);
    if (result == RP_OK)
        result = rp_load_effort(part->store, &part->results, error);
    if (result == RP_OK)
        result = rp_store_number(part->store, RP_HUNT_UNFINISHED, &unfinished, error);
    part->store->complete = unfinished == 0;
    return result;
}

static int add_sums(struct rp_store *store, const struct rp_merge_part *part, uint64_t sum[SUMS],
                    struct rp_error *error)
{
    int result = RP_OK;
    for (size_t i = 0; i < SUMS && result == RP_OK; i++) {
        char sql[96];
        uint64_t number = 0;
        snprintf(sql, sizeof sql, "SELECT json_extract(line, '$.%s')" LAST, sums[i]);
        result = rp_merge_ask(store, part, sql, &number, error);
        sum[i] += number;
    }
    return result;
}

/* The position is the last of the shard that is attached, with the sums. */
static int put_end(struct rp_store *store, const struct rp_merge_part *part, const uint64_t sum[SUMS],
                   struct rp_error *error)
{
    char sql[480];
    uint64_t none;
    snprintf(sql, sizeof sql,
             "INSERT INTO main.hunt SELECT " NEXT_PLACE ", json_set(line, '$.%s', %" PRIu64
             ", '$.%s', %" PRIu64 ", '$.%s', %" PRIu64 ")" LAST,
             sums[0], sum[0], sums[1], sum[1], sums[2], sum[2]);
    return rp_merge_ask(store, part, sql, &none, error);
}

int rp_merge_hunt_rows(struct rp_store *store, const struct rp_merge_part *part, size_t count,
                       struct rp_error *error)
{
    uint64_t sum[SUMS] = {0}, none;
    int result = RP_OK;
    for (size_t i = 0; i < count && result == RP_OK; i++) {
        if (part[i].again) {
            result = rp_merge_hunt_verify(store, &part[i], error);
            continue;
        }
        result = rp_merge_attach(store, &part[i], error);
        if (result == RP_OK && i == 0)
            result = rp_merge_ask(store, &part[i], first_line, &none, error);
        if (result == RP_OK)
            result = rp_merge_ask(store, &part[i], findings, &none, error);
        if (result == RP_OK)
            result = add_sums(store, &part[i], sum, error);
        if (result == RP_OK)
            result = rp_store_run(store, "DETACH shard", error);
    }
    if (result == RP_OK)
        result = rp_merge_attach(store, &part[0], error);
    if (result == RP_OK)
        result = put_end(store, &part[0], sum, error);
    return result == RP_OK ? rp_store_run(store, "DETACH shard", error) : result;
}

int rp_merge_hunt_verify(struct rp_store *store, const struct rp_merge_part *part, struct rp_error *error)
{
    uint64_t other = 0;
    int result = rp_merge_attach(store, part, error);
    if (result == RP_OK)
        result = rp_merge_ask(store, part, "SELECT EXISTS(SELECT 1 FROM shard.hunt WHERE " IS_NEW ")", &other,
                              error);
    if (result == RP_OK)
        result = rp_store_run(store, "DETACH shard", error);
    return result == RP_OK && other ? rp_merge_disagree(part, "hunt", error) : result;
}
