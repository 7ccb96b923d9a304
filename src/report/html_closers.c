/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions against control bits: what closes what. */
#include "report/html_parts.h"

#include "report/inert.h"

#define COLUMNS_MAX 64

/* A control with the value that closes. */
struct column {
    uint8_t control, value;
};

struct columns {
    struct column column[COLUMNS_MAX];
    size_t count;
};

static void add_column(struct columns *columns, unsigned control, unsigned value)
{
    size_t i = 0;
    while (i < columns->count && (columns->column[i].control != control || columns->column[i].value != value))
        i++;
    if (i == columns->count && i < COLUMNS_MAX)
        columns->column[columns->count++] = (struct column){(uint8_t)control, (uint8_t)value};
}

static bool closes(const struct rp_closer *closer, const struct column *column)
{
    return closer->control[0] == column->control && closer->value[0] == column->value;
}

static bool nothing_closes(const struct rp_hole_group *group)
{
    return group->closed.closers == 0 && rp_resource_set_empty(&group->closed.not_testable);
}

/* What was shown to close first, then what nobody here could try. */
static void find_columns(const struct rp_summary *summary, struct columns *columns)
{
    for (size_t i = 0; i < summary->groups; i++)
        for (unsigned k = 0; k < summary->group[i].closed.closers; k++)
            add_column(columns, summary->group[i].closed.by[k].closer.control[0],
                       summary->group[i].closed.by[k].closer.value[0]);
    for (size_t i = 0; i < summary->groups; i++) {
        const struct rp_resource_set *set = &summary->group[i].closed.not_testable;
        for (unsigned r = rp_resource_set_next(set, 0); r < RP_RESOURCE_COUNT;
             r = rp_resource_set_next(set, r + 1)) {
            bool there = false;
            for (size_t k = 0; k < columns->count; k++)
                there |= columns->column[k].control == r;
            if (!there)
                add_column(columns, r, (unsigned)rp_resource_info((enum rp_resource)r)->trap);
        }
    }
}

/* Who showed it, of several. */
static void add_executors(struct rp_text *text, const struct rp_hole_group *group, unsigned closer)
{
    for (unsigned e = 0; e < group->closed.by[closer].executors; e++) {
        rp_text_add(text, "%s", e ? ", " : " <small>");
        rp_inert_html(text, group->closed.by[closer].executor[e]);
    }
    rp_text_add(text, "%s", group->closed.by[closer].executors ? "</small>" : "");
}

static void closer_cell(struct rp_text *text, const struct rp_summary *summary,
                        const struct rp_hole_group *group, const struct column *column)
{
    for (unsigned k = 0; k < group->closed.closers; k++) {
        const struct rp_closer *closer = &group->closed.by[k].closer;
        if (!closes(closer, column))
            continue;
        rp_text_add(text, "<td class=\"good\">%s", closer->all ? "traps both rings" : "traps");
        if (closer->control[1] < RP_RESOURCE_COUNT)
            rp_text_add(text, " with %s=%u", rp_resource_info((enum rp_resource)closer->control[1])->name,
                        closer->value[1]);
        if (group->closed.by[k].encodings < group->encodings)
            rp_text_add(text, " (%zu of %zu)", group->closed.by[k].encodings, group->encodings);
        if (summary->several)
            add_executors(text, group, k);
        rp_text_add(text, "</td>");
        return;
    }
    if (rp_resource_set_has(&group->closed.not_testable, (enum rp_resource)column->control))
        rp_text_add(text, "<td class=\"doubt\">? not testable</td>");
    else
        rp_text_add(text, "<td class=\"faint\">·</td>");
}

static void row(struct rp_text *text, const struct rp_summary *summary, const struct rp_hole_group *group,
                const struct columns *columns)
{
    struct rp_text words = {0};
    rp_text_add(text, "<tr><th scope=\"row\" class=\"hole\">");
    rp_inert_html(text, group->name);
    rp_words_sensitivity(group->sensitivity, &words);
    rp_text_add(text, "</th><td>%s</td>", rp_text_string(&words));
    rp_text_free(&words);
    for (size_t i = 0; i < columns->count; i++)
        closer_cell(text, summary, group, &columns->column[i]);
    rp_text_add(text, "</tr>\n");
}

static void names_beyond(const struct rp_summary *summary, struct rp_text *text)
{
    size_t count = 0;
    const char *last = "";
    for (size_t i = 0; i < summary->groups; i++) {
        const struct rp_hole_group *group = &summary->group[i];
        if (!nothing_closes(group) || group->name == last)
            continue;
        rp_text_add(text, "%s",
                    count++ ? ", "
                            : "<p>No control closes these; they are what binary translation, "
                              "paravirtualization, or VT-x and SVM exist for:</p>\n<p class=\"names\">");
        rp_inert_html(text, group->name);
        last = group->name;
    }
    rp_text_add(text, "%s", count ? "</p>\n" : "");
}

void rp_html_closers(const struct rp_summary *summary, struct rp_text *text)
{
    struct columns columns = {0};
    find_columns(summary, &columns);
    if (columns.count) {
        rp_text_add(text, "<div class=\"scroll\" tabindex=\"0\"><table id=\"bits\"><thead><tr>"
                          "<th scope=\"col\">instruction</th><th scope=\"col\">sensitive</th>");
        for (size_t i = 0; i < columns.count; i++)
            rp_text_add(text, "<th scope=\"col\">%s=%u</th>",
                        rp_resource_info((enum rp_resource)columns.column[i].control)->name,
                        columns.column[i].value);
        rp_text_add(text, "</tr></thead><tbody>\n");
        for (size_t i = 0; i < summary->groups; i++)
            if (!nothing_closes(&summary->group[i]))
                row(text, summary, &summary->group[i], &columns);
        rp_text_add(text, "</tbody></table></div>\n");
    }
    names_beyond(summary, text);
}
