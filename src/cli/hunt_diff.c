/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changed between two hunts; see hunt_diff.h. */
#include "cli/hunt_diff.h"

#include "base/json.h"
#include "report/finding.h"
#include "report/inert.h"
#include "store/hunt.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    char id[RP_FINDING_ID_SIZE];
    const char *line;
    size_t length;
};

struct side {
    struct rp_configuration configuration;
    struct rp_text lines;
    struct entry *entry; /* by id, each once */
    size_t count;
};

enum change { APPEARED, VANISHED, CHANGED, CHANGES };
static const char *const changes[CHANGES] = {"appeared", "vanished", "changed"};

struct answer {
    struct rp_text *text;
    bool json;
    size_t count[CHANGES], settings;
};

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->id, ((const struct entry *)b)->id);
}

/* A campaign's own finding lines; a merged one has each id once, and so has what a hunt keeps. */
static int take_lines(struct side *side, struct rp_error *error)
{
    const char *at = rp_text_string(&side->lines), *end = at + side->lines.length, *feed;
    size_t lines = 0;
    for (const char *c = at; c < end; c++)
        lines += *c == '\n';
    side->entry = malloc((lines + 1) * sizeof *side->entry);
    if (!side->entry)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for findings");
    for (; at < end; at = feed + 1) {
        char schema[32];
        struct entry *entry = &side->entry[side->count];
        feed = memchr(at, '\n', (size_t)(end - at));
        *entry = (struct entry){.line = at, .length = (size_t)(feed - at)};
        if (rp_line_field(at, entry->length, "schema", schema, sizeof schema) &&
            strcmp(schema, "ringprobe.hunt/1") == 0 &&
            rp_line_field(at, entry->length, "id", entry->id, sizeof entry->id))
            side->count++;
    }
    qsort(side->entry, side->count, sizeof *side->entry, by_id);
    return RP_OK;
}

static int read_side(struct side *side, struct rp_store *store, struct rp_error *error)
{
    int result = rp_store_hunt_read(store, &side->lines, error); /* refuses what is no hunt's */
    if (result == RP_OK)
        result = rp_store_hunt_configuration(store, &side->configuration, error);
    return result == RP_OK ? take_lines(side, error) : result;
}

/* A hunt that searched something else finds something else. */
static void add_setting(void *context, const char *name, const char *old, const char *new)
{
    struct answer *answer = context;
    struct rp_json json;
    if (answer->json) {
        rp_json_begin(&json);
        rp_json_string(&json, "schema", "ringprobe.difference/1");
        rp_json_string(&json, "what", "configuration");
        rp_json_string(&json, "change", "changed");
        rp_json_string(&json, "name", name);
        rp_json_string(&json, "old", old);
        rp_json_string(&json, "new", new);
        rp_json_end(&json, answer->text);
    } else {
        rp_text_add(answer->text, "%s%s: ", answer->settings ? "" : "CONFIGURATION\n", name);
        rp_inert_plain(answer->text, old);
        rp_text_add(answer->text, " -> ");
        rp_inert_plain(answer->text, new);
        rp_text_add(answer->text, "\n");
    }
    answer->settings++;
}

static const char *field(const struct entry *entry, const char *key, char *value, size_t size)
{
    return entry && rp_line_field(entry->line, entry->length, key, value, size) ? value : "";
}

static void add_json(struct answer *answer, enum change change, const struct entry *old,
                     const struct entry *new)
{
    static const char *const keys[] = {"id", "mode", "encoding", "cell", "reason"};
    char value[RP_FINDING_WHY_MAX];
    struct rp_json json;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.difference/1");
    rp_json_string(&json, "what", "hunt");
    rp_json_string(&json, "change", changes[change]);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        rp_json_string(&json, keys[i], field(new ? new : old, keys[i], value, sizeof value));
    rp_json_string(&json, "old", old ? field(old, "class", value, sizeof value) : NULL);
    rp_json_string(&json, "new", new ? field(new, "class", value, sizeof value) : NULL);
    rp_json_end(&json, answer->text);
}

static void add_row(struct answer *answer, enum change change, const struct entry *old,
                    const struct entry *new)
{
    static const char *const headings[CHANGES] = {"APPEARED", "VANISHED", "CHANGED CLASS"};
    static const char *const keys[] = {"id", "mode", "encoding", "cell", "class"};
    char value[RP_FINDING_WHY_MAX];
    if (answer->count[change] == 0)
        rp_text_add(answer->text, "%s\n", headings[change]);
    if (change == CHANGED) {
        rp_inert_plain(answer->text, field(old, "class", value, sizeof value));
        rp_text_add(answer->text, " -> ");
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        rp_text_add(answer->text, "%s", i ? "  " : "");
        rp_inert_plain(answer->text, field(new ? new : old, keys[i], value, sizeof value));
    }
    rp_text_add(answer->text, "\n");
}

static void add(struct answer *answer, enum change change, const struct entry *old, const struct entry *new)
{
    if (answer->json)
        add_json(answer, change, old, new);
    else
        add_row(answer, change, old, new);
    answer->count[change]++;
}

static bool same_class(const struct entry *a, const struct entry *b)
{
    char x[RP_FINDING_CLASS_MAX] = "", y[RP_FINDING_CLASS_MAX] = "";
    return strcmp(field(a, "class", x, sizeof x), field(b, "class", y, sizeof y)) == 0;
}

/* Findings of one kind of change, in the order of their ids. */
static void add_changes(struct answer *answer, enum change change, const struct side side[2])
{
    const struct entry *old = side[0].entry, *new = side[1].entry;
    const struct entry *old_end = old + side[0].count, *new_end = new + side[1].count;
    while (old < old_end || new < new_end) {
        int order = old == old_end ? 1 : new == new_end ? -1 : strcmp(old->id, new->id);
        if (order > 0 && change == APPEARED)
            add(answer, change, NULL, new);
        if (order < 0 && change == VANISHED)
            add(answer, change, old, NULL);
        if (order == 0 && change == CHANGED && !same_class(old, new))
            add(answer, change, old, new);
        old += order <= 0;
        new += order >= 0;
    }
}

static int check(const struct rp_options *options, struct rp_error *error)
{
    const char *format = options->format->name;
    return strcmp(format, "text") == 0 || strcmp(format, "json") == 0
               ? RP_OK
               : rp_error_set(error, RP_EINPUT, "hunts are compared as text or json, not as %s", format);
}

int rp_hunt_diff(const struct rp_options *options, struct rp_store *const store[2], struct rp_output *output,
                 bool *news, struct rp_error *error)
{
    struct side side[2] = {0};
    struct answer answer = {.text = &output->text, .json = strcmp(options->format->name, "json") == 0};
    int result = check(options, error);
    for (unsigned i = 0; i < 2 && result == RP_OK; i++)
        result = read_side(&side[i], store[i], error);
    if (result == RP_OK)
        result = rp_configuration_compare(&side[0].configuration, &side[1].configuration, add_setting,
                                          &answer, error);
    for (unsigned change = 0; change < CHANGES && result == RP_OK; change++)
        add_changes(&answer, (enum change)change, side);
    *news = answer.count[APPEARED] + answer.count[VANISHED] + answer.count[CHANGED] > 0;
    if (result == RP_OK && !answer.json)
        rp_text_add(&output->text, "Findings: %zu appeared, %zu vanished, %zu changed their class\n",
                    answer.count[APPEARED], answer.count[VANISHED], answer.count[CHANGED]);
    for (unsigned i = 0; i < 2; i++) {
        free(side[i].entry);
        rp_text_free(&side[i].lines);
    }
    return result;
}
