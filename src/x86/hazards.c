/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of corpus/hazards.tsv; see hazards.h. Matching is hazards_match.c. */
#include "x86/hazards.h"

#include "base/corpus.h"
#include "base/hex.h"
#include "base/tsv.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum column { ID, DANGER, CLASS, MAP, OPCODE, MODRM, PREFIXES, ACCESS, PORT, WHAT, SOURCE };

static const char heading[] = "id\tdanger\tclass\tmap\topcode\tmodrm\tprefixes\taccess\tport\twhat\tsource";

static const char *const dangers[] = {"cpu", "guest"};
static_assert(sizeof dangers / sizeof dangers[0] == RP_HAZARD_DANGER_COUNT, "one word a danger");

static const char *const classes[] = {"legacy", "3dnow", "xop", "vex", "evex"};
static_assert(sizeof classes / sizeof classes[0] == RP_CLASS_COUNT, "one word a class");

/* What rows may say of ModRM, and what that asks for. */
static const struct {
    const char *word;
    int8_t mod;
} operands[] = {{"", RP_HAZARD_ANY}, {" mem", 0}, {" reg", 3}};

/* The place of `word` among `words`, or -1. */
static int find_word(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return (int)i;
    }
    return -1;
}

static bool is_absent(const char *text)
{
    return strcmp(text, "-") == 0;
}

/* "80" or "80-8f", hex, up to `most`. */
static int parse_range(const struct rp_tsv_row *row, enum column column, uint64_t most, uint64_t *first,
                       uint64_t *last, struct rp_error *error)
{
    char text[32], *dash;

    snprintf(text, sizeof text, "%s", row->column[column]);
    dash = strchr(text, '-');
    if (dash != NULL)
        *dash = '\0';
    if (rp_hex_parse_u64(text, first, NULL) < 0 ||
        rp_hex_parse_u64(dash != NULL ? dash + 1 : text, last, NULL) < 0 || *first > *last || *last > most)
        return rp_tsv_complain(row, error, "bad number or range '%s': hex, FIRST-LAST, up to %llx",
                               row->column[column], (unsigned long long)most);
    return 0;
}

/* "/1 reg", "/1", "-". */
static int parse_modrm(const struct rp_tsv_row *row, struct rp_hazard *rule, struct rp_error *error)
{
    const char *text = row->column[MODRM];

    if (is_absent(text))
        return 0;
    if (text[0] == '/' && text[1] >= '0' && text[1] <= '7') {
        rule->reg = (int8_t)(text[1] - '0');
        for (size_t i = 0; i < sizeof operands / sizeof operands[0]; i++) {
            if (strcmp(operands[i].word, text + 2) == 0) {
                rule->mod = operands[i].mod;
                return 0;
            }
        }
    }
    return rp_tsv_complain(row, error, "bad ModRM '%s': /0 to /7, with mem or reg behind it, or -", text);
}

static int parse_prefixes(const struct rp_tsv_row *row, struct rp_hazard *rule, struct rp_error *error)
{
    char text[32], *rest = text, *word;

    if (is_absent(row->column[PREFIXES]))
        return 0;
    snprintf(text, sizeof text, "%s", row->column[PREFIXES]);
    while ((word = strsep(&rest, " ")) != NULL) {
        if (strcmp(word, "lock") == 0)
            rule->needs_lock = true;
        else if (strcmp(word, "rep") == 0)
            rule->needs_repeat = true;
        else if (strcmp(word, "redundant") == 0)
            rule->needs_redundant = true;
        else
            return rp_tsv_complain(row, error, "unknown prefix word '%s': lock, rep, redundant or -", word);
    }
    return 0;
}

static int parse_encoding(const struct rp_tsv_row *row, struct rp_hazard *rule, struct rp_error *error)
{
    uint64_t first, last;
    int class = find_word(classes, RP_CLASS_COUNT, row->column[CLASS]), result;

    if (class < 0)
        return rp_tsv_complain(row, error, "unknown class '%s': legacy, 3dnow, xop, vex or evex",
                               row->column[CLASS]);
    rule->class = (int8_t) class;
    result = parse_range(row, MAP, 31, &first, &last, error);
    if (result < 0)
        return result;
    rule->map = (int8_t)first;
    result = parse_range(row, OPCODE, 0xff, &first, &last, error);
    if (result < 0)
        return result;
    rule->opcode_first = (uint8_t)first;
    rule->opcode_last = (uint8_t)last;
    result = parse_modrm(row, rule, error);
    return result < 0 ? result : parse_prefixes(row, rule, error);
}

static int parse_port(const struct rp_tsv_row *row, struct rp_hazard *rule, struct rp_error *error)
{
    const char *access = row->column[ACCESS];
    uint64_t first, last;
    int result = parse_range(row, PORT, 0xffff, &first, &last, error);

    if (result < 0)
        return result;
    rule->is_port = true;
    rule->port_first = (uint16_t)first;
    rule->port_last = (uint16_t)last;
    rule->in = strcmp(access, "in") == 0 || strcmp(access, "any") == 0;
    rule->out = strcmp(access, "out") == 0 || strcmp(access, "any") == 0;
    if (!rule->in && !rule->out)
        return rp_tsv_complain(row, error, "unknown access '%s': in, out or any", access);
    return 0;
}

/* Copies a column that must be there and fit. */
static int copy_text(const struct rp_tsv_row *row, enum column column, char *to, size_t capacity,
                     struct rp_error *error)
{
    const char *text = row->column[column];

    if (text[0] == '\0' || strlen(text) >= capacity)
        return rp_tsv_complain(row, error, "column %d must have 1 to %zu characters", (int)column + 1,
                               capacity - 1);
    snprintf(to, capacity, "%s", text);
    return 0;
}

static int parse_rule(const struct rp_tsv_row *row, struct rp_hazard *rule, struct rp_error *error)
{
    int danger = find_word(dangers, RP_HAZARD_DANGER_COUNT, row->column[DANGER]), result;

    *rule = (struct rp_hazard){
        .class = RP_HAZARD_ANY, .map = RP_HAZARD_ANY, .reg = RP_HAZARD_ANY, .mod = RP_HAZARD_ANY};
    if (danger < 0)
        return rp_tsv_complain(row, error, "unknown danger '%s': cpu or guest", row->column[DANGER]);
    rule->danger = (enum rp_hazard_danger)danger;
    result = copy_text(row, ID, rule->id, sizeof rule->id, error);
    if (result == 0)
        result = copy_text(row, WHAT, rule->what, sizeof rule->what, error);
    if (result == 0)
        result = copy_text(row, SOURCE, rule->source, sizeof rule->source, error);
    if (result < 0)
        return result;
    return is_absent(row->column[PORT]) ? parse_encoding(row, rule, error) : parse_port(row, rule, error);
}

/* Rules under construction. */
struct list {
    struct rp_hazard *rules;
    size_t count;
};

static int take_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct list *list = context;
    struct rp_hazard rule, *grown;
    int result = parse_rule(row, &rule, error);

    if (result < 0)
        return result;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->rules[i].id, rule.id) == 0)
            return rp_tsv_complain(row, error, "the id '%s' is there already", rule.id);
    }
    grown = realloc(list->rules, (list->count + 1) * sizeof *grown);
    if (grown == NULL)
        return rp_error_set(error, RP_EENVIRONMENT, "cannot read hazards, out of memory");
    list->rules = grown;
    list->rules[list->count++] = rule;
    return 0;
}

int rp_hazards_parse(const char *label, const char *text, size_t length, struct rp_hazard **rules,
                     size_t *count, struct rp_error *error)
{
    struct list list = {0};
    int result = rp_tsv_parse(label, text, length, heading, take_row, &list, error);

    if (result < 0) {
        free(list.rules);
        return result;
    }
    *rules = list.rules;
    *count = list.count;
    return 0;
}

static struct list builtin;
static pthread_once_t builtin_once = PTHREAD_ONCE_INIT;

/* The text is part of the program and a test reads it. To run without it would be to run the hazards, so no
 * failure is survived, not even a lack of memory. */
static void load_builtin(void)
{
    const struct rp_corpus_file *file = rp_corpus_find("hazards.tsv");
    struct rp_error error = {0};
    int result = RP_EENVIRONMENT;

    if (file != NULL)
        result = rp_hazards_parse("corpus/hazards.tsv", file->text, file->length, &builtin.rules,
                                  &builtin.count, &error);
    if (result < 0)
        abort();
}

const struct rp_hazard *rp_hazards(size_t *count)
{
    pthread_once(&builtin_once, load_builtin);
    *count = builtin.count;
    return builtin.rules;
}

bool rp_hazard_find(enum rp_mode mode, const uint8_t *bytes, size_t length, const uint16_t *dx,
                    const struct rp_hazard **hazard)
{
    size_t count;
    const struct rp_hazard *rules = rp_hazards(&count);

    *hazard = rp_hazard_match(rules, count, mode, bytes, length, dx);
    return *hazard != NULL;
}
