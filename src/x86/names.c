/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of corpus/names.tsv and the predicates its rows use; see names.h and names_internal.h. Looking a
 * name up is names_find.c. */
#include "x86/names.h"

#include "base/corpus.h"
#include "base/tsv.h"
#include "x86/names_internal.h"

#include <Zydis/Zydis.h>

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_any(const struct rp_instruction *instruction)
{
    return instruction != NULL;
}

static bool is_far(const struct rp_instruction *instruction)
{
    return instruction->branch == RP_BRANCH_FAR;
}

static bool is_near(const struct rp_instruction *instruction)
{
    return instruction->branch != RP_BRANCH_FAR;
}

static bool is_string(const struct rp_instruction *instruction)
{
    return strcmp(instruction->category, "stringop") == 0;
}

static bool is_sse(const struct rp_instruction *instruction)
{
    return instruction->unit == RP_UNIT_SSE;
}

static bool has_moffs(const struct rp_instruction *instruction)
{
    return instruction->memory.present && !instruction->prefixes.has_modrm;
}

static bool names_segment(const struct rp_instruction *instruction)
{
    return instruction->segment_register != RP_REGISTER_NONE;
}

static bool names_control(const struct rp_instruction *instruction)
{
    return instruction->control_register != RP_REGISTER_NONE;
}

static bool names_debug(const struct rp_instruction *instruction)
{
    return instruction->debug_register != RP_REGISTER_NONE;
}

static bool names_es(const struct rp_instruction *instruction)
{
    return instruction->segment_register == 0;
}

static bool names_cs(const struct rp_instruction *instruction)
{
    return instruction->segment_register == 1;
}

static bool names_ss(const struct rp_instruction *instruction)
{
    return instruction->segment_register == 2;
}

static bool names_ds(const struct rp_instruction *instruction)
{
    return instruction->segment_register == 3;
}

static bool names_fs(const struct rp_instruction *instruction)
{
    return instruction->segment_register == 4;
}

static bool names_gs(const struct rp_instruction *instruction)
{
    return instruction->segment_register == 5;
}

/* What may stand behind the + of a term in corpus/names.tsv, whose head explains them. */
static const struct {
    const char *name;
    bool (*holds)(const struct rp_instruction *instruction);
} predicates[] = {
    {"", is_any},        {"far", is_far},      {"near", is_near},       {"string", is_string},
    {"sse", is_sse},     {"moffs", has_moffs}, {"sreg", names_segment}, {"cr", names_control},
    {"dr", names_debug}, {"es", names_es},     {"cs", names_cs},        {"ss", names_ss},
    {"ds", names_ds},    {"fs", names_fs},     {"gs", names_gs},
};

const char *rp_names_mnemonic(size_t number)
{
    return number < ZYDIS_MNEMONIC_MAX_VALUE ? ZydisMnemonicGetString((ZydisMnemonic)(number + 1)) : NULL;
}

static const char *find_mnemonic(const char *text)
{
    const char *mnemonic;

    for (size_t i = 0; (mnemonic = rp_names_mnemonic(i)) != NULL; i++) {
        if (strcmp(mnemonic, text) == 0)
            return mnemonic;
    }
    return NULL;
}

/* Parses "mnemonic" or "mnemonic+predicate"; `text` is changed. */
static int parse_term(char *text, struct rp_name_term *term, const struct rp_tsv_row *row,
                      struct rp_error *error)
{
    char *plus = strchr(text, '+');
    const char *wanted = "";

    if (plus != NULL) {
        *plus = '\0';
        wanted = plus + 1;
    }
    term->mnemonic = find_mnemonic(text);
    if (term->mnemonic == NULL)
        return rp_tsv_complain(row, error, "unknown mnemonic '%s': use one that the decoder prints", text);
    for (size_t i = 0; i < sizeof predicates / sizeof predicates[0]; i++) {
        if (strcmp(predicates[i].name, wanted) == 0 && (plus != NULL) == (wanted[0] != '\0')) {
            term->predicate = (uint8_t)i;
            return 0;
        }
    }
    return rp_tsv_complain(row, error, "unknown predicate '%s' behind '%s': the head of the file lists them",
                           wanted, text);
}

static int parse_terms(const char *means, struct rp_name *name, const struct rp_tsv_row *row,
                       struct rp_error *error)
{
    char text[256], *rest = text, *word;
    int result;

    if (strlen(means) >= sizeof text)
        return rp_tsv_complain(row, error, "'%s' is too long: %zu characters at most", row->column[0],
                               sizeof text - 1);
    snprintf(text, sizeof text, "%s", means);
    while ((word = strsep(&rest, " ")) != NULL) {
        if (name->count == RP_NAME_TERMS)
            return rp_tsv_complain(row, error, "'%s' has more than %d alternatives", name->text,
                                   RP_NAME_TERMS);
        result = parse_term(word, &name->terms[name->count], row, error);
        if (result < 0)
            return result;
        name->count++;
    }
    return 0;
}

static bool well_formed(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789 ");

    return length > 0 && length < RP_NAME_MAX && text[length] == '\0';
}

static int take_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct rp_names *names = context;
    struct rp_name *rows, *name;
    const char *text = row->column[0], *use = row->column[1];

    if (!well_formed(text))
        return rp_tsv_complain(row, error, "bad name '%s': 1 to %d lower-case letters, digits and blanks",
                               text, RP_NAME_MAX - 1);
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->rows[i].text, text) == 0)
            return rp_tsv_complain(row, error, "the name '%s' is there already", text);
    }
    if (strcmp(use, "report") != 0 && strcmp(use, "alias") != 0)
        return rp_tsv_complain(row, error, "unknown use '%s': report or alias", use);
    if (use[0] == 'r' && names->reports < names->count)
        return rp_tsv_complain(row, error, "'%s' is for reports and must stand before all aliases", text);
    if (row->column[3][0] == '\0')
        return rp_tsv_complain(row, error, "'%s' has no source", text);
    rows = realloc(names->rows, (names->count + 1) * sizeof *rows);
    if (rows == NULL)
        return rp_error_set(error, RP_EENVIRONMENT, "cannot read names, out of memory");
    names->rows = rows;
    name = &rows[names->count++];
    *name = (struct rp_name){0};
    names->reports += use[0] == 'r' ? 1 : 0;
    snprintf(name->text, sizeof name->text, "%s", text);
    return parse_terms(row->column[2], name, row, error);
}

int rp_names_parse(const char *label, const char *text, size_t length, struct rp_names *names,
                   struct rp_error *error)
{
    int result;

    *names = (struct rp_names){0};
    result = rp_tsv_parse(label, text, length, "name\tuse\tmeans\tsource", take_row, names, error);
    if (result < 0)
        rp_names_clear(names);
    return result;
}

void rp_names_clear(struct rp_names *names)
{
    free(names->rows);
    *names = (struct rp_names){0};
}

int rp_names_check(const char *label, const char *text, size_t length, struct rp_error *error)
{
    struct rp_names names;
    int result = rp_names_parse(label, text, length, &names, error);

    rp_names_clear(&names);
    return result;
}

static struct rp_names builtin;
static pthread_once_t builtin_once = PTHREAD_ONCE_INIT;

/* The text is part of the program and a test reads it, so failing here is a programming mistake; without
 * memory, people have to type mnemonics. */
static void load_builtin(void)
{
    const struct rp_corpus_file *file = rp_corpus_find("names.tsv");
    struct rp_error error = {0};
    int result = RP_EINPUT;

    assert(file != NULL);
    if (file != NULL)
        result = rp_names_parse("corpus/names.tsv", file->text, file->length, &builtin, &error);
    assert(result != RP_EINPUT);
    (void)result;
}

const struct rp_names *rp_names_builtin(void)
{
    pthread_once(&builtin_once, load_builtin);
    return &builtin;
}

bool rp_names_fit(const struct rp_name *name, const struct rp_instruction *instruction)
{
    for (size_t i = 0; i < name->count; i++) {
        const struct rp_name_term *term = &name->terms[i];

        if (term->mnemonic == instruction->mnemonic && predicates[term->predicate].holds(instruction))
            return true;
    }
    return false;
}

void rp_names_report(const struct rp_instruction *instruction, char *text, size_t capacity)
{
    const struct rp_names *names = rp_names_builtin();
    const char *found = instruction->mnemonic;

    for (size_t i = 0; i < names->reports; i++) {
        if (rp_names_fit(&names->rows[i], instruction)) {
            found = names->rows[i].text;
            break;
        }
    }
    snprintf(text, capacity, "%s", found);
}
