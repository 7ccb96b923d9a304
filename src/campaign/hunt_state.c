/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a hunt stands; see hunt_state.h. */
#include "campaign/hunt_state.h"

#include "base/hex.h"
#include "base/json.h"
#include "report/finding.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDS_FIRST 4096 /* slots, a power of two */

static const char *const searches[] = {"cells", "tunnel", "end"};
static_assert(sizeof searches / sizeof searches[0] == RP_HUNT_SEARCH_COUNT + 1, "one word a search");

const char *rp_hunt_search_name(enum rp_hunt_search search)
{
    return searches[search];
}

static void ids_put(struct rp_hunt_ids *ids, uint64_t value)
{
    size_t slot = value & (ids->capacity - 1);
    while (ids->slot[slot] && ids->slot[slot] != value)
        slot = (slot + 1) & (ids->capacity - 1);
    ids->count += ids->slot[slot] == 0;
    ids->slot[slot] = value;
}

static int ids_grow(struct rp_hunt_ids *ids)
{
    struct rp_hunt_ids grown = {.capacity = ids->capacity ? 2 * ids->capacity : IDS_FIRST};
    grown.slot = calloc(grown.capacity, sizeof *grown.slot);
    if (!grown.slot)
        return RP_EENVIRONMENT;
    for (size_t i = 0; i < ids->capacity; i++)
        if (ids->slot[i])
            ids_put(&grown, ids->slot[i]);
    free(ids->slot);
    *ids = grown;
    return RP_OK;
}

int rp_hunt_ids_add(struct rp_hunt_ids *ids, const char *id)
{
    uint64_t value;
    size_t count = ids->count;
    if (strncmp(id, "rp-", 3) != 0 || rp_hex_parse_u64(id + 3, &value, NULL))
        return RP_EINPUT;
    if (2 * count >= ids->capacity && ids_grow(ids))
        return RP_EENVIRONMENT;
    ids_put(ids, value ? value : 1);
    return ids->count > count;
}

bool rp_hunt_ids_has(const struct rp_hunt_ids *ids, const char *id)
{
    uint64_t value;
    if (!ids->capacity || strncmp(id, "rp-", 3) != 0 || rp_hex_parse_u64(id + 3, &value, NULL))
        return false;
    value += value == 0;
    size_t slot = value & (ids->capacity - 1);
    while (ids->slot[slot] && ids->slot[slot] != value)
        slot = (slot + 1) & (ids->capacity - 1);
    return ids->slot[slot] == value;
}

static enum rp_mode first_mode(uint8_t modes)
{
    return (enum rp_mode)__builtin_ctz(modes);
}

void rp_hunt_state_enter(struct rp_hunt_state *state, enum rp_hunt_search search)
{
    state->mode = first_mode(state->modes);
    state->search = search;
    state->round = 0;
    state->next = 0;
    memset(state->tried, 0, sizeof state->tried);
}

bool rp_hunt_state_next_mode(struct rp_hunt_state *state)
{
    uint8_t behind = (uint8_t)(state->modes & ~((2u << state->mode) - 1));
    state->next = 0;
    state->mode = first_mode(behind ? behind : state->modes);
    return behind != 0;
}

static bool make_heads(struct rp_hunt_state *state, unsigned mode)
{
    state->tunnel[mode] = calloc(RP_TUNNEL_HEADS, sizeof *state->tunnel[mode]);
    state->turns[mode] = calloc(RP_TUNNEL_HEADS, sizeof *state->turns[mode]);
    if (!state->tunnel[mode] || !state->turns[mode])
        return false;
    for (unsigned head = 0; head < RP_TUNNEL_HEADS; head++)
        state->tunnel[mode][head] = rp_tunnel_begin(head);
    return true;
}

int rp_hunt_state_init(struct rp_hunt_state *state, uint8_t modes, enum rp_hunt_search search,
                       struct rp_error *error)
{
    *state = (struct rp_hunt_state){.modes = modes};
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        if (!(modes >> mode & 1) || make_heads(state, mode))
            continue;
        rp_hunt_state_free(state);
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the tunnel");
    }
    rp_hunt_state_enter(state, search);
    return RP_OK;
}

void rp_hunt_state_free(struct rp_hunt_state *state)
{
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        free(state->tunnel[mode]);
        free(state->turns[mode]);
    }
    free(state->ids.slot);
    *state = (struct rp_hunt_state){0};
}

void rp_hunt_position_line(const struct rp_hunt_state *state, struct rp_text *text)
{
    struct rp_json json;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.hunt-position/1");
    rp_json_string(&json, "mode", rp_mode_info(state->mode)->name);
    rp_json_string(&json, "search", searches[state->search]);
    rp_json_number(&json, "round", state->round);
    rp_json_number(&json, "next", (int64_t)state->next);
    rp_json_open_object(&json, "tried");
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        if (state->modes >> m & 1)
            rp_json_number(&json, rp_mode_info((enum rp_mode)m)->name, (int64_t)state->tried[m]);
    rp_json_close(&json);
    rp_json_number(&json, "encodings", (int64_t)state->totals.encodings);
    rp_json_number(&json, "runs", (int64_t)state->totals.runs);
    rp_json_number(&json, "given_up", (int64_t)state->totals.given_up);
    rp_json_end(&json, text);
}

void rp_hunt_head_line(const struct rp_hunt_state *state, unsigned head, struct rp_text *text)
{
    const struct rp_tunnel *tunnel = &state->tunnel[state->mode][head];
    char hex[2 * RP_ENCODING_MAX + 1];
    struct rp_json json;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.hunt-head/1");
    rp_json_string(&json, "at", rp_hex_print(hex, tunnel->bytes, sizeof tunnel->bytes));
    rp_json_number(&json, "marker", tunnel->marker);
    rp_json_number(&json, "last", tunnel->last);
    rp_json_end(&json, text);
}

/* A number of the line, at most `most`. */
static int read_number(const char *line, size_t length, const char *key, uint64_t most, uint64_t *value,
                       struct rp_error *error)
{
    char text[24], *end;
    if (!rp_line_field(line, length, key, text, sizeof text))
        return rp_error_set(error, RP_EINPUT, "it has no '%s'", key);
    *value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || *value > most)
        return rp_error_set(error, RP_EINPUT, "its '%s' is '%s'", key, text);
    return RP_OK;
}

struct number {
    const char *key;
    uint64_t most, *value;
};

static int read_numbers(const char *line, size_t length, const struct number *numbers, size_t count,
                        struct rp_error *error)
{
    for (size_t i = 0; i < count; i++) {
        int result = read_number(line, length, numbers[i].key, numbers[i].most, numbers[i].value, error);
        if (result)
            return result;
    }
    return RP_OK;
}

static int replay_head(struct rp_hunt_state *state, const char *line, size_t length, struct rp_error *error)
{
    struct rp_tunnel tunnel = {0};
    char hex[2 * RP_ENCODING_MAX + 1] = "";
    uint64_t marker, last;
    size_t count;
    const struct number numbers[] = {{"marker", RP_ENCODING_MAX - 1, &marker},
                                     {"last", RP_ENCODING_MAX, &last}};
    int result = read_numbers(line, length, numbers, sizeof numbers / sizeof numbers[0], error);
    if (result)
        return result;
    if (!rp_line_field(line, length, "at", hex, sizeof hex) ||
        rp_hex_parse(hex, tunnel.bytes, sizeof tunnel.bytes, &count, NULL) || count != sizeof tunnel.bytes ||
        marker < RP_TUNNEL_HEAD - 1)
        return rp_error_set(error, RP_EINPUT, "'%s' is no place in a tunnel", hex);
    unsigned head = (unsigned)tunnel.bytes[0] << 8 | tunnel.bytes[1];
    if (state->search != RP_HUNT_TUNNEL)
        return rp_error_set(error, RP_EINPUT, "no tunnel is searched there");
    tunnel.marker = (uint8_t)marker;
    tunnel.last = (uint8_t)last;
    state->tunnel[state->mode][head] = tunnel;
    state->turns[state->mode][head]++;
    return RP_OK;
}

static int replay_position(struct rp_hunt_state *state, const char *line, size_t length,
                           struct rp_error *error)
{
    char word[16] = "";
    enum rp_mode mode;
    uint64_t round, next, tried[RP_MODE_COUNT] = {0};
    struct rp_hunt_totals totals;
    unsigned search = 0;
    const struct number numbers[] = {{"round", UINT16_MAX - 1, &round},
                                     {"next", UINT32_MAX, &next},
                                     {"encodings", UINT64_MAX, &totals.encodings},
                                     {"runs", UINT64_MAX, &totals.runs},
                                     {"given_up", UINT64_MAX, &totals.given_up}};
    int result = read_numbers(line, length, numbers, sizeof numbers / sizeof numbers[0], error);
    if (result)
        return result;
    if (!rp_line_field(line, length, "mode", word, sizeof word) || !rp_mode_find(word, &mode))
        return rp_error_set(error, RP_EINPUT, "its mode is '%s'", word);
    bool known = rp_line_field(line, length, "search", word, sizeof word);
    while (search <= RP_HUNT_SEARCH_COUNT && strcmp(word, searches[search]) != 0)
        search++;
    if (!known || search > RP_HUNT_SEARCH_COUNT)
        return rp_error_set(error, RP_EINPUT, "its search is '%s'", word);
    if (!(state->modes >> mode & 1))
        return rp_error_set(error, RP_EINPUT, "it stands where this hunt never comes");
    for (unsigned m = 0; m < RP_MODE_COUNT && result == RP_OK; m++)
        if (state->modes >> m & 1)
            result =
                read_number(line, length, rp_mode_info((enum rp_mode)m)->name, UINT64_MAX, &tried[m], error);
    if (result)
        return result;
    state->mode = mode;
    state->search = (enum rp_hunt_search)search;
    state->round = (unsigned)round;
    state->next = next;
    memcpy(state->tried, tried, sizeof tried);
    state->totals = totals;
    return RP_OK;
}

int rp_hunt_state_replay(struct rp_hunt_state *state, const char *line, size_t length, bool *is_position,
                         struct rp_error *error)
{
    char schema[32] = "", id[RP_FINDING_ID_SIZE] = "";
    bool whole = length > 2 && line[0] == '{' && line[length - 1] == '}';
    *is_position = false;
    if (!whole || !rp_line_field(line, length, "schema", schema, sizeof schema))
        return rp_error_set(error, RP_EINPUT, "it is no line of a hunt");
    if (strcmp(schema, "ringprobe.hunt-head/1") == 0)
        return replay_head(state, line, length, error);
    *is_position = strcmp(schema, "ringprobe.hunt-position/1") == 0;
    if (*is_position)
        return replay_position(state, line, length, error);
    if (strcmp(schema, "ringprobe.hunt/1") != 0)
        return rp_error_set(error, RP_EINPUT, "'%s' is nothing that a hunt writes", schema);
    int added =
        rp_line_field(line, length, "id", id, sizeof id) ? rp_hunt_ids_add(&state->ids, id) : RP_EINPUT;
    if (added < 0)
        return rp_error_set(error, added, "its id is '%s'", id);
    return RP_OK;
}
