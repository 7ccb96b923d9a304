/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The summary of a hunt; see hunt_text.h. */
#include "report/hunt_text.h"

#include "report/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EXAMPLES 3   /* of each explained class */
#define ROWS_MAX 200 /* of the unexplained */

void rp_hunt_summary_add(struct rp_hunt_summary *summary, const char *line, size_t length)
{
    char class[RP_FINDING_CLASS_MAX] = "", mode_name[16] = "";
    enum rp_mode mode;
    unsigned i = 0;
    rp_text_add_bytes(&summary->line, line, length);
    rp_text_add_bytes(&summary->line, "\n", 1);
    summary->findings++;
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

static void add_row(struct rp_table *table, const char *line, size_t length, bool explained)
{
    static const char *const keys[] = {"mode", "encoding", "cell", "reason"};
    char value[RP_FINDING_WHY_MAX];
    struct rp_text cell = {0};
    for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++)
        rp_table_cell(table, i == 1 ? RP_TONE_STRONG : RP_TONE_PLAIN, "%s",
                      rp_line_field(line, length, keys[i], value, sizeof value) ? value : "");
    add_end(line, length, &cell);
    rp_table_add(table, RP_TONE_PLAIN, &cell);
    if (explained)
        rp_text_add(&cell, "%s", rp_line_field(line, length, "why", value, sizeof value) ? value : "");
    else
        add_changes(line, length, &cell);
    rp_table_add(table, RP_TONE_PLAIN, &cell);
    rp_text_free(&cell);
}

/* The findings of one class; of explained ones some. */
static void add_class(const struct rp_hunt_summary *summary, const char *class, const struct rp_style *style,
                      struct rp_text *text)
{
    bool explained = strcmp(class, RP_FINDING_UNEXPLAINED) != 0;
    struct rp_table table = {
        .heading = {"mode", "encoding", "opcode cell", "reason", "in ring 3", explained ? "why" : "changes"},
        .columns = 6};
    char wanted[RP_FINDING_CLASS_MAX + 12], last[RP_FINDING_WHY_MAX] = "", why[RP_FINDING_WHY_MAX] = "";
    size_t rows = 0, span;
    const char *line = rp_text_string(&summary->line);
    snprintf(wanted, sizeof wanted, "\"class\":\"%s\"", class);
    for (; *line; line += span + 1) {
        span = strcspn(line, "\n");
        if (!memmem(line, span, wanted, strlen(wanted)))
            continue;
        rp_line_field(line, span, "why", why, sizeof why);
        if (explained && strcmp(why, last) == 0)
            continue;
        memcpy(last, why, sizeof last);
        if (++rows > (explained ? EXAMPLES : ROWS_MAX))
            continue;
        add_row(&table, line, span, explained);
    }
    rp_text_add(text, "\n%s%s%s%s\n", rp_style_on(style, RP_TONE_STRONG), class,
                explained ? ", for example" : "", rp_style_off(style, RP_TONE_STRONG));
    rp_table_text(&table, style, text);
    rp_table_free(&table);
    if (!explained && rows > ROWS_MAX)
        rp_text_add(text, "and %zu more, which the hunt's file and -f json have\n", rows - ROWS_MAX);
}

void rp_hunt_text(const struct rp_hunt_summary *summary, const struct rp_style *style, struct rp_text *text)
{
    unsigned order[RP_HUNT_CLASSES_MAX], classes = sort(summary, order);
    rp_text_add(text, "%" PRIu64 " findings among %" PRIu64 " encodings%s\n", summary->findings,
                summary->encodings, summary->incomplete ? "; the search is not at its end" : "");
    if (summary->given_up)
        rp_text_add(text, "%" PRIu64 " without an answer: the executor died too often beside them\n",
                    summary->given_up);
    if (classes) {
        rp_text_add(text, "\n");
        add_counts(summary, order, style, text);
    }
    for (unsigned i = 0; i < classes; i++)
        add_class(summary, summary->class[order[i]], style, text);
    if (classes)
        rp_text_add(text, "\nEach can be run again: ringprobe probe -m MODE -x EXECUTOR 0xENCODING.\n");
}
