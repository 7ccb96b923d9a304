/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking up what somebody typed; see names.h. */
#include "x86/names.h"

#include "base/text.h"
#include "x86/names_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPED_MAX   64 /* bytes of a typed name that are looked at, prefix words included */
#define SUGGESTIONS 3

/* A typed name, taken apart: prefix words, and then a row of the table or a mnemonic. */
struct query {
    uint8_t lock;              /* 1: only with LOCK */
    uint8_t repeat;            /* only with this one, F2 or F3; 0: any */
    const struct rp_name *row; /* NULL: `mnemonic` it is */
    const char *mnemonic;
};

/* Lower case, no blanks at the ends, single ones inside. */
static void tidy(const char *name, char text[TYPED_MAX])
{
    size_t length = 0;

    for (; *name != '\0' && length + 1 < TYPED_MAX; name++) {
        if (!isspace((unsigned char)*name))
            text[length++] = (char)tolower((unsigned char)*name);
        else if (length > 0 && text[length - 1] != ' ')
            text[length++] = ' ';
    }
    if (length > 0 && text[length - 1] == ' ')
        length--;
    text[length] = '\0';
}

static const struct {
    const char *word;
    uint8_t lock, repeat;
} prefix_words[] = {
    {"lock ", 1, 0},    {"rep ", 0, 0xf3},   {"repe ", 0, 0xf3},
    {"repz ", 0, 0xf3}, {"repne ", 0, 0xf2}, {"repnz ", 0, 0xf2},
};

/* Strips prefix words off the front of `text` and returns the rest. */
static const char *take_prefix_words(const char *text, struct query *query)
{
    for (size_t i = 0; i < sizeof prefix_words / sizeof prefix_words[0]; i++) {
        size_t length = strlen(prefix_words[i].word);

        if (strncmp(text, prefix_words[i].word, length) != 0)
            continue;
        query->lock |= prefix_words[i].lock;
        query->repeat |= prefix_words[i].repeat;
        return take_prefix_words(text + length, query);
    }
    return text;
}

/* False if nobody knows the name. */
static bool parse(const char *name, struct query *query)
{
    const struct rp_names *names = rp_names_builtin();
    char text[TYPED_MAX];
    const char *rest, *mnemonic;

    *query = (struct query){0};
    tidy(name, text);
    rest = take_prefix_words(text, query);
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->rows[i].text, rest) == 0) {
            query->row = &names->rows[i];
            return true;
        }
    }
    for (size_t i = 0; (mnemonic = rp_names_mnemonic(i)) != NULL; i++) {
        if (strcmp(mnemonic, rest) == 0) {
            query->mnemonic = mnemonic;
            return true;
        }
    }
    return false;
}

static bool fits(const struct query *query, const struct rp_instruction *instruction)
{
    if (query->lock != 0 && instruction->prefixes.lock == 0)
        return false;
    if (query->repeat != 0 && instruction->prefixes.repeat != query->repeat)
        return false;
    return query->row != NULL ? rp_names_fit(query->row, instruction)
                              : query->mnemonic == instruction->mnemonic;
}

bool rp_name_known(const char *name)
{
    struct query query;

    return parse(name, &query);
}

bool rp_name_matches(const char *name, const struct rp_instruction *instruction)
{
    struct query query;

    return parse(name, &query) && fits(&query, instruction);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Damerau-Levenshtein distance without overlapping swaps: insertions, deletions, replacements and swaps of
 * neighbours cost one each (F. J. Damerau, CACM 7(3), 1964). Both texts are shorter than TYPED_MAX. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][TYPED_MAX + 1], *before = rows[0], *last = rows[1], *now = rows[2], *spare;
    size_t lengths[2] = {strlen(a), strlen(b)};

    for (size_t j = 0; j <= lengths[1]; j++)
        before[j] = last[j] = (unsigned)j;
    for (size_t i = 1; i <= lengths[0]; i++) {
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= lengths[1]; j++) {
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
        spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[lengths[1]];
}

/* Names in order of their distance, the first of equals first: rows of the table before mnemonics. */
struct nearest {
    const char *name[SUGGESTIONS];
    unsigned distance[SUGGESTIONS];
};

static void offer(struct nearest *nearest, const char *name, unsigned far)
{
    size_t place = SUGGESTIONS;

    for (size_t i = 0; i < SUGGESTIONS; i++) {
        if (nearest->name[i] != NULL && strcmp(nearest->name[i], name) == 0)
            return;
    }
    while (place > 0 && (nearest->name[place - 1] == NULL || nearest->distance[place - 1] > far))
        place--;
    for (size_t i = SUGGESTIONS - 1; i > place; i--) {
        nearest->name[i] = nearest->name[i - 1];
        nearest->distance[i] = nearest->distance[i - 1];
    }
    if (place < SUGGESTIONS) {
        nearest->name[place] = name;
        nearest->distance[place] = far;
    }
}

static int complain_unknown(const char *name, struct rp_error *error)
{
    const struct rp_names *names = rp_names_builtin();
    struct nearest nearest = {0};
    struct query query = {0};
    char text[TYPED_MAX];
    const char *rest, *mnemonic;

    tidy(name, text);
    if (!*text || strcmp(text, "0x") == 0)
        return rp_error_set(
            error, RP_EINPUT,
            "'%s' names no instruction and has no hex digits; give bytes (9d) or a name (popf)", text);
    rest = take_prefix_words(text, &query);
    for (size_t i = 0; i < names->count; i++)
        offer(&nearest, names->rows[i].text, distance(rest, names->rows[i].text));
    for (size_t i = 0; (mnemonic = rp_names_mnemonic(i)) != NULL; i++)
        offer(&nearest, mnemonic, distance(rest, mnemonic));
    return rp_error_set(error, RP_EINPUT,
                        "no instruction is called '%s', the nearest names are '%s', '%s', '%s'", text,
                        nearest.name[0], nearest.name[1], nearest.name[2]);
}

/* Counts the encodings of `space` that fit, and stores their indices where `indices` is not NULL. */
static size_t collect(const struct rp_form_space *space, const struct query *query, size_t *indices)
{
    size_t count = 0, known = rp_form_space_encodings(space) - rp_form_space_undocumented(space);
    struct rp_instruction instruction;
    struct rp_form form;

    for (size_t i = 0; i < known; i++) {
        rp_form_space_get(space, i, &form);
        if (rp_decode(rp_form_space_mode(space), form.encoding.bytes, form.encoding.length, &instruction,
                      NULL) != 0 ||
            !fits(query, &instruction))
            continue;
        if (indices != NULL)
            indices[count] = i;
        count++;
    }
    return count;
}

/* Counts what fits in the modes of one width, which share their forms (form.h); negative: an error. */
static int count_in(enum rp_mode mode, const struct query *query, size_t *count, struct rp_error *error)
{
    struct rp_form_space *space;
    int result = rp_form_space_open(mode, &space, error);

    if (result < 0)
        return result;
    *count = collect(space, query, NULL);
    rp_form_space_close(space);
    return 0;
}

/* The name is known but not in this mode: says where it is. */
static int complain_absent(const char *name, enum rp_mode mode, const struct query *query,
                           struct rp_error *error)
{
    static const enum rp_mode representatives[] = {RP_MODE_LONG64, RP_MODE_PROT32, RP_MODE_PROT16};
    size_t counts[65] = {0}; /* by width */
    struct rp_text places = {0};

    for (size_t i = 0; i < sizeof representatives / sizeof representatives[0]; i++) {
        int result =
            count_in(representatives[i], query, &counts[rp_mode_info(representatives[i])->code_bits], error);

        if (result < 0)
            return result;
    }
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        if (counts[rp_mode_info((enum rp_mode)m)->code_bits] > 0)
            rp_text_add(&places, " %s", rp_mode_info((enum rp_mode)m)->name);
    }
    if (places.length == 0)
        rp_error_set(error, RP_EINPUT,
                     "'%s' has no form in any mode, it is an instruction of Xeon Phi or takes no such prefix",
                     name);
    else
        rp_error_set(error, RP_EINPUT, "'%s' does not exist in %s, choose another mode with -m:%s", name,
                     rp_mode_info(mode)->name, rp_text_string(&places));
    rp_text_free(&places);
    return RP_EINPUT;
}

int rp_name_find(const struct rp_form_space *space, const char *name, size_t **indices, size_t *count,
                 struct rp_error *error)
{
    struct query query;

    if (!parse(name, &query))
        return complain_unknown(name, error);
    *indices = malloc(rp_form_space_encodings(space) * sizeof **indices);
    if (*indices == NULL)
        return rp_error_set(error, RP_EENVIRONMENT, "cannot look up '%s', out of memory", name);
    *count = collect(space, &query, *indices);
    if (*count > 0)
        return 0;
    free(*indices);
    *indices = NULL;
    return complain_absent(name, rp_form_space_mode(space), &query, error);
}
