/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a limit asks of an instruction; see limit_terms.h. */
#include "executor/limit_terms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a term asks of an instruction. */
enum property {
    MNEMONIC,
    ISA_SET,
    ISA_EXTENSION,
    CATEGORY,
    UNIT,
    CONTROL_REGISTER,
    DEBUG_REGISTER,
    MEMORY,
    ENCODING_CLASS,
    OPERAND_BITS,
    PROPERTY_COUNT
};

static const char *const properties[] = {"mnemonic", "isa-set",          "isa-extension",  "category",
                                         "unit",     "control-register", "debug-register", "memory",
                                         "encoding", "operand-bits"};
_Static_assert(sizeof properties / sizeof properties[0] == PROPERTY_COUNT, "one name a property");

static const char *const units[] = {"general", "x87", "mmx", "sse", "avx", "avx512", "amx", NULL};
_Static_assert(sizeof units / sizeof units[0] == RP_UNIT_COUNT + 1, "one name a unit");

static const char *const classes[] = {"legacy", "3dnow", "xop", "vex", "evex", NULL};
_Static_assert(sizeof classes / sizeof classes[0] == RP_CLASS_COUNT + 1, "one name a class");

/* One term: the property has one of the values. An instruction must meet every term of a line. */
struct term {
    enum property property;
    char *values; /* "|in|out|", so that a whole value is found by its bars */
};

#define TERMS_MAX 4
struct rp_limit_terms {
    unsigned count;
    struct term term[TERMS_MAX];
};

static bool among(const char *values, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = values; (at = strchr(at, '|')) != NULL; at++)
        if (strncmp(at + 1, value, length) == 0 && at[1 + length] == '|')
            return true;
    return false;
}

static bool number_among(const char *values, unsigned number)
{
    char text[12];
    snprintf(text, sizeof text, "%u", number);
    return among(values, text);
}

static bool meets(const struct term *term, const struct rp_instruction *instruction)
{
    switch (term->property) {
    case MNEMONIC:
        return among(term->values, instruction->mnemonic);
    case ISA_SET:
        return among(term->values, instruction->isa_set);
    case ISA_EXTENSION:
        return among(term->values, instruction->isa_extension);
    case CATEGORY:
        return among(term->values, instruction->category);
    case UNIT:
        return among(term->values, units[instruction->unit]);
    case CONTROL_REGISTER:
        return number_among(term->values, instruction->control_register);
    case DEBUG_REGISTER:
        return number_among(term->values, instruction->debug_register);
    case MEMORY:
        return among(term->values, instruction->memory.present ? "yes" : "no");
    case ENCODING_CLASS:
        return among(term->values, classes[instruction->prefixes.class]);
    case OPERAND_BITS:
        return number_among(term->values, instruction->operand_bits);
    case PROPERTY_COUNT:
        break;
    }
    return false;
}

bool rp_limit_terms_met(const struct rp_limit_terms *terms, const struct rp_instruction *instruction)
{
    bool met = true;
    for (unsigned k = 0; met && k < terms->count; k++)
        met = meets(&terms->term[k], instruction);
    return met;
}

static int no_memory(struct rp_error *error)
{
    return rp_error_set(error, RP_EENVIRONMENT, "out of memory for limits");
}

/* "mnemonic=in|out" into a term. */
static int read_term(const struct rp_tsv_row *row, char *text, struct term *term, struct rp_error *error)
{
    char *equals = strchr(text, '=');
    if (!equals)
        return rp_tsv_complain(row, error, "'%s' is no term; expected PROPERTY=VALUE|VALUE", text);
    *equals = '\0';
    term->property = PROPERTY_COUNT;
    for (unsigned i = 0; i < PROPERTY_COUNT; i++)
        if (strcmp(properties[i], text) == 0)
            term->property = (enum property)i;
    if (term->property == PROPERTY_COUNT)
        return rp_tsv_complain(row, error, "unknown property '%s'", text);
    size_t size = strlen(equals + 1) + 3;
    term->values = malloc(size);
    if (!term->values)
        return no_memory(error);
    snprintf(term->values, size, "|%s|", equals + 1);
    return RP_OK;
}

/* What a property can be, where that is no name of the decoder's; NULL: it is one. The last entry is NULL. */
static const char *const *values_of(enum property property)
{
    static const char *const has_memory[] = {"yes", "no", NULL}, *const widths[] = {"16", "32", "64", NULL};
    static const char *const registers[] = {"0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
                                            "9", "10", "11", "12", "13", "14", "15", NULL};
    switch (property) {
    case UNIT:
        return units;
    case ENCODING_CLASS:
        return classes;
    case CONTROL_REGISTER:
    case DEBUG_REGISTER:
        return registers;
    case MEMORY:
        return has_memory;
    case OPERAND_BITS:
        return widths;
    default:
        return NULL;
    }
}

static bool is_known(const char *const *known, const char *name)
{
    while (*known && strcmp(*known, name) != 0)
        known++;
    return *known;
}

/* A value that does not exist would match nothing, silently; so would none. */
static int check_values(const struct rp_tsv_row *row, const struct term *term, struct rp_error *error)
{
    const char *const *known = values_of(term->property);
    char *copy = strdup(term->values), *rest = NULL;
    char *name = copy ? strtok_r(copy, "|", &rest) : NULL;
    int result = copy ? RP_OK : no_memory(error);
    if (copy && !name)
        result = rp_tsv_complain(row, error, "%s has no value", properties[term->property]);
    for (; name && result == RP_OK; name = strtok_r(NULL, "|", &rest))
        if (known && !is_known(known, name))
            result = rp_tsv_complain(row, error, "unknown %s '%s'", properties[term->property], name);
    free(copy);
    return result;
}

/* Fills `terms`, which is zeroed. */
static int read_terms(const struct rp_tsv_row *row, const char *all, struct rp_limit_terms *terms,
                      struct rp_error *error)
{
    char *copy = strdup(all), *rest = NULL;
    int result = copy ? RP_OK : no_memory(error);
    for (char *text = copy ? strtok_r(copy, " ", &rest) : NULL; text && result == RP_OK;
         text = strtok_r(NULL, " ", &rest)) {
        if (terms->count == TERMS_MAX) {
            result = rp_tsv_complain(row, error, "more than %d terms", TERMS_MAX);
            break;
        }
        struct term *term = &terms->term[terms->count];
        result = read_term(row, text, term, error);
        if (result == RP_OK)
            terms->count++;
        if (result == RP_OK)
            result = check_values(row, term, error);
    }
    if (result == RP_OK && terms->count == 0)
        result = rp_tsv_complain(row, error, "no term says which instructions are meant");
    free(copy);
    return result;
}

int rp_limit_terms_read(const struct rp_tsv_row *row, const char *text, struct rp_limit_terms **terms,
                        struct rp_error *error)
{
    *terms = calloc(1, sizeof **terms);
    return *terms ? read_terms(row, text, *terms, error) : no_memory(error);
}

void rp_limit_terms_free(struct rp_limit_terms *terms)
{
    for (unsigned i = 0; terms && i < terms->count; i++)
        free(terms->term[i].values);
    free(terms);
}
