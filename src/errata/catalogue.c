/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of the catalogue: entries begin with `[id]`, a line `key: value` each, a line that begins with
 * blanks goes on with the value before it; `#` begins a comment. See catalogue.h. */
#include "errata/catalogue.h"

#include "base/corpus.h"
#include "base/tsv.h"
#include "errata/fields.h"
#include "state/recipe.h"
#include "x86/decode.h"
#include "x86/hazards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define KEY_MAX 20

struct reader {
    struct rp_catalogue *catalogue;
    struct rp_tsv_row at; /* file and line, for complaints */
    bool in_entry;
    uint32_t given;    /* fields of the entry */
    char key[KEY_MAX]; /* "": no field is open */
    char value[RP_FIELD_MAX];
    unsigned key_line;
    unsigned state_line, code_line; /* of fields that are checked once the modes are known */
};

static struct rp_erratum *current(struct reader *reader)
{
    return &reader->catalogue->entry[reader->catalogue->count - 1];
}

static int complain(struct reader *reader, unsigned line, const struct rp_error *inner, int code,
                    struct rp_error *error)
{
    reader->at.line = line;
    rp_tsv_fill(&reader->at, error, "%.360s", inner->line);
    if (error)
        error->code = code;
    return code;
}

/* Hands over the field whose lines have been read. */
static int end_field(struct reader *reader, struct rp_error *error)
{
    struct rp_error inner = {0};
    if (!reader->key[0])
        return RP_OK;
    if (strcmp(reader->key, "state") == 0 || strcmp(reader->key, "machine") == 0)
        reader->state_line = reader->key_line;
    if (strcmp(reader->key, "code") == 0)
        reader->code_line = reader->key_line;
    int result = rp_field_set(current(reader), reader->key, reader->value, &reader->given, &inner);
    reader->key[0] = '\0';
    return result ? complain(reader, reader->key_line, &inner, result, error) : RP_OK;
}

/* States and machines are read by who owns their notation. */
static int check_states(const struct rp_erratum *erratum, struct rp_error *error)
{
    static struct rp_user user;
    static struct rp_machine machine;
    int result = RP_OK;
    for (unsigned m = 0; m < RP_MODE_COUNT && result == RP_OK; m++) {
        enum rp_mode mode = (enum rp_mode)m;
        char text[RP_FIELD_MAX + 16];
        unsigned ring;
        if (!(erratum->modes >> m & 1))
            continue;
        if (erratum->state)
            result = rp_user_parse(erratum->state, mode, &user, error);
        snprintf(text, sizeof text, "ring=%u,%s", erratum->ring, erratum->machine ? erratum->machine : "");
        if (result == RP_OK && erratum->machine)
            result = rp_machine_parse(text, mode, RP_POLICY_LINUX, &machine, &ring, error);
    }
    return result;
}

/* One encoding is one instruction: what is looked for at its first byte would not be found behind another.
 * One that stands alone may lack bytes that some CPUs want (UD0). */
static int check_instruction(const struct rp_erratum *erratum, const struct rp_encoding *encoding,
                             enum rp_mode mode, struct rp_error *error)
{
    struct rp_instruction instruction;
    const struct rp_hazard *hazard;
    size_t length = erratum->code.count > 1 ? RP_ENCODING_MAX : encoding->length;
    if (rp_decode(mode, encoding->bytes, length, &instruction, NULL) == RP_OK &&
        instruction.length != encoding->length)
        return rp_error_set(error, RP_EINPUT,
                            "%s: %u bytes of code are an instruction of %u in %s; part them by a blank",
                            erratum->id, encoding->length, instruction.length, rp_mode_info(mode)->name);
    if (erratum->danger == RP_DANGER_SAFE &&
        rp_hazard_find(mode, encoding->bytes, encoding->length, NULL, &hazard))
        return rp_error_set(error, RP_EINPUT, "%s is no safe one: its code has the hazard '%s'", erratum->id,
                            hazard->id);
    return RP_OK;
}

/* What may be run is no hazard, in any of its instructions; the runner looks for itself. */
static int check_code(const struct rp_erratum *erratum, struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned i = 0; i < erratum->code.count; i++)
        for (unsigned mode = 0; mode < RP_MODE_COUNT && result == RP_OK; mode++)
            if (erratum->modes >> mode & 1)
                result = check_instruction(erratum, &erratum->code.encoding[i], (enum rp_mode)mode, error);
    return result;
}

/* Behind the last field of an entry. */
static int end_entry(struct reader *reader, struct rp_error *error)
{
    struct rp_error inner = {0};
    int result = end_field(reader, error);
    if (result || !reader->in_entry)
        return result;
    struct rp_erratum *erratum = current(reader);
    result = rp_erratum_check(erratum, reader->given, &inner);
    if (result)
        return complain(reader, erratum->line, &inner, result, error);
    result = check_states(erratum, &inner);
    if (result)
        return complain(reader, reader->state_line, &inner, result, error);
    result = check_code(erratum, &inner);
    return result ? complain(reader, reader->code_line, &inner, result, error) : RP_OK;
}

static bool is_id(const char *id)
{
    size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return length > 0 && length < 40 && id[length] == '\0';
}

/* A line "[id]". */
static int begin_entry(struct reader *reader, char *line, struct rp_error *error)
{
    int result = end_entry(reader, error);
    char *end = strchr(line, ']');
    if (result)
        return result;
    if (end && !end[1])
        *end = '\0';
    if (!end || !is_id(line + 1))
        return rp_tsv_complain(&reader->at, error, "'%s' begins no entry; write [id] in a-z, 0-9 and -",
                               line);
    struct rp_catalogue *catalogue = reader->catalogue;
    for (size_t i = 0; i < catalogue->count; i++)
        if (strcmp(catalogue->entry[i].id, line + 1) == 0)
            return rp_tsv_complain(&reader->at, error, "'%s' is the id of another entry, %s:%u", line + 1,
                                   catalogue->entry[i].file, catalogue->entry[i].line);
    struct rp_erratum *more = realloc(catalogue->entry, (catalogue->count + 1) * sizeof *more);
    if (!more)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the catalogue of errata");
    catalogue->entry = more;
    catalogue->entry[catalogue->count++] = (struct rp_erratum){.id = strdup(line + 1),
                                                               .ring = 3,
                                                               .rate = 1,
                                                               .confidence = 0.999,
                                                               .file = reader->at.file,
                                                               .line = reader->at.line};
    reader->in_entry = true;
    reader->given = 0;
    return current(reader)->id ? RP_OK
                               : rp_error_set(error, RP_EENVIRONMENT, "out of memory for the catalogue");
}

/* A line "key: value". */
static int begin_field(struct reader *reader, const char *line, struct rp_error *error)
{
    size_t length = strcspn(line, ":");
    unsigned number = reader->at.line;
    int result = end_field(reader, error);
    if (result)
        return result;
    reader->key_line = number;
    if (!reader->in_entry)
        return rp_tsv_complain(&reader->at, error, "'%.40s' stands before the first entry; begin one by [id]",
                               line);
    if (line[length] != ':' || length == 0 || length >= KEY_MAX)
        return rp_tsv_complain(&reader->at, error, "'%.40s' is no field; write key: value", line);
    const char *value = line + length + 1;
    value += strspn(value, " ");
    if (strlen(value) >= sizeof reader->value)
        return rp_tsv_complain(&reader->at, error, "the value is longer than %d bytes", RP_FIELD_MAX - 1);
    memcpy(reader->key, line, length);
    reader->key[length] = '\0';
    memcpy(reader->value, value, strlen(value) + 1);
    return RP_OK;
}

/* A line that goes on with the value. */
static int continue_field(struct reader *reader, const char *line, struct rp_error *error)
{
    size_t have = strlen(reader->value);
    if (!reader->key[0])
        return rp_tsv_complain(&reader->at, error,
                               "nothing stands before this line that it could go on with");
    line += strspn(line, " ");
    if (have + 1 + strlen(line) >= sizeof reader->value)
        return rp_tsv_complain(&reader->at, error, "the value is longer than %d bytes", RP_FIELD_MAX - 1);
    snprintf(reader->value + have, sizeof reader->value - have, "%s%s", have ? " " : "", line);
    return RP_OK;
}

static int take_line(struct reader *reader, char *line, struct rp_error *error)
{
    if (strchr(line, '\t'))
        return rp_tsv_complain(&reader->at, error, "a tab; write blanks");
    size_t length = strlen(line);
    if (length && line[length - 1] == ' ')
        return rp_tsv_complain(&reader->at, error, "a blank at the end of the line; take it away");
    if (!*line || *line == '#')
        return end_field(reader, error);
    if (*line == '[')
        return begin_entry(reader, line, error);
    if (*line == ' ')
        return continue_field(reader, line, error);
    return begin_field(reader, line, error);
}

int rp_catalogue_parse(const char *label, const char *text, size_t length, struct rp_catalogue *catalogue,
                       struct rp_error *error)
{
    static char line[RP_FIELD_MAX + KEY_MAX + 4];
    static struct reader reader;
    const char *end = text + length;
    int result = RP_OK;
    unsigned number = 0;
    reader = (struct reader){.catalogue = catalogue, .at = {.file = label}};
    while (text < end && result == RP_OK) {
        const char *feed = memchr(text, '\n', (size_t)(end - text));
        size_t size = (size_t)((feed ? feed : end) - text);
        reader.at.line = ++number;
        if (size >= sizeof line || memchr(text, '\0', size))
            return rp_tsv_complain(&reader.at, error, "the line is too long, or has a NUL byte");
        memcpy(line, text, size);
        line[size] = '\0';
        result = take_line(&reader, line, error);
        text += size + 1;
    }
    return result ? result : end_entry(&reader, error);
}

int rp_catalogue_load(struct rp_catalogue *catalogue, struct rp_error *error)
{
    static const struct {
        const char *name, *label;
    } files[] = {{"errata/intel.txt", "corpus/errata/intel.txt"},
                 {"errata/amd.txt", "corpus/errata/amd.txt"},
                 {"errata/others.txt", "corpus/errata/others.txt"},
                 {"errata/variants.txt", "corpus/errata/variants.txt"}};
    int result = RP_OK;
    *catalogue = (struct rp_catalogue){0};
    for (size_t i = 0; i < sizeof files / sizeof files[0] && result == RP_OK; i++) {
        const struct rp_corpus_file *file = rp_corpus_find(files[i].name);
        result = file ? rp_catalogue_parse(files[i].label, file->text, file->length, catalogue, error)
                      : rp_error_set(error, RP_EENVIRONMENT, "%s was not there when the program was built",
                                     files[i].label);
    }
    return result;
}

void rp_catalogue_free(struct rp_catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->count; i++) {
        struct rp_erratum *e = &catalogue->entry[i];
        char *const owned[] = {e->id,  e->names, e->needs,   e->unless,     e->state, e->machine,
                               e->fix, e->fixed, e->affects, e->linux_name, e->what,  e->source};
        for (size_t k = 0; k < sizeof owned / sizeof owned[0]; k++)
            free(owned[k]);
        rp_expectation_free(&e->good);
        rp_expectation_free(&e->bad);
        rp_expectation_free(&e->idle);
        for (unsigned v = 0; v < RP_VARIANTS_MAX; v++) {
            free(e->variant[v].label);
            rp_expectation_free(&e->variant[v].expectation);
        }
    }
    free(catalogue->entry);
    *catalogue = (struct rp_catalogue){0};
}

bool rp_erratum_is_named(const struct rp_erratum *erratum, const char *name)
{
    size_t length = strlen(name);
    if (strcasecmp(erratum->id, name) == 0)
        return true;
    for (const char *at = erratum->names; *at; at += strspn(at, "; ")) {
        size_t size = strcspn(at, ";");
        if (size == length && strncasecmp(at, name, size) == 0)
            return true;
        at += size;
    }
    return false;
}

const struct rp_erratum *rp_catalogue_find(const struct rp_catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (rp_erratum_is_named(&catalogue->entry[i], name))
            return &catalogue->entry[i];
    return NULL;
}
