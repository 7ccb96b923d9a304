/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading verdicts.tsv; see table.h. */
#include "truth/table.h"
#include "support/suite.h"

#include "base/hex.h"
#include "base/tsv.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH    "tests/truth/verdicts.tsv"
#define HEADING "class\tinstruction\tencoding\tmodes\tverdict\tkinds\towner\tgroup\tsource\twhy"

/* Sets of modes. */
#define ALL       ((1 << RP_MODE_COUNT) - 1)
#define UNGUARDED (1 << RP_MODE_VM86 | 1 << RP_MODE_REAL16)
#define WIDE      (1 << RP_MODE_LONG64 | 1 << RP_MODE_COMPAT32 | 1 << RP_MODE_PROT32)

enum column { CLASS, INSTRUCTION, ENCODING, MODES, VERDICT, KINDS, OWNER, GROUP, SOURCE, WHY };

/* A word of a list, cut off at one of `separators`. */
static bool next_word(const char **text, const char *separators, char word[32])
{
    size_t length = strcspn(*text, separators);
    if (length == 0 || length >= 32)
        return false;
    memcpy(word, *text, length);
    word[length] = '\0';
    *text += length + ((*text)[length] != '\0');
    return true;
}

static bool parse_modes(const char *text, uint8_t *modes)
{
    static const struct {
        const char *name;
        uint8_t modes;
    } sets[] = {
        {"all", ALL},
        {"ring3", ALL & ~(1 << RP_MODE_REAL16)},
        {"unguarded", UNGUARDED},
        {"protected", ALL & ~UNGUARDED},
        {"not64", ALL & ~(1 << RP_MODE_LONG64)},
        {"wide", WIDE},
        {"narrow", ALL & ~WIDE},
    };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        if (strcmp(text, sets[i].name) == 0) {
            *modes = sets[i].modes;
            return true;
        }
    }
    *modes = 0;
    while (*text) {
        char word[32];
        enum rp_mode mode;
        if (!next_word(&text, ",", word) || !rp_mode_find(word, &mode))
            return false;
        *modes |= (uint8_t)(1 << mode);
    }
    return *modes != 0;
}

static bool parse_verdicts(const char *text, uint8_t *verdicts)
{
    char word[32];
    *verdicts = 0;
    while (*text) {
        unsigned verdict = 0;
        if (!next_word(&text, "/", word))
            return false;
        while (verdict < RP_VERDICT_COUNT && strcmp(rp_judgement_name((enum rp_judgement)verdict), word) != 0)
            verdict++;
        if (verdict == RP_VERDICT_COUNT)
            return false;
        *verdicts |= (uint8_t)(1 << verdict);
    }
    return *verdicts != 0;
}

static bool parse_kinds(const char *text, struct truth_row *row)
{
    char word[32];
    if (strcmp(text, "-") == 0)
        return true;
    while (*text) {
        enum rp_sensitivity kind;
        if (!next_word(&text, ",", word))
            return false;
        bool optional = word[strlen(word) - 1] == '?';
        if (optional)
            word[strlen(word) - 1] = '\0';
        if (!rp_sensitivity_find(word, &kind))
            return false;
        row->may |= (uint8_t)kind;
        row->must |= optional ? 0 : (uint8_t)kind;
    }
    return true;
}

static bool parse_owner(const char *text, enum rp_owner *owner)
{
    *owner = strcmp(text, "system") == 0      ? RP_OWNER_SYSTEM
             : strcmp(text, "delegated") == 0 ? RP_OWNER_DELEGATED
                                              : RP_OWNER_USER;
    return *owner != RP_OWNER_USER || strcmp(text, "-") == 0;
}

static int take_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct truth_table *table = context;
    struct truth_row truth = {.line = row->line};
    size_t length;
    snprintf(truth.class, sizeof truth.class, "%s", row->column[CLASS]);
    snprintf(truth.instruction, sizeof truth.instruction, "%s", row->column[INSTRUCTION]);
    snprintf(truth.group, sizeof truth.group, "%s", row->column[GROUP]);
    snprintf(truth.source, sizeof truth.source, "%s", row->column[SOURCE]);
    if (rp_hex_parse(row->column[ENCODING], truth.encoding.bytes, RP_ENCODING_MAX, &length, error))
        return rp_tsv_complain(row, error, "'%s' is no encoding", row->column[ENCODING]);
    truth.encoding.length = (uint8_t)length;
    if (!parse_modes(row->column[MODES], &truth.modes))
        return rp_tsv_complain(row, error, "'%s' are no modes", row->column[MODES]);
    if (!parse_verdicts(row->column[VERDICT], &truth.verdicts))
        return rp_tsv_complain(row, error, "'%s' is no verdict", row->column[VERDICT]);
    if (!parse_kinds(row->column[KINDS], &truth) || !parse_owner(row->column[OWNER], &truth.owner))
        return rp_tsv_complain(row, error, "'%s', '%s' are no kinds and owner", row->column[KINDS],
                               row->column[OWNER]);
    if (strlen(row->column[WHY]) < 8)
        return rp_tsv_complain(row, error, "no reason why");
    if (table->count == table->capacity) {
        table->capacity = 2 * table->capacity + 256;
        table->row = realloc(table->row, table->capacity * sizeof table->row[0]);
        assert_non_null(table->row);
    }
    table->row[table->count++] = truth;
    return RP_OK;
}

void truth_load(struct truth_table *table)
{
    struct rp_error error = {0};
    char *text = scratch_read(PATH);
    *table = (struct truth_table){0};
    int result = rp_tsv_parse(PATH, text, strlen(text), HEADING, take_row, table, &error);
    free(text);
    if (result)
        fail_msg("%s", error.line);
}

void truth_free(struct truth_table *table)
{
    free(table->row);
    *table = (struct truth_table){0};
}

const char *truth_verdicts(const struct truth_row *row)
{
    static char text[64];
    size_t length = 0;
    text[0] = '\0';
    for (unsigned verdict = 0; verdict < RP_VERDICT_COUNT; verdict++)
        if (row->verdicts & 1 << verdict)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", length ? "/" : "",
                                       rp_judgement_name((enum rp_judgement)verdict));
    return text;
}

const char *truth_kinds(uint8_t kinds)
{
    static char text[64];
    size_t length = 0;
    for (unsigned kind = 1; kind <= RP_SENSITIVE_RESOURCE; kind *= 2)
        if (kinds & kind)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", length ? "," : "",
                                       rp_sensitivity_name((enum rp_sensitivity)kind));
    return length ? text : "-";
}
