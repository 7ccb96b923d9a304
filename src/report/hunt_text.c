/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The summary of a hunt; see hunt_text.h. */
#include "report/hunt_text.h"

#include "report/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Findings that are one row: of what nobody explains one a cell, of an emulator one a map, since the maps
 * that it takes for granted are whole; of what is explained one an explanation. */
struct group {
    char key[RP_FINDING_WHY_MAX], encoding[2 * RP_ENCODING_MAX + 1], decoder[64];
    bool mode[RP_MODE_COUNT];
    uint64_t findings;
    struct rp_text ends, changes;
};

struct groups {
    struct group *group;
    size_t count;
    bool failed;
};

void rp_hunt_summary_add(struct rp_hunt_summary *summary, const char *line, size_t length)
{
    char class[RP_FINDING_CLASS_MAX] = "", mode_name[16] = "";
    enum rp_mode mode;
    unsigned i = 0;
    rp_text_add_bytes(&summary->line, line, length);
    rp_text_add_bytes(&summary->line, "\n", 1);
    summary->findings++;
    char provenance[16] = "";
    rp_line_field(line, length, "provenance", provenance, sizeof provenance);
    summary->emulated |= strcmp(provenance, rp_provenance_name(RP_PROVENANCE_EMULATED)) == 0;
    rp_line_field(line, length, "class", class, sizeof class);
    rp_line_field(line, length, "mode", mode_name, sizeof mode_name);
    while (i < summary->classes && strcmp(summary->class[i], class) != 0)
        i++;
    if (i == RP_HUNT_CLASSES_MAX || !rp_mode_find(mode_name, &mode))
        return;
    if (i == summary->classes)
        memcpy(summary->class[summary->classes++], class, sizeof class);
    summary->count[i][mode]++;
}

/* The classes in the order in which people read them: unexplained, then by name. */
static unsigned sort(const struct rp_hunt_summary *summary, unsigned order[RP_HUNT_CLASSES_MAX])
{
    for (unsigned i = 0; i < summary->classes; i++) {
        unsigned at = i;
        bool first = strcmp(summary->class[i], RP_FINDING_UNEXPLAINED) == 0;
        while (at > 0 && strcmp(summary->class[order[at - 1]], RP_FINDING_UNEXPLAINED) != 0 &&
               (first || strcmp(summary->class[i], summary -> class[order[at - 1]]) < 0)) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    return summary->classes;
}

static void add_counts(const struct rp_hunt_summary *summary, const unsigned *order,
                       const struct rp_style *style, struct rp_text *text)
{
    struct rp_table table = {.heading = {"class"}, .columns = 1};
    bool used[RP_MODE_COUNT] = {false};
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        for (unsigned i = 0; i < summary->classes; i++)
            used[m] |= summary->count[i][m] > 0;
        if (used[m])
            table.heading[table.columns++] = rp_mode_info((enum rp_mode)m)->name;
    }
    for (unsigned i = 0; i < summary->classes; i++) {
        bool open = strcmp(summary->class[order[i]], RP_FINDING_UNEXPLAINED) == 0;
        rp_table_cell(&table, open ? RP_TONE_ALARM : RP_TONE_PLAIN, "%s", summary->class[order[i]]);
        for (unsigned m = 0; m < RP_MODE_COUNT; m++)
            if (used[m])
                rp_table_cell(&table, RP_TONE_PLAIN, "%" PRIu64, summary->count[order[i]][m]);
    }
    rp_table_text(&table, style, text);
    rp_table_free(&table);
}

/* "retired, 3 bytes", "#PF" from a finding's line. */
static void add_end(const char *line, size_t length, struct rp_text *text)
{
    const char *ring3 = memmem(line, length, "\"ring3\":", 8);
    char word[16] = "", more[8] = "";
    if (!ring3)
        return;
    length -= (size_t)(ring3 - line);
    rp_line_field(ring3, length, "outcome", word, sizeof word);
    if (strcmp(word, "retired") == 0 && rp_line_field(ring3, length, "length", more, sizeof more))
        rp_text_add(text, "retired, %s bytes", more);
    else if (rp_line_field(ring3, length, "name", more, sizeof more))
        rp_text_add(text, "%s", more);
    else
        rp_text_add(text, "%s", word);
}

/* The array of changes as it stands, without quotes. */
static void add_changes(const char *line, size_t length, struct rp_text *text)
{
    const char *at = memmem(line, length, "\"changes\":[", 11), *end = line + length;
    for (at = at ? at + 11 : end; at < end && *at != ']'; at++)
        if (*at != '"')
            rp_text_add(text, *at == ',' ? ", %s" : "%.1s", *at == ',' ? "" : at);
}

/* A class that says only why nobody knows. */
static bool is_open(const char *class)
{
    return strcmp(class, RP_FINDING_UNEXPLAINED) == 0 || strcmp(class, RP_FINDING_HIDDEN) == 0;
}

/* "vex.66.0f38.w0", "66 0f 3a" of a cell's name; "one byte" where nothing stands before the opcode. */
static void cut_to_map(char *cell)
{
    char *at = cell;
    if (strchr(cell, '.')) {
        cell[strcspn(cell, " ")] = '\0';
        return;
    }
    while (strncmp(at, "66 ", 3) == 0 || strncmp(at, "f3 ", 3) == 0 || strncmp(at, "f2 ", 3) == 0)
        at += 3;
    if (strncmp(at, "0f ", 3) == 0)
        at += strncmp(at, "0f 38 ", 6) == 0 || strncmp(at, "0f 3a ", 6) == 0 ? 6 : 3;
    if (at > cell)
        at[-1] = '\0';
    else
        memcpy(cell, "one byte", sizeof "one byte");
}

static void find_key(const struct rp_hunt_summary *summary, const char *class, const char *line,
                     size_t length, char key[RP_FINDING_WHY_MAX])
{
    bool open = is_open(class);
    if (!rp_line_field(line, length, open ? "cell" : "why", key, RP_FINDING_WHY_MAX))
        key[0] = '\0';
    if (open && summary->emulated)
        cut_to_map(key);
}

static struct group *find_group(struct groups *groups, const char *key)
{
    for (size_t i = 0; i < groups->count; i++)
        if (strcmp(groups->group[i].key, key) == 0)
            return &groups->group[i];
    struct group *grown = realloc(groups->group, (groups->count + 1) * sizeof *grown);
    groups->failed |= !grown;
    if (!grown)
        return NULL;
    groups->group = grown;
    struct group *group = &grown[groups->count++];
    *group = (struct group){0};
    snprintf(group->key, sizeof group->key, "%s", key);
    return group;
}

/* Unless it stands there. */
static void add_once(struct rp_text *list, const struct rp_text *word)
{
    if (word->length == 0 || (list->length && strstr(list->data, word->data)))
        return;
    rp_text_add(list, "%s%s", list->length ? "; " : "", word->data);
}

static void add_to_group(struct group *group, const char *line, size_t length)
{
    char name[16] = "";
    enum rp_mode mode;
    struct rp_text end = {0}, changes = {0};
    if (rp_line_field(line, length, "mode", name, sizeof name) && rp_mode_find(name, &mode))
        group->mode[mode] = true;
    if (group->findings++ == 0) {
        rp_line_field(line, length, "encoding", group->encoding, sizeof group->encoding);
        const char *decoder = memmem(line, length, "\"decoder\":{", 11);
        if (decoder)
            rp_line_field(decoder, length - (size_t)(decoder - line), "text", group->decoder,
                          sizeof group->decoder);
    }
    add_end(line, length, &end);
    add_changes(line, length, &changes);
    add_once(&group->ends, &end);
    add_once(&group->changes, &changes);
    rp_text_free(&end);
    rp_text_free(&changes);
}

static void make_groups(const struct rp_hunt_summary *summary, const char *class, struct groups *groups)
{
    char wanted[RP_FINDING_CLASS_MAX + 12], key[RP_FINDING_WHY_MAX];
    const char *line = rp_text_string(&summary->line);
    snprintf(wanted, sizeof wanted, "\"class\":\"%s\"", class);
    for (size_t span; *line; line += span + 1) {
        span = strcspn(line, "\n");
        if (!memmem(line, span, wanted, strlen(wanted)))
            continue;
        find_key(summary, class, line, span, key);
        struct group *group = find_group(groups, key);
        if (group)
            add_to_group(group, line, span);
    }
}

static void add_modes(const struct group *group, struct rp_text *text)
{
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        if (group->mode[m])
            rp_text_add(text, "%s%s", text->length ? " " : "", rp_mode_info((enum rp_mode)m)->name);
}

static void add_row(struct rp_table *table, const struct group *group, bool open)
{
    struct rp_text modes = {0};
    add_modes(group, &modes);
    rp_table_cell(table, open ? RP_TONE_STRONG : RP_TONE_PLAIN, "%s", group->key);
    rp_table_cell(table, RP_TONE_PLAIN, "%" PRIu64, group->findings);
    rp_table_add(table, RP_TONE_PLAIN, &modes);
    rp_table_cell(table, RP_TONE_PLAIN, "%s", group->encoding);
    rp_table_cell(table, RP_TONE_PLAIN, "%s", rp_text_string(&group->ends));
    if (open) {
        rp_table_cell(table, RP_TONE_PLAIN, "%s", rp_text_string(&group->changes));
        rp_table_cell(table, RP_TONE_PLAIN, "%s", group->decoder[0] ? group->decoder : "rejects it");
    }
    rp_text_free(&modes);
}

static void add_class(const struct rp_hunt_summary *summary, const char *class, const struct rp_style *style,
                      struct rp_text *text)
{
    bool open = is_open(class);
    struct groups groups = {0};
    struct rp_table table = {.heading = {!open               ? "why"
                                         : summary->emulated ? "opcode map"
                                                             : "opcode cell",
                                         "kinds", "modes", "example", "in ring 3", "changes", "decoder"},
                             .columns = open ? 7 : 5};
    make_groups(summary, class, &groups);
    for (size_t i = 0; i < groups.count; i++) {
        add_row(&table, &groups.group[i], open);
        rp_text_free(&groups.group[i].ends);
        rp_text_free(&groups.group[i].changes);
    }
    text->failed |= groups.failed;
    free(groups.group);
    rp_text_add(text, "\n%s%s%s\n", rp_style_on(style, RP_TONE_STRONG), class,
                rp_style_off(style, RP_TONE_STRONG));
    rp_table_text(&table, style, text);
    rp_table_free(&table);
}

void rp_hunt_text(const struct rp_hunt_summary *summary, const struct rp_style *style, struct rp_text *text)
{
    unsigned order[RP_HUNT_CLASSES_MAX], classes = sort(summary, order);
    rp_text_add(text, "%" PRIu64 " findings among %" PRIu64 " encodings%s\n", summary->findings,
                summary->encodings, summary->incomplete ? "; the search is not at its end" : "");
    if (summary->given_up)
        rp_text_add(text, "%" PRIu64 " without an answer: the executor died too often beside them\n",
                    summary->given_up);
    if (summary->emulated)
        rp_text_add(
            text, "They are an emulator's own, what it takes for instructions, and say nothing of a CPU.\n");
    if (classes) {
        rp_text_add(text, "\n");
        add_counts(summary, order, style, text);
    }
    for (unsigned i = 0; i < classes; i++)
        add_class(summary, summary->class[order[i]], style, text);
    if (classes)
        rp_text_add(
            text,
            "\nEach can be run again: ringprobe probe -m MODE -x EXECUTOR 0xENCODING, and the very runs "
            "of a hunt's\nfile: ringprobe replay FILE.\n");
}
