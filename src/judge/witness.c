/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The witness line, both ways; see witness.h. Fields are separated by colons:
 *   rp1:EXECUTOR:POLICY:MODE:HEX:KIND:U:A:B:COMPONENT:CRC
 * The checksum is the low half of XXH64 over everything before its colon, as 8 hex digits. A colon in an
 * executor's name (bochs:tigerlake) is written as '/'. */
#include "judge/witness.h"

#include "base/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

enum { VERSION, EXECUTOR, POLICY, MODE, HEX, KIND, USER, RUN_A, RUN_B, COMPONENT, CRC, FIELDS };

enum rp_mode rp_ring_mode(enum rp_mode mode, unsigned ring)
{
    return mode == RP_MODE_VM86 && ring == 0 ? RP_MODE_REAL16 : mode;
}

enum rp_resource rp_witness_field(uint32_t component, enum rp_resource resource)
{
    if (resource == RP_RESOURCE_NONE)
        return RP_RESOURCE_NONE;
    const struct rp_place *place = &rp_resource_info(resource)->place;
    bool part = place->kind == RP_PLACE_BITS && place->reg == component && place->width < 64;
    return part ? resource : RP_RESOURCE_NONE;
}

uint64_t rp_witness_component_bits(enum rp_resource field)
{
    if (field == RP_RESOURCE_NONE)
        return UINT64_MAX;
    const struct rp_place *place = &rp_resource_info(field)->place;
    return ((UINT64_C(1) << place->width) - 1) << place->shift;
}

static const struct {
    uint32_t cell;
    const char *name;
} cells[] = {
    {RP_CELL_OUTCOME, "outcome"}, {RP_CELL_VECTOR, "vector"}, {RP_CELL_ERROR_CODE, "error_code"},
    {RP_CELL_LENGTH, "length"},   {RP_CELL_END, "end"},
};
#define CELLS (sizeof cells / sizeof cells[0])

char *rp_witness_component_name(uint32_t component, enum rp_resource field, char name[RP_COMPONENT_NAME_MAX])
{
    for (size_t i = 0; i < CELLS; i++) {
        if (cells[i].cell != component)
            continue;
        snprintf(name, RP_COMPONENT_NAME_MAX, "%s", cells[i].name);
        return name;
    }
    if (field == RP_RESOURCE_NONE)
        return rp_component_name(component, name);
    snprintf(name, RP_COMPONENT_NAME_MAX, "%s", rp_resource_info(field)->name);
    return name;
}

bool rp_witness_component_find(const char *name, uint32_t *component)
{
    for (size_t i = 0; i < CELLS; i++) {
        if (strcmp(cells[i].name, name) == 0) {
            *component = cells[i].cell;
            return true;
        }
    }
    return rp_component_find(name, component);
}

static uint32_t checksum(const char *text, size_t length)
{
    return (uint32_t)XXH64(text, length, 0);
}

static void swap_colons(char *name, char from, char to)
{
    for (char *found = strchr(name, from); found; found = strchr(found, from))
        *found = to;
}

int rp_witness_print(const struct rp_witness *w, struct rp_text *text, struct rp_error *error)
{
    size_t start = text->length;
    char hex[2 * RP_ENCODING_MAX + 1], name[RP_COMPONENT_NAME_MAX], executor[RP_WITNESS_EXECUTOR_MAX];
    memcpy(executor, w->executor, sizeof executor);
    swap_colons(executor, ':', '/');
    rp_text_add(text, "rp1:%s:%s:%s:%s:%s:", executor, rp_policy_name(w->policy), rp_mode_info(w->mode)->name,
                rp_hex_print(hex, w->encoding.bytes, w->encoding.length), rp_sensitivity_name(w->kind));
    rp_user_print(&w->user, w->mode, text);
    for (int i = 0; i < 2; i++) {
        rp_text_add(text, ":");
        rp_machine_print(&w->run[i].machine, w->run[i].ring, w->mode, w->policy, text);
    }
    if (w->kind == RP_KIND_FINDING)
        rp_text_add(text, ":%s.%u.%u", rp_outcome_kind_name((enum rp_outcome_kind)w->end.kind), w->end.vector,
                    w->end.length);
    else
        rp_text_add(text, ":%s", rp_witness_component_name(w->component, w->field, name));
    if (text->failed)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for a witness line");
    rp_text_add(text, ":%08" PRIx32, checksum(text->data + start, text->length - start));
    if (text->length - start > RP_WITNESS_LINE_MAX)
        return rp_error_set(error, RP_EINPUT, "the witness of '%s' needs more than %d characters", hex,
                            RP_WITNESS_LINE_MAX);
    return RP_OK;
}

/* Cuts `copy` at its colons. */
static int split(char *copy, char *field[FIELDS], struct rp_error *error)
{
    int count = 0;
    for (char *at = copy; at && count < FIELDS; count++) {
        char *colon = strchr(at, ':');
        if (colon)
            *colon++ = '\0';
        field[count] = at;
        at = colon;
        if (count == FIELDS - 1 && colon)
            count = FIELDS;
    }
    if (count != FIELDS)
        return rp_error_set(error, RP_EINPUT, "a witness line has %d fields between colons, this has %s",
                            FIELDS, count > FIELDS ? "more" : "fewer");
    return RP_OK;
}

static int check(const char *line, char *field[FIELDS], struct rp_error *error)
{
    uint64_t crc;
    size_t covered = (size_t)(strrchr(line, ':') - line);
    if (strcmp(field[VERSION], "rp1") != 0)
        return rp_error_set(error, RP_EINPUT,
                            "'%s' is no witness version that this program knows; it knows rp1",
                            field[VERSION]);
    if (rp_hex_parse_u64(field[CRC], &crc, NULL) || crc != checksum(line, covered))
        return rp_error_set(error, RP_EINPUT, "the checksum '%s' does not fit the line: it was cut or edited",
                            field[CRC]);
    return RP_OK;
}

/* A number up to `most` at *text, up to the character `end`, behind which *text then stands. */
static bool parse_number(const char **text, char end, unsigned most, uint8_t *number)
{
    unsigned value = 0, digits = 0;
    for (; **text >= '0' && **text <= '9' && digits < 3; ++*text, digits++)
        value = 10 * value + (unsigned)(**text - '0');
    *number = (uint8_t)value;
    return digits > 0 && value <= most && **text == end && (end == '\0' || *++*text);
}

static int parse_end(const char *text, struct rp_witness *w, struct rp_error *error)
{
    char word[16] = "";
    size_t length = strcspn(text, ".");
    const char *rest = text + length + (text[length] == '.');
    enum rp_outcome_kind kind = RP_OUTCOME_COUNT;
    w->component = RP_CELL_END;
    w->field = RP_RESOURCE_NONE;
    snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : 0), text);
    if (!rp_outcome_kind_find(word, &kind) || !parse_number(&rest, '.', 255, &w->end.vector) ||
        !parse_number(&rest, '\0', RP_ENCODING_MAX, &w->end.length))
        return rp_error_set(error, RP_EINPUT, "'%.40s' is no end of a run: OUTCOME.VECTOR.LENGTH", text);
    w->end.kind = (uint8_t)kind;
    return RP_OK;
}

static int parse_component(const char *name, struct rp_witness *w, struct rp_error *error)
{
    w->field = RP_RESOURCE_NONE;
    if (w->kind == RP_KIND_FINDING)
        return parse_end(name, w, error);
    bool cell = w->kind == RP_KIND_DIVERGENCE && strcmp(name, "end") != 0;
    if (cell ? rp_witness_component_find(name, &w->component) : rp_component_find(name, &w->component))
        return RP_OK;
    w->field = rp_resource_find(name);
    if (w->field == RP_RESOURCE_NONE || rp_resource_info(w->field)->place.kind != RP_PLACE_BITS)
        return rp_error_set(error, RP_EINPUT, "'%s' is no component of a state", name);
    w->component = rp_resource_info(w->field)->place.reg;
    return RP_OK;
}

/* One executor, or the two of a divergence with a plus between. */
static int parse_executor(const char *name, const char *kind, struct rp_witness *w, struct rp_error *error)
{
    size_t first = strcspn(name, "+"), rest = strlen(name) - first;
    bool two = rest > 1 && first > 0 && !strchr(name + first + 1, '+');
    if (first >= RP_EXECUTOR_NAME_MAX || rest > RP_EXECUTOR_NAME_MAX)
        return rp_error_set(error, RP_EINPUT, "'%s' is too long for an executor's name", name);
    if ((w->kind == RP_KIND_DIVERGENCE) != two || (!two && rest))
        return rp_error_set(error, RP_EINPUT, "a witness of kind %s is from %s, not from '%s'", kind,
                            w->kind == RP_KIND_DIVERGENCE ? "two executors, NAME+NAME" : "one executor",
                            name);
    memcpy(w->executor, name, first + rest + 1);
    swap_colons(w->executor, '/', ':');
    return RP_OK;
}

static int parse_names(char *field[FIELDS], struct rp_witness *w, struct rp_error *error)
{
    if (!rp_policy_find(field[POLICY], &w->policy))
        return rp_error_set(error, RP_EINPUT, "'%s' is no policy", field[POLICY]);
    if (!rp_mode_find(field[MODE], &w->mode))
        return rp_error_set(error, RP_EINPUT, "'%s' is no mode", field[MODE]);
    if (!rp_sensitivity_find(field[KIND], &w->kind))
        return rp_error_set(error, RP_EINPUT, "'%s' is no kind of witness", field[KIND]);
    int result = parse_executor(field[EXECUTOR], field[KIND], w, error);
    return result ? result : parse_component(field[COMPONENT], w, error);
}

static int parse_states(char *field[FIELDS], struct rp_witness *w, struct rp_error *error)
{
    size_t length;
    int result = rp_hex_parse(field[HEX], w->encoding.bytes, RP_ENCODING_MAX, &length, error);
    if (result == RP_OK) {
        w->encoding.length = (uint8_t)length;
        result = rp_user_parse(field[USER], w->mode, &w->user, error);
    }
    for (int i = 0; i < 2 && result == RP_OK; i++) {
        struct rp_witness_run *run = &w->run[i];
        result = rp_machine_parse(field[RUN_A + i], w->mode, w->policy, &run->machine, &run->ring, error);
        const struct rp_mode_info *info = rp_mode_info(rp_ring_mode(w->mode, run->ring));
        if (result == RP_OK && (run->ring ? !info->has_ring3 : !info->has_ring0))
            result = rp_error_set(error, RP_EINPUT, "%s has no ring %u", info->name, run->ring);
    }
    return result;
}

int rp_witness_parse(const char *line, struct rp_witness *witness, struct rp_error *error)
{
    char copy[RP_WITNESS_LINE_MAX + 1];
    char *field[FIELDS];
    size_t length = strcspn(line, " \t\r\n"), blanks = strspn(line + length, " \t\r\n");
    if (line[length + blanks])
        return rp_error_set(error, RP_EINPUT,
                            "'%.40s' stands behind the witness, which ends with its checksum",
                            line + length + blanks);
    if (length > RP_WITNESS_LINE_MAX)
        return rp_error_set(error, RP_EINPUT, "the witness line has %zu characters, at most %d are read",
                            length, RP_WITNESS_LINE_MAX);
    memset(witness, 0, sizeof *witness);
    memcpy(copy, line, length);
    copy[length] = '\0';
    char whole[RP_WITNESS_LINE_MAX + 1];
    memcpy(whole, copy, length + 1);
    int result = split(copy, field, error);
    if (result == RP_OK)
        result = check(whole, field, error);
    if (result == RP_OK)
        result = parse_names(field, witness, error);
    return result ? result : parse_states(field, witness, error);
}
