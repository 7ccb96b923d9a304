/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names that people type and read: every mnemonic of the decoder, and what corpus/names.tsv adds ("popf"
 * for POPF, POPFD, POPFQ; "call far"; "mov sreg"; "jz"). The file is built in and read at the first use. */
#ifndef RP_X86_NAMES_H
#define RP_X86_NAMES_H

#include "base/error.h"
#include "x86/decode.h"
#include "x86/form.h"

#include <stdbool.h>
#include <stddef.h>

/* What a name means in the mode of `space`: the indices (for rp_form_space_get, ascending) of all encodings
 * that it names. `name` in any case, blanks around and doubled inside don't matter. `*indices` is allocated;
 * the caller frees it; `*count` is at least 1. RP_EINPUT: nobody knows the name (the line offers the nearest
 * three), or the mode has no such instruction (the line says in which modes it exists). */
int rp_name_find(const struct rp_form_space *space, const char *name, size_t **indices, size_t *count,
                 struct rp_error *error);

/* True if `name` means `instruction`. */
bool rp_name_matches(const char *name, const struct rp_instruction *instruction);

/* True if the name is known at all, in whatever mode. */
bool rp_name_known(const char *name);

/* Checks a text in the format of corpus/names.tsv: RP_EINPUT with label:line for a doubled name, an unknown
 * mnemonic or predicate, a missing source. */
int rp_names_check(const char *label, const char *text, size_t length, struct rp_error *error);

#endif
