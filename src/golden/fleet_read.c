/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading answers; see fleet.h. */
#include "golden/fleet.h"

#include "base/json_read.h"
#include "base/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define KEYS 4

/* What a line answers: its name is made of `label` and of the members that `keys` names, what is said of
 * those that `values` names. Of kind and what NULL: any. No label: the line is no answer. */
struct row {
    const char *schema, *kind, *what, *label;
    const char *keys[KEYS], *values[KEYS];
    const char *between; /* values */
    enum {
        ALL,  /* that is all it says */
        SEEN, /* what the run left belongs to it as well */
        SAME, /* its member `same` comes first, and is news where it is false */
    } more;
};

static const struct row rows[] = {
    {"ringprobe.errata/1", NULL, NULL, "errata", {"id"}, {"answer", "as"}, ": ", ALL},
    {"ringprobe.fingerprint/1", NULL, NULL, "fingerprint", {"executor"}, {"line"}, "", ALL},
    {"ringprobe.golden/1",
     "moo",
     "opcode",
     "moo",
     {"executor", "cpu", "opcode"},
     {"run", "agree"},
     " run, agree ",
     ALL},
    {"ringprobe.golden/1", "moo", "cause", "moo", {"executor", "words"}, {"count"}, "", ALL},
    {"ringprobe.golden/1", "moo", "not-runnable", "moo not run", {"executor", "reason"}, {"count"}, "", ALL},
    {"ringprobe.golden/1", "moo", NULL, NULL, {0}, {0}, "", ALL}, /* its summary, and single tests */
    {"ringprobe.golden/1",
     "difference",
     NULL,
     "golden",
     {"mode", "encoding", "mnemonic"},
     {"declared", "constancy", "cpu", "cells"},
     ": ",
     SEEN},
    {"ringprobe.golden/1", "summary", NULL, "golden verify", {0}, {"complete"}, ", complete ", SAME},
    {"ringprobe.golden/1", "pass", NULL, NULL, {0}, {0}, "", ALL},
    {"ringprobe.golden/1", "again", NULL, NULL, {0}, {0}, "", ALL},
    {"ringprobe.golden/1", "record", NULL, NULL, {0}, {0}, "", ALL},
};

static bool fits(const struct rp_json_value *line, const char *key, const char *wanted)
{
    const char *text = rp_json_member_text(line, key);
    return !wanted || (text && strcmp(text, wanted) == 0);
}

static const struct row *find_row(const struct rp_json_value *line)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (fits(line, "schema", rows[i].schema) && fits(line, "kind", rows[i].kind) &&
            fits(line, "what", rows[i].what))
            return &rows[i];
    return NULL;
}

/* A member as text; of an array of objects the member `component` of each. */
static void add_member(const struct rp_json_value *line, const char *key, const char *before,
                       struct rp_text *text)
{
    const struct rp_json_value *member = rp_json_member(line, key);
    struct rp_text words = {0};
    if (!rp_json_print(member, &words))
        for (size_t i = 0; i < rp_json_elements(member); i++) {
            const char *name = rp_json_member_text(rp_json_element(member, i), "component");
            rp_text_add(&words, "%s%s", i ? " " : "", name ? name : "?");
        }
    if (words.length)
        rp_text_add(text, "%s%s", text->length ? before : "", rp_text_string(&words));
    rp_text_free(&words);
}

/* The place of a name in the index: of its cell, or a free one. */
static size_t find_place(const struct rp_fleet *fleet, const char *name)
{
    size_t place = XXH64(name, strlen(name), 0) & (fleet->places - 1);
    while (fleet->place[place] && strcmp(fleet->cell[fleet->place[place] - 1].name, name) != 0)
        place = (place + 1) & (fleet->places - 1);
    return place;
}

/* Room in the index for one more cell: it is at most half full. */
static bool reserve_place(struct rp_fleet *fleet)
{
    if (2 * (fleet->cells + 1) <= fleet->places)
        return true;
    size_t places = fleet->places ? 2 * fleet->places : 64;
    size_t *place = calloc(places, sizeof place[0]);
    if (!place)
        return false;
    free(fleet->place);
    fleet->place = place;
    fleet->places = places;
    for (size_t i = 0; i < fleet->cells; i++)
        place[find_place(fleet, fleet->cell[i].name)] = i + 1;
    return true;
}

/* The cell of this name. NULL: no memory. */
static struct rp_fleet_cell *find_cell(struct rp_fleet *fleet, const char *name)
{
    if (!reserve_place(fleet))
        return NULL;
    size_t place = find_place(fleet, name);
    if (fleet->place[place])
        return &fleet->cell[fleet->place[place] - 1];
    char *copy = strdup(name);
    char **value = calloc(fleet->machines, sizeof value[0]);
    struct rp_fleet_cell *cell = NULL;
    if (copy && value)
        cell = rp_rows_add((void **)&fleet->cell, &fleet->cells, &fleet->cell_capacity, sizeof *cell);
    if (!cell) {
        free(copy);
        free(value);
        return NULL;
    }
    *cell = (struct rp_fleet_cell){.name = copy, .value = value};
    fleet->place[place] = fleet->cells;
    return cell;
}

/* Every cell has a place for the last machine. */
static bool widen(struct rp_fleet *fleet)
{
    for (size_t i = 0; i < fleet->cells; i++) {
        char **value = realloc(fleet->cell[i].value, fleet->machines * sizeof value[0]);
        if (!value)
            return false;
        fleet->cell[i].value = value;
        value[fleet->machines - 1] = NULL;
    }
    return true;
}

/* True if `said` is one of the things in `value`, between which there is "; ". */
static bool is_said(const char *value, const char *said)
{
    size_t length = strlen(said);
    for (const char *at = value; at; at = strstr(at, "; ") ? strstr(at, "; ") + 2 : NULL)
        if (strncmp(at, said, length) == 0 && (at[length] == '\0' || strncmp(at + length, "; ", 2) == 0))
            return true;
    return false;
}

/* A machine that says two things of one cell says both. `seen` of several is the same in any order. */
static bool put(struct rp_fleet *fleet, const char *name, const char *said, uint64_t seen)
{
    struct rp_fleet_cell *cell = find_cell(fleet, name);
    if (!cell)
        return false;
    cell->seen ^= seen;
    char **value = &cell->value[fleet->machines - 1];
    if (*value && is_said(*value, said))
        return true;
    struct rp_text both = {0};
    rp_text_add(&both, "%s%s%s", *value ? *value : "", *value ? "; " : "", said);
    char *copy = strdup(rp_text_string(&both));
    rp_text_free(&both);
    free(*value);
    *value = copy;
    return copy != NULL;
}

/* The hash of what a run left; of the first pass, for loops differ in how often they came by. */
static uint64_t hash_seen(const struct rp_json_value *line)
{
    static const char *const keys[] = {"run", "cpu"}, *const ends[] = {"outcome", "vector", "error_code"};
    const struct rp_json_value *cells = rp_json_member(line, "cells"), *end = rp_json_member(line, "seen");
    struct rp_text words = {0}, pass = {0};
    rp_json_print(rp_json_member(line, "pass"), &pass);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        add_member(line, keys[i], " ", &words);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        add_member(end, ends[i], " ", &words);
    for (size_t i = 0; i < rp_json_elements(cells); i++) {
        add_member(rp_json_element(cells, i), "component", " ", &words);
        add_member(rp_json_element(cells, i), "seen", "=", &words);
    }
    bool first = pass.length == 0 || strcmp(rp_text_string(&pass), "1") == 0;
    uint64_t hash = first ? XXH64(rp_text_string(&words), words.length, 0) : 0;
    rp_text_free(&words);
    rp_text_free(&pass);
    return hash;
}

/* Behind the last line of a machine: what was seen, as a part of what it says. */
static bool say_seen(struct rp_fleet *fleet)
{
    for (size_t i = 0; i < fleet->cells; i++) {
        struct rp_fleet_cell *cell = &fleet->cell[i];
        char **value = &cell->value[fleet->machines - 1], *said = NULL;
        if (!cell->seen || !*value)
            continue;
        if (asprintf(&said, "%s, values %08x", *value, (unsigned)(uint32_t)cell->seen) < 0)
            return false;
        free(*value);
        *value = said;
        cell->seen = 0;
    }
    return true;
}

/* Who it is, from the first line that tells. */
static bool identify(struct rp_fleet_machine *machine, const struct rp_json_value *line)
{
    static const char *const members[] = {"vendor",    "family", "model",      "stepping",
                                          "microcode", "brand",  "hypervisor", "kernel"};
    const struct rp_json_value *told = rp_json_member(line, "machine");
    struct rp_text words = {0};
    if (!told)
        told = rp_json_member(line, "here");
    if (machine->identity[0] || !told)
        return true;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct rp_text before = {0};
        rp_text_add(&before, ", %s ", members[i]);
        add_member(told, members[i], i == 0 ? "" : rp_text_string(&before), &words);
        rp_text_free(&before);
    }
    const char *host = rp_json_member_text(told, "host");
    free(machine->identity);
    free(machine->host);
    machine->identity = strdup(rp_text_string(&words));
    machine->host = strdup(host ? host : "");
    rp_text_free(&words);
    return machine->identity && machine->host;
}

static int take_line(struct rp_fleet *fleet, const char *path, const struct rp_json_value *line,
                     size_t *answers, struct rp_error *error)
{
    const struct row *row = find_row(line);
    struct rp_text name = {0}, said = {0};
    if (!row)
        return rp_error_set(error, RP_EINPUT,
                            "'%s' has a line that is no answer of `golden verify` or `errata` with -f json",
                            path);
    bool fine = identify(&fleet->machine[fleet->machines - 1], line);
    if (row->label && fine) {
        rp_text_add(&name, "%s", row->label);
        for (size_t i = 0; i < KEYS && row->keys[i]; i++)
            add_member(line, row->keys[i], " ", &name);
        if (row->more == SAME && !rp_json_print(rp_json_member(line, "same"), &said))
            rp_text_add(&said, "unknown");
        fleet->machine[fleet->machines - 1].unlike |=
            (row->more == SAME) && strcmp(rp_text_string(&said), "false") == 0;
        for (size_t i = 0; i < KEYS && row->values[i]; i++)
            add_member(line, row->values[i], row->between, &said);
        fine =
            put(fleet, rp_text_string(&name), rp_text_string(&said), row->more == SEEN ? hash_seen(line) : 0);
        (*answers)++;
    }
    rp_text_free(&name);
    rp_text_free(&said);
    return fine ? RP_OK : rp_error_set(error, RP_EENVIRONMENT, "no memory for the answers in '%s'", path);
}

/* The file's name without folder and extension, from malloc. */
static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    return dot && dot != name ? strndup(name, (size_t)(dot - name)) : strdup(name);
}

static int add_machine(struct rp_fleet *fleet, const char *path, struct rp_error *error)
{
    char *name = name_of(path);
    for (size_t i = 0; i < fleet->machines && name; i++) {
        if (strcmp(fleet->machine[i].name, name) != 0)
            continue;
        free(name);
        return rp_error_set(error, RP_EINPUT, "two files are named like '%s'; each names its machine", path);
    }
    struct rp_fleet_machine *machine =
        rp_rows_add((void **)&fleet->machine, &fleet->machines, &fleet->machine_capacity, sizeof *machine);
    if (!machine) {
        free(name);
        return rp_error_set(error, RP_EENVIRONMENT, "no memory for %zu machines", fleet->machines);
    }
    machine->name = name;
    machine->host = strdup("");
    machine->identity = strdup("");
    if (!name || !machine->host || !machine->identity || !widen(fleet))
        return rp_error_set(error, RP_EENVIRONMENT, "no memory for %zu machines", fleet->machines);
    return RP_OK;
}

int rp_fleet_read(struct rp_fleet *fleet, const char *path, struct rp_error *error)
{
    size_t answers = 0;
    struct rp_json_value *line = NULL;
    FILE *file = fopen(path, "re");
    if (!file)
        return rp_error_system(error, errno, "cannot read '%s'", path);
    int result = add_machine(fleet, path, error);
    while (result == RP_OK) {
        result = rp_json_read(file, path, &line, error);
        if (result || !line)
            break;
        result = take_line(fleet, path, line, &answers, error);
        rp_json_release(line);
    }
    fclose(file);
    if (result == RP_OK && !say_seen(fleet))
        return rp_error_set(error, RP_EENVIRONMENT, "no memory for the answers in '%s'", path);
    if (result == RP_OK && !answers)
        return rp_error_set(error, RP_EINPUT,
                            "'%s' has no answer of `golden verify` or `errata` with -f json", path);
    return result;
}

bool rp_fleet_is_answers(const char *path)
{
    FILE *file = fopen(path, "re");
    int first = file ? getc(file) : EOF;
    if (file)
        fclose(file);
    return first == '{';
}
