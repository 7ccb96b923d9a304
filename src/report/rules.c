/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for rules; see rules.h. */
#include "report/rules.h"

#include "base/tsv.h"

#include <stdio.h>
#include <string.h>

enum { PART, NAME, TITLE, TEXT, SOURCE };
static const char *const parts[RP_RULE_PART_COUNT] = {"kind", "group", "oracle"};

static int copy(const struct rp_tsv_row *row, unsigned column, char *to, size_t size, struct rp_error *error)
{
    if ((size_t)snprintf(to, size, "%s", row->column[column]) >= size || !*to)
        return rp_tsv_complain(row, error, "'%s' is empty or too long", row->column[column]);
    return RP_OK;
}

static int take_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct rp_rules *rules = context;
    struct rp_rule_words *words = &rules->row[rules->count];
    if (rules->count == RP_RULE_WORDS_MAX)
        return rp_tsv_complain(row, error, "more than %d rows", RP_RULE_WORDS_MAX);
    unsigned part = 0;
    while (part < RP_RULE_PART_COUNT && strcmp(row->column[PART], parts[part]) != 0)
        part++;
    if (part == RP_RULE_PART_COUNT)
        return rp_tsv_complain(row, error, "'%s' is neither kind nor group nor oracle", row->column[PART]);
    words->part = (enum rp_rule_part)part;
    int result = copy(row, NAME, words->name, sizeof words->name, error);
    if (result == RP_OK)
        result = copy(row, TITLE, words->title, sizeof words->title, error);
    if (result == RP_OK)
        result = copy(row, TEXT, words->text, sizeof words->text, error);
    if (result == RP_OK)
        result = copy(row, SOURCE, words->source, sizeof words->source, error);
    rules->count += result == RP_OK;
    return result;
}

int rp_rules_load(struct rp_rules *rules, struct rp_error *error)
{
    rules->count = 0;
    return rp_tsv_read("rules.tsv", "part\tname\ttitle\ttext\tsource", take_row, rules, error);
}

const struct rp_rule_words *rp_rules_find(const struct rp_rules *rules, enum rp_rule_part part,
                                          const char *name)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->row[i].part == part && strcmp(rules->row[i].name, name) == 0)
            return &rules->row[i];
    return part == RP_RULE_GROUP && strcmp(name, "-") != 0 ? rp_rules_find(rules, part, "-") : NULL;
}
