/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two runs of a probe side by side; see probe.h. One row for each component that either run changed, with
 * a '*' where the two ended differently, and the bits in which they did; a '!' where privileged state was
 * changed. */
#include "report/probe.h"

#include "report/inert.h"
#include "report/words.h"

#include <inttypes.h>
#include <string.h>

#define LABEL 17 /* columns of the component's name, the mark included */

/* One component in both runs. */
struct row {
    uint32_t component;
    bool changed[2];
    uint64_t before[2], after[2];
};

struct rows {
    struct row row[2 * RP_DETAIL_CHANGES_MAX];
    size_t count;
};

/* Both lists ascend by component, so this is a merge. */
static void merge(const struct rp_detail *detail, struct rows *rows)
{
    size_t at[2] = {0, 0};
    rows->count = 0;
    for (;;) {
        uint32_t next = UINT32_MAX;
        for (int i = 0; i < 2; i++)
            if (detail->run[i].present && at[i] < detail->run[i].count &&
                detail->run[i].change[at[i]].component < next)
                next = detail->run[i].change[at[i]].component;
        if (next == UINT32_MAX)
            return;
        struct row *row = &rows->row[rows->count++];
        *row = (struct row){.component = next};
        for (int i = 0; i < 2; i++) {
            const struct rp_detail_run *run = &detail->run[i];
            if (!run->present || at[i] >= run->count || run->change[at[i]].component != next)
                continue;
            row->changed[i] = true;
            row->before[i] = run->change[at[i]].before;
            row->after[i] = run->change[at[i]].after;
            at[i]++;
        }
        for (int i = 0; i < 2; i++) /* what a run did not change it had before, as far as we can see */
            if (!row->changed[i])
                row->before[i] = row->after[i] = row->before[1 - i];
    }
}

/* Appends `cell` filled up to `width` columns, or a blank more than it is long. */
static void pad(struct rp_text *text, const char *cell, size_t width)
{
    size_t length = strlen(cell);
    rp_text_add(text, "%s", cell);
    rp_text_repeat(text, ' ', length < width ? width - length : 1);
}

/* Takes back blanks at the end of the line. */
static void trim(struct rp_text *text)
{
    while (text->length && text->data[text->length - 1] == ' ')
        text->length--;
}

static void label(struct rp_text *text, const char *name)
{
    rp_text_add(text, "   ");
    pad(text, name, LABEL);
}

static void value_cell(uint32_t component, uint64_t value, bool changed, size_t width, struct rp_text *text)
{
    struct rp_text cell = {0};
    if (changed)
        rp_words_value(component, value, &cell);
    else
        rp_text_add(&cell, "unchanged");
    pad(text, rp_text_string(&cell), width);
    rp_text_free(&cell);
}

static bool both_retired(const struct rp_detail *detail)
{
    for (int i = 0; i < 2; i++)
        if (!detail->run[i].present || (detail->run[i].shown.kind != RP_OUTCOME_RETIRED &&
                                        detail->run[i].shown.kind != RP_OUTCOME_ENTERED))
            return false;
    return true;
}

/* True if one of the runs changed what does not belong to the program. */
static bool changes_privileged(const struct row *row, const struct rp_detail *detail)
{
    for (int i = 0; i < 2; i++) {
        uint64_t user;
        if (!row->changed[i])
            continue;
        rp_component_user(row->component, detail->run[i].mode, &user);
        if ((row->before[i] ^ row->after[i]) & ~user)
            return true;
    }
    return false;
}

static void print_row(const struct row *row, const struct rp_detail *detail, const struct rp_style *style,
                      size_t width, struct rp_text *text)
{
    char name[RP_COMPONENT_NAME_MAX];
    uint64_t bits = row->after[0] ^ row->after[1];
    bool marked = bits && both_retired(detail);
    rp_text_add(text, "%s%c%c ", rp_style_on(style, marked ? RP_TONE_ALARM : RP_TONE_PLAIN),
                marked ? '*' : ' ', changes_privileged(row, detail) ? '!' : ' ');
    pad(text, rp_component_name(row->component, name), LABEL);
    value_cell(row->component, row->before[!row->changed[0]], true, width, text);
    for (int i = 0; i < 2; i++)
        if (detail->run[i].present)
            value_cell(row->component, row->after[i], row->changed[i], width, text);
    trim(text);
    rp_text_add(text, "%s\n", rp_style_off(style, marked ? RP_TONE_ALARM : RP_TONE_PLAIN));
    if (!marked)
        return;
    label(text, "");
    rp_text_add(text, "differs in ");
    rp_words_bits(row->component, bits, text);
    rp_text_add(text, "\n");
}

/* "ring 0", "ring 3, real16"; what a column stands for. */
static void column_title(const struct rp_detail *detail, int i, struct rp_text *text)
{
    const struct rp_detail_run *run = &detail->run[i];
    bool states = detail->of_witness && detail->kind == RP_SENSITIVE_RESOURCE;
    rp_text_add(text, "ring %u", run->ring);
    if (states)
        rp_text_add(text, ", state %c", i ? 'B' : 'A');
    if (run->mode == RP_MODE_REAL16)
        rp_text_add(text, " (real16)");
}

static void print_titles(const struct rp_detail *detail, const struct rp_style *style, size_t width,
                         struct rp_text *text)
{
    rp_text_add(text, "%s", rp_style_on(style, RP_TONE_STRONG));
    label(text, "");
    pad(text, "before", width);
    for (int i = 0; i < 2; i++) {
        struct rp_text title = {0};
        if (detail->run[i].present)
            column_title(detail, i, &title);
        pad(text, rp_text_string(&title), i ? 0 : width);
        rp_text_free(&title);
    }
    trim(text);
    rp_text_add(text, "%s\n", rp_style_off(style, RP_TONE_STRONG));
    label(text, "outcome");
    rp_text_repeat(text, ' ', width);
    for (int i = 0; i < 2; i++) {
        struct rp_text outcome = {0};
        if (detail->run[i].present)
            rp_words_shown(&detail->run[i].shown, &outcome);
        pad(text, rp_text_string(&outcome), i ? 0 : width);
        rp_text_free(&outcome);
    }
    trim(text);
    rp_text_add(text, "\n");
}

/* One list of differences from the default state: items between commas, as many a line as fit. */
static void print_state(const char *name, const char *raw, const struct rp_style *style, struct rp_text *text)
{
    struct rp_text clean = {0};
    rp_inert_plain(&clean, raw);
    const char *state = rp_text_string(&clean);
    size_t room = style->columns > LABEL + 24 ? style->columns - LABEL - 3 : 24, used = 0;
    label(text, name);
    for (const char *at = state; *at;) {
        size_t length = strcspn(at, ",");
        if (used && used + length + 2 > room) {
            rp_text_add(text, "\n");
            label(text, "");
            used = 0;
        }
        rp_text_add(text, "%s%.*s", used ? ", " : "", (int)length, at);
        used += length + 2;
        at += length + (at[length] == ',');
    }
    rp_text_add(text, "%s\n", *state == '\0' ? "the default state" : "");
    text->failed |= clean.failed;
    rp_text_free(&clean);
}

static void print_input(const struct rp_detail *detail, const struct rp_style *style, struct rp_text *text)
{
    print_state("program", strcmp(detail->user, "-") == 0 ? "the default state" : detail->user, style, text);
    print_state("system, first", detail->a, style, text);
    if (detail->run[1].present)
        print_state("system, second", detail->b, style, text);
}

void rp_probe_runs(const struct rp_detail *detail, const struct rp_style *style, struct rp_text *text)
{
    static _Thread_local struct rows rows;
    size_t width = style->columns >= 100 ? 26 : 20;
    rp_text_add(text, "%sWhat went in%s (differences from the default state)\n",
                rp_style_on(style, RP_TONE_STRONG), rp_style_off(style, RP_TONE_STRONG));
    print_input(detail, style, text);
    rp_text_add(text, "\n%sWhat came out%s (* the two differ, ! privileged state has changed)\n",
                rp_style_on(style, RP_TONE_STRONG), rp_style_off(style, RP_TONE_STRONG));
    print_titles(detail, style, width, text);
    merge(detail, &rows);
    for (size_t i = 0; i < rows.count; i++)
        print_row(&rows.row[i], detail, style, width, text);
    for (int i = 0; i < 2; i++)
        if (detail->run[i].present && detail->run[i].count == RP_DETAIL_CHANGES_MAX)
            rp_text_add(text, "  ... and more; the first %d are shown\n", RP_DETAIL_CHANGES_MAX);
}
