/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/x86 only: the table behind names.h, and what the decoder asks of it. */
#ifndef RP_X86_NAMES_INTERNAL_H
#define RP_X86_NAMES_INTERNAL_H

#include "base/error.h"
#include "x86/decode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RP_NAME_MAX   24 /* bytes, terminator included: rp_instruction.name holds any */
#define RP_NAME_TERMS 12 /* alternatives in one row */

/* One alternative of a name: this mnemonic, and if there is a predicate, only where it holds. */
struct rp_name_term {
    const char *mnemonic; /* the decoder's own string: equal mnemonics are equal pointers */
    uint8_t predicate;    /* index into the table of predicates */
};

struct rp_name {
    char text[RP_NAME_MAX];
    uint8_t count;
    struct rp_name_term terms[RP_NAME_TERMS];
};

struct rp_names {
    struct rp_name *rows;
    size_t count;
    size_t reports; /* the first so many rows have use `report` */
};

/* The built-in table; static. */
const struct rp_names *rp_names_builtin(void);

/* Reads a text in the format of corpus/names.tsv; free the rows with rp_names_clear. */
int rp_names_parse(const char *label, const char *text, size_t length, struct rp_names *names,
                   struct rp_error *error);
void rp_names_clear(struct rp_names *names);

/* A mnemonic of the decoder by number; NULL behind the last. */
const char *rp_names_mnemonic(size_t number);

/* True if one of the alternatives of `name` fits. */
bool rp_names_fit(const struct rp_name *name, const struct rp_instruction *instruction);

/* Writes what reports call `instruction`: the first row of corpus/names.tsv with use `report` that fits, or
 * the mnemonic. All fields of `instruction` but its name must be filled. */
void rp_names_report(const struct rp_instruction *instruction, char *text, size_t capacity);

#endif
